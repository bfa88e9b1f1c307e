"""A Telegram Bot API server on loopback that is as strict as Telegram, for tests."""

from tests.bot.bot_api.control import BotApi
from tests.bot.bot_api.entities import clean
from tests.bot.bot_api.faults import Fault, Faults, FloodLimits
from tests.bot.bot_api.markup import parse_html, utf16_length
from tests.bot.bot_api.model import Button, Call, Callback, Chat, InlineQuery, Message, User

__all__ = [
    "BotApi",
    "Button",
    "Call",
    "Callback",
    "Chat",
    "Fault",
    "Faults",
    "FloodLimits",
    "InlineQuery",
    "Message",
    "User",
    "clean",
    "parse_html",
    "utf16_length",
]
