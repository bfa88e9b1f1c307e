"""Bring an index up to date with a folder: embed what is new, keep the vectors of what is not."""

import sqlite3
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import filelock

from embeddings.encoder import Encoder
from embeddings.errors import (
    DocumentError,
    IndexBusy,
    IndexDamaged,
    IndexMismatch,
    IndexMissing,
)
from embeddings.folder import Changes, File, find_files
from embeddings.formats.reading import ReadFile
from embeddings.gathering import Progress, gathered_vectors
from embeddings.home import Home, Index, home_of
from embeddings.index import DRAFT, LOCK, RECIPE, Contents, Manifest
from embeddings.notices import find_notices
from embeddings.passages import cut_passages, embedding_text, text_hash
from embeddings.readers import FileReader
from embeddings.store import Draft, Store
from embeddings.structure import find_blocks, make_document
from embeddings.types import Block, Document, Passage, Source


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
                    folder = str(documents_folder.resolve())
                    vectors = gathered_vectors(store, old, load_encoder, home.workshop, progress)
                    with vectors as gathered:
                        contents = Contents(store, gathered.vectors, gathered.model, folder)
                        manifest = _publish(home, contents, progress)
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


def _publish(home: Home, contents: Contents, progress: Progress) -> Manifest:
    progress("write", 0, 1)
    manifest = home.publish(contents)
    progress("write", 1, 1)
    return manifest


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
        yield passage, text_hash(embedding_text(passage))


def _require_passages(documents_folder: Path, store: Store, problems: Sequence[str]) -> None:
    if not store.document_count:
        reason = problems[0] if problems else "the folder is empty"
        raise DocumentError(
            f"no document in {documents_folder} can be read ({reason}): put text, web pages, "
            "PDF or Word files in it"
        )
    if not store.passage_count:
        raise DocumentError(f"no document in {documents_folder} says more than its title")
