"""The lexical index: BM25 over the marks of each passage and of its context."""

import json
import logging
import math
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

import bm25s
import numpy as np
from bm25s.tokenization import Tokenized

from embeddings.encoder import FloatArray
from embeddings.language.marks import find_marks
from embeddings.language.words import tokens
from embeddings.types import Passage
from embeddings.vectors import Rows
from embeddings.vocabulary import Vocabulary

logging.getLogger("bm25s").setLevel(logging.WARNING)  # it asks for all that it has to say
_FORMS = "forms.json"
_NONE: Rows = np.empty(0, np.int64)


class WordIndex:
    """BM25 scores of every passage for a question (Lù 2024, bm25s; Robertson & Zaragoza 2009)."""

    def __init__(self, bm25: bm25s.BM25, forms: Mapping[str, int], hidden: Rows = _NONE) -> None:
        """`hidden` rows are never among the best."""
        self._bm25 = bm25
        self._hidden = hidden
        self.forms = forms
        self.vocabulary = Vocabulary(forms, self.counts())

    @classmethod
    def build(cls, passages: Iterable[Passage], scratch: Path | None = None) -> "WordIndex":
        """Index the words of `passages` in their order.

        The folder `scratch` takes the marks meanwhile, so that only their numbers are held.
        """
        bm25 = bm25s.BM25(method="lucene", csc_backend="auto")
        forms: Counter[str] = Counter()
        with TemporaryFile(dir=scratch) as file:
            marks = _Marks(file)
            for passage in passages:
                marks.add(_indexed_marks(passage))
                forms.update(tokens(_indexed_text(passage)))
            bm25.index(Tokenized(ids=marks, vocab=marks.vocab), show_progress=False)
        return cls(bm25, forms)

    @classmethod
    def load(cls, folder: Path, hidden: Rows = _NONE) -> "WordIndex":
        """Read what `save` wrote."""
        bm25 = bm25s.BM25.load(folder, show_progress=False, allow_pickle=False)
        forms = folder / _FORMS  # an index of an older recipe has none
        known = json.loads(forms.read_text("utf-8")) if forms.is_file() else {}
        return cls(bm25, known, hidden)

    def save(self, folder: Path) -> None:
        """Write NumPy arrays and JSON, no pickle, into `folder`."""
        self._bm25.save(folder, show_progress=False, allow_pickle=False)
        (folder / _FORMS).write_text(json.dumps(self.forms, ensure_ascii=False), "utf-8")

    def scores(self, question: Sequence[str]) -> "WordScores":
        """BM25 of the marks of a question for every passage."""
        known = [mark for mark in question if mark in self._bm25.vocab_dict]
        scores = (
            np.asarray(self._bm25.get_scores(known), dtype=np.float32)
            if known
            else np.zeros(self._bm25.scores["num_docs"], dtype=np.float32)
        )
        return WordScores(scores, self._hidden)

    def weight(self, mark: str) -> float:
        """The inverse document frequency of a mark, highest for one that stands nowhere."""
        number = self._bm25.vocab_dict.get(mark)
        bounds = self._bm25.scores["indptr"]
        found = 0 if number is None else int(bounds[number + 1] - bounds[number])
        return inverse_frequency(found, int(self._bm25.scores["num_docs"]))

    def marks(self) -> dict[str, int]:
        """The number of each mark, as in `weights`."""
        return dict(self._bm25.vocab_dict)

    def weights(self) -> Iterator[dict[int, float]]:
        """What each mark of a passage adds to its score, by number, for one passage at a time."""
        stored = self._bm25.scores
        bounds = stored["indptr"]
        numbers = np.repeat(np.arange(len(bounds) - 1), np.diff(bounds))
        by_passage = np.argsort(stored["indices"], kind="stable")
        count = int(stored["num_docs"])
        edges = np.searchsorted(stored["indices"][by_passage], np.arange(count + 1))
        for start, end in pairwise(edges.tolist()):
            part = by_passage[start:end]
            yield dict(zip(numbers[part].tolist(), stored["data"][part].tolist(), strict=True))

    def counts(self) -> dict[str, int]:
        """In how many passages each mark stands."""
        counts = np.diff(self._bm25.scores["indptr"]).tolist()
        return {mark: counts[number] for mark, number in self._bm25.vocab_dict.items()
                if number < len(counts)}  # fmt: skip


@dataclass(frozen=True, slots=True)
class WordScores:
    """The scores of a question by its words, all of them counted."""

    _all: FloatArray
    _hidden: Rows

    def best(self, count: int) -> Rows:
        """The rows of up to `count` highest scores, in no order, but for hidden ones; only of
        passages that share a mark with the question."""
        negative = -self._all
        negative[self._hidden] = 0
        if np.count_nonzero(negative) <= count:
            return np.flatnonzero(negative)
        return np.argpartition(negative, count - 1)[:count]

    def at(self, rows: Rows) -> FloatArray:
        """The scores of these rows, shape (rows,)."""
        return self._all[rows]

    def spread(self) -> tuple[float, float]:
        """The mean and the standard deviation of all scores."""
        return float(self._all.mean()), float(self._all.std())


def inverse_frequency(found: int, count: int) -> float:
    """What a mark weighs that stands in `found` of `count` passages."""
    return math.log(1 + (count - found + 0.5) / (found + 0.5))


class _Marks:
    """The marks of every passage, by number, in a file: a list for each."""

    def __init__(self, file: IO[bytes]) -> None:
        self.vocab: dict[str, int] = {}
        self._file = file
        self._ends = array("q", [0])

    def add(self, marks: Sequence[str]) -> None:
        """Put down the marks of the next passage."""
        # bm25s cannot index nothing at all, so a passage without a word has an empty mark.
        numbers = [self.vocab.setdefault(mark, len(self.vocab)) for mark in marks or [""]]
        array("i", numbers).tofile(self._file)
        self._ends.append(self._ends[-1] + len(numbers))

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __iter__(self) -> Iterator[list[int]]:
        self._file.seek(0)
        for start, end in pairwise(self._ends):
            numbers = array("i")
            numbers.fromfile(self._file, end - start)
            yield numbers.tolist()


def _indexed_marks(passage: Passage) -> list[str]:
    return find_marks(_indexed_text(passage), passage.document.metadata.published)


def _indexed_text(passage: Passage) -> str:
    """A passage with what says what it is about: title, headings, event date."""
    context = passage.context
    return "\n".join([context.title, *context.headings, context.event_date, passage.text])
