"""Dates as people write them in Swedish (and English), each with its place in the text.

A date may be partial: "i april" has a month only, "2018" a year only.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

_MONTHS = (
    "januari", "februari", "mars", "april", "maj", "juni",
    "juli", "augusti", "september", "oktober", "november", "december",
)  # fmt: skip
_ENGLISH_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_SHORT_MONTHS = (
    "jan", "feb", "febr", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "okt", "oct", "nov", "dec",
)  # fmt: skip
_ORDINALS = (
    "första", "andra", "tredje", "fjärde", "femte", "sjätte", "sjunde", "åttonde", "nionde",
    "tionde", "elfte", "tolfte", "trettonde", "fjortonde", "femtonde", "sextonde", "sjuttonde",
    "artonde", "nittonde", "tjugonde", "tjugoförsta", "tjugoandra", "tjugotredje", "tjugofjärde",
    "tjugofemte", "tjugosjätte", "tjugosjunde", "tjugoåttonde", "tjugonionde", "trettionde",
    "trettioförsta",
)  # fmt: skip

_MONTH_NUMBER = {
    **{name: number for number, name in enumerate(_ENGLISH_MONTHS, 1)},
    **{name: number for number, name in enumerate(_MONTHS, 1)},
    "jan": 1, "feb": 2, "febr": 2, "mar": 3, "apr": 4, "jun": 6, "jul": 7, "aug": 8,
    "sep": 9, "sept": 9, "okt": 10, "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip
_DAY_NUMBER = {word: number for number, word in enumerate(_ORDINALS, 1)}

_LONG = "|".join(sorted({*_MONTHS, *_ENGLISH_MONTHS}, key=len, reverse=True))
_ANY = "|".join(sorted({*_MONTHS, *_ENGLISH_MONTHS, *_SHORT_MONTHS}, key=len, reverse=True))
_DAY = r"(?:3[01]|[12]\d|0?[1-9])"
_YEAR = r"(?:19|20)\d\d"

# The first alternative that matches at a place wins, so the fuller forms stand first.
_DATE = re.compile(
    rf"""
    (?<![\w/.-])(?P<iso_year>{_YEAR})-(?P<iso_month>0[1-9]|1[0-2])-(?P<iso_day>0[1-9]|[12]\d|3[01])(?![\w-])
    |\b(?P<word_day>{"|".join(sorted(_ORDINALS, key=len, reverse=True))})\s+(?P<word_month>{_LONG})\b
        (?:\s+(?P<word_year>{_YEAR}))?
    |(?<![\d.,:/-])(?P<day>\d\d?)(?::?(?:e|a)|st|nd|rd|th|\.)?
        (?:\s*(?:[-–—]|till|och|to|and)\s*(?:den\s+)?(?P<last>{_DAY})(?::?(?:e|a))?)?
        \s+(?:of\s+)?(?P<month>{_ANY})\b(?:\.(?=\s+\d{{4}}))?(?:,?\s+(?P<year>{_YEAR}))?
    |\b(?P<en_month>{"|".join(_ENGLISH_MONTHS)})\s+(?P<en_day>{_DAY})(?:st|nd|rd|th)?(?![\d.:])
        (?:,?\s+(?P<en_year>{_YEAR}))?
    |(?<![\w/.,-])(?P<dot_day>{_DAY})\.(?P<dot_month>0?[1-9]|1[0-2])\.(?P<dot_year>{_YEAR})(?![\w.])
    |(?<![\w/.,-])(?P<slash_day>{_DAY})/(?P<slash_month>1[0-2]|0?[1-9])(?![\w/])
        (?:[\s-]+(?P<slash_year>{_YEAR}|\d\d)(?!\d))?(?!\s*(?:av|%|del))
    |\b(?P<alone_month>{_LONG})(?P<compound>\w*)(?:\s+(?P<alone_year>{_YEAR}))?
    |(?<![\w,.:/-])(?P<only_year>{_YEAR})(?![\w:/-]|[.,]\d)
    """,
    re.VERBOSE | re.IGNORECASE,
)
# "may" and "march" are words of their own in English, and Maj and Augusta are people.
_NOT_ALONE = {"may", "march", "august"}


@dataclass(frozen=True, slots=True)
class DateMention:
    """A date, whole or partial, and where it stands: `text[start:end]`."""

    start: int
    end: int
    year: int | None = None
    month: int | None = None
    day: int | None = None
    last_day: int | None = None

    @property
    def has_day(self) -> bool:
        """Whether the mention points at a day, not only at a month or a year."""
        return self.day is not None

    def agrees_with(self, other: "DateMention", year: int | None = None) -> bool:
        """Whether `other` says all that this date says.

        `year` fills in for a mention that gives none: the year when its document was published.
        """
        if self.month is not None and other.month != self.month:
            return False
        if self.day is not None and not other._covers_day(self.day):
            return False
        known_year = other.year or year
        return self.year is None or known_year is None or known_year == self.year

    def _covers_day(self, day: int) -> bool:
        if self.day is None:
            return False
        return self.day <= day <= (self.last_day or self.day)

    def as_date(self) -> date | None:
        """The calendar date, where the mention is whole and the calendar has it."""
        if self.year is None or self.month is None or self.day is None:
            return None
        try:
            return date(self.year, self.month, self.day)
        except ValueError:
            return None


def find_dates(text: str) -> list[DateMention]:
    """Every date in `text`, in its order; what is not in the calendar (31 april) is kept too."""
    return list(_mentions(text))


def _mentions(text: str) -> Iterator[DateMention]:
    for match in _DATE.finditer(text):
        found = {name: value for name, value in match.groupdict().items() if value is not None}
        mention = _mention(match, found)
        if mention is not None:
            yield mention


def _mention(match: re.Match[str], found: dict[str, str]) -> DateMention | None:
    if "alone_month" in found and not _stands_for_month(found):
        return None
    day = _first(found, "iso_day", "day", "en_day", "dot_day", "slash_day")
    month = _first(found, "iso_month", "word_month", "month", "en_month", "dot_month",
                   "slash_month", "alone_month")  # fmt: skip
    year = _first(found, "iso_year", "word_year", "year", "en_year", "dot_year", "slash_year",
                  "alone_year", "only_year")  # fmt: skip
    return DateMention(
        match.start(),
        match.end(),
        year=_year_number(year),
        month=_month_number(month),
        day=int(day) if day else _DAY_NUMBER.get(found.get("word_day", "").lower()),
        last_day=int(found["last"]) if "last" in found else None,
    )


def _stands_for_month(found: dict[str, str]) -> bool:
    name, rest = found["alone_month"].lower(), found["compound"].lower()
    if name in _NOT_ALONE:
        return False
    if name == "maj":  # "majoritet", "majestät"; "majmötet" is rare enough to lose
        return not rest and found["alone_month"].islower()
    if name == "mars":
        return rest in {"", "mötet"}
    return True


def _first(found: dict[str, str], *names: str) -> str | None:
    return next((found[name] for name in names if name in found), None)


def _month_number(written: str | None) -> int | None:
    if written is None:
        return None
    return int(written) if written.isdigit() else _MONTH_NUMBER[written.lower()]


def _year_number(written: str | None) -> int | None:
    if written is None:
        return None
    return int(written) if len(written) == 4 else 2000 + int(written)
