"""The lexical index: BM25 over the marks of each passage and of its context."""

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import bm25s
import numpy as np

from embeddings.encoder import FloatArray
from embeddings.language.marks import find_marks
from embeddings.language.words import tokens
from embeddings.types import Passage
from embeddings.vocabulary import Vocabulary

_FORMS = "forms.json"


class WordIndex:
    """BM25 scores of every passage for a question (Lù 2024, bm25s; Robertson & Zaragoza 2009)."""

    def __init__(self, bm25: bm25s.BM25, forms: Mapping[str, int]) -> None:
        self._bm25 = bm25
        self._forms = forms
        self.vocabulary = Vocabulary(forms, self._counts())

    @classmethod
    def build(cls, passages: Sequence[Passage]) -> "WordIndex":
        """Index the words of `passages` in their order."""
        bm25 = bm25s.BM25(method="lucene")
        # bm25s cannot index nothing at all, so a passage without a word has an empty mark.
        marks = [_indexed_marks(passage) or [""] for passage in passages]
        bm25.index(marks, show_progress=False)
        return cls(bm25, Counter(word for one in passages for word in tokens(_indexed_text(one))))

    @classmethod
    def load(cls, folder: Path) -> "WordIndex":
        """Read what `save` wrote."""
        bm25 = bm25s.BM25.load(folder, show_progress=False, allow_pickle=False)
        forms = folder / _FORMS  # an index of an older recipe has none
        return cls(bm25, json.loads(forms.read_text("utf-8")) if forms.is_file() else {})

    def save(self, folder: Path) -> None:
        """Write NumPy arrays and JSON, no pickle, into `folder`."""
        self._bm25.save(folder, show_progress=False, allow_pickle=False)
        (folder / _FORMS).write_text(json.dumps(self._forms, ensure_ascii=False), "utf-8")

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

    def _counts(self) -> dict[str, int]:
        """In how many passages each mark stands."""
        counts = np.diff(self._bm25.scores["indptr"]).tolist()
        return {mark: counts[number] for mark, number in self._bm25.vocab_dict.items()
                if number < len(counts)}  # fmt: skip


def _indexed_marks(passage: Passage) -> list[str]:
    return find_marks(_indexed_text(passage), passage.document.metadata.published)


def _indexed_text(passage: Passage) -> str:
    """A passage with what says what it is about: title, headings, event date."""
    context = passage.context
    return "\n".join([context.title, *context.headings, context.event_date, passage.text])
