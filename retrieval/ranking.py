"""The last word on the ranking: the best hits of the search are read, and ranked by both."""

from collections.abc import Sequence
from dataclasses import replace

from retrieval.confidence import shares
from retrieval.reader import Reader, Reading
from retrieval.types import Hit, Question, QuestionKind

READ = 5
"""How many passages are read for a question: more cost time, and seldom hold the answer."""

READ_KINDS = frozenset({QuestionKind.FACT, QuestionKind.PLACE, QuestionKind.NUMBER,
                         QuestionKind.DATE, QuestionKind.REASON})  # fmt: skip
"""What the reader has learnt to answer. It has seen few lists of people, statements, or questions
for a yes or no: for these the rules for form choose better."""

# What the search's score and the relevance that is read are worth (`training.fit`).
SEARCHED, RELEVANCE = 0.57, 1.05
SEARCHED_ALONE = 1.2  # of the search's score where nothing is read yet
_SURE = 0.9


def read_best(reader: Reader, question: Question, hits: Sequence[Hit]) -> list[Hit]:
    """The hits with the best of them read and ranked anew, best first, notices last; as they are
    for a kind of question that the reader has not learnt.

    A hit that is not read counts as being no more relevant than any that is.
    """
    if question.kind not in READ_KINDS:
        return list(hits)
    chosen = _worth_reading(hits)
    if not chosen:
        return list(hits)
    readings = dict(
        zip(chosen, reader.read(question.text, [hits[row].passage for row in chosen]), strict=True)
    )
    least = min(reading.relevance for reading in readings.values())
    ranked = [_joined(hit, readings.get(row), least) for row, hit in enumerate(hits)]
    return sorted(ranked, key=lambda hit: (hit.passage.is_notice, -hit.score))


def _worth_reading(hits: Sequence[Hit]) -> list[int]:
    """The first hits, as many as it takes to be nearly sure of having the right one; at most
    `READ`."""
    rows = [row for row, hit in enumerate(hits) if not hit.passage.is_notice]
    parts = shares([SEARCHED_ALONE * hits[row].score for row in rows]) if rows else []
    before = [sum(parts[:place]) for place in range(len(parts))]
    return [row for row, sure in zip(rows, before, strict=True) if sure < _SURE][:READ]


def _joined(hit: Hit, reading: Reading | None, least: float) -> Hit:
    relevance = reading.relevance if reading else least
    score = SEARCHED * hit.score + RELEVANCE * relevance
    return replace(hit, score=score, reading=reading)
