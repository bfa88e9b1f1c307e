import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.language.agencies import find_agencies
from embeddings.language.dates import find_dates
from embeddings.language.marks import find_marks
from embeddings.language.normal import in_normal_form, normal_form
from embeddings.language.words import tokens

TEXT = st.text(
    st.sampled_from("abåäö AÅ-\n\u00ad\u200b\u200d\ufeff\u0308\u030a\u0301ﬁ\u212b."), max_size=40
)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        (unicodedata.normalize("NFD", "Återförsäljare på Öland"), "Återförsäljare på Öland"),
        ("sam\u00admanträde", "sammanträde"),
        ("kom\u200bmun\ufeff\u2060en\u200e", "kommunen"),
        ("o\u00ad\u0308ar", "öar"),
        ("eﬃcient ﬁnansiering", "efficient finansiering"),
        ("sammanträdes-\nprotokollet", "sammanträdesprotokollet"),
        ("sammanträdes-  \n   protokollet", "sammanträdesprotokollet"),
        ("Sammanträdes\u2010\nprotokollet", "Sammanträdesprotokollet"),
    ],
)
def test_text_has_one_form(text, normal):
    assert in_normal_form(text) == normal


@pytest.mark.parametrize(
    "text",
    ["in-\noch utförsel", "nord-\neller sydsida", "SKR-\nFoto", "12-\n14", "– a\n- b", "A-\n\nb",
     "x-\ny"],
)  # fmt: skip
def test_hyphen_at_the_end_of_a_line_that_breaks_no_word_stays(text):
    assert in_normal_form(text) == text


def test_what_is_found_is_told_by_its_place_in_the_text():
    text = (
        "Den 3 no\u00advem\u00adber kom Trafikverket, Na\u0308rings-\ndepartementet och Bra\u030a"
    )
    [date] = find_dates(text)
    assert text[date.start : date.end] == "3 no\u00advem\u00adber"
    assert [text[one.start : one.end] for one in find_agencies(text)] == [
        "Trafikverket", "Na\u0308rings-\ndepartementet", "Bra\u030a",
    ]  # fmt: skip


def test_forms_of_a_text_have_the_same_words_and_marks():
    text = "Återförsäljaren i Åre mötte Näringsdepartementet den första november 2019."
    for other in (
        unicodedata.normalize("NFD", text),
        text.replace("ä", "\u00adä\u200b"),
        text.replace("departementet", "-\ndepartementet"),
    ):
        assert tokens(other) == tokens(text)
        assert find_marks(other) == find_marks(text)


@given(TEXT)
def test_normal_form_has_no_form_of_its_own_and_its_spans_lie_in_order(text):
    normal = normal_form(text)
    places = [normal.span_of(at, at + 1) for at in range(len(normal.text))]
    assert all(0 <= start <= end <= len(text) for start, end in places)
    assert places == sorted(places)
    if normal.text == text:
        assert all(end == start + 1 for start, end in places)


@given(TEXT, TEXT, st.sampled_from(["Skolverket", "Umeå 2019"]))
def test_word_of_a_text_is_found_again_in_the_original(before, after, word):
    text = f"{before} {word} {after}"
    normal = normal_form(text)
    start = normal.text.index(word)
    begin, end = normal.span_of(start, start + len(word))
    assert in_normal_form(text[begin:end]) == word
    assert normal.span_in(begin, end) == (start, start + len(word))
