"""Access control: who may ask, who may make changes, and which messages are for the bot."""

import asyncio
import re
from typing import Any, TypeAlias

from telegram import CallbackQuery, InlineQuery, InlineQueryResultsButton, Message, Update
from telegram.constants import MessageEntityType
from telegram.ext import ApplicationHandlerStop, CallbackContext

from bot import wording as say
from bot.telegram.services import BotServices, is_private

Context: TypeAlias = CallbackContext[Any, Any, Any, Any]
_COMMAND = re.compile(r"^/\w+(?:@\w+)?\s*")
_ALBUM = 0.5  # seconds in which the rest of an album arrives


def asker(update: Update) -> int:
    """The id of the sender of an update: a person, or the chat for which an anonymous administrator
    or a channel writes, since their own ids are the same in all of Telegram."""
    sender = update.effective_sender
    return sender.id if sender else 0


def may_ask(bot: BotServices, user: int, chat: int | None) -> bool:
    """Whether a person may ask in a chat; `chat` is None for an inline query."""
    settings = bot.settings
    if settings.access == "open" or user in settings.admins or user in settings.allowed:
        return True
    if chat is None:
        return False
    return chat in settings.allowed or any(
        old in settings.allowed for old in bot.state.earlier_ids(chat)
    )


def is_admin(bot: BotServices, user: int) -> bool:
    """Whether a person is an admin of the bot."""
    return user in bot.settings.admins


async def check_access(bot: BotServices, update: Update, _: Context | None = None) -> None:
    """Stop updates that are not for the bot, or from people without access, before other
    handlers."""
    user = update.effective_user
    message = update.effective_message if update.callback_query is None else None
    _record_migration(bot, message)
    if user is None or (user.is_bot and not (message and message.sender_chat)):
        raise ApplicationHandlerStop  # a channel, or another bot; not an anonymous administrator
    if message is not None and message.via_bot is not None and message.via_bot.id == bot.client.id:
        raise ApplicationHandlerStop  # our own answer, sent inline
    if message is not None and not is_private(message) and not is_addressed(bot, message):
        raise ApplicationHandlerStop
    if update.message is not None and not await _is_reply_due(bot, update, update.message):
        raise ApplicationHandlerStop
    chat = update.effective_chat.id if update.effective_chat else None
    if not may_ask(bot, asker(update), chat):
        await _report_no_access(bot, update, asker(update))
        raise ApplicationHandlerStop


def _record_migration(bot: BotServices, message: Message | None) -> None:
    """Record that a group has become a supergroup, which the messages of both report."""
    if message is None:
        return
    if message.migrate_to_chat_id is not None:
        bot.sender.record_migration(message.chat.id, message.migrate_to_chat_id)
    elif message.migrate_from_chat_id is not None:
        bot.sender.record_migration(message.migrate_from_chat_id, message.chat.id)


async def _is_reply_due(bot: BotServices, update: Update, message: Message) -> bool:
    """Whether a message gets a reply: of an album only one does, the captioned one if there is any.

    Each document sent to be added gets its own reply.
    """
    album = message.media_group_id
    if album is None or (message.document is not None and can_add(bot, update, message)):
        return True
    if not message.caption:
        await asyncio.sleep(_ALBUM)
        if bot.state.has_captioned(message.chat.id, album):
            return False
    return bot.state.take_album(message.chat.id, album, update.update_id)


def can_add(bot: BotServices, update: Update, message: Message) -> bool:
    """Whether documents in a message are offered for adding."""
    return is_admin(bot, asker(update)) and is_private(message)


async def _report_no_access(bot: BotServices, update: Update, user: int) -> None:
    """Reply with one line that contains the person's id, in the form that suits the update."""
    if update.callback_query is not None:
        await bot.toast(update.callback_query, say.NO_ACCESS_SHORT.format(user=user), alert=True)
    elif update.inline_query is not None:
        await _offer_no_results(bot, update.inline_query, user)
    elif update.message is not None and not is_service(update.message):
        line = say.NO_ACCESS if is_private(update.message) else say.NO_ACCESS_GROUP
        if update.message.sender_chat is not None:
            line = say.NO_ACCESS_CHAT
        text = line.format(user=user, chat=update.message.chat.id)
        if bot.pressed.take(user).allowed:
            await bot.say(update, update.message, text)


