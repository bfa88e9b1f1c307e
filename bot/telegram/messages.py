"""Answers, hits and sources as messages."""

import hashlib
import json
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from bot.answer_blocks import Block as AnswerBlock
from bot.answer_blocks import (
    Quoted,
    Said,
    Source,
    Sources,
    row_text,
    source_details,
    titles_alike,
)
from bot.answer_text import bulleted
from bot.links import source_link
from bot.telegram.buttons import HITS_PER_PAGE, Button, Keyboard
from bot.telegram.layout import LIMIT, Block, Run, clean, pack, prefix, text_block, utf16
from bot.telegram.records import SourcePlace
from bot.wording import Wording
from embeddings.language.sentences import sentences_around, split_sentences
from embeddings.types import BlockKind, Document
from retrieval.types import Citation, Hit, Quote

_QUOTE_LIMIT = 1024  # of ReplyParameters.quote, in UTF-16 units
_HIT_LIMIT = 200  # characters of a passage in a list of hits: a page of them fits a screen or two
_AROUND_LIMIT = 1000  # characters of context before and after


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to send, in the form stored in the outbox.

    `quote` is an exact substring of the message of an earlier `part` of the same reply, at offset
    `quote_at` (UTF-16 units), for a reply that points to it.
    """

    chat: int
    html: str
    thread: int | None = None
    reply_to: int | None = None
    keyboard: Keyboard = ()
    part: int | None = None
    quote: str | None = None
    quote_at: int = 0

    def dumps(self) -> str:
        """Serialize the message to JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def loads(cls, body: str) -> Self:
        """Load a message that `dumps` wrote."""
        said: dict[str, Any] = json.loads(body)
        rows = tuple(tuple(Button(**button) for button in row) for row in said.pop("keyboard"))
        return cls(**said, keyboard=rows)


# Answers


def dressed(blocks: Iterable[AnswerBlock], words: Wording) -> list[Block]:
    """The blocks of an answer as Telegram shows them."""
    return [_dressed(block, words) for block in blocks]


def _dressed(block: AnswerBlock, words: Wording) -> Block:
    match block:
        case Said(lines, is_answer=True):
            return _answer_block(block)
        case Said(lines):
            return text_block("\n".join(lines))
        case Quoted(numbers=numbers):
            which = f" {words.both} ".join(map(str, numbers))
            said = tuple(Run(clean(text), bold=answers) for text, answers in block.parts() if text)
            return Block(said, is_quote=True, lead=f"{words.source} {which}" if which else "")
        case Sources(sources, heading):
            runs = [[Run(heading)]] if heading else []
            runs += [_numbered(source, words) for source in sources]
            return Block(tuple(_in_lines(runs)))


def _answer_block(said: Said) -> Block:
    """The short answer in bold; a long list is folded, to keep what follows visible."""
    block = text_block(bulleted(said.lines), bold=True)
    folded = replace(block, is_quote=True, lead=shorten(clean(said.heading), _HIT_LIMIT))
    is_list = len(said.lines) > 1
    return folded if is_list and (folded.is_long or folded.lead) else block


def _numbered(source: Source, words: Wording) -> list[Run]:
    """A source with the numbers of its citations."""
    return [Run(f"{', '.join(map(str, source.numbers))}. "), *source_runs(source, words)]


def source_runs(source: Source, words: Wording) -> list[Run]:
    """A source: the title of its document, linked if it has an address, and what is known of it."""
    document = source.document
    link = source_link(document.metadata.url, source.quotes[0].text)
    return [Run(clean(document.title), link=link), Run(clean(source_details(source, words)))]


def _in_lines(lines: Iterable[Sequence[Run]]) -> Iterator[Run]:
    """The runs of several lines, with line breaks between them."""
    for number, runs in enumerate(lines):
        if number:
            yield Run("\n")
        yield from runs


# Hits


def hits_blocks(hits: Sequence[Hit], page: int, words: Wording) -> list[Block]:
    """A page of passages, each a quotation with its source, short enough for one message."""
    first = page * HITS_PER_PAGE
    shown = hits[first : first + HITS_PER_PAGE]
    title = words.hits.format(first=first + 1, last=first + len(shown))
    blocks = [text_block(title, bold=True)]
    twins = titles_alike(hit.passage.document for hit in shown)
    for hit in shown:
        blocks += hit_blocks(hit, _HIT_LIMIT, words, twins)
    return blocks


