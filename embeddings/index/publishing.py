"""The index on disk: a version is written in full beside the old one, then made current atomically.

    DIR/manifest.json       the current version: format, model, counts, checksums
    DIR/versions/<id>/      vectors.npy, vectors.faiss, words/, documents.sqlite
    DIR/rebuild.lock        held by the one process that writes
    DIR/documents.part      what a rebuild has read and built so far
    DIR/embedded.part       vectors not yet in any version (`journal`), for a rebuild to resume from
    DIR/vectors.part        the vectors of all passages, in order

(The workshop of an index on a server also has words.part, where its words are counted.)

A reader follows the manifest, so it sees either the old version or the new one, even after a power
failure: every file is on disk before the manifest that names it.
"""

import hashlib
import shutil
import sqlite3
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from embeddings.errors import IndexDamaged, IndexMismatch
from embeddings.index.contract import Index
from embeddings.index.manifest import (
    FORMAT,
    RECIPE,
    Manifest,
    damaged,
    new_manifest,
    read_manifest,
    rebuild_command,
    replace_manifest,
)
from embeddings.index.rows import DOCUMENTS
from embeddings.index.store import Store
from embeddings.index.vectors import Rows, Vectors, VectorsBefore
from embeddings.index.word_index import WordIndex, WordsBefore
from embeddings.model.encoder import FloatArray
from embeddings.system import sync
from embeddings.types import Passage

VERSIONS, LOCK = "versions", "rebuild.lock"
DRAFT, JOURNAL, GATHERED = "documents.part", "embedded.part", "vectors.part"
COUNTED = "words.part"
WORDS = "words"
_opening = threading.RLock()
"""NumPy parses the header of a file with `ast`, which is not thread-safe before Python 3.11.8
(SystemError, CPython issue 106905)."""


@dataclass(frozen=True, slots=True)
class IndexBefore:
    """What a new version takes over from the previous one: each passage's row there, or -1."""

    index: Index
    rows: Rows


@dataclass(frozen=True, slots=True)
class Contents:
    """The contents of a version: the files, documents and passages, and their vectors.

    The file of the store is a draft, which may be moved into the version. `vectors` has shape
    (passages, dimension), unit length, in the order of the passages.
    """

    store: Store
    vectors: FloatArray
    model: str
    documents_folder: str
    before: IndexBefore | None = None


class FolderIndex:
    """An open index in a folder: vectors, words, documents and passages of one version."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        version = folder / VERSIONS / manifest.version
        self.folder = folder
        self.version = version
        self.manifest = manifest
        self.store = Store.of_version(version, self.damaged)
        self.notice_rows = np.array(self.store.notice_rows(), np.int64)
        self.vectors = Vectors.read(version, hidden=self.notice_rows)
        self.words = WordIndex.load(version / WORDS, hidden=self.notice_rows)

    def __len__(self) -> int:
        return self.manifest.passages

    def passages(self, rows: list[int]) -> list[Passage]:
        """The passages of these rows, in the order of `rows`."""
        return self.store.passages(rows)

    def damaged(self, what: str) -> IndexDamaged:
        """The error that says what is damaged in this index, and what to do."""
        return IndexDamaged(
            f"the index in {self.folder} is damaged ({what}): delete the folder, and rebuild it "
            f"with {rebuild_command(self.folder)}"
        )

    def close(self) -> None:
        """Close the files."""
        self.store.close()


def open_index(folder: Path, model: str, *, older: bool = False) -> FolderIndex:
    """Open the current version for answering with `model`, after verifying every checksum.

    A version of an `older` format can only be used for a rebuild. Raises IndexMissing,
    IndexDamaged, or IndexMismatch if the vectors are of another model.
    """
    while True:
        manifest = read_manifest(folder, older=older)
        if manifest.model != model:
            raise IndexMismatch(
                f"the index in {folder} was made with the model {manifest.model}, not {model}: "
                f"rebuild it with {rebuild_command(folder)}"
            )
        try:
            return _open_version(folder, manifest)
        except IndexDamaged:  # or a rebuild has removed this version in the meantime
            if read_manifest(folder, older=older).version == manifest.version:
                raise


def publish(folder: Path, contents: Contents) -> Manifest:
    """Write a version beside the current one, make it current, and remove the others."""
    version = new_version()
    place = folder / VERSIONS / version
    place.mkdir(parents=True)
    try:
        manifest = _write_version(place, contents)
        for path in [*place.rglob("*"), place, place.parent]:
            sync(path)
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise
    replace_manifest(folder, manifest)
    remove_old_versions(folder, manifest.version)
    return manifest


def new_version() -> str:
    """A name for a new version."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:8]}"


def remove_old_versions(folder: Path, current: str) -> None:
    """Remove all but the current version, and the working files of a rebuild."""
    for place in (folder / VERSIONS).iterdir():
        if place.name != current:
            shutil.rmtree(place, ignore_errors=True)
    new_manifest(folder).unlink(missing_ok=True)
    clear_workshop(folder)


def clear_workshop(workshop: Path) -> None:
    """Remove the working files of a rebuild, also of an interrupted one."""
    for name in (DRAFT, JOURNAL, GATHERED):
        (workshop / name).unlink(missing_ok=True)
    shutil.rmtree(workshop / COUNTED, ignore_errors=True)


def _open_version(folder: Path, manifest: Manifest) -> FolderIndex:
    _verify(folder, manifest)
    try:
        with _opening:
            return FolderIndex(folder, manifest)
    except (OSError, RuntimeError, ValueError, sqlite3.Error) as error:
        raise damaged(folder, manifest.version) from error


def _write_version(place: Path, contents: Contents) -> Manifest:
    vectors, words = _taken_over(contents.before)
    Vectors.write(place, contents.vectors, vectors)
    WordIndex.write(place / WORDS, contents.store, words)
    contents.store.move(place / DOCUMENTS)
    checksums = {name: _checksum(place / name) for name in _files(place)}
    return manifest_of(contents, place.name, checksums)


def _taken_over(
    before: IndexBefore | None,
) -> tuple[VectorsBefore | None, WordsBefore | None]:
    """The vectors and words to update incrementally, if the previous version is in a folder."""
    if before is None or not isinstance(before.index, FolderIndex):
        return None, None
    index, rows = before.index, before.rows
    if np.count_nonzero(rows >= 0) * 2 < len(index):  # building from scratch costs less
        return None, None
    return VectorsBefore(index.version, rows), WordsBefore(index.words, index.store, rows)


def manifest_of(contents: Contents, version: str, checksums: dict[str, str]) -> Manifest:
    """The manifest of a version with these contents."""
    return Manifest(
        format=FORMAT,
        recipe=RECIPE,
        version=version,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        model=contents.model,
        dimension=contents.vectors.shape[1],
        documents=contents.store.document_count,
        passages=contents.store.passage_count,
        notices=len(contents.store.notice_rows()),
        documents_folder=contents.documents_folder,
        checksums=checksums,
    )


def _verify(folder: Path, manifest: Manifest) -> None:
    place = folder / VERSIONS / manifest.version
    for name, checksum in manifest.checksums.items():
        try:
            whole = _checksum(place / name) == checksum
        except OSError as error:
            raise damaged(folder, name) from error
        if not whole:
            raise damaged(folder, name)


def _files(place: Path) -> Iterator[str]:
    for path in sorted(place.rglob("*")):
        if path.is_file():
            yield path.relative_to(place).as_posix()


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
