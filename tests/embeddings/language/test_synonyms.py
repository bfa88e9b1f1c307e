import tomllib
from pathlib import Path

import pytest

import embeddings.language
from embeddings.language.synonyms import in_swedish, synonyms_of
from embeddings.language.words import stem_words

FOLDER = Path(embeddings.language.__file__).parent


def stem(word):
    [one] = stem_words([word])
    return one


@pytest.mark.parametrize(
    ("word", "other"),
    [("chef", "generaldirektör"), ("pengar", "anslag"), ("möte", "sammanträde"), ("jobb", "tjänst"),
     ("träffade", "mötte"), ("sopor", "avfall"), ("dagis", "förskola")],
)  # fmt: skip
def test_everyday_and_official_words_stand_for_each_other(word, other):
    assert stem(other) in synonyms_of(stem(word))
    assert stem(word) in synonyms_of(stem(other))


def test_word_is_no_synonym_of_itself_and_a_strange_one_has_none():
    assert stem("möte") not in synonyms_of(stem("möte"))
    assert synonyms_of("kvarn") == ()


def test_senses_do_not_run_together():
    assert stem("träff") in synonyms_of(stem("möte"))
    assert stem("samtal") not in synonyms_of(stem("träff"))


def test_no_word_stands_twice_in_a_list_of_synonyms():
    groups = tomllib.loads((FOLDER / "synonyms.toml").read_text("utf-8"))["groups"]
    for group in groups:
        assert len(set(group)) == len(group) > 1
        assert not any(" " in word for word in group)


@pytest.mark.parametrize(
    ("word", "swedish"),
    [("meeting", "möte"), ("meetings", "möte"), ("decided", "besluta"), ("agencies", "myndighet"),
     ("attending", "delta"), ("schools", "skola")],
)  # fmt: skip
def test_english_words_have_swedish_ones_in_any_regular_form(word, swedish):
    assert stem(swedish) in in_swedish(word)


def test_strange_english_word_has_none():
    assert in_swedish("quixotic") == ()
