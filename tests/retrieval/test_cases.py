"""Questions on small files, each file of a kind that other programs read wrongly: the bundled model
answers with the value that stands there, or shows where it stands if it is not sure."""

import json
import subprocess
import sys
from itertools import groupby
from pathlib import Path

import pytest

from bot.answer_text import answer_text
from embeddings.index.publishing import open_index
from embeddings.language.normal import in_normal_form
from embeddings.model.encoder import load_encoder
from embeddings.rebuild import rebuild
from evaluation.questions import fold
from retrieval.engine import Engine
from retrieval.reader import load_reader

FOLDER = Path(__file__).parents[2].parent / "shared" / "cases"
LINES = Path(__file__).with_name("cases.jsonl").read_text(encoding="utf-8").splitlines()
CASES = {
    name: list(asked)
    for name, asked in groupby(map(json.loads, LINES), key=lambda one: one["case"])
}

pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(not FOLDER.is_dir(), reason="no cases beside the project"),
]


@pytest.fixture(scope="module")
def encoder():
    return load_encoder()


@pytest.fixture(scope="module")
def reader(encoder):
    return load_reader(encoder)


def documents_of(name, place):
    """The folder of a case's documents: as it is, or as its script writes it."""
    script = FOLDER / name / "make.py"
    if not script.is_file():
        return FOLDER / name / "docs"
    place.mkdir()
    subprocess.run([sys.executable, str(script), str(place)], check=True, capture_output=True)
    return place


@pytest.mark.parametrize("name", CASES)
def test_the_value_that_stands_there_is_answered_or_shown(name, encoder, reader, tmp_path):
    documents = documents_of(name, tmp_path / "docs")
    rebuild(documents, tmp_path / "index", encoder.name, lambda: encoder, lambda *_: None)
    index = open_index(tmp_path / "index", encoder.name)
    engine = Engine(index, encoder, reader)
    wrong = []
    for asked in CASES[name]:
        answer = engine.ask(asked["question"])
        places = " ".join(cited.quote.text for cited in answer.citations)
        said = places if asked["outcome"] == "found" else answer_text(answer)
        holds = all(fold(in_normal_form(part)) in fold(in_normal_form(said))
                    for part in asked["answer"])  # fmt: skip
        if not holds or answer.outcome != asked["outcome"]:
            wrong.append((asked["question"], answer.outcome, answer_text(answer)))
    index.close()
    assert wrong == []
