import pytest

from retrieval.coordination import further_items, with_first_half


def span_of(sentence, words):
    start = sentence.index(words)
    return start, start + len(words)


@pytest.mark.parametrize(
    ("sentence", "words", "whole"),
    [
        ("Staden satsar både på bad och nya lekplatser.", "nya lekplatser",
         "bad och nya lekplatser"),
        ("Stödet går till såväl unga som äldre i Vik.", "äldre", "unga som äldre"),
        ("Både parken och torget byggs om.", "torget", "parken och torget"),
        ("Parken och torget byggs om.", "torget", "torget"),
        ("Både parken, torget byggs om. Bron och vägen är klara.", "vägen", "vägen"),
    ],
)  # fmt: skip
def test_the_first_half_goes_with_the_second(sentence, words, whole):
    start, end = with_first_half(sentence, span_of(sentence, words))
    assert sentence[start:end] == whole


@pytest.mark.parametrize(
    ("sentence", "words", "more"),
    [
        ("Buller och trängsel lyftes, liksom dåliga vägar och mörka gator.", "Buller och trängsel",
         "dåliga vägar och mörka gator"),
        ("De lyfte buller, samt brist på bad, vilket gavs exempel på.", "buller", "brist på bad"),
        ("Buller och trängsel lyftes.", "Buller och trängsel", None),
        ("Buller lyftes. Där fanns hundar, liksom katter.", "Buller", None),
    ],
)  # fmt: skip
def test_items_that_follow_apart_are_found(sentence, words, more):
    found = further_items(sentence, span_of(sentence, words)[1])
    assert (sentence[slice(*found)] if found else None) == more
