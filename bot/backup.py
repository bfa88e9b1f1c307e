"""Backups of Källbot's data in one file, and restoring them: `kallbot backup`, `restore`.

The file is a ZIP archive that only its owner may read:

    backup.json     the format of the archive, the version of Källbot, and the creation time
    state/…         the data stored by the bot and the REPL
    index/…         the current version of the index, and its manifest
    kallbot.toml    the settings of the working folder, if there are any

A backup can be made while bots run and while the index is rebuilt: the database is copied in one
read transaction, and all index files are opened before any is read. Data on servers (PostgreSQL,
Milvus) and the documents themselves are not included.
"""

import hashlib
import json
import lzma
import os
import shutil
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from io import BufferedIOBase
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from filelock import FileLock, Timeout

from bot.settings import CONFIG_FILE, REPL_HISTORY, Settings
from bot.telegram.sqlite_state import DATABASE
from embeddings.errors import IndexBusy, IndexMissing, IndexUnavailable, KallbotError
from embeddings.index.home import Folder
from embeddings.index.manifest import MANIFEST, damaged, read_manifest
from embeddings.index.publishing import LOCK, VERSIONS, remove_old_versions
from embeddings.index.rows import DOCUMENTS

FORMAT = 1
HEAD, STATE, INDEX = "backup.json", "state", "index"
_STATE_DATABASE, _MANIFEST = f"{STATE}/{DATABASE}", f"{INDEX}/{MANIFEST}"
_DESCRIPTION_BYTES = 2**20  # at most, of what describes a backup or its index
_MEMBERS = frozenset({HEAD, _STATE_DATABASE, f"{STATE}/{REPL_HISTORY}", CONFIG_FILE})
"""All members but those of the index, which are in its manifest."""
_SERVERS = (
    ("postgres_uri", "the bots' data are in PostgreSQL: back them up with pg_dump, and restore "
     "them with pg_restore"),
    ("milvus_uri", "the index is in Milvus: `kallbot rebuild` makes it again from the documents"),
)  # fmt: skip


_NO_ARCHIVE = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, ValueError,
    RuntimeError,  # encrypted, or by a method that is not known
)  # fmt: skip


class BackupError(KallbotError):
    """A backup cannot be written, read, or restored over existing data."""


@dataclass(frozen=True, slots=True)
class Moved:
    """The contents of a backup: the names of its parts, and notes on what is not included."""

    parts: tuple[str, ...]
    notes: tuple[str, ...]


def back_up(settings: Settings, file: Path, *, with_index: bool = True) -> Moved:
    """Write a backup atomically, replacing one of the same name.

    Raises BackupError, and IndexUnavailable if a damaged index is all there is.
    """
    if not file.name or (file.exists() and not file.is_file()):
        raise BackupError(f"{file} is not a file: name the file to write")
    parts, notes = [], _on_servers(settings)
    unfinished = file.with_name(f"{file.name}.part")
    try:
        with (
            _only_for_owner(unfinished) as out,
            zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        ):
            archive.writestr(HEAD, json.dumps(_head(), indent=2))
            if _add_state(archive, settings, file.parent):
                parts.append("state")
            if with_index and settings.milvus_uri is None:
                try:
                    documents = _add_index(archive, settings.index)
                    parts.append("index")
                    notes.append(f"the documents in {documents} are not in it: keep a copy of them")
                except IndexUnavailable as error:
                    if not (parts or isinstance(error, IndexMissing)):
                        raise
                    notes.append(str(error))
            if (config := Path(CONFIG_FILE)).is_file():
                archive.write(config, CONFIG_FILE)
                parts.append("settings")
        _check_parts(parts, settings, with_index=with_index)
        unfinished.replace(file)
    except (OSError, sqlite3.Error) as error:
        raise BackupError(f"{file} cannot be written ({_reason(error)})") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return Moved(tuple(parts), tuple(notes))


def restore(settings: Settings, file: Path, *, replace: bool = False) -> Moved:
    """Restore a backup to the places in the settings.

    Nothing is changed before the whole archive has been read and verified. Raises BackupError if it
    is damaged, if data exist already and are not to be replaced, and if a bot is using them.
    """
    try:
        if not file.is_file():
            raise BackupError(f"{file} is not a file")
        with zipfile.ZipFile(file) as archive:
            names = _check(archive, file)
            _check_room(archive, settings)
            _check_contents(archive, file, names, _existing(settings.state))
            notes = _on_servers(settings)
            if settings.postgres_uri is not None:
                names[STATE] = [one for one in names[STATE] if one != _STATE_DATABASE]
            if settings.milvus_uri is not None:
                names[INDEX] = []
            parts = [part for part in (STATE, INDEX) if names[part]]
            if not replace:
                _check_empty(settings, names)
            _restore_state(archive, settings.state, names[STATE])
            _restore_index(archive, settings.index, names[INDEX])
            if names[CONFIG_FILE] and (replace or not Path(CONFIG_FILE).exists()):
                _unpack(archive, CONFIG_FILE, Path(CONFIG_FILE))
                parts.append("settings")
    except _NO_ARCHIVE as error:
        raise BackupError(f"{file} is not a backup of Källbot, or damaged ({error})") from error
    except (OSError, sqlite3.Error) as error:
        raise BackupError(f"{file} cannot be restored ({_reason(error)})") from error
    return Moved(tuple(parts), tuple(notes))


