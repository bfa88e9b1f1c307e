"""The document built from a source and its blocks: title, origin and notices."""

import re
from collections.abc import Container, Sequence
from dataclasses import replace
from datetime import date
from itertools import takewhile

from embeddings.language.agencies import find_agencies
from embeddings.language.dates import find_dates
from embeddings.passages.structure import (
    KINDS,
    LABEL,
    ORIGIN_LINE,
    PUBLISHED_LINE,
    SECTION_LEVEL,
    normalise,
)
from embeddings.types import Block, BlockKind, Document, Metadata, Source

_STOP = re.compile(r"[.;,][\"”’')\]*_]*$")
_PUBLIC_NUMBER = re.compile(r"\b(?:19|20)\d\d(?:/\d\d)?(?::| nr )\d+\b")
"""The number of a law, a directive, a bill, an inquiry or a judgement: "1994:103", "2013 nr 63"."""
_TEMPLATE = re.compile(
    r"(?:protokoll|anteckningar|kallelse|föredragningslista|dagordning)\b", re.IGNORECASE
)
_BARE_KIND = re.compile(
    rf"(?:\w+s )?(?:{KINDS}|\w*{_TEMPLATE.pattern}|kommittédirektiv|dokument|mall)"
    r"|\w+ författningssamling",
    re.IGNORECASE,
)
"""A title that only states the kind of document: "Regeringens proposition"."""
_LOCAL_BODY = re.compile(r"(?:[\w-]+ ){1,2}kommun|region(?: [\w-]+){1,2}", re.IGNORECASE)
_TEMPLATE_LINES, _TEMPLATE_WORDS = 5, 4
_PUBLISHED_LABEL = re.compile(r"(?:innehållet\s+)?publi|published", re.IGNORECASE)
_NAVIGATION = "·»›|"
_TITLE_WORDS = 30
_TITLE_KINDS = frozenset({BlockKind.HEADING, BlockKind.PARAGRAPH})
_NO_NAMES = frozenset({BlockKind.ROW, BlockKind.METADATA})
_NAMED_KINDS = _TITLE_KINDS | {BlockKind.ROW}
NEVER_NOTICES = frozenset({BlockKind.METADATA, BlockKind.STATEMENT, BlockKind.ROW})
"""Kinds of blocks that are never furniture, however often the text is repeated."""


def make_document(source: Source, blocks: Sequence[Block], notices: Container[str]) -> Document:
    """Build the document of a source: mark its notices, find its title and origin.

    `notices` holds the normalised text of the blocks that are furniture in its collection.
    """
    marked = _mark_notices(source.text, blocks, notices)
    title, heading = source.metadata.title, None
    if title is None or title_key(title) in notices or _BARE_KIND.fullmatch(title):
        body = [block for block in marked if block.start >= source.body]  # no front matter
        found, heading = _own_title(source.text, body, notices)
        title = found or title
    if heading is not None:
        first = replace(heading, kind=BlockKind.HEADING, level=1)
        is_title = heading.kind in _TITLE_KINDS
        marked = [first if block is heading and is_title else block for block in marked]
    metadata = replace(source.metadata, title=title).or_else(_metadata(source.text, marked))
    metadata = metadata.or_else(replace(source.hints, published=None))  # that of the saved file
    metadata = metadata.shortened()
    return Document(source.name, source.text, metadata, tuple(marked), source.pages)


def title_key(title: str) -> str:
    """The key, among the texts of notices, for a title that several documents share."""
    return f"\0{normalise(title)}"


def _mark_notices(text: str, blocks: Sequence[Block], notices: Container[str]) -> list[Block]:
    """The blocks with furniture marked; a heading is furniture if all that it heads is."""
    marked: list[Block] = []
    for block in reversed(blocks):
        below = marked[-1] if marked else None
        heads_content = block.kind is BlockKind.HEADING and (
            below is None or below.kind is not BlockKind.NOTICE
        )
        may_be = block.kind not in NEVER_NOTICES and not heads_content
        is_notice = may_be and normalise(text[block.start : block.end]) in notices
        marked.append(replace(block, kind=BlockKind.NOTICE, level=0) if is_notice else block)
    return marked[::-1]


def _own_title(
    text: str, blocks: Sequence[Block], notices: Container[str]
) -> tuple[str | None, Block | None]:
    """The title in a text, and its block; that of a template ("Protokoll") is completed."""
    content = [block for block in blocks if block.kind is not BlockKind.NOTICE]
    unlike = [block for block in content
              if normalise(text[block.start : block.end]) not in notices]  # fmt: skip
    block = _title_block(text, unlike) or _title_block(text, content)
    if block is None:  # "Protokoll från årsmötet" states the kind and the origin
        said = (text[one.start : one.end] for one in content if _is_origin(text, one))
        return _filled_in(text, content, None) or next(said, None), None
    title = " ".join(text[block.start : block.end].split()).rstrip(";,")
    if block.kind is BlockKind.ROW:
        title = title.replace("; ", ", ")
    return _filled_in(text, content, block) or title, block


def _title_block(text: str, blocks: Sequence[Block]) -> Block | None:
    for above, block, below in zip([None, *blocks], blocks, [*blocks[1:], None], strict=False):
        if block.kind is BlockKind.METADATA or _is_running(text, block):
            continue
        if _is_bare_label(text, below) or _is_origin(text, above):
            return block
    opening = list(takewhile(lambda block: not _is_long(text, block), blocks))
    named = [one for one in opening if one.level == 1 or _is_numbered(text, one)]
    headings = [block for block in blocks[:4]
                if block.kind is BlockKind.HEADING and block.level < SECTION_LEVEL]  # fmt: skip
    first_level = [block for block in blocks if block.level == 1]
    found = named or first_level[:1] or headings
    if not found:
        return _short_opening(text, blocks)
    top = takewhile(lambda one: one in found or not _is_running(text, one), blocks)
    together = [found[0], *(block for block in top if block in found)]
    telling = (block for block in together if _tells(text[block.start : block.end]))
    return next(telling, found[0])


