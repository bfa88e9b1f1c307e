"""What the bot remembers of chats: albums, and groups that have become supergroups."""

import json

import sqlalchemy as sa

from bot.telegram.state.database import Database
from bot.telegram.tables import ALBUMS, IS_PENDING, MOVED, UPDATES


class Chats(Database):
    """Stores which update of an album gets the reply, and the earlier ids of supergroups."""

    def has_captioned(self, chat: int, album: str) -> bool:
        """Whether a pending message of an album has a caption."""
        bodies = self._all(sa.select(UPDATES.c.body).where(IS_PENDING, UPDATES.c.chat == chat))
        messages = (json.loads(body).get("message") or {} for (body,) in bodies)
        return any(one.get("media_group_id") == album and one.get("caption") for one in messages)

    def take_album(self, chat: int, album: str, update_id: int) -> bool:
        """Make an update the one of an album that gets the reply; False if another one is."""
        self._add(ALBUMS, chat=chat, album=album, update_id=update_id)
        query = sa.select(ALBUMS.c.update_id).where(ALBUMS.c.chat == chat, ALBUMS.c.album == album)
        return self._all(query) == [(update_id,)]

    def record_migration(self, old: int, new: int) -> bool:
        """Store that a group has become a supergroup; returns whether that was unknown."""
        return self._add(MOVED, old=old, new=new) == 1

    def earlier_ids(self, chat: int) -> list[int]:
        """The ids that a supergroup had as a group."""
        return [old for (old,) in self._all(earlier_ids_query(chat))]


def earlier_ids_query(chat: int) -> sa.Select[int]:
    """Selects the ids that a supergroup had as a group."""
    return sa.select(MOVED.c.old).where(MOVED.c.new == chat)
