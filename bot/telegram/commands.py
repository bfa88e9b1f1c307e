"""Commands for everybody, and /status for admins."""

from dataclasses import replace
from html import escape
from importlib.metadata import version

from telegram import Message, Update

from bot import wording as say
from bot.telegram.access import Context, asker, is_admin, replied_words, require_admin
from bot.telegram.buttons import short_version, sources_page
from bot.telegram.handlers import ask, example_for
from bot.telegram.library import index_day
from bot.telegram.metrics import count, memory_megabytes
from bot.telegram.services import BotServices, place_of
from retrieval.types import Outcome


async def on_question(bot: BotServices, update: Update, context: Context) -> None:
    """/fraga with a question; without one, the message replied to is the question."""
    message = update.effective_message
    if message is None:
        return
    if text := _argument(message) or replied_words(bot, message):
        await ask(bot, update, message, text)
    else:
        await bot.say(update, message, escape(say.ASK_IN_GROUP.format(example=example_for(bot))))


async def on_search(bot: BotServices, update: Update, context: Context) -> None:
    """/sok with words: the best passages, in pages."""
    message = update.effective_message
    if message is None:
        return
    if text := _argument(message):
        await ask(bot, update, message, text, command="search")
    else:
        await bot.say(update, message, escape(say.SEARCH_USAGE))


async def on_start(bot: BotServices, update: Update, context: Context) -> None:
    """/start: an introduction to the bot, and what to try."""
    if update.message is not None:
        text = say.START.format(example=escape(example_for(bot)))
        await bot.say(update, update.message, text)


async def on_help(bot: BotServices, update: Update, context: Context) -> None:
    """/hjalp: all features of the bot."""
    if update.message is not None:
        admin = say.ADMIN_HELP if is_admin(bot, asker(update)) else ""
        text = say.HELP.format(example=escape(example_for(bot))) + admin
        await bot.say(update, update.message, text)


async def on_new(bot: BotServices, update: Update, context: Context) -> None:
    """/ny: clear the question history."""
    if update.message is not None:
        bot.state.forget_history(place_of(update.message, asker(update)))
        await bot.say(update, update.message, say.NEW)


async def on_forget(bot: BotServices, update: Update, context: Context) -> None:
    """/glom: delete what is stored about the person."""
    if update.message is not None:
        bot.state.forget_person(asker(update))
        await bot.say(update, update.message, say.FORGOTTEN)


async def on_about(bot: BotServices, update: Update, context: Context) -> None:
    """/om: version, model, index and privacy."""
    if update.message is None:
        return
    manifest = bot.library.manifest
    text = say.ABOUT.format(
        version=escape(version("kallbot")),
        documents=len(bot.library.listings),
        passages=manifest.passages,
        date=say.SWEDISH.day(index_day(manifest)),
        model=escape(manifest.model),
        sent=_where_questions_go(bot),
        history=say.duration(bot.settings.telegram_history_minutes),
        feedback=say.ABOUT_FEEDBACK if bot.settings.telegram_feedback else say.ABOUT_NO_FEEDBACK,
    )
    await bot.say(update, update.message, text)


def _where_questions_go(bot: BotServices) -> str:
    url = bot.settings.llm_url
    return say.ABOUT_SENT.format(host=escape(url.host or "")) if url else say.ABOUT_LOCAL


async def on_status(bot: BotServices, update: Update, context: Context) -> None:
    """/status, for admins."""
    message = update.message
    if message is None or not await require_admin(bot, update, message):
        return
    manifest, numbers = bot.library.manifest, bot.metrics
    up, down = bot.state.votes()
    text = say.STATUS.format(
        started=numbers.started.strftime("%Y-%m-%d %H:%M"),
        questions=count(numbers.questions),
        found=count(numbers.refusals, outcome=Outcome.FOUND),
        nothing=count(numbers.refusals, outcome=Outcome.NOTHING),
        errors=count(numbers.errors),
        waiting=bot.pool.waiting,
        up=up,
        down=down,
        index=escape(short_version(manifest.version)),
        documents=manifest.documents,
        passages=manifest.passages,
        date=say.SWEDISH.day(index_day(manifest)),
        memory=memory_megabytes() or "–",
    )
    await bot.say(update, message, text)


async def on_sources(bot: BotServices, update: Update, context: Context) -> None:
    """/kallor: the documents, in pages."""
    if update.message is not None:
        html, keyboard = sources_page(bot.library.listings, 0)
        to = bot.to(update.message)
        await bot.reply(update, [replace(to, html=html, keyboard=keyboard)])


async def on_unknown_command(bot: BotServices, update: Update, context: Context) -> None:
    """An unknown command."""
    message = update.message
    if message is not None and bot.pressed.take(asker(update)).allowed:
        await bot.say(update, message, say.UNKNOWN_COMMAND)


def _argument(message: Message) -> str:
    """The text after the command."""
    _, _, rest = (message.text or message.caption or "").replace("\n", " ", 1).partition(" ")
    return rest.strip()
