"""The documents folder: its files, which of them are read, and what has changed."""

import hashlib
import os
import stat
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from unicodedata import normalize

from pathspec import GitIgnoreSpec

from embeddings.errors import DocumentError
from embeddings.reading import programs
from embeddings.reading.formats import tesseract

MAX_BYTES = 64 * 2**20
SIDECAR_SUFFIXES = (".meta.yaml", ".meta.yml", ".meta.json")
IGNORE = ".kallbotignore"
_IGNORE_BYTES = 100_000
_NO_FILE = "no file but a device, a pipe or a socket; remove it"


@dataclass(frozen=True, slots=True)
class File:
    """A file of the folder: its name in the folder, its path, and the hash of its contents."""

    name: str
    path: Path
    sidecar: Path | None
    sha256: str


@dataclass(frozen=True, slots=True)
class FolderListing:
    """The files of a folder, ordered by name, and the problems found in it."""

    paths: tuple[Path, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """The difference between two states of a folder, by file name."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]

    @classmethod
    def between(cls, before: Mapping[str, str], after: Mapping[str, str]) -> Self:
        """The changes between two mappings of file names to hashes."""
        return cls(
            added=tuple(sorted(after.keys() - before.keys())),
            changed=tuple(
                sorted(name for name in after.keys() & before if after[name] != before[name])
            ),
            removed=tuple(sorted(before.keys() - after.keys())),
        )

    @property
    def count(self) -> int:
        """The number of changed files."""
        return len(self.added) + len(self.changed) + len(self.removed)


def list_files(folder: Path) -> FolderListing:
    """List the files under a folder, except hidden and ignored ones; raises DocumentError without
    it.

    Links to folders are followed, each folder once. Entries that are not files, or cannot be read,
    are reported as problems of one line.
    """
    if not folder.is_dir():
        raise DocumentError(f"no folder {folder}: give the folder that holds the documents")
    walk = _Walk(folder)
    return FolderListing(tuple(sorted(walk.paths())), tuple(walk.problems))


def find_files(folder: Path) -> tuple[list[File], tuple[str, ...]]:
    """The files of a folder with their hashes, and problems with those that cannot be opened."""
    listing = list_files(folder)
    files, problems = [], list(listing.problems)
    for path in listing.paths:
        try:
            files.append(find_file(path, folder))
        except DocumentError as error:
            problems.append(str(error))
    return files, tuple(problems)


def find_file(path: Path, folder: Path) -> File:
    """The file with its hash, which covers its contents and its sidecar."""
    sidecar = next((beside for beside in places_beside(path) if _is_file(beside)), None)
    sha256 = content_hash(path.name, read_bytes(path), read_bytes(sidecar) if sidecar else None)
    return File(_name(path, folder), path, sidecar, sha256)


def content_hash(name: str, content: bytes, beside: bytes | None = None) -> str:
    """The hash of a file's contents, its sidecar, and the programs it is read with."""
    digest = hashlib.sha256(content)
    if beside is not None:
        digest.update(hashlib.sha256(beside).digest())
    if name.lower().endswith(".pdf") and tesseract.is_available():
        digest.update(b"tesseract")  # scans that were unreadable can be read now
    if name.lower().endswith((".doc", ".dot")):
        digest.update(" ".join(programs.installed(programs.OLD_WORD)[:1]).encode())
    return digest.hexdigest()


def places_beside(path: Path) -> Iterator[Path]:
    """The possible paths of a file's sidecar; either name may be NFC or, from an old Mac, NFD."""
    names = {path.name: None, **{normalize(form, path.name): None for form in ("NFC", "NFD")}}
    for suffix in SIDECAR_SUFFIXES:
        yield from (path.with_name(name + suffix) for name in names)


def read_bytes(path: Path, most: int = MAX_BYTES) -> bytes:
    """Read all of a file; raises DocumentError if it is not a file, too large or unreadable.

    A path replaced during the scan cannot block, as a pipe would, or be read forever, as a growing
    file would.
    """
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise DocumentError(f"{_shown(path.name)}: {_NO_FILE}")
            content = file.read(most + 1) if status.st_size <= most else b""
            if content is None:  # such as /proc/kmsg, which claims to be a file
                raise DocumentError(f"{_shown(path.name)}: {_NO_FILE}")
    except OSError as error:
        raise DocumentError(f"{_shown(path.name)}: {_unreadable(error)}") from error
    size = max(status.st_size, len(content))
    if size > most:
        raise DocumentError(
            f"{_shown(path.name)}: {_megabytes(size)} is over the {_megabytes(most)} that one "
            "document may have; divide it"
        )
    return content


def _megabytes(size: int) -> str:
    return f"{size / 2**20:.0f} MB" if size >= 2**20 else f"{size / 2**20:.1f} MB"


def _is_file(path: Path) -> bool:
    """Whether a path is that of a file; an overlong name is not."""
    try:
        return path.is_file()
    except OSError:
        return False


_Ignored = tuple[tuple[Path, GitIgnoreSpec], ...]


class _Walk:
    """One traversal of a folder, and the problems found."""

    def __init__(self, folder: Path) -> None:
        self.problems: list[str] = []
        self._folder = folder
        self._seen: set[tuple[int, int]] = set()
        # Links come last, so that a folder inside the tree is read under its own name.
        self._folders: deque[tuple[Path, _Ignored]] = deque([(folder, ())])

    def paths(self) -> Iterator[Path]:
        """The files to read."""
        while self._folders:
            folder, ignored = self._folders.popleft()
            try:
                entries = sorted(folder.iterdir()) if self._is_new(folder) else []
            except OSError as error:
                self._tell(folder, _unreadable(error))
                continue
            ignored = (*ignored, *self._ignore_file(folder))
            for path in entries:
                if path.name.endswith(SIDECAR_SUFFIXES):
                    self._check_sidecar(path)
                elif not path.name.startswith("."):
                    yield from self._file(path, ignored)

    def _is_new(self, folder: Path) -> bool:
        status = folder.stat()
        if (status.st_dev, status.st_ino) in self._seen:
            self._tell(folder, "links to a folder that is read already; remove the link")
            return False
        self._seen.add((status.st_dev, status.st_ino))
        return True

    def _file(self, path: Path, ignored: _Ignored) -> Iterator[Path]:
        """The path if it is a file to read; a folder is queued."""
        mode = self._mode(path)
        if mode is None or _is_ignored(path, stat.S_ISDIR(mode), ignored):
            return
        if stat.S_ISREG(mode):
            yield path
        elif not stat.S_ISDIR(mode):
            self._tell(path, _NO_FILE)
        elif path.is_symlink():
            self._folders.append((path, ignored))
        else:
            self._folders.appendleft((path, ignored))

    def _check_sidecar(self, path: Path) -> None:
        mode = self._mode(path)
        if mode is not None and not stat.S_ISREG(mode):
            self._tell(path, _NO_FILE)

    def _mode(self, path: Path) -> int | None:
        try:
            return path.stat().st_mode
        except OSError as error:
            self._tell(path, _unreadable(error))
            return None

    def _ignore_file(self, folder: Path) -> Iterator[tuple[Path, GitIgnoreSpec]]:
        path = folder / IGNORE
        if _is_file(path):
            try:
                written = read_bytes(path, _IGNORE_BYTES).decode("utf-8-sig")
                yield folder, GitIgnoreSpec.from_lines(normalize("NFC", written).splitlines())
            except (DocumentError, ValueError) as error:
                self._tell(path, f"cannot be followed ({' '.join(str(error).split())}); mend it")

    def _tell(self, path: Path, problem: str) -> None:
        self.problems.append(f"{_shown(path.relative_to(self._folder))}: {problem}")


def _is_ignored(path: Path, is_folder: bool, ignored: _Ignored) -> bool:
    """Whether the last matching pattern for a path, in the nearest ignore file, ignores it."""
    for folder, spec in reversed(ignored):
        name = normalize("NFC", path.relative_to(folder).as_posix()) + "/" * is_folder
        decision = spec.check_file(name).include
        if decision is not None:
            return decision
    return False


def _name(path: Path, folder: Path) -> str:
    name = path.relative_to(folder).as_posix()
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise DocumentError(
            f"{_shown(name)}: the name of the file is not UTF-8; rename it"
        ) from error
    return name


def _shown(name: Path | str) -> str:
    """A name in displayable form, even if it is not UTF-8."""
    return os.fsencode(name).decode(errors="replace")


def _unreadable(error: OSError) -> str:
    return f"cannot be read ({error.strerror or error}); check the file"
