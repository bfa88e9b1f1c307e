"""The vectors of all passages: of the index that stands, of a rebuild that broke off, and new."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from embeddings.encoder import Encoder, FloatArray
from embeddings.home import Index
from embeddings.index import GATHERED, JOURNAL
from embeddings.journal import Journal
from embeddings.passages import embedding_text, text_hash
from embeddings.store import Store
from embeddings.vectors import in_half_precision

_AT_A_TIME = 2048  # passages; no more are held, or embedded in vain where a rebuild breaks off

Progress = Callable[[str, int, int], None]
"""Called with the step ("read", "embed", "write"), how many are done, and of how many."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """Vectors, shape (passages, dimension), of a model, and how many had to be embedded now."""

    vectors: FloatArray
    model: str
    embedded: int


@contextmanager
def gathered_vectors(
    store: Store,
    old: Index | None,
    load_encoder: Callable[[], Encoder],
    workshop: Path,
    progress: Progress,
) -> Iterator[Gathered]:
    """The vectors of the passages: from the old index, from a rebuild that broke off, and new.

    They are in a file that is mapped meanwhile, so there may be more of them than memory holds.
    What is new stays in the journal until an index that has it is published.
    """
    file = workshop / GATHERED
    try:
        model, dimension, embedded = _gather(file, store, old, load_encoder, progress)
        vectors = np.memmap(file, np.float32, "r").reshape(-1, dimension)
        yield Gathered(vectors, model, embedded)
    finally:
        file.unlink(missing_ok=True)


def _gather(
    file: Path,
    store: Store,
    old: Index | None,
    load_encoder: Callable[[], Encoder],
    progress: Progress,
) -> tuple[str, int, int]:
    """Write the vectors; return the model's name, the dimension, and how many were embedded."""
    known = old.store.passage_hashes() if old else {}
    new = [
        row
        for rows in _parts(store.passage_count)
        for row, sha256 in zip(rows, store.hashes(rows), strict=True)
        if sha256 not in known
    ]
    encoder = None
    if new or old is None:
        encoder = load_encoder()  # of a model from the hub only this has the name
        model, dimension = encoder.name, encoder.dimension
    else:
        model, dimension = old.manifest.model, old.manifest.dimension
    with Journal(file.with_name(JOURNAL), model, dimension) as journal, file.open("wb") as out:
        embedded = _embed(store, new, encoder, journal, progress) if encoder else 0
        for rows in _parts(store.passage_count):
            _vectors(store.hashes(rows), known, old, journal).tofile(out)
    return model, dimension, embedded


def _parts(count: int) -> Iterator[range]:
    """The rows in parts that are small enough to be held."""
    for start in range(0, count, _AT_A_TIME):
        yield range(start, min(start + _AT_A_TIME, count))


def _vectors(
    hashes: Sequence[str], known: dict[str, int], old: Index | None, journal: Journal
) -> FloatArray:
    """The vectors of these hashes, shape (hashes, dimension), from where they are."""
    made = np.array([sha256 not in known for sha256 in hashes])
    vectors = np.empty((len(hashes), journal.dimension), np.float32)
    vectors[made] = journal.vectors([sha256 for sha256 in hashes if sha256 not in known])
    if old and not made.all():
        vectors[~made] = old.vectors.at(np.array([known[one] for one in hashes if one in known]))
    return in_half_precision(vectors)


def _embed(
    store: Store, rows: Sequence[int], encoder: Encoder, journal: Journal, progress: Progress
) -> int:
    """Embed the passages of these rows that the journal does not have; return how many."""
    done = embedded = 0

    def advance(count: int) -> None:
        nonlocal done
        done += count
        progress("embed", done, len(rows))

    advance(0)
    for part in _parts(len(rows)):
        passages = store.passages(rows[part.start : part.stop])
        texts = {text_hash(text): text for text in map(embedding_text, passages)}
        new = [sha256 for sha256 in texts if sha256 not in journal]
        advance(len(passages) - len(new))
        journal.add(new, encoder.embed_passages([texts[sha256] for sha256 in new], advance))
        embedded += len(new)
    return embedded
