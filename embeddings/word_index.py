"""The lexical index: BM25 over the marks of each passage and of its context."""

import math
from collections.abc import Sequence
from pathlib import Path

import bm25s
import numpy as np

from embeddings.encoder import FloatArray
from embeddings.language.marks import find_marks
from embeddings.types import Passage


class WordIndex:
    """BM25 scores of every passage for a question (Lù 2024, bm25s; Robertson & Zaragoza 2009)."""

    def __init__(self, bm25: bm25s.BM25) -> None:
        self._bm25 = bm25

    @classmethod
    def build(cls, passages: Sequence[Passage]) -> "WordIndex":
        """Index the words of `passages` in their order."""
        bm25 = bm25s.BM25(method="lucene")
        # bm25s cannot index nothing at all, so a passage without a word has an empty mark.
        marks = [_indexed_marks(passage) or [""] for passage in passages]
        bm25.index(marks, show_progress=False)
        return cls(bm25)

    @classmethod
    def load(cls, folder: Path) -> "WordIndex":
        """Read what `save` wrote."""
        return cls(bm25s.BM25.load(folder, show_progress=False, allow_pickle=False))

    def save(self, folder: Path) -> None:
        """Write NumPy arrays and JSON, no pickle, into `folder`."""
        self._bm25.save(folder, show_progress=False, allow_pickle=False)

    def scores(self, question: Sequence[str]) -> FloatArray:
        """BM25 of the marks of a question for every passage, shape (passages,)."""
        known = [mark for mark in question if mark in self._bm25.vocab_dict]
        if not known:
            return np.zeros(self._bm25.scores["num_docs"], dtype=np.float32)
        return np.asarray(self._bm25.get_scores(known), dtype=np.float32)

    def weight(self, mark: str) -> float:
        """The inverse document frequency of a mark, highest for one that stands nowhere."""
        number = self._bm25.vocab_dict.get(mark)
        bounds = self._bm25.scores["indptr"]
        found = 0 if number is None else int(bounds[number + 1] - bounds[number])
        count = int(self._bm25.scores["num_docs"])
        return math.log(1 + (count - found + 0.5) / (found + 0.5))


def _indexed_marks(passage: Passage) -> list[str]:
    """The marks of a passage and of what says what it is about: title, headings, event date."""
    context = passage.context
    text = "\n".join([context.title, *context.headings, context.event_date, passage.text])
    return find_marks(text, passage.document.metadata.published)
