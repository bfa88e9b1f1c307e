"""What the bot remembers: updates, messages on their way, answers, feedback, uploads.

    updates   every update, from before Telegram is told that it arrived until it is dealt with
    outbox    every message of a reply, from before it is sent until Telegram has it
    answers   what was answered, for buttons, edits and follow-ups
    feedback  👍 and 👎
    uploads   documents that wait for a yes
    albums    photos that were sent together, of which one is replied to
    moved     groups that have become supergroups, which have another id

An update that is done keeps its id and loses its content, so that it is known if it comes again.

The statements are the same for SQLite and PostgreSQL. Here they are written with the `?` and the
type names of SQLite; what differs is in `sqlite_state` and `postgres_state`.
"""

import json
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, ClassVar, Protocol, Self

from bot.telegram.limits import Buckets, MemoryBuckets
from bot.telegram.records import (
    Arrival,
    OutboxRow,
    Place,
    SourcePlace,
    StoredAnswer,
    Upload,
)
from embeddings.errors import KallbotError

_KEPT_DAYS = 3  # Telegram repeats an update for a day, and lets people edit for two
_DAY = 86400.0
_ANSWER_DAYS = 30  # how long "Visa i källan" works; the question itself goes much earlier
_OPEN, _DONE, _SET_ASIDE = 0, 1, -1  # updates.done

TABLES = """
CREATE TABLE IF NOT EXISTS updates (
    id INTEGER PRIMARY KEY, body TEXT, done INTEGER NOT NULL DEFAULT 0,
    chat INTEGER, message INTEGER, at REAL NOT NULL, lane TEXT, tries INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS outbox (
    update_id INTEGER NOT NULL, part INTEGER NOT NULL, chat INTEGER NOT NULL, body TEXT,
    state TEXT NOT NULL, after INTEGER NOT NULL DEFAULT 0, message INTEGER, at REAL NOT NULL,
    PRIMARY KEY (update_id, part)
);
CREATE TABLE IF NOT EXISTS answers (
    id INTEGER PRIMARY KEY AUTOINCREMENT, update_id INTEGER NOT NULL UNIQUE,
    chat INTEGER NOT NULL, thread INTEGER NOT NULL, "user" INTEGER NOT NULL,
    question_message INTEGER NOT NULL, command TEXT NOT NULL,
    question TEXT, history TEXT NOT NULL, forgotten INTEGER NOT NULL DEFAULT 0,
    kind TEXT NOT NULL, language TEXT NOT NULL, version TEXT NOT NULL, text TEXT NOT NULL,
    refused INTEGER NOT NULL, places TEXT NOT NULL, tail TEXT NOT NULL, at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS feedback (
    answer INTEGER NOT NULL, "user" INTEGER NOT NULL, asker INTEGER NOT NULL,
    vote INTEGER NOT NULL, question TEXT NOT NULL, history TEXT NOT NULL, kind TEXT NOT NULL,
    text TEXT NOT NULL, refused INTEGER NOT NULL, sources TEXT NOT NULL, version TEXT NOT NULL,
    at REAL NOT NULL, PRIMARY KEY (answer, "user")
);
CREATE TABLE IF NOT EXISTS uploads (
    id INTEGER PRIMARY KEY AUTOINCREMENT, update_id INTEGER NOT NULL UNIQUE,
    "user" INTEGER NOT NULL, chat INTEGER NOT NULL, name TEXT NOT NULL, title TEXT NOT NULL,
    content BLOB, at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS albums (
    chat INTEGER NOT NULL, album TEXT NOT NULL, update_id INTEGER NOT NULL, at REAL NOT NULL,
    PRIMARY KEY (chat, album)
);
CREATE TABLE IF NOT EXISTS moved (old INTEGER PRIMARY KEY, new INTEGER NOT NULL);
"""
INDEXES = """
CREATE INDEX IF NOT EXISTS updates_in_lane ON updates (lane, id) WHERE done = 0;
CREATE INDEX IF NOT EXISTS answers_of_place ON answers (chat, thread, "user");
CREATE INDEX IF NOT EXISTS answers_of_message ON answers (chat, question_message);
"""


