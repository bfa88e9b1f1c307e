"""The lexical index: BM25 over the marks of each passage and of its context."""

import json
import logging
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol, Self

import bm25s
import numpy as np
from bm25s.tokenization import Tokenized

from embeddings.index.mark_lists import MarkLists, MarkWriter
from embeddings.index.vectors import Rows
from embeddings.index.vocabulary import Vocabulary
from embeddings.language.marks import find_marks
from embeddings.language.words import tokens
from embeddings.model.encoder import FloatArray
from embeddings.types import Passage

logging.getLogger("bm25s").setLevel(logging.WARNING)  # it logs every step
_FORMS = "forms.json"
_PASSAGE_BATCH = 500
_NONE: Rows = np.empty(0, np.int64)


class Passages(Protocol):
    """The passages that are indexed, a few at a time."""

    @property
    def passage_count(self) -> int:
        """The number of passages."""

    def passages(self, rows: Sequence[int]) -> list[Passage]:
        """The passages of these rows, in the order of `rows`."""


@dataclass(frozen=True, slots=True)
class WordsBefore:
    """The words of an index, its passages, and the row there of each current passage; -1 if new."""

    words: "WordIndex"
    passages: Passages
    rows: Rows


class WordIndex:
    """BM25 scores of every passage for a question (Lù 2024, bm25s; Robertson & Zaragoza 2009)."""

    def __init__(
        self, folder: Path, bm25: bm25s.BM25, forms: Mapping[str, int], hidden: Rows = _NONE
    ) -> None:
        """`hidden` rows are never among the best."""
        self.forms = forms
        self._folder = folder
        self._bm25 = bm25
        self._hidden = hidden
        self.vocabulary = Vocabulary(forms, self.counts())

    @classmethod
    def write(cls, folder: Path, passages: Passages, before: WordsBefore | None = None) -> None:
        """Index the words of passages in a new folder: NumPy arrays and JSON, no pickle.

        Only passages that are not in the previous index are tokenized.
        """
        folder.mkdir()
        forms: Counter[str] = Counter()
        with MarkWriter(folder) as writer:
            if before is None:
                _add(range(passages.passage_count), passages, writer, forms)
            else:
                _update(passages, before, writer, forms)
        bm25 = _BM25(method="lucene")
        bm25.index(
            Tokenized(ids=MarkLists(folder), vocab=writer.vocabulary),
            show_progress=False,
        )
        bm25.save(folder, show_progress=False, allow_pickle=False)
        (folder / _FORMS).write_text(json.dumps(forms, ensure_ascii=False), "utf-8")

    @classmethod
    def load(cls, folder: Path, hidden: Rows = _NONE) -> Self:
        """Read what `write` wrote."""
        bm25 = bm25s.BM25.load(folder, show_progress=False, allow_pickle=False)
        forms = folder / _FORMS  # an index of an older recipe has none
        known = json.loads(forms.read_text("utf-8")) if forms.is_file() else {}
        return cls(folder, bm25, known, hidden)

    def lists(self) -> MarkLists:
        """The marks of every passage, by their numbers in `marks`."""
        return MarkLists(self._folder)

    def scores(self, question: Sequence[str]) -> "WordScores":
        """The BM25 scores of every passage for the marks of a question."""
        known = [mark for mark in question if mark in self._bm25.vocab_dict]
        scores = (
            np.asarray(self._bm25.get_scores(known), dtype=np.float32)
            if known
            else np.zeros(self._bm25.scores["num_docs"], dtype=np.float32)
        )
        return WordScores(scores, self._hidden)

    def weight(self, mark: str) -> float:
        """The inverse document frequency of a mark, highest for one that occurs nowhere."""
        number = self._bm25.vocab_dict.get(mark)
        bounds = self._bm25.scores["indptr"]
        found = 0 if number is None else int(bounds[number + 1] - bounds[number])
        return inverse_frequency(found, int(self._bm25.scores["num_docs"]))

    def marks(self) -> dict[str, int]:
        """The number of each mark, as in `weights`."""
        return dict(self._bm25.vocab_dict)

    def weights(self) -> Iterator[dict[int, float]]:
        """The weights of the marks of a passage, by number, for one passage at a time."""
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
        """The number of passages in which each mark occurs."""
        counts = np.diff(self._bm25.scores["indptr"]).tolist()
        return {mark: counts[number] for mark, number in self._bm25.vocab_dict.items()
                if number < len(counts)}  # fmt: skip