def _tells(title: str) -> bool:
    """Whether a title states more than the kind of document or its body."""
    is_name = any((one.start, one.end) == (0, len(title)) for one in find_agencies(title))
    return not is_name and not _LOCAL_BODY.fullmatch(title) and not _BARE_KIND.fullmatch(title)


def _is_long(text: str, block: Block) -> bool:
    return len(text[block.start : block.end].split()) > _TITLE_WORDS


def _is_running(text: str, block: Block) -> bool:
    """Whether a block is too long for a title, or a sentence."""
    said = text[block.start : block.end]
    is_sentence = bool(_STOP.search(said)) and block.kind is not BlockKind.HEADING
    return is_sentence or _is_long(text, block)


def _is_numbered(text: str, block: Block) -> bool:
    """Whether a block is the name of a law, a directive, a judgement … with its number."""
    said = text[block.start : block.end].rstrip(";")
    if block.kind not in _NAMED_KINDS or _STOP.search(said) or "\n" in said:
        return False
    if any(sign in said for sign in _NAVIGATION) or not _PUBLIC_NUMBER.search(said):
        return False
    named = [word for word in re.findall(r"\w+", said) if word.isalpha() and len(word) > 2]
    is_label = block.kind is not BlockKind.ROW and LABEL.fullmatch(said)
    return bool(named) and len(said.split()) > 1 and not is_label


def _filled_in(text: str, blocks: Sequence[Block], title: Block | None) -> str | None:
    """The title of minutes and similar, completed with the body and the day from the lines around
    it."""
    lines: list[str] = []
    at = None
    for block in blocks[:_TEMPLATE_LINES]:
        is_kind = _BARE_KIND.fullmatch(text, block.start, block.end)
        if _is_running(text, block) or (block.kind in _NO_NAMES and not is_kind):
            break
        at = len(lines) if block is title else at
        lines += [" ".join(line.split()) for line in text[block.start : block.end].split("\n")
                  if line.strip()]  # fmt: skip
    kinds = (number for number, line in enumerate(lines[:_TEMPLATE_LINES])
             if _TEMPLATE.search(line) and len(line.split()) < _TEMPLATE_WORDS)  # fmt: skip
    kind = next(kinds, None)
    if kind is None or (title is not None and (at is None or abs(kind - at) > 1)):
        return None
    above = [line for line in lines[max(kind - 1, 0) : kind] if _is_name(line)]
    below = [line for line in lines[kind + 1 : kind + 3]
             if _has_day(line) or (not above and _is_name(line))]  # fmt: skip
    parts = [*above, lines[kind], *below]
    return ", ".join(parts) if len(parts) > 1 else None


def _is_name(line: str) -> bool:
    """Whether a line may be the name of a body: few words, and no digit."""
    return len(line.split()) <= _TEMPLATE_WORDS and not re.search(r"[\d:]", line)


def _has_day(text: str) -> bool:
    return any(mention.has_day for mention in find_dates(text))


def _is_bare_label(text: str, block: Block | None) -> bool:
    """Whether a block is "Publicerad", with or without its date, which is below the title."""
    if block is None or block.kind is not BlockKind.METADATA:
        return False
    line = PUBLISHED_LINE.match(text, block.start, block.end)
    return line is not None and text[block.start] in "Pp" and line.end() == block.end


def _is_origin(text: str, block: Block | None) -> bool:
    """Whether a block is "Artikel från …", which is above the title."""
    if block is None or block.kind is not BlockKind.METADATA:
        return False
    origin = ORIGIN_LINE.fullmatch(text, block.start, block.end)
    return origin is not None and origin["publisher"] is not None


def _short_opening(text: str, content: Sequence[Block]) -> Block | None:
    opening = next((block for block in content if block.kind is not BlockKind.METADATA), None)
    if opening is None or len(content) < 2 or opening.kind is not BlockKind.PARAGRAPH:
        return None
    words = text[opening.start : opening.end]
    is_short = len(words.split()) <= 15 and "\n" not in words
    return opening if is_short and not _STOP.search(words) else None


def _metadata(text: str, blocks: Sequence[Block]) -> Metadata:
    """The origin stated in the text.

    A date at its top is its own. Dates further down may be those of other documents that it links
    to, so one of them is its own only if there is no other.
    """
    origin = None
    top: list[date] = []
    below: list[date] = []
    paragraphs = 0
    for block in blocks:
        paragraphs += block.kind is BlockKind.PARAGRAPH
        if block.kind is BlockKind.METADATA:
            origin = origin or ORIGIN_LINE.fullmatch(text, block.start, block.end)
            dates = find_dates(text[block.start : block.end])
            is_said = _PUBLISHED_LABEL.match(text, block.start, block.end)
            day = dates[0].as_date() if is_said and len(dates) == 1 else None  # two are a period
            if day is not None:
                (top if paragraphs <= 1 else below).append(day)
    own = top[:1] or (below if len(set(below)) == 1 else [])
    return Metadata(
        publisher=origin["publisher"] if origin else None,
        kind=origin["kind"] if origin else None,
        published=own[0] if own else None,
    )
