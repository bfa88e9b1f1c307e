"""Messages that are no commands: questions, edited questions, and what the bot cannot read."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape

from telegram import Message, Update

from bot import wording as say
from bot.answer_blocks import answer_blocks
from bot.answer_text import example_question, has_more, short_answer, told_text, words_for
from bot.telegram.access import Context, asker, is_service, mentions, replied_words, without_mention
from bot.telegram.buttons import (
    MOST_HITS,
    Action,
    Keyboard,
    Press,
    answer_keyboard,
    hits_keyboard,
    page_buttons,
    sources_page,
)
from bot.telegram.layout import clean, pack
from bot.telegram.messages import Outgoing, dressed, hits_blocks, places_of
from bot.telegram.metrics import count_cost
from bot.telegram.records import OutboxRow, StoredAnswer
from bot.telegram.services import BotServices, is_private, place_of
from embeddings.errors import QuestionError, QuestionTooHeavy
from retrieval.overview import example_of
from retrieval.question import MAX_CHARACTERS
from retrieval.types import Answer, Hit, Intent, Language, Outcome

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A question as asked: the message, its text, and the earlier questions."""

    message: Message
    user: int
    text: str
    history: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnstoredReply:
    """A reply that is no stored answer: it has no follow-up questions and no votes."""

    html: str
    keyboard: Keyboard = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """A finished reply: the messages, and the answer to store."""

    messages: tuple[str, ...]
    keyboard: Keyboard
    answer: StoredAnswer


# Questions


async def on_text(bot: BotServices, update: Update, context: Context) -> None:
    """A question in a private chat, or one in a group addressed to the bot.

    If there is no text except the bot's name, the message replied to is the question.
    """
    message = update.effective_message
    if message is not None:
        text = without_mention(bot, message)
        has_words = any(letter.isalnum() for letter in text)
        meant = text if has_words else replied_words(bot, message) or text
        await ask(bot, update, message, meant)


async def ask(
    bot: BotServices,
    update: Update,
    message: Message,
    text: str,
    command: str = "ask",
) -> None:
    """Answer a question, or replace the answer to an edited one."""
    began = time.monotonic()
    user = asker(update)
    text = clean(text)
    earlier = bot.state.answer_to(message.chat.id, message.message_id)
    if update.edited_message is not None and earlier is not None and earlier.question == text:
        return  # Telegram also reports edits that leave the text unchanged
    if not await _check_rate_limit(bot, update, message, user):
        return
    asked = Incoming(message, user, text, _history(bot, message, user, earlier))
    async with bot.typing(message):
        reply = await _reply(bot, update, asked, command, earlier)
    if isinstance(reply, UnstoredReply):
        unstored = replace(bot.to(message), html=reply.html, keyboard=reply.keyboard)
        await bot.reply(update, [unstored])
        return
    if update.edited_message is not None and earlier is not None:
        await _replace_reply(bot, update, message, reply, earlier)
    else:
        await bot.reply(update, _outgoing(bot.to(message), reply), reply.answer)
    _count_question(bot, reply.answer, time.monotonic() - began)


async def _check_rate_limit(bot: BotServices, update: Update, message: Message, user: int) -> bool:
    """Whether the person is within the rate limit; sends a notice once if not."""
    verdict = bot.asked.take(user)
    if verdict.tell:
        text = say.SWEDISH.wait.format(seconds=int(verdict.wait) + 1)
        await bot.say(update, message, text)
    return verdict.allowed


def _history(
    bot: BotServices, message: Message, user: int, earlier: StoredAnswer | None
) -> tuple[str, ...]:
    """The earlier questions: of the answer replied to, else of this person in this place."""
    if earlier is not None:
        return earlier.history
    most = bot.settings.telegram_history_questions
    replied = _replied_answer(bot, message)
    if replied is not None and replied.question is not None:
        return (*replied.history, replied.question)[-most:] if most else ()
    if (said := clean(replied_words(bot, message))) and most:
        return (said,)
    minutes = bot.settings.telegram_history_minutes
    return bot.state.history(place_of(message, user), minutes, most)


def _replied_answer(bot: BotServices, message: Message) -> StoredAnswer | None:
    """The answer that a message replies to, identified by the buttons under it."""
    replied = message.reply_to_message
    if replied is None or replied.reply_markup is None:
        return None
    for row in replied.reply_markup.inline_keyboard:
        for button in row:
            press = Press.parse(str(button.callback_data or ""))
            found = bot.state.answer(press.answer) if press else None
            if found is not None and found.place.chat == message.chat.id:
                return found
    return None


async def _reply(
    bot: BotServices, update: Update, asked: Incoming, command: str, earlier: StoredAnswer | None
) -> Reply | UnstoredReply:
    """The reply to a question, with the answer to store if there is one."""
    library, text, history = bot.library, asked.text, asked.history
    try:
        if command == "search":
            hits, version = await bot.pool.run(
                asked.message.chat.id, lambda: library.search(text, MOST_HITS, ())
            )
            return _search_reply(bot, update, asked, hits, version, earlier)
        chat = asked.message.chat.id
        rewriting, cost = None, None
        if (
            bot.language is not None
            and bot.language.rewrites
            and await bot.pool.run(chat, lambda: library.is_about_content(text))
        ):
            rewriting, cost = await bot.rewrite_question(chat, text, history)
        answer, version = await bot.pool.run(chat, lambda: library.ask(text, history, rewriting))
    except QuestionTooHeavy as error:
        _LOG.warning("a question is declined: %s", error)
        return UnstoredReply(escape(say.SWEDISH.too_heavy))
    except QuestionError:
        return UnstoredReply(escape(_not_a_question(bot, text)))
    if not answer.can_be_followed_up:
        return _unstored_reply(bot, answer)
    read = await bot.improve_answer(chat, replace(answer, cost=cost))
    count_cost(bot.metrics, read)
    return _answer_reply(bot, update, asked, read, version, earlier)


