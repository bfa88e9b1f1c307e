"""Commands for admins: update the index, add a document, remove one."""

import asyncio
import hashlib
import logging
import re
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from html import escape
from pathlib import Path

from telegram import CallbackQuery, Document, Message, Update
from telegram.constants import FileSizeLimit
from telegram.error import TelegramError

from bot import wording as say
from bot.telegram.access import (
    Context,
    asker,
    can_add,
    may_press,
    require_admin,
    require_admin_press,
)
from bot.telegram.buttons import (
    Action,
    Button,
    Keyboard,
    page_buttons,
    page_number,
    split_data,
)
from bot.telegram.handlers import on_other, on_text
from bot.telegram.layout import clean, prefix
from bot.telegram.messages import Outgoing, shorten
from bot.telegram.records import Upload
from bot.telegram.services import BotServices
from embeddings.errors import DocumentError, IndexBusy, KallbotError
from embeddings.reading.folder import content_hash, find_file, places_beside
from embeddings.reading.registry import JSON_LINES, MARKDOWN, PLAIN, VALUES, format_of
from embeddings.reading.sources import FileReader
from embeddings.rebuild import Report
from embeddings.types import Listing

_LOG = logging.getLogger(__name__)
_PROGRESS_EVERY = 2.0  # seconds between two edits of the progress message
_LARGEST = int(FileSizeLimit.FILESIZE_DOWNLOAD)
_STEM = 40
_LONGEST_NAME = 255
_NOT_BINARY = (None, PLAIN, MARKDOWN, VALUES, JSON_LINES)
_REMOVED = "removed"
_SHOWN, _LINE = 20, 90  # lines of a report, and their characters: two lists fit one message
_FETCH_SECONDS = 120
_FILES_PER_PAGE = 10
_LABEL, _HALF = 60, 28  # characters


# /uppdatera


async def on_update(bot: BotServices, update: Update, context: Context) -> None:
    """/uppdatera: bring the index up to date, and report progress."""
    message = update.message
    if message is not None and await require_admin(bot, update, message):
        await rebuild_and_report(bot, bot.to(message))


async def rebuild_and_report(bot: BotServices, to: Outgoing, before: str = "") -> None:
    """Rebuild with a progress message that is edited; `before` begins its final text.

    The update that asked for it is done when this returns, so a rebuild interrupted by a crash is
    repeated at the next start.
    """
    number = await _post(bot, replace(to, html=before + say.UPDATE_STARTED))
    latest = [say.UPDATE_STARTED]
    reporter = asyncio.create_task(_show_progress(bot, to.chat, number, before, latest))
    try:
        said = await _rebuild(bot, latest)
    finally:
        reporter.cancel()
        with suppress(asyncio.CancelledError):
            await reporter
    if not await bot.sender.edit(to.chat, number, before + said):
        with suppress(TelegramError):  # the message is gone, or the group is another now
            await bot.sender.post(replace(to, html=before + said))


async def _post(bot: BotServices, message: Outgoing) -> int:
    """Send a message about work in progress; twice is better than not at all."""
    sent = await bot.sender.post(message)
    return sent.message_id


async def _rebuild(bot: BotServices, latest: list[str]) -> str:
    """Rebuild, and return the result text; `latest[0]` holds the progress meanwhile."""

    def progress(step: str, done: int, total: int) -> None:
        latest[0] = say.UPDATE_STEPS[step].format(done=done, total=total)

    try:
        report = await bot.builder.run("rebuild", lambda: bot.library.update(progress))
    except IndexBusy:
        return say.UPDATE_BUSY
    except (KallbotError, OSError) as error:
        _LOG.error("the index is not brought up to date: %s", error)
        return say.UPDATE_FAILED
    return _report_text(report)


async def _show_progress(
    bot: BotServices, chat: int, number: int, before: str, latest: list[str]
) -> None:
    shown = latest[0]
    while True:
        await asyncio.sleep(_PROGRESS_EVERY)
        if latest[0] != shown:
            shown = latest[0]
            await bot.sender.edit(chat, number, before + shown)


