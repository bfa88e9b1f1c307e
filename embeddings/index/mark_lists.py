"""The numbered marks of every passage, from which the word index is computed.

    marks.i32      the numbers, one passage after another
    ends.npy       the end of each passage in that list, preceded by a zero

They are kept so that a rebuild only has to extract marks from new passages.
"""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from embeddings.model.encoder import FloatArray

_NUMBERS, _ENDS = "marks.i32", "ends.npy"
_PASSAGE_BATCH = 8192

Numbers = NDArray[np.int32]
Places = NDArray[np.int64]


class MarkLists:
    """The lists in a folder, memory-mapped."""

    def __init__(self, folder: Path) -> None:
        """Open what a `MarkWriter` wrote."""
        file = folder / _NUMBERS
        # An empty file cannot be mapped.
        self._numbers: Numbers = (
            np.memmap(file, np.int32, "r") if file.stat().st_size else np.empty(0, np.int32)
        )
        self._ends: Places = np.load(folder / _ENDS, allow_pickle=False)

    def __len__(self) -> int:
        return len(self._ends) - 1

    def numbers(self, start: int, end: int) -> Numbers:
        """The numbers of the passages from `start` to `end`, one passage after another."""
        return self._numbers[self._ends[start] : self._ends[end]]

    def lengths(self, start: int, end: int) -> Places:
        """How many marks each of the passages from `start` to `end` has."""
        return np.diff(self._ends[start : end + 1])

    def counts(self) -> Iterator[tuple[Places, Places, FloatArray]]:
        """The mark counts of the passages, some thousand passages at a time.

        Arrays of one shape: the number of a mark, the row of a passage, the count of the mark in
        it; ordered by mark, then by passage.
        """
        for start in range(0, len(self), _PASSAGE_BATCH):
            end = min(start + _PASSAGE_BATCH, len(self))
            rows = np.repeat(np.arange(end - start), self.lengths(start, end))
            pairs = self.numbers(start, end).astype(np.int64) * _PASSAGE_BATCH + rows
            found, times = np.unique(pairs, return_counts=True)
            marks, rows = np.divmod(found, _PASSAGE_BATCH)
            yield marks, rows + start, times.astype(np.float32)


class MarkWriter:
    """Writes the lists of a new index; a context manager."""

    def __init__(self, folder: Path) -> None:
        self.vocabulary: dict[str, int] = {}
        self._folder = folder
        self._ends = array("q", [0])

    def __enter__(self) -> Self:
        self._file = (self._folder / _NUMBERS).open("wb")
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        np.save(self._folder / _ENDS, np.array(self._ends, np.int64))

    def add(self, marks: Sequence[str]) -> None:
        """Append the marks of the next passage."""
        # bm25s cannot index an empty corpus, so a passage without words gets one empty mark.
        known = self.vocabulary
        numbers = [known.setdefault(mark, len(known)) for mark in marks or [""]]
        array("i", numbers).tofile(self._file)
        self._ends.append(self._ends[-1] + len(numbers))

    def renumber(
        self, lists: MarkLists, vocabulary: Mapping[str, int], runs: Sequence[tuple[int, int]]
    ) -> Numbers:
        """Number the marks that occur in these runs of passages of another index.

        Returns the new number of each mark, indexed by its number there; -1 if it occurs in no run.
        """
        occurs = np.zeros(len(vocabulary), bool)
        for start, end in runs:
            occurs[lists.numbers(start, end)] = True
        numbers = np.full(len(vocabulary), -1, np.int32)
        for mark, number in vocabulary.items():
            if occurs[number]:
                numbers[number] = self.vocabulary.setdefault(mark, len(self.vocabulary))
        return numbers

    def copy(self, lists: MarkLists, run: tuple[int, int], numbers: Numbers) -> None:
        """Append a run of passages of another index, with the numbers from `renumber`."""
        for start in range(*run, _PASSAGE_BATCH):
            end = min(start + _PASSAGE_BATCH, run[1])
            numbers[lists.numbers(start, end)].tofile(self._file)
            ends = self._ends[-1] + np.cumsum(lists.lengths(start, end))
            self._ends.frombytes(ends.tobytes())
