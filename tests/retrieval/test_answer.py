from dataclasses import replace

import numpy as np
import pytest

from retrieval.answer import PLACES, decide
from retrieval.candidates import FEATURES
from retrieval.reader import Reading
from retrieval.scoring import Scorer
from retrieval.types import AnswerType, Hit, Outcome, Question
from tests.retrieval.support import assert_exact
from tests.retrieval.test_candidates import hit_of

SCORER = Scorer(np.eye(len(FEATURES))[FEATURES.index("relevance")], 0.0, 0.5, 0.62, 1.0)
FEES = "Torget är öppet. Avgiften är 300 kronor per år. Ring oss."


def ask(hits, missing=(), threshold=0.5):
    return decide(Question("vad kostar det"), hits, hits, missing, SCORER, threshold)


def test_a_probable_answer_is_given_with_the_sentence_that_shows_it():
    answer = ask([hit_of(FEES, "300 kronor per år", relevance=6.0)])
    assert answer.outcome is Outcome.ANSWERED
    assert [span.text for span in answer.spans] == ["300 kronor per år"]
    assert answer.citations[0].quote.text == "Avgiften är 300 kronor per år."
    assert answer.citations[0].marked == answer.spans
    assert_exact(answer, {"d.txt": FEES})


def test_an_improbable_answer_is_no_answer_but_places_that_may_hold_it():
    hits = [hit_of(FEES, "300 kronor", relevance=-6.0 - number / 10, name=f"{number}.txt")
            for number in range(5)]  # fmt: skip
    answer = ask(hits)
    assert answer.outcome is Outcome.FOUND
    assert answer.spans == ()
    assert [one.number for one in answer.citations] == list(range(1, PLACES + 1))
    assert answer.citations[0].quote.document.name == "0.txt"
    assert answer.citations[0].marked[0].text in answer.citations[0].quote.text


def test_a_place_that_is_much_less_likely_than_the_best_is_not_shown():
    hits = [hit_of(FEES, "300 kronor", relevance=-4.0 * number - 4, name=f"{number}.txt")
            for number in range(3)]  # fmt: skip
    assert [one.quote.document.name for one in ask(hits).citations] == ["0.txt"]


def test_places_that_overlap_are_one():
    whole = hit_of(FEES, "300 kronor", relevance=-6.0, name="a.txt")
    first, _, _ = FEES.partition(" Ring")
    part = hit_of(FEES, "300 kronor", relevance=-6.1, name="a.txt")
    part = replace(part, passage=replace(part.passage, end=part.passage.start + len(first)))
    other = hit_of(FEES, "300 kronor", relevance=-6.2, name="b.txt")
    places = ask([whole, part, other]).citations
    assert [(one.number, one.quote.document.name) for one in places] == [(1, "a.txt"), (2, "b.txt")]


def test_the_threshold_decides():
    hits = [hit_of(FEES, "300 kronor per år", relevance=1.0)]
    sure = ask(hits).confidence
    assert ask(hits, threshold=sure - 0.01).outcome is Outcome.ANSWERED
    assert ask(hits, threshold=sure + 0.01).outcome is Outcome.FOUND


@pytest.mark.parametrize(("relevance", "is_tentative"), [(6.0, False), (1.0, True)])
def test_an_answer_that_is_not_sure_is_tentative(relevance, is_tentative):
    answer = ask([hit_of(FEES, "300 kronor per år", relevance=relevance)])
    assert answer.outcome is Outcome.ANSWERED
    assert answer.is_tentative is is_tentative


def test_what_no_document_has_is_said_to_be_missing():
    answer = ask([hit_of(FEES, "300 kronor", relevance=6.0)], missing=("5 mars",))
    assert answer.outcome is Outcome.NOTHING
    assert answer.missing == ("5 mars",)
    assert answer.spans == ()
    assert answer.citations


def test_without_hits_nothing_is_asserted_and_nothing_shown():
    answer = ask([])
    assert answer.outcome is Outcome.FOUND
    assert answer.citations == ()


def test_documents_that_say_the_same_are_cited_together():
    one = hit_of("Avgiften är 300 kronor.", "300 kronor", relevance=6.0, name="a.txt")
    other = hit_of("I år kostar det 300 kronor.", "300 kronor", relevance=5.0, name="b.txt")
    answer = ask([one, other])
    assert [cited.quote.document.name for cited in answer.citations] == ["a.txt", "b.txt"]


@pytest.mark.parametrize(
    ("logits", "expected"),
    [([0.0, 5.0, 0.0, 0.0], AnswerType.YES), ([0.0, 0.0, 5.0, 0.0], AnswerType.NO),
     ([0.0, 0.0, 0.0, 5.0], AnswerType.COUNT), ([5.0, 0.0, 0.0, 0.0], None),
     ([0.0, 1.0, 0.9, 0.0], None)],
)  # fmt: skip
def test_yes_no_and_how_many_are_said_where_the_reader_is_sure(logits, expected):
    hit = hit_of(FEES, "300 kronor per år", relevance=6.0)
    read = hit.reading
    reading = Reading(6.0, np.array(logits), read.tags, read.starts, read.ends, read.where)
    answer = ask([Hit(hit.passage, 0.0, 0.8, 1.0, 1.0, reading)])
    assert answer.type is expected


@pytest.mark.parametrize(
    ("logits", "expected"),
    [([0.0, 5.0, 0.0, 0.0], None), ([0.0, 0.0, 5.0, 0.0], None),
     ([0.0, 0.0, 0.0, 5.0], AnswerType.COUNT)],
)  # fmt: skip
def test_a_question_in_a_document_affirms_and_denies_nothing(logits, expected):
    hit = hit_of("Får jag bada om jag är förkyld?", "förkyld", relevance=6.0)
    read = hit.reading
    reading = Reading(6.0, np.array(logits), read.tags, read.starts, read.ends, read.where)
    answer = ask([Hit(hit.passage, 0.0, 0.8, 1.0, 1.0, reading)])
    assert (answer.outcome, answer.type) == (Outcome.ANSWERED, expected)
