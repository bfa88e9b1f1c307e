import pytest

from embeddings.language.english import in_swedish
from embeddings.language.words import stem_words


def stem(word):
    [one] = stem_words([word])
    return one


@pytest.mark.parametrize(
    ("word", "swedish"),
    [("meeting", "möte"), ("meetings", "möte"), ("decided", "besluta"), ("agencies", "myndighet"),
     ("attending", "delta"), ("schools", "skola")],
)  # fmt: skip
def test_english_words_have_swedish_ones_in_any_regular_form(word, swedish):
    assert stem(swedish) in in_swedish(word)


def test_strange_english_word_has_none():
    assert in_swedish("quixotic") == ()