@dataclass(frozen=True, slots=True)
class WordScores:
    """The scores of a question by its words, all computed at once."""

    _all: FloatArray
    _hidden: Rows

    def best(self, count: int) -> Rows:
        """The rows of the up to `count` highest scores, unordered, without hidden ones; only of
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
    """The weight of a mark that occurs in `found` of `count` passages."""
    return math.log(1 + (count - found + 0.5) / (found + 0.5))


class _BM25(bm25s.BM25):  # type: ignore[misc]  # it has no types
    """Indexes passages without holding them in memory, thousands at a time.

    Of 150,000 passages of 60 marks that takes 0.7 s on one core and 69 MB; in bm25s itself, 4.8 s
    and 291 MB.
    """

    def build_index_from_ids(
        self,
        unique_token_ids: Sequence[int],
        corpus_token_ids: MarkLists,
        show_progress: bool = False,
        leave_progress: bool = False,
    ) -> dict[str, Any]:
        """The scores of passages for each mark, as a sparse matrix in column format.

        Computed as bm25s does from lists, in Lucene's variant (Kamphuis et al. 2020).
        """
        self.nonoccurrence_array = None  # used by other variants
        lists, count = corpus_token_ids, len(corpus_token_ids)
        passages_with = np.zeros(len(unique_token_ids), np.int64)  # for each mark, their number
        for marks, _, _ in lists.counts():
            passages_with += np.bincount(marks, minlength=len(passages_with))
        lengths = lists.lengths(0, count)
        norms = self.k1 * (1 - self.b + self.b * lengths / lengths.mean())
        weights = np.array([inverse_frequency(found, count) for found in passages_with.tolist()])
        ends = np.concatenate([[0], np.cumsum(passages_with)])
        data = np.empty(ends[-1], np.float32)
        indices = np.empty(ends[-1], np.int32)
        free = ends[:-1].copy()  # where the next passage of each mark goes
        for marks, rows, times in lists.counts():
            places = free[marks] + np.arange(len(marks)) - np.searchsorted(marks, marks)
            data[places] = weights[marks] * times / (norms[rows] + times)
            indices[places] = rows
            free += np.bincount(marks, minlength=len(free))
        return {"data": data, "indices": indices, "indptr": ends, "num_docs": count}


def _update(
    passages: Passages, before: WordsBefore, writer: MarkWriter, forms: Counter[str]
) -> None:
    """Write the marks of all passages, and update the form counts for new and removed ones."""
    lists = before.words.lists()
    runs = _runs(before.rows)
    kept = [(there, there + len(rows)) for rows, there in runs if there >= 0]
    numbers = writer.renumber(lists, before.words.marks(), kept)
    for rows, there in runs:
        if there < 0:
            _add(rows, passages, writer, forms)
        else:
            writer.copy(lists, (there, there + len(rows)), numbers)
    forms.update(before.words.forms)
    is_gone = np.ones(len(lists), bool)
    is_gone[before.rows[before.rows >= 0]] = False
    for passage in _in_parts(np.flatnonzero(is_gone).tolist(), before.passages):
        forms.subtract(tokens(_indexed_text(passage)))
    for form in [form for form, count in forms.items() if not count]:
        del forms[form]


def _runs(before: Rows) -> list[tuple[range, int]]:
    """The rows as runs: new ones (-1), or consecutive ones with their first row in the old
    index."""
    steps = np.where(before < 0, -1, before - np.arange(len(before)) + len(before))
    starts = [0, *(np.flatnonzero(np.diff(steps)) + 1).tolist(), len(before)]
    return [(range(start, end), int(before[start])) for start, end in pairwise(starts)]


def _add(rows: Sequence[int], passages: Passages, writer: MarkWriter, forms: Counter[str]) -> None:
    for passage in _in_parts(rows, passages):
        text = _indexed_text(passage)
        writer.add(find_marks(text, passage.document.metadata.published))
        forms.update(tokens(text))


def _in_parts(rows: Sequence[int], passages: Passages) -> Iterator[Passage]:
    for start in range(0, len(rows), _PASSAGE_BATCH):
        yield from passages.passages(rows[start : start + _PASSAGE_BATCH])


def _indexed_text(passage: Passage) -> str:
    """A passage with its topical context: title, headings, event date."""
    context = passage.context
    return "\n".join([context.title, *context.headings, context.event_date, passage.text])
