"""The methods of the Bot API that act on messages, queries and the bot's profile."""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Callable
from typing import Any

from tests.bot.bot_api.arguments import Arguments, checked_markup, message_text
from tests.bot.bot_api.entities import QUOTABLE, find_quote, fixed, formatted
from tests.bot.bot_api.errors import ApiError, bad_request, flood_wait
from tests.bot.bot_api.markup import utf16_length
from tests.bot.bot_api.model import Chat, Json, Message, User
from tests.bot.bot_api.world import MAX_DOWNLOAD, World

OLD_QUERY = "query is too old and response timeout expired or query ID is invalid"
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly "
    "the same as a current content and reply markup of the message"
)
ACTIONS = {
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
    "cancel",
}
GENERAL_TOPIC = 1
NAMES = """
    getme logout close setmycommands getmycommands deletemycommands sendmessage senddocument
    editmessagetext editmessagereplymarkup deletemessage sendchataction answercallbackquery
    answerinlinequery getfile getchat getchatmember
"""
DESCRIPTIONS = {"Name": 64, "Description": 512, "ShortDescription": 120}


class Methods:
    """One method of this class for each method of the Bot API, in lower case."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.table: dict[str, Callable[[Arguments], Any]] = {
            name: getattr(self, name) for name in NAMES.split()
        }
        for kind, size in DESCRIPTIONS.items():
            key = {"Name": "name", "Description": "description"}.get(kind, "short_description")
            self.table[f"setmy{kind.lower()}"] = self._setter(kind, key, size)
            self.table[f"getmy{kind.lower()}"] = self._getter(kind, key)

    def call(self, method: str, arguments: Arguments) -> Any:
        """The result of a call, or an ApiError."""
        handler = self.table.get(method)
        if handler is None:
            raise ApiError(404, "Not Found: method not found")
        if self.world.logged_out:
            raise bad_request("logged out")
        return handler(arguments)

    # The bot itself

    def getme(self, _: Arguments) -> Json:
        return self.world.render_user(self.world.me) | {
            "can_join_groups": True,
            "can_read_all_group_messages": not self.world.privacy,
            "supports_inline_queries": True,
            "can_connect_to_business": False,
            "has_main_web_app": False,
        }

    def logout(self, _: Arguments) -> bool:
        self.world.logged_out = True
        return True

    def close(self, _: Arguments) -> bool:
        return True

    def setmycommands(self, arguments: Arguments) -> bool:
        commands = arguments.json("commands", "can't parse commands JSON object") or []
        if len(commands) > 100:
            raise bad_request("BOT_COMMANDS_TOO_MUCH")
        for command in commands:
            name = str(command.get("command", "")).removeprefix("/")
            if not re.fullmatch(r"[a-z0-9_]{1,32}", name):
                raise bad_request("BOT_COMMAND_INVALID")
            if not 1 <= utf16_length(str(command.get("description", ""))) <= 256:
                raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
        self.world.commands[self._audience(arguments)] = commands
        return True

    def getmycommands(self, arguments: Arguments) -> list[Json]:
        return self.world.commands.get(self._audience(arguments), [])

    def deletemycommands(self, arguments: Arguments) -> bool:
        self.world.commands.pop(self._audience(arguments), None)
        return True

    def _audience(self, arguments: Arguments) -> tuple[str, str]:
        scope = arguments.json("scope", "can't parse BotCommandScope JSON object") or {}
        kind = scope.get("type", "default")
        if "chat_id" in scope:
            kind += f":{self.world.chat(scope['chat_id'], write=False).id}"
        return kind, _language(arguments)

    def _setter(self, kind: str, key: str, size: int) -> Callable[[Arguments], bool]:
        def change(arguments: Arguments) -> bool:
            text = arguments.text(key)
            if utf16_length(text) > size:
                raise bad_request(f"{key} is too long".replace("_", " "))
            self.world.descriptions[kind, _language(arguments)] = text
            return True

        return change

    def _getter(self, kind: str, key: str) -> Callable[[Arguments], Json]:
        return lambda arguments: {
            key: self.world.descriptions.get((kind, _language(arguments)), "")
        }

    # Messages

    def sendmessage(self, arguments: Arguments) -> Json:
        text, entities = arguments.message_text()
        markup = arguments.reply_markup()
        chat = self.world.chat(arguments.values.get("chat_id"))
        return self._send(chat, arguments, text, entities, markup)

    def senddocument(self, arguments: Arguments) -> Json:
        text, entities = arguments.caption()
        markup = arguments.reply_markup()
        chat = self.world.chat(arguments.values.get("chat_id"))
        document = self._document(arguments)
        return self._send(chat, arguments, text, entities, markup, document=document)

    def _document(self, arguments: Arguments) -> Json:
        name = arguments.text("document").removeprefix("attach://") or "document"
        if name in arguments.files:
            file_name, data, mime = arguments.files[name]
            if not data:
                raise bad_request("file must be non-empty")
            return self.world.add_file(file_name, data, mime, len(data))
        if name in self.world.files:
            return self.world.files[name][1]
        if "document" not in arguments.values:
            raise bad_request("there is no document in the request")
        raise bad_request("wrong file identifier/HTTP URL specified")

    def _send(
        self,
        chat: Chat,
        arguments: Arguments,
        text: str,
        entities: list[Json],
        markup: Json | None,
        **fields: Any,
    ) -> Json:
        replied, quote = self._reply(chat, arguments)
        topic = self._topic(chat, arguments, replied)
        self._pass_gate(chat)
        message = self.world.add(
            chat,
            None if chat.type == "channel" else self.world.me,
            text,
            entities,
            markup,
            topic=topic,
            reply_to=replied,
            quote=quote,
            silent=arguments.flag("disable_notification"),
            link_preview=arguments.link_preview(),
            **fields,
        )
        message.thread = self.world.thread(message)
        return self.world.render(message)

    def _pass_gate(self, chat: Chat) -> None:
        if seconds := self.world.gate.wait(chat.id):
            raise flood_wait(math.ceil(seconds))

    def _topic(self, chat: Chat, arguments: Arguments, replied: Message | None) -> int | None:
        topic = arguments.integer("message_thread_id")
        if topic <= 0:
            return replied.topic if replied and chat.is_forum else None
        if topic == GENERAL_TOPIC or topic not in chat.topics:
            raise bad_request("message thread not found")
        if replied is not None and replied.topic != topic:
            raise bad_request("message to be replied not found")
        return topic

    def _reply(self, chat: Chat, arguments: Arguments) -> tuple[Message | None, Json | None]:
        parameters = arguments.json("reply_parameters", "can't parse reply parameters JSON object")
        if parameters is None:
            parameters = {
                "message_id": arguments.values.get("reply_to_message_id"),
                "allow_sending_without_reply": arguments.values.get("allow_sending_without_reply"),
            }
        values = Arguments(parameters, {})
        if values.integer("message_id") <= 0:
            return None, None
        where = chat
        if values.text("chat_id"):
            where = self.world.chat(values.values["chat_id"], write=False)
        quote = self._quote_text(values)
        replied = self.world.message(where, values.integer("message_id"))
        if replied is None:
            if values.flag("allow_sending_without_reply"):
                return None, None
            raise bad_request("message to be replied not found")
        return replied, quote and self._quote(replied, values, *quote)

    def _quote_text(self, values: Arguments) -> tuple[str, list[Json], int] | None:
        quote, entities = values.text("quote"), values.json("quote_entities", "")
        if not quote:
            return None
        if values.text("quote_parse_mode"):
            quote, entities = formatted(quote, values.text("quote_parse_mode"), allow_empty=True)
        quote, entities, left = fixed(quote, entities or [], allow_empty=True)
        return (quote, entities, left) if quote else None

    def _quote(
        self, replied: Message, values: Arguments, quote: str, entities: list[Json], left: int
    ) -> Json:
        entities = [entity for entity in entities if entity["type"] in QUOTABLE]
        asked = values.integer("quote_position") + left
        found = find_quote(replied.text, replied.entities, quote, entities, asked)
        if found is None or utf16_length(quote) > 1024:
            raise bad_request("QUOTE_TEXT_INVALID")
        result: Json = {"text": quote, "position": found, "is_manual": True}
        return result | ({"entities": entities} if entities else {})

    def editmessagetext(self, arguments: Arguments) -> Any:
        text, entities = arguments.message_text()
        markup = arguments.reply_markup()
        message = self._editable(arguments)
        if message.document is not None or not message.text:
            raise bad_request("there is no text in the message to edit")
        return self._edit(message, text, entities, markup, arguments)

    def editmessagereplymarkup(self, arguments: Arguments) -> Any:
        markup = arguments.reply_markup()
        message = self._editable(arguments)
        return self._edit(message, message.text, list(message.entities), markup, arguments)

    def _editable(self, arguments: Arguments) -> Message:
        if not arguments.text("chat_id") and not arguments.integer("message_id"):
            name = arguments.text("inline_message_id")
            if not name:
                raise bad_request("message identifier is not specified")
            if name not in self.world.inline_messages:
                raise bad_request("MESSAGE_ID_INVALID")
            return self.world.inline_messages[name]
        chat = self.world.chat(arguments.values.get("chat_id"))
        if arguments.integer("message_id") == 0:
            raise bad_request("message identifier is not specified")
        message = self.world.message(chat, arguments.integer("message_id"))
        if message is None:
            raise bad_request("message to edit not found")
        own = message.sender is self.world.me or message.via_bot is self.world.me
        own = own or (chat.type == "channel" and message.sender is None)
        keyboard = message.markup is not None and "inline_keyboard" not in message.markup
        if not own or keyboard or message.service:
            raise bad_request("message can't be edited")
        return message

    def _edit(
        self,
        message: Message,
        text: str,
        entities: list[Json],
        markup: Json | None,
        arguments: Arguments,
    ) -> Any:
        preview = arguments.link_preview()
        before = (message.text, list(message.entities), message.markup, message.link_preview)
        if before == (text, entities, markup, preview or message.link_preview):
            raise bad_request(NOT_MODIFIED)
        self._pass_gate(message.chat)
        message.link_preview = preview or message.link_preview
        self.world.edit(message, text, entities, markup)
        is_inline = not arguments.text("chat_id")
        return True if is_inline else self.world.render(message)

    def deletemessage(self, arguments: Arguments) -> bool:
        chat = self.world.chat(arguments.values.get("chat_id"))
        message = self.world.message(chat, arguments.integer("message_id"))
        if message is None:
            raise bad_request("message to delete not found")
        own = message.sender is self.world.me or chat.user is not None
        if not own and not chat.bot_is_admin:
            raise bad_request("message can't be deleted")
        message.deleted = True
        self.world.changed.notify_all()
        return True

    def sendchataction(self, arguments: Arguments) -> bool:
        if arguments.text("action").lower() not in ACTIONS:
            raise bad_request("wrong parameter action in request")
        self.world.chat(arguments.values.get("chat_id"))
        return True

    # Queries

    def answercallbackquery(self, arguments: Arguments) -> bool:
        callback = self.world.callbacks.get(arguments.text("callback_query_id"))
        if callback is None or callback.answered or callback.expired:
            raise bad_request(OLD_QUERY)
        if utf16_length(arguments.text("text")) > 200:
            raise bad_request("MESSAGE_TOO_LONG")
        url = arguments.text("url")
        if url and not re.match(rf"(https?://)?t(elegram)?\.me/{self.world.me.username}\b", url):
            raise bad_request("URL_INVALID")
        callback.answered = True
        callback.text = arguments.text("text") or None
        callback.show_alert = arguments.flag("show_alert")
        callback.url = url or None
        callback.answer_time = time.monotonic()
        self.world.changed.notify_all()
        return True

    def answerinlinequery(self, arguments: Arguments) -> bool:
        results = arguments.json("results", "can't parse JSON encoded inline query results") or []
        if not isinstance(results, list):
            raise bad_request("expected an Array of inline query results")
        if len(results) > 50:
            raise bad_request("too many inline query results specified")
        results = [self._inline_result(result) for result in results]
        query = self.world.inline_queries.get(arguments.text("inline_query_id"))
        if query is None or query.answered:
            raise bad_request(OLD_QUERY)
        names = [result["id"] for result in results]
        if any(not 0 < len(name.encode()) <= 64 for name in names):
            raise bad_request("RESULT_ID_INVALID")
        if len(set(names)) < len(names):
            raise bad_request("RESULT_ID_DUPLICATE")
        if len(arguments.text("next_offset").encode()) > 64:
            raise bad_request("NEXT_OFFSET_INVALID")
        query.results, query.answer, query.answered = results, arguments.values, True
        query.answer_time = time.monotonic()
        self.world.changed.notify_all()
        return True

    def _inline_result(self, result: Any) -> Json:
        prefix = "can't parse inline query result"
        if not isinstance(result, dict):
            raise bad_request(f"{prefix}: Inline query result must be an object")
        for name in ("type", "id", *(["title"] if result.get("type") == "article" else [])):
            if not isinstance(result.get(name), str):
                raise bad_request(f'{prefix}: Can\'t find field "{name}"')
        if result["type"] == "article" and not result["title"]:
            raise bad_request("ARTICLE_TITLE_EMPTY")
        content = result.get("input_message_content")
        kept = dict(result)
        try:
            if content is not None and content.get("message_text"):
                text, entities = message_text(
                    content["message_text"],
                    content.get("parse_mode") or "",
                    content.get("entities"),
                )
                kept["parsed"] = {"text": text, "entities": entities}
            elif result["type"] == "article":
                raise bad_request("Input message content is not specified")
            if "reply_markup" in result:
                kept["reply_markup"] = checked_markup(result["reply_markup"])
        except ApiError as error:
            reason = error.description.removeprefix("Bad Request: ")
            if reason == "message is too long":
                raise bad_request("MESSAGE_TOO_LONG") from None
            raise bad_request(f"{prefix}: {reason[:1].upper()}{reason[1:]}") from None
        return kept

    # Files, chats and members

    def getfile(self, arguments: Arguments) -> Json:
        if arguments.text("file_id") not in self.world.files:
            raise bad_request("wrong file_id or the file is temporarily unavailable")
        _, document = self.world.files[arguments.text("file_id")]
        if document["file_size"] > MAX_DOWNLOAD:
            raise bad_request("file is too big")
        path = f"documents/file_{document['file_unique_id']}"
        if "." in (name := document.get("file_name") or ""):
            path += "." + re.sub(r"\W", "", name.rsplit(".", 1)[1])
        kept = {key: document[key] for key in ("file_id", "file_unique_id", "file_size")}
        return kept | {"file_path": path}

    def getchat(self, arguments: Arguments) -> Json:
        chat = self.world.chat(arguments.values.get("chat_id"), write=False)
        gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription")
        return self.world.render_chat(chat) | {
            "accent_color_id": 0,
            "max_reaction_count": 11,
            "accepted_gift_types": dict.fromkeys((*gifts, "gifts_from_channels"), False),
        }

    def getchatmember(self, arguments: Arguments) -> Json:
        chat = self.world.chat(arguments.values.get("chat_id"), write=False)
        user_id = arguments.integer("user_id")
        user = self.world.users.get(user_id)
        if user is None:
            raise bad_request("user not found")
        return {"user": self.world.render_user(user), **self._membership(chat, user)}

    def _membership(self, chat: Chat, user: User) -> Json:
        if user is self.world.me and chat.bot_is_admin:
            rights = ("can_be_edited", "is_anonymous", "can_manage_chat", "can_delete_messages")
            rights += ("can_manage_video_chats", "can_restrict_members", "can_promote_members")
            rights += ("can_change_info", "can_invite_users", "can_post_stories")
            rights += ("can_edit_stories", "can_delete_stories")
            return {"status": "administrator", **dict.fromkeys(rights, False)}
        inside = user in (self.world.me, chat.user) or user in chat.members
        return {"status": "member" if inside else "left"}


def _language(arguments: Arguments) -> str:
    language = arguments.text("language_code")
    if language and not re.fullmatch(r"[a-z]{2}", language):
        raise bad_request("invalid language code specified")
    return language


def parse_body(body: bytes) -> Json:
    """The parameters of a JSON request."""
    try:
        values = json.loads(body or b"{}")
    except ValueError:
        raise bad_request("can't parse JSON object") from None
    if not isinstance(values, dict):
        raise bad_request("expected an Object")
    return values
