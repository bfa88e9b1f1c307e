"""From a question to ranked hits: dense and lexical search joined, then ranked by what they cover.

Search finds the candidates by a weighted sum of scores, each normalised over the whole collection
(a z-score), so that a question which the words cannot tell apart leaves the decision to the
vectors, and the other way round. The candidates are then ranked with how much of the question
stands in the passage and its context, forgiving of form.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from embeddings.budget import spend
from embeddings.index.home import Index
from embeddings.index.vectors import Rows
from embeddings.model.bundled import BUNDLED_NAME
from embeddings.model.encoder import Encoder, FloatArray
from embeddings.passages.cutting import body_text
from embeddings.passages.structure import normalise
from embeddings.types import Passage
from retrieval.matching import coverage, mark_set
from retrieval.types import Hit, Question

ADAPTER: Final = Path(__file__).parent / "reader_model" / "query.npy"
DENSE_SHARE = 0.6
"""The part of the dense score in the sum; the best on the train questions of SweQUAD-MC."""
_CANDIDATES = 30
_POOL = 1000  # passages, by each score, of which the best are chosen by both
_MOST_ALIKE = 64_000  # passages that are looked at, of which nearly all have the same text

# What each score is worth for the rank: a conditional logit over the best sixty passages of 1,480
# questions of the written dev sets and SweQUAD-MC dev.
DENSE, LEXICAL, NEAR = 33.7, 0.2, 7.1


def search(index: Index, encoder: Encoder, question: Question, limit: int) -> list[Hit]:
    """The `limit` best passages for a question, best first, notices last, duplicates once."""
    scored = Search(index, question, embed(encoder, question))
    # More than are asked for, since the rank among the candidates is not yet the last one.
    hits = scored.hits(scored.candidates(limit + _CANDIDATES))
    return sorted(hits, key=lambda hit: (hit.passage.is_notice, -hit.score))[:limit]


def embed(encoder: Encoder, question: Question) -> FloatArray:
    """The vector of a question, turned towards those of passages that answer such questions where
    it is one of the bundled encoder (a linear adapter, `training.query`)."""
    query = encoder.embed_query(expanded(question))
    if encoder.name != BUNDLED_NAME:
        return query
    turned = query + _adapter() @ query
    unit: FloatArray = turned / np.linalg.norm(turned)
    return unit


@cache
def _adapter() -> FloatArray:
    """What is added to a query, shape (dimension, dimension)."""
    added: FloatArray = np.load(ADAPTER, allow_pickle=False).astype(np.float32)
    return added


def expanded(question: Question) -> str:
    """The question with the other names of what it names, as it is embedded."""
    return " ".join([question.text, *question.expansions])


def normalised(scores: FloatArray, mean: float, spread: float) -> FloatArray:
    """The scores as z-scores; all zero where they tell nothing apart."""
    return (scores - mean) / spread if spread > 0 else np.zeros_like(scores)


class Search:
    """A question with its scores for an index."""

    def __init__(self, index: Index, question: Question, query: FloatArray) -> None:
        self._index = index
        self._question = question
        self._dense = index.vectors.scores(query)
        self._lexical = index.words.scores(question.marks)

    def candidates(self, count: int) -> list[tuple[int, list[Passage]]]:
        """The `count` best passages that differ in their words, each with its row and with the
        others that have its text, best first; notices only where there is nothing else.

        A text may stand in a hundred documents, so as many more are looked at as it takes.
        """
        size = max(_POOL, 2 * count)
        while True:
            ranked = self.ranked(size)
            distinct: dict[str, tuple[int, list[Passage]]] = {}
            for start in range(0, len(ranked), 2 * count):
                spend()
                part: list[int] = ranked[start : start + 2 * count].tolist()
                for row, passage in zip(part, self._index.passages(part), strict=True):
                    distinct.setdefault(normalise(body_text(passage)), (row, []))[1].append(passage)
                if len(distinct) >= count:
                    return list(distinct.values())[:count]
            if size >= min(len(self._index), _MOST_ALIKE):
                return list(distinct.values())
            size *= 4

    def hits(self, found: Sequence[tuple[int, list[Passage]]]) -> list[Hit]:
        """The hits of candidates."""
        rows = np.array([row for row, _ in found], np.int64)
        scores = zip(self._dense.at(rows).tolist(), self._lexical.at(rows).tolist(), strict=True)
        return [
            self._hit(same, dense, lexical)
            for (_, same), (dense, lexical) in zip(found, scores, strict=True)
        ]

    def _hit(self, same: Sequence[Passage], dense: float, lexical: float) -> Hit:
        """The hit of the first of these passages, which have the same text."""
        spend()
        passage, *others = same
        apart = {other.document.name: other for other in reversed(others)}
        apart.pop(passage.document.name, None)
        words = mark_set(passage.in_context)
        near = coverage(self._question.terms, words, self._index.words.weight)
        score = search_score(dense, lexical, near)
        return Hit(passage, score, dense, lexical, near, also=tuple(reversed(apart.values())))

    def ranked(self, size: int) -> Rows:
        """The rows of the passages that are best by either score, best first by both."""
        rows = np.unique(np.concatenate([self._dense.best(size), self._lexical.best(size)]))
        dense = normalised(self._dense.at(rows), *self._dense.spread())
        lexical = normalised(self._lexical.at(rows), *self._lexical.spread())
        joined = DENSE_SHARE * dense + (1 - DENSE_SHARE) * lexical
        ranked = rows[np.lexsort((rows, -joined))]
        return ranked if len(ranked) >= size else np.append(ranked, self._index.notice_rows)


def search_score(dense: float, lexical: float, near: float) -> float:
    """The three scores of a hit joined; only differences within one question mean anything."""
    return DENSE * dense + LEXICAL * lexical + NEAR * near
