"""What one bot process remembers, in a file of SQLite."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.telegram.state import INDEXES, TABLES, Cursor, State, StateUnavailable

DATABASE = "telegram.sqlite"


class SqliteState(State):
    """The database in a folder; raises OSError or sqlite3.Error where it cannot be opened."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = folder / DATABASE
        file.touch(mode=0o600)
        file.chmod(0o600)  # what SQLite puts beside it has the same mode
        self._db = sqlite3.connect(file, isolation_level=None)
        self._last_answer = 0
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA secure_delete = ON")  # what is forgotten is gone from the disk
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(TABLES)
        self._add_columns()
        self._db.executescript(INDEXES)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def next_answer(self) -> int:
        """One more than the highest that is stored or was given out."""
        query = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'answers'"
        [(stored,)] = self._all(query)
        self._last_answer = max(self._last_answer, stored) + 1
        return self._last_answer

    def forget_person(self, user: int) -> None:
        """Delete all about a person, from the log of changes too."""
        super().forget_person(user)
        self._execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _add_columns(self) -> None:
        """Bring a file up to date that was made before updates knew their lane, or their tries."""
        columns = {row[1] for row in self._db.execute("PRAGMA table_info(updates)")}
        for name, kind in (("lane", "TEXT"), ("tries", "INTEGER NOT NULL DEFAULT 0")):
            if name not in columns:
                self._db.execute(f"ALTER TABLE updates ADD COLUMN {name} {kind}")
        self._db.execute(
            "UPDATE updates SET lane = 'chat ' || coalesce(chat, 0) WHERE lane IS NULL AND done = 0"
        )

    def _execute(self, query: str, *values: object) -> Cursor:
        with _errors():
            return self._db.execute(query, values)

    @contextmanager
    def _transaction(self, durable: bool = False) -> Iterator[None]:
        if durable:
            self._execute("PRAGMA synchronous = FULL")
        try:
            with _errors(), self._db:
                self._db.execute("BEGIN IMMEDIATE")
                yield
        finally:
            if durable:
                self._execute("PRAGMA synchronous = NORMAL")


@contextmanager
def _errors() -> Iterator[None]:
    """What ails the file for now (a full disk, a lock) as StateUnavailable."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise StateUnavailable(f"the file {DATABASE} cannot be used: {error}") from error
