"""What the bot remembers: updates, messages to send, answers, votes, uploads.

Each module has the statements of one concern, all over the connection of one `Database`, the same
for SQLite and PostgreSQL; the differences are in `sqlite_state` and `postgres_state`. The tables
are in `tables`, and the values that are stored and returned in `records`.
"""

import json
import time
from collections.abc import Collection

import sqlalchemy as sa

from bot.telegram.limits import Buckets, MemoryBuckets
from bot.telegram.state.answers import Answers, export_feedback
from bot.telegram.state.chats import Chats
from bot.telegram.state.database import ClaimLost, Database, StateUnavailable
from bot.telegram.state.outbox import Outbox
from bot.telegram.state.updates import OPEN_LANES, Updates
from bot.telegram.state.uploads import Uploads
from bot.telegram.tables import ALBUMS, ANSWERS, DONE, FEEDBACK, OUTBOX, UPDATES, UPLOADS

__all__ = [
    "OPEN_LANES",
    "Answers",
    "Chats",
    "ClaimLost",
    "Database",
    "Outbox",
    "State",
    "StateUnavailable",
    "Updates",
    "Uploads",
    "export_feedback",
]

_KEPT_DAYS = 3  # Telegram repeats an update for a day, and allows edits for two
_DAY = 86400.0
_ANSWER_DAYS = 30  # how long "Visa i källan" works; the question is deleted much earlier


class State(Updates, Outbox, Uploads, Chats):
    """All that is stored. While the database is unavailable, every method raises StateUnavailable.

    If several processes share it, a method that handles an update which another process has
    claimed meanwhile raises ClaimLost and changes nothing.
    """

    def buckets(self, kind: str) -> Buckets:
        """The remaining allowances of people, of one kind."""
        return MemoryBuckets()

    def forget_person(self, user: int) -> None:
        """Delete all that is stored about a person's questions, answers and votes.

        The questions are also removed from the histories of other people's questions.
        """
        asked = sa.select(ANSWERS.c.question, ANSWERS.c.chat).where(
            ANSWERS.c.user == user, ANSWERS.c.question.is_not(None)
        )
        with self._transaction():
            rows = self._all(asked)
            questions, chats = {text for text, _ in rows}, {chat for _, chat in rows}
            in_chats, of_others = ANSWERS.c.chat.in_(chats), FEEDBACK.c.asker != user
            self._remove_from_histories(ANSWERS, ANSWERS.c.id, questions, in_chats)
            self._remove_from_histories(FEEDBACK, FEEDBACK.c.answer, questions, of_others)
            self._delete(ANSWERS, ANSWERS.c.user == user)
            self._delete(FEEDBACK, sa.or_(FEEDBACK.c.user == user, FEEDBACK.c.asker == user))
            self._delete(UPLOADS, UPLOADS.c.user == user)

    def _remove_from_histories(
        self, table: sa.Table, key: sa.Column[int], questions: Collection[str],
        where: sa.ColumnElement[bool],
    ) -> None:  # fmt: skip
        """Remove questions from the histories in the rows of a table."""
        for number, history in self._all(sa.select(key, table.c.history).where(where)):
            asked: list[str] = json.loads(history or "[]")
            kept = [one for one in asked if one not in questions]
            if kept != asked:
                self._run(sa.update(table).where(key == number).values(history=json.dumps(kept)))

    def forget_old(self, history_minutes: int) -> None:
        """Delete what is no longer needed."""
        now = time.time()
        asked, old = now - 60 * history_minutes, now - _KEPT_DAYS * _DAY
        with self._transaction():
            has_question = ANSWERS.c.question.is_not(None)
            forget = sa.update(ANSWERS).where(has_question, ANSWERS.c.at < asked)
            self._run(forget.values(question=None, history="[]"))
            self._delete(ANSWERS, ANSWERS.c.at < now - _ANSWER_DAYS * _DAY)
            self._delete(UPDATES, UPDATES.c.done == DONE, UPDATES.c.at < old)
            self._delete(OUTBOX, OUTBOX.c.body.is_(None), OUTBOX.c.at < old)
            self._delete(UPLOADS, UPLOADS.c.at < now - _DAY)
            self._delete(ALBUMS, ALBUMS.c.at < now - _DAY)
