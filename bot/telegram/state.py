"""What the bot remembers: updates, messages on their way, answers, feedback, uploads.

The tables are in `tables`, and what is handed over in `records`. Every statement here is for SQLite
and PostgreSQL alike; what differs is in `sqlite_state` and `postgres_state`.
"""

import json
import time
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, astuple
from typing import TYPE_CHECKING, Any, ClassVar, Self

import sqlalchemy as sa

from bot.telegram.limits import Buckets, MemoryBuckets
from bot.telegram.records import Arrival, OutboxRow, Place, SourcePlace, StoredAnswer, Upload
from bot.telegram.tables import (
    ALBUMS,
    ANSWERS,
    FEEDBACK,
    IS_PENDING,
    MOVED,
    OUTBOX,
    UPDATES,
    UPLOADS,
)
from embeddings.errors import KallbotError

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite

_KEPT_DAYS = 3  # Telegram repeats an update for a day, and lets people edit for two
_DAY = 86400.0
_ANSWER_DAYS = 30  # how long "Visa i källan" works; the question itself goes much earlier
_OPEN, _DONE, _SET_ASIDE = 0, 1, -1  # updates.done

OPEN_LANES = (
    sa.select(UPDATES.c.lane, sa.func.count())
    .where(IS_PENDING)
    .group_by(UPDATES.c.lane)
    .order_by(sa.func.min(UPDATES.c.id))
)
"""The lanes with updates to deal with, and how many, the one with the oldest first."""


class StateUnavailable(KallbotError):  # noqa: N818 - a state of the database
    """The database is away or full for now; what was asked of it can be asked again."""


class ClaimLost(Exception):  # noqa: N818 - says what happened
    """Another process has taken over the update that this one is dealing with."""


