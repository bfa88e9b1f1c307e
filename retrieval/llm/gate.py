"""The gate: only those parts of a language model's reply that the documents support.

A part needs quotes that are in their passage, and every number, date, name, organisation, case
number and address in it has to be in what is shown with it: the quotes and the sentences around
them, the source's title, headings, publisher and date, and the question. The wording is not
checked.
"""

import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from embeddings.passages.structure import item_spans
from embeddings.types import BlockKind, Passage, Span
from retrieval.candidates import quote_around
from retrieval.llm.facts import Evidence, Source
from retrieval.llm.orders import gives_orders
from retrieval.llm.quotes import find_quote
from retrieval.llm.reply import Part, Quoted
from retrieval.types import Hit, Question, Quote

_LOG = logging.getLogger(__name__)
_MOST_CHARACTERS = 600
_BEFORE = 200  # characters before a passage in which instructions may begin
_MARKS = re.compile(r" ?\[\d+(?:, ?\d+)*\]")


@dataclass(frozen=True, slots=True)
class Ground:
    """What a part quotes from one hit: the words, and the sentences or lines that contain them."""

    hit: Hit
    words: tuple[Quote, ...]
    shown: Quote


@dataclass(frozen=True, slots=True)
class Shown:
    """A part that passed the gate, as one line, with its grounds."""

    text: str
    is_item: bool
    grounds: tuple[Ground, ...]


def find_grounds(hits: Sequence[Hit | None], quotes: Sequence[Quoted]) -> tuple[Ground, ...]:
    """The grounds of the quotes that are in their hit, one for each hit.

    A hit that is None may not be quoted, nor a passage that gives instructions to a model.
    """
    found: dict[int, list[Span]] = {}
    for one in quotes:
        hit = hits[one.passage - 1] if 1 <= one.passage <= len(hits) else None
        if hit is not None and not gives_orders(_from_before(hit.passage)):
            found.setdefault(one.passage - 1, []).extend(_spans(hit.passage, one.quote))
    return tuple(
        _ground(hit, spans)
        for number, spans in found.items()
        if spans and (hit := hits[number]) is not None
    )


def pass_parts(
    question: Question, hits: Sequence[Hit | None], parts: Sequence[Part], today: date | None = None
) -> Iterator[Shown]:
    """The parts that the documents support; the reason for dropping others is logged."""
    asked = Source("\n".join([question.asked, question.text, *question.history]), today)
    items = frozenset({sum(part.item for part in parts)})
    for part in parts:
        line = _MARKS.sub("", " ".join(part.text.split()))
        grounds = find_grounds(hits, part.quotes)
        fault = _fault(line, grounds, asked, items)
        if fault is None:
            yield Shown(line, part.item, grounds)
        else:
            _LOG.info("dropped a sentence of the language model: %s", fault)


def _fault(
    line: str, grounds: Sequence[Ground], asked: Source, items: frozenset[int]
) -> str | None:
    """The reason why a part does not pass, worded for the log; None if it does."""
    if not line or len(line) > _MOST_CHARACTERS:
        return "of another length"
    if not grounds:
        return "without a quote that is there"
    sources = [source for ground in grounds for source in _sources(ground)]
    counts = items | frozenset(_count_items(grounds))
    return Evidence([asked, *sources], counts).missing(line)


def _sources(ground: Ground) -> Iterator[Source]:
    """The sources shown for a ground: its words, and the metadata of their document."""
    document, context = ground.shown.document, ground.hit.passage.context
    metadata = document.metadata
    published = metadata.published.isoformat() if metadata.published else ""
    head = (document.title, context.title, *context.headings, metadata.publisher or "", published)
    for quote in (ground.shown, *ground.words):
        yield Source(quote.text, metadata.published)
    yield Source("\n".join(head), metadata.published)


def _count_items(grounds: Sequence[Ground]) -> Iterator[int]:
    """The numbers of things quoted: of quotes, and of list items."""
    yield sum(len(ground.words) for ground in grounds)
    for ground in grounds:
        if ground.hit.passage.kind is BlockKind.LIST:
            for quote in (ground.shown, *ground.words):
                yield len(item_spans(quote.text))


def _from_before(passage: Passage) -> str:
    """The text of a passage with some text before it, which may say whom it addresses."""
    return passage.document.text[max(passage.start - _BEFORE, 0) : passage.end]


def _spans(passage: Passage, quote: str) -> list[Span]:
    return [(passage.start + start, passage.start + end)
            for start, end in find_quote(passage.text, quote)]  # fmt: skip


def _ground(hit: Hit, spans: Sequence[Span]) -> Ground:
    document = hit.passage.document
    ordered = sorted(dict.fromkeys(spans))
    words = tuple(Quote(document, *span) for span in ordered)
    first, last = ordered[0][0], max(end for _, end in ordered)
    return Ground(hit, words, quote_around(hit.passage, [(first, last)]))
