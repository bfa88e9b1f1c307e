"""What the bot remembers, in SQLite: updates, messages on their way, answers, feedback, uploads.

    updates   every update, from before Telegram is told that it arrived until it is dealt with
    outbox    every message of a reply, from before it is sent until Telegram has it
    answers   what was answered, for buttons, edits and follow-ups
    feedback  👍 and 👎
    uploads   documents that wait for a yes

An update that is done keeps its id and loses its content, so that it is known if it comes again.
"""

import json
import sqlite3
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

DATABASE = "telegram.sqlite"
_KEPT_DAYS = 3  # Telegram repeats an update for a day, and lets people edit for two
_DAY = 86400.0
_ANSWER_DAYS = 30  # how long "Visa i källan" works; the question itself goes much earlier

_SCHEMA = """
CREATE TABLE IF NOT EXISTS updates (
    id INTEGER PRIMARY KEY, body TEXT, done INTEGER NOT NULL DEFAULT 0,
    chat INTEGER, message INTEGER, at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS updates_open ON updates (id) WHERE done = 0;
CREATE TABLE IF NOT EXISTS outbox (
    update_id INTEGER NOT NULL, part INTEGER NOT NULL, chat INTEGER NOT NULL, body TEXT,
    state TEXT NOT NULL, after INTEGER NOT NULL DEFAULT 0, message INTEGER, at REAL NOT NULL,
    PRIMARY KEY (update_id, part)
);
CREATE TABLE IF NOT EXISTS answers (
    id INTEGER PRIMARY KEY AUTOINCREMENT, update_id INTEGER NOT NULL UNIQUE,
    chat INTEGER NOT NULL, thread INTEGER NOT NULL, user INTEGER NOT NULL,
    question_message INTEGER NOT NULL, command TEXT NOT NULL,
    question TEXT, history TEXT NOT NULL, forgotten INTEGER NOT NULL DEFAULT 0,
    kind TEXT NOT NULL, language TEXT NOT NULL, version TEXT NOT NULL, text TEXT NOT NULL,
    refused INTEGER NOT NULL, places TEXT NOT NULL, tail TEXT NOT NULL, at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS answers_of_place ON answers (chat, thread, user);
CREATE INDEX IF NOT EXISTS answers_of_message ON answers (chat, question_message);
CREATE TABLE IF NOT EXISTS feedback (
    answer INTEGER NOT NULL, user INTEGER NOT NULL, asker INTEGER NOT NULL, vote INTEGER NOT NULL,
    question TEXT NOT NULL, history TEXT NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL,
    refused INTEGER NOT NULL, sources TEXT NOT NULL, version TEXT NOT NULL, at REAL NOT NULL,
    PRIMARY KEY (answer, user)
);
CREATE TABLE IF NOT EXISTS uploads (
    id INTEGER PRIMARY KEY AUTOINCREMENT, update_id INTEGER NOT NULL UNIQUE,
    user INTEGER NOT NULL, chat INTEGER NOT NULL, name TEXT NOT NULL, title TEXT NOT NULL,
    content BLOB, at REAL NOT NULL
);
"""


