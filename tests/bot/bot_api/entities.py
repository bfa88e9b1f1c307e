"""What Telegram makes of a text and its entities before it stores a message."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from tests.bot.bot_api.errors import bad_request
from tests.bot.bot_api.markup import parse_html, utf16_length
from tests.bot.bot_api.model import Json

SPLITTABLE = ("bold", "italic", "underline", "strikethrough", "spoiler")
BLOCKQUOTES = ("blockquote", "expandable_blockquote")
CODE = ("code", "pre")
QUOTABLE = (*SPLITTABLE, "custom_emoji")
MAX_ENTITIES = 100
MAX_TEXT_BYTES = 35_000

_PRIORITY = {
    "blockquote": 0,
    "expandable_blockquote": 0,
    "pre": 11,
    "code": 20,
    "text_link": 49,
    "text_mention": 49,
    "bold": 90,
    "italic": 91,
    "underline": 92,
    "strikethrough": 93,
    "spoiler": 94,
    "custom_emoji": 99,
}
_REMOVED = re.compile("[\r\u2028-\u202e\u0333\u033f\u030a]")
_CONTROL = re.compile("[\x00-\x09\x0b\x0c\x0e-\x1f]")
_MARKS = re.compile("[\u200e\u200f]{2,}")
_INVISIBLE = re.compile("[\\s\u00ad\u180e\u200b-\u200f\u202e\u2060-\u2064\u2800\ufeff\ufffc]*")
_FOUND = {
    "mention": re.compile(r"(?<!\w)@[A-Za-z0-9_]{4,32}(?!\w)"),
    "bot_command": re.compile(
        r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/<>])"
    ),
    "hashtag": re.compile(r"(?<![\w\u200c])#(?=\w*[^\W\d_])\w{1,256}(?![\w#])"),
    "email": re.compile(r"(?<![\w.+-])[A-Za-z0-9_.+-]+@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}(?![\w-])"),
    "url": re.compile(
        r"(?i)(?<![\w@.])(?:https?://[^\s<>\"«»]+[^\s<>\"«».,:;!?'()]"
        r"|(?:[a-zåäö0-9-]+\.)+(?:se|nu|com|org|net|eu|io|info|me|de)(?:/[^\s<>\"]*[^\s<>\".,:;!?'()])?"
        r"(?![\w@.-]*\w))"
    ),
}


def formatted(
    text: str,
    parse_mode: str = "",
    entities: list[Json] | None = None,
    *,
    allow_empty: bool = False,
) -> tuple[str, list[Json]]:
    """The text and entities that Telegram stores for what a bot or a person sends."""
    parsed = [dict(entity) for entity in entities or []]
    if parse_mode:
        if parse_mode.lower() != "html":
            raise bad_request("unsupported parse_mode")
        text, parsed = parse_html(text)
    text, parsed, _ = fixed(text, parsed, allow_empty=allow_empty)
    parsed = _limited(parsed)
    return text, _merged(parsed, found_entities(text))


def fixed(
    text: str, entities: list[Json], *, allow_empty: bool = False
) -> tuple[str, list[Json], int]:
    """Cleaned and trimmed text, valid entities, and how many units went at the start."""
    entities = fix_entities([entity for entity in entities if entity["length"] > 0])
    text, entities = _cleaned(text, entities)
    stripped = text.rstrip(" \n")
    if not stripped:
        if allow_empty:
            return "", [], 0
        raise bad_request("text must be non-empty")
    entities = fix_entities(_cut(entities, utf16_length(stripped)))
    first = entities[0]["offset"] if entities else len(stripped)
    left = min(len(stripped) - len(stripped.lstrip(" \n")), first)
    text = stripped[left:]
    for entity in entities:
        entity["offset"] -= left
    if not allow_empty and _INVISIBLE.fullmatch(text):
        raise bad_request("text must be non-empty")
    if len(encoded := text.encode()) > MAX_TEXT_BYTES:
        text = encoded[:MAX_TEXT_BYTES].decode("utf-8", "ignore")
        size = utf16_length(text)
        entities = [e for e in entities if _end(e) <= size]
    return text, entities, left


def clean(text: str) -> str:
    """A text without the characters that Telegram takes out or turns into spaces."""
    text = _CONTROL.sub(" ", _REMOVED.sub("", text))
    return _MARKS.sub(lambda run: "\u200c" * (len(run[0]) - 1) + run[0][-1], text)


def _cleaned(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise bad_request("strings must be encoded in UTF-8") from None
    if not entities:
        return clean(text), entities
    new_offsets: dict[int, int] = {}
    old = new = 0
    for character in text:
        new_offsets[old] = new
        width = utf16_length(character)
        old += width
        new += 0 if _REMOVED.match(character) else width
    new_offsets[old] = new
    for entity in entities:
        begin, end = entity["offset"], _end(entity)
        if begin not in new_offsets or end not in new_offsets:
            raise bad_request(_misplaced(entity, old))
        entity["offset"] = new_offsets[begin]
        entity["length"] = new_offsets[end] - new_offsets[begin]
    return clean(text), [entity for entity in entities if entity["length"] > 0]


def _misplaced(entity: Json, size: int) -> str:
    begin, end = entity["offset"], _end(entity)
    if begin >= size:
        return f"entity begins after the end of the text at UTF-16 offset {begin}"
    if end > size:
        return (
            f"entity beginning at UTF-16 offset {begin} ends after the end of the text "
            f"at UTF-16 offset {end}"
        )
    return f"entity beginning at UTF-16 offset {begin} ends in a middle of a UTF-16 symbol"


def _cut(entities: list[Json], size: int) -> list[Json]:
    kept = [entity for entity in entities if entity["offset"] < size]
    for entity in kept:
        entity["length"] = min(entity["length"], size - entity["offset"])
    return kept


def _end(entity: Json) -> int:
    return entity["offset"] + entity["length"]


def _sorted(entities: Iterable[Json]) -> list[Json]:
    return sorted(entities, key=lambda e: (e["offset"], -e["length"], _PRIORITY.get(e["type"], 50)))


def fix_entities(entities: list[Json]) -> list[Json]:
    """Entities nested as Telegram allows: split, merged or dropped where they are not."""
    entities = _sorted(entities)
    if _valid(entities):
        return entities
    splittable = [e for e in entities if e["type"] in SPLITTABLE]
    quotes = _without_overlaps(e for e in entities if e["type"] in BLOCKQUOTES)
    others = _without_overlaps(
        e for e in entities if e["type"] not in SPLITTABLE and e["type"] not in BLOCKQUOTES
    )
    others = _sorted([e for e in others if not _crosses(e, quotes)] + quotes)
    return _sorted(others + _split(splittable, others))


def _valid(entities: list[Json]) -> bool:
    ends: dict[str, int] = {}
    stack: list[Json] = []
    for entity in entities:
        kind = entity["type"]
        while stack and entity["offset"] >= _end(stack[-1]):
            stack.pop()
        if stack and not _may_nest(entity, stack):
            return False
        if kind in SPLITTABLE:
            if ends.get(kind, -1) >= entity["offset"]:
                return False
            ends[kind] = _end(entity)
        stack.append(entity)
    return True


def _may_nest(entity: Json, stack: list[Json]) -> bool:
    """Blockquotes may hold all but blockquotes, links may hold styles, styles nothing."""
    kind, around = entity["type"], [outer["type"] for outer in stack]
    if _end(entity) > _end(stack[-1]) or kind in around:
        return False
    if any(outer in CODE or outer in SPLITTABLE for outer in around):
        return False
    if kind in SPLITTABLE:
        return True
    return kind not in BLOCKQUOTES and all(outer in BLOCKQUOTES for outer in around)


def _without_overlaps(entities: Iterable[Json]) -> list[Json]:
    kept: list[Json] = []
    for entity in entities:
        if not kept or entity["offset"] >= _end(kept[-1]):
            kept.append(entity)
    return kept


def _crosses(entity: Json, quotes: list[Json]) -> bool:
    for quote in quotes:
        if _end(quote) <= entity["offset"] or quote["offset"] >= _end(entity):
            continue
        if quote["offset"] > entity["offset"] or _end(quote) < _end(entity):
            return True
    return False


def _split(splittable: list[Json], others: list[Json]) -> list[Json]:
    """Merges what touches, cuts at every border of another entity, drops what is in code."""
    merged: list[Json] = []
    for kind in SPLITTABLE:
        run: list[Json] = []
        for entity in splittable:
            if entity["type"] != kind:
                continue
            if run and entity["offset"] <= _end(run[-1]):
                run[-1]["length"] = max(_end(run[-1]), _end(entity)) - run[-1]["offset"]
            else:
                run.append(dict(entity))
        merged += run
    borders = {e["offset"] for e in merged} | {e["offset"] for e in others}
    borders |= {_end(e) for e in others}
    code = [e for e in others if e["type"] in CODE]
    pieces: list[Json] = []
    for entity in merged:
        inner = {b for b in borders if entity["offset"] < b < _end(entity)}
        cuts = sorted({entity["offset"], _end(entity), *inner})
        pieces += [
            {**entity, "offset": begin, "length": end - begin}
            for begin, end in pairwise(cuts)
            if not any(c["offset"] <= begin and end <= _end(c) for c in code)
        ]
    return _sorted(pieces)


def _limited(entities: list[Json]) -> list[Json]:
    """The first hundred entities; bold and its like come after all others."""
    emoji = [e for e in entities if e["type"] == "custom_emoji"]
    others = [e for e in entities if e["type"] not in SPLITTABLE and e["type"] != "custom_emoji"]
    others = others[:MAX_ENTITIES]
    styles = _split([e for e in entities if e["type"] in SPLITTABLE], [])
    return fix_entities(emoji + others + styles[: MAX_ENTITIES - len(others)])


def found_entities(text: str) -> list[Json]:
    """Mentions, commands, hashtags, addresses and links that Telegram finds by itself."""
    found = []
    for kind, pattern in _FOUND.items():
        for match in pattern.finditer(text):
            offset = utf16_length(text[: match.start()])
            found.append({"type": kind, "offset": offset, "length": utf16_length(match[0])})
    return _without_overlaps(_sorted(found))


def _merged(entities: list[Json], found: list[Json]) -> list[Json]:
    fixed_ones = [
        e for e in entities if e["type"] not in SPLITTABLE and e["type"] not in BLOCKQUOTES
    ]
    quotes = [e for e in entities if e["type"] in BLOCKQUOTES]
    new = [
        e
        for e in found
        if not _crosses(e, quotes)
        and not any(o["offset"] < _end(e) and e["offset"] < _end(o) for o in fixed_ones)
    ]
    if not new:
        return entities
    others = _sorted(fixed_ones + quotes + new)
    return _sorted(others + _split([e for e in entities if e["type"] in SPLITTABLE], others))


def slice_utf16(text: str, offset: int, length: int) -> str:
    """The part of a text that an entity covers."""
    units = text.encode("utf-16-le")
    return units[2 * offset : 2 * (offset + length)].decode("utf-16-le", "replace")


def find_quote(
    text: str, entities: Iterable[Json], quote: str, quote_entities: list[Json], position: int
) -> int | None:
    """Where a quote with its entities stands in a message, nearest to a position."""
    units, wanted = text.encode("utf-16-le"), quote.encode("utf-16-le")
    styles = _spans(entities, 0, len(units) // 2)
    asked = _spans(quote_entities, 0, len(wanted) // 2)
    places = []
    start = units.find(wanted)
    while start >= 0:
        if start % 2 == 0:
            begin = start // 2
            if _clip(styles, begin, len(wanted) // 2) == asked:
                places.append(begin)
        start = units.find(wanted, start + 1)
    return min(places, key=lambda place: abs(place - position), default=None)


def _spans(entities: Iterable[Json], begin: int, length: int) -> set[tuple[str, int]]:
    """Which unit carries which style, as pairs."""
    return {
        (f"{e['type']}{e.get('custom_emoji_id', '')}", unit - begin)
        for e in entities
        if e["type"] in QUOTABLE
        for unit in range(max(e["offset"], begin), min(_end(e), begin + length))
    }


def _clip(spans: set[tuple[str, int]], begin: int, length: int) -> set[tuple[str, int]]:
    return {(kind, unit - begin) for kind, unit in spans if begin <= unit < begin + length}
