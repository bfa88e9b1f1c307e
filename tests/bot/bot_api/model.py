"""What the server remembers: people, chats, messages, calls and queries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(eq=False)
class User:
    """A person or a bot."""

    id: int
    first_name: str
    username: str | None = None
    language_code: str | None = "sv"
    is_bot: bool = False
    blocks_bot: bool = False


@dataclass(eq=False)
class Chat:
    """A private chat, group, supergroup (a forum when it has topics) or channel."""

    id: int
    type: str
    title: str | None = None
    username: str | None = None
    user: User | None = None
    members: list[User] = field(default_factory=list)
    topics: dict[int, str] = field(default_factory=dict)
    bot_is_admin: bool = False
    bot_is_out: bool = False
    started: bool = True
    upgraded_to: int | None = None

    @property
    def is_forum(self) -> bool:
        """Whether messages stand in topics."""
        return bool(self.topics)


@dataclass(frozen=True)
class Button:
    """One inline button of a message."""

    text: str
    data: str | None = None
    url: str | None = None


@dataclass(frozen=True)
class Version:
    """What a message said at one time."""

    text: str
    entities: tuple[Json, ...]
    markup: Json | None
    time: float


@dataclass(eq=False)
class Message:
    """A message with the version that shows now and those it had before."""

    id: int
    chat: Chat
    sender: User | None
    versions: list[Version]
    topic: int | None = None
    reply_to: Message | None = None
    quote: Json | None = None
    document: Json | None = None
    via_bot: User | None = None
    as_chat: Chat | None = None
    inline_message_id: str | None = None
    deleted: bool = False
    silent: bool = False
    link_preview: Json | None = None
    service: bool = False
    thread: int | None = None
    date: int = 0
    extra: Json = field(default_factory=dict)
    update_ids: list[int] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The text (or caption) that shows now, after entities are parsed."""
        return self.versions[-1].text

    @property
    def entities(self) -> tuple[Json, ...]:
        """The entities of the text, with offset and length in UTF-16 units."""
        return self.versions[-1].entities

    @property
    def markup(self) -> Json | None:
        """The reply markup that shows now."""
        return self.versions[-1].markup

    @property
    def time(self) -> float:
        """When the first version was sent, as `time.monotonic()` tells it."""
        return self.versions[0].time

    @property
    def buttons(self) -> list[Button]:
        """The inline buttons that show now, in reading order."""
        rows = (self.markup or {}).get("inline_keyboard", [])
        return [Button(b["text"], b.get("callback_data"), b.get("url")) for r in rows for b in r]

    def button(self, text_or_data: str) -> Button:
        """The one button with this text or this callback data."""
        for button in self.buttons:
            if text_or_data in (button.text, button.data):
                return button
        raise LookupError(f"no button {text_or_data!r} among {self.buttons}")

    def entity_texts(self, kind: str) -> list[str]:
        """The pieces of the text under entities of this kind; pieces that touch are one."""
        spans: list[list[int]] = []
        for entity in self.entities:
            begin, end = entity["offset"], entity["offset"] + entity["length"]
            if entity["type"] != kind:
                continue
            if spans and spans[-1][1] == begin and kind in _STYLES:
                spans[-1][1] = end
            else:
                spans.append([begin, end])
        units = self.text.encode("utf-16-le")
        return [units[2 * begin : 2 * end].decode("utf-16-le") for begin, end in spans]


_STYLES = ("bold", "italic", "underline", "strikethrough", "spoiler")


@dataclass(eq=False)
class Callback:
    """A press on a button, and how the bot answered it."""

    id: str
    user: User
    data: str
    message: Message
    answered: bool = False
    expired: bool = False
    text: str | None = None
    show_alert: bool = False
    url: str | None = None
    time: float = 0.0
    answer_time: float | None = None
    update_id: int | None = None


@dataclass(eq=False)
class InlineQuery:
    """An inline query, and the results that the bot offered."""

    id: str
    user: User
    query: str
    offset: str
    answered: bool = False
    results: list[Json] = field(default_factory=list)
    answer: Json = field(default_factory=dict)
    time: float = 0.0
    answer_time: float | None = None
    update_id: int | None = None


@dataclass(eq=False)
class Call:
    """One request of the bot: what it asked, when, and what came of it."""

    method: str
    parameters: Json
    time: float
    finished: float | None = None
    status: int | None = None  # None while open or when the connection was dropped
    description: str | None = None
    result: Any = None
    took_effect: bool = False
    fault: str | None = None
