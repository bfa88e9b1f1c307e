"""What a document holds: its own words, and the names, organisations and dates in them."""

import datetime
from collections.abc import Sequence
from functools import lru_cache

from embeddings.language.agencies import find_agencies
from embeddings.language.dates import DateMention, find_dates
from embeddings.types import BlockKind, Document
from retrieval.details import find_people
from retrieval.matching import mark_set

Years = tuple[int, ...] | range | None
"""The years that a date may be of; None where nothing tells."""

ANY_DAY = 15
"""The day that stands for a month of which no day is said."""

_CACHED = 512
_NOT_ITS_OWN = frozenset({BlockKind.NOTICE, BlockKind.METADATA})
_SAME_EVENT = 0.25
"""The share of names that two accounts of one event have in common, at least."""
_HALF_YEAR = datetime.timedelta(183)


@lru_cache(maxsize=_CACHED)
def dates_in(document: Document) -> tuple[DateMention, ...]:
    """The dates in a document's own text, those said from its day of publication too."""
    return tuple(find_dates(_own_text(document), document.metadata.published))


@lru_cache(maxsize=_CACHED)
def agencies_in(document: Document) -> frozenset[str]:
    """The official names of the organisations in a document, its publisher among them."""
    text = f"{document.metadata.publisher or ''}\n{document.title}\n{_own_text(document)}"
    return frozenset(mention.agency.name for mention in find_agencies(text))


@lru_cache(maxsize=_CACHED)
def named_in(document: Document) -> frozenset[str]:
    """The people and the organisations in a document, each once."""
    return agencies_in(document) | {person.casefold() for person in people_in(document)}


@lru_cache(maxsize=_CACHED)
def people_in(document: Document) -> tuple[str, ...]:
    """The names of people in a document, as they are written there."""
    text = _own_text(document)
    return tuple(" ".join(text[start:end].split()) for start, end in find_people(text))


@lru_cache(maxsize=_CACHED)
def words_in(document: Document) -> frozenset[str]:
    """The stems of a document's own text and title."""
    return mark_set(f"{document.title}\n{_own_text(document)}")


def _own_text(document: Document) -> str:
    """The text without the page furniture and without the lines about its publication."""
    own = (block for block in document.blocks if block.kind not in _NOT_ITS_OWN)
    return "\n".join(document.text_of(block) for block in own)


# Dates and their years


def dated_source(document: Document, others: Sequence[Document]) -> Document | None:
    """The document with a date that tells of the same event as one without, if there is one.

    It is the one that names most of the same people and organisations.
    """
    dated = [other for other in others if other is not document and has_day(other)]
    likeness = [(_likeness(named_in(document), named_in(other)), other) for other in dated]
    best, source = max(likeness, key=lambda pair: pair[0], default=(0.0, None))
    return source if best >= _SAME_EVENT else None


def has_day(document: Document) -> bool:
    """Whether a document's own text names a day."""
    return any(date.has_day for date in dates_in(document))


def _likeness(left: frozenset[str], right: frozenset[str]) -> float:
    """The share of names in common (Jaccard)."""
    return len(left & right) / len(left | right) if left and right else 0.0


def holds_date(document: Document, date: DateMention) -> bool:
    """Whether a document has the date: in its own text, or as its day of publication.

    That is a day of what it tells of only where its text names no day.
    """
    return any(date.agrees_with(found, years) for found, years in dates_with_years(document))


def is_published(document: Document, date: DateMention) -> bool:
    """Whether a document was published on a date."""
    published = document.metadata.published
    return published is not None and date.agrees_with(_mention_of(published))


@lru_cache(maxsize=_CACHED)
def dates_with_years(document: Document) -> tuple[tuple[DateMention, Years], ...]:
    """The dates of what a document tells of, and of what years they may be."""
    dated = [(date, years_of(date, document)) for date in dates_in(document)]
    published = document.metadata.published
    if published is not None and not has_day(document):
        dated.append((_mention_of(published), (published.year,)))
    return tuple(dated)


def years_of(date: DateMention, document: Document) -> Years:
    """The years that a date in a document may be of; None where nothing tells.

    One that gives no year is the nearest to the day of publication. Without that it is of the
    years that the document speaks of, or the next one, since what is written looks back.
    """
    if date.year:
        return (date.year,)
    published = document.metadata.published
    if published and date.month:
        return (_nearest_year(date.month, date.day or ANY_DAY, published),)
    known = [found.year for found in _all_dates(document) if found.year]
    return range(min(known), max(known) + 2) if known else None


def _nearest_year(month: int, day: int, published: datetime.date) -> int:
    """The year in which a day of the year is the nearest to the day of publication."""
    day = min(day, 28)  # which every month has
    this = datetime.date(published.year, month, day)
    if this - published > _HALF_YEAR:
        return published.year - 1
    return published.year + (published - this > _HALF_YEAR)


def _mention_of(day: datetime.date) -> DateMention:
    return DateMention(0, 0, day.year, day.month, day.day)


@lru_cache(maxsize=_CACHED)
def _all_dates(document: Document) -> tuple[DateMention, ...]:
    """The dates in a document, those in the lines about its publication and its name too."""
    said = (block for block in document.blocks if block.kind is not BlockKind.NOTICE)
    texts = (document.name, document.title, *(document.text_of(block) for block in said))
    return tuple(date for text in texts for date in find_dates(text))


def years_held(
    document: Document, date: DateMention, documents: Sequence[Document]
) -> tuple[int, ...]:
    """The years in which a document has a date, as far as it tells them."""
    if not holds_date(document, date):
        source = dated_source(document, documents)
        return years_held(source, date, ()) if source else ()
    agreeing = (years for found, years in dates_with_years(document)
                if years and len(years) == 1 and date.agrees_with(found, years))  # fmt: skip
    return tuple({year for years in agreeing for year in years})
