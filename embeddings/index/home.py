"""The location of an index, with one interface for a folder and a server."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

from embeddings.errors import IndexUnwritable
from embeddings.index.contract import Index
from embeddings.index.manifest import (
    MANIFEST,
    Manifest,
    damaged,
    known_documents,
    read_manifest,
    rebuild_command,
)
from embeddings.index.publishing import (
    VERSIONS,
    Contents,
    FolderIndex,
    open_index,
    publish,
    remove_old_versions,
)
from embeddings.index.store import Store
from embeddings.reading.result import ReadFile


class Home(Protocol):
    """The location of an index; its `str` is the name shown to people."""

    def read_manifest(self) -> Manifest:
        """The manifest of the current version; raises IndexUnavailable."""

    def open(self, model: str, *, older: bool = False) -> Index:
        """Open the current version for answering with `model`; raises IndexUnavailable.

        A version of an `older` format can only be used for a rebuild.
        """

    def known_documents(self) -> Path | None:
        """The documents folder of an index of any format, if it can still be determined."""

    def is_empty(self) -> bool:
        """Whether there is no index at all, not even a damaged one."""

    def rebuild_command(self) -> str:
        """The command that rebuilds the index from its documents."""

    def read_files(self, manifest: Manifest) -> list[ReadFile]:
        """Every file found by the rebuild of a version, without its sources; needs no model."""

    def size(self, manifest: Manifest) -> int | None:
        """The size of a version in bytes, None if unknown here."""

    @property
    def workshop(self) -> Path:
        """A folder on this machine for the lock and the working files of a rebuild."""

    def unwritable(self, reason: str) -> IndexUnwritable:
        """The error that says that the disk cannot be written to, and what to do."""

    def publish(self, contents: Contents) -> Manifest:
        """Write a version and make it current, atomically."""

    def put_away_old(self) -> None:
        """Remove the versions that nobody reads, and what an interrupted rebuild left."""


@dataclass(frozen=True, slots=True)
class Folder:
    """An index in a folder on this machine."""

    path: Path

    def __str__(self) -> str:
        return str(self.path)

    def read_manifest(self) -> Manifest:
        """The manifest of the current version; raises IndexUnavailable."""
        return read_manifest(self.path)

    def open(self, model: str, *, older: bool = False) -> FolderIndex:
        """Open the current version for answering with `model`; raises IndexUnavailable."""
        return open_index(self.path, model, older=older)

    def known_documents(self) -> Path | None:
        """The documents folder of an index of any format, if it can still be determined."""
        return known_documents(self.path)

    def is_empty(self) -> bool:
        """Whether there is no index at all, not even a damaged one."""
        return not any((self.path / name).exists() for name in (MANIFEST, VERSIONS))

    def rebuild_command(self) -> str:
        """The command that rebuilds the index from its documents."""
        return rebuild_command(self.path)

    def read_files(self, manifest: Manifest) -> list[ReadFile]:
        """Every file found by the rebuild of a version, without its sources; needs no model."""
        with Store.of_version(self._place(manifest), partial(damaged, self.path)) as store:
            return store.read_files()

    def size(self, manifest: Manifest) -> int:
        """The size of a version on disk, in bytes."""
        files = (path for path in self._place(manifest).rglob("*") if path.is_file())
        return sum(path.stat().st_size for path in files)

    @property
    def workshop(self) -> Path:
        """The folder itself."""
        return self.path

    def unwritable(self, reason: str) -> IndexUnwritable:
        """The error that says that the disk cannot be written to, and what to do."""
        return IndexUnwritable(
            f"the index in {self} cannot be written ({reason}): make room for it, or "
            "choose another folder with --index"
        )

    def publish(self, contents: Contents) -> Manifest:
        """Write a version and make it current, atomically."""
        return publish(self.path, contents)

    def put_away_old(self) -> None:
        """Remove the other versions, and what an interrupted rebuild left."""
        remove_old_versions(self.path, read_manifest(self.path).version)

    def _place(self, manifest: Manifest) -> Path:
        return self.path / VERSIONS / manifest.version


def home_of(place: Path | Home) -> Home:
    """The home for a path; a home is returned unchanged."""
    return Folder(place) if isinstance(place, Path) else place
