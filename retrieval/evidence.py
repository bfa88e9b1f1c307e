"""Whether the documents hold what a question names: its dates, organisations, people and places.

An answer about another date, agency or person than the one asked for is worse than none, so hits
whose document does not hold what is named fall away, and a name that falls with all of them is a
reason to decline.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache

from embeddings.language.agencies import Mention, find_agencies
from embeddings.language.dates import DateMention, find_dates
from embeddings.language.words import stem_words, tokens
from embeddings.types import BlockKind, Document
from retrieval.details import find_people
from retrieval.matching import holds_name, mark_set
from retrieval.types import Hit, Question, Refusal, RefusalReason

_CACHED = 512
_NOT_ITS_OWN = frozenset({BlockKind.NOTICE, BlockKind.METADATA})
_SAME_EVENT = 0.25
"""The share of names that two accounts of one event have in common, at least."""


def confirmed(question: Question, hits: Sequence[Hit]) -> list[Hit] | Refusal:
    """The hits whose documents hold all that the question names, or why there is none."""
    left = [hit for hit in hits if not hit.passage.is_notice]
    documents = list(dict.fromkeys(hit.passage.document for hit in left))
    for reason, missing, holds in _requirements(question, documents):
        kept = [hit for hit in left if holds(hit.passage.document)]
        if left and not kept:
            # Where a document holds it, what is missing is one that holds the rest as well.
            alone = any(holds(document) for document in documents)
            return Refusal(RefusalReason.WEAK) if alone else Refusal(reason, (missing,))
        left = kept
    return left or Refusal(RefusalReason.WEAK)


def _requirements(
    question: Question, documents: Sequence[Document]
) -> list[tuple[RefusalReason, str, Callable[[Document], bool]]]:
    """What a document has to hold: why it would be refused, the words, and the test."""
    text = question.text
    agencies = [
        (RefusalReason.AGENCY, text[agency.start : agency.end], _holds_agency(agency))
        for agency in question.agencies
        if not agency.by_title
    ]
    names = [(RefusalReason.NAME, name, _holds_name(name)) for name in question.names]
    dates = [
        (RefusalReason.DATE, text[date.start : date.end], _is_of_date(date, documents))
        for date in question.dates
    ]
    return [*agencies, *names, *dates]


def _holds_agency(mention: Mention) -> Callable[[Document], bool]:
    return lambda document: mention.agency.name in agencies_in(document)


def _holds_name(name: str) -> Callable[[Document], bool]:
    stems = stem_words(tokens(name))
    return lambda document: all(holds_name(stem, words_in(document)) for stem in stems)


def _is_of_date(date: DateMention, documents: Sequence[Document]) -> Callable[[Document], bool]:
    """Whether a document has the date, or tells of the same event as one that has it."""

    def holds(document: Document) -> bool:
        if holds_date(document, date):
            return True
        source = None if _has_day(document) else dated_source(document, documents)
        return source is not None and holds_date(source, date)

    return holds


def dated_source(document: Document, others: Sequence[Document]) -> Document | None:
    """The document with a date that tells of the same event as one without, if there is one.

    It is the one that names most of the same people and organisations.
    """
    dated = [other for other in others if other is not document and _has_day(other)]
    likeness = [(_likeness(named_in(document), named_in(other)), other) for other in dated]
    best, source = max(likeness, key=lambda pair: pair[0], default=(0.0, None))
    return source if best >= _SAME_EVENT else None


def _has_day(document: Document) -> bool:
    return any(date.has_day for date in dates_in(document))


def _likeness(left: frozenset[str], right: frozenset[str]) -> float:
    """The share of names in common (Jaccard)."""
    return len(left & right) / len(left | right) if left and right else 0.0


def holds_date(document: Document, date: DateMention) -> bool:
    """Whether a document's own text, or its publication date, has the date."""
    published = document.metadata.published
    year = published.year if published else None
    if published and date.agrees_with(
        DateMention(0, 0, published.year, published.month, published.day)
    ):
        return True
    return any(date.agrees_with(found, year) for found in dates_in(document))


@lru_cache(maxsize=_CACHED)
def dates_in(document: Document) -> tuple[DateMention, ...]:
    """The dates in a document's own text."""
    return tuple(find_dates(_own_text(document)))


@lru_cache(maxsize=_CACHED)
def agencies_in(document: Document) -> frozenset[str]:
    """The official names of the organisations in a document, its publisher among them."""
    text = f"{document.metadata.publisher or ''}\n{document.title}\n{_own_text(document)}"
    return frozenset(mention.agency.name for mention in find_agencies(text))


@lru_cache(maxsize=_CACHED)
def named_in(document: Document) -> frozenset[str]:
    """The people and the organisations in a document, each once."""
    text = _own_text(document)
    people = {text[start:end].casefold() for start, end in find_people(text)}
    return agencies_in(document) | people


@lru_cache(maxsize=_CACHED)
def words_in(document: Document) -> frozenset[str]:
    """The stems of a document's own text and title."""
    return mark_set(f"{document.title}\n{_own_text(document)}")


def _own_text(document: Document) -> str:
    """The text without the page furniture and without the lines about its publication."""
    own = (block for block in document.blocks if block.kind not in _NOT_ITS_OWN)
    return "\n".join(document.text_of(block) for block in own)
