"""Cuts the blocks of a document into the passages that are embedded and retrieved."""

import hashlib
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from embeddings.language.dates import find_dates, spelt_out
from embeddings.language.normal import in_normal_form
from embeddings.language.sentences import SENTENCE_END, split_sentences
from embeddings.passages.markup import plain
from embeddings.passages.structure import CHAPTER, SECTION, cells_of, item_spans
from embeddings.reading.formats.tables import name_cells
from embeddings.types import (
    MAX_WORDING,
    Block,
    BlockKind,
    Context,
    Document,
    Passage,
    shortened,
)

MAX_WORDS = 120
MAX_CHARACTERS = 10_000
_LEAD_WORDS = 8
_LEAD_CHARACTERS = 2000  # characters of a lead, or of a row's heading
_INTRO_WORDS = 40
_WORD_LETTERS = 2
_FRAGMENTS = frozenset({BlockKind.LIST, BlockKind.CAPTION, BlockKind.METADATA})
_OUTSIDE = frozenset({BlockKind.NOTICE, BlockKind.METADATA})
_LEADING = frozenset({BlockKind.HEADING, BlockKind.METADATA})
_END = Block(BlockKind.HEADING, 0, 0, 1)
_WORD = re.compile(r"\S+")
_NUMBER = re.compile(r"^[ \t\u00a0]*(?P<marker>\(?(?:\d{1,2}[.)]|[a-zåäö]\)))\s+\Z", re.MULTILINE)
_MARKER_CHARACTERS = 10


def cut_passages(document: Document) -> list[Passage]:
    """Cut a document into passages, in the order of its text.

    Every block is in one of them: a heading in the passage of what it heads or, if nothing is below
    it, in one of its own. `document.block_at(passage.end - 1)` is the block that a passage was cut
    from, such as all of a list that is divided.
    """
    lead, event_date = _lead(document), _event_date(document)
    title = _telling_title(document)
    passages: list[Passage] = []
    for piece in _pieces(document):
        context = Context(title, piece.headings, lead, event_date)
        for begin, end in _divide(document, piece.block, piece.start):
            passages.append(Passage(document, piece.kind, begin, end, context))
    return passages


def embedding_text(passage: Passage) -> str:
    """The embedded text of a passage: the context it needs, then its own text."""
    return "\n".join(map(in_normal_form, [*parts_around(passage), passage.text]))


def parts_around(passage: Passage) -> list[str]:
    """The parts of its context that a passage needs, the title first.

    Sentences need their title and headings; the lead and the date would dominate them (SweQUAD-MC
    dev, dense alone: R@1 .69 without, .60 with). The bare items of a list, or a caption, are
    meaningless without them. A heading that the passage begins with is not repeated.
    """
    context = passage.context
    parts = [context.title, *context.headings]
    if passage.kind in _FRAGMENTS:
        parts += [context.lead, context.event_date]
    own = {_heading_text(passage.document, block) for block in _own_headings(passage)}
    return list(dict.fromkeys(part for part in parts if part and part not in own))


def body_start(passage: Passage) -> int:
    """The offset of a passage's own text in its document, after its leading headings.

    For a passage of nothing but headings it is the start of the passage.
    """
    headings = _own_headings(passage)
    below = passage.document.block_at(passage.end - 1)
    if not headings or below is None or below.start <= headings[-1].start:
        return passage.start
    inside = (block for block in _blocks_in(passage) if block.start > headings[-1].start)
    return next(inside).start


def body_text(passage: Passage) -> str:
    """A passage's own text, without its leading headings."""
    return passage.document.text[body_start(passage) : passage.end]


def _own_headings(passage: Passage) -> list[Block]:
    """The headings that a passage begins with, and the labels between them."""
    return list(takewhile(lambda block: block.kind in _LEADING, _blocks_in(passage)))


def _blocks_in(passage: Passage) -> Iterator[Block]:
    """The blocks that a passage overlaps, in order."""
    blocks = passage.document.blocks
    number = max(bisect_right(blocks, passage.start, key=lambda block: block.start) - 1, 0)
    while number < len(blocks) and blocks[number].start < passage.end:
        if blocks[number].end > passage.start:
            yield blocks[number]
        number += 1