class State(ABC):
    """The database; used from one thread. While it is away, everything raises StateUnavailable.

    Several processes may share one that says `is_shared`. Each claims a lane before it takes
    updates from it, and what it does with an update that another has meanwhile claimed raises
    ClaimLost and changes nothing.
    """

    is_shared: ClassVar[bool] = False

    def __init__(self, dialect: str) -> None:
        self._engine = sa.create_engine(
            f"{dialect}://",
            creator=self._connect,
            poolclass=sa.QueuePool,
            pool_size=1,
            max_overflow=0,
            hide_parameters=True,  # what people write is in no error
            execution_options={"preserve_rowcount": True},  # of an INSERT too
        )
        # The same connection, for a statement by itself and for several.
        self._statements = self._engine.execution_options()
        self._transactions = self._engine.execution_options()
        self._connection: sa.Connection | None = None  # in use

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database, and of what is claimed."""
        self._engine.dispose()

    # Claims

    def renew_lease(self) -> int:
        """Tell the other processes that this one lives; returns how many live."""
        return 1

    def claim(self, lane: str) -> bool:
        """Take a lane for this process; False if it is another's."""
        return True

    def release(self, lane: str) -> None:
        """Give a lane back."""
        return

    def _lock_claim(self, update_id: int) -> None:
        """Keep the claim to an update until the transaction ends; raises ClaimLost."""
        return

    def buckets(self, kind: str) -> Buckets:
        """What is left of people's allowances of one kind."""
        return MemoryBuckets()

    # Updates

    def accept(self, updates: Iterable[Arrival]) -> None:
        """Store the updates that are not known; when this returns they outlive a power cut."""
        with self._durable_transaction():
            for arrival in updates:
                self._add(UPDATES, **asdict(arrival))

    def open_lanes(self) -> dict[str, int]:
        """The lanes that no other process has claimed, and how many updates wait in each."""
        return dict(self._all(OPEN_LANES))

    def next_update(self, lane: str) -> tuple[int, str] | None:
        """The first update of a lane that is not dealt with, as id and JSON."""
        query = sa.select(UPDATES.c.id, UPDATES.c.body).where(IS_PENDING, UPDATES.c.lane == lane)
        rows = self._all(query.order_by(UPDATES.c.id).limit(1))
        return rows[0] if rows else None

    def known_messages(self, limit: int) -> list[tuple[int, int]]:
        """The latest messages known, as chat and message id, oldest first."""
        known = sa.union_all(
            *(sa.select(table.c.chat, table.c.message, table.c.at) for table in (UPDATES, OUTBOX))
        ).subquery()
        query = sa.select(known.c.chat, known.c.message).where(known.c.message.is_not(None))
        rows = self._all(query.order_by(known.c.at.desc()).limit(limit))
        return [(chat, message) for chat, message in reversed(rows)]

    def begin_attempt(self, update_id: int) -> int:
        """Note that an update is about to be dealt with; returns for which time, from 1.

        What `forgive_attempt` does not take back is a time that the process did not live through.
        """
        with self._transaction():
            self._lock_claim(update_id)
            self._change(update_id, tries=UPDATES.c.tries + 1)
            return self.tries(update_id)

    def tries(self, update_id: int) -> int:
        """How many times a process has ended while it dealt with an update."""
        rows = self._all(sa.select(UPDATES.c.tries).where(UPDATES.c.id == update_id))
        return int(rows[0].tries) if rows else 0

    def forgive_attempt(self, update_id: int) -> None:
        """Note that the process has lived through dealing with an update."""
        self._change(update_id, tries=UPDATES.c.tries - 1)

    def finish(self, update_id: int) -> None:
        """Note that an update is dealt with, and forget what it and its reply said."""
        with self._transaction():
            self._lock_claim(update_id)
            self._change(update_id, done=_DONE, body=None)
            self._run(sa.update(OUTBOX).where(OUTBOX.c.update_id == update_id).values(body=None))

    def set_aside(self, update_id: int) -> None:
        """Pass over an update that cannot be dealt with, until `reopen`."""
        with self._transaction():
            self._lock_claim(update_id)
            self._change(update_id, done=_SET_ASIDE)

    def reopen(self) -> None:
        """Have what was set aside tried again."""
        self._run(sa.update(UPDATES).where(UPDATES.c.done == _SET_ASIDE).values(done=_OPEN))

    # Albums and groups

    def has_captioned(self, chat: int, album: str) -> bool:
        """Whether a message of an album that waits to be dealt with has a caption."""
        bodies = self._all(sa.select(UPDATES.c.body).where(IS_PENDING, UPDATES.c.chat == chat))
        messages = (json.loads(body).get("message") or {} for (body,) in bodies)
        return any(one.get("media_group_id") == album and one.get("caption") for one in messages)

    def take_album(self, chat: int, album: str, update_id: int) -> bool:
        """Have an update be the one of an album that is replied to; False if another is."""
        self._add(ALBUMS, chat=chat, album=album, update_id=update_id)
        query = sa.select(ALBUMS.c.update_id).where(ALBUMS.c.chat == chat, ALBUMS.c.album == album)
        return self._all(query) == [(update_id,)]

    def record_migration(self, old: int, new: int) -> bool:
        """Note that a group has become a supergroup; whether that is new."""
        return self._add(MOVED, old=old, new=new) == 1

    def earlier_ids(self, chat: int) -> list[int]:
        """The ids that a supergroup had as a group."""
        return [old for (old,) in self._all(_earlier_ids(chat))]

    # Outbox

    def store_reply(
        self, update_id: int, chat: int, bodies: Sequence[str], answer: StoredAnswer | None = None
    ) -> None:
        """Store the messages of a reply, and the answer they carry, before any is sent."""
        with self._transaction():
            self._lock_claim(update_id)
            if answer is not None:
                self._add_answer(answer)
            for part, body in enumerate(bodies):
                row = {"part": part, "chat": chat, "body": body, "state": "planned"}
                self._add(OUTBOX, update_id=update_id, **row)

    def outbox(self, update_id: int) -> list[OutboxRow]:
        """The messages of the reply to an update, in order."""
        query = sa.select(OUTBOX).where(OUTBOX.c.update_id == update_id).order_by(OUTBOX.c.part)
        return [
            OutboxRow(update_id, row.part, row.body or "", row.state, row.after, row.message)
            for row in self._all(query)
        ]

    def mark_sending(self, row: OutboxRow, after: int) -> None:
        """Note that a message is about to be sent."""
        with self._transaction():
            self._lock_claim(row.update_id)
            self._change_message(row.update_id, row.part, state="sending", after=after)

    def mark(self, row: OutboxRow, state: str, message: int | None = None) -> None:
        """Note what became of a message, and its id where that is known."""
        self._change_message(row.update_id, row.part, state=state, message=message)

    def move_messages(self, old: int, new: int, parts: Sequence[int]) -> None:
        """Count messages of the reply to one update as the first of the reply to another."""
        with self._transaction():
            self._lock_claim(new)
            for place, part in enumerate(parts):
                below = place - len(parts)  # parts count from 0 in both; those that move go below
                self._change_message(old, part, update_id=new, part=below)

    # Answers

    @abstractmethod
    def next_answer(self) -> int:
        """An id for an answer, which no other gets."""

    def answer(self, number: int) -> StoredAnswer | None:
        """The answer with this id, if it is remembered."""
        return self._latest_answer(ANSWERS.c.id == number)

    def answer_to(self, chat: int, message: int) -> StoredAnswer | None:
        """The latest answer to a person's message."""
        return self._latest_answer(ANSWERS.c.chat == chat, ANSWERS.c.question_message == message)

    def replace_answer(self, number: int, answer: StoredAnswer) -> None:
        """Put the answer to an edited question in place of the earlier one, under its id."""
        with self._transaction():
            self._lock_claim(answer.update_id)
            self._delete(ANSWERS, ANSWERS.c.id == number)
            self._delete(FEEDBACK, FEEDBACK.c.answer == number)
            self._add_answer(answer)

    def history(self, place: Place, minutes: int, limit: int) -> tuple[str, ...]:
        """The latest questions of a person in a chat or topic, oldest first."""
        query = sa.select(ANSWERS.c.question).where(
            _is_at(place),
            ANSWERS.c.at > time.time() - 60 * minutes,
            ANSWERS.c.question.is_not(None),
            ANSWERS.c.forgotten == 0,
            ANSWERS.c.command == "ask",
        )
        rows = self._all(query.order_by(ANSWERS.c.id.desc()).limit(limit))
        return tuple(question for (question,) in reversed(rows))

    def forget_history(self, place: Place) -> None:
        """Begin again: earlier questions are no longer history."""
        self._run(sa.update(ANSWERS).where(_is_at(place)).values(forgotten=1))

    # Feedback

    def vote(self, answer: StoredAnswer, user: int, vote: int) -> bool:
        """Store a 👍 (1) or 👎 (-1); whether it differs from what the person said before."""
        said = sa.and_(FEEDBACK.c.answer == answer.id, FEEDBACK.c.user == user)
        known = self._all(sa.select(FEEDBACK.c.vote).where(said))
        insert = self._insert(FEEDBACK).values(
            answer=answer.id, user=user, asker=answer.place.user, vote=vote,
            question=answer.question, history=json.dumps(answer.history), kind=answer.outcome,
            text=answer.text, refused=int(answer.refused), version=answer.version,
            sources=json.dumps(sorted({place.document for place in answer.places})),
        )  # fmt: skip
        again = {"vote": insert.excluded.vote, "at": insert.excluded.at}
        self._run(insert.on_conflict_do_update(index_elements=FEEDBACK.primary_key, set_=again))
        return known != [(vote,)]

    def disliked(self) -> Sequence[Any]:
        """What got 👎: answer id, question, history (JSON), kind, short answer, refused."""
        columns = FEEDBACK.c["answer", "question", "history", "kind", "text", "refused"]
        query = sa.select(*columns).where(FEEDBACK.c.vote < 0)
        return self._all(query.distinct().order_by(FEEDBACK.c.answer))

    def votes(self) -> tuple[int, int]:
        """How many 👍 and how many 👎 are stored."""
        vote, count = FEEDBACK.c.vote, sa.func.count()
        [(up, down)] = self._all(sa.select(count.filter(vote > 0), count.filter(vote < 0)))
        return up, down

    # Uploads

    def offer_upload(self, update_id: int, upload: Upload) -> int:
        """Keep a document until its sender says yes or no; returns its id."""
        self._add(
            UPLOADS, update_id=update_id, user=upload.user, chat=upload.chat, name=upload.name,
            title=upload.title, content=upload.content,
        )  # fmt: skip
        [(number,)] = self._all(sa.select(UPLOADS.c.id).where(UPLOADS.c.update_id == update_id))
        return int(number)

    def upload(self, number: int) -> Upload | None:
        """The document with this id, if it still waits."""
        columns = UPLOADS.c["id", "user", "chat", "name", "title", "content"]
        rows = self._all(sa.select(*columns).where(UPLOADS.c.id == number))
        return Upload(*rows[0]) if rows else None

    def drop_upload(self, number: int) -> None:
        """Forget a document that waited."""
        self._delete(UPLOADS, UPLOADS.c.id == number)

    # Forgetting

    def forget_person(self, user: int) -> None:
        """Delete all that is stored about a person's questions, answers and opinions.

        Others may have asked on from their questions, which are then taken out of what came before
        those.
        """
        asked = sa.select(ANSWERS.c.question, ANSWERS.c.chat).where(
            ANSWERS.c.user == user, ANSWERS.c.question.is_not(None)
        )
        with self._transaction():
            rows = self._all(asked)
            questions, chats = {text for text, _ in rows}, {chat for _, chat in rows}
            self._remove_from_histories(ANSWERS, ANSWERS.c.id, questions, ANSWERS.c.chat.in_(chats))
            self._remove_from_histories(
                FEEDBACK, FEEDBACK.c.answer, questions, FEEDBACK.c.asker != user
            )
            self._delete(ANSWERS, ANSWERS.c.user == user)
            self._delete(FEEDBACK, sa.or_(FEEDBACK.c.user == user, FEEDBACK.c.asker == user))
            self._delete(UPLOADS, UPLOADS.c.user == user)

    def _remove_from_histories(
        self, table: sa.Table, key: sa.Column[int], questions: Collection[str],
        where: sa.ColumnElement[bool],
    ) -> None:  # fmt: skip
        """Take questions out of the histories in the rows of a table."""
        for number, history in self._all(sa.select(key, table.c.history).where(where)):
            asked: list[str] = json.loads(history or "[]")
            kept = [one for one in asked if one not in questions]
            if kept != asked:
                self._run(sa.update(table).where(key == number).values(history=json.dumps(kept)))

    def forget_old(self, history_minutes: int) -> None:
        """Delete what has been kept as long as it is needed."""
        now = time.time()
        asked, old = now - 60 * history_minutes, now - _KEPT_DAYS * _DAY
        with self._transaction():
            has_question = ANSWERS.c.question.is_not(None)
            forget = sa.update(ANSWERS).where(has_question, ANSWERS.c.at < asked)
            self._run(forget.values(question=None, history="[]"))
            self._delete(ANSWERS, ANSWERS.c.at < now - _ANSWER_DAYS * _DAY)
            self._delete(UPDATES, UPDATES.c.done == _DONE, UPDATES.c.at < old)
            self._delete(OUTBOX, OUTBOX.c.body.is_(None), OUTBOX.c.at < old)
            self._delete(UPLOADS, UPLOADS.c.at < now - _DAY)
            self._delete(ALBUMS, ALBUMS.c.at < now - _DAY)

    # Statements that several have in common

    def _add(self, table: sa.Table, **values: object) -> int:
        """Write a row, unless it is there already; returns how many were written."""
        return self._run(self._insert(table).values(**values).on_conflict_do_nothing())

    def _change(self, update_id: int, **values: object) -> None:
        self._run(sa.update(UPDATES).where(UPDATES.c.id == update_id).values(**values))

    def _change_message(self, of_update: int, at_part: int, **values: object) -> None:
        message = sa.and_(OUTBOX.c.update_id == of_update, OUTBOX.c.part == at_part)
        self._run(sa.update(OUTBOX).where(message).values(**values))

    def _delete(self, table: sa.Table, *conditions: sa.ColumnElement[bool]) -> None:
        self._run(sa.delete(table).where(*conditions))

    def _add_answer(self, answer: StoredAnswer) -> None:
        place, places = answer.place, [astuple(place) for place in answer.places]
        self._add(
            ANSWERS, id=answer.id, update_id=answer.update_id, chat=place.chat,
            thread=place.thread, user=place.user, question_message=answer.question_message,
            command=answer.command, question=answer.question, history=json.dumps(answer.history),
            kind=answer.outcome, language=answer.language, version=answer.version,
            text=answer.text, refused=int(answer.refused), places=json.dumps(places),
            tail=answer.tail,
        )  # fmt: skip

    def _latest_answer(self, *conditions: sa.ColumnElement[bool]) -> StoredAnswer | None:
        query = sa.select(ANSWERS).where(*conditions).order_by(ANSWERS.c.id.desc())
        rows = self._all(query.limit(1))
        return _stored(rows[0]) if rows else None

    # SQL

    @abstractmethod
    def _connect(self) -> Any:
        """A new connection of the driver."""

    @abstractmethod
    def _insert(self, table: sa.Table) -> "sqlite.Insert | postgresql.Insert":
        """An INSERT that may say what happens to a row that is there already."""

    @abstractmethod
    def _translated_errors(self) -> AbstractContextManager[object]:
        """What ails the database for now, as StateUnavailable."""

    def _run(self, statement: sa.Executable) -> int:
        """Carry out a statement; returns how many rows were written."""
        with self._use_connection(self._statements) as connection:
            return connection.execute(statement).rowcount

    def _all(self, query: sa.Executable) -> Sequence[Any]:
        """The rows that a query reads."""
        with self._use_connection(self._statements) as connection:
            return connection.execute(query).all()

    def _transaction(self) -> AbstractContextManager[sa.Connection]:
        """All statements until the end of the block, or none."""
        return self._use_connection(self._transactions)

    def _durable_transaction(self) -> AbstractContextManager[object]:
        """A transaction that outlives a power cut when it is done."""
        return self._transaction()

    @contextmanager
    def _use_connection(self, engine: sa.Engine) -> Iterator[sa.Connection]:
        """The connection of the transaction that this is a part of, or else one of an engine."""
        if self._connection is not None:
            yield self._connection
            return
        with self._translated_errors(), engine.begin() as self._connection:
            try:
                yield self._connection
            finally:
                self._connection = None


