"""Updates: stored before Telegram gets the acknowledgement, then handled in order in each chat."""

import asyncio
import hmac
import json
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable
from contextlib import asynccontextmanager, nullcontext, suppress
from typing import Any

from aiohttp import web
from telegram import Message, Update
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from bot.telegram.buttons import split_data
from bot.telegram.records import Arrival
from bot.telegram.sender import Seen
from bot.telegram.state import ClaimLost, StateUnavailable, Updates
from bot.telegram.transport import Client, retry_delay
from embeddings.budget import SECONDS

_LOG = logging.getLogger(__name__)
KINDS = ("message", "edited_message", "callback_query", "inline_query")
_WAIT = 25  # seconds of long polling
_SHORTEST_WAIT = 1.0  # seconds between two attempts that give nothing
_CONFLICT_WINDOW = 5.0  # seconds from the start; a conflict then means another was first
_MOST_CONFLICTS = 6  # in a row, after which an instance that was first stops too
_FIRST_WAIT, _LONGEST_WAIT = 1.0, 10.0  # seconds between attempts to reach the database
_SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the name of a header
_LARGEST_UPDATE = 2**20
_MOST_TRIES = 2  # for an update that crashes the process
_UPDATE = "/uppdatera"  # the command that changes the index

Handle = Callable[[Update], Awaitable[None]]
Work = Callable[[int, str], Awaitable[None]]


class Lanes:
    """Processes stored updates sequentially in each lane, and the lanes in parallel.

    A lane is claimed while it is processed. Updates that another process stores in it meanwhile are
    processed here too, in order.
    """

    def __init__(self, state: Updates, work: Work) -> None:
        """`work` handles an update, given as id and JSON, and marks it as done."""
        self._state = state
        self._work = work
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._stopping = False

    def wake(self, lane: str) -> None:
        """Process a lane in which something has been stored."""
        if lane not in self._tasks and not self._stopping:
            self._tasks[lane] = asyncio.create_task(self._run(lane))

    async def drain(self, seconds: float) -> None:
        """Start nothing new, and let the work in progress finish within `seconds`."""
        self._stopping = True
        await _finish_tasks(self._tasks.values(), seconds)

    async def _run(self, lane: str) -> None:
        wait = _FIRST_WAIT
        try:
            while not self._stopping:
                try:
                    if not await self._process_lane(lane):
                        return
                except ClaimLost as error:
                    _LOG.warning("%s", error)
                    return
                except StateUnavailable as error:
                    _LOG.warning("%s; trying again in %.0f s", error, wait)
                    await asyncio.sleep(wait)
                    wait = min(2 * wait, _LONGEST_WAIT)
        finally:
            del self._tasks[lane]

    async def _process_lane(self, lane: str) -> bool:
        """Process all of a lane; return whether there is more once its claim is released.

        An update that another process stores before the release cannot be claimed there.
        """
        if not self._state.claim(lane):
            return False
        try:
            while not self._stopping and (found := self._state.next_update(lane)) is not None:
                await self._work(*found)
        finally:
            self._state.release(lane)
        return self._state.next_update(lane) is not None


class InlineQueue:
    """Handles inline queries as they are typed: only the latest of each person is queued."""

    def __init__(self, handle: Handle) -> None:
        self._handle = handle
        self._latest: dict[int, Update | None] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def put(self, person: int, update: Update) -> None:
        """Queue a query after the one in progress, replacing a waiting one."""
        is_idle = person not in self._latest
        self._latest[person] = update
        if is_idle:
            task = asyncio.create_task(self._run(person))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def drain(self, seconds: float) -> None:
        """Start nothing new, and let the work in progress finish within `seconds`."""
        self._latest = dict.fromkeys(self._latest)
        await _finish_tasks(self._tasks, seconds)

    async def _run(self, person: int) -> None:
        try:
            while (update := self._latest[person]) is not None:
                self._latest[person] = None
                await self._handle(update)
        except StateUnavailable as error:
            _LOG.warning("an inline query is not answered: %s", error)
        except Exception:
            _LOG.exception("an inline query could not be dealt with")
        finally:
            del self._latest[person]


