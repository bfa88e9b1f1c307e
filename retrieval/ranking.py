"""The last word on the ranking: the best hits of the search are read, and ranked by both."""

from collections.abc import Sequence
from dataclasses import replace

from retrieval.confidence import shares
from retrieval.phrasing import phrased
from retrieval.reader import Reader, Reading
from retrieval.types import Hit, Question, QuestionKind

READ = 5
"""How many passages are read for a question: more cost time, and seldom hold the answer."""

BY_FORM = frozenset(
    {QuestionKind.PHONE, QuestionKind.EMAIL, QuestionKind.NAMES, QuestionKind.STATEMENT}
)
"""What is found by its form wherever it stands, and nothing read for."""

# What the scores of a passage that has been read are worth (`training.fit`).
DENSE, LEXICAL, NEAR, RELEVANCE = 55.1, 0.25, 3.92, 0.58
SEARCHED_ALONE = 1.24  # of the search's score where nothing is read yet
LEAST, SURE = 2, 0.9
"""At least so many are read, and as many as it takes to have the right one so surely."""


def read_best(
    reader: Reader, question: Question, hits: Sequence[Hit], *, until: float = SURE
) -> list[Hit]:
    """The hits with the best of them read and ranked anew, best first, notices last.

    As many are read as it takes to have the right one with the probability `until`, going by the
    search; from `LEAST` to `READ`. A hit that is not read counts as being no more relevant than
    any that is.
    """
    chosen = [] if question.kind in BY_FORM else _worth_reading(hits, until)
    if not chosen:
        return list(hits)
    passages = [hits[row].passage for row in chosen]
    found = reader.read([phrased(question, passage) for passage in passages], passages)
    readings = dict(zip(chosen, found, strict=True))
    least = min(reading.relevance for reading in readings.values())
    ranked = [_joined(hit, readings.get(row), least) for row, hit in enumerate(hits)]
    return sorted(ranked, key=lambda hit: (hit.passage.is_notice, -hit.score))


def _worth_reading(hits: Sequence[Hit], until: float) -> list[int]:
    rows = [row for row, hit in enumerate(hits) if not hit.passage.is_notice]
    parts = shares([SEARCHED_ALONE * hits[row].score for row in rows]) if rows else []
    before = [sum(parts[:place]) for place in range(len(parts))]
    enough = max(LEAST, sum(sure < until for sure in before))
    return rows[: min(enough, READ)]


def _joined(hit: Hit, reading: Reading | None, least: float) -> Hit:
    relevance = reading.relevance if reading else least
    score = DENSE * hit.dense + LEXICAL * hit.lexical + NEAR * hit.near + RELEVANCE * relevance
    return replace(hit, score=score, reading=reading)