def text_hash(text: str) -> str:
    """The hash of an embedded text: equal texts have equal vectors."""
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Caption:
    """The line above a table: its text, and its cells, which may be column names."""

    text: str
    names: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A block with the headings directly above it, from `start`; it becomes one or more
    passages."""

    block: Block
    start: int
    headings: tuple[str, ...]
    kind: BlockKind


def _pieces(document: Document) -> Iterator[_Piece]:
    """The blocks with content, each with its headings and the announcement above it."""
    path: list[Block] = []
    above: list[Block] = []
    caption: _Caption | None = None  # of the table whose rows these are
    announcement = ""  # of the list below
    bare = [*_bare_headings(document), False]
    following = [*document.blocks[1:], _END]
    for block, below, is_bare, below_is_bare in zip(
        document.blocks, following, bare, bare[1:], strict=False
    ):
        if block.kind in _OUTSIDE:
            piece = _outside(document, block, path)
            if above and piece.kind is BlockKind.METADATA and not _says_when(document, block):
                above.append(block)  # a label such as "Publicerad" joins the following passage
                continue
            yield from _flushed(document, above, path)
            yield piece
            above = []
        elif block.kind is BlockKind.HEADING:
            path = [*(heading for heading in path if heading.level < block.level), block]
            caption = None
            above.append(block)
            if is_bare and not (below_is_bare and _has_room(document, above)):
                yield from _flushed(document, above, path)
                above = []
        elif (announces := _announces(document, block, below, below_is_bare)) and _is_short(
            document, block
        ):
            above.append(block)
        else:
            headings = _titles(document, path)
            if block.kind is BlockKind.LIST and announcement:
                headings = (*headings, announcement)
            goes_on = announces and below.kind is BlockKind.LIST
            announcement = _last_sentence(document, block) if goes_on else ""
            if block.kind is BlockKind.CAPTION:
                caption = _Caption(_heading_text(document, block), _cells(document, block))
            elif block.kind is not BlockKind.ROW:
                caption = None
            elif caption is not None:
                headings = (*headings, _row_heading(caption, _cells(document, block)))
            yield _Piece(block, above[0].start if above else block.start, headings, block.kind)
            above = []
    yield from _flushed(document, above, path)


def _outside(document: Document, block: Block, path: Sequence[Block]) -> _Piece:
    """A piece of page furniture, or of metadata on the document's origin; the period for which a
    web page was kept is furniture."""
    is_notice = block.kind is BlockKind.NOTICE or (
        _says_when(document, block) and not _says_origin(document, block)
    )
    kind = BlockKind.NOTICE if is_notice else BlockKind.METADATA
    return _Piece(block, block.start, (), kind)


def _flushed(document: Document, above: Sequence[Block], path: Sequence[Block]) -> Iterator[_Piece]:
    """A piece of headings, or of an announcement, with no content of the article below them."""
    if above:
        inside = [one for one in path if one.start < above[0].start]
        kind = next(one.kind for one in reversed(above) if one.kind is not BlockKind.METADATA)
        yield _Piece(above[-1], above[0].start, _titles(document, inside), kind)


def _has_room(document: Document, above: Sequence[Block]) -> bool:
    """Whether one more heading without content fits with these, as in a table of contents."""
    return len(document.text[above[0].start : above[-1].end].split()) < MAX_WORDS * 3 // 4


def _says_when(document: Document, block: Block) -> bool:
    """Whether a metadata line is more than a label such as "Publicerad"."""
    return bool(find_dates(document.text_of(block))) or _says_origin(document, block)


def _cells(document: Document, row: Block) -> list[str]:
    return [plain(document, cell) for cell in cells_of(document.text_of(row))]


def _row_heading(caption: _Caption, cells: Sequence[str]) -> str:
    """The heading of a table row: its cells labelled with the column names, or the caption."""
    is_named = len(caption.names) == len(cells) > 1
    return (
        shortened(name_cells(caption.names, cells), _LEAD_CHARACTERS) if is_named else caption.text
    )


def _bare_headings(document: Document) -> list[bool]:
    """For each block, whether it is a heading without content below it, and not the title."""
    contents = _content_below(document.blocks)
    return [
        block.kind is content.kind is BlockKind.HEADING
        and content.level <= block.level
        and not _is_title(document, block)
        for block, content in zip(document.blocks, contents, strict=True)
    ]


def _content_below(blocks: Sequence[Block]) -> list[Block]:
    """For each block, the next one that is neither a notice nor metadata."""
    below: list[Block] = []
    content = _END
    for block in reversed(blocks):
        below.append(content)
        if block.kind not in _OUTSIDE:
            content = block
    return below[::-1]


def _says_origin(document: Document, block: Block) -> bool:
    """Whether a metadata line states the publisher of the document, or one date; two dates are the
    period for which a web page was kept."""
    text, publisher = document.text_of(block), document.metadata.publisher
    return len(find_dates(text)) == 1 or (publisher is not None and publisher in text)


def _telling_title(document: Document) -> str:
    """The title, or the file's name if there is none and it contains a word: a number or a hash
    does not tell what a passage is about."""
    words = re.split(r"[\W_]+", document.title)
    is_telling = document.metadata.title or any(
        word.isalpha() and len(word) >= _WORD_LETTERS for word in words
    )
    return document.title if is_telling else ""


def _titles(document: Document, path: Sequence[Block]) -> tuple[str, ...]:
    """The headings of a path except the title; a section includes its chapter: "1 kap. 2 §"."""
    titles: list[str] = []
    chapter = ""
    for heading in path:
        text = _heading_text(document, heading)
        if found := CHAPTER.match(text):
            chapter = found.group()
        elif chapter and text[:1].isdigit() and SECTION.match(text):
            text = f"{chapter} {text}"
        if text and not _is_title(document, heading):
            titles.append(text)
    return tuple(titles)


def _heading_text(document: Document, block: Block) -> str:
    """A heading as one line, shortened: every passage below it carries it."""
    beginning = document.text[block.start : min(block.end, block.start + 2 * MAX_WORDING)]
    return shortened(plain(document, " ".join(beginning.split())))


def _is_title(document: Document, block: Block) -> bool:
    """Whether a block is the document's title, or the part of it that it was completed from;
    Markdown may have more headings of level 1."""
    heading = _heading_text(document, block).rstrip(";,")
    return block.level == 1 and f", {heading}, " in f", {document.title}, "


def _announces(document: Document, block: Block, below: Block, below_is_bare: bool) -> bool:
    """Whether a paragraph announces what is below it: a list ("Ansökan ska innehålla"), or, with a
    colon, a bare heading ("Läs mer i rapporten:")."""
    if block.kind is not BlockKind.PARAGRAPH:
        return False
    text = document.text_of(block)
    if text.endswith(":"):
        return below_is_bare or below.kind is BlockKind.LIST
    if below.kind is not BlockKind.LIST or SENTENCE_END.search(text):
        return False
    return item_spans(document.text_of(below))[0][0] > 0  # the list has bullets


def _is_short(document: Document, block: Block) -> bool:
    return len(document.text_of(block).split()) <= _INTRO_WORDS


def _last_sentence(document: Document, block: Block) -> str:
    """The last sentence of a block as one line."""
    text = document.text_of(block)
    start, end = split_sentences(text)[-1]
    return shortened(plain(document, " ".join(text[start:end].split())))


def _divide(document: Document, block: Block, start: int) -> Iterator[tuple[int, int]]:
    """Divide a block into spans of at most `MAX_WORDS` words, where it can be divided."""
    is_short = block.end - start <= MAX_CHARACTERS
    if is_short and len(document.text[start : block.end].split()) <= MAX_WORDS:
        yield start, block.end
        return
    text = document.text_of(block)
    is_lines = block.kind is BlockKind.LIST or (block.kind is BlockKind.ROW and "\n" in text)
    pieces = item_spans(text) if is_lines else split_sentences(text)
    if block.start - start > MAX_CHARACTERS:  # a heading with text repeated below it
        yield from _short_pieces(document.text, [(start, block.start)])
        start = block.start
    above = document.text[start : block.start]
    begin, end = start, start + len(above.rstrip())
    words = len(above.split())
    for piece_start, piece_end in _short_pieces(text, pieces):
        count = len(text[piece_start:piece_end].split())
        is_long = block.start + piece_end - begin > MAX_CHARACTERS
        if (is_long or words + count > MAX_WORDS) and end > begin:
            yield begin, end
            least = max(piece_start - _MARKER_CHARACTERS, end - block.start, 0)
            marker = _NUMBER.search(text, least, piece_start) if is_lines else None
            begin, words = block.start + (marker.start("marker") if marker else piece_start), 0
        end = block.start + piece_end
        words += count
    yield begin, end


def _short_pieces(text: str, pieces: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The pieces, with those that are too long cut between words.

    Text longer than `MAX_CHARACTERS` without a space is cut at that length.
    """
    for start, end in pieces:
        words = [word.span() for word in _WORD.finditer(text, start, end)]
        for first in range(0, len(words), MAX_WORDS):
            part = words[first : first + MAX_WORDS]
            begin, stop = part[0][0], part[-1][1]
            for cut in range(begin, stop, MAX_CHARACTERS):
                yield cut, min(cut + MAX_CHARACTERS, stop)


def _lead(document: Document) -> str:
    span = lead_span(document)
    if span is None:
        return ""
    return shortened(" ".join(document.text[slice(*span)].split()[:MAX_WORDS]), _LEAD_CHARACTERS)


def lead_span(document: Document) -> tuple[int, int] | None:
    """The span of the first sentence of the first real paragraph, if there is one."""
    for block in document.blocks:
        text = document.text_of(block)
        if block.kind is BlockKind.PARAGRAPH and len(text.split()) >= _LEAD_WORDS:
            start, end = split_sentences(text)[0]
            return block.start + start, block.start + end
    return None


def _event_date(document: Document) -> str:
    """The first day mentioned in the document's own text, as written there.

    A date relative to the day of publication ("i går") is written out.
    """
    published = document.metadata.published
    for block in document.blocks:
        if block.kind not in _OUTSIDE:
            text = document.text_of(block)
            for mention in find_dates(text, published):
                if mention.has_day:
                    wording = text[mention.start : mention.end]
                    is_short = len(wording) <= MAX_WORDING
                    return wording if is_short and find_dates(wording) else spelt_out(mention)
    return ""
