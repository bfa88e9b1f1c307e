import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from embeddings.passages import cut_passages
from embeddings.tokenizer import PairTokens
from retrieval.reader import MAX_TOKENS, Reading, make_inputs
from tests.retrieval.support import make_document_of, reading_of

TEXT = "Rubrik\nDeltagande myndigheter\nBoverket\nSkolverket"
BODY = len("Rubrik\n")


def passage_of(text):
    (passage,) = cut_passages(make_document_of(text))
    return passage


def by_words(question, text):
    words = [(found.start(), found.end()) for found in re.finditer(r"\s*\S+", text)]
    before = [0, *(1 for _ in question.split()), 2, 2]
    ids = [*before, *(1 for _ in words), 2]
    return PairTokens(ids, [*((0, 0) for _ in before), *words, (0, 0)])


def test_a_token_stands_for_words_of_the_text_as_it_was_given():
    (one,) = make_inputs(by_words, ["Vilka?"], [(TEXT, BODY)])
    words = [TEXT[start:end] for start, end in one.where if end]
    assert words == ["Deltagande", "myndigheter", "Boverket", "Skolverket"]


def test_what_is_too_long_is_cut_off_and_ends_all_the_same():
    (one,) = make_inputs(by_words, ["Vilka?"], [("ord " * 500, 0)])
    assert len(one.ids) == len(one.where) == MAX_TOKENS
    assert one.ids[-1] == 2
    assert one.where[-1] == (0, 0)


def test_question_and_context_are_no_answer():
    (one,) = make_inputs(by_words, ["Rubrik?"], [(TEXT, BODY)])
    assert all(start >= BODY for start, end in one.where if end)


@given(st.text(alphabet="ab \n", max_size=40), st.integers(0, 40))
def test_offsets_survive_every_line_break(text, body):
    (one,) = make_inputs(by_words, ["q"], [(text, min(body, len(text)))])
    spans = [(start, end) for start, end in one.where if end]
    assert spans == sorted(spans)
    for start, end in spans:
        assert body <= start < end <= len(text)
        assert text[start:end].strip() == text[start:end]
        assert "\n" not in text[start:end]


def test_the_best_span_is_the_one_whose_ends_are_likeliest():
    passage = passage_of("Mötet hölls i Umeå den 3 maj.")
    reading = reading_of(passage, "Umeå")
    score, span = reading.best_span(0, len(passage.text))
    assert passage.text[slice(*span)] == "Umeå"
    assert score > 0


def test_a_span_does_not_end_before_it_begins():
    where = np.array([(0, 2), (3, 5)])
    reading = Reading(0.0, starts=np.array([0.0, 9.0]), ends=np.array([9.0, 0.0]), where=where)
    assert reading.best_span(0, 5)[1] in {(0, 2), (3, 5)}


def test_a_span_stays_inside_what_is_asked_for():
    passage = passage_of("Umeå först. Luleå sedan.")
    reading = reading_of(passage, "Umeå")
    assert reading.best_span(12, 24)[1][0] >= 12


def test_what_was_not_read_has_no_answer():
    passage = passage_of("Umeå.")
    assert reading_of(passage, "Umeå").best_span(100, 120) == (-np.inf, (100, 120))