@dataclass(frozen=True, slots=True)
class Arrival:
    """An update as it arrived: its JSON, and the chat and message that it carries, if any."""

    id: int
    body: str
    chat: int | None = None
    message: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where and by whom something is asked; `thread` is 0 outside forum topics."""

    chat: int
    thread: int
    user: int


@dataclass(frozen=True, slots=True)
class SourcePlace:
    """Where a quote stands: `quote` and `passage` are offsets in the document's text."""

    document: str
    text_hash: str
    passage: tuple[int, int]
    quote: tuple[int, int]


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """An answer as it is remembered; `question` is None when it has been forgotten.

    `command` is "ask" or "search"; `tail` is the HTML of the message that carries the buttons.
    """

    update_id: int
    place: Place
    question_message: int
    command: str
    question: str | None
    history: tuple[str, ...]
    kind: str
    language: str
    version: str
    text: str
    refused: bool
    places: tuple[SourcePlace, ...]
    tail: str
    id: int = 0


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A message of a reply: "planned", "sending" (it may have arrived), "sent" or "failed".

    `after` is the highest message id that its chat had when it was sent.
    """

    update_id: int
    part: int
    body: str
    state: str
    after: int
    message: int | None


@dataclass(frozen=True, slots=True)
class Upload:
    """A document that waits for a yes."""

    id: int
    user: int
    chat: int
    name: str
    title: str
    content: bytes


class State:
    """The database; used from one thread."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._db = sqlite3.connect(folder / DATABASE)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA secure_delete = ON")  # what is forgotten is gone from the disk
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(_SCHEMA)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    # Updates

    def accept(self, updates: Iterable[Arrival]) -> set[int]:
        """Store updates; returns the ids that were not known before."""
        # FULL: Telegram forgets an update when told of it, so it must outlive a power cut.
        self._db.execute("PRAGMA synchronous = FULL")
        new = set()
        with self._db:
            for update in updates:
                values = (update.id, update.body, update.chat, update.message, time.time())
                query = (
                    "INSERT OR IGNORE INTO updates (id, body, chat, message, at) "
                    "VALUES (?, ?, ?, ?, ?)"
                )
                if self._db.execute(query, values).rowcount:
                    new.add(update.id)
        self._db.execute("PRAGMA synchronous = NORMAL")
        return new

    def open_updates(self) -> list[tuple[int, str]]:
        """The updates that are not dealt with, in order, as id and JSON."""
        return self._all("SELECT id, body FROM updates WHERE done = 0 ORDER BY id")

    def known_messages(self, limit: int) -> list[tuple[int, int]]:
        """The latest messages known, as chat and message id, oldest first."""
        rows = self._all(
            "SELECT chat, message FROM (SELECT chat, message, at FROM updates "
            "UNION ALL SELECT chat, message, at FROM outbox) "
            "WHERE message IS NOT NULL ORDER BY at DESC LIMIT ?",
            limit,
        )
        return [(chat, message) for chat, message in reversed(rows)]

    def finish(self, update_id: int) -> None:
        """Note that an update is dealt with, and forget what it and its reply said."""
        with self._db:
            self._db.execute("UPDATE updates SET done = 1, body = NULL WHERE id = ?", (update_id,))
            self._db.execute("UPDATE outbox SET body = NULL WHERE update_id = ?", (update_id,))

    # Outbox

    def plan(
        self, update_id: int, chat: int, bodies: Sequence[str], answer: StoredAnswer | None = None
    ) -> None:
        """Store the messages of a reply, and the answer they carry, before any is sent."""
        with self._db:
            if answer is not None:
                self._insert_answer(answer)
            self._db.executemany(
                "INSERT OR IGNORE INTO outbox (update_id, part, chat, body, state, at) "
                "VALUES (?, ?, ?, ?, 'planned', ?)",
                [(update_id, part, chat, body, time.time()) for part, body in enumerate(bodies)],
            )

    def outbox(self, update_id: int) -> list[OutboxRow]:
        """The messages of the reply to an update, in order."""
        query = (
            "SELECT update_id, part, coalesce(body, ''), state, after, message FROM outbox "
            "WHERE update_id = ? ORDER BY part"
        )
        return [OutboxRow(*row) for row in self._all(query, update_id)]

    def mark_sending(self, row: OutboxRow, after: int) -> None:
        """Note that a message is about to be sent."""
        self._run(
            "UPDATE outbox SET state = 'sending', after = ? WHERE update_id = ? AND part = ?",
            after, row.update_id, row.part,
        )  # fmt: skip

    def mark(self, row: OutboxRow, state: str, message: int | None = None) -> None:
        """Note what became of a message, and its id where that is known."""
        self._run(
            "UPDATE outbox SET state = ?, message = ? WHERE update_id = ? AND part = ?",
            state, message, row.update_id, row.part,
        )  # fmt: skip

    def adopt(self, old: int, new: int, parts: Sequence[int]) -> None:
        """Count messages of the reply to one update as the first of the reply to another."""
        with self._db:
            # Parts count from 0 in both; those that move go below.
            self._db.executemany(
                "UPDATE OR REPLACE outbox SET update_id = ?, part = ? WHERE update_id = ? "
                "AND part = ?",
                [(new, place - len(parts), old, part) for place, part in enumerate(parts)],
            )

    # Answers

    def next_answer(self) -> int:
        """The id that the next answer gets."""
        query = "SELECT coalesce(max(seq), 0) + 1 FROM sqlite_sequence WHERE name = 'answers'"
        return self._value(query)

    def answer(self, number: int) -> StoredAnswer | None:
        """The answer with this id, if it is remembered."""
        return self._answer("id = ?", number)

    def answer_to(self, chat: int, message: int) -> StoredAnswer | None:
        """The latest answer to a person's message."""
        return self._answer("chat = ? AND question_message = ?", chat, message)

    def replace_answer(self, number: int, answer: StoredAnswer) -> None:
        """Put the answer to an edited question in place of the earlier one, under its id."""
        with self._db:
            self._db.execute("DELETE FROM answers WHERE id = ?", (number,))
            self._db.execute("DELETE FROM feedback WHERE answer = ?", (number,))
            self._insert_answer(answer)

    def history(self, place: Place, minutes: int, limit: int) -> tuple[str, ...]:
        """The latest questions of a person in a chat or topic, oldest first."""
        rows = self._all(
            "SELECT question FROM answers WHERE chat = ? AND thread = ? AND user = ? AND at > ? "
            "AND question IS NOT NULL AND forgotten = 0 AND command = 'ask' "
            "ORDER BY id DESC LIMIT ?",
            place.chat, place.thread, place.user, time.time() - 60 * minutes, limit,
        )  # fmt: skip
        return tuple(question for (question,) in reversed(rows))

    def forget_history(self, place: Place) -> None:
        """Begin anew: earlier questions are no longer history."""
        self._run(
            "UPDATE answers SET forgotten = 1 WHERE chat = ? AND thread = ? AND user = ?",
            place.chat, place.thread, place.user,
        )  # fmt: skip

    # Feedback

    def vote(self, answer: StoredAnswer, user: int, vote: int) -> bool:
        """Store a 👍 (1) or 👎 (-1); whether it differs from what the person said before."""
        known = self._all(
            "SELECT vote FROM feedback WHERE answer = ? AND user = ?", answer.id, user
        )
        sources = json.dumps(sorted({place.document for place in answer.places}))
        self._run(
            "INSERT OR REPLACE INTO feedback VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            answer.id, user, answer.place.user, vote, answer.question, json.dumps(answer.history),
            answer.kind, answer.text, answer.refused, sources, answer.version, time.time(),
        )  # fmt: skip
        return known != [(vote,)]

    def disliked(self) -> list[tuple[int, str, str, str, str, bool]]:
        """What got 👎: answer id, question, history (JSON), kind, short answer, refused."""
        return self._all(
            "SELECT answer, question, history, kind, text, refused FROM feedback "
            "WHERE vote < 0 GROUP BY answer ORDER BY answer"
        )

    def votes(self) -> tuple[int, int]:
        """How many 👍 and how many 👎 are stored."""
        query = "SELECT count(*) FILTER (WHERE vote > 0), count(*) FILTER (WHERE vote < 0) "
        [(up, down)] = self._all(query + "FROM feedback")
        return up, down

    # Uploads

    def offer_upload(self, update_id: int, upload: Upload) -> int:
        """Keep a document until its sender says yes or no; returns its id."""
        self._run(
            "INSERT OR IGNORE INTO uploads (update_id, user, chat, name, title, content, at) "
            "VALUES (?, ?, ?, ?, ?, ?, ?)",
            update_id, upload.user, upload.chat, upload.name, upload.title, upload.content,
            time.time(),
        )  # fmt: skip
        return self._value("SELECT id FROM uploads WHERE update_id = ?", update_id)

    def upload(self, number: int) -> Upload | None:
        """The document with this id, if it still waits."""
        query = "SELECT id, user, chat, name, title, content FROM uploads WHERE id = ?"
        rows = self._all(query, number)
        return Upload(*rows[0]) if rows else None

    def drop_upload(self, number: int) -> None:
        """Forget a document that waited."""
        self._run("DELETE FROM uploads WHERE id = ?", number)

    # Forgetting

    def forget_person(self, user: int) -> None:
        """Delete all that is stored about a person's questions, answers and opinions."""
        with self._db:
            self._db.execute("DELETE FROM answers WHERE user = ?", (user,))
            self._db.execute("DELETE FROM feedback WHERE user = ? OR asker = ?", (user, user))
            self._db.execute("DELETE FROM uploads WHERE user = ?", (user,))
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def forget_old(self, history_minutes: int) -> None:
        """Delete what has been kept as long as it is needed."""
        now = time.time()
        asked = now - 60 * history_minutes
        with self._db:
            self._db.execute(
                "UPDATE answers SET question = NULL, history = '[]' WHERE at < ?", (asked,)
            )
            kept = now - _ANSWER_DAYS * _DAY
            self._db.execute("DELETE FROM answers WHERE at < ?", (kept,))
            old = now - _KEPT_DAYS * _DAY
            self._db.execute("DELETE FROM updates WHERE done = 1 AND at < ?", (old,))
            self._db.execute("DELETE FROM outbox WHERE body IS NULL AND at < ?", (old,))
            self._db.execute("DELETE FROM uploads WHERE at < ?", (now - _DAY,))

    # SQL

    def _insert_answer(self, answer: StoredAnswer) -> None:
        place = answer.place
        places = [[part.document, part.text_hash, part.passage, part.quote]
                  for part in answer.places]  # fmt: skip
        self._db.execute(
            f"INSERT OR IGNORE INTO answers VALUES ({', '.join('?' * 18)})",  # noqa: S608
            (answer.id or None, answer.update_id, place.chat, place.thread, place.user,
             answer.question_message, answer.command, answer.question, json.dumps(answer.history),
             0, answer.kind, answer.language, answer.version, answer.text, answer.refused,
             json.dumps(places), answer.tail, time.time()),
        )  # fmt: skip

    def _answer(self, condition: str, *values: int) -> StoredAnswer | None:
        query = (
            "SELECT id, update_id, chat, thread, user, question_message, command, question, "
            "history, kind, language, version, text, refused, places, tail FROM answers "
            "WHERE "
        )
        rows = self._all(query + condition + " ORDER BY id DESC LIMIT 1", *values)
        return _stored(rows[0]) if rows else None

    def _run(self, query: str, *values: object) -> None:
        with self._db:
            self._db.execute(query, values)

    def _all(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        return self._db.execute(query, values).fetchall()

    def _value(self, query: str, *values: object) -> int:
        return int(self._db.execute(query, values).fetchone()[0])


def _stored(row: tuple[Any, ...]) -> StoredAnswer:
    (number, update_id, chat, thread, user, message, command, question, history, kind, language,
     version, text, refused, places, tail) = row  # fmt: skip
    return StoredAnswer(
        id=number,
        update_id=update_id,
        place=Place(chat, thread, user),
        question_message=message,
        command=command,
        question=question,
        history=tuple(json.loads(history)),
        kind=kind,
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