async def _finish_tasks(tasks: Collection[asyncio.Task[None]], seconds: float) -> None:
    """Wait `seconds` for tasks, then cancel the unfinished ones."""
    if tasks:
        _, late = await asyncio.wait(set(tasks), timeout=seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)


class Inbox:
    """Receives updates from polling, from the webhook and from before a restart."""

    def __init__(
        self, bot: Client, state: Updates, seen: Seen, handle: Handle, decline: Handle
    ) -> None:
        """`decline` reports that an update is not handled."""
        self._bot = bot
        self._state = state
        self._seen = seen
        self._handle = handle
        self._decline = decline
        self._suspects = asyncio.Lock()
        self._lanes = Lanes(state, self._process_update)
        self._inline = InlineQueue(handle)
        self.last_contact = time.monotonic()

    def restore(self) -> int:
        """Resume the updates that were open when the last process ended; return their number."""
        self._state.renew_lease()
        self._state.reopen()
        return self.resume_unclaimed()

    def resume_unclaimed(self) -> int:
        """Process the pending updates that no other process has claimed; return their number."""
        lanes = self._state.open_lanes()
        for lane in lanes:
            self._lanes.wake(lane)
        return sum(lanes.values())

    def accept(self, arrived: Iterable[dict[str, Any]]) -> None:
        """Store updates and schedule their handling; on return they are safe.

        Raises StateUnavailable if they could not be stored.
        """
        updates = [raw for raw in arrived if _as_id(raw.get("update_id")) is not None]
        # An inline query is worthless a few seconds later, so it is not stored.
        kept = [_arrival(raw) for raw in updates if "inline_query" not in raw]
        if kept:
            self._state.accept(kept)
        for arrival in kept:
            self._lanes.wake(arrival.lane)
        for raw in updates:
            if "inline_query" in raw:
                self._queue_inline(raw)

    async def drain(self, seconds: float) -> None:
        """Start nothing new, and let the work in progress finish within `seconds`."""
        await asyncio.gather(self._lanes.drain(seconds), self._inline.drain(seconds))

    def _queue_inline(self, raw: dict[str, Any]) -> None:
        update = self._read(raw)
        if update is not None and update.inline_query is not None and update.effective_user:
            self._inline.put(update.effective_user.id, update)

    def _read(self, raw: dict[str, Any]) -> Update | None:
        """Parse an update; None if the library cannot read it."""
        try:
            update = Update.de_json(raw, self._bot)
            message = update.effective_message
            if isinstance(message, Message):
                self._seen.note(message.chat.id, message.message_id)
        except Exception:
            _LOG.exception("update %s is not one that can be read", raw["update_id"])
            return None
        return update

    async def _process_update(self, number: int, body: str) -> None:
        """Handle an update, and mark it as done; a failed one stays for the next start.

        An update during which a process has ended is tried once more, with no other suspect in
        parallel, so that updates merely in progress at that time are not blamed; then it is
        declined. One that takes longer than a question may is not waited for.
        """
        is_suspect = self._state.tries(number) > 0
        async with self._without_other_suspects() if is_suspect else nullcontext():
            await self._attempt(number, self._read(json.loads(body)))

    @asynccontextmanager
    async def _without_other_suspects(self) -> AsyncIterator[None]:
        """Wait until no other suspect is handled, but no longer than a question may take."""
        try:
            async with asyncio.timeout(SECONDS):
                await self._suspects.acquire()
        except TimeoutError:
            yield
            return
        try:
            yield
        finally:
            self._suspects.release()

    async def _attempt(self, number: int, update: Update | None) -> None:
        handle = self._handle
        if self._state.begin_attempt(number) > _MOST_TRIES:
            _LOG.error("update %s is declined: the process has ended with it %s times", number,
                       _MOST_TRIES)  # fmt: skip
            handle = self._decline
        try:
            if update is not None:
                await handle(update)
        except (asyncio.CancelledError, ClaimLost, StateUnavailable):
            self._forgive_attempt(number)
            raise
        except Exception:
            self._forgive_attempt(number)
            _LOG.exception("update %s could not be dealt with", number)
            self._state.set_aside(number)
        else:
            self._state.finish(number)

    def _forgive_attempt(self, number: int) -> None:
        with suppress(StateUnavailable):
            self._state.forgive_attempt(number)

    async def poll(self) -> None:
        """Fetch updates forever; raises Conflict or InvalidToken."""
        offset: int | None = None
        wait, conflicts, began = 1.0, 0, time.monotonic()
        while True:
            asked = time.monotonic()
            try:
                updates = await self._bot.raw_updates(offset, _WAIT, KINDS)
                self.accept(updates)
            except Conflict:
                conflicts += 1
                if conflicts >= _MOST_CONFLICTS or time.monotonic() < began + _CONFLICT_WINDOW:
                    raise
                await asyncio.sleep(1.0)
            except InvalidToken:
                raise
            except RetryAfter as error:
                await asyncio.sleep(retry_delay(error))
            except TelegramError as error:
                _LOG.warning("no updates (%s), trying again in %.0f s", error, wait)
                await asyncio.sleep(wait)
                wait = min(2 * wait, 30.0)
            except StateUnavailable as error:  # Telegram keeps the updates until there is room
                _LOG.warning("updates could not be stored: %s", error)
                await asyncio.sleep(10)
            else:
                wait, conflicts = 1.0, 0
                self.last_contact = time.monotonic()
                found = [_as_id(raw.get("update_id")) for raw in updates]
                numbers = [number for number in found if number is not None]
                offset = max(numbers) + 1 if numbers else offset
                if not numbers and time.monotonic() < asked + _SHORTEST_WAIT:
                    await asyncio.sleep(_SHORTEST_WAIT)  # a server that does not wait

    def webhook(self, path: str, secret: str) -> web.Application:
        """The web application for Telegram's requests; those without the secret token are
        refused."""

        async def receive(request: web.Request) -> web.Response:
            given = request.headers.get(_SECRET_HEADER, "")
            if not hmac.compare_digest(given.encode(errors="surrogateescape"), secret.encode()):
                return web.Response(status=403)
            try:
                raw = await request.json()
            except (ValueError, LookupError, RecursionError):
                return web.Response(status=400)
            if not isinstance(raw, dict):
                return web.Response(status=400)
            try:
                self.accept([raw])
            except StateUnavailable as error:  # Telegram delivers it again
                _LOG.warning("an update could not be stored: %s", error)
                return web.Response(status=503)
            return web.Response()

        application = web.Application(client_max_size=_LARGEST_UPDATE)
        application.add_routes([web.post(path, receive)])
        return application


