"""The index on disk: written whole beside the old one, then made current in one step.

    DIR/manifest.json       which version is current: format, model, counts, checksums
    DIR/versions/<id>/      vectors.npy, vectors.faiss, words/, documents.sqlite
    DIR/rebuild.lock        held by the one process that writes
    DIR/documents.part      what a rebuild has read and made so far
    DIR/embedded.part       vectors that no version has yet (`journal`), for a rebuild to go on from
    DIR/vectors.part        the vectors of all passages, in their order

(The workshop of an index on a server has words.part too, where its words are counted.)

A reader follows the manifest, so it sees the old version or the new one and nothing between,
also when the power goes: every file is on the disk before the manifest that names it.
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
from typing import TYPE_CHECKING

import numpy as np

from embeddings.errors import IndexDamaged, IndexMismatch
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

if TYPE_CHECKING:
    from embeddings.index.home import Index

VERSIONS, LOCK = "versions", "rebuild.lock"
DRAFT, JOURNAL, GATHERED = "documents.part", "embedded.part", "vectors.part"
COUNTED = "words.part"
WORDS = "words"
_opening = threading.RLock()
"""NumPy parses the head of a file with `ast`, which two threads may not do at once before Python
3.11.8 (SystemError, CPython issue 106905)."""


@dataclass(frozen=True, slots=True)
class IndexBefore:
    """What a new version takes over from the one before: for each passage its row there, or -1."""

    index: "Index"
    rows: Rows


@dataclass(frozen=True, slots=True)
class Contents:
    """What goes into a version: the files, documents and passages, and their vectors.

    The file of the store is a draft, which may be taken into the version.
    `vectors` has shape (passages, dimension), unit length, in the order of the passages.
    """

    store: Store
    vectors: FloatArray
    model: str
    documents_folder: str
    before: IndexBefore | None = None


class FolderIndex:
    """An index in a folder that is open: vectors, words, documents and passages of one version."""

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
        """The error that says what is wrong with this index, and what to do."""
        return IndexDamaged(
            f"the index in {self.folder} is damaged ({what}): delete the folder, and rebuild it "
            f"with {rebuild_command(self.folder)}"
        )

    def close(self) -> None:
        """Let go of the files."""
        self.store.close()


def open_index(folder: Path, model: str, *, older: bool = False) -> FolderIndex:
    """Open the current version for answering with `model`, after checking every checksum.

    One of an `older` format can only be rebuilt from. Raises IndexMissing, IndexDamaged, or
    IndexMismatch where another model made the vectors.
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
        except IndexDamaged:  # or a rebuild has put this version away meanwhile
            if read_manifest(folder, older=older).version == manifest.version:
                raise


def publish(folder: Path, contents: Contents) -> Manifest:
    """Write a version beside the current one, make it current, and put the others away."""
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
    """The name of a version that is made now."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:8]}"


def remove_old_versions(folder: Path, current: str) -> None:
    """Put away what is not current: older versions, and what a rebuild worked with."""
    for place in (folder / VERSIONS).iterdir():
        if place.name != current:
            shutil.rmtree(place, ignore_errors=True)
    new_manifest(folder).unlink(missing_ok=True)
    clear_workshop(folder)


def clear_workshop(workshop: Path) -> None:
    """Remove what a rebuild works with, and what one that broke off has left."""
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
    """What of a version before, if it is in a folder, the vectors and words go on from."""
    if before is None or not isinstance(before.index, FolderIndex):
        return None, None
    index, rows = before.index, before.rows
    if np.count_nonzero(rows >= 0) * 2 < len(index):  # to take out the rest is more work
        return None, None
    return VectorsBefore(index.version, rows), WordsBefore(index.words, index.store, rows)


def manifest_of(contents: Contents, version: str, checksums: dict[str, str]) -> Manifest:
    """What a version with these contents says of itself."""
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
