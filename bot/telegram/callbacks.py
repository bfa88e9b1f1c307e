"""Presses of the buttons for everybody. Each is answered, also that of a stale button."""

from collections.abc import Callable
from typing import TypeVar

from telegram import CallbackQuery, Message, Update

from bot import wording as say
from bot.answer_blocks import listed_blocks
from bot.answer_text import LISTED, has_more
from bot.telegram.access import Context, may_press
from bot.telegram.buttons import (
    MOST_HITS,
    Action,
    Press,
    answer_keyboard,
    hits_keyboard,
    listed_keyboard,
    page_number,
    short_version,
    sources_page,
    split_data,
)
from bot.telegram.layout import pack
from bot.telegram.messages import dressed, hits_blocks, source_messages, text_hash
from bot.telegram.records import StoredAnswer
from bot.telegram.services import BotServices
from bot.wording import Wording
from embeddings.errors import QuestionTooHeavy
from embeddings.types import Document

Found = TypeVar("Found")


async def on_press(bot: BotServices, update: Update, context: Context) -> None:
    """Handle a button under an answer or under a list of documents, or invalid data."""
    query = update.callback_query
    if query is None or not await may_press(bot, query):
        return
    message = query.message if isinstance(query.message, Message) else None
    data = query.data or ""
    press, page = Press.parse(data), _page(data)
    if message is None or (press is None and page is None):
        await bot.toast(query, say.SWEDISH.stale_button)
    elif press is not None:
        await _on_answer(bot, update, query, message, press)
    elif page is not None:
        await bot.toast(query)
        html, keyboard = sources_page(bot.library.listings, page)
        await bot.sender.edit(message.chat.id, message.message_id, html, keyboard)


def _page(data: str) -> int | None:
    """The page of documents requested by a button."""
    action, number = split_data(data)
    return page_number(number) if action is Action.SOURCES_PAGE else None


async def _on_answer(
    bot: BotServices, update: Update, query: CallbackQuery, message: Message, press: Press
) -> None:
    answer = bot.state.answer(press.answer)
    known = (
        answer is not None
        and answer.place.chat == message.chat.id
        and short_version(answer.version) == press.version
    )
    if answer is None or not known:
        await bot.toast(query, say.SWEDISH.stale_button)
        return
    words = say.wording_in(answer.language)
    if press.action is Action.SHOW_SOURCE:
        await _show_source(bot, update, query, message, answer, press.argument, words)
    elif press.action is Action.MORE_HITS:
        await _show_hits(bot, query, message, answer, press.argument, words)
    elif press.action is Action.MORE_OF_LIST:
        await _show_list(bot, query, message, answer, press.argument, words)
    elif press.action is Action.BACK_TO_ANSWER:
        await _show_answer(bot, query, message, answer, press.argument > 0, words)
    else:
        await _vote(bot, query, answer, 1 if press.action is Action.VOTE_UP else -1, words)


async def _show_source(
    bot: BotServices,
    update: Update,
    query: CallbackQuery,
    message: Message,
    answer: StoredAnswer,
    number: int,
    words: Wording,
) -> None:
    """Post the paragraph and point to the quote in it; or report that the source is gone."""
    if number >= len(answer.places):
        await bot.toast(query, words.stale_button)
        return
    place = answer.places[number]
    document: Document | None = await bot.pool.run(
        message.chat.id, lambda: bot.library.document(place.document)
    )
    if document is None or text_hash(document) != place.text_hash:
        await bot.toast(query, words.source_gone, alert=True)
        return
    await bot.toast(query, words.sent)
    await bot.reply(update, source_messages(document, place, words, bot.to(message)))


async def _show_hits(
    bot: BotServices,
    query: CallbackQuery,
    message: Message,
    answer: StoredAnswer,
    page: int,
    words: Wording,
) -> None:
    """Replace the answer with a page of passages; a button restores it."""
    library = bot.library
    hits = await _look_up(
        bot, query, message, answer, words,
        lambda question: library.search(question, MOST_HITS, answer.history),
    )  # fmt: skip
    if hits is None:
        return
    blocks = hits_blocks(hits, page, words)
    if len(blocks) == 1:
        await bot.toast(query, words.no_hits)
    else:
        await bot.toast(query)
        keyboard = hits_keyboard(answer, page, len(hits))
        await bot.sender.edit(message.chat.id, message.message_id, pack(blocks)[0], keyboard)


async def _show_list(
    bot: BotServices,
    query: CallbackQuery,
    message: Message,
    answer: StoredAnswer,
    page: int,
    words: Wording,
) -> None:
    """Replace the answer with a page of the documents it lists."""
    library = bot.library
    again = await _look_up(
        bot, query, message, answer, words,
        lambda question: library.ask(question, answer.history),
    )  # fmt: skip
    if again is None:
        return
    if not has_more(again, (page - 1) * LISTED):
        await bot.toast(query, words.stale_button)
    else:
        await bot.toast(query)
        keyboard = listed_keyboard(answer, page, has_more(again, page * LISTED))
        html = pack(dressed(listed_blocks(again, page * LISTED), words))[0]
        await bot.sender.edit(message.chat.id, message.message_id, html, keyboard)


async def _look_up(
    bot: BotServices,
    query: CallbackQuery,
    message: Message,
    answer: StoredAnswer,
    words: Wording,
    look_up: Callable[[str], tuple[Found, str]],
) -> Found | None:
    """Look up the question of an answer again in the same index version; None, after a notice, if
    the question is forgotten or too heavy, or the index has changed."""
    question = answer.question
    if question is None:
        await bot.toast(query, words.forgotten, alert=True)
        return None
    try:
        found, version = await bot.pool.run(message.chat.id, lambda: look_up(question))
    except QuestionTooHeavy:
        await bot.toast(query, words.too_heavy, alert=True)
        return None
    if version != answer.version:
        await bot.toast(query, words.index_changed, alert=True)
        return None
    return found


async def _show_answer(
    bot: BotServices,
    query: CallbackQuery,
    message: Message,
    answer: StoredAnswer,
    is_cut: bool,
    words: Wording,
) -> None:
    """Replace the hits, or the rest of a list (if the answer `is_cut`), with the answer."""
    await bot.toast(query)
    feedback = bot.settings.telegram_feedback
    keyboard = answer_keyboard(
        words, answer.id, len(answer.places), answer.version, feedback, is_cut
    )
    await bot.sender.edit(message.chat.id, message.message_id, answer.tail, keyboard)


async def _vote(
    bot: BotServices, query: CallbackQuery, answer: StoredAnswer, vote: int, words: Wording
) -> None:
    """Store the person's vote on the answer; a second press changes it."""
    if not bot.settings.telegram_feedback:
        await bot.toast(query, words.stale_button)
    elif answer.question is None:
        await bot.toast(query, words.forgotten, alert=True)
    else:
        new = bot.state.vote(answer, query.from_user.id, vote)
        thanks = words.thanks_up if vote > 0 else words.thanks_down
        await bot.toast(query, thanks if new else words.noted)
