"""The vectors of an index: all of them in a file, and a FAISS index for nearest-neighbour search.

Up to `EXACT` passages the search is exhaustive. Above that the vectors are partitioned into cells
around centroids, quantized to a byte per dimension, and only the cells nearest to the question are
searched (Jégou et al. 2011); the hits are scored again with the vectors in the file, which is
memory-mapped. `benchmarks/scale.py` measures both.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import faiss
import numpy as np
from numpy.typing import NDArray

from embeddings.model.encoder import FloatArray

Rows = NDArray[np.int64]

EXACT: Final = 50_000
"""Up to this many passages, exact search takes at most a few milliseconds."""
STORED, NEAREST = "vectors.npy", "vectors.faiss"
CELLS: Final = 4
"""The number of cells, divided by the square root of the number of vectors."""
PROBED_CELLS: Final = 64
"""The number of cells searched for a question: those with the nearest centroids."""
_TRAINED_PER_CELL: Final = 40  # training vectors per centroid
SAMPLED_PASSAGES: Final = 4096
"""The size of the even sample of passages from which the spread of all scores is estimated."""
_VECTOR_BATCH: Final = 8192
_MOST_GROWTH: Final = 1.5  # largest factor by which the number of cells may be off
_TEST_QUERIES, _TEST_NEIGHBOURS = 64, 10  # whose recall is measured, and neighbours of each
_LEAST_RECALL: Final = 0.98
_COSINE_TOLERANCE: Final = 1e-5  # rounding difference between two cosines of one pair of vectors


@dataclass(frozen=True, slots=True)
class VectorsBefore:
    """The vectors of a version in a folder, and the row there of each current vector; -1 if new."""

    folder: Path
    rows: Rows


class Vectors:
    """The vectors of one version, in the order of its passages."""

    def __init__(self, stored: FloatArray, index: faiss.Index, hidden: Rows) -> None:
        """`stored` has shape (passages, dimension); `hidden` rows are never returned as nearest."""
        self._stored = stored
        self._index = index
        among = faiss.IDSelectorNot(faiss.IDSelectorBatch(hidden)) if len(hidden) else None
        self._parameters = _parameters(index, among)
        step = -(-len(stored) // SAMPLED_PASSAGES)
        self._sample = np.array(stored[::step], np.float32)

    @classmethod
    def write(cls, folder: Path, vectors: FloatArray, before: VectorsBefore | None = None) -> None:
        """Write vectors, shape (passages, dimension), and their search index.

        They are stored `in_half_precision`. The cells of a previous version are reused while their
        recall is sufficient. Raises OSError if the disk is full.
        """
        with (folder / STORED).open("wb") as out:
            head = {"descr": "<f2", "fortran_order": False, "shape": vectors.shape}
            np.lib.format.write_array_header_1_0(out, head)
            for start in range(0, len(vectors), _VECTOR_BATCH):
                vectors[start : start + _VECTOR_BATCH].astype("<f2").tofile(out)
        index = (before and _updated(before, vectors)) or _built(vectors)
        try:
            faiss.write_index(index, str(folder / NEAREST))
        except RuntimeError as error:  # FAISS raises no other
            raise OSError(str(error)) from error

    @classmethod
    def read(cls, folder: Path, hidden: Rows) -> Self:
        """Open what `write` wrote; raises OSError, RuntimeError or ValueError."""
        stored = np.load(folder / STORED, mmap_mode="r", allow_pickle=False)
        index = faiss.read_index(str(folder / NEAREST))
        if index.ntotal != len(stored):
            raise ValueError(f"{index.ntotal} vectors can be found, of {len(stored)}")
        return cls(stored, index, hidden)

    def __len__(self) -> int:
        return len(self._stored)

    def at(self, rows: Rows) -> FloatArray:
        """The vectors of these rows, shape (rows, dimension)."""
        return np.asarray(self._stored[rows], np.float32)

    def nearest(self, query: FloatArray, count: int) -> Rows:
        """The rows of the up to `count` vectors nearest to a query, without hidden ones."""
        count = min(count, len(self))
        with _on_one_core():
            _, rows = self._index.search(query[None], count, params=self._parameters)
        return np.asarray(rows[0][rows[0] >= 0], np.int64)

    def scores(self, query: FloatArray) -> "Cosines":
        """The cosine of every vector with a query."""
        return Cosines(self, query)

    def spread(self, query: FloatArray) -> tuple[float, float]:
        """The mean and the standard deviation of the cosines of a query and the vectors.

        Of many vectors only a few thousand are examined, evenly spread.
        """
        cosines = self._sample @ query
        return float(cosines.mean()), float(cosines.std())


@dataclass(frozen=True, slots=True)
class Cosines:
    """The scores of a question by its vector, each computed on demand."""

    _vectors: Vectors
    _query: FloatArray

    def best(self, count: int) -> Rows:
        """The rows of the up to `count` highest scores, unordered, without hidden ones."""
        return self._vectors.nearest(self._query, count)

    def at(self, rows: Rows) -> FloatArray:
        """The scores of these rows, shape (rows,)."""
        return self._vectors.at(rows) @ self._query

    def spread(self) -> tuple[float, float]:
        """The mean and the standard deviation of all scores."""
        return self._vectors.spread(self._query)


def in_half_precision(vectors: FloatArray) -> FloatArray:
    """The vectors rounded to the stored precision; a cosine is right to ten-thousandths."""
    return vectors.astype(np.float16).astype(np.float32)


@contextmanager
def _on_one_core() -> Iterator[None]:
    """Let FAISS search on one core: its threads wait for each other far longer than the search for
    one question takes."""
    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(threads)


def _parameters(
    index: faiss.Index, among: "faiss.IDSelector | None"
) -> "faiss.SearchParameters | None":
    if isinstance(index, faiss.IndexIVF):
        return faiss.SearchParametersIVF(sel=among, nprobe=PROBED_CELLS)  # type: ignore[call-arg]
    return faiss.SearchParameters(sel=among) if among else None  # type: ignore[call-arg]


def _built(vectors: FloatArray) -> faiss.Index:
    count, dimension = vectors.shape
    if count <= EXACT:
        flat = faiss.IndexFlatIP(dimension)
        flat.add(vectors)
        return flat
    cells = _cells(count)
    centroids = faiss.IndexFlatIP(dimension)
    index = faiss.IndexIVFScalarQuantizer(
        centroids, dimension, cells, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT
    )
    step = max(count // (cells * _TRAINED_PER_CELL), 1)
    index.train(np.ascontiguousarray(vectors[::step]))
    for start in range(0, count, _VECTOR_BATCH):
        index.add(vectors[start : start + _VECTOR_BATCH])
    return index


def _cells(count: int) -> int:
    return round(CELLS * math.sqrt(count))


def _updated(before: VectorsBefore, vectors: FloatArray) -> faiss.Index | None:
    """The cells of a previous version with the current vectors; None if new ones are needed."""
    if len(vectors) <= EXACT:
        return None
    try:
        index = faiss.read_index(str(before.folder / NEAREST))
    except RuntimeError:
        return None
    if not isinstance(index, faiss.IndexIVF):
        return None
    if not 1 / _MOST_GROWTH < index.nlist / _cells(len(vectors)) < _MOST_GROWTH:
        return None
    _renumber(index, before.rows)
    new = np.flatnonzero(before.rows < 0)
    for start in range(0, len(new), _VECTOR_BATCH):
        part = new[start : start + _VECTOR_BATCH]
        index.add_with_ids(np.ascontiguousarray(vectors[part]), part)
    return index if _finds_nearest(index, vectors) else None


def _renumber(index: faiss.IndexIVF, rows: Rows) -> None:
    """Give each vector its current number, and drop those that are gone.

    The lists are changed in place, through pointers: of 60,000 vectors that takes 0.05 s on one
    core, adding all of them to emptied cells 1.6 s, and training new cells 18 s.
    """
    now = np.full(index.ntotal, -1, np.int64)
    kept = np.flatnonzero(rows >= 0)
    now[rows[kept]] = kept
    lists = index.invlists
    assert lists is not None  # noqa: S101 - never None for a partitioned index
    for cell in range(index.nlist):
        size = lists.list_size(cell)
        if not size:
            continue
        numbers = now[faiss.rev_swig_ptr(lists.get_ids(cell), size)]
        codes = faiss.rev_swig_ptr(lists.get_codes(cell), size * lists.code_size)
        stays = numbers >= 0
        numbers, codes = numbers[stays], codes.reshape(size, -1)[stays]  # copies
        lists.resize(cell, len(numbers))
        if len(numbers):
            lists.update_entries(
                cell, 0, len(numbers), faiss.swig_ptr(numbers), faiss.swig_ptr(codes)
            )
    index.ntotal = len(kept)


def _finds_nearest(index: faiss.IndexIVF, vectors: FloatArray) -> bool:
    """Whether recall is still sufficient: cells trained on other vectors degrade over time."""
    queries = np.ascontiguousarray(vectors[:: -(-len(vectors) // _TEST_QUERIES)])
    right, _ = faiss.knn(queries, vectors, _TEST_NEIGHBOURS, faiss.METRIC_INNER_PRODUCT)
    _, found = index.search(queries, _TEST_NEIGHBOURS**2, params=_parameters(index, None))
    near = [
        np.count_nonzero(vectors[rows[rows >= 0]] @ query >= least - _COSINE_TOLERANCE)
        for rows, query, least in zip(found, queries, right[:, -1], strict=True)
    ]
    return float(np.minimum(near, _TEST_NEIGHBOURS).mean()) >= _LEAST_RECALL * _TEST_NEIGHBOURS
