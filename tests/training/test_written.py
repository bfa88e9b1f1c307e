"""The written questions of the project keep to their format, and borrow from nobody."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

from evaluation.written import read_written
from training.train import TYPES

PROJECT = Path(__file__).parents[2]
SHARED = PROJECT.parent / "shared"
WRITTEN = PROJECT / "training" / "written"
PARTS = ("train", "dev")
KEYS = {"question", "kind", "history", "answers", "quote"}
RUN = 12  # words

Runs = set[tuple[str, ...]]


def runs_of(text: str) -> Runs:
    words = re.findall(r"\w+", text.casefold())
    return {tuple(words[first : first + RUN]) for first in range(len(words) - RUN + 1)}


@pytest.fixture(scope="module")
def documents():
    return {part: list(read_written(WRITTEN / part)) for part in PARTS}


@pytest.mark.parametrize("part", PARTS)
def test_every_file_keeps_to_the_format(documents, part):
    assert documents[part]
    for document in documents[part]:
        assert document.text.strip()
        assert document.questions
        for one in document.questions:
            assert one.question.strip()
            assert one.kind
            assert one.polarity in TYPES
            assert one.spans or not one.polarity
            for start, end in one.spans:
                said = document.text[start:end]
                assert said
                assert said == said.strip()


@pytest.mark.parametrize("part", PARTS)
def test_no_question_has_a_key_that_means_nothing(part):
    for file in (WRITTEN / part).glob("*.jsonl"):
        for line in filter(None, file.read_text(encoding="utf-8").split("\n")):
            said = json.loads(line)
            assert set(said) == {"id", "genre", "text", "questions"}, said["id"]
            for one in said["questions"]:
                assert KEYS <= set(one) <= KEYS | {"polarity"}, one


@pytest.mark.parametrize("part", PARTS)
def test_no_question_is_asked_twice_of_a_document(documents, part):
    for document in documents[part]:
        asked = Counter((one.question, one.history) for one in document.questions)
        assert [one for one, count in asked.items() if count > 1] == [], document.id


@pytest.mark.parametrize("part", PARTS)
def test_some_questions_have_no_answer(documents, part):
    asked = [one for document in documents[part] for one in document.questions]
    absent = sum(not one.spans for one in asked)
    assert 0.15 < absent / len(asked) < 0.4


def test_no_document_is_both_learnt_from_and_judged_by(documents):
    everything = [document for part in PARTS for document in documents[part]]
    assert len({document.id for document in everything}) == len(everything)
    assert len({" ".join(document.text.split()) for document in everything}) == len(everything)


@pytest.mark.parametrize("given", ["seeds", "data/written/dev"])
def test_nothing_is_borrowed_from_what_is_judged_by(documents, given):
    if not (SHARED / given).is_dir():
        pytest.skip(f"no {given} beside the project")
    folder = SHARED / given
    theirs: Runs = set()
    for path in folder.glob("*.txt"):
        theirs |= runs_of(path.read_text(encoding="utf-8"))
    for document in read_written(folder):
        theirs |= runs_of(document.text)
    assert theirs
    for part in PARTS:
        for document in documents[part]:
            assert not runs_of(document.text) & theirs, document.id
