"""The seeds answer as they should, with the bundled model."""

from pathlib import Path

import pytest

from bot.answer_text import answer_text
from bot.settings import bundled_documents
from embeddings.index.publishing import open_index
from embeddings.model.encoder import load_encoder
from embeddings.rebuild import rebuild
from evaluation import CaseOutcome, read_cases
from retrieval import types
from retrieval.engine import Engine
from retrieval.reader import load_reader
from tests.retrieval.support import assert_exact

SHARED = Path(__file__).parents[2].parent / "shared"
QUESTIONS = SHARED / "data" / "questions-dev.jsonl"
LEAST_SHOWN = 0.85
"""Of the questions that can be answered, the share whose answer is given or among the places."""
MOST_WRONG = 0.15
"""Of all answers that are given, the share that is wrong."""

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    if not QUESTIONS.is_file():
        pytest.skip(f"no {QUESTIONS.name} beside the project")
    index = tmp_path_factory.mktemp("seeds")
    encoder = load_encoder()
    rebuild(bundled_documents(), index, encoder.name, lambda: encoder, lambda *_: None)
    engine = Engine(open_index(index, encoder.name), encoder, load_reader(encoder))
    answered = [(case, engine.ask(case.question, case.history)) for case in read_cases(QUESTIONS)]
    yield [CaseOutcome(case, answer, answer_text(answer), None) for case, answer in answered]
    engine.index.close()


def test_what_can_be_answered_is_answered_or_shown(outcomes):
    answerable = [outcome for outcome in outcomes if outcome.case.answerable]
    lost = [(one.case.question, one.short) for one in answerable
            if not (one.is_right or one.is_shown)]  # fmt: skip
    assert len(lost) <= (1 - LEAST_SHOWN) * len(answerable), lost


def test_what_is_asserted_is_right(outcomes):
    asserted = [outcome for outcome in outcomes if outcome.is_asserted]
    wrong = [(one.case.question, one.short) for one in asserted if not one.is_right]
    assert asserted
    assert len(wrong) <= MOST_WRONG * len(asserted), wrong


def test_nothing_that_can_be_answered_is_said_to_be_missing(outcomes):
    missing = [(one.case.question, one.answer.missing) for one in outcomes
               if one.case.answerable and one.answer.outcome is types.Outcome.NOTHING]  # fmt: skip
    assert missing == []


def test_every_answer_has_a_quote_and_every_place_that_is_shown_too(outcomes):
    assert all(one.answer.citations for one in outcomes)
    assert all(bool(one.answer.spans) == one.is_asserted for one in outcomes)


def test_every_quote_is_in_its_document_to_the_letter(outcomes):
    texts = {
        path.name: path.read_bytes().decode().replace("\r\n", "\n").replace("\r", "\n")
        for path in bundled_documents().iterdir()
    }
    assert outcomes
    for outcome in outcomes:
        assert_exact(outcome.answer, texts)


def test_seeds_are_those_that_were_given_byte_for_byte():
    if not (SHARED / "seeds").is_dir():
        pytest.skip("no seeds beside the project")
    given = {path.name: path.read_bytes() for path in (SHARED / "seeds").iterdir()}
    assert {path.name: path.read_bytes() for path in bundled_documents().iterdir()} == given
    assert len(given) == 5
