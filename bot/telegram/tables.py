"""The tables of what the bot remembers.

    updates   all updates, from before they are acknowledged to Telegram until they are handled
    outbox    all messages of replies, from before they are sent until Telegram has them
    answers   the answers given, for buttons, edits and follow-up questions
    feedback  👍 and 👎
    uploads   documents that wait for a decision
    albums    photos that were sent together, and the update that gets the reply
    moved     groups that have become supergroups, with the old and the new id

A finished update keeps its id but not its content, so that it is recognized if it arrives again.

Tables shared by several processes, only in PostgreSQL:

    processes   the running processes, and when each one's lease expires unless it is renewed
    claims      the lanes that a process works on; deleted with the process
    allowances  the questions and presses that each person has left
"""

import time
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, Double, Index, LargeBinary, MetaData, Table, Text
from sqlalchemy.schema import CreateColumn, CreateIndex, CreateTable

TABLES = MetaData()
SHARED = MetaData()

PENDING, DONE, SET_ASIDE = 0, 1, -1
"""The values of updates.done."""

_NUMBER = sa.BigInteger().with_variant(
    sa.Integer(), "sqlite"
)  # which generates ids only for INTEGER


def _key(kind: Any, *names: str) -> list[Column[Any]]:
    """Columns of a primary key that is not generated."""
    return [Column(name, kind, primary_key=True, autoincrement=False) for name in names]


def _generated_id() -> Column[Any]:
    """A generated id, which is never used again."""
    # PostgreSQL starts above the ids in any SQLite file: buttons from there may still be pressed.
    return Column("id", _NUMBER, sa.Identity(start=1_000_000), primary_key=True)


def _not_null(kind: Any, *names: str) -> list[Column[Any]]:
    """Columns that are set in every row."""
    return [Column(name, kind, nullable=False) for name in names]


def _zero(name: str) -> Column[Any]:
    """A number that is 0 until it is set."""
    return Column(name, _NUMBER, nullable=False, server_default=sa.text("0"))


def _unique_update() -> Column[Any]:
    """The update for which a row was written; it has at most one row."""
    return Column("update_id", _NUMBER, nullable=False, unique=True)


def _written_at() -> Column[Any]:
    """The time at which a row was written, in seconds since 1970."""
    return Column("at", Double, nullable=False, default=time.time)


UPDATES = Table(
    "updates", TABLES, *_key(_NUMBER, "id"), Column("body", Text), _zero("done"),
    Column("chat", _NUMBER), Column("message", _NUMBER), _written_at(), Column("lane", Text),
    _zero("tries"),
)  # fmt: skip
OUTBOX = Table(
    "outbox", TABLES, *_key(_NUMBER, "update_id", "part"), *_not_null(_NUMBER, "chat"),
    Column("body", Text), *_not_null(Text, "state"), _zero("after"), Column("message", _NUMBER),
    _written_at(),
)  # fmt: skip
ANSWERS = Table(
    "answers", TABLES, _generated_id(), _unique_update(),
    *_not_null(_NUMBER, "chat", "thread", "user", "question_message"), *_not_null(Text, "command"),
    Column("question", Text), *_not_null(Text, "history"), _zero("forgotten"),
    *_not_null(Text, "kind", "language", "version", "text"), *_not_null(_NUMBER, "refused"),
    *_not_null(Text, "places", "tail"), _written_at(), sqlite_autoincrement=True,
)  # fmt: skip
FEEDBACK = Table(
    "feedback", TABLES, *_key(_NUMBER, "answer", "user"), *_not_null(_NUMBER, "asker", "vote"),
    *_not_null(Text, "question", "history", "kind", "text"), *_not_null(_NUMBER, "refused"),
    *_not_null(Text, "sources", "version"), _written_at(),
)  # fmt: skip
UPLOADS = Table(
    "uploads", TABLES, _generated_id(), _unique_update(), *_not_null(_NUMBER, "user", "chat"),
    *_not_null(Text, "name", "title"), Column("content", LargeBinary), _written_at(),
    sqlite_autoincrement=True,
)  # fmt: skip
ALBUMS = Table(
    "albums", TABLES, *_key(_NUMBER, "chat"), *_key(Text, "album"),
    *_not_null(_NUMBER, "update_id"), _written_at(),
)  # fmt: skip
MOVED = Table("moved", TABLES, *_key(_NUMBER, "old"), *_not_null(_NUMBER, "new"))

PROCESSES = Table(
    "processes", SHARED, *_key(Text, "id"), *_not_null(sa.DateTime(timezone=True), "until")
)
CLAIMS = Table(
    "claims", SHARED, *_key(Text, "lane"),
    Column("owner", sa.ForeignKey(PROCESSES.c.id, ondelete="CASCADE"), nullable=False),
)  # fmt: skip
ALLOWANCES = Table(
    "allowances", SHARED, *_key(Text, "kind"), *_key(_NUMBER, "user"),
    *_not_null(Double, "left_over", "since", "told"),
)  # fmt: skip

IS_PENDING = UPDATES.c.done == sa.text("0")
"""An update waits to be handled; 0 is not a parameter, or the partial index would not be used."""

Index(
    "updates_in_lane",
    UPDATES.c.lane,
    UPDATES.c.id,
    sqlite_where=IS_PENDING,
    postgresql_where=IS_PENDING,
)
Index("answers_of_place", ANSWERS.c.chat, ANSWERS.c.thread, ANSWERS.c.user)
Index("answers_of_message", ANSWERS.c.chat, ANSWERS.c.question_message)
Index("claims_of_owner", CLAIMS.c.owner)


def make_tables(connection: sa.Connection, *more: MetaData) -> None:
    """Create the missing tables of TABLES and `more`, with missing indexes and columns."""
    tables = [table for each in (TABLES, *more) for table in each.sorted_tables]
    for table in tables:
        connection.execute(CreateTable(table, if_not_exists=True))
    _add_columns(connection)
    for index in (index for table in tables for index in table.indexes):
        connection.execute(CreateIndex(index, if_not_exists=True))


def _add_columns(connection: sa.Connection) -> None:
    """Add the columns of updates that databases of earlier versions lack."""
    known = {column["name"] for column in sa.inspect(connection).get_columns(UPDATES.name)}
    for column in UPDATES.c:
        # Only if it is missing: in PostgreSQL, ALTER TABLE blocks the running processes even if it
        # has nothing to do.
        if column.name not in known:
            definition = CreateColumn(column).compile(dialect=connection.dialect)
            connection.execute(sa.text(f"ALTER TABLE {UPDATES.name} ADD COLUMN {definition}"))