async def _offer_no_results(bot: BotServices, query: InlineQuery, user: int) -> None:
    button = InlineQueryResultsButton(say.NO_ACCESS_SHORT.format(user=user), start_parameter="id")
    await bot.sender.repeat(lambda: query.answer([], cache_time=0, is_personal=True, button=button))


def is_service(message: Message) -> bool:
    """Whether a message is a service message, about an event in the chat."""
    return not (message.text or message.caption or message.effective_attachment)


def is_addressed(bot: BotServices, message: Message) -> bool:
    """Whether a message in a group is for this bot: a command, a mention, or a reply to the bot."""
    replied = message.reply_to_message
    if replied is not None and replied.from_user is not None:
        # In a topic every message is a reply to the one that created it.
        opened = replied.forum_topic_created is not None
        if replied.from_user.id == bot.client.id and not opened and not is_service(message):
            return True
    return is_command(bot, message) or mentions(bot, message)


def is_command(bot: BotServices, message: Message) -> bool:
    """Whether a message begins with a command that is not for another bot."""
    kinds: list[str | None] = [MessageEntityType.BOT_COMMAND]
    entities = message.parse_entities(kinds) | message.parse_caption_entities(kinds)
    first = next((text for entity, text in entities.items() if entity.offset == 0), None)
    if first is None:
        return False
    name, _, receiver = first[1:].partition("@")
    if receiver:
        return receiver.lower() == bot.client.username.lower()
    return is_private(message) or name.lower() in GROUP_COMMANDS


def mentions(bot: BotServices, message: Message) -> bool:
    """Whether a message mentions the bot."""
    return any(_is_me(bot, kind, text) for kind, text in _mentions(message))


def _mentions(message: Message) -> list[tuple[int, str]]:
    kinds: list[str | None] = [MessageEntityType.MENTION, MessageEntityType.TEXT_MENTION]
    found = message.parse_entities(kinds) | message.parse_caption_entities(kinds)
    return [(entity.user.id if entity.user else 0, text) for entity, text in found.items()]


def _is_me(bot: BotServices, user: int, text: str) -> bool:
    return user == bot.client.id or text.lower() == f"@{bot.client.username}".lower()


def without_mention(bot: BotServices, message: Message) -> str:
    """The text of a message without mentions of the bot."""
    text = message.text or message.caption or ""
    for user, named in _mentions(message):
        if _is_me(bot, user, named):
            text = text.replace(named, " ", 1)
    return text.strip(" \n\t,:")


def replied_words(bot: BotServices, message: Message) -> str:
    """The text that a message quotes, or that of the message it replies to, unless it is the
    bot's."""
    if message.quote is not None:
        return message.quote.text
    replied = message.reply_to_message
    if replied is None or (replied.from_user is not None and replied.from_user.id == bot.client.id):
        return ""
    return _COMMAND.sub("", without_mention(bot, replied), count=1)


async def may_press(bot: BotServices, query: CallbackQuery) -> bool:
    """Whether the person may press another button now; shows one notice if not."""
    verdict = bot.pressed.take(query.from_user.id)
    if verdict.tell:
        await bot.toast(query, say.SWEDISH.press_slower)
    return verdict.allowed


async def require_admin(bot: BotServices, update: Update, message: Message) -> bool:
    """Whether the sender of a message is an admin; tells them if not."""
    if is_admin(bot, asker(update)):
        return True
    await bot.say(update, message, say.ADMINS_ONLY)
    return False


async def require_admin_press(bot: BotServices, query: CallbackQuery) -> bool:
    """Whether the person who pressed an admin's button is one; shows a notice if not."""
    if is_admin(bot, query.from_user.id):
        return True
    await bot.toast(query, say.ADMINS_ONLY, alert=True)
    return False


# Without the bot's name, only commands that no other bot in a group is likely to handle.
GROUP_COMMANDS = frozenset(
    ["hjalp", "kallor", "sok", "ny", "om", "fraga", "glom", "uppdatera", "tabort"]
)