def _report_text(report: Report) -> str:
    line = say.UPDATE_UNCHANGED if report.is_unchanged and not report.removed else say.UPDATE_DONE
    said = line.format(
        seconds=f"{report.seconds:.1f}".replace(".", ","),
        documents=report.documents,
        passages=report.passages,
        added=len(report.added),
        changed=len(report.changed),
        removed=len(report.removed),
    )
    for head, messages in ((say.UPDATE_SKIPPED, report.skipped), (say.UPDATE_NOTES, report.notes)):
        for message in messages:
            _LOG.warning("%s", message)
        if messages:
            told = [shorten(clean(say.problem_line(one)), _LINE) for one in messages[:_SHOWN]]
            lines = [f"• {escape(one)}" for one in told]
            more = [say.AND_MORE.format(count=len(messages) - _SHOWN)] * (len(messages) > _SHOWN)
            said += "\n\n" + "\n".join([head, *lines, *more])
    return said


# Adding


async def on_document(bot: BotServices, update: Update, context: Context) -> None:
    """A file: from an admin a document to add, from anybody else unsupported input."""
    message = update.message
    if message is None or message.document is None:
        return
    if not can_add(bot, update, message):
        await (on_text if message.caption else on_other)(bot, update, context)
        return
    if not bot.library.can_change:
        await bot.say(update, message, say.NO_FOLDER)
        return
    offered = await _fetch_upload(bot, message.document, asker(update), message.chat.id)
    if isinstance(offered, str):
        await bot.say(update, message, offered)
        return
    number = bot.state.offer_upload(update.update_id, offered)
    text = say.UPLOAD_OFFER.format(
        title=escape(clean(offered.title)),
        size=say.size(len(offered.content)),
        name=escape(offered.name),
    )
    yes, no = Action.ADD_UPLOAD.data_for(number), Action.DROP_UPLOAD.data_for(number)
    keyboard = _yes_no(say.UPLOAD_YES, yes, say.UPLOAD_NO, no)
    await bot.reply(update, [replace(bot.to(message), html=text, keyboard=keyboard)])


def _yes_no(yes: str, yes_data: str, no: str, no_data: str) -> Keyboard:
    return ((Button(yes, yes_data), Button(no, no_data)),)


async def _fetch_upload(bot: BotServices, document: Document, user: int, chat: int) -> Upload | str:
    """The document, validated; or the text that says what is wrong with it."""
    if (document.file_size or 0) > _LARGEST:
        return say.UPLOAD_TOO_BIG.format(size=(document.file_size or 0) / 1_000_000)
    try:
        async with asyncio.timeout(_FETCH_SECONDS):
            file = await bot.sender.repeat(document.get_file)
            content = bytes(await bot.sender.repeat(file.download_as_bytearray))
    except (TelegramError, TimeoutError) as error:
        _LOG.warning("a document is not fetched: %s", error)
        return say.UPLOAD_NOT_FETCHED
    if len(content) > _LARGEST:
        return say.UPLOAD_TOO_BIG.format(size=len(content) / 1_000_000)
    given = clean(document.file_name or "")[:_LONGEST_NAME]
    name = safe_name(given, content)
    if wrong := await asyncio.to_thread(check_content, name, content):
        return wrong
    if known := bot.library.has_content(content_hash(name, content)):
        return say.UPLOAD_KNOWN.format(name=escape(clean(known)))
    return Upload(0, user, chat, name, given or name, content)


def safe_name(given: str, content: bytes) -> str:
    """A safe file name: ASCII letters of the given name, and a hash."""
    stem, _, suffix = given.rpartition(".")
    chosen = format_of(given, content) or PLAIN
    plain = unicodedata.normalize("NFKD", stem or given).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:_STEM].strip("-")
    typed = f".{suffix.lower()}"
    ending = typed if typed in chosen.suffixes else chosen.suffixes[0]
    return f"{words or 'dokument'}-{hashlib.sha256(content).hexdigest()[:8]}{ending}"


