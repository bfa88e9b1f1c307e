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
from embeddings.errors import (
    DocumentError,
    IndexBusy,
    IndexDamaged,
    IndexMismatch,
    IndexMissing,
)
from embeddings.folder import Changes, File, find_files
from embeddings.formats.reading import ReadFile
from embeddings.home import Home, Index, home_of
from embeddings.index import GATHERED, JOURNAL, LOCK, RECIPE, Contents
from embeddings.journal import Journal
from embeddings.notices import find_notices
from embeddings.passages import cut_passages, embedding_text
from embeddings.readers import FileReader
from embeddings.structure import find_blocks, make_document
from embeddings.types import Document, Passage
from embeddings.vectors import in_half_precision

_AT_A_TIME = 2048  # passages; so many at most are embedded in vain where a rebuild breaks off

Progress = Callable[[str, int, int], None]
"""Called with the step ("read", "embed", "write"), how many are done, and of how many."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a rebuild did, by the names of files.

    `skipped` has one message for each file that could not be read, and `notes` one for what in the
    others could not.
    """

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    skipped: tuple[str, ...]
    notes: tuple[str, ...]
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
    """The files of a folder as read, and what is wrong with what could not even be opened."""

    files: tuple[ReadFile, ...]
    problems: tuple[str, ...]

    @property
    def hashes(self) -> dict[str, str]:
        return {file.name: file.sha256 for file in self.files}

    @property
    def skipped(self) -> tuple[str, ...]:
        found = (file.problem for file in self.files if file.problem)
        return (*self.problems, *found)


def rebuild(
    documents_folder: Path,
    index: Path | Home,
    model: str,
    load_encoder: Callable[[], Encoder],
    progress: Progress,
) -> Report:
    """Bring the index up to date with the folder; the old one answers until the new one is whole.

    `index` is a folder, or where else the index lives. `model` names what `load_encoder` loads,
    which is called only where something is to be embedded. Raises DocumentError where nothing can
    be read, IndexBusy while another rebuild runs, and IndexUnwritable where the disk is full.
    """
    began = time.monotonic()
    home = home_of(index)
    found, problems = find_files(documents_folder)
    with _only_writer(home), _old_index(home, model) as old:
        known = _documented(old.store.read_files()) if old else {}
        current = old if old and _is_current(old, documents_folder) else None
        collection = _Collection(tuple(_read(found, old, progress)), problems)
        readable = _documented(collection.files)
        if not readable:
            reason = collection.skipped[0] if collection.skipped else "the folder is empty"
            raise DocumentError(
                f"no document in {documents_folder} can be read ({reason}): put text, web pages, "
                "PDF or Word files in it"
            )
        if current and current.store.file_hashes() == collection.hashes:
            home.put_away_old()
            documents, passages, embedded = current.manifest.documents, len(current), 0
        else:
            with _writing(home):
                made = _documents(collection)
                parts = _passages(made)
                if not parts:
                    raise DocumentError(
                        f"no document in {documents_folder} says more than its title"
                    )
                with _gathered(parts, old, load_encoder, home.workshop, progress) as gathered:
                    progress("write", 0, 1)
                    folder = str(documents_folder.resolve())
                    home.publish(Contents(collection.files, made, parts, gathered.vectors,
                                          gathered.model, folder))  # fmt: skip
                    progress("write", 1, 1)
            documents, passages, embedded = len(made), len(parts), gathered.embedded
    changes = Changes.between(known, readable)
    return Report(
        added=changes.added,
        changed=changes.changed,
        removed=changes.removed,
        skipped=collection.skipped,
        notes=tuple(note for file in collection.files for note in file.notes),
        documents=documents,
        passages=passages,
        embedded=embedded,
        seconds=time.monotonic() - began,
    )


def _documented(files: Iterable[ReadFile]) -> dict[str, str]:
    """The hash of each file that documents were read from, by name."""
    return {file.name: file.sha256 for file in files if file.problem is None}


def _read(files: Sequence[File], old: Index | None, progress: Progress) -> Iterator[ReadFile]:
    """Every file as read; what an index of this recipe has read of the same bytes is kept."""
    is_same_recipe = old is not None and old.manifest.recipe == RECIPE
    known = old.store.file_hashes() if old and is_same_recipe else {}
    with FileReader() as reader:
        for number, file in enumerate(files, 1):
            if old and known.get(file.name) == file.sha256:
                yield old.store.read_file(file.name)
            else:
                yield _read_one(reader, file)
            progress("read", number, len(files))


