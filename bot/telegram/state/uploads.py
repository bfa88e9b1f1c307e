"""The documents that an admin has sent and not yet decided on."""

import sqlalchemy as sa

from bot.telegram.records import Upload
from bot.telegram.state.database import Database
from bot.telegram.tables import UPLOADS


class Uploads(Database):
    """Stores documents that wait for a decision."""

    def offer_upload(self, update_id: int, upload: Upload) -> int:
        """Store a document until its sender decides on it; returns its id."""
        self._add(
            UPLOADS, update_id=update_id, user=upload.user, chat=upload.chat, name=upload.name,
            title=upload.title, content=upload.content,
        )  # fmt: skip
        [(number,)] = self._all(sa.select(UPLOADS.c.id).where(UPLOADS.c.update_id == update_id))
        return int(number)

    def upload(self, number: int) -> Upload | None:
        """The document with this id, if it waits for a decision."""
        columns = UPLOADS.c["id", "user", "chat", "name", "title", "content"]
        rows = self._all(sa.select(*columns).where(UPLOADS.c.id == number))
        return Upload(*rows[0]) if rows else None

    def drop_upload(self, number: int) -> None:
        """Delete a document that waits for a decision."""
        self._delete(UPLOADS, UPLOADS.c.id == number)
