"""Sending: every message of a reply exactly once, in order, however often Telegram fails.

A reply is stored in the outbox before any of it is sent. If a request failed in a way that leaves
open whether the message arrived (a lost connection, a 5xx, a killed process), the message is
searched for before it is sent again. Telegram has no method for that, but `editMessageText` shows
it: an edit that changes nothing is refused as "message is not modified", and only the message
itself can be edited to its own text without a change. The buttons carry the id of their answer, so
no two answers are alike.

There are few candidate ids: those above the highest that the chat had before, and, since the
private chats of a bot share one counter, not known to belong to another chat.
"""

import asyncio
import logging
import random
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import replace
from enum import Enum
from functools import partial
from typing import TypeVar

from telegram import Bot, LinkPreviewOptions, Message, ReplyParameters
from telegram.constants import ParseMode
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from bot.telegram.buttons import Keyboard, markup
from bot.telegram.limits import Pace
from bot.telegram.messages import Outgoing
from bot.telegram.records import OutboxRow
from bot.telegram.state import State
from bot.telegram.transport import NotSent, ResponseCut, retry_delay

_LOG = logging.getLogger(__name__)
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 30.0
_SETTLE = 0.4  # seconds in which a request that was cut off may still take effect
_MOST_PROBES = 64
_IDS_AHEAD = 20  # ids tried above the highest known: of messages in progress at a kill
_REMEMBERED = 4096
_SUPERGROUPS = -1_000_000_000_000  # the ids of supergroups and channels are lower
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)

Result = TypeVar("Result")


class Unsure(Enum):
    """The outcome of a search for a message, if it is not an id."""

    ABSENT = "absent"
    UNKNOWN = "unknown"


class Seen:
    """The known message ids; the message being searched for has none of them."""

    def __init__(self) -> None:
        self._chat: OrderedDict[int, int] = OrderedDict()  # only chats that share a counter
        self._highest: OrderedDict[int, int] = OrderedDict()
        self._top = 0
        self._shared = True

    def note(self, chat: int, message: int) -> None:
        """Record that a message with this id is in this chat."""
        self._highest[chat] = max(self._highest.get(chat, 0), message)
        self._highest.move_to_end(chat)
        if len(self._highest) > _REMEMBERED:
            self._highest.popitem(last=False)
        if not _is_counted_together(chat):
            return
        if self._chat.get(message, chat) != chat:
            self._shared = False  # a server of another kind, with a counter per chat
        self._chat[message] = chat
        self._top = max(self._top, message)
        if len(self._chat) > _REMEMBERED:
            self._chat.popitem(last=False)

    def highest(self, chat: int) -> int:
        """The highest known id in a chat, 0 if there is none."""
        return self._highest.get(chat, 0)

    def candidates(self, chat: int, after: int) -> list[int]:
        """The ids that an unknown message sent after `after` may have, in order."""
        shared = self._shared and _is_counted_together(chat)
        top = self._top if shared else self.highest(chat)
        ids = range(after + 1, max(top, after) + _IDS_AHEAD + 1)
        if not shared:
            return list(ids)
        return [number for number in ids if number not in self._chat]


