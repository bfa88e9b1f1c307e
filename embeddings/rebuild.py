"""Bring an index up to date with a folder: embed what is new, keep the vectors of what is not."""

import hashlib
import sqlite3
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
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
from embeddings.index import DRAFT, GATHERED, JOURNAL, LOCK, RECIPE, Contents
from embeddings.journal import Journal
from embeddings.notices import find_notices
from embeddings.passages import cut_passages, embedding_text
from embeddings.readers import FileReader
from embeddings.store import Draft, Store
from embeddings.structure import find_blocks, make_document
from embeddings.types import Block, Document, Passage, Source
from embeddings.vectors import in_half_precision

_AT_A_TIME = 2048  # passages; no more are held, or embedded in vain where a rebuild breaks off

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
        before = old.store.read_files() if old else []
        if old and _is_current(old, documents_folder, found):
            home.put_away_old()
            files, manifest, embedded = before, old.manifest, 0
        else:
            with _writing(home), Draft(home.workshop / DRAFT) as draft:
                with closing(_read(found, old, progress)) as read:
                    _make_documents(draft, read)
                with draft.finish() as store:
                    files = store.read_files()
                    _require_passages(documents_folder, store, [*problems, *_skipped(files)])
                    with _gathered(store, old, load_encoder, home.workshop, progress) as gathered:
                        progress("write", 0, 1)
                        folder = str(documents_folder.resolve())
                        manifest = home.publish(
                            Contents(store, gathered.vectors, gathered.model, folder)
                        )
                        progress("write", 1, 1)
            embedded = gathered.embedded
    changes = Changes.between(_documented(before), _documented(files))
    return Report(
        added=changes.added,
        changed=changes.changed,
        removed=changes.removed,
        skipped=(*problems, *_skipped(files)),
        notes=tuple(note for file in files for note in file.notes),
        documents=manifest.documents,
        passages=manifest.passages,
        embedded=embedded,
        seconds=time.monotonic() - began,
    )


def _documented(files: Iterable[ReadFile]) -> dict[str, str]:
    """The hash of each file that documents were read from, by name."""
    return {file.name: file.sha256 for file in files if file.problem is None}


def _skipped(files: Iterable[ReadFile]) -> tuple[str, ...]:
    return tuple(file.problem for file in files if file.problem)


def _read(
    files: Sequence[File], old: Index | None, progress: Progress
) -> Generator[ReadFile, None, None]:
    """Every file as read; what an index of this recipe has read of the same bytes is kept."""
    is_same_recipe = old is not None and old.manifest.recipe == RECIPE
    known = old.store.file_hashes() if old and is_same_recipe else {}
    with FileReader() as reader:
        for number, file in enumerate(files, 1):
            if old and known.get(file.name) == file.sha256:
                yield _kept(old, file)
            else:
                yield _read_one(reader, file)
            progress("read", number, len(files))


def _kept(old: Index, file: File) -> ReadFile:
    try:
        return old.store.read_file(file.name)
    except sqlite3.Error as error:
        raise old.damaged(f"what was read of {file.name}") from error


def _read_one(reader: FileReader, file: File) -> ReadFile:
    try:
        reading = reader.read(file)
    except DocumentError as error:
        return ReadFile(file.name, file.sha256, problem=str(error))
    except OSError as error:  # of this machine, and not of the file: to go on would lose it
        reason = error.strerror or error
        raise DocumentError(
            f"{file.name}: its reader cannot be started ({reason}); try again"
        ) from error
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


def _is_current(index: Index, documents_folder: Path, found: Iterable[File]) -> bool:
    """Whether an index is of this folder as it is, and made as this code makes it."""
    manifest = index.manifest
    return (
        manifest.recipe == RECIPE
        and manifest.documents_folder == str(documents_folder.resolve())
        and index.store.file_hashes() == {file.name: file.sha256 for file in found}
    )


def _make_documents(draft: Draft, files: Iterable[ReadFile]) -> None:
    """Put down what the files hold. Twice through it: furniture shows in the whole collection."""
    notices = find_notices(_put_down(draft, files))
    for number, source, blocks in draft.sources():
        document = make_document(source, blocks, notices)
        draft.complete(number, document, _passages(document))


def _put_down(
    draft: Draft, files: Iterable[ReadFile]
) -> Iterator[tuple[Source, tuple[Block, ...]]]:
    for file in files:
        taken = next((source.name for source in file.sources if source.name in draft), None)
        if taken is not None:  # "bidrag.csv#row=2" may be a row, and the name of a file
            problem = f"{file.name}: another document is called {taken}; rename the file"
            file = ReadFile(file.name, file.sha256, problem=problem)
        blocks = [find_blocks(source) for source in file.sources]
        draft.add(file, blocks)
        yield from zip(file.sources, blocks, strict=True)


def _passages(document: Document) -> Iterator[tuple[Passage, str]]:
    """The passages of a document, each with the hash of what is embedded for it."""
    for passage in cut_passages(document):
        yield passage, _hash(embedding_text(passage))


def _require_passages(documents_folder: Path, store: Store, problems: Sequence[str]) -> None:
    if not store.document_count:
        reason = problems[0] if problems else "the folder is empty"
        raise DocumentError(
            f"no document in {documents_folder} can be read ({reason}): put text, web pages, "
            "PDF or Word files in it"
        )
    if not store.passage_count:
        raise DocumentError(f"no document in {documents_folder} says more than its title")


@dataclass(frozen=True, slots=True)
class _Gathered:
    """Vectors, shape (passages, dimension), of a model, and how many had to be embedded now."""

    vectors: FloatArray
    model: str
    embedded: int


@contextmanager
def _gathered(
    store: Store,
    old: Index | None,
    load_encoder: Callable[[], Encoder],
    workshop: Path,
    progress: Progress,
) -> Iterator[_Gathered]:
    """The vectors of the passages: from the old index, from a rebuild that broke off, and new.

    They are in a file that is mapped meanwhile, so there may be more of them than memory holds.
    What is new stays in the journal until an index that has it is published.
    """
    file = workshop / GATHERED
    try:
        model, dimension, embedded = _gather(file, store, old, load_encoder, progress)
        vectors = np.memmap(file, np.float32, "r").reshape(-1, dimension)
        yield _Gathered(vectors, model, embedded)
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
        texts = {_hash(text): text for text in map(embedding_text, passages)}
        new = [sha256 for sha256 in texts if sha256 not in journal]
        advance(len(passages) - len(new))
        journal.add(new, encoder.embed_passages([texts[sha256] for sha256 in new], advance))
        embedded += len(new)
    return embedded


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