def _read_one(reader: FileReader, file: File) -> ReadFile:
    try:
        reading = reader.read(file)
    except DocumentError as error:
        return ReadFile(file.name, file.sha256, problem=str(error))
    return ReadFile(file.name, file.sha256, reading.sources, reading.notes)


@contextmanager
def _only_writer(home: Home) -> Iterator[None]:
    lock = filelock.FileLock(home.workshop / LOCK)
    with _writing(home):
        home.workshop.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=0)
        except filelock.Timeout as error:
            raise IndexBusy(
                f"another rebuild of {home} is running: wait until it is done"
            ) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _old_index(home: Home, model: str) -> Iterator[Index | None]:
    """The index that stands, where its vectors can be used again."""
    old = None
    with suppress(IndexMissing, IndexDamaged, IndexMismatch):
        old = home.open(model)
    try:
        yield old
    finally:
        if old:
            old.close()


@contextmanager
def _writing(home: Home) -> Iterator[None]:
    """Say of a disk that is full, or that cannot be written to, what to do."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise home.unwritable(" ".join(str(error).split())) from error


def _is_current(index: Index, documents_folder: Path) -> bool:
    """Whether an index is of this folder, and made as this code makes it."""
    manifest = index.manifest
    return manifest.recipe == RECIPE and manifest.documents_folder == str(
        documents_folder.resolve()
    )


def _documents(collection: _Collection) -> list[Document]:
    """Every document of the collection."""
    sources = (source for file in collection.files for source in file.sources)
    parsed = [(source, find_blocks(source)) for source in sources]
    notices = find_notices(parsed)
    return [make_document(source, blocks, notices) for source, blocks in parsed]


def _passages(documents: Iterable[Document]) -> list[tuple[Passage, str]]:
    """Every passage of the documents, with the hash of what is embedded for it."""
    return [
        (passage, hashlib.sha256(embedding_text(passage).encode()).hexdigest())
        for document in documents
        for passage in cut_passages(document)
    ]


@dataclass(frozen=True, slots=True)
class _Gathered:
    """Vectors, shape (passages, dimension), of a model, and how many had to be embedded now."""

    vectors: FloatArray
    model: str
    embedded: int


@contextmanager
def _gathered(
    parts: Sequence[tuple[Passage, str]],
    old: Index | None,
    load_encoder: Callable[[], Encoder],
    workshop: Path,
    progress: Progress,
) -> Iterator[_Gathered]:
    """The vectors of the passages: from the old index, from a rebuild that broke off, and new.

    They are in a file that is mapped meanwhile, so there may be more of them than memory holds.
    What is new stays in the journal until an index that has it is published.
    """
    known = old.store.passage_hashes() if old else {}
    new = {sha256: embedding_text(passage) for passage, sha256 in parts if sha256 not in known}
    encoder = None
    if new or old is None:
        encoder = load_encoder()  # of a model from the hub only this has the name
        model, dimension = encoder.name, encoder.dimension
    else:
        model, dimension = old.manifest.model, old.manifest.dimension
    file = workshop / GATHERED
    try:
        with Journal(workshop / JOURNAL, model, dimension) as journal, file.open("wb") as out:
            embedded = _embed(new, encoder, journal, progress) if encoder else 0
            for start in range(0, len(parts), _AT_A_TIME):
                hashes = [sha256 for _, sha256 in parts[start : start + _AT_A_TIME]]
                _vectors(hashes, known, old, journal).tofile(out)
        vectors = np.memmap(file, np.float32, "r").reshape(-1, dimension)
        yield _Gathered(vectors, model, embedded)
    finally:
        file.unlink(missing_ok=True)


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


def _embed(texts: dict[str, str], encoder: Encoder, journal: Journal, progress: Progress) -> int:
    """Embed the texts that the journal does not have, by their hashes; return how many."""
    hashes = [sha256 for sha256 in texts if sha256 not in journal]
    done = len(texts) - len(hashes)

    def advance(count: int) -> None:
        nonlocal done
        done += count
        progress("embed", done, len(texts))

    advance(0)
    for start in range(0, len(hashes), _AT_A_TIME):
        part = hashes[start : start + _AT_A_TIME]
        journal.add(part, encoder.embed_passages([texts[sha256] for sha256 in part], advance))
    return len(hashes)
