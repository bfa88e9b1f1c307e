"""Marks: what texts are matched by; the stems of the words, and the organisations and dates named.

A mark of an organisation or a date begins with `@` and is the same whatever a text calls it, so
that "Säpo" finds "Säkerhetspolisen" and "12/4" finds "den tolfte april".
"""

from embeddings.language.agencies import Agency, find_agencies
from embeddings.language.dates import DateMention, find_dates
from embeddings.language.words import stems

SIGN = "@"


def find_marks(text: str) -> list[str]:
    """The marks of a text, as often as they stand in it."""
    named = (agency_mark(mention.agency) for mention in find_agencies(text))
    dated = (mark for mention in find_dates(text) for mark in date_marks(mention))
    return [*stems(text), *named, *dated]


def agency_mark(agency: Agency) -> str:
    """The mark of an organisation."""
    return f"{SIGN}{agency.name}"


def date_marks(date: DateMention) -> list[str]:
    """The marks of a date, from the vague to the exact: year, month, day."""
    marks = [f"{SIGN}{date.year}"] if date.year else []
    if date.month:
        marks.append(f"{SIGN}-{date.month}")
    if date.month and date.day:
        days = range(date.day, (date.last_day or date.day) + 1)
        marks += [f"{SIGN}-{date.month}-{day}" for day in days]
    return marks
