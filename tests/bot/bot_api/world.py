"""Everything that Telegram knows: chats, messages, files, and updates for the bot."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from typing import Any

from tests.bot.bot_api.errors import ApiError, bad_request, forbidden
from tests.bot.bot_api.faults import FloodGate, FloodLimits
from tests.bot.bot_api.model import (
    Call,
    Callback,
    Chat,
    InlineQuery,
    Json,
    Message,
    User,
    Version,
)

NOT_BY_DEFAULT = {"chat_member", "message_reaction", "message_reaction_count"}
MAX_DOWNLOAD = 20 * 1024 * 1024


# Whom Telegram names where a message is sent as a chat.
_ANONYMOUS_ADMIN = User(1087968824, "Group", "GroupAnonymousBot", is_bot=True)
_FAKE_CHANNEL = User(136817688, "Channel", "Channel_Bot", is_bot=True)


class World:
    """The state behind the server; every method wants the lock held."""

    def __init__(self, me: User, *, privacy: bool, limits: FloodLimits | None) -> None:
        self.me = me
        self.privacy = privacy
        self.gate = FloodGate(limits)
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        self.on_update: Callable[[], None] = lambda: None
        self.users: dict[int, User] = {me.id: me}
        self.chats: dict[int, Chat] = {}
        self.messages: dict[int, dict[int, Message]] = {}
        self.inline_messages: dict[str, Message] = {}
        self.files: dict[str, tuple[bytes, Json]] = {}
        self.calls: list[Call] = []
        self.callbacks: dict[str, Callback] = {}
        self.inline_queries: dict[str, InlineQuery] = {}
        self.pending: dict[int, Json] = {}
        self.acknowledged: set[int] = set()
        self.allowed_updates: list[str] = []
        self.webhook: Json = {}
        self.logged_out = False
        self.commands: dict[tuple[str, str], list[Json]] = {}
        self.descriptions: dict[tuple[str, str], str] = {}
        self._update_ids = itertools.count(500_000_001)
        self._shared_ids = itertools.count(1)
        self._ids: dict[int, itertools.count[int]] = {}
        self._keys = itertools.count(1)

    def key(self, prefix: str = "") -> str:
        """A new identifier, as long as Telegram's."""
        return f"{prefix}{4_000_000_000_000_000_000 + next(self._keys)}"

    # Updates

    def push(self, update: Json) -> int:
        """Keeps an update for the bot, unless it is of a kind that it did not ask for."""
        kind = next(iter(update))
        update_id = next(self._update_ids)
        asked = kind in self.allowed_updates if self.allowed_updates else kind not in NOT_BY_DEFAULT
        if asked:
            self.pending[update_id] = {"update_id": update_id, **update}
        self.changed.notify_all()
        self.on_update()
        return update_id

    def acknowledge(self, update_ids: list[int]) -> None:
        """Forgets updates that the bot has confirmed."""
        for update_id in update_ids:
            if self.pending.pop(update_id, None):
                self.acknowledged.add(update_id)
        self.changed.notify_all()

    # Chats and messages

    def chat(self, chat_id: Any, *, write: bool = True) -> Chat:
        """The chat that a bot names, or Telegram's error when it cannot send there."""
        if chat_id in (None, ""):
            raise bad_request("chat_id is empty")
        chat = self._find_chat(str(chat_id))
        if chat is None:
            raise bad_request("chat not found")
        if chat.upgraded_to is not None:
            raise ApiError(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=chat.upgraded_to,
            )
        if chat.bot_is_out:
            kind = "group" if chat.type == "group" else chat.type
            raise forbidden(f"bot was kicked from the {kind} chat")
        if write and chat.user is not None:
            if not chat.started:
                raise forbidden("bot can't initiate conversation with a user")
            if chat.user.blocks_bot:
                raise forbidden("bot was blocked by the user")
        return chat

    def _find_chat(self, name: str) -> Chat | None:
        if name.startswith("@"):
            return next(
                (
                    chat
                    for chat in self.chats.values()
                    if chat.user is None and (chat.username or "").lower() == name[1:].lower()
                ),
                None,
            )
        try:
            return self.chats.get(int(name))
        except ValueError:
            return None

    def next_id(self, chat: Chat) -> int:
        """The id of a chat's next message; private chats and groups share one row of ids.

        In a supergroup 1 is taken: its creation, and in a forum the general topic.
        """
        if chat.type in ("private", "group"):
            return next(self._shared_ids)
        return next(self._ids.setdefault(chat.id, itertools.count(2)))

    def add(
        self,
        chat: Chat,
        sender: User | None,
        text: str = "",
        entities: list[Json] | None = None,
        markup: Json | None = None,
        **fields: Any,
    ) -> Message:
        """Stores a new message."""
        version = Version(text, tuple(entities or ()), markup, time.monotonic())
        message = Message(
            self.next_id(chat), chat, sender, [version], date=int(time.time()), **fields
        )
        self.messages.setdefault(chat.id, {})[message.id] = message
        self.changed.notify_all()
        return message

    def edit(
        self, message: Message, text: str, entities: list[Json], markup: Json | None
    ) -> Message:
        """Gives a message a new version."""
        version = Version(text, tuple(entities), markup, time.monotonic())
        message.versions.append(version)
        self.changed.notify_all()
        return message

    def message(self, chat: Chat, message_id: Any) -> Message | None:
        """A message that still stands in a chat."""
        try:
            message = self.messages.get(chat.id, {}).get(int(message_id))
        except (TypeError, ValueError):
            return None
        return None if message is None or message.deleted else message

    def thread(self, message: Message) -> int | None:
        """The thread of replies that a message of a supergroup without topics is part of."""
        chat, replied = message.chat, message.reply_to
        if chat.type != "supergroup" or chat.is_forum or replied is None:
            return None
        return replied.thread or replied.id

    def add_file(self, name: str | None, data: bytes, mime: str | None, size: int) -> Json:
        """Stores a file and gives the document that stands for it."""
        file_id = self.key("BQACAgQAAxkBAAM")
        document: Json = {"file_id": file_id, "file_unique_id": f"AgAD{file_id[-12:]}"}
        document["file_size"] = size
        document |= {"file_name": name} if name is not None else {}
        document |= {"mime_type": mime} if mime is not None else {}
        self.files[file_id] = data, document
        return document

    def deliver(self, message: Message, *, edited: bool = False) -> None:
        """Tells the bot of a person's message, where privacy mode lets it see it."""
        if not self.is_visible(message):
            return
        kind = "channel_post" if message.chat.type == "channel" else "message"
        kind = f"edited_{kind}" if edited else kind
        message.update_ids.append(self.push({kind: self.render(message)}))

    def is_visible(self, message: Message) -> bool:
        """Whether the bot gets a message: privacy mode hides what is not meant for it."""
        chat = message.chat
        if chat.bot_is_out or (chat.user is not None and chat.user.blocks_bot):
            return False
        if chat.user is not None or chat.type == "channel" or chat.bot_is_admin:
            return True
        if not self.privacy or message.service or message.via_bot is self.me:
            return True
        if message.reply_to is not None and message.reply_to.sender is self.me:
            return True
        return any(self._is_for_bot(message, entity) for entity in message.entities)

    def _is_for_bot(self, message: Message, entity: Json) -> bool:
        units = message.text.encode("utf-16-le")
        begin, end = entity["offset"], entity["offset"] + entity["length"]
        text = units[2 * begin : 2 * end].decode("utf-16-le", "replace").lower()
        name = f"@{self.me.username}".lower()
        if entity["type"] == "bot_command":
            return "@" not in text or text.endswith(name)
        if entity["type"] == "text_mention":
            return bool(entity["user"]["id"] == self.me.id)
        return entity["type"] == "mention" and text == name

    # How things look in JSON

    def render(self, message: Message, *, nested: bool = False) -> Json:
        """A message as the Bot API writes it."""
        result: Json = {"message_id": message.id}
        if message.as_chat is not None:
            is_here = message.as_chat is message.chat
            result["from"] = self.render_user(_ANONYMOUS_ADMIN if is_here else _FAKE_CHANNEL)
            result["sender_chat"] = self.render_chat(message.as_chat)
        elif message.sender is not None:
            result["from"] = self.render_user(message.sender)
        if message.chat.type == "channel":
            result["sender_chat"] = self.render_chat(message.chat)
        result |= {"chat": self.render_chat(message.chat), "date": message.date}
        if len(message.versions) > 1:
            result["edit_date"] = int(time.time())
        if message.topic is not None:
            result |= {"message_thread_id": message.topic, "is_topic_message": True}
        elif message.thread is not None:
            result["message_thread_id"] = message.thread
        if message.via_bot is not None:
            result["via_bot"] = self.render_user(message.via_bot)
        if not nested:
            result |= self._render_reply(message)
        result |= self._render_content(message)
        if message.markup and "inline_keyboard" in message.markup:
            result["reply_markup"] = message.markup
        return result

    def _render_reply(self, message: Message) -> Json:
        replied = message.reply_to
        if replied is None and message.topic is not None:
            replied = self.messages[message.chat.id].get(message.topic)
        if replied is None or replied.deleted:
            return {}
        result: Json = {"reply_to_message": self.render(replied, nested=True)}
        if message.quote is not None:
            result["quote"] = message.quote
        return result

    def _render_content(self, message: Message) -> Json:
        entities = [self._render_entity(entity) for entity in message.entities]
        if message.document is not None or (message.extra and message.text):
            result: Json = {"document": message.document} if message.document else {}
            result |= {"caption": message.text} if message.text else {}
            result |= {"caption_entities": entities} if entities else {}
        elif message.text:
            result = {"text": message.text}
            result |= {"entities": entities} if entities else {}
            result |= {"link_preview_options": message.link_preview} if message.link_preview else {}
        else:
            result = {}
        return result | message.extra

    def _render_entity(self, entity: Json) -> Json:
        if entity["type"] != "text_mention":
            return entity
        user = self.users.get(entity["user"]["id"])
        return entity | ({"user": self.render_user(user)} if user else {})

    def render_user(self, user: User) -> Json:
        """A user as the Bot API writes it."""
        result: Json = {"id": user.id, "is_bot": user.is_bot, "first_name": user.first_name}
        result |= {"username": user.username} if user.username else {}
        if user.language_code and not user.is_bot:
            result["language_code"] = user.language_code
        return result

    def render_chat(self, chat: Chat) -> Json:
        """A chat as the Bot API writes it."""
        result: Json = {"id": chat.id, "type": chat.type}
        if chat.user is not None:
            result["first_name"] = chat.user.first_name
            result |= {"username": chat.user.username} if chat.user.username else {}
            return result
        result["title"] = chat.title
        result |= {"username": chat.username} if chat.username else {}
        result |= {"is_forum": True} if chat.is_forum else {}
        return result
