"""Who may ask, who may change things, and which messages are meant for the bot at all."""

from typing import Any, TypeAlias

from telegram import CallbackQuery, InlineQuery, InlineQueryResultsButton, Message, Update
from telegram.constants import MessageEntityType
from telegram.ext import ApplicationHandlerStop, CallbackContext

from bot.settings import Settings
from bot.telegram import wording as say
from bot.telegram.desk import Desk, is_private

Context: TypeAlias = CallbackContext[Any, Any, Any, Any]


def may_ask(settings: Settings, user: int, chat: int | None) -> bool:
    """Whether a person may ask in a chat; `chat` is None for an inline query."""
    if settings.access == "open" or user in settings.admins or user in settings.allowed:
        return True
    return chat is not None and chat in settings.allowed


def is_admin(desk: Desk, user: int) -> bool:
    """Whether a person runs the bot."""
    return user in desk.settings.admins


async def gate(desk: Desk, update: Update, _: Context) -> None:
    """Stop what is not for the bot, and whoever is not let in, before any other handler."""
    user = update.effective_user
    message = update.effective_message if update.callback_query is None else None
    if user is None or (user.is_bot and not (message and message.sender_chat)):
        raise ApplicationHandlerStop  # a channel, or another bot; not an anonymous administrator
    if message is not None and message.via_bot is not None and message.via_bot.id == desk.bot.id:
        raise ApplicationHandlerStop  # an answer of our own that was sent inline
    if message is not None and not is_private(message) and not is_addressed(desk, message):
        raise ApplicationHandlerStop
    chat = update.effective_chat.id if update.effective_chat else None
    if not may_ask(desk.settings, user.id, chat):
        await _turn_away(desk, update, user.id)
        raise ApplicationHandlerStop


async def _turn_away(desk: Desk, update: Update, user: int) -> None:
    """One line with the person's own id, in the way that fits."""
    if update.callback_query is not None:
        await desk.toast(update.callback_query, say.NO_ACCESS_SHORT.format(user=user), alert=True)
    elif update.inline_query is not None:
        await _no_results(desk, update.inline_query, user)
    elif update.message is not None and not is_service(update.message):
        line = say.NO_ACCESS if is_private(update.message) else say.NO_ACCESS_GROUP
        text = line.format(user=user, chat=update.message.chat.id)
        if desk.pressed.take(user).allowed:
            await desk.say(update, update.message, text)


async def _no_results(desk: Desk, query: InlineQuery, user: int) -> None:
    button = InlineQueryResultsButton(say.NO_ACCESS_SHORT.format(user=user), start_parameter="id")
    await desk.sender.repeat(
        lambda: query.answer([], cache_time=0, is_personal=True, button=button)
    )


def is_service(message: Message) -> bool:
    """Whether a message only tells that something happened in the chat."""
    return not (message.text or message.caption or message.effective_attachment)


def is_addressed(desk: Desk, message: Message) -> bool:
    """Whether a message in a group is for this bot: a command, a mention, or a reply to it."""
    replied = message.reply_to_message
    if replied is not None and replied.from_user is not None:
        # In a topic every message "replies" to the one that opened it.
        opened = replied.forum_topic_created is not None
        if replied.from_user.id == desk.bot.id and not opened and not is_service(message):
            return True
    return is_command(desk, message) or mentions(desk, message)


def is_command(desk: Desk, message: Message) -> bool:
    """Whether a message begins with a command that is not another bot's."""
    entities = message.parse_entities([MessageEntityType.BOT_COMMAND])
    first = next((text for entity, text in entities.items() if entity.offset == 0), None)
    if first is None:
        return False
    name, _, bot = first[1:].partition("@")
    if bot:
        return bot.lower() == desk.bot.username.lower()
    return is_private(message) or name.lower() in GROUP_COMMANDS


def mentions(desk: Desk, message: Message) -> bool:
    """Whether a message names the bot."""
    return any(_is_me(desk, kind, text) for kind, text in _mentions(message))


def _mentions(message: Message) -> list[tuple[int, str]]:
    kinds: list[str | None] = [MessageEntityType.MENTION, MessageEntityType.TEXT_MENTION]
    found = message.parse_entities(kinds) | message.parse_caption_entities(kinds)
    return [(entity.user.id if entity.user else 0, text) for entity, text in found.items()]


def _is_me(desk: Desk, user: int, text: str) -> bool:
    return user == desk.bot.id or text.lower() == f"@{desk.bot.username}".lower()


def without_mention(desk: Desk, message: Message) -> str:
    """The text of a message without the bot's name."""
    text = message.text or message.caption or ""
    for user, named in _mentions(message):
        if _is_me(desk, user, named):
            text = text.replace(named, " ", 1)
    return text.strip(" \n\t,:")


async def is_let_in(desk: Desk, query: CallbackQuery) -> bool:
    """Whether the person who presses an admin's button is one; told otherwise."""
    if is_admin(desk, query.from_user.id):
        return True
    await desk.toast(query, say.ADMINS_ONLY, alert=True)
    return False


# Without the bot's name only what no other bot in a group is likely to listen to.
GROUP_COMMANDS = frozenset(
    ["hjalp", "kallor", "sok", "ny", "om", "fraga", "glom", "uppdatera", "tabort"]
)
