"""The seeds answer as they should, with the bundled model."""

from pathlib import Path

import pytest

from bot.render import answer_text
from bot.settings import bundled_documents
from embeddings.encoder import load_encoder
from embeddings.index import open_index
from embeddings.rebuild import rebuild
from retrieval.engine import Engine
from retrieval.evaluation import Outcome, read_cases
from tests.retrieval.support import assert_exact

SHARED = Path(__file__).parents[2].parent / "shared"
QUESTIONS = SHARED / "data" / "questions-dev.jsonl"
MOST_WRONG, MOST_ANSWERED = 0.15, 0.30

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    if not QUESTIONS.is_file():
        pytest.skip(f"no {QUESTIONS.name} beside the project")
    index = tmp_path_factory.mktemp("seeds")
    encoder = load_encoder()
    rebuild(bundled_documents(), index, encoder.name, lambda: encoder, lambda *_: None)
    engine = Engine(open_index(index, encoder.name), encoder)
    answered = [(case, engine.ask(case.question, case.history)) for case in read_cases(QUESTIONS)]
    yield [Outcome(case, answer, answer_text(answer), None) for case, answer in answered]
    engine.index.close()


def test_answerable_questions_are_answered_right_with_the_right_citation(outcomes):
    answerable = [outcome for outcome in outcomes if outcome.case.answerable]
    wrong = [(one.case.question, one.short) for one in answerable if not one.is_right]
    assert len(wrong) <= MOST_WRONG * len(answerable), wrong


def test_unanswerable_questions_are_refused(outcomes):
    unanswerable = [outcome for outcome in outcomes if not outcome.case.answerable]
    answered = [(one.case.question, one.short) for one in unanswerable if not one.is_refused]
    assert len(answered) <= MOST_ANSWERED * len(unanswerable), answered


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
