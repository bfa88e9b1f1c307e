"""The start-up phase before the bot can answer: what it reports to people and to /healthz."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from telegram import InlineQuery, InlineQueryResultsButton, Message, Update
from telegram.error import BadRequest, Forbidden
from telegram.ext import ApplicationHandlerStop

from bot import wording as say
from bot.telegram.access import check_access
from bot.telegram.services import BotServices

_PROGRESS_EVERY = 2.0  # seconds between two edits of the progress message
_LONGEST_SILENCE = 120.0  # seconds without contact with Telegram after which the bot is unhealthy
_SHARES = {"read": (0.0, 0.1), "embed": (0.1, 0.95), "write": (0.95, 1.0)}  # start and end


class Opening:
    """Whether the index is open, and the build progress if it has to be built first."""

    def __init__(self) -> None:
        self._open = asyncio.Event()
        self._built: float | None = None
        self.last_contact: Callable[[], float] | None = None

    @property
    def is_done(self) -> bool:
        """Whether questions can be answered."""
        return self._open.is_set()

    def progress(self, step: str, done: int, total: int) -> None:
        """Record the progress of building the index; thread-safe."""
        begin, end = _SHARES[step]
        share = begin + (end - begin) * done / max(total, 1)
        self._built = max(self._built or 0.0, min(share, 0.99))  # opening it takes time, too

    def done(self) -> None:
        """Release those who wait."""
        self._open.set()

    def health(self) -> tuple[bool, dict[str, Any]]:
        """Whether the bot is healthy, and the details."""
        if not self.is_done:
            if self._built is None:
                return False, {"status": "starting"}
            return False, {"status": "indexing", "progress": round(self._built, 2)}
        silent = self.last_contact and time.monotonic() - self.last_contact() > _LONGEST_SILENCE
        return not silent, {"status": "unavailable" if silent else "ok"}

    async def admit(self, bot: BotServices, update: Update) -> bool:
        """Wait until an update can be handled; False for one that is already done.

        Who asks something while the index is built is told the progress, and answered afterwards.
        """
        if self.is_done:
            return True
        if self._built is not None and update.callback_query is not None:
            await bot.toast(update.callback_query, self._text(say.INDEXING_PRESS), alert=True)
            return False
        if self._built is not None and update.inline_query is not None:
            await self._offer_nothing(bot, update.inline_query)
            return False
        message = update.message
        if message is not None:
            try:
                await check_access(bot, update)
            except ApplicationHandlerStop:
                return False
            with suppress(BadRequest, Forbidden):  # blocked meanwhile
                await self._show_progress(bot, message)
        await self._open.wait()
        return True

    def _text(self, line: str) -> str:
        return line.format(percent=int(100 * (self._built or 0.0)))

    async def _show_progress(self, bot: BotServices, message: Message) -> None:
        """Show a progress message until the index is open."""
        number, shown = None, ""
        while not self.is_done:
            if self._built is not None and (text := self._text(say.INDEXING)) != shown:
                shown = text
                if number is None:
                    sent = await bot.sender.post(replace(bot.to(message), html=text))
                    number = sent.message_id
                else:
                    await bot.sender.edit(message.chat.id, number, text)
            try:
                await asyncio.wait_for(self._open.wait(), _PROGRESS_EVERY if shown else 0.2)
            except TimeoutError:
                continue
        if number is not None:
            await bot.sender.edit(message.chat.id, number, say.INDEXED)

    async def _offer_nothing(self, bot: BotServices, query: InlineQuery) -> None:
        button = InlineQueryResultsButton(self._text(say.INDEXING_PRESS), start_parameter="id")
        await bot.sender.repeat(
            lambda: query.answer([], cache_time=0, is_personal=True, button=button)
        )
