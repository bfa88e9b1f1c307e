"""Marks: the terms that texts are matched by, which are word stems and named entities.

A mark of an organisation, a date or a reference begins with `@` and is independent of the wording,
so that "Säpo" finds "Säkerhetspolisen", "12/4" finds "den tolfte april", and "BN 2026-0123" only
itself.
"""

from datetime import date

from embeddings.language.agencies import Agency, find_agencies
from embeddings.language.dates import DateMention, find_dates
from embeddings.language.normal import in_normal_form
from embeddings.language.references import find_references, parts_of
from embeddings.language.words import stems

SIGN = "@"


def find_marks(text: str, today: date | None = None) -> list[str]:
    """The marks of a text, with repetitions; `today` is the day it was written."""
    text = in_normal_form(text)
    named = (agency_mark(mention.agency) for mention in find_agencies(text))
    dated = (mark for mention in find_dates(text, today) for mark in date_marks(mention))
    referred = (mark for one in find_references(text) for mark in reference_marks(one.key))
    return [*stems(text), *named, *dated, *referred]


def agency_mark(agency: Agency) -> str:
    """The mark of an organisation."""
    return f"{SIGN}{agency.name}"


def reference_marks(key: str) -> list[str]:
    """The marks of a reference by its key: those of its less specific keys, then its own."""
    return [f"{SIGN}{part}" for part in (*parts_of(key), key)]


def date_marks(mention: DateMention) -> list[str]:
    """The marks of a date, from the least to the most specific: year, months, days."""
    marks = [f"{SIGN}{mention.year}"] if mention.year else []
    marks += [f"{SIGN}-{month}" for month in mention.months()]
    marks += [f"{SIGN}-{month}-{day}" for month, day in mention.days()]
    return marks


def exact_date_marks(mention: DateMention) -> list[str]:
    """The most specific marks of a date: its days, else its months, else its year."""
    depth = 2 if mention.has_day else 1 if mention.month else 0
    return [mark for mark in date_marks(mention) if mark.count("-") == depth]
