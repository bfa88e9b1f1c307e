"""Collects the vectors of all passages: from the current index, an interrupted rebuild, or new."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from embeddings.index.contract import Index
from embeddings.index.journal import Journal
from embeddings.index.publishing import GATHERED, JOURNAL, IndexBefore
from embeddings.index.store import Store
from embeddings.index.vectors import Rows, in_half_precision
from embeddings.model.encoder import Encoder, FloatArray
from embeddings.passages.cutting import embedding_text, text_hash

_PASSAGE_BATCH = 2048  # passages held in memory at once
_FIRST_BATCH = 32  # passages in the first batch, whose time sets the size of the next
_BATCH_SECONDS = (
    4.0  # seconds of embedding per batch: the most work lost if a rebuild is interrupted
)

Progress = Callable[[str, int, int], None]
"""Called with the step ("read", "embed", "write"), the number done, and the total."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """Vectors of a model, shape (passages, dimension), and how many were embedded in this
    rebuild."""

    vectors: FloatArray
    model: str
    embedded: int


@contextmanager
def gathered_vectors(
    store: Store,
    before: IndexBefore | None,
    load_encoder: Callable[[], Encoder],
    workshop: Path,
    progress: Progress,
) -> Iterator[Gathered]:
    """Collect the vectors of the passages: from the old index, an interrupted rebuild, or new.

    They are in a memory-mapped file, so there may be more of them than memory holds. New vectors
    stay in the journal until an index that contains them is published.
    """
    file = workshop / GATHERED
    try:
        model, dimension, embedded = _gather(file, store, before, load_encoder, progress)
        vectors = np.memmap(file, np.float32, "r").reshape(-1, dimension)
        yield Gathered(vectors, model, embedded)
    finally:
        file.unlink(missing_ok=True)


def _gather(
    file: Path,
    store: Store,
    before: IndexBefore | None,
    load_encoder: Callable[[], Encoder],
    progress: Progress,
) -> tuple[str, int, int]:
    """Write the vectors; return the model's name, the dimension, and how many were embedded."""
    old = before.index if before else None
    known = _known_rows(store, before)
    new = np.flatnonzero(known < 0)
    encoder = None
    if len(new) or old is None:
        encoder = load_encoder()  # only this knows the name of a hub model
        model, dimension = encoder.name, encoder.dimension
    else:
        model, dimension = old.manifest.model, old.manifest.dimension
    with Journal(file.with_name(JOURNAL), model, dimension) as journal, file.open("wb") as out:
        embedded = _embed(store, new.tolist(), encoder, journal, progress) if encoder else 0
        for part in _parts(store.passage_count):
            _vectors(store, part, known[part], old, journal).tofile(out)
    return model, dimension, embedded


def _known_rows(store: Store, before: IndexBefore | None) -> Rows:
    """For each passage a row in the old index with the same embedded text, or -1."""
    if before is None:
        return np.full(store.passage_count, -1)
    rows = before.rows.copy()
    new: dict[int, str] = {}
    for part in _parts(len(rows)):
        if (rows[part] < 0).any():
            hashes = zip(range(part.start, part.stop), store.hashes(part), strict=True)
            new.update((row, sha256) for row, sha256 in hashes if rows[row] < 0)
    known = before.index.store.rows_with(set(new.values())) if new else {}
    for row, sha256 in new.items():
        rows[row] = known.get(sha256, -1)
    return rows


def _parts(count: int) -> Iterator[slice]:
    """Slices of the rows, small enough to hold in memory."""
    for start in range(0, count, _PASSAGE_BATCH):
        yield slice(start, min(start + _PASSAGE_BATCH, count))


def _vectors(
    store: Store, part: slice, known: Rows, old: Index | None, journal: Journal
) -> FloatArray:
    """The vectors of these passages, shape (passages, dimension), from the old index or the
    journal."""
    vectors = np.empty((len(known), journal.dimension), np.float32)
    new = known < 0
    if new.any():
        hashes = store.hashes(part)
        vectors[new] = journal.vectors([hashes[row] for row in np.flatnonzero(new).tolist()])
    if old and not new.all():
        vectors[~new] = old.vectors.at(known[~new])
    return in_half_precision(vectors)


def _embed(
    store: Store, rows: Sequence[int], encoder: Encoder, journal: Journal, progress: Progress
) -> int:
    """Embed the passages of these rows that are not in the journal; return how many."""
    done = embedded = 0

    def advance(count: int) -> None:
        nonlocal done
        done += count
        progress("embed", done, len(rows))

    advance(0)
    start, size = 0, _FIRST_BATCH
    while start < len(rows):
        began = time.monotonic()
        passages = store.passages(rows[start : start + size])
        texts = {text_hash(text): text for text in map(embedding_text, passages)}
        new = [sha256 for sha256 in texts if sha256 not in journal]
        advance(len(passages) - len(new))
        journal.add(new, encoder.embed_passages([texts[sha256] for sha256 in new], advance))
        embedded += len(new)
        start += size
        pace = size / (time.monotonic() - began + 1e-6)
        size = min(max(round(_BATCH_SECONDS * pace), 1), 2 * size, _PASSAGE_BATCH)
    return embedded
