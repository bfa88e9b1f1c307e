"""The document built from a source and its blocks: title, origin and notices."""

import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import replace
from datetime import date

from embeddings.language.dates import find_dates
from embeddings.passages.head import TITLE_LINES, HeadLine, find_own_date, find_title, head_lines
from embeddings.passages.markup import without_markup
from embeddings.passages.structure import (
    KINDS,
    ORIGIN_LINE,
    SECTION_LEVEL,
    item_spans,
    normalise,
)
from embeddings.types import Block, BlockKind, Document, Metadata, Source

_BARE_KIND = re.compile(
    rf"(?:\w+s )?(?:{KINDS}|\w*(?:protokoll|anteckningar|kallelse|föredragningslista|dagordning)|"
    r"kommittédirektiv|dokument|mall)|\w+ författningssamling",
    re.IGNORECASE,
)
"""A title that only states the kind of document: "Regeringens proposition"."""
_NAME_WORDS, _DAY_WORDS = 4, 5
_PUBLISHED_LABEL = re.compile(r"(?:innehållet\s+)?publi|published", re.IGNORECASE)
_TITLE_KINDS = frozenset({BlockKind.HEADING, BlockKind.PARAGRAPH, BlockKind.LIST})
NEVER_NOTICES = frozenset({BlockKind.METADATA, BlockKind.STATEMENT, BlockKind.ROW})
"""Kinds of blocks that are never furniture, however often the text is repeated."""


def make_document(source: Source, blocks: Sequence[Block], notices: Container[str]) -> Document:
    """Build the document of a source: mark its notices, find its title and origin.

    `notices` holds the normalised text of the blocks that are furniture in its collection.
    """
    marked = _mark_notices(source.text, blocks, notices)
    title, line = source.metadata.title, None
    if title is None or title_key(title) in notices or _BARE_KIND.fullmatch(title):
        body = [block for block in marked if block.start >= source.body]  # no front matter
        found, line = _own_title(source, body, notices)
        title = found or title
    if line is not None:
        marked = list(_with_title(source.text, marked, line))
    metadata = replace(source.metadata, title=title).or_else(_metadata(source, marked))
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
    source: Source, blocks: Sequence[Block], notices: Container[str]
) -> tuple[str | None, HeadLine | None]:
    """The title in a text, and its line; that of a template ("Protokoll") is completed."""
    content = [block for block in blocks if block.kind is not BlockKind.NOTICE]
    unlike = [block for block in content
              if normalise(source.text[block.start : block.end]) not in notices]  # fmt: skip
    is_required = source.metadata.title is not None
    for candidates in (unlike, content) if len(unlike) < len(content) else (content,):
        lines = head_lines(source.text, candidates, TITLE_LINES)
        if not any(line.block.level == 1 for line in lines):
            first_level = [block for block in candidates if block.level == 1]
            lines += head_lines(source.text, first_level, 1)
        number = find_title(source.text, lines, required=is_required)
        if number is not None:
            return _completed(source, lines, number), lines[number]
    return None, None


def _completed(source: Source, lines: Sequence[HeadLine], number: int) -> str:
    """The title at a line; that of minutes and similar with the body and the day from the lines
    around it."""
    title = _wording(source, lines[number])
    if not _BARE_KIND.fullmatch(title):
        return title
    above = [_wording(source, line) for line in lines[max(number - 1, 0) : number]]
    names = [line for line in above if _is_name(line)]
    below = [_wording(source, line) for line in lines[number + 1 : number + 3]]
    more = [line for place, line in enumerate(below)
            if _is_day(line) or (place == 0 and not names and _is_name(line))]  # fmt: skip
    return ", ".join([*names, title, *more])


def _wording(source: Source, line: HeadLine) -> str:
    """The wording of a line, without its bullet, Markdown markup and the stop of a clause."""
    text = line.text
    if line.block.kind is BlockKind.LIST:
        text = text[item_spans(text)[0][0] :]
    if source.is_markdown:
        text = without_markup(text)
    wording = " ".join(text.split()).rstrip(";,")
    return wording.replace("; ", ", ") if line.block.kind is BlockKind.ROW else wording


def _is_name(line: str) -> bool:
    """Whether a line may be the name of a body: few words, no digit and no full stop."""
    return len(line.split()) <= _NAME_WORDS and not re.search(r"[\d:]|\.$", line)


def _is_day(line: str) -> bool:
    has_day = any(mention.has_day for mention in find_dates(line))
    return has_day and len(line.split()) <= _DAY_WORDS


def _with_title(text: str, blocks: Sequence[Block], title: HeadLine) -> Iterator[Block]:
    """The blocks with the line of the title as a heading of its own, of level 1."""
    for block in blocks:
        is_section = block.level >= SECTION_LEVEL
        if block is not title.block or is_section or block.kind not in _TITLE_KINDS:
            yield block
            continue
        above, below = text[block.start : title.start], text[title.end : block.end]
        if above.strip():
            yield replace(block, end=block.start + len(above.rstrip()))
        yield Block(BlockKind.HEADING, title.start, title.end, 1)
        if below.strip():
            yield replace(block, start=block.end - len(below.lstrip()))


def _metadata(source: Source, blocks: Sequence[Block]) -> Metadata:
    """The origin stated in the text; its date is given by its head or, if that gives none, by the
    only label with one ("Publicerad …")."""
    text, origin = source.text, None
    labelled: set[date] = set()
    for block in blocks:
        if block.kind is BlockKind.METADATA:
            origin = origin or ORIGIN_LINE.fullmatch(text, block.start, block.end)
            dates = find_dates(text[block.start : block.end])
            is_said = _PUBLISHED_LABEL.match(text, block.start, block.end)
            if is_said and len(dates) == 1 and (day := dates[0].as_date()):  # two are a period
                labelled.add(day)
    head = [block for block in blocks
            if block.start >= source.body and block.kind is not BlockKind.NOTICE]  # fmt: skip
    own = None if source.metadata.published else find_own_date(text, head)
    return Metadata(
        publisher=origin["publisher"] if origin else None,
        kind=origin["kind"] if origin else None,
        published=own or (labelled.pop() if len(labelled) == 1 else None),
    )
