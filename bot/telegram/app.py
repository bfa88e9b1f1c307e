"""The bot process: connect, load, serve until stopped, and finish the work in progress."""

import asyncio
import hashlib
import hmac
import logging
import os
import re
import secrets
import signal
import sys
from collections.abc import Coroutine
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from functools import partial
from html import escape
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

from aiohttp import web
from telegram import BotCommand, Message, Update
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError
from telegram.ext import (
    Application,
    ApplicationBuilder,
    ApplicationHandlerStop,
    CallbackQueryHandler,
    CommandHandler,
    InlineQueryHandler,
    Job,
    MessageHandler,
    TypeHandler,
    filters,
)

from bot import wording as say
from bot.loading import open_language_reader
from bot.settings import Settings, SettingsError
from bot.telegram import admin, callbacks, commands, handlers, inline
from bot.telegram.access import Context, check_access
from bot.telegram.buttons import ADMIN_DATA
from bot.telegram.inbox import KINDS, Inbox
from bot.telegram.library import Library, LoadEncoder
from bot.telegram.limits import Allowance, Pace
from bot.telegram.metrics import Metrics, make_metrics, make_web, serve, set_index_age
from bot.telegram.opening import Opening
from bot.telegram.pool import FairPool
from bot.telegram.secrecy import secrets_of, set_up_logging
from bot.telegram.sender import Sender
from bot.telegram.services import BotServices
from bot.telegram.state import ClaimLost, State, StateUnavailable
from bot.telegram.storage import open_state
from bot.telegram.transport import Client, make_client
from embeddings.errors import KallbotError
from embeddings.model.encoder import load_encoder as load_sentence_encoder

_LOG = logging.getLogger(__name__)
_DRAIN = 7.0  # seconds, of the ten a process has for ending
_DELETE_EVERY = 600.0
_RENEW_EVERY = 3.0  # seconds; several fit into the lease of a process
_PRESSES_PER_MINUTE = 90
_WRITERS = 8  # threads that wait for the language model, separate from those of the engine
_TOKEN = re.compile(r"[\w:-]+", re.ASCII)

App = Application[Any, Any, Any, Any, Any, Any]
Result = TypeVar("Result")


class BotStopped(KallbotError):  # noqa: N818 - a state of the bot
    """The bot cannot start or continue: another instance is running, or a port is taken."""


class _Dispatcher(Application[Any, Any, Any, Any, Any, Any]):
    """An application that leaves database failures to the inbox."""

    async def process_error(
        self,
        update: object,
        error: Exception,
        job: Job[Any] | None = None,
        coroutine: Any = None,
    ) -> bool:
        """Re-raise errors that the inbox recovers from; let the error handlers report all
        others."""
        if isinstance(error, (StateUnavailable, ClaimLost)):
            raise error
        return await super().process_error(update, error, job, coroutine)


@dataclass(frozen=True, slots=True)
class Running:
    """A connected bot; it is loaded when the opening is done."""

    bot: BotServices
    app: App
    inbox: Inbox
    client: Client
    opening: Opening


class Pools(NamedTuple):
    """The threads for questions, for building the index, and for waiting for the language model."""

    engine: FairPool
    builder: FairPool
    writers: FairPool


def run(settings: Settings, load_encoder: LoadEncoder = load_sentence_encoder) -> None:
    """Run the bot until SIGTERM or SIGINT.

    Raises SettingsError for a missing or wrong setting, BotStopped or another KallbotError if the
    bot cannot start or continue.
    """
    token = checked_token(settings)
    hidden = (settings.telegram_webhook_secret, settings.llm_api_key, settings.milvus_token)
    uri = settings.postgres_uri.get_secret_value() if settings.postgres_uri else ""
    set_up_logging(
        [token, *secrets_of(uri), *(secret.get_secret_value() for secret in hidden if secret)]
    )
    pools = Pools(
        FairPool(settings.telegram_workers, "engine"),
        FairPool(1, "index"),
        FairPool(_WRITERS if settings.llm_url else 0, "writer"),
    )
    problem: KallbotError | None = None
    try:
        asyncio.run(_main(settings, token, load_encoder, pools))
    except KallbotError as error:
        problem = error
    finally:
        ended = [pool.close() for pool in pools]
    if not all(ended):
        # A thread inside the model cannot be stopped, and the process crashes if the interpreter
        # ends under it; its work is repeated at the next start.
        if problem is not None:
            print(f"kallbot: {problem}", file=sys.stderr, flush=True)
        logging.shutdown()
        sys.stdout.flush()
        os._exit(0 if problem is None else 1)
    if problem is not None:
        raise problem


