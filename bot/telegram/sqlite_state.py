"""The database of a single bot process: a file of SQLite."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import OperationalError

from bot.telegram.state import State, StateUnavailable
from bot.telegram.tables import IS_PENDING, UPDATES, make_tables

DATABASE = "telegram.sqlite"


class SqliteState(State):
    """The database in a folder; raises OSError or DBAPIError if it cannot be opened."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = folder / DATABASE
        self._file.touch(mode=0o600)
        self._file.chmod(0o600)  # SQLite creates its other files with the same mode
        super().__init__("sqlite")
        event.listen(self._transactions, "begin", _begin)
        self._inode = self._file.stat().st_ino
        self._last_answer = 0
        with self._transactions.begin() as connection:
            make_tables(connection)
            lane = "chat " + sa.cast(sa.func.coalesce(UPDATES.c.chat, 0), sa.Text)
            lacking = sa.update(UPDATES).where(UPDATES.c.lane.is_(None), IS_PENDING)
            connection.execute(lacking.values(lane=lane))

    def next_answer(self) -> int:
        """One more than the highest id that is stored or was returned before."""
        query = "SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'answers'"
        [(stored,)] = self._all(sa.text(query))
        self._last_answer = max(self._last_answer, stored) + 1
        return self._last_answer

    def forget_person(self, user: int) -> None:
        """Delete all that is stored about a person, also from the write-ahead log."""
        super().forget_person(user)
        self._run(sa.text("PRAGMA wal_checkpoint(TRUNCATE)"))

    def _connect(self) -> sqlite3.Connection:
        # Without an isolation level, Python begins no transactions itself.
        connection = sqlite3.connect(self._file, isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA secure_delete = ON")  # overwrite deleted content
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection

    def _insert(self, table: sa.Table) -> sqlite.Insert:
        return sqlite.insert(table)

    @contextmanager
    def _durable_transaction(self) -> Iterator[None]:
        self._check_in_place()
        self._run(sa.text("PRAGMA synchronous = FULL"))
        try:
            with self._transaction():
                yield
        finally:
            self._run(sa.text("PRAGMA synchronous = NORMAL"))

    def _check_in_place(self) -> None:
        """Raise StateUnavailable if the file was removed or replaced: nothing would be saved."""
        try:
            is_in_place = self._file.stat().st_ino == self._inode
        except OSError:
            is_in_place = False
        if not is_in_place:
            raise StateUnavailable(f"the file {DATABASE} was removed: restart the bot")

    @contextmanager
    def _translated_errors(self) -> Iterator[None]:
        """Raise temporary errors (a full disk, a lock) as StateUnavailable."""
        try:
            yield
        except OperationalError as error:
            said = f"the file {DATABASE} cannot be used: {error.orig}"
            raise StateUnavailable(said) from error


def _begin(connection: sa.Connection) -> None:
    """Lock the file from the first statement of a transaction, not from its first write."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")
