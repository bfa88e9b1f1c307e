"""Marks: what texts are matched by; the stems of the words, and the organisations and dates named.

A mark of an organisation or a date begins with `@` and is the same whatever a text calls it, so
that "Säpo" finds "Säkerhetspolisen" and "12/4" finds "den tolfte april".
"""

from datetime import date

from embeddings.language.agencies import Agency, find_agencies
from embeddings.language.dates import DateMention, find_dates
from embeddings.language.words import stems

SIGN = "@"


def find_marks(text: str, today: date | None = None) -> list[str]:
    """The marks of a text, as often as they stand in it; `today` is the day it was written."""
    named = (agency_mark(mention.agency) for mention in find_agencies(text))
    dated = (mark for mention in find_dates(text, today) for mark in date_marks(mention))
    return [*stems(text), *named, *dated]


def agency_mark(agency: Agency) -> str:
    """The mark of an organisation."""
    return f"{SIGN}{agency.name}"


def date_marks(mention: DateMention) -> list[str]:
    """The marks of a date, from the vague to the exact: year, months, days."""
    marks = [f"{SIGN}{mention.year}"] if mention.year else []
    marks += [f"{SIGN}-{month}" for month in mention.months()]
    marks += [f"{SIGN}-{month}-{day}" for month, day in mention.days()]
    return marks


def exact_date_marks(mention: DateMention) -> list[str]:
    """The marks of a date that say the most: its days, else its months, else its year."""
    depth = 2 if mention.has_day else 1 if mention.month else 0
    return [mark for mark in date_marks(mention) if mark.count("-") == depth]