def checked_token(settings: Settings) -> str:
    """Return the token; raises SettingsError for missing or wrong settings, with the line to
    write."""
    token = settings.telegram_bot_token.get_secret_value().strip() if (
        settings.telegram_bot_token) else ""  # fmt: skip
    if not token:
        raise SettingsError(say.TOKEN_MISSING)
    if not _TOKEN.fullmatch(token):
        raise SettingsError(say.TOKEN_REFUSED)
    if settings.access is None:
        raise SettingsError(say.NO_ACCESS_SETTING)
    return token


async def _main(settings: Settings, token: str, load_encoder: LoadEncoder, pools: Pools) -> None:
    stop = asyncio.Event()
    _on_signals(asyncio.get_running_loop(), stop)
    opening = Opening()
    metrics = make_metrics(lambda: pools.engine.waiting)
    async with AsyncExitStack() as stack:
        await _serve_metrics(settings, metrics, opening, stack)
        client = make_client(token, settings.telegram_base_url)
        builder = ApplicationBuilder().application_class(_Dispatcher).bot(client)
        app = builder.updater(None).job_queue(None).build()
        stack.push_async_callback(_shut_down, app)
        if await _run_unless_stopped(stop, _connect(app)) is None:
            return
        state = stack.enter_context(open_state(settings))
        running = _assemble(settings, client, app, state, pools, metrics, opening)
        load = partial(Library, settings, progress=opening.progress)
        loading = asyncio.create_task(
            pools.builder.run("start", lambda: load(load_encoder(settings.model)))
        )
        await _serve(running, loading, stop, stack)


