"""Inline mode: `@bot fråga` in any chat offers the answer, or the closest places, for sending."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from telegram import (
    InlineQuery,
    InlineQueryResultArticle,
    InputTextMessageContent,
    LinkPreviewOptions,
    Update,
)
from telegram.constants import ParseMode
from telegram.error import BadRequest

from bot import wording as say
from bot.answer_blocks import answer_blocks
from bot.answer_text import answer_lines, short_answer, words_for
from bot.telegram.access import Context
from bot.telegram.layout import clean, pack, prefix, text_block
from bot.telegram.messages import dressed, hit_blocks
from bot.telegram.services import BotServices
from bot.wording import Wording
from embeddings.errors import QuestionError
from retrieval.types import Answer, Citation, Hit, Outcome

_SHORTEST = 3
_HITS = 5
_CACHE = 30  # seconds that Telegram may cache the results for one person
_LONGEST = 2000  # characters of a passage
_TITLE, _DESCRIPTION = 64, 160


async def on_inline(bot: BotServices, update: Update, context: Context) -> None:
    """Offer answers to the text typed so far."""
    query = update.inline_query
    if query is None:
        return
    text = clean(query.query).strip()
    results: list[InlineQueryResultArticle] = []
    allowed = bot.pressed.take(query.from_user.id).allowed
    if len(text) >= _SHORTEST and not query.offset and allowed:
        results = await _results(bot, query, text)
    with suppress(BadRequest):  # the person has continued typing, and Telegram no longer waits
        await bot.sender.repeat(
            lambda: query.answer(results, cache_time=_CACHE if allowed else 0, is_personal=True)
        )


async def _results(
    bot: BotServices, query: InlineQuery, text: str
) -> list[InlineQueryResultArticle]:
    library = bot.library
    try:
        answer, _ = await bot.pool.run(query.from_user.id, lambda: library.ask(text, ()))
    except QuestionError:
        return []
    words = words_for(answer)
    if answer.is_refused:
        return [_place_result(answer, cited, text, words) for cited in answer.citations]
    if not answer.spans:
        return [_told_result(answer, text, words)]
    return [_answer_result(answer, text, words), *_hit_results(answer.hits[:_HITS], words)]


def _told_result(answer: Answer, asked: str, words: Wording) -> InlineQueryResultArticle:
    """The reply to small talk, or the documents that the answer lists."""
    html = pack([text_block(asked), *dressed(answer_blocks(answer), words)])[0]
    return _article("told", answer_lines(answer)[0], short_answer(answer), html)


def _answer_result(answer: Answer, asked: str, words: Wording) -> InlineQueryResultArticle:
    """The answer with its quote and source."""
    title = answer.citations[0].quote.document.title
    html = pack([text_block(asked), *dressed(answer_blocks(answer), words)])[0]
    return _article("answer", short_answer(answer), title, html)


def _place_result(
    answer: Answer, cited: Citation, asked: str, words: Wording
) -> InlineQueryResultArticle:
    """A place close to an answer, with a note that it may not contain one."""
    alone = replace(answer, citations=(replace(cited, number=1),))
    html = pack([text_block(asked), *dressed(answer_blocks(alone), words)])[0]
    is_found = answer.outcome is Outcome.FOUND
    title = (say.INLINE_PLACE if is_found else say.INLINE_HIT).format(
        title=cited.quote.document.title
    )
    return _article(f"place{cited.number}", title, cited.quote.text, html)


def _hit_results(hits: Sequence[Hit], words: Wording) -> list[InlineQueryResultArticle]:
    """Each passage with its source."""
    results = []
    for number, hit in enumerate(hits):
        title = say.INLINE_HIT.format(title=hit.passage.document.title)
        html = pack(hit_blocks(hit, _LONGEST, words))[0]
        results.append(_article(f"hit{number}", title, hit.passage.text, html))
    return results


def _article(number: str, title: str, description: str, html: str) -> InlineQueryResultArticle:
    return InlineQueryResultArticle(
        id=number,
        title=prefix(" ".join(clean(title).split()), _TITLE),
        description=prefix(" ".join(clean(description).split()), _DESCRIPTION),
        input_message_content=InputTextMessageContent(
            html,
            parse_mode=ParseMode.HTML,
            link_preview_options=LinkPreviewOptions(is_disabled=True),
        ),
    )
