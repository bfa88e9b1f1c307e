"""The messages of replies, stored before they are sent."""

from collections.abc import Sequence

import sqlalchemy as sa

from bot.telegram.records import OutboxRow, StoredAnswer
from bot.telegram.state.answers import Answers
from bot.telegram.tables import OUTBOX, UPDATES


class Outbox(Answers):
    """Stores each reply with the answer that it contains, and the progress of sending it."""

    def store_reply(
        self, update_id: int, chat: int, bodies: Sequence[str], answer: StoredAnswer | None = None
    ) -> None:
        """Store the messages of a reply, and the answer in it, before any message is sent."""
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
        """Record that a message is about to be sent."""
        with self._transaction():
            self._lock_claim(row.update_id)
            self._change_message(row.update_id, row.part, state="sending", after=after)

    def mark(self, row: OutboxRow, state: str, message: int | None = None) -> None:
        """Record the state of a message, and its id if it is known."""
        self._change_message(row.update_id, row.part, state=state, message=message)

    def move_messages(self, old: int, new: int, parts: Sequence[int]) -> None:
        """Make parts of the reply to one update the first parts of the reply to another."""
        with self._transaction():
            self._lock_claim(new)
            for place, part in enumerate(parts):
                below = place - len(parts)  # negative: both replies have parts from 0 on
                self._change_message(old, part, update_id=new, part=below)

    def known_messages(self, limit: int) -> list[tuple[int, int]]:
        """The latest known messages, received and sent, as chat and message id, oldest first."""
        known = sa.union_all(
            *(sa.select(table.c.chat, table.c.message, table.c.at) for table in (UPDATES, OUTBOX))
        ).subquery()
        query = sa.select(known.c.chat, known.c.message).where(known.c.message.is_not(None))
        rows = self._all(query.order_by(known.c.at.desc()).limit(limit))
        return [(chat, message) for chat, message in reversed(rows)]

    def _change_message(self, of_update: int, at_part: int, **values: object) -> None:
        message = sa.and_(OUTBOX.c.update_id == of_update, OUTBOX.c.part == at_part)
        self._run(sa.update(OUTBOX).where(message).values(**values))
