"""The parameters of a call, read as leniently as Telegram reads them."""

from __future__ import annotations

import json
from typing import Any

from tests.bot.bot_api.entities import formatted
from tests.bot.bot_api.errors import bad_request
from tests.bot.bot_api.links import checked_link
from tests.bot.bot_api.markup import utf16_length
from tests.bot.bot_api.model import Json

MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_BUTTONS = 100
BUTTON_KINDS = (
    "url",
    "callback_data",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)


class Arguments:
    """Parameters by name, whether they came as JSON or as strings."""

    def __init__(self, values: Json, files: dict[str, tuple[str, bytes, str]]) -> None:
        self.values = values
        self.files = files

    def text(self, name: str) -> str:
        """A string; "" when it is missing."""
        value = self.values.get(name)
        return "" if value is None else str(value)

    def integer(self, name: str, default: int = 0) -> int:
        """A whole number; the default when it is missing or something else."""
        try:
            return int(self.values.get(name, default))
        except (TypeError, ValueError):
            return default

    def flag(self, name: str) -> bool:
        """A truth value."""
        return str(self.values.get(name, "")).lower() in ("true", "yes", "1")

    def json(self, name: str, error: str) -> Any:
        """A JSON value, or None when it is missing."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise bad_request(error) from None

    def message_text(self) -> tuple[str, list[Json]]:
        """The text of a message with its entities."""
        return message_text(
            self.text("text"),
            self.text("parse_mode"),
            self.json("entities", "can't parse entities JSON object"),
        )

    def caption(self) -> tuple[str, list[Json]]:
        """The caption of a file with its entities."""
        text, entities = formatted(
            self.text("caption"),
            self.text("parse_mode"),
            self.json("caption_entities", "can't parse entities JSON object"),
            allow_empty=True,
        )
        if utf16_length(text) > MAX_CAPTION:
            raise bad_request("message caption is too long")
        return text, entities

    def reply_markup(self) -> Json | None:
        """The keyboard of a message, checked."""
        markup = self.json("reply_markup", "can't parse reply keyboard markup JSON object")
        return None if markup is None else checked_markup(markup)

    def link_preview(self) -> Json | None:
        """The options of the link preview."""
        options: Json | None = self.json(
            "link_preview_options", "can't parse link preview options JSON object"
        )
        if options is None and self.flag("disable_web_page_preview"):
            return {"is_disabled": True}
        return options


def message_text(text: str, parse_mode: str, entities: Any) -> tuple[str, list[Json]]:
    """The text that stands in a message, or Telegram's error."""
    if not text:
        raise bad_request("message text is empty")
    text, parsed = formatted(text, parse_mode, entities)
    if utf16_length(text) > MAX_TEXT:
        raise bad_request("message is too long")
    return text, parsed


def checked_markup(markup: Any) -> Json | None:
    """A reply markup as Telegram keeps it, or its error."""
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" not in markup:
        return markup or None
    rows = markup["inline_keyboard"]
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request('field "inline_keyboard" of the InlineKeyboardMarkup must be an Array')
    kept = [[_checked_button(button) for button in row] for row in rows]
    kept = [row for row in ([b for b in row if b["text"]][:12] for row in kept) if row]
    if sum(len(row) for row in kept) > MAX_BUTTONS:
        raise bad_request("reply markup is too long")
    return {"inline_keyboard": kept} if kept else None


def _checked_button(button: Any) -> Json:
    prefix = "can't parse inline keyboard button"
    if not isinstance(button, dict):
        raise bad_request(f"{prefix}: InlineKeyboardButton must be an Object")
    if not isinstance(button.get("text"), str):
        raise bad_request(f'{prefix}: Can\'t find field "text"')
    kind = next((name for name in BUTTON_KINDS if name in button), None)
    if kind is None:
        raise bad_request(f"{prefix}: Text buttons are unallowed in the inline keyboard")
    value = button[kind]
    if kind == "callback_data" and not 0 < len(str(value).encode()) <= 64:
        raise bad_request("BUTTON_DATA_INVALID")
    if kind == "url":
        value = checked_link(str(value))
        if value is None:
            url = button["url"]
            raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
    return {"text": button["text"], kind: value}