def _check_parts(parts: list[str], settings: Settings, *, with_index: bool) -> None:
    """Raise BackupError for a backup without data: it would replace an earlier one that has them.

    If all data are on servers, the settings are worth a backup of their own.
    """
    searched = {}
    if settings.postgres_uri is None:
        searched["KALLBOT_STATE"] = settings.state
    if with_index and settings.milvus_uri is None:
        searched["KALLBOT_INDEX"] = settings.index
    if {STATE, INDEX} & {*parts} or (parts and not searched):
        return
    reasons = _on_servers(settings)
    if searched:
        reasons.insert(0, f"set {' and '.join(searched)} as for the bot")
    where = f" in {' or '.join(map(str, searched.values()))}" if searched else ""
    raise BackupError(f"there is nothing to save{where}: {'; '.join(reasons)}")


def _head() -> dict[str, object]:
    made = datetime.now(UTC).isoformat(timespec="seconds")
    return {"format": FORMAT, "kallbot": version("kallbot"), "made": made}


def _on_servers(settings: Settings) -> list[str]:
    return [note for name, note in _SERVERS if getattr(settings, name) is not None]


@contextmanager
def _only_for_owner(path: Path) -> Iterator[BinaryIO]:
    """A new file that only its owner may read; it is flushed to disk when the block ends."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as out:
        yield out
        out.flush()
        os.fsync(out.fileno())


# State


def _add_state(archive: zipfile.ZipFile, settings: Settings, beside: Path) -> bool:
    """Add the stored state to the archive; return whether there is any."""
    database, history = settings.state / DATABASE, settings.state / REPL_HISTORY
    found = False
    if settings.postgres_uri is None and database.is_file():
        with tempfile.TemporaryDirectory(prefix=".kallbot-", dir=beside) as folder:
            copy = Path(folder, DATABASE)
            copy_database(database, copy)
            archive.write(copy, _STATE_DATABASE)
        found = True
    if history.is_file():
        archive.write(history, f"{STATE}/{REPL_HISTORY}")
        found = True
    return found


def copy_database(source: Path, target: Path) -> None:
    """Copy an SQLite database as of one moment, even while others write to it.

    Raises BackupError if it is damaged.
    """
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)
        new.execute("PRAGMA journal_mode = DELETE")  # one file, in any journal mode of the source
        [(found,)] = new.execute("PRAGMA quick_check(1)").fetchall()
    if found != "ok":
        raise BackupError(f"{source} is damaged ({found}): restore an earlier backup")


def is_in_use(database: Path) -> bool:
    """Whether another connection, which means a bot, has an SQLite database open."""
    with closing(sqlite3.connect(database, timeout=0, isolation_level=None)) as connection:
        try:
            # Without shared memory, only one connection at a time can open a database in WAL mode.
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("ROLLBACK")
        except sqlite3.OperationalError:
            return True
        except sqlite3.DatabaseError:  # damaged, so nobody can use it
            return False
    return False


def _restore_state(archive: zipfile.ZipFile, folder: Path, names: list[str]) -> None:
    if not names:
        return
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = folder / DATABASE
    if database.exists() and is_in_use(database):
        raise BackupError(f"a bot is running on {database}: stop it first")
    for name in names:
        target = folder / PurePosixPath(name).name
        for log in ("-wal", "-shm"):  # of the old database; SQLite would apply them to the new one
            target.with_name(f"{target.name}{log}").unlink(missing_ok=True)
        _unpack(archive, name, target)


# Index


def _add_index(archive: zipfile.ZipFile, folder: Path) -> str:
    """Add the current version of the index; return its documents folder."""
    home = Folder(folder)
    while True:
        manifest = home.read_manifest()
        place = f"{VERSIONS}/{manifest.version}"
        with ExitStack() as stack:
            try:
                said = (folder / MANIFEST).read_bytes()
                files = {f"{place}/{name}": stack.enter_context((folder / place / name).open("rb"))
                         for name in manifest.checksums}  # fmt: skip
            except FileNotFoundError as error:
                if home.read_manifest().version == manifest.version:
                    raise damaged(folder, Path(error.filename).name) from error
                continue  # a rebuild has published another in the meantime
            if home.read_manifest().version != manifest.version:
                continue
            archive.writestr(_MANIFEST, said)
            for name, file in files.items():
                with archive.open(f"{INDEX}/{name}", "w", force_zip64=True) as packed:
                    shutil.copyfileobj(file, packed)
        return manifest.documents_folder


def _restore_index(archive: zipfile.ZipFile, folder: Path, names: list[str]) -> None:
    """Publish the version in a backup beside the current one, as a rebuild does."""
    if not names:
        return
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / LOCK, timeout=0):
            for name in names:
                if name != _MANIFEST:
                    _unpack(archive, name, folder / PurePosixPath(name).relative_to(INDEX))
            _unpack(archive, _MANIFEST, folder / MANIFEST)
            remove_old_versions(folder, json.loads(archive.read(_MANIFEST))["version"])
    except Timeout as error:
        raise IndexBusy(f"the index in {folder} is being rebuilt: wait for that") from error


def _unpack(archive: zipfile.ZipFile, name: str, target: Path) -> None:
    """Replace a file atomically."""
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f"{target.name}.part")
    try:
        with archive.open(name) as packed, _only_for_owner(unfinished) as out:
            shutil.copyfileobj(packed, out)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


# Checks before restoring


def _check(archive: zipfile.ZipFile, file: Path) -> dict[str, list[str]]:
    """The names in an archive by part; raises BackupError."""
    not_ours = BackupError(f"{file} is not a backup of Källbot")
    sizes = {one.filename: one.file_size for one in archive.infolist()}
    if any(sizes.get(name, 0) > _DESCRIPTION_BYTES for name in (HEAD, _MANIFEST)):
        raise not_ours
    try:
        head = json.loads(archive.read(HEAD))
        known = head["format"]
    except (KeyError, ValueError, TypeError, RecursionError) as error:
        raise not_ours from error
    if known != FORMAT:
        raise BackupError(
            f"{file} is a backup of format {known}, and this Källbot reads {FORMAT}: restore it "
            f"with Källbot {head.get('kallbot', '')}"
        )
    names: dict[str, list[str]] = {HEAD: [], STATE: [], INDEX: [], CONFIG_FILE: []}
    for name in sizes:
        path = PurePosixPath(name)
        in_index = path.parts[:1] == (INDEX,) and ".." not in path.parts and "\\" not in name
        if not in_index and name not in _MEMBERS:
            raise not_ours
        names[path.parts[0]].append(name)
    return names


def _check_room(archive: zipfile.ZipFile, settings: Settings) -> None:
    """Raise BackupError if a disk has no room for the contents of an archive."""
    sizes = {one.filename: one.file_size for one in archive.infolist()}
    checked = 2 * sizes.get(_STATE_DATABASE, 0)  # unpacked and copied while it is checked
    needed = sum(sizes.values()) + checked
    for there in (_existing(settings.state), _existing(settings.index)):
        if needed > (free := shutil.disk_usage(there).free):
            raise BackupError(
                f"restoring the backup takes {needed / 2**20:.0f} MB, and {there} has "
                f"{free / 2**20:.0f} MB left: make room for it"
            )


def _existing(folder: Path) -> Path:
    """A folder, or the nearest one above it that exists."""
    return next(one for one in (folder.absolute(), *folder.absolute().parents) if one.is_dir())


def _check_contents(
    archive: zipfile.ZipFile, file: Path, names: dict[str, list[str]], beside: Path
) -> None:
    """Raise BackupError if a part of a backup is damaged, or its index not that of the manifest.

    What has to be unpacked for that is put into the folder `beside`, since that for temporary files
    may be too small for it.
    """
    checksums: dict[str, str] = {}
    is_same_index = not names[INDEX]
    try:
        with tempfile.TemporaryDirectory(prefix=".kallbot-", dir=beside) as folder:
            if _STATE_DATABASE in names[STATE]:
                copy_database(Path(archive.extract(_STATE_DATABASE, folder)), Path(folder, "copy"))
            if names[INDEX]:
                archive.extract(_MANIFEST, folder)
                manifest = read_manifest(Path(folder, INDEX), older=True)
                place = f"{INDEX}/{VERSIONS}/{manifest.version}"
                checksums = {f"{place}/{name}": one for name, one in manifest.checksums.items()}
                is_same_index = {_MANIFEST, *checksums} == set(names[INDEX])
                is_same_index &= f"{place}/{DOCUMENTS}" in checksums
        hashes = {name: _hash(archive, name) for name in archive.namelist()}
    except (
        KeyError, AttributeError, zipfile.BadZipFile, sqlite3.Error, BackupError, IndexUnavailable
    ) as error:  # fmt: skip
        raise BackupError(f"{file} is damaged: take another backup") from error
    if not (is_same_index and checksums.items() <= hashes.items()):
        raise BackupError(f"{file} is damaged: take another backup")


def _hash(archive: zipfile.ZipFile, name: str) -> str:
    """The hash of a member; reading it also checks its CRC."""
    with archive.open(name) as packed:
        return hashlib.file_digest(cast(BufferedIOBase, packed), "sha256").hexdigest()


def _check_empty(settings: Settings, names: dict[str, list[str]]) -> None:
    database = settings.state / DATABASE
    taken = [
        str(place)
        for place, is_taken in (
            (database, _STATE_DATABASE in names[STATE] and database.exists()),
            (settings.index, bool(names[INDEX]) and not Folder(settings.index).is_empty()),
        )
        if is_taken
    ]
    if taken:
        raise BackupError(
            f"there are data in {' and '.join(taken)} already: add --replace to replace them by "
            "the backup"
        )


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
