"""What all handlers share, and their common operations."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from telegram import Bot, CallbackQuery, Message, Update
from telegram.constants import ChatAction
from telegram.error import BadRequest, TelegramError

from bot.settings import Settings
from bot.telegram.library import Library
from bot.telegram.limits import Allowance, Pace
from bot.telegram.messages import Outgoing
from bot.telegram.metrics import Metrics
from bot.telegram.pool import FairPool, Result
from bot.telegram.records import Place, StoredAnswer
from bot.telegram.sender import Sender
from bot.telegram.state import State
from retrieval.types import Answer, Cost

if TYPE_CHECKING:  # most installations have no language model
    from retrieval.llm.reading import LanguageReader
    from retrieval.llm.reply import Rewriting

_LOG = logging.getLogger(__name__)
_TYPING_EVERY = 4.0  # seconds; Telegram shows it for five
_TYPING_GRACE = 0.5  # seconds to wait for a pending typing signal before answering
_MODEL_GRACE = 1.0  # seconds added so that the language model's own timeout comes first


@dataclass(slots=True)
class BotServices:
    """The settings, and all loaded or connected components; `library` is set once it is open."""

    settings: Settings
    client: Bot
    state: State
    pool: FairPool
    builder: FairPool
    writers: FairPool
    language: "LanguageReader | None"
    pace: Pace
    sender: Sender
    asked: Allowance
    pressed: Allowance
    metrics: Metrics
    library: Library = field(init=False)

    async def reply(
        self, update: Update, messages: Sequence[Outgoing], answer: StoredAnswer | None = None
    ) -> None:
        """Reply to an update: the reply is stored first, then sent until all of it has arrived."""
        if messages:
            bodies = [message.dumps() for message in messages]
            self.state.store_reply(update.update_id, messages[0].chat, bodies, answer)
            await self.sender.deliver(update.update_id)

    async def improve_answer(self, chat: int, answer: Answer) -> Answer:
        """The answer improved by the language model, if there is one and it responds in time."""
        language = self.language
        if language is None:
            return answer
        return await self._run_in_time(chat, lambda: language.read(answer)) or answer

    async def rewrite_question(
        self, chat: int, question: str, history: Sequence[str]
    ) -> "tuple[Rewriting | None, Cost | None]":
        """The searches that the language model adds to a question, and their cost; None if there
        is no model, or if it does not respond in time."""
        if self.language is None:
            return None, None
        work = partial(self.language.rewrite, question, history)
        return await self._run_in_time(chat, work) or (None, None)

    async def _run_in_time(self, chat: int, work: Callable[[], Result]) -> Result | None:
        """The result of work with the language model; None if the queue for it is too slow."""
        try:
            async with asyncio.timeout(self.settings.llm_timeout + _MODEL_GRACE):
                return await self.writers.run(chat, work)
        except TimeoutError:
            _LOG.warning("answered without the language model, which others kept waiting")
            return None

    async def say(self, update: Update, message: Message, html: str) -> None:
        """Reply with one message."""
        await self.reply(update, [self.to(message, html)])

    def to(self, message: Message, html: str = "") -> Outgoing:
        """A message to the place of another message; in a group, as a reply to it."""
        return Outgoing(
            chat=message.chat.id,
            html=html,
            thread=message.message_thread_id if message.is_topic_message else None,
            reply_to=None if is_private(message) else message.message_id,
        )

    async def toast(self, query: CallbackQuery, text: str = "", alert: bool = False) -> None:
        """Answer a callback query."""
        with suppress(BadRequest):  # too old to be answered
            await self.sender.repeat(lambda: query.answer(text or None, show_alert=alert))

    @asynccontextmanager
    async def typing(self, message: Message) -> AsyncIterator[None]:
        """Show "skriver…" during the block."""
        signalled = asyncio.Event()
        task = asyncio.create_task(self._send_typing(self.to(message), signalled))
        try:
            yield
        finally:
            with suppress(TimeoutError):  # "skriver…" after the answer would be misleading
                await asyncio.wait_for(signalled.wait(), _TYPING_GRACE)
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _send_typing(self, where: Outgoing, signalled: asyncio.Event) -> None:
        while True:
            if not self.pace.is_flooded(where.chat):
                try:
                    await self.client.send_chat_action(
                        where.chat, ChatAction.TYPING, message_thread_id=where.thread
                    )
                except TelegramError as error:  # only the answer is essential
                    _LOG.debug("no typing signal: %s", error)
            signalled.set()
            await asyncio.sleep(_TYPING_EVERY)


def is_private(message: Message) -> bool:
    """Whether a message is in a private chat."""
    return message.chat.type == message.chat.PRIVATE


def place_of(message: Message, user: int) -> Place:
    """The chat, topic and person that the history of a question belongs to."""
    thread = message.message_thread_id if message.is_topic_message else None
    return Place(message.chat.id, thread or 0, user)
