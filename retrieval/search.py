"""From a question to ranked hits: dense and lexical search, joined.

Each score is normalised over the whole collection (a z-score), so that a question which the words
cannot tell apart leaves the decision to the vectors, and the other way round.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from embeddings.encoder import Encoder
from embeddings.index import Index
from embeddings.structure import normalise
from retrieval.types import Hit, Question

DENSE_WEIGHT = 0.6
"""The part of the dense score in the sum; fitted on the train questions of SweQUAD-MC."""
_SPARE = 4  # how many more rows than hits are read, since duplicates fall away

FloatArray = NDArray[np.float32]


def search(index: Index, encoder: Encoder, question: Question, limit: int) -> list[Hit]:
    """The `limit` best passages for a question, best first, notices last, duplicates once."""
    dense = index.dense_scores(encoder.embed_query(expanded(question)))
    lexical = index.words.scores(question.marks)
    joined = DENSE_WEIGHT * normalised(dense) + (1 - DENSE_WEIGHT) * normalised(lexical)
    joined[index.notice_rows] -= np.ptp(joined) + 1  # below every other passage
    rows = _best(joined, limit * _SPARE)
    hits = (
        Hit(passage, float(joined[row]), float(dense[row]), float(lexical[row]))
        for row, passage in zip(rows, index.passages(rows), strict=True)
    )
    return list(_once(hits))[:limit]


def expanded(question: Question) -> str:
    """The question with the other names of what it names, as it is embedded."""
    return " ".join([question.text, *question.expansions])


def normalised(scores: FloatArray) -> FloatArray:
    """The scores as z-scores; all zero where they tell nothing apart."""
    spread = scores.std()
    return (scores - scores.mean()) / spread if spread > 0 else np.zeros_like(scores)


def _best(scores: FloatArray, count: int) -> list[int]:
    """The rows of the `count` highest scores, best first; the earlier row where they are equal."""
    count = min(count, len(scores))
    pool = np.argpartition(-scores, count - 1)[:count]
    return [int(row) for row in pool[np.lexsort((pool, -scores[pool]))]]


def _once(hits: Iterator[Hit]) -> Iterator[Hit]:
    """The hits, without those whose words a better hit has already."""
    seen: set[str] = set()
    for hit in hits:
        words = normalise(hit.passage.text)
        if words not in seen:
            seen.add(words)
            yield hit