def _earlier_ids(chat: int) -> sa.Select[int]:
    return sa.select(MOVED.c.old).where(MOVED.c.new == chat)


def _is_at(place: Place) -> sa.ColumnElement[bool]:
    """Of answers; a supergroup goes on with what was asked in the group that it was."""
    return sa.and_(
        sa.or_(ANSWERS.c.chat == place.chat, ANSWERS.c.chat.in_(_earlier_ids(place.chat))),
        ANSWERS.c.thread == place.thread,
        ANSWERS.c.user == place.user,
    )


def _stored(row: Any) -> StoredAnswer:
    return StoredAnswer(
        id=row.id,
        update_id=row.update_id,
        place=Place(row.chat, row.thread, row.user),
        question_message=row.question_message,
        command=row.command,
        question=row.question,
        history=tuple(json.loads(row.history)),
        outcome=row.kind,
        language=row.language,
        version=row.version,
        text=row.text,
        refused=bool(row.refused),
        places=tuple(
            SourcePlace(document, text_hash, (passage[0], passage[1]), (quote[0], quote[1]))
            for document, text_hash, passage, quote in json.loads(row.places)
        ),
        tail=row.tail,
    )


def export_feedback(state: State) -> list[dict[str, Any]]:
    """What got 👎, in the format of a question file for `kallbot evaluate`.

    `answer_none` holds the answer that was disliked, unless it was a list, of which a part may
    be right; whoever reads the export fills in what a right answer holds.
    """
    return [
        {
            "id": f"feedback-{number}",
            "question": question,
            "kind": kind,
            "history": json.loads(history),
            "answer_all": [],
            "answer_any": [],
            "answer_none": [text] if text and not refused and "\n" not in text else [],
            "sources": [],
            "answerable": True,
        }
        for number, question, history, kind, text, refused in state.disliked()
    ]