def hit_blocks(
    hit: Hit, limit: int, words: Wording, twins: Container[str] = ()
) -> tuple[Block, Block]:
    """A passage as a quotation of at most `limit` characters, and its source; `twins` are the
    titles that several documents have."""
    passage = hit.passage
    quote = Quote(passage.document, passage.start, passage.end)
    source = Source((), (quote,), passage.document.title in twins)
    text = Run(clean(shorten(row_text(passage) or passage.text, limit)))
    return Block((text,), is_quote=True), Block(tuple(source_runs(source, words)))


def shorten(text: str, limit: int) -> str:
    """The text, or its first whole sentences or words, with an ellipsis."""
    if len(text) <= limit:
        return text
    ends = [end for _, end in split_sentences(text) if limit // 3 < end <= limit]
    if ends:
        return text[: ends[-1]] + " …"
    return text[:limit].rsplit(maxsplit=1)[0] + " …"


# Visa i källan


def source_messages(
    document: Document, place: SourcePlace, words: Wording, to: Outgoing
) -> list[Outgoing]:
    """The paragraph with its context, and a message that points to the quote in it."""
    start, end = place.passage
    quoted = clean(document.text[place.quote[0] : place.quote[1]]).strip()
    before, inside, after = _around(document, start, end)
    title = clean(document.title)
    details = clean(source_details(Source((), (Quote(document, start, end),)), words))
    shown = [Block((Run(title, bold=True), Run(details)))]
    room = LIMIT - shown[0].units - utf16(inside) - 8
    if room < 0:  # a passage longer than a message: the quote must be visible
        inside, before, after = _beginning(quoted, LIMIT - shown[0].units - 8), "", ""
    elif room < utf16(before) + utf16(after):
        before = after = ""
    parts = [part for part in (before, inside, after) if part]
    html = pack([*shown, *(Block((Run(part),)) for part in parts)])[0]
    target = _quotable(quoted, inside)
    plain = "\n\n".join([shown[0].text, *parts])
    where = plain.find(inside, len(shown[0].text) + len(before)) + inside.find(target)
    point = replace(
        to, html=words.here, part=0, quote=target, quote_at=utf16(plain[:where]), reply_to=None
    )
    return [replace(to, html=html), point] if target else [replace(to, html=html)]


def _around(document: Document, start: int, end: int) -> tuple[str, str, str]:
    """The paragraph before, the passage, and the paragraph after, in Telegram's form; of long
    paragraphs only the nearest sentences."""
    text = document.text
    start, end = sentences_around(text, start, end)
    first, last = sentences_around(text, start, end, _AROUND_LIMIT)
    before = text[first:start].strip().rpartition("\n\n")[2]
    after = text[end:last].lstrip()
    following = document.block_at(last - len(after))
    is_heading = following is not None and following.kind is BlockKind.HEADING
    after = "" if is_heading else after.partition("\n\n")[0]  # no heading of what is not shown
    return clean(before).strip(), clean(text[start:end]).strip(), clean(after).strip()


def _quotable(quoted: str, inside: str) -> str:
    """The longest beginning of the quote that a reply can point to, in whole sentences if
    possible."""
    quoted = _beginning(quoted, _QUOTE_LIMIT)
    return quoted if quoted in inside else ""


def _beginning(text: str, room: int) -> str:
    """The leading sentences, or else lines, that fit into `room` UTF-16 units."""
    if utf16(text) <= room:
        return text.strip()
    begun = prefix(text, room)
    ends = [end for _, end in split_sentences(begun)][:-1]
    return (begun[: ends[-1]] if ends else begun.rpartition("\n")[0] or begun).strip()


def text_hash(document: Document) -> str:
    """A hash that shows whether a document's text has changed since an answer."""
    return hashlib.sha256(document.text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def places_of(citations: Iterable[Citation]) -> tuple[SourcePlace, ...]:
    """The locations of an answer's quotes, for finding them again."""
    return tuple(
        SourcePlace(
            document=citation.quote.document.name,
            text_hash=text_hash(citation.quote.document),
            passage=(
                min(citation.hit.passage.start, citation.quote.start),
                max(citation.hit.passage.end, citation.quote.end),
            ),
            quote=(citation.quote.start, citation.quote.end),
        )
        for citation in citations
    )
