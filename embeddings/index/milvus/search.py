"""Vector and word search in Milvus: exact inner products, also of our own BM25 weights."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from embeddings.index.milvus.collections import (
    MOST,
    VECTOR,
    WORDS,
    PassageCollection,
    SparseVector,
)
from embeddings.index.vectors import EXACT, SAMPLED_PASSAGES, Rows
from embeddings.index.vocabulary import Vocabulary
from embeddings.index.word_index import WordIndex, inverse_frequency
from embeddings.model.encoder import FloatArray

_NO_NOTICES: Final = "notice == false"
_ENOUGH_SAMPLED: Final = 100  # passages of the sample that share a mark with the question
_NONE: Rows = np.empty(0, np.int64)


class MilvusVectors:
    """The vectors of one version."""

    def __init__(self, collection: PassageCollection, count: int, dimension: int) -> None:
        self._collection = collection
        self._count = count
        self._dimension = dimension
        self.sample = self.at(np.arange(0, count, -(-count // SAMPLED_PASSAGES)))

    def __len__(self) -> int:
        return self._count

    def at(self, rows: Rows) -> FloatArray:
        """The vectors of these rows, shape (rows, dimension)."""
        found = self._collection.values(VECTOR, np.asarray(rows).tolist())
        return np.array(found, np.float32).reshape(len(found), self._dimension)

    def scores(self, query: FloatArray) -> "MilvusCosines":
        """The cosine of every vector to a query, shape (dimension,)."""
        return MilvusCosines(self, self._collection, query)


class _Known:
    """Cache of scores fetched over the network, so that none is fetched twice."""

    def __init__(self) -> None:
        self._scores: dict[int, float] = {}

    def add(self, rows: Rows, scores: FloatArray) -> None:
        self._scores.update(zip(rows.tolist(), scores.tolist(), strict=True))

    def missing(self, rows: Rows) -> Rows:
        return np.array([row for row in rows.tolist() if row not in self._scores], np.int64)

    def at(self, rows: Rows) -> FloatArray:
        return np.array([self._scores[row] for row in rows.tolist()], np.float32)


class MilvusCosines:
    """The scores of a question by its vector."""

    def __init__(
        self, vectors: MilvusVectors, collection: PassageCollection, query: FloatArray
    ) -> None:
        self._vectors = vectors
        self._collection = collection
        self._query = query
        self._known = _Known()

    def best(self, count: int) -> Rows:
        """The rows of the up to `count` highest scores, best first, without notices."""
        rows, scores = self._collection.search(VECTOR, self._query, count, _NO_NOTICES)
        if len(self._vectors) <= EXACT:  # above that they are quantized scores
            self._known.add(rows, scores)
        return rows

    def at(self, rows: Rows) -> FloatArray:
        """The scores of these rows, shape (rows,)."""
        missing = self._known.missing(rows)
        if len(missing):
            self._known.add(missing, self._vectors.at(missing) @ self._query)
        return self._known.at(rows)

    def spread(self) -> tuple[float, float]:
        """The mean and the standard deviation of all scores, or of an even sample if there are
        many."""
        cosines = self._vectors.sample @ self._query
        return float(cosines.mean()), float(cosines.std())


class MilvusWords:
    """The words of one version: the vocabulary is held here, the occurrences are in Milvus."""

    def __init__(
        self, collection: PassageCollection, payload: Mapping[str, Any], count: int, notices: Rows
    ) -> None:
        """`payload` is the result of `words_of` from when the version was written."""
        self._collection = collection
        self._notices = frozenset(notices.tolist())
        self._number: dict[str, int] = payload["marks"]
        self._counts: dict[str, int] = payload["counts"]
        self.count = count
        self.vocabulary = Vocabulary(payload["forms"], self._counts)
        self._sample = _Sample(
            collection.values(WORDS, list(range(0, count, -(-count // SAMPLED_PASSAGES))))
        )

    def weight(self, mark: str) -> float:
        """The inverse document frequency of a mark, highest for one that occurs nowhere."""
        return inverse_frequency(self._counts.get(mark, 0), self.count)

    def scores(self, question: Sequence[str]) -> "MilvusWordScores":
        """The BM25 scores of every passage for the marks of a question."""
        asked = Counter(mark for mark in question if mark in self._number)
        query = {self._number[mark]: float(times) for mark, times in asked.items()}
        sharing = sum(self._counts.get(mark, 0) for mark in asked)
        return MilvusWordScores(
            self._collection, self._sample, query, self._notices, sharing, self.count
        )


class _Sample:
    """The weights of an even sample of the passages, by mark."""

    def __init__(self, passages: Sequence[SparseVector]) -> None:
        self._count = len(passages)
        self._by_mark: dict[int, tuple[list[int], list[float]]] = {}
        for at, weights in enumerate(passages):
            for mark, weight in weights.items():
                places, values = self._by_mark.setdefault(mark, ([], []))
                places.append(at)
                values.append(weight)

    def spread(self, query: SparseVector) -> tuple[float, float]:
        scores = np.zeros(self._count, np.float32)
        for mark, times in query.items():
            places, values = self._by_mark.get(mark, ((), ()))
            scores[list(places)] += times * np.array(values, np.float32)
        return float(scores.mean()), float(scores.std())


class MilvusWordScores:
    """The scores of a question by its words."""

    def __init__(
        self,
        collection: PassageCollection,
        sample: _Sample,
        query: SparseVector,
        notices: frozenset[int],
        sharing: int,
        count: int,
    ) -> None:
        """At most `sharing` of `count` passages share a mark with the query."""
        self._collection = collection
        self._sample = sample
        self._query = query
        self._notices = notices
        self._has_all = False  # all passages that share a mark, except notices
        self._sharing = sharing
        self._count = count
        self._known = _Known()

    def best(self, count: int) -> Rows:
        """The rows of the up to `count` highest scores, best first, without notices; only of
        passages that share a mark with the question."""
        if not self._query:
            return _NONE
        rows, _ = self._found(count, _NO_NOTICES)
        self._has_all = self._has_all or len(rows) < min(count, MOST)
        return rows

    def at(self, rows: Rows) -> FloatArray:
        """The scores of these rows, shape (rows,)."""
        missing = self._known.missing(rows)
        if len(missing):
            # Milvus returns no hit for a passage that shares no mark.
            self._known.add(missing, np.zeros(len(missing), np.float32))
            asked = missing.tolist() if self._query else []
            if self._has_all:
                asked = [row for row in asked if row in self._notices]
            for start in range(0, len(asked), MOST):
                part = asked[start : start + MOST]
                self._found(len(part), f"row in {part}")
        return self._known.at(rows)

    def spread(self) -> tuple[float, float]:
        """The mean and the standard deviation of all scores.

        Of many passages only a sample is examined, unless so few share a mark with the question
        that the sample would contain next to none of them; those are fetched from Milvus.
        """
        in_sample = self._sharing * SAMPLED_PASSAGES / self._count
        if (
            self._count <= SAMPLED_PASSAGES
            or in_sample >= _ENOUGH_SAMPLED
            or not 0 < self._sharing <= MOST
        ):
            return self._sample.spread(self._query)
        _, found = self._found(self._sharing, "")
        scores = found.astype(np.float64)  # all other scores are zero
        mean = scores.sum() / self._count
        return float(mean), float(max(np.square(scores).sum() / self._count - mean**2, 0.0) ** 0.5)

    def _found(self, limit: int, among: str) -> tuple[Rows, FloatArray]:
        rows, scores = self._collection.search(WORDS, self._query, limit, among)
        self._known.add(rows, scores)
        return rows, scores


def words_of(index: WordIndex) -> dict[str, Any]:
    """The vocabulary of the word index, as a JSON value."""
    return {"forms": dict(index.forms), "marks": index.marks(), "counts": index.counts()}
