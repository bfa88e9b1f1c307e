"""From a question to ranked hits: hybrid dense and lexical search, then ranking by coverage.

Candidates are retrieved by a weighted sum of scores, each normalised over the whole collection (a
z-score): if the words of a question do not discriminate between passages, the vectors decide, and
vice versa. The candidates are then ranked with the coverage of the question by the passage and its
context, tolerant of word forms.
"""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from embeddings.budget import spend
from embeddings.index.contract import Index
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
"""Weight of the dense score in the sum; the best on the train questions of SweQUAD-MC."""
_CANDIDATES = 30
_POOL = 1000  # passages retrieved by each score, from which the best by both are chosen
_MOST_ALIKE = 64_000  # passages examined at most, if nearly all have the same text

# Weights of the scores in the ranking: a conditional logit over the best sixty passages of 2,530
# questions of the written dev sets and SweQUAD-MC dev.
DENSE, LEXICAL, NEAR = 52.4, 0.2, 6.6


def search(index: Index, encoder: Encoder, question: Question, limit: int) -> list[Hit]:
    """Find the `limit` best passages for a question, best first, notices last, without
    duplicates."""
    return Search(index, question, embed(encoder, question)).best(limit)


def embed(encoder: Encoder, question: Question) -> FloatArray:
    """The vector of a question. With the bundled encoder a linear adapter (`training.query`) moves
    it towards the vectors of passages that answer such questions."""
    query = encoder.embed_query(expanded(question))
    if encoder.name != BUNDLED_NAME:
        return query
    turned = query + _adapter() @ query
    unit: FloatArray = turned / np.linalg.norm(turned)
    return unit


@cache
def _adapter() -> FloatArray:
    """The matrix of the adapter, shape (dimension, dimension)."""
    added: FloatArray = np.load(ADAPTER, allow_pickle=False).astype(np.float32)
    return added


def expanded(question: Question) -> str:
    """The text of a question for embedding: with other names of the entities in it."""
    return " ".join([question.text, *question.expansions])


def normalised(scores: FloatArray, mean: float, spread: float) -> FloatArray:
    """The scores as z-scores; all zero if they do not vary."""
    return (scores - mean) / spread if spread > 0 else np.zeros_like(scores)


class Search:
    """The scores of a question on an index."""

    def __init__(self, index: Index, question: Question, query: FloatArray) -> None:
        self._index = index
        self._question = question
        self._dense = index.vectors.scores(query)
        self._lexical = index.words.scores(question.marks)

    def best(self, limit: int) -> list[Hit]:
        """The `limit` best passages, best first, notices last, without duplicates."""
        # More than are asked for, since the candidates are ranked again.
        hits = self.hits(self.best_rows(limit + _CANDIDATES))
        return sorted(hits, key=lambda hit: (hit.passage.is_notice, -hit.score))[:limit]

    def best_rows(self, count: int) -> list[tuple[int, list[Passage]]]:
        """The `count` best passages with distinct texts, best first, notices after all others.

        Each comes with its row and the other passages with its text. A text may be in a hundred
        documents, so the search widens until there are enough.
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
        """The hit of the first of these passages, which all have the same text."""
        spend()
        passage, *others = same
        apart = {other.document.name: other for other in reversed(others)}
        apart.pop(passage.document.name, None)
        words = mark_set(passage.in_context)
        near = coverage(self._question.terms, words, self._index.words.weight)
        score = search_score(dense, lexical, near)
        return Hit(passage, score, dense, lexical, near, also=tuple(reversed(apart.values())))

    def ranked(self, size: int) -> Rows:
        """The rows of the passages that are among the best by either score, best first by both."""
        rows = np.unique(np.concatenate([self._dense.best(size), self._lexical.best(size)]))
        dense = normalised(self._dense.at(rows), *self._dense.spread())
        lexical = normalised(self._lexical.at(rows), *self._lexical.spread())
        joined = DENSE_SHARE * dense + (1 - DENSE_SHARE) * lexical
        ranked = rows[np.lexsort((rows, -joined))]
        return ranked if len(ranked) >= size else np.append(ranked, self._index.notice_rows)


def search_score(dense: float, lexical: float, near: float) -> float:
    """The weighted sum of a hit's scores; comparable only within one question."""
    return DENSE * dense + LEXICAL * lexical + NEAR * near