def _unstored_reply(bot: BotServices, answer: Answer) -> UnstoredReply:
    """The reply to small talk, the newest or oldest documents, or all documents in pages."""
    if answer.outcome is Outcome.TALK or answer.intent is Intent.DOCUMENTS_COUNT:
        return UnstoredReply(escape(clean(told_text(answer))))
    if answer.intent in (Intent.DOCUMENTS_NEW, Intent.DOCUMENTS_OLD):
        is_begun = answer.intent is Intent.DOCUMENTS_NEW and has_more(answer)
        row = (
            page_buttons(0, 2, Action.SOURCES_PAGE) if is_begun else ()
        )  # the pages have the newest first
        html = pack(dressed(answer_blocks(answer), words_for(answer)))[0]
        return UnstoredReply(html, (row,) if row else ())
    return UnstoredReply(*sources_page(bot.library.listings, 0))


def _not_a_question(bot: BotServices, text: str) -> str:
    length = len(" ".join(text.split()))
    if length > MAX_CHARACTERS:
        return say.SWEDISH.too_long.format(length=length, limit=MAX_CHARACTERS)
    return say.SWEDISH.empty.format(example=example_for(bot))


def example_for(bot: BotServices) -> str:
    """An example question for these documents."""
    return clean(example_question(example_of(bot.library.listings), Language.SWEDISH))


def _answer_reply(
    bot: BotServices,
    update: Update,
    asked: Incoming,
    answer: Answer,
    version: str,
    earlier: StoredAnswer | None,
) -> Reply:
    number = earlier.id if earlier is not None else bot.state.next_answer()
    words = words_for(answer)
    messages = tuple(pack(dressed(answer_blocks(answer), words)))
    places = places_of(answer.citations)
    feedback = bot.settings.telegram_feedback
    cut = has_more(answer)
    keyboard = answer_keyboard(words, number, len(places), version, feedback, cut)
    stored = StoredAnswer(
        id=number,
        update_id=update.update_id,
        place=place_of(asked.message, asked.user),
        question_message=asked.message.message_id,
        command="ask",
        question=asked.text,
        history=asked.history,
        outcome=answer.outcome,
        language=answer.question.language,
        version=version,
        text="" if answer.is_refused else short_answer(answer),
        refused=answer.is_refused,
        places=places,
        tail=messages[-1],
    )
    return Reply(messages, keyboard, stored)


def _search_reply(
    bot: BotServices,
    update: Update,
    asked: Incoming,
    hits: Sequence[Hit],
    version: str,
    earlier: StoredAnswer | None,
) -> Reply | UnstoredReply:
    if not hits:
        return UnstoredReply(escape(say.SEARCH_NOTHING))
    number = earlier.id if earlier is not None else bot.state.next_answer()
    messages = tuple(pack(hits_blocks(hits, 0, say.SWEDISH))[:1])
    stored = StoredAnswer(
        id=number,
        update_id=update.update_id,
        place=place_of(asked.message, asked.user),
        question_message=asked.message.message_id,
        command="search",
        question=asked.text,
        history=(),
        outcome="",
        language=Language.SWEDISH,
        version=version,
        text="",
        refused=False,
        places=(),
        tail=messages[-1],
    )
    return Reply(messages, hits_keyboard(stored, 0, len(hits)), stored)


def _outgoing(to: Outgoing, reply: Reply) -> list[Outgoing]:
    """The messages of a reply, with the buttons under the last."""
    last = len(reply.messages) - 1
    return [
        replace(to, html=html, keyboard=reply.keyboard if part == last else ())
        for part, html in enumerate(reply.messages)
    ]


async def _replace_reply(
    bot: BotServices, update: Update, message: Message, reply: Reply, earlier: StoredAnswer
) -> None:
    """Edit the reply to an edited question; the number of messages may change."""
    rows = [row for row in bot.state.outbox(earlier.update_id) if row.message is not None]
    new = _outgoing(bot.to(message), reply)
    bot.state.replace_answer(earlier.id, reply.answer)
    edited = await _edit_rows(bot, message.chat.id, rows, new)
    for row in rows[len(new) :]:
        await bot.sender.delete(message.chat.id, row.message or 0)
    await bot.reply(update, new[edited:])
    # The next edit looks for the messages under this update.
    bot.state.move_messages(
        earlier.update_id, update.update_id, [row.part for row in rows[:edited]]
    )


async def _edit_rows(
    bot: BotServices, chat: int, rows: Sequence[OutboxRow], new: Sequence[Outgoing]
) -> int:
    """Edit the existing messages in order; return how many succeeded."""
    for number, (row, message) in enumerate(zip(rows, new, strict=False)):
        if not await bot.sender.edit(chat, row.message or 0, message.html, message.keyboard):
            return number
    return min(len(rows), len(new))


def _count_question(bot: BotServices, answer: StoredAnswer, seconds: float) -> None:
    bot.metrics.questions.inc()
    bot.metrics.latency.observe(seconds)
    if answer.refused:
        bot.metrics.refusals.labels(answer.outcome).inc()


# Everything else


async def on_other(bot: BotServices, update: Update, context: Context) -> None:
    """Photos, voice, stickers and so on: one friendly line; nothing for service messages."""
    message = update.message
    if message is None or is_service(message):
        return
    if not is_private(message) and not mentions(bot, message):
        return
    if bot.pressed.take(asker(update)).allowed:
        is_spoken = message.voice or message.audio or message.video_note
        await bot.say(update, message, say.NOT_HEARD if is_spoken else say.ONLY_TEXT)