def check_content(name: str, content: bytes) -> str | None:
    """The problem with a document, by its contents rather than its name; None if there is none."""
    if not content.strip():
        return say.UPLOAD_EMPTY
    chosen = format_of(name, content)
    for magic, kind in say.FILE_KINDS:
        is_kind = content.startswith(magic) and (len(magic) > 2 or b"\0" in content[:512])
        if is_kind and chosen in _NOT_BINARY:
            return say.UPLOAD_NOT_TEXT.format(kind=kind)
    return _reading_problem(name, content)


def _reading_problem(name: str, content: bytes) -> str | None:
    """The problem found by the reader that will index the document; None if there is none."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        try:
            with FileReader() as reader:
                reader.read(find_file(path, Path(folder)))
        except DocumentError as error:
            _, _, reason = str(error).partition(": ")  # the message begins with the file name
            said = say.problem(reason)
            return say.UPLOAD_UNREADABLE.format(reason=f": {said}" if said else "")
    return None


async def on_decision(bot: BotServices, update: Update, context: Context) -> None:
    """The decision on a document offered for adding, or on one to be removed."""
    query = update.callback_query
    if query is None or not (await may_press(bot, query) and await require_admin_press(bot, query)):
        return
    message = query.message if isinstance(query.message, Message) else None
    action, rest = split_data(query.data or "")
    if message is None or action is None or not rest:
        await bot.toast(query, say.SWEDISH.stale_button)
    elif action is Action.REMOVAL_PAGE:
        await _turn_page(bot, query, message, rest)
    elif action in {Action.ADD_UPLOAD, Action.DROP_UPLOAD}:
        await _decide_upload(bot, query, message, action is Action.ADD_UPLOAD, rest)
    else:
        await _decide_removal(bot, query, message, action, rest)


async def _decide_upload(
    bot: BotServices, query: CallbackQuery, message: Message, is_yes: bool, rest: str
) -> None:
    fine = rest.isascii() and rest.isdigit() and len(rest) <= 15
    upload = bot.state.upload(int(rest)) if fine else None
    if upload is None or upload.user != query.from_user.id:
        await bot.toast(query, say.UPLOAD_GONE, alert=True)
        return
    await bot.toast(query)
    if not is_yes:
        bot.state.drop_upload(upload.id)
        await bot.sender.edit(message.chat.id, message.message_id, say.UPLOAD_DROPPED)
        return
    if problem := _write(bot.library.documents_folder / upload.name, upload.content):
        await bot.sender.edit(message.chat.id, message.message_id, problem)
        return
    stored = say.UPLOAD_STORED.format(name=escape(upload.name))
    await bot.sender.edit(message.chat.id, message.message_id, stored.strip())
    await rebuild_and_report(bot, bot.to(message), stored)
    bot.state.drop_upload(upload.id)


def _write(path: Path, content: bytes) -> str | None:
    """Write a file atomically; return the error text, or None."""
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    except OSError as error:
        return say.FOLDER_FAILED.format(reason=escape(error.strerror or str(error)))
    return None


# Removing


async def _turn_page(bot: BotServices, query: CallbackQuery, message: Message, rest: str) -> None:
    page = page_number(rest)
    if page is None:
        await bot.toast(query, say.SWEDISH.stale_button)
        return
    await bot.toast(query)
    html, keyboard = removal_page(bot.library.listings, page)
    await bot.sender.edit(message.chat.id, message.message_id, html, keyboard)


async def on_remove(bot: BotServices, update: Update, context: Context) -> None:
    """/tabort: choose a document, by its name after the command or from a list."""
    message = update.message
    if message is None or not await require_admin(bot, update, message):
        return
    if not bot.library.can_change:
        await bot.say(update, message, say.NO_FOLDER)
    else:
        _, _, name = (message.text or "").partition(" ")
        await bot.reply(update, [_removal_reply(bot, bot.to(message), name.strip())])


def _removal_reply(bot: BotServices, to: Outgoing, name: str) -> Outgoing:
    """The documents to choose from, or the question whether to remove the named one."""
    listings = bot.library.listings
    if not name:
        html, keyboard = removal_page(listings, 0)
        return replace(to, html=html, keyboard=keyboard)
    chosen = next((one for one in listings if name in {one.file, one.name, one.title}), None)
    if chosen is None:
        return replace(to, html=say.REMOVE_UNKNOWN.format(name=escape(clean(name[:100]))))
    return _removal_question(bot, to, chosen)


def removal_page(listings: Sequence[Listing], page: int) -> tuple[str, Keyboard]:
    """A page of the files that can be removed, one button each, with distinguishable labels."""
    files = list({one.file: one for one in reversed(listings)}.values())[::-1]
    counts = Counter(_short(_label(one)) for one in files)
    pages = max(1, -(-len(files) // _FILES_PER_PAGE))
    page = min(page, pages - 1)
    rows = []
    for one in files[page * _FILES_PER_PAGE : (page + 1) * _FILES_PER_PAGE]:
        label = _short(_label(one))
        # The end of a long name is the most specific: folders come first.
        shown = label if counts[label] == 1 else f"{label[:_HALF]} ({one.file[-_HALF:]})"
        rows.append((Button(clean(shown), Action.ASK_TO_REMOVE.data_for(_key(one))),))
    turn = page_buttons(page, pages, Action.REMOVAL_PAGE)
    text = say.REMOVE_WHICH
    if turn:
        text += f"\n\n{say.SWEDISH.page_of.format(page=page + 1, pages=pages)}"
    return text, (*rows, turn) if turn else tuple(rows)


def _short(label: str) -> str:
    return prefix(label, _LABEL)


def _label(listing: Listing) -> str:
    """What is removed for a list entry: its document, or its file if that has a document per
    row."""
    return listing.title if listing.file == listing.name else listing.file


def _key(listing: Listing) -> str:
    """The key of a document's file for callback data."""
    return hashlib.sha256(listing.file.encode()).hexdigest()[:16]


