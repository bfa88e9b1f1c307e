"""Telegram's HTML, read byte by byte with Telegram's own rules and error texts."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tests.bot.bot_api.errors import ApiError
from tests.bot.bot_api.links import checked_link, mentioned_user
from tests.bot.bot_api.model import Json

_TYPES = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "span": "spoiler",
    "tg-spoiler": "spoiler",
}
_TAGS = {*_TYPES, "a", "code", "pre", "blockquote", "tg-emoji"}
_NAMED = {b"lt": "<", b"gt": ">", b"amp": "&", b"quot": '"'}
_SPACE = b" \t\r\n\0\x0b"
_SPECIAL = re.compile(rb"[<&]")
_REFERENCE = re.compile(rb"&(?:#x(?P<hex>[0-9A-Fa-f]*)|#(?P<dec>[0-9]*)|(?P<name>[A-Za-z]*))")
_NAME_TOKEN = re.compile(rb"[0-9A-Za-z.-]*")


def utf16_length(text: str) -> int:
    """The length of a text in UTF-16 units, as Telegram counts."""
    return len(text) + sum(character > "\uffff" for character in text)


def parse_html(html: str) -> tuple[str, list[Json]]:
    """Plain text and entities of Telegram's HTML, or Telegram's error for what it rejects."""
    return _Parser(html.encode("utf-8", "surrogatepass")).parse()


@dataclass
class _Open:
    """A start tag whose end tag has not come yet."""

    tag: str
    argument: str
    offset: int
    position: int


class _Parser:
    """One pass over the bytes; past the end they read as NUL, as in a C string."""

    def __init__(self, data: bytes) -> None:
        self.size = len(data)
        self.data = data + b"\0" * 4
        self.out = bytearray()
        self.offset = 0
        self.open: list[_Open] = []
        self.entities: list[Json] = []

    def parse(self) -> tuple[str, list[Json]]:
        position = 0
        while position < self.size:
            special = _SPECIAL.search(self.data, position, self.size)
            end = special.start() if special else self.size
            self._put(self.data[position:end].decode("utf-8", "surrogatepass"))
            position = end
            if special is None:
                break
            if self.data[position] == ord("&"):
                position = self._text_reference(position)
            elif self.data[position + 1] == ord("/"):
                position = self._end_tag(position)
            else:
                position = self._start_tag(position)
        if self.open:
            tag = self.open[-1].tag
            raise _fail(f'Can\'t find end tag corresponding to start tag "{tag}"')
        return self._text(), self._finished_entities()

    def _put(self, text: str) -> None:
        self.out += text.encode("utf-8", "surrogatepass")
        self.offset += utf16_length(text)

    def _text(self) -> str:
        try:
            return self.out.decode("utf-8")
        except UnicodeDecodeError:
            raise _fail(
                "Text contains invalid Unicode characters after decoding HTML entities, "
                "check for unmatched surrogate code units"
            ) from None

    def _finished_entities(self) -> list[Json]:
        for entity in self.entities:
            if entity["type"] == "code":
                entity.pop("language", None)
        return self.entities

    def _text_reference(self, position: int) -> int:
        character, after = self._reference(position)
        self._put(character or "&")
        return after

    def _reference(self, position: int) -> tuple[str, int]:
        """The character of a reference and where it ends; "" leaves the ampersand as it is."""
        match = _REFERENCE.match(self.data, position)
        if match is None:
            return "", position + 1
        if match["name"] is not None:
            character = _NAMED.get(match["name"], "")
        else:
            code = int(match["hex"] or b"0", 16) if match["dec"] is None else 0
            code = code or int(match["dec"] or b"0")
            allowed = 0 < code < 0x10FFFF and match.end() - position < 10
            character = chr(code) if allowed else ""
        if not character:
            return "", position + 1
        end = match.end()
        return character, end + (self.data[end] == ord(";"))

    def _start_tag(self, begin: int) -> int:
        position = self._until(begin + 1, b">")
        if self.data[position] == 0:
            raise _fail(f"Unclosed start tag at byte offset {begin}")
        tag = self._name(begin + 1, position)
        if tag not in _TAGS:
            raise _fail(f'Unsupported start tag "{tag}" at byte offset {begin}')
        argument = ""
        while self.data[position] != ord(">"):
            position = self._skip_space(position)
            if self.data[position] == ord(">"):
                break
            name, value, position = self._attribute(tag, begin, position)
            argument = _argument(tag, name, value, argument)
        if tag == "span" and argument != "spoiler":
            raise _fail(f'Tag "span" must have class "tg-spoiler" at byte offset {begin}')
        self.open.append(_Open(tag, argument, self.offset, len(self.out)))
        return position + 1

    def _attribute(self, tag: str, begin: int, position: int) -> tuple[str, str | None, int]:
        end = self._until(position, b"=>/\"'")
        name = self.data[position:end].decode("utf-8", "replace")
        if not name:
            raise _fail(f'Empty attribute name in the tag "{tag}" at byte offset {begin}')
        end = self._skip_space(end)
        if self.data[end] != ord("="):
            if self.data[end] == 0:
                raise _fail(f'Unclosed start tag "{tag}" at byte offset {begin}')
            return name, None, end
        end = self._skip_space(end + 1)
        if self.data[end] == 0:
            raise _fail(f'Unclosed start tag "{tag}" at byte offset {begin}')
        value, end = self._quoted(end) if self.data[end] in b"\"'" else self._token(end)
        if self.data[end] == 0:
            raise _fail(f"Unclosed start tag at byte offset {begin}")
        return name, value, end

    def _token(self, begin: int) -> tuple[str, int]:
        match = _NAME_TOKEN.match(self.data, begin)
        end = match.end() if match else begin
        if self.data[end] not in _SPACE + b">":
            raise _fail(f"Unexpected end of name token at byte offset {begin}")
        return self._name(begin, end), end

    def _quoted(self, begin: int) -> tuple[str, int]:
        mark = self.data[begin]
        position = begin + 1
        value = bytearray()
        while self.data[position] not in (mark, 0):
            character, after = "", position + 1
            if self.data[position] == ord("&"):
                character, after = self._reference(position)
            value += (
                character.encode("utf-8", "surrogatepass") or self.data[position : position + 1]
            )
            position = after
        return value.decode("utf-8", "replace"), position + (self.data[position] == mark)

    def _end_tag(self, begin: int) -> int:
        if not self.open:
            raise _fail(f"Unexpected end tag at byte offset {begin}")
        position = self._until(begin + 2, b">")
        name = self._name(begin + 2, position)
        position = self._skip_space(position)
        if self.data[position] != ord(">"):
            raise _fail(f"Unclosed end tag at byte offset {begin}")
        opened = self.open[-1]
        if name and name != opened.tag:
            raise _fail(
                f"Unmatched end tag at byte offset {begin}, "
                f'expected "</{opened.tag}>", found "</{name}>"'
            )
        if self.offset > opened.offset:
            self._close(opened)
        self.open.pop()
        return position + 1

    def _close(self, opened: _Open) -> None:
        span: Json = {"offset": opened.offset, "length": self.offset - opened.offset}
        match opened.tag:
            case "a":
                self._link(opened, span)
            case "pre" | "code":
                self._code(opened, span)
            case "blockquote":
                kind = "expandable_blockquote" if opened.argument else "blockquote"
                self.entities.append({"type": kind, **span})
            case "tg-emoji":
                if not opened.argument.isdecimal() or not 0 < int(opened.argument) < 2**63:
                    raise _fail("Invalid custom emoji identifier specified")
                self.entities.append(
                    {"type": "custom_emoji", **span, "custom_emoji_id": opened.argument}
                )
            case tag:
                self.entities.append({"type": _TYPES[tag], **span})

    def _link(self, opened: _Open, span: Json) -> None:
        url = opened.argument or self.out[opened.position :].decode("utf-8", "replace")
        if (user_id := mentioned_user(url)) is not None:
            self.entities.append({"type": "text_mention", **span, "user": {"id": user_id}})
        elif checked := checked_link(url):
            self.entities.append({"type": "text_link", **span, "url": checked})

    def _code(self, opened: _Open, span: Json) -> None:
        last = self.entities[-1] if self.entities else {"type": ""}
        same = all(last.get(key) == span[key] for key in span)
        if opened.tag == "pre":
            if same and last["type"] == "code" and "language" in last:
                last["type"] = "pre"
            else:
                self.entities.append({"type": "pre", **span})
        elif same and last["type"] == "pre" and opened.argument:
            last["language"] = opened.argument
        else:
            language = {"language": opened.argument} if opened.argument else {}
            self.entities.append({"type": "code", **span, **language})

    def _until(self, position: int, marks: bytes) -> int:
        while self.data[position] not in _SPACE and self.data[position] not in marks:
            position += 1
        return position

    def _skip_space(self, position: int) -> int:
        while self.data[position] != 0 and self.data[position] in _SPACE:
            position += 1
        return position

    def _name(self, begin: int, end: int) -> str:
        return self.data[begin:end].lower().decode("utf-8", "replace")


def _argument(tag: str, name: str, value: str | None, argument: str) -> str:
    match tag, name:
        case "blockquote", "expandable":
            return "1"
        case ("a", "href") | ("tg-emoji", "emoji-id") if value is not None:
            return value
        case "code", "class" if value and value.startswith("language-"):
            return value.removeprefix("language-")
        case "span", "class" if value and value.startswith("tg-"):
            return value.removeprefix("tg-")
    return argument


def _fail(reason: str) -> ApiError:
    return ApiError(400, f"Bad Request: can't parse entities: {reason}")
