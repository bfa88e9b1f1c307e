"""From a question to ranked hits: dense and lexical search joined, then ranked by what they cover.

Search finds the candidates by a weighted sum of scores, each normalised over the whole collection
(a z-score), so that a question which the words cannot tell apart leaves the decision to the
vectors, and the other way round. The candidates are then ranked with how much of the question
stands in the passage and its context, forgiving of form.
"""

from collections.abc import Sequence

import numpy as np

from embeddings.encoder import Encoder, FloatArray
from embeddings.index import Index
from embeddings.structure import normalise
from embeddings.types import Passage
from retrieval.matching import coverage, mark_set
from retrieval.types import Hit, Question

DENSE_SHARE = 0.6
"""The part of the dense score in the sum; the best on the train questions of SweQUAD-MC."""
_CANDIDATES = 30

# What each score is worth for the rank: a conditional logit over the units of the train questions
# of SweQUAD-MC and 3,000 of the Swedish SQuAD 2.0.
DENSE, LEXICAL, NEAR = 63.5, 0.34, 4.5


def search(index: Index, encoder: Encoder, question: Question, limit: int) -> list[Hit]:
    """The `limit` best passages for a question, best first, notices last, duplicates once."""
    dense = index.dense_scores(encoder.embed_query(expanded(question)))
    lexical = index.words.scores(question.marks)
    joined = DENSE_SHARE * normalised(dense) + (1 - DENSE_SHARE) * normalised(lexical)
    joined[index.notice_rows] -= np.ptp(joined) + 1  # below every other passage
    # More than are asked for, since the rank among the candidates is not yet the last one.
    hits = [
        _hit(index, question, same, float(dense[row]), float(lexical[row]))
        for row, same in _candidates(index, joined, limit + _CANDIDATES)
    ]
    return sorted(hits, key=lambda hit: (hit.passage.is_notice, -hit.score))[:limit]


def expanded(question: Question) -> str:
    """The question with the other names of what it names, as it is embedded."""
    return " ".join([question.text, *question.expansions])


def normalised(scores: FloatArray) -> FloatArray:
    """The scores as z-scores; all zero where they tell nothing apart."""
    spread = scores.std()
    return (scores - scores.mean()) / spread if spread > 0 else np.zeros_like(scores)


def _hit(
    index: Index, question: Question, same: Sequence[Passage], dense: float, lexical: float
) -> Hit:
    """The hit of the first of these passages, which have the same text."""
    passage, *others = same
    about = (*question.terms, *question.background)
    near = coverage(about, mark_set(passage.in_context), index.words.weight, loosely=True)
    apart = {other.document.name: other for other in reversed(others)}
    apart.pop(passage.document.name, None)
    score = search_score(dense, lexical, near)
    return Hit(passage, score, dense, lexical, near, also=tuple(reversed(apart.values())))


def search_score(dense: float, lexical: float, near: float) -> float:
    """The three scores of a hit joined; only differences within one question mean anything."""
    return DENSE * dense + LEXICAL * lexical + NEAR * near


def _candidates(index: Index, scores: FloatArray, count: int) -> list[tuple[int, list[Passage]]]:
    """The `count` best passages that differ in their words, each with its row and with the others
    that have its text, best first.

    A text may stand in a hundred documents, so as many more are read as it takes.
    """
    read = 2 * count
    while True:
        rows = _best(scores, read)
        distinct: dict[str, tuple[int, list[Passage]]] = {}
        for row, passage in zip(rows, index.passages(rows), strict=True):
            distinct.setdefault(normalise(passage.text), (row, []))[1].append(passage)
        if len(distinct) >= count or read >= len(scores):
            return list(distinct.values())[:count]
        read *= 4


def _best(scores: FloatArray, count: int) -> list[int]:
    """The rows of the `count` highest scores, best first; the earlier row where they are equal."""
    count = min(count, len(scores))
    pool = np.argpartition(-scores, count - 1)[:count]
    return [int(row) for row in pool[np.lexsort((pool, -scores[pool]))]]
