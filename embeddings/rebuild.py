"""Brings an index up to date with a folder: builds what is new, takes over what is unchanged."""

import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import filelock

from embeddings.errors import (
    DocumentError,
    IndexBusy,
    IndexDamaged,
    IndexMismatch,
    IndexMissing,
)
from embeddings.index.contract import Index
from embeddings.index.draft import Draft
from embeddings.index.gathering import Progress, gathered_vectors
from embeddings.index.home import Home, home_of
from embeddings.index.manifest import RECIPE, Manifest
from embeddings.index.publishing import DRAFT, LOCK, Contents, IndexBefore
from embeddings.index.rows import MadeFile
from embeddings.index.store import Store
from embeddings.language.entities import find_entities
from embeddings.model.encoder import Encoder
from embeddings.passages.cutting import cut_passages, embedding_text, text_hash
from embeddings.passages.document import make_document
from embeddings.passages.notices import digests_of, find_notices
from embeddings.passages.structure import find_blocks
from embeddings.reading.folder import Changes, File, find_files
from embeddings.reading.result import ReadFile
from embeddings.reading.sources import FileReader
from embeddings.types import Document, Passage

_TAKEN = "another document is called"


@dataclass(frozen=True, slots=True)
class Report:
    """The result of a rebuild, by file name.

    `skipped` has one message for each unreadable file, and `notes` one for each unreadable part of
    the others.
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
        """Whether the index was already up to date."""
        return not (self.added or self.changed or self.removed or self.embedded)


def rebuild(
    documents_folder: Path,
    index: Path | Home,
    model: str,
    load_encoder: Callable[[], Encoder],
    progress: Progress,
) -> Report:
    """Bring the index up to date with the folder; the old one answers until the new one is
    complete.

    `index` is a folder or another home of an index. `model` is the name of the encoder that
    `load_encoder` loads, which is called only if there is something to embed. Raises DocumentError
    if nothing can be read, IndexBusy while another rebuild runs, and IndexUnwritable if the disk is
    full.
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
                reusable = old if old and old.manifest.recipe == RECIPE else None
                _put_down(draft, found, reusable, progress)
                with _make_documents(draft, reusable) as store:
                    files = store.read_files()
                    _require_passages(documents_folder, store, [*problems, *_skipped(files)])
                    folder = str(documents_folder.resolve())
                    taken = IndexBefore(old, draft.rows_before) if old else None
                    vectors = gathered_vectors(store, taken, load_encoder, home.workshop, progress)
                    with vectors as gathered:
                        contents = Contents(store, gathered.vectors, gathered.model, folder, taken)
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
    """The hash of each file that yielded documents, by name."""
    return {file.name: file.sha256 for file in files if file.problem is None}


def _skipped(files: Iterable[ReadFile]) -> tuple[str, ...]:
    return tuple(file.problem for file in files if file.problem)


def _put_down(
    draft: Draft, files: Sequence[File], reusable: Index | None, progress: Progress
) -> None:
    """Store every file in the draft, taken over from an index of this recipe if its bytes are
    equal."""
    known = reusable.store.file_hashes() if reusable else {}
    with FileReader() as reader:
        for number, file in enumerate(files, 1):
            made = None
            if reusable and known.get(file.name) == file.sha256:
                made = reusable.store.made_file(file.name)
            if made is None or _is_refused(made.file):
                _put(draft, _read_one(reader, file), None)
            else:
                _put(draft, made.file, made)
            progress("read", number, len(files))


def _put(draft: Draft, file: ReadFile, made: MadeFile | None) -> None:
    """Store a file as it was read, or with the documents built from it."""
    names = made.names if made else [source.name for source in file.sources]
    taken = next((name for name in names if name in draft), None)
    if taken is not None:  # "bidrag.csv#row=2" may name a row or a file
        draft.add(_refused(file, taken), [])
    elif made:
        draft.take_over(made)
    else:
        draft.add(file, [digests_of(source, find_blocks(source)) for source in file.sources])


def _refused(file: ReadFile, taken: str) -> ReadFile:
    problem = f"{file.name}: {_TAKEN} {taken}; rename the file"
    return ReadFile(file.name, file.sha256, problem=problem)


def _is_refused(file: ReadFile) -> bool:
    """Whether a file was refused for its name, which may be free by now."""
    return file.problem is not None and file.problem.startswith(f"{file.name}: {_TAKEN} ")


def _read_one(reader: FileReader, file: File) -> ReadFile:
    try:
        contents = reader.read(file)
    except DocumentError as error:
        return ReadFile(file.name, file.sha256, problem=str(error))
    except OSError as error:  # of this machine, not of the file: continuing would lose the file
        reason = error.strerror or error
        raise DocumentError(
            f"{file.name}: its reader cannot be started ({reason}); try again"
        ) from error
    return ReadFile(file.name, file.sha256, contents.sources, contents.notes)


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
    """The current index, if its vectors can be reused."""
    old = None
    with suppress(IndexMissing, IndexDamaged, IndexMismatch):
        old = home.open(model, older=True)
    try:
        yield old
    finally:
        if old:
            old.close()


@contextmanager
def _writing(home: Home) -> Iterator[None]:
    """Turn write errors, such as a full disk, into an error that says what to do."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise home.unwritable(" ".join(str(error).split())) from error


def _is_current(index: Index, documents_folder: Path, found: Iterable[File]) -> bool:
    """Whether an index matches the folder as it is now, and was built by this recipe."""
    manifest = index.manifest
    return (
        manifest.recipe == RECIPE
        and manifest.documents_folder == str(documents_folder.resolve())
        and index.store.file_hashes() == {file.name: file.sha256 for file in found}
    )


def _make_documents(draft: Draft, reusable: Index | None) -> Store:
    """Build a document from every source, or take over an equal one from an index of this recipe.

    All sources must be stored first: page furniture is detected over the whole collection.
    """
    notices = find_notices(draft.digests(number) for number in range(len(draft)))
    changed = notices.digests ^ reusable.store.notices().digests if reusable else frozenset()
    for number in range(len(draft)):
        there = draft.number_before(number)
        is_same = not changed or not draft.digests(number).meets(changed)
        if reusable and there is not None and is_same:
            draft.put_passages(number, reusable.store.made_passages(there))
        else:
            source = draft.source(number)
            document = _with_entities(make_document(source, find_blocks(source), notices))
            draft.complete(number, document, _passages(document))
    return draft.finish(notices)


def _with_entities(document: Document) -> Document:
    """The document with the entities found in its text."""
    named = find_entities(document.text, document.metadata.published)
    return replace(document, entities=tuple(named))


def _passages(document: Document) -> Iterator[tuple[Passage, str]]:
    """The passages of a document, each with the hash of its embedded text."""
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