def _removal_question(bot: BotServices, to: Outgoing, listing: Listing) -> Outgoing:
    text = say.REMOVE_SURE.format(
        title=escape(clean(_label(listing)[:200])),
        name=escape(clean(listing.file)),
        folder=escape(str(bot.settings.state / _REMOVED)),
    )
    key = _key(listing)
    yes, no = Action.REMOVE.data_for(key), Action.KEEP.data_for(key)
    return replace(to, html=text, keyboard=_yes_no(say.REMOVE_YES, yes, say.REMOVE_NO, no))


async def _decide_removal(
    bot: BotServices, query: CallbackQuery, message: Message, action: Action, key: str
) -> None:
    await bot.toast(query)
    chosen = next((one for one in bot.library.listings if _key(one) == key), None)
    chat, number = message.chat.id, message.message_id
    if action is Action.KEEP:
        await bot.sender.edit(chat, number, say.REMOVE_KEPT)
    elif chosen is None:
        # Also if a crash came between removing the file and the end of the rebuild.
        await rebuild_and_report(bot, bot.to(message))
    elif action is Action.ASK_TO_REMOVE:
        sure = _removal_question(bot, bot.to(message), chosen)
        await bot.sender.edit(chat, number, sure.html, sure.keyboard)
    elif action is Action.REMOVE:
        await _remove(bot, message, chosen.file)


async def _remove(bot: BotServices, message: Message, name: str) -> None:
    problem = _move_to_removed(bot.library.documents_folder, name, bot.settings.state / _REMOVED)
    if problem:
        await bot.sender.edit(message.chat.id, message.message_id, problem)
        return
    removed = say.REMOVED.format(name=escape(clean(name)))
    await bot.sender.edit(message.chat.id, message.message_id, removed.strip())
    await rebuild_and_report(bot, bot.to(message), removed)


def _move_to_removed(folder: Path, name: str, to: Path) -> str | None:
    """Move a document and its sidecar; return the error text, or None."""
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        return say.REMOVE_UNKNOWN.format(name=escape(clean(name)))
    try:
        to.mkdir(parents=True, exist_ok=True, mode=0o700)
        for file in [path, *places_beside(path)]:
            if file.is_file():
                _move(file, to / file.name)
    except OSError as error:
        return say.FOLDER_FAILED.format(reason=escape(error.strerror or str(error)))
    return None


def _move(source: Path, target: Path) -> None:
    """Move a file, even to another file system."""
    target.write_bytes(source.read_bytes())
    source.unlink()