class Sender:
    """Sends replies from the outbox, and performs all other idempotent calls."""

    def __init__(self, bot: Bot, state: State, pace: Pace) -> None:
        self._bot = bot
        self._state = state
        self._pace = pace
        self.seen = Seen()

    def load_known_ids(self) -> None:
        """Load the stored message ids, including those of other processes."""
        for chat, message in self._state.known_messages(_REMEMBERED):
            self.seen.note(chat, message)

    def record_migration(self, old: int, new: int) -> None:
        """Record that a group has become a supergroup, which inherits the group's access."""
        if self._state.record_migration(old, new):
            _LOG.warning(
                "group %s has become supergroup %s: write %s in KALLBOT_ALLOWED if %s is there",
                old, new, new, old,
            )  # fmt: skip

    async def deliver(self, update_id: int) -> list[int | None]:
        """Send the unsent part of the reply to an update; return the message ids, in order."""
        ids: list[int | None] = []
        for row in self._state.outbox(update_id):
            if row.state in {"sent", "failed"}:
                ids.append(row.message)
                continue
            message = _with_target(Outgoing.loads(row.body), ids)
            async with self._pace.lock_chat(message.chat):
                ids.append(await self._send(row, message))
        return ids

    async def _send(self, row: OutboxRow, message: Outgoing) -> int | None:
        """Send one message, retrying as needed; return its id if it is known."""
        doubt: NetworkError | None = None
        if row.state == "sending":  # by a process that ended before it got the response
            doubt = NetworkError("the process ended")
            await asyncio.sleep(_SETTLE)
        wait = _FIRST_WAIT
        after = row.after or max(self.seen.highest(message.chat), message.reply_to or 0)
        while True:
            if doubt is not None:
                found = await self._find_sent(message, after)
                if isinstance(found, int):
                    return self._mark_sent(row, message, found)
                if found is Unsure.UNKNOWN and isinstance(doubt, ResponseCut):
                    return self._mark_sent(row, message, None)  # a 200 confirms it
            try:
                await self._pace.wait(message.chat)
                self._state.mark_sending(row, after)
                sent = await self._request(message)
                self._pace.written(message.chat)
                return self._mark_sent(row, message, sent.message_id)
            except ChatMigrated as error:
                self.record_migration(message.chat, error.new_chat_id)
                message, doubt = replace(message, chat=error.new_chat_id), None
                after = self.seen.highest(message.chat)
            except RetryAfter as error:
                doubt = None
                self._pace.flooded(message.chat, retry_delay(error))
            except (Forbidden, BadRequest) as error:
                self._mark_refused(row, message, error)
                return None
            except NotSent as error:
                doubt = None
                wait = await self._back_off(error, wait)
            except NetworkError as error:
                doubt = error
                await asyncio.sleep(_SETTLE)
                wait = await self._back_off(error, wait)
            except TelegramError as error:
                doubt = None  # a proxy's 401, 404 or 409; those of Telegram end `Inbox.poll`
                wait = await self._back_off(error, wait)

    async def _request(self, message: Outgoing) -> Message:
        quoted = message.quote is not None and message.reply_to is not None
        reply = ReplyParameters(
            message_id=message.reply_to,
            allow_sending_without_reply=True,
            quote=message.quote if quoted else None,
            quote_position=message.quote_at if quoted else None,
        ) if message.reply_to else None  # fmt: skip
        try:
            return await self._post(message, reply)
        except BadRequest as error:
            if reply is None or not quoted or "quote" not in str(error).lower():
                raise
            _LOG.error("Telegram did not find the quote in the message: %s", error)
            return await self._post(message, ReplyParameters(message_id=reply.message_id))

    async def _post(self, message: Outgoing, reply: ReplyParameters | None) -> Message:
        return await self._bot.send_message(
            message.chat,
            message.html,
            parse_mode=ParseMode.HTML,
            message_thread_id=message.thread,
            reply_parameters=reply,
            reply_markup=markup(message.keyboard),
            link_preview_options=_NO_PREVIEW,
        )

    def _mark_sent(self, row: OutboxRow, message: Outgoing, number: int | None) -> int | None:
        # Stored before it is recorded: if storing fails, the message is searched for again, and a
        # search skips recorded messages.
        self._state.mark(row, "sent", number)
        if number is not None:
            self.seen.note(message.chat, number)
        return number

    def _mark_refused(self, row: OutboxRow, message: Outgoing, error: TelegramError) -> None:
        """Mark a message that Telegram will never accept: blocked, no rights, no such chat or
        topic."""
        level = logging.INFO if isinstance(error, Forbidden) else logging.ERROR
        _LOG.log(level, "a message to chat %s was refused: %s", message.chat, error)
        self._state.mark(row, "failed")

    async def _find_sent(self, message: Outgoing, after: int) -> int | Unsure:
        """Search for a message that may have arrived."""
        if self._state.is_shared:
            self.load_known_ids()
        candidates = self.seen.candidates(message.chat, after)
        few = len(candidates) <= _MOST_PROBES
        for number in candidates if few else candidates[-_MOST_PROBES:]:
            try:
                await self.repeat(
                    partial(self._edit, message.chat, number, message.html, message.keyboard)
                )
            except BadRequest as error:
                if "not modified" in str(error):
                    return number
            except TelegramError as error:
                _LOG.warning("could not look for a message: %s", error)
                return Unsure.UNKNOWN
            else:
                return number  # ours; if its text differed, the edit has updated it
        return Unsure.ABSENT if few else Unsure.UNKNOWN

    async def post(self, message: Outgoing) -> Message:
        """Send a message outside the outbox: after a lost response it may arrive twice."""
        async with self._pace.lock_chat(message.chat):
            await self._pace.wait(message.chat)
            try:
                sent = await self.repeat(lambda: self._request(message), message.chat)
            except ChatMigrated as error:
                self.record_migration(message.chat, error.new_chat_id)
                return await self.post(replace(message, chat=error.new_chat_id, reply_to=None))
            self._pace.written(message.chat)
            self.seen.note(message.chat, sent.message_id)
            return sent

    async def edit(self, chat: int, number: int, html: str, keyboard: Keyboard = ()) -> bool:
        """Edit one of our messages; False if Telegram refuses (deleted, blocked, moved)."""
        async with self._pace.lock_chat(chat):
            await self._pace.wait(chat)
            try:
                await self.repeat(lambda: self._edit(chat, number, html, keyboard), chat)
            except BadRequest as error:
                return "not modified" in str(error)
            except Forbidden:
                return False
            except ChatMigrated as error:  # where the message has another id
                self.record_migration(chat, error.new_chat_id)
                return False
        return True

    async def delete(self, chat: int, number: int) -> None:
        """Delete one of our messages, if Telegram allows it."""
        try:
            await self.repeat(lambda: self._bot.delete_message(chat, number), chat)
        except (BadRequest, Forbidden) as error:
            _LOG.info("a message in chat %s was not deleted: %s", chat, error)

    async def _edit(self, chat: int, number: int, html: str, keyboard: Keyboard) -> object:
        return await self._bot.edit_message_text(
            html,
            chat_id=chat,
            message_id=number,
            parse_mode=ParseMode.HTML,
            reply_markup=markup(keyboard),
            link_preview_options=_NO_PREVIEW,
        )

    async def repeat(
        self, call: Callable[[], Awaitable[Result]], chat: int | None = None
    ) -> Result:
        """Repeat an idempotent call until Telegram accepts or refuses it."""
        wait = _FIRST_WAIT
        while True:
            try:
                return await call()
            except RetryAfter as error:
                if chat is not None:
                    self._pace.flooded(chat, retry_delay(error))
                await asyncio.sleep(retry_delay(error))
            except BadRequest:
                raise
            except NetworkError as error:
                wait = await self._back_off(error, wait)

    async def _back_off(self, error: TelegramError, wait: float) -> float:
        """Sleep, and return the duration of the next sleep."""
        _LOG.warning("Telegram could not be reached (%s), trying again in %.1f s", error, wait)
        await asyncio.sleep(wait * random.uniform(0.8, 1.2))  # noqa: S311 - not a secret
        return min(2 * wait, _LONGEST_WAIT)


def _is_counted_together(chat: int) -> bool:
    """Whether a chat is private or a basic group; supergroups and channels have their own
    counters."""
    return chat > _SUPERGROUPS


def _with_target(message: Outgoing, ids: list[int | None]) -> Outgoing:
    """The message as a reply to the earlier part that it points to."""
    if message.part is None or message.part >= len(ids):
        return message
    target = ids[message.part]
    return replace(message, reply_to=target) if target else replace(message, quote=None)
