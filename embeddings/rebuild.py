"""Bring an index up to date with a folder: embed what is new, keep the vectors of what is not."""

import hashlib
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import filelock
import numpy as np

from embeddings.encoder import Encoder, FloatArray
from embeddings.errors import DocumentError, IndexBusy, IndexUnavailable, IndexUnwritable
from embeddings.index import (
    LOCK,
    RECIPE,
    Contents,
    Index,
    open_index,
    publish,
    remove_old_versions,
)
from embeddings.notices import find_notices
from embeddings.passages import cut_passages, embedding_text
from embeddings.readers import File, find_file, list_files, read_source
from embeddings.structure import find_blocks, make_document
from embeddings.types import Document, Passage, Source

Progress = Callable[[str, int, int], None]
"""Called with the step ("read", "embed", "write"), how many are done, and of how many."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a rebuild did; `skipped` has one message for each file that could not be read."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    skipped: tuple[str, ...]
    documents: int
    passages: int
    embedded: int
    seconds: float

    @property
    def is_unchanged(self) -> bool:
        """Whether the index was up to date already."""
        return not (self.added or self.changed or self.removed or self.embedded)


@dataclass(frozen=True, slots=True)
class _Collection:
    """The sources that could be read, each with its file, and what is wrong with the others."""

    sources: list[tuple[Source, File]]
    skipped: list[str]

    @property
    def file_hashes(self) -> dict[str, str]:
        return {file.name: file.sha256 for _, file in self.sources}


def rebuild(
    documents_folder: Path,
    index_folder: Path,
    model: str,
    load_encoder: Callable[[], Encoder],
    progress: Progress,
) -> Report:
    """Bring the index up to date with the folder; the old one answers until the new one is whole.

    `model` names what `load_encoder` loads, which is called only where something is to be
    embedded. Raises DocumentError where nothing can be read, IndexBusy while another rebuild runs,
    and IndexUnwritable where the disk is full.
    """
    began = time.monotonic()
    collection = _read(documents_folder, progress)
    with _only_writer(index_folder), _old_index(index_folder, model) as old:
        known = old.store.file_hashes() if old else {}
        if old and known == collection.file_hashes and _is_current(old, documents_folder):
            remove_old_versions(index_folder, old.manifest.version)
            passages, embedded = len(old), 0
        else:
            documents = _documents(collection)
            parts = _passages(documents)
            if not parts:
                raise DocumentError(f"no document in {documents_folder} says more than its title")
            vectors, embedded, made_by = _vectors(parts, old, load_encoder, progress)
            folder = str(documents_folder.resolve())
            progress("write", 0, 1)
            _publish(index_folder, Contents(documents, parts, vectors, made_by or model, folder))
            progress("write", 1, 1)
            passages = len(parts)
    now = collection.file_hashes
    return Report(
        added=tuple(sorted(now.keys() - known.keys())),
        changed=tuple(sorted(name for name in now.keys() & known if now[name] != known[name])),
        removed=tuple(sorted(known.keys() - now.keys())),
        skipped=tuple(collection.skipped),
        documents=len(now),
        passages=passages,
        embedded=embedded,
        seconds=time.monotonic() - began,
    )


def _read(folder: Path, progress: Progress) -> _Collection:
    paths = list(list_files(folder))
    collection = _Collection([], [])
    for number, path in enumerate(paths, 1):
        try:
            file = find_file(path, folder)
            collection.sources.append((read_source(file), file))
        except DocumentError as error:
            collection.skipped.append(str(error))
        progress("read", number, len(paths))
    if not collection.sources:
        reason = collection.skipped[0] if collection.skipped else "the folder is empty"
        raise DocumentError(
            f"no document in {folder} can be read ({reason}): put text or Markdown files in it"
        )
    return collection


@contextmanager
def _only_writer(index_folder: Path) -> Iterator[None]:
    lock = filelock.FileLock(index_folder / LOCK)
    try:
        index_folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except filelock.Timeout as error:
        raise IndexBusy(
            f"another rebuild of {index_folder} is running: wait until it is done"
        ) from error
    except OSError as error:
        raise _unwritable(index_folder, error) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _old_index(index_folder: Path, model: str) -> Iterator[Index | None]:
    """The index that stands, where its vectors can be used again."""
    old = None
    with suppress(IndexUnavailable):
        old = open_index(index_folder, model)
    try:
        yield old
    finally:
        if old:
            old.close()


def _publish(index_folder: Path, contents: Contents) -> None:
    try:
        publish(index_folder, contents)
    except (OSError, RuntimeError, sqlite3.Error) as error:  # FAISS knows only RuntimeError
        raise _unwritable(index_folder, error) from error


def _unwritable(index_folder: Path, error: Exception) -> IndexUnwritable:
    reason = " ".join(str(error).split())
    return IndexUnwritable(
        f"the index in {index_folder} cannot be written ({reason}): make room for it, or choose "
        "another folder with --index"
    )


def _is_current(index: Index, documents_folder: Path) -> bool:
    """Whether an index is of this folder, and made as this code makes it."""
    manifest = index.manifest
    return manifest.recipe == RECIPE and manifest.documents_folder == str(
        documents_folder.resolve()
    )


def _documents(collection: _Collection) -> list[tuple[Document, str]]:
    """Every document of the collection, with the hash of its file."""
    parsed = [(source, find_blocks(source)) for source, _ in collection.sources]
    notices = find_notices(parsed)
    hashes = collection.file_hashes
    return [
        (make_document(source, blocks, notices), hashes[source.name]) for source, blocks in parsed
    ]


def _passages(documents: Iterable[tuple[Document, str]]) -> list[tuple[Passage, str]]:
    """Every passage of the documents, with the hash of what is embedded for it."""
    return [
        (passage, hashlib.sha256(embedding_text(passage).encode()).hexdigest())
        for document, _ in documents
        for passage in cut_passages(document)
    ]


def _vectors(
    parts: Sequence[tuple[Passage, str]],
    old: Index | None,
    load_encoder: Callable[[], Encoder],
    progress: Progress,
) -> tuple[FloatArray, int, str | None]:
    """The vectors of the passages, shape (parts, dimension), how many had to be embedded, and the
    name of the encoder: that of a model from the hub is known when it has been loaded."""
    rows = old.store.passage_hashes() if old else {}
    new = {sha256: embedding_text(passage) for passage, sha256 in parts if sha256 not in rows}
    known = [sha256 for _, sha256 in parts if sha256 in rows]
    vector: dict[str, FloatArray] = {}
    if old and known:
        stored = old.stored_vectors([rows[sha256] for sha256 in known])
        vector.update(zip(known, stored, strict=True))
    encoder = load_encoder() if new else None
    if encoder:
        embedded = _embed(list(new.values()), encoder, progress)
        vector.update(zip(new, embedded, strict=True))
    name = encoder.name if encoder else None
    return np.stack([vector[sha256] for _, sha256 in parts]), len(new), name


def _embed(texts: list[str], encoder: Encoder, progress: Progress) -> FloatArray:
    done = 0

    def advance(count: int) -> None:
        nonlocal done
        done += count
        progress("embed", done, len(texts))

    progress("embed", 0, len(texts))
    return encoder.embed_passages(texts, advance)
