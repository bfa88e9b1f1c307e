"""The tables of what the bot remembers.

    updates   every update, from before Telegram is told that it arrived until it is dealt with
    outbox    every message of a reply, from before it is sent until Telegram has it
    answers   what was answered, for buttons, edits and follow-ups
    feedback  👍 and 👎
    uploads   documents that wait for a yes
    albums    photos that were sent together, of which one is replied to
    moved     groups that have become supergroups, which have another id

An update that is done keeps its id and loses its content, so that it is known if it comes again.

What several processes share, in PostgreSQL alone:

    processes   every process that lives, and until when it is taken to, unless it beats again
    claims      the lanes that a process works on; they go when the process goes
    allowances  what is left of each person's questions and presses a minute
"""

import time
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Column, Double, Index, LargeBinary, MetaData, Table, Text
from sqlalchemy.schema import CreateColumn, CreateIndex, CreateTable

TABLES = MetaData()
SHARED = MetaData()

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # which gives ids to INTEGER alone


def _key(kind: Any, *names: str) -> list[Column[Any]]:
    """Columns of the key, which is given with a row."""
    return [Column(name, kind, primary_key=True, autoincrement=False) for name in names]


def _generated_id() -> Column[Any]:
    """An id that the database gives, and never again."""
    # In PostgreSQL from where no file of SQLite got to: its buttons may still be pressed.
    return Column("id", _NUMBER, sa.Identity(start=1_000_000), primary_key=True)


def _not_null(kind: Any, *names: str) -> list[Column[Any]]:
    """Columns that hold something in every row."""
    return [Column(name, kind, nullable=False) for name in names]


def _zero(name: str) -> Column[Any]:
    """A number that is 0 until it is set."""
    return Column(name, _NUMBER, nullable=False, server_default=sa.text("0"))


def _unique_update() -> Column[Any]:
    """The update that made a row, and no other."""
    return Column("update_id", _NUMBER, nullable=False, unique=True)


def _written_at() -> Column[Any]:
    """When a row was written, in seconds since 1970."""
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
"""An update is to be dealt with; 0 is no parameter, or the index of those would not be used."""

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
    """Make what a database lacks of TABLES, or of more, with their indexes and columns."""
    tables = [table for each in (TABLES, *more) for table in each.sorted_tables]
    for table in tables:
        connection.execute(CreateTable(table, if_not_exists=True))
    _add_columns(connection)
    for index in (index for table in tables for index in table.indexes):
        connection.execute(CreateIndex(index, if_not_exists=True))


def _add_columns(connection: sa.Connection) -> None:
    """Bring a database up to date that was made before updates knew their lane, or their tries."""
    known = {column["name"] for column in sa.inspect(connection).get_columns(UPDATES.name)}
    for column in UPDATES.c:
        # Only where it lacks: ALTER TABLE in PostgreSQL locks out the processes that are at work,
        # also where there is nothing for it to do.
        if column.name not in known:
            definition = CreateColumn(column).compile(dialect=connection.dialect)
            connection.execute(sa.text(f"ALTER TABLE {UPDATES.name} ADD COLUMN {definition}"))