def _on_signals(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Make SIGTERM and SIGINT set `stop`."""
    for number in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(number, stop.set)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop.set))


async def _run_unless_stopped(
    stop: asyncio.Event, work: Coroutine[Any, Any, Result]
) -> Result | None:
    """The result of `work`, or None if the bot is stopped first."""
    task = asyncio.ensure_future(work)
    stopped = asyncio.ensure_future(stop.wait())
    await asyncio.wait({task, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if task.done():
        return task.result()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    return None


async def _connect(app: App) -> bool:
    """Fetch the bot's identity from Telegram, retrying; raises SettingsError for a wrong token."""
    wait = 1.0
    while True:
        try:
            await app.initialize()
        except InvalidToken:
            raise SettingsError(say.TOKEN_REFUSED) from None
        except RetryAfter as error:
            _LOG.warning("Telegram wants to be left alone for %s", error.retry_after)
            await asyncio.sleep(wait)
        except TelegramError as error:
            _LOG.warning("no contact with Telegram (%s), trying again in %.0f s", error, wait)
            await asyncio.sleep(wait)
            wait = min(2 * wait, 30.0)
        else:
            return True


async def _shut_down(app: App) -> None:
    with suppress(Exception):
        await asyncio.wait_for(app.shutdown(), 1.0)


def _assemble(
    settings: Settings,
    client: Client,
    app: App,
    state: State,
    pools: Pools,
    metrics: Metrics,
    opening: Opening,
) -> Running:
    pace = Pace(
        settings.telegram_messages_per_second,
        settings.telegram_chat_interval,
        settings.telegram_group_messages_per_minute,
    )
    sender = Sender(client, state, pace)
    bot = BotServices(
        settings=settings,
        client=client,
        state=state,
        pool=pools.engine,
        builder=pools.builder,
        writers=pools.writers,
        language=open_language_reader(settings),
        pace=pace,
        sender=sender,
        asked=Allowance(settings.telegram_questions_per_minute, state.buckets("question")),
        pressed=Allowance(_PRESSES_PER_MINUTE, state.buckets("press")),
        metrics=metrics,
    )
    add_handlers(app, bot)
    handle, decline = partial(_handle, bot, app, opening), partial(_decline, bot)
    inbox = Inbox(client, state, sender.seen, handle, decline)
    if settings.telegram_webhook_url is None:
        opening.last_contact = lambda: inbox.last_contact
    return Running(bot, app, inbox, client, opening)


async def _handle(bot: BotServices, app: App, opening: Opening, update: Update) -> None:
    """Handle an update; if its reply is already stored, only send that."""
    if bot.state.outbox(update.update_id):
        await bot.sender.deliver(update.update_id)
    elif await opening.admit(bot, update):
        await app.process_update(update)


async def _decline(bot: BotServices, update: Update) -> None:
    """Report that an update is not handled, to people with access."""
    try:
        await check_access(bot, update)
    except ApplicationHandlerStop:
        return
    if bot.state.outbox(update.update_id):
        await bot.sender.deliver(update.update_id)
    elif update.callback_query is not None:
        await bot.toast(update.callback_query, say.SWEDISH.too_heavy, alert=True)
    elif isinstance(update.effective_message, Message):
        await bot.say(update, update.effective_message, escape(say.SWEDISH.too_heavy))


async def _serve(
    running: Running,
    loading: asyncio.Task[Library],
    stop: asyncio.Event,
    stack: AsyncExitStack,
) -> None:
    """Accept updates from now on, and answer them as soon as the library is open."""
    bot, inbox = running.bot, running.inbox
    stopped = asyncio.create_task(stop.wait())
    if bot.state.is_shared:  # another process may answer at once, so updates do not wait here
        await asyncio.wait({stopped, loading}, return_when=asyncio.FIRST_COMPLETED)
        if not loading.done():
            return
        _set_library(running, loading.result())
    bot.sender.load_known_ids()
    sharing = asyncio.create_task(_keep_lease(bot, inbox))
    stack.callback(sharing.cancel)  # last of all: the lease must be kept until the last answer
    stack.push_async_callback(_finish_work, running)
    if bot.settings.access == "allowlist" and not bot.settings.allowed:
        _LOG.warning("nobody is on the allow-list: whoever writes is told the id to put there")
    if left := inbox.restore():
        _LOG.info("%s updates from before the restart", left)
    fetch = asyncio.create_task(_fetch_updates(running, stack))
    beside = [asyncio.create_task(work) for work in (_register_commands(bot), _delete_expired(bot))]
    if not running.opening.is_done:
        await asyncio.wait({fetch, stopped, loading}, return_when=asyncio.FIRST_COMPLETED)
        if loading.done():
            _set_library(running, loading.result())
    if running.opening.is_done:
        _LOG.info("running as @%s, access: %s", running.client.username, bot.settings.access)
        await asyncio.wait({fetch, stopped}, return_when=asyncio.FIRST_COMPLETED)
    for task in (*beside, stopped, loading):
        task.cancel()
    await _stop_fetching(fetch)


def _set_library(running: Running, library: Library) -> None:
    """Set the library that questions are answered from."""
    bot = running.bot
    bot.library = library
    set_index_age(bot.metrics, lambda: library.manifest.created)
    running.opening.done()


async def _finish_work(running: Running) -> None:
    """Let answers in progress finish; updates that wait for the index are left."""
    is_open = running.opening.is_done
    await running.inbox.drain(_DRAIN if is_open else 0.0)
    if is_open:
        running.bot.library.close()


async def _stop_fetching(fetch: asyncio.Task[None]) -> None:
    """Stop fetching; raises BotStopped if fetching failed by itself."""
    if not fetch.done():
        _LOG.info("stopping")
        fetch.cancel()
        with suppress(asyncio.CancelledError):
            await fetch
        return
    error = fetch.exception()
    if isinstance(error, Conflict):
        raise BotStopped(say.CONFLICT)
    if isinstance(error, InvalidToken):
        raise SettingsError(say.TOKEN_REFUSED)
    if error is not None:
        raise error


async def _fetch_updates(running: Running, stack: AsyncExitStack) -> None:
    """Fetch updates by polling or the webhook, until cancelled."""
    bot, client = running.bot, running.client
    url = bot.settings.telegram_webhook_url
    if url is None:
        await bot.sender.repeat(client.delete_webhook)
        await running.inbox.poll()
        return
    given = bot.settings.telegram_webhook_secret
    # Must be the same in every process and at every start, and impossible for others to derive.
    made = hmac.digest(client.token.encode(), b"webhook", hashlib.sha256).hex()
    secret = given.get_secret_value() if given else made
    application = running.inbox.webhook(urlsplit(url).path or "/", secret)
    listen, port = bot.settings.telegram_webhook_listen, bot.settings.telegram_webhook_port
    await _listen(application, listen, port, stack)
    await bot.sender.repeat(
        lambda: client.set_webhook(url, secret_token=secret, allowed_updates=KINDS)
    )
    await asyncio.Event().wait()


async def _serve_metrics(
    settings: Settings, metrics: Metrics, opening: Opening, stack: AsyncExitStack
) -> None:
    """Serve /healthz and /metrics if asked to."""
    if settings.telegram_metrics_port is None:
        return
    application = make_web(metrics, opening.health)
    listen, port = settings.telegram_metrics_listen, settings.telegram_metrics_port
    await _listen(application, listen, port, stack)


async def _listen(
    application: web.Application, address: str, port: int, stack: AsyncExitStack
) -> None:
    try:
        runner = await serve(application, address, port)
    except OSError as error:
        reason = error.strerror or str(error)
        said = say.WEBHOOK_PORT.format(address=address, port=port, reason=reason)
        raise BotStopped(said) from error
    stack.push_async_callback(runner.cleanup)


async def _register_commands(bot: BotServices) -> None:
    """Register the commands with Telegram: in Swedish, and in English for all other languages."""
    swedish = [BotCommand(name, text) for name, text, _ in say.COMMANDS]
    english = [BotCommand(name, text) for name, _, text in say.COMMANDS]
    try:
        await bot.sender.repeat(lambda: bot.client.set_my_commands(swedish, language_code="sv"))
        await bot.sender.repeat(lambda: bot.client.set_my_commands(english))
    except TelegramError as error:
        _LOG.warning("the commands could not be registered: %s", error)


async def _delete_expired(bot: BotServices) -> None:
    """Delete expired data at regular intervals."""
    while True:
        try:
            bot.state.forget_old(bot.settings.telegram_history_minutes)
        except StateUnavailable as error:
            _LOG.warning("nothing old is forgotten for now: %s", error)
        await asyncio.sleep(_DELETE_EVERY)


async def _keep_lease(bot: BotServices, inbox: Inbox) -> None:
    """Renew the lease of a shared database and process unclaimed updates, at regular intervals."""
    while bot.state.is_shared:
        try:
            bot.pace.share(bot.state.renew_lease())
            inbox.resume_unclaimed()
        except StateUnavailable as error:
            _LOG.warning("%s", error)
        await asyncio.sleep(_RENEW_EVERY)


# Handlers

_COMMANDS = (
    (("start",), commands.on_start),
    (("hjalp", "help"), commands.on_help),
    (("kallor",), commands.on_sources),
    (("sok",), commands.on_search),
    (("fraga",), commands.on_question),
    (("ny",), commands.on_new),
    (("om",), commands.on_about),
    (("glom",), commands.on_forget),
    (("status",), commands.on_status),
    (("uppdatera",), admin.on_update),
    (("tabort",), admin.on_remove),
)
# Telegram does not mark "/källor" as a command, but people write it.
_ANY_COMMAND = (
    filters.COMMAND
    | filters.CaptionRegex(r"^/\w")
    | (filters.ChatType.PRIVATE & filters.Regex(r"^/\w"))
)
_PLAIN = str.maketrans("åäöÅÄÖ", "aaoAAO")


def add_handlers(app: App, bot: BotServices) -> None:
    """Register a handler for every kind of update."""
    app.add_handler(TypeHandler(Update, partial(check_access, bot)), group=-1)
    for names, handler in _COMMANDS:
        app.add_handler(CommandHandler(names, partial(handler, bot)))
    app.add_handler(CallbackQueryHandler(partial(admin.on_decision, bot), ADMIN_DATA))
    app.add_handler(CallbackQueryHandler(partial(callbacks.on_press, bot)))
    app.add_handler(InlineQueryHandler(partial(inline.on_inline, bot)))
    app.add_handler(MessageHandler(filters.Document.ALL, partial(admin.on_document, bot)))
    app.add_handler(MessageHandler(_ANY_COMMAND, partial(_other_command, bot)))
    app.add_handler(MessageHandler(filters.TEXT | filters.CAPTION, partial(handlers.on_text, bot)))
    app.add_handler(MessageHandler(filters.ALL, partial(handlers.on_other, bot)))
    app.add_error_handler(partial(_on_error, bot))


async def _other_command(bot: BotServices, update: Update, context: Context) -> None:
    """A command in a variant spelling (/hjälp, /källor), or an unknown one."""
    message = update.effective_message
    text = (message.text or message.caption) if message else ""
    typed = (text or "").split(maxsplit=1)[0][1:].partition("@")[0].translate(_PLAIN).lower()
    for names, handler in _COMMANDS:
        if typed in names:
            await handler(bot, update, context)
            return
    await commands.on_unknown_command(bot, update, context)


async def _on_error(bot: BotServices, update: object, context: Context) -> None:
    """Log the traceback with an incident number, and show the number to the person."""
    number = secrets.token_hex(3).upper()
    _LOG.error("incident %s", number, exc_info=context.error)
    bot.metrics.errors.inc()
    line = say.SWEDISH.incident.format(number=number)
    if not isinstance(update, Update):
        return
    if update.callback_query is not None:
        await bot.toast(update.callback_query, line[:200], alert=True)
    elif isinstance(update.effective_message, Message):
        await bot.say(update, update.effective_message, escape(line))