def _arrival(raw: dict[str, Any]) -> Arrival:
    """The stored form of an update, with its lane and the message it carries."""
    press = raw.get("callback_query")
    message = raw.get("message") or raw.get("edited_message")
    if isinstance(press, dict):
        message = press.get("message")
    chat = number = None
    if isinstance(message, dict) and isinstance(message.get("chat"), dict):
        chat, number = _as_id(message["chat"].get("id")), _as_id(message.get("message_id"))
    lane = _lane(raw, chat, number)
    return Arrival(raw["update_id"], json.dumps(raw), lane, chat, number)


def _as_id(value: object) -> int | None:
    """A number that can be stored as an id; None for anything else."""
    return value if isinstance(value, int) and abs(value) < 2**63 else None


def _lane(raw: dict[str, Any], chat: int | None, number: int | None) -> str:
    """The lane of an update: that of the chat's questions, or of its button presses.

    Index operations are slow, so each has a lane of its own, but for the decisions on one message.
    """
    press = raw.get("callback_query")
    if isinstance(press, dict):
        data = press.get("data")
        action = split_data(data)[0] if isinstance(data, str) else None
        is_change = action is not None and action.changes_index
        return f"index {chat}/{number}" if is_change else f"press {chat or 0}"
    message = raw.get("message") or raw.get("edited_message")
    text = message.get("text") if isinstance(message, dict) else None
    is_change = isinstance(text, str) and text.lower().startswith(_UPDATE)
    return f"index {raw['update_id']}" if is_change else f"chat {chat or 0}"
