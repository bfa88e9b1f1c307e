"""The gate: what a language model wrote, as far as the documents show it.

A part stands on quotes, each of which is in its passage, and every number, date, name,
organisation, case number and address of it is in what is shown beside it: the quotes with the
sentences that they are of, the source's title, headings, publisher and date, and the question. How
it is worded is not judged.
"""

import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from embeddings.passages.structure import item_spans
from embeddings.types import BlockKind, Passage
from retrieval.candidates import quote_around
from retrieval.llm.facts import Evidence, Source
from retrieval.llm.orders import gives_orders
from retrieval.llm.quotes import Span, find_quote
from retrieval.llm.reply import Part, Quoted
from retrieval.types import Hit, Question, Quote

_LOG = logging.getLogger(__name__)
_MOST_CHARACTERS = 600
_BEFORE = 200  # characters before a passage in which orders may begin
_MARKS = re.compile(r" ?\[\d+(?:, ?\d+)*\]")


@dataclass(frozen=True, slots=True)
class Ground:
    """What a part quotes of one hit: the words, and the sentences or lines that hold them."""

    hit: Hit
    words: tuple[Quote, ...]
    shown: Quote


@dataclass(frozen=True, slots=True)
class Shown:
    """A part that passed, in one line, with what it stands on."""

    text: str
    is_item: bool
    grounds: tuple[Ground, ...]


def find_grounds(hits: Sequence[Hit | None], quotes: Sequence[Quoted]) -> tuple[Ground, ...]:
    """What those of the quotes are that stand in their hit, a hit at a time.

    A hit that is None may not be quoted, nor may a passage that gives a model orders.
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
    """The parts that the documents show; why the others are dropped is logged."""
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
    """Why a part does not pass, in words for the log; None where it does."""
    if not line or len(line) > _MOST_CHARACTERS:
        return "of another length"
    if not grounds:
        return "without a quote that is there"
    sources = [source for ground in grounds for source in _sources(ground)]
    counts = items | frozenset(_count_items(grounds))
    return Evidence([asked, *sources], counts).missing(line)


def _sources(ground: Ground) -> Iterator[Source]:
    """What is shown of a ground: its words, and where they come from."""
    document, context = ground.shown.document, ground.hit.passage.context
    metadata = document.metadata
    published = metadata.published.isoformat() if metadata.published else ""
    head = (document.title, context.title, *context.headings, metadata.publisher or "", published)
    for quote in (ground.shown, *ground.words):
        yield Source(quote.text, metadata.published)
    yield Source("\n".join(head), metadata.published)


def _count_items(grounds: Sequence[Ground]) -> Iterator[int]:
    """How many things are quoted: quotes, and items of lists."""
    yield sum(len(ground.words) for ground in grounds)
    for ground in grounds:
        if ground.hit.passage.kind is BlockKind.LIST:
            for quote in (ground.shown, *ground.words):
                yield len(item_spans(quote.text))


def _from_before(passage: Passage) -> str:
    """A passage with what comes before it, which may say whom it speaks to."""
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
