"""From the blocks of a document to the passages that are embedded and retrieved."""

import hashlib
import re
from collections.abc import Iterator, Sequence

from embeddings.language.dates import find_dates, spelt_out
from embeddings.language.sentences import split_sentences
from embeddings.language.words import without_soft_hyphens
from embeddings.structure import item_spans
from embeddings.types import Block, BlockKind, Context, Document, Passage

MAX_WORDS = 120
_LEAD_WORDS = 8
_INTRO_WORDS = 40
_WORD_LETTERS = 2
FRAGMENTS = frozenset({BlockKind.LIST, BlockKind.CAPTION, BlockKind.METADATA})
_OUTSIDE = frozenset({BlockKind.NOTICE, BlockKind.METADATA})
_END = Block(BlockKind.HEADING, 0, 0, 1)
_WORD = re.compile(r"\S+")


def cut_passages(document: Document) -> list[Passage]:
    """The passages of a document, in the order of its text."""
    lead, event_date = _lead(document), _event_date(document)
    passages: list[Passage] = []
    for block, above, headings in _sections(document):
        start = _start(document, block, above)
        context = Context(_telling_title(document), headings, lead, event_date)
        for begin, end in _divide(document, block, start):
            passages.append(Passage(document, block.kind, begin, end, context))
    return passages


def embedding_text(passage: Passage) -> str:
    """What is embedded for a passage: the context that it needs, then its own text.

    Sentences need their title and headings; the lead and the date in front of them would drown
    them (SweQUAD-MC dev, dense alone: R@1 .69 without, .60 with). The bare items of a list, or
    a caption, say nothing without them.
    """
    context = passage.context
    parts = [context.title, *context.headings]
    if passage.kind in FRAGMENTS:
        parts += [context.lead, context.event_date]
    whole = "\n".join([*dict.fromkeys(part for part in parts if part), passage.text])
    return without_soft_hyphens(whole)


def text_hash(text: str) -> str:
    """The hash of what is embedded: two texts with the same have the same vector."""
    return hashlib.sha256(text.encode()).hexdigest()


def _sections(document: Document) -> Iterator[tuple[Block, list[Block], tuple[str, ...]]]:
    """Each block with content, the blocks above that lead straight to it, and its heading path."""
    path: list[Block] = []
    above: list[Block] = []
    caption: tuple[str, ...] = ()  # of the table whose rows these are
    following = [*document.blocks[1:], _END]
    bare = [*_bare_headings(document), False]
    for block, below, is_bare, below_is_bare in zip(
        document.blocks, following, bare, bare[1:], strict=False
    ):
        if block.kind is BlockKind.HEADING:
            path = [*(heading for heading in path if heading.level < block.level), block]
            if is_bare:
                announced = [one for one in above if one.kind is BlockKind.PARAGRAPH]
                yield block, announced, _titles(document, path[:-1])
            above, caption = [block], ()
        elif _is_intro(document, block, below) or (below_is_bare and _announces(document, block)):
            above = [*above, block]
        elif block.kind is not BlockKind.METADATA or _says_origin(document, block):
            inside = () if block.kind in _OUTSIDE else _titles(document, path)
            if block.kind is BlockKind.CAPTION:
                caption = (" ".join(document.text_of(block).split()),)
            elif block.kind is not BlockKind.ROW:
                caption = ()
            yield block, above, (*inside, *caption) if block.kind is BlockKind.ROW else inside
            above = []


def _bare_headings(document: Document) -> list[bool]:
    """For each block, whether it is a heading with no content below, and not the title."""
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
    """Whether a metadata line says who published the document, or one date; two are the period
    that a web page was kept."""
    text, publisher = document.text_of(block), document.metadata.publisher
    return len(find_dates(text)) == 1 or (publisher is not None and publisher in text)


def _telling_title(document: Document) -> str:
    """The title, or the file's name where there is none and it has a word in it: a number or a
    hash says nothing of what a passage is about."""
    words = re.split(r"[\W_]+", document.title)
    is_telling = document.metadata.title or any(
        word.isalpha() and len(word) >= _WORD_LETTERS for word in words
    )
    return document.title if is_telling else ""


def _titles(document: Document, path: Sequence[Block]) -> tuple[str, ...]:
    headings = (heading for heading in path if not _is_title(document, heading))
    return tuple(" ".join(document.text_of(heading).split()) for heading in headings)


def _is_title(document: Document, block: Block) -> bool:
    """Whether a block is the document's title; Markdown may have more headings of level 1."""
    return block.level == 1 and " ".join(document.text_of(block).split()) == document.title


def _is_intro(document: Document, block: Block, below: Block) -> bool:
    """Whether a paragraph only announces the list below it."""
    return below.kind is BlockKind.LIST and _announces(document, block)


def _announces(document: Document, block: Block) -> bool:
    """Whether a paragraph only announces what is below it: "Läs mer i rapporten:"."""
    text = document.text_of(block)
    is_short = len(text.split()) <= _INTRO_WORDS
    return block.kind is BlockKind.PARAGRAPH and text.endswith(":") and is_short


def _start(document: Document, block: Block, above: Sequence[Block]) -> int:
    """Where the passage begins: a list takes its heading and its announcement with it, and a
    heading without content below the announcement of it."""
    if block.kind is BlockKind.HEADING and above:
        return above[0].start
    if block.kind is BlockKind.LIST and above and not _is_title(document, above[0]):
        return above[0].start
    return above[1].start if block.kind is BlockKind.LIST and len(above) > 1 else block.start


def _divide(document: Document, block: Block, start: int) -> Iterator[tuple[int, int]]:
    """The spans of a block, none of more than `MAX_WORDS` words where it can be divided."""
    if len(document.text[start : block.end].split()) <= MAX_WORDS:
        yield start, block.end
        return
    text = document.text_of(block)
    pieces = item_spans(text) if block.kind is BlockKind.LIST else split_sentences(text)
    above = document.text[start : block.start]
    begin, end = start, start + len(above.rstrip())
    words = len(above.split())
    for piece_start, piece_end in _short_pieces(text, pieces):
        count = len(text[piece_start:piece_end].split())
        if words + count > MAX_WORDS and end > begin:
            yield begin, end
            begin, words = block.start + piece_start, 0
        end = block.start + piece_end
        words += count
    yield begin, end


def _short_pieces(text: str, pieces: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The pieces, with one that is too long by itself cut between words."""
    for start, end in pieces:
        words = [word.span() for word in _WORD.finditer(text, start, end)]
        for first in range(0, len(words), MAX_WORDS):
            part = words[first : first + MAX_WORDS]
            yield part[0][0], part[-1][1]


def _lead(document: Document) -> str:
    """The first sentence of the first real paragraph."""
    for block in document.blocks:
        text = document.text_of(block)
        if block.kind is BlockKind.PARAGRAPH and len(text.split()) >= _LEAD_WORDS:
            start, end = split_sentences(text)[0]
            return " ".join(text[start:end].split()[:MAX_WORDS])
    return ""


def _event_date(document: Document) -> str:
    """The first day that the document's own text names, as it is written there.

    One that is said from the day of publication ("i går") is written as what day that was.
    """
    published = document.metadata.published
    for block in document.blocks:
        if block.kind not in _OUTSIDE:
            text = document.text_of(block)
            for mention in find_dates(text, published):
                if mention.has_day:
                    said = text[mention.start : mention.end]
                    return said if find_dates(said) else spelt_out(mention)
    return ""
