"""Updates: stored before Telegram is told that they arrived, then handled in order in each chat."""

import asyncio
import hmac
import json
import logging
import sqlite3
import time
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Iterable
from contextlib import suppress
from typing import Any

from aiohttp import web
from telegram import Message, Update
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from bot.telegram.sender import Seen
from bot.telegram.state import Arrival, State
from bot.telegram.transport import Client

_LOG = logging.getLogger(__name__)
KINDS = ("message", "edited_message", "callback_query", "inline_query")
_WAIT = 25  # seconds that Telegram holds a request for updates open
_NEWCOMER = 5.0  # seconds of polling in which another instance is taken to have been first
_CONFLICTS = 6  # in a row, after which an instance that was there before gives way
_MOST_OPEN = 3000  # updates in memory, beyond which the rest may wait at Telegram
_SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header
_LARGEST_UPDATE = 2**20

Handle = Callable[[Update], Awaitable[None]]


class Lanes:
    """Handles updates one after another in each lane, and the lanes beside each other."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        self._lanes: dict[Hashable, deque[Update]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopping = False

    @property
    def waiting(self) -> int:
        """How many updates wait their turn."""
        return sum(len(lane) for lane in self._lanes.values())

    def put(self, update: Update) -> None:
        """Have an update handled when its turn comes."""
        key = lane_of(update)
        lane = self._lanes.get(key)
        if lane is None:
            self._lanes[key] = deque([update])
            task = asyncio.create_task(self._run(key))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            return
        if update.inline_query is not None:
            lane.clear()  # the person has typed on
        lane.append(update)

    async def drain(self, seconds: float) -> None:
        """Begin nothing new, and give what is under way so long to end."""
        self._stopping = True
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _run(self, key: Hashable) -> None:
        lane = self._lanes[key]
        try:
            while lane and not self._stopping:
                await self._handle(lane.popleft())
        finally:
            del self._lanes[key]


def lane_of(update: Update) -> Hashable:
    """What an update has to wait for: the chat's earlier questions, or its earlier presses.

    Work on the index takes its time, and nothing else need wait for it.
    """
    if update.inline_query is not None:
        return "inline", update.inline_query.from_user.id
    chat = update.effective_chat.id if update.effective_chat else 0
    if update.callback_query is not None:
        changes = (update.callback_query.data or "").startswith(("y:", "n:", "r:", "x:", "z:"))
        return ("index", update.update_id) if changes else ("press", chat)
    text = (update.effective_message.text or "") if update.effective_message else ""
    return ("index", update.update_id) if text.startswith("/uppdatera") else ("chat", chat)


class Inbox:
    """Where updates come in, from polling, from the webhook and from before a restart."""

    def __init__(self, bot: Client, state: State, seen: Seen, handle: Handle) -> None:
        self._bot = bot
        self._state = state
        self._seen = seen
        self._handle_one = handle
        self.lanes = Lanes(self._handle)
        self.last_contact = time.monotonic()

    def restore(self) -> int:
        """Take up what was not dealt with when the last process ended; returns how much."""
        left = self._state.open_updates()
        for number, body in left:
            self._enter(number, json.loads(body))
        return len(left)

    def accept(self, arrived: Iterable[dict[str, Any]]) -> None:
        """Store updates and have the new ones handled; when this returns they are safe."""
        updates = [raw for raw in arrived if isinstance(raw.get("update_id"), int)]
        kept = [_arrival(raw) for raw in updates if "inline_query" not in raw]
        new = self._state.accept(kept) if kept else set()
        for raw in updates:
            # An inline query is worth nothing a few seconds later, and so is not kept.
            if raw["update_id"] in new or "inline_query" in raw:
                self._enter(raw["update_id"], raw)

    def _enter(self, number: int, raw: dict[str, Any]) -> None:
        try:
            update = Update.de_json(raw, self._bot)
            message = update.effective_message
        except Exception:
            _LOG.exception("update %s is not one that can be read", number)
            self._state.finish(number)
            return
        if isinstance(message, Message):
            self._seen.note(message.chat.id, message.message_id)
        self.lanes.put(update)

    async def _handle(self, update: Update) -> None:
        """Handle an update, and note that it is dealt with; what fails stays for the next start."""
        try:
            await self._handle_one(update)
        except Exception:
            _LOG.exception("update %s could not be dealt with", update.update_id)
            return
        if update.inline_query is None:
            self._state.finish(update.update_id)

    async def poll(self) -> None:
        """Fetch updates for ever; raises Conflict or InvalidToken."""
        offset: int | None = None
        wait, conflicts, began = 1.0, 0, time.monotonic()
        while True:
            while self.lanes.waiting > _MOST_OPEN:
                await asyncio.sleep(0.2)
            try:
                updates = await self._bot.raw_updates(offset, _WAIT, KINDS)
                self.accept(updates)
            except Conflict:
                conflicts += 1
                if conflicts >= _CONFLICTS or time.monotonic() < began + _NEWCOMER:
                    raise
                await asyncio.sleep(1.0)
            except InvalidToken:
                raise
            except RetryAfter as error:
                await asyncio.sleep(_seconds(error))
            except TelegramError as error:
                _LOG.warning("no updates (%s), trying again in %.0f s", error, wait)
                await asyncio.sleep(wait)
                wait = min(2 * wait, 30.0)
            except sqlite3.Error:  # a full disk: Telegram keeps the updates until there is room
                _LOG.exception("updates could not be stored")
                await asyncio.sleep(10)
            else:
                wait, conflicts = 1.0, 0
                self.last_contact = time.monotonic()
                numbers = [raw["update_id"] for raw in updates if "update_id" in raw]
                offset = max(numbers) + 1 if numbers else offset

    def webhook(self, path: str, secret: str) -> web.Application:
        """What Telegram delivers to; a request without the secret token is refused."""

        async def receive(request: web.Request) -> web.Response:
            given = request.headers.get(_SECRET_HEADER, "")
            if not hmac.compare_digest(given.encode(), secret.encode()):
                return web.Response(status=403)
            try:
                raw = await request.json()
            except ValueError:
                return web.Response(status=400)
            if not isinstance(raw, dict):
                return web.Response(status=400)
            self.accept([raw])
            return web.Response()

        application = web.Application(client_max_size=_LARGEST_UPDATE)
        application.add_routes([web.post(path, receive)])
        return application


def _arrival(raw: dict[str, Any]) -> Arrival:
    """An update as it is stored, with the message that it carries."""
    press = raw.get("callback_query")
    message = raw.get("message") or raw.get("edited_message")
    if isinstance(press, dict):
        message = press.get("message")
    chat = number = None
    with suppress(KeyError, TypeError):
        chat, number = int(message["chat"]["id"]), int(message["message_id"])  # type: ignore[index]
    return Arrival(raw["update_id"], json.dumps(raw), chat, number)


def _seconds(error: RetryAfter) -> float:
    wanted = error.retry_after
    return float(wanted if isinstance(wanted, int) else wanted.total_seconds())