# A supergroup goes on with what was asked in the group that it was.
_AT_PLACE = (
    '(chat = ? OR chat IN (SELECT old FROM moved WHERE new = ?)) AND thread = ? AND "user" = ?'
)


class StateUnavailable(KallbotError):  # noqa: N818 - a state of the database
    """The database is away or full for now; what was asked of it can be asked again."""


class ClaimLost(Exception):  # noqa: N818 - says what happened
    """Another process has taken over the update that this one is dealing with."""


class Cursor(Protocol):
    """What comes of a statement."""

    @property
    def rowcount(self) -> int:
        """How many rows were written."""

    def fetchall(self) -> list[Any]:
        """The rows that were read."""


class State(ABC):
    """The database; used from one thread. While it is away, everything raises StateUnavailable.

    Several processes may share one that says `is_shared`. Each claims a lane before it takes
    updates from it, and what it does with an update that another has meanwhile claimed raises
    ClaimLost and changes nothing.
    """

    is_shared: ClassVar[bool] = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @abstractmethod
    def close(self) -> None:
        """Let go of the database, and of what is claimed."""

    @abstractmethod
    def _execute(self, query: str, *values: object) -> Cursor:
        """Carry out a statement, as a transaction of its own where there is none."""

    @abstractmethod
    def _transaction(self, durable: bool = False) -> AbstractContextManager[object]:
        """All statements until the end of the block, or none; `durable` outlives a power cut."""

    # Claims

    def beat(self) -> int:
        """Tell the other processes that this one lives; returns how many live."""
        return 1

    def claim(self, lane: str) -> bool:
        """Take a lane for this process; False if it is another's."""
        return True

    def release(self, lane: str) -> None:
        """Give a lane back."""
        return

    def _hold(self, update_id: int) -> None:
        """Keep the claim to an update until the transaction ends; raises ClaimLost."""
        return

    def buckets(self, kind: str) -> Buckets:
        """What is left of people's allowances of one kind."""
        return MemoryBuckets()

    # Updates

    def accept(self, updates: Iterable[Arrival]) -> None:
        """Store the updates that are not known; when this returns they outlive a power cut."""
        with self._transaction(durable=True):
            for update in updates:
                self._execute(
                    "INSERT INTO updates (id, body, chat, message, at, lane) "
                    "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                    update.id, update.body, update.chat, update.message, time.time(), update.lane,
                )  # fmt: skip

    def open_lanes(self) -> dict[str, int]:
        """The lanes that no other process has claimed, and how many updates wait in each."""
        query = "SELECT lane, count(*) FROM updates WHERE done = 0 GROUP BY lane ORDER BY min(id)"
        return dict(self._all(query))

    def next_update(self, lane: str) -> tuple[int, str] | None:
        """The first update of a lane that is not dealt with, as id and JSON."""
        query = "SELECT id, body FROM updates WHERE done = 0 AND lane = ? ORDER BY id LIMIT 1"
        rows = self._all(query, lane)
        return rows[0] if rows else None

    def known_messages(self, limit: int) -> list[tuple[int, int]]:
        """The latest messages known, as chat and message id, oldest first."""
        rows = self._all(
            "SELECT chat, message FROM (SELECT chat, message, at FROM updates "
            "UNION ALL SELECT chat, message, at FROM outbox) AS known "
            "WHERE message IS NOT NULL ORDER BY at DESC LIMIT ?",
            limit,
        )
        return [(chat, message) for chat, message in reversed(rows)]

    def begin(self, update_id: int) -> int:
        """Note that an update is about to be dealt with; returns for which time, from 1.

        What `let_off` does not take back is a time that the process did not live through.
        """
        with self._transaction():
            self._hold(update_id)
            self._execute("UPDATE updates SET tries = tries + 1 WHERE id = ?", update_id)
            [(tries,)] = self._all("SELECT tries FROM updates WHERE id = ?", update_id)
        return int(tries)

    def tries(self, update_id: int) -> int:
        """How many times a process has ended while it dealt with an update."""
        rows = self._all("SELECT tries FROM updates WHERE id = ?", update_id)
        return int(rows[0][0]) if rows else 0

    def let_off(self, update_id: int) -> None:
        """Note that the process has lived through dealing with an update."""
        self._execute("UPDATE updates SET tries = tries - 1 WHERE id = ?", update_id)

    def finish(self, update_id: int) -> None:
        """Note that an update is dealt with, and forget what it and its reply said."""
        with self._transaction():
            self._hold(update_id)
            self._execute("UPDATE updates SET done = ?, body = NULL WHERE id = ?", _DONE, update_id)
            self._execute("UPDATE outbox SET body = NULL WHERE update_id = ?", update_id)

    def set_aside(self, update_id: int) -> None:
        """Pass over an update that cannot be dealt with, until `reopen`."""
        with self._transaction():
            self._hold(update_id)
            self._execute("UPDATE updates SET done = ? WHERE id = ?", _SET_ASIDE, update_id)

    def reopen(self) -> None:
        """Have what was set aside tried again."""
        self._execute("UPDATE updates SET done = ? WHERE done = ?", _OPEN, _SET_ASIDE)

    # Albums and groups

    def has_captioned(self, chat: int, album: str) -> bool:
        """Whether a message of an album that waits to be dealt with has a caption."""
        bodies = self._all("SELECT body FROM updates WHERE done = 0 AND chat = ?", chat)
        messages = (json.loads(body).get("message") or {} for (body,) in bodies)
        return any(one.get("media_group_id") == album and one.get("caption") for one in messages)

    def take_album(self, chat: int, album: str, update_id: int) -> bool:
        """Have an update be the one of an album that is replied to; False if another is."""
        self._execute(
            "INSERT INTO albums VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            chat, album, update_id, time.time(),
        )  # fmt: skip
        query = "SELECT update_id FROM albums WHERE chat = ? AND album = ?"
        return self._all(query, chat, album) == [(update_id,)]

    def follow_group(self, old: int, new: int) -> bool:
        """Note that a group has become a supergroup; whether that is new."""
        query = "INSERT INTO moved VALUES (?, ?) ON CONFLICT DO NOTHING"
        return self._execute(query, old, new).rowcount == 1

    def earlier_ids(self, chat: int) -> list[int]:
        """The ids that a supergroup had as a group."""
        return [old for (old,) in self._all("SELECT old FROM moved WHERE new = ?", chat)]

    # Outbox

    def plan(
        self, update_id: int, chat: int, bodies: Sequence[str], answer: StoredAnswer | None = None
    ) -> None:
        """Store the messages of a reply, and the answer they carry, before any is sent."""
        with self._transaction():
            self._hold(update_id)
            if answer is not None:
                self._insert_answer(answer)
            for part, body in enumerate(bodies):
                self._execute(
                    "INSERT INTO outbox (update_id, part, chat, body, state, at) "
                    "VALUES (?, ?, ?, ?, 'planned', ?) ON CONFLICT DO NOTHING",
                    update_id, part, chat, body, time.time(),
                )  # fmt: skip

    def outbox(self, update_id: int) -> list[OutboxRow]:
        """The messages of the reply to an update, in order."""
        query = (
            "SELECT update_id, part, coalesce(body, ''), state, after, message FROM outbox "
            "WHERE update_id = ? ORDER BY part"
        )
        return [OutboxRow(*row) for row in self._all(query, update_id)]

    def mark_sending(self, row: OutboxRow, after: int) -> None:
        """Note that a message is about to be sent."""
        with self._transaction():
            self._hold(row.update_id)
            self._execute(
                "UPDATE outbox SET state = 'sending', after = ? WHERE update_id = ? AND part = ?",
                after, row.update_id, row.part,
            )  # fmt: skip

    def mark(self, row: OutboxRow, state: str, message: int | None = None) -> None:
        """Note what became of a message, and its id where that is known."""
        self._execute(
            "UPDATE outbox SET state = ?, message = ? WHERE update_id = ? AND part = ?",
            state, message, row.update_id, row.part,
        )  # fmt: skip

    def adopt(self, old: int, new: int, parts: Sequence[int]) -> None:
        """Count messages of the reply to one update as the first of the reply to another."""
        with self._transaction():
            self._hold(new)
            for place, part in enumerate(parts):
                below = place - len(parts)  # parts count from 0 in both; those that move go below
                self._execute(
                    "UPDATE outbox SET update_id = ?, part = ? WHERE update_id = ? AND part = ?",
                    new, below, old, part,
                )  # fmt: skip

    # Answers

    @abstractmethod
    def next_answer(self) -> int:
        """An id for an answer, which no other gets."""

    def answer(self, number: int) -> StoredAnswer | None:
        """The answer with this id, if it is remembered."""
        return self._answer("id = ?", number)

    def answer_to(self, chat: int, message: int) -> StoredAnswer | None:
        """The latest answer to a person's message."""
        return self._answer("chat = ? AND question_message = ?", chat, message)

    def replace_answer(self, number: int, answer: StoredAnswer) -> None:
        """Put the answer to an edited question in place of the earlier one, under its id."""
        with self._transaction():
            self._hold(answer.update_id)
            self._execute("DELETE FROM answers WHERE id = ?", number)
            self._execute("DELETE FROM feedback WHERE answer = ?", number)
            self._insert_answer(answer)

    def history(self, place: Place, minutes: int, limit: int) -> tuple[str, ...]:
        """The latest questions of a person in a chat or topic, oldest first."""
        rows = self._all(
            f"SELECT question FROM answers WHERE {_AT_PLACE} "  # noqa: S608 - a constant
            "AND at > ? AND question IS NOT NULL AND forgotten = 0 AND command = 'ask' "
            "ORDER BY id DESC LIMIT ?",
            *_at(place), time.time() - 60 * minutes, limit,
        )  # fmt: skip
        return tuple(question for (question,) in reversed(rows))

    def forget_history(self, place: Place) -> None:
        """Begin again: earlier questions are no longer history."""
        self._execute(
            f"UPDATE answers SET forgotten = 1 WHERE {_AT_PLACE}",  # noqa: S608 - a constant
            *_at(place),
        )

    # Feedback

    def vote(self, answer: StoredAnswer, user: int, vote: int) -> bool:
        """Store a 👍 (1) or 👎 (-1); whether it differs from what the person said before."""
        query = 'SELECT vote FROM feedback WHERE answer = ? AND "user" = ?'
        known = self._all(query, answer.id, user)
        sources = json.dumps(sorted({place.document for place in answer.places}))
        self._execute(
            "INSERT INTO feedback VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
            'ON CONFLICT (answer, "user") DO UPDATE SET vote = excluded.vote, at = excluded.at',
            answer.id, user, answer.place.user, vote, answer.question, json.dumps(answer.history),
            answer.outcome, answer.text, int(answer.refused), sources, answer.version, time.time(),
        )  # fmt: skip
        return known != [(vote,)]

    def disliked(self) -> list[tuple[int, str, str, str, str, bool]]:
        """What got 👎: answer id, question, history (JSON), kind, short answer, refused."""
        return self._all(
            "SELECT DISTINCT answer, question, history, kind, text, refused FROM feedback "
            "WHERE vote < 0 ORDER BY answer"
        )

    def votes(self) -> tuple[int, int]:
        """How many 👍 and how many 👎 are stored."""
        query = "SELECT count(*) FILTER (WHERE vote > 0), count(*) FILTER (WHERE vote < 0) "
        [(up, down)] = self._all(query + "FROM feedback")
        return up, down

    # Uploads

    def offer_upload(self, update_id: int, upload: Upload) -> int:
        """Keep a document until its sender says yes or no; returns its id."""
        self._execute(
            'INSERT INTO uploads (update_id, "user", chat, name, title, content, at) '
            "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            update_id, upload.user, upload.chat, upload.name, upload.title, upload.content,
            time.time(),
        )  # fmt: skip
        [(number,)] = self._all("SELECT id FROM uploads WHERE update_id = ?", update_id)
        return int(number)

    def upload(self, number: int) -> Upload | None:
        """The document with this id, if it still waits."""
        query = 'SELECT id, "user", chat, name, title, content FROM uploads WHERE id = ?'
        rows = self._all(query, number)
        return Upload(*rows[0]) if rows else None

    def drop_upload(self, number: int) -> None:
        """Forget a document that waited."""
        self._execute("DELETE FROM uploads WHERE id = ?", number)

    # Forgetting

    def forget_person(self, user: int) -> None:
        """Delete all that is stored about a person's questions, answers and opinions."""
        with self._transaction():
            self._execute('DELETE FROM answers WHERE "user" = ?', user)
            self._execute('DELETE FROM feedback WHERE "user" = ? OR asker = ?', user, user)
            self._execute('DELETE FROM uploads WHERE "user" = ?', user)

    def forget_old(self, history_minutes: int) -> None:
        """Delete what has been kept as long as it is needed."""
        now = time.time()
        asked, kept = now - 60 * history_minutes, now - _ANSWER_DAYS * _DAY
        old = now - _KEPT_DAYS * _DAY
        with self._transaction():
            self._execute(
                "UPDATE answers SET question = NULL, history = '[]' "
                "WHERE question IS NOT NULL AND at < ?",
                asked,
            )
            self._execute("DELETE FROM answers WHERE at < ?", kept)
            self._execute("DELETE FROM updates WHERE done = ? AND at < ?", _DONE, old)
            self._execute("DELETE FROM outbox WHERE body IS NULL AND at < ?", old)
            self._execute("DELETE FROM uploads WHERE at < ?", now - _DAY)
            self._execute("DELETE FROM albums WHERE at < ?", now - _DAY)

    # SQL

    def _insert_answer(self, answer: StoredAnswer) -> None:
        place = answer.place
        places = [[part.document, part.text_hash, part.passage, part.quote]
                  for part in answer.places]  # fmt: skip
        self._execute(
            "INSERT INTO answers VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT DO NOTHING",
            answer.id, answer.update_id, place.chat, place.thread, place.user,
            answer.question_message, answer.command, answer.question, json.dumps(answer.history),
            0, answer.outcome, answer.language, answer.version, answer.text, int(answer.refused),
            json.dumps(places), answer.tail, time.time(),
        )  # fmt: skip

    def _answer(self, condition: str, *values: int) -> StoredAnswer | None:
        query = (
            'SELECT id, update_id, chat, thread, "user", question_message, command, question, '
            "history, kind, language, version, text, refused, places, tail FROM answers "
            "WHERE "
        )
        rows = self._all(query + condition + " ORDER BY id DESC LIMIT 1", *values)
        return _stored(rows[0]) if rows else None

    def _all(self, query: str, *values: object) -> list[Any]:
        return self._execute(query, *values).fetchall()


def _at(place: Place) -> tuple[int, int, int, int]:
    return place.chat, place.chat, place.thread, place.user


def _stored(row: tuple[Any, ...]) -> StoredAnswer:
    (number, update_id, chat, thread, user, message, command, question, history, outcome,
     language, version, text, refused, places, tail) = row  # fmt: skip
    return StoredAnswer(
        id=number,
        update_id=update_id,
        place=Place(chat, thread, user),
        question_message=message,
        command=command,
        question=question,
        history=tuple(json.loads(history)),
        outcome=outcome,
        language=language,
        version=version,
        text=text,
        refused=bool(refused),
        places=tuple(
            SourcePlace(document, text_hash, (passage[0], passage[1]), (quote[0], quote[1]))
            for document, text_hash, passage, quote in json.loads(places)
        ),
        tail=tail,
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
