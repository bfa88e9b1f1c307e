"""Dates as written in Swedish (and English), each with its position in the text.

A date may be partial ("i april" has a month only, "2018" a year only), a span of days or months
("12–14 april", "våren 2024"), or relative to another day ("i fredags"), which must be given.
"""

import re
from bisect import bisect
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from itertools import pairwise

from embeddings.language.normal import normal_form
from embeddings.language.relative_dates import find_periods

_MONTHS = (
    "januari", "februari", "mars", "april", "maj", "juni",
    "juli", "augusti", "september", "oktober", "november", "december",
)  # fmt: skip
_ENGLISH_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_SHORT_MONTHS = (
    "jan", "feb", "febr", "mar", "apr", "jun", "jul",
    "aug", "sep", "sept", "okt", "oct", "nov", "dec",
)  # fmt: skip
_ORDINALS = (
    "första", "andra", "tredje", "fjärde", "femte", "sjätte", "sjunde", "åttonde", "nionde",
    "tionde", "elfte", "tolfte", "trettonde", "fjortonde", "femtonde", "sextonde", "sjuttonde",
    "artonde", "nittonde", "tjugonde", "tjugoförsta", "tjugoandra", "tjugotredje", "tjugofjärde",
    "tjugofemte", "tjugosjätte", "tjugosjunde", "tjugoåttonde", "tjugonionde", "trettionde",
    "trettioförsta",
)  # fmt: skip
_WEEKDAYS = ("måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag")
_ENGLISH_WEEKDAYS = (
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
)  # fmt: skip
# The months of each season in the Swedish calendar.
_SEASONS = {
    "vår": (3, 5), "sommar": (6, 8), "höst": (9, 11), "vinter": (12, 2),
    "spring": (3, 5), "summer": (6, 8), "autumn": (9, 11), "fall": (9, 11), "winter": (12, 2),
}  # fmt: skip

_MONTH_NUMBER = {
    **{name: number for number, name in enumerate(_ENGLISH_MONTHS, 1)},
    **{name: number for number, name in enumerate(_MONTHS, 1)},
    "jan": 1, "feb": 2, "febr": 2, "mar": 3, "apr": 4, "jun": 6, "jul": 7, "aug": 8,
    "sep": 9, "sept": 9, "okt": 10, "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip
_DAY_NUMBER = {word: number for number, word in enumerate(_ORDINALS, 1)} | {"förste": 1}
_WEEKDAY_NUMBER = {
    name: number for names in (_WEEKDAYS, _ENGLISH_WEEKDAYS) for number, name in enumerate(names)
}

_LONG = "|".join(sorted({*_MONTHS, *_ENGLISH_MONTHS}, key=len, reverse=True))
_ANY = "|".join(sorted({*_MONTHS, *_ENGLISH_MONTHS, *_SHORT_MONTHS}, key=len, reverse=True))
_ORDINAL = "|".join(sorted(_DAY_NUMBER, key=len, reverse=True))
_DAY = r"(?:3[01]|[12]\d|0?[1-9])"
_MONTH = r"(?:1[0-2]|0?[1-9])"
_YEAR = r"(?:19|20)\d\d"
_ENDING = r"(?::?(?:e|a|te|de|dje)(?!\w)|st|nd|rd|th|\.)?"  # "12:e", "1:a", and "12:te" as typed

# The first alternative that matches at a position wins, so longer forms come first.
_DATE = re.compile(
    rf"""
    (?<![\w/.-])(?P<iso_year>{_YEAR})(?P<between>[-/.])(?P<iso_month>0[1-9]|1[0-2])
        (?P=between)(?P<iso_day>0[1-9]|[12]\d|3[01])(?:(?=T\d\d:)|(?![\w-]))
    |(?<![\w/.,:-])(?P<packed_year>{_YEAR})(?P<packed_month>0[1-9]|1[0-2])
        (?P<packed_day>0[1-9]|[12]\d|3[01])(?![\w-]|[.,]\d)
    |\b(?P<word_day>{_ORDINAL})\s+(?P<word_month>{_LONG})\b
        (?:\s+(?P<word_year>{_YEAR}))?
    |(?<![\d.,:/-])(?:(?P<first>{_DAY}){_ENDING}\s*(?P<to>[-–—]|till|t\.?o\.?m\.?|och|to|and)\s*
            (?:den\s+)?)?
        (?P<day>\d\d?){_ENDING}\s+(?:of\s+)?(?P<month>{_ANY})\b(?:\.(?=\s+\d{{4}}))?
        (?:,?\s+(?P<year>{_YEAR})|\s*[-'’](?P<short_year>\d\d)(?!\d|[:.]\d))?
    |\b(?P<en_month>{"|".join(_ENGLISH_MONTHS)})\s+(?P<en_day>{_DAY})(?:st|nd|rd|th)?(?![\d.:])
        (?:,?\s+(?P<en_year>{_YEAR}))?
    |(?<![\w/.,-])(?P<dot_day>{_DAY})(?P<dot>[./-])(?P<dot_month>{_MONTH})(?P=dot)
        (?P<dot_year>{_YEAR})(?!\w|\.\d)
    |(?<![\w/.,-])(?:(?P<slash_first>{_DAY})\s*[-–—]\s*)?(?P<slash_day>{_DAY})/
        (?P<slash_month>{_MONTH})(?![\w/])
        (?:[\s-]+(?P<slash_year>{_YEAR}|\d\d)(?!\d))?(?!\s*(?:av|%|del))
    |\b(?P<season>vår|sommar|höst|vinter)(?:en|n|s)?\s+(?P<season_year>{_YEAR})(?![\w/-])
    |\b(?P<en_season>spring|summer|autumn|fall|winter)\s+(?:of\s+)?(?P<en_season_year>{_YEAR})\b
    |\b(?P<alone_month>{_LONG})(?P<compound>\w*)(?:\s+(?P<alone_year>{_YEAR}))?
    |(?<![\w,.:/-])(?P<only_year>{_YEAR})(?![\w:/-]|[.,]\d)
    """,
    re.VERBOSE | re.IGNORECASE,
)
# The beginnings of dates: only there is the full pattern tried.
_BEGINNINGS = sorted({word[:3] for word in (*_MONTH_NUMBER, *_DAY_NUMBER, *_SEASONS)})
_BEGINS = re.compile(rf"(?<!\d)\d|\b(?:{'|'.join(_BEGINNINGS)})", re.IGNORECASE)
# A date in a question, but in a document as often a decimal, a section or a file number.
_TYPED = re.compile(
    rf"""
    (?<![\w/.,:§-])(?<!kl\s)(?<!kap\s)(?<!klockan\s)(?<!avsnitt\s)(?<!punkt\s)(?<!version\s)
        (?P<day>{_DAY})\.(?P<month>{_MONTH})(?![\w/,:]|\.\d|\s*(?:%|procent|mil|kr|tkr|mkr|euro))
    |(?<![\w/.,:-])(?P<packed_year>[0-3]\d)(?P<packed_month>0[1-9]|1[0-2])
        (?P<packed_day>0[1-9]|[12]\d|3[01])(?![\w-]|[.,]\d)
    |\b(?P<named_month>{"|".join(_MONTHS)})\s+(?P<named_day>{_DAY}){_ENDING}(?![\w.:]|\s*procent)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_WEEKDAY_BEFORE = re.compile(
    rf"\b(?P<name>{'|'.join(_WEEKDAY_NUMBER)})(?:en|ens|s)?,?\s+(?:den\s+|the\s+)?$", re.IGNORECASE
)
_TO = re.compile(
    rf"\s*(?P<word>[-–—]|till(?:\s+och\s+med)?|t\.?o\.?m\.?|och|to|until|and)\s*"
    rf"(?:den\s+)?(?:(?:{'|'.join(_WEEKDAYS)})(?:en)?\s+(?:den\s+)?)?$",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"\b(?:mellan|between)\s+(?:den\s+|the\s+)?$", re.IGNORECASE)
_AND = frozenset({"och", "and"})
_CONTEXT_CHARACTERS = 40  # characters before a date in which a word belonging to it may be
_DAYS = 32  # per month, in the count of `DateMention._spans`
_LONGEST_SPAN = 62  # days; a longer span says little about any one of them
# "may" and "march" are ordinary words in English, and Maj, Julia and Augustin are people; "junior"
# is not June, and Mars may be the planet.
_NOT_ALONE = {"may", "march", "august"}
_OTHER_WORD = re.compile(r"ju[nl]i[aeouy]|augustin(?!att)", re.IGNORECASE)
_NAME_TOO = {"maj", "mars"}
_MEETING = re.compile(
    r"(?:möte|sammanträde|session|konferens|stämma|träff|samling|beslut|protokoll|nummer|"
    r"budget|dag|natt|kväll|morgon)\w*"
)


@dataclass(frozen=True, slots=True)
class DateMention:
    """A date, full or partial, at `text[start:end]`.

    With `last_day` it is a span of days, with `last_month` one that ends in that month; a winter
    spans the turn of the year. `weekday` is 0 for Monday, if stated.
    """

    start: int
    end: int
    year: int | None = None
    month: int | None = None
    day: int | None = None
    last_day: int | None = None
    last_month: int | None = None
    weekday: int | None = None

    @property
    def has_day(self) -> bool:
        """Whether the mention specifies a day, not only a month or a year."""
        return self.day is not None

    @property
    def is_span(self) -> bool:
        """Whether the mention spans several days or months."""
        return self.last_day is not None or self.last_month is not None

    def agrees_with(self, other: "DateMention", years: Collection[int] | None = None) -> bool:
        """Whether `other` says at least as much as this date and is consistent with it.

        `years` are the possible years of a mention without one; None allows any.
        """
        if other._fineness < self._fineness or not self.overlaps(other):
            return False
        known = (other.year,) if other.year else years
        return self.year is None or known is None or self.year in known

    def days(self) -> Iterator[tuple[int, int]]:
        """Each month and day, if the mention specifies days."""
        for first, last in self._spans() if self.has_day else ():
            places = (divmod(place, _DAYS) for place in range(first, last + 1))
            yield from ((month, day) for month, day in places if day)

    def months(self) -> Iterator[int]:
        """Each month that the mention specifies or lies in; none for a year."""
        for first, last in self._spans() if self.month else ():
            yield from range(first // _DAYS, last // _DAYS + 1)

    def as_date(self) -> date | None:
        """The calendar date, if the mention is one full, existing day."""
        if self.is_span or self.year is None or self.month is None or self.day is None:
            return None
        try:
            return date(self.year, self.month, self.day)
        except ValueError:
            return None

    @property
    def _fineness(self) -> int:
        """The precision of the mention: 0 for a year, 1 for months, 2 for a month, 3 for a day."""
        if self.month is None:
            return 0
        return 3 if self.has_day else 1 if self.last_month else 2

    def overlaps(self, other: "DateMention") -> bool:
        """Whether the two have a day in common, ignoring the years."""
        return any(
            first <= end and start <= last
            for first, last in self._spans()
            for start, end in other._spans()
        )

    def _spans(self) -> list[tuple[int, int]]:
        """The spans within the year, as first and last day, counted in months of `_DAYS` days."""
        first = (self.month or 1) * _DAYS + (self.day or 1)
        last_month = self.last_month or self.month or 12
        last = last_month * _DAYS + (self.last_day or self.day or 31)
        if first <= last:
            return [(first, last)]
        return [(first, 12 * _DAYS + 31), (_DAYS + 1, last)]


def find_dates(text: str, today: date | None = None, *, typed: bool = False) -> list[DateMention]:
    """Find every date in `text`, in order, including impossible ones (31 april).

    Relative dates ("i går") are found if `today` is given. A text that was `typed` as a question
    may have dates in forms that mean something else in documents ("12.4").
    """
    normal = normal_form(text)
    found = _found(normal.text, today, typed=typed)
    if normal.text == text:
        return found
    spans = (normal.span_of(mention.start, mention.end) for mention in found)
    return [
        replace(mention, start=start, end=end)
        for mention, (start, end) in zip(found, spans, strict=True)
    ]


def _found(text: str, today: date | None, *, typed: bool) -> list[DateMention]:
    found = [mention for match in _matches(text) for mention in _mentions(match)]
    if typed:
        others = (mention for match in _TYPED.finditer(text) for mention in _mentions(match))
        found = _beside(found, others)
    if today is not None:
        found = _beside(found, _said_from(text, today))
    return _joined(text, found)


def spelt_out(mention: DateMention, *, english: bool = False) -> str:
    """The date as written in prose: "12 april 2024", "12–14 April", "april 2024", "2024"."""
    names = [name.capitalize() for name in _ENGLISH_MONTHS] if english else _MONTHS
    first = _joined_words(mention.day, mention.month and names[mention.month - 1])
    last = _joined_words(mention.last_day, mention.last_month and names[mention.last_month - 1])
    if mention.last_day and not mention.last_month:  # "12–14 april"
        first = _joined_words(f"{mention.day}–{mention.last_day}", names[(mention.month or 1) - 1])
        last = ""
    span = f"{first}–{last}" if last else first
    return _joined_words(span, mention.year)


def date_key(mention: DateMention) -> str:
    """A date in ISO 8601, possibly partial: "2018-04-12", "--04-12", "2018".

    A span has its first and last date, separated by a slash ("2018-03/2018-05").
    """
    first = _key(mention.year, mention.month, mention.day)
    if not mention.is_span:
        return first
    last_month, last_day = mention.last_month or mention.month, mention.last_day or mention.day
    return f"{first}/{_key(mention.year, last_month, last_day)}"


def keys_agree(left: str, right: str) -> bool | None:
    """Whether two date keys may denote the same day; omitted parts match any value.

    None if either is not the key of a date.
    """
    one, other = _from_key(left), _from_key(right)
    if one is None or other is None:
        return None
    if one.year and other.year:
        return one.year == other.year and one.overlaps(other)
    return bool(one.month and other.month) and one.overlaps(other)


_KEY = re.compile(
    r"(?:(?P<year>\d{4})|-)(?:-(?P<month>\d\d)(?:-(?P<day>\d\d))?)?"
    r"(?:/(?:\d{4}|-)-(?P<last_month>\d\d)(?:-(?P<last_day>\d\d))?)?"
)


def _key(year: int | None, month: int | None, day: int | None) -> str:
    parts = (f"{part:02}" for part in (month, day) if part)
    return "-".join([f"{year:04}" if year else "-", *parts])


@lru_cache(maxsize=1 << 12)
def _from_key(key: str) -> DateMention | None:
    found = _KEY.fullmatch(key)
    if found is None:
        return None
    numbers = {name: int(value) for name, value in found.groupdict().items() if value}
    return DateMention(0, 0, **numbers)


def _joined_words(*parts: str | int | None) -> str:
    return " ".join(str(part) for part in parts if part)


def _beside(found: list[DateMention], others: Iterator[DateMention]) -> list[DateMention]:
    """Merge the mentions with the others, in order; of overlapping ones the longer is kept."""
    kept: list[DateMention] = []
    beside: list[DateMention] = []  # a run in which each overlaps the next
    end = 0
    for mention in sorted([*found, *others], key=lambda one: one.start):
        if mention.start >= end:
            kept += _longest(beside)
            beside = []
        beside.append(mention)
        end = max(end, mention.end)
    return kept + _longest(beside)


def _longest(mentions: list[DateMention]) -> list[DateMention]:
    """The mentions that do not overlap a longer one, in order."""
    if len(mentions) < 2:
        return mentions
    kept: list[DateMention] = []
    for mention in sorted(mentions, key=lambda one: one.start - one.end):
        place = bisect(kept, mention.start, key=lambda one: one.start)
        before, after = kept[max(place - 1, 0) : place], kept[place : place + 1]
        if all(one.end <= mention.start for one in before) and all(
            mention.end <= one.start for one in after
        ):
            kept.insert(place, mention)
    return kept


def _matches(text: str) -> Iterator[re.Match[str]]:
    """The matches of `_DATE`, as from `finditer`."""
    end = 0
    for begin in _BEGINS.finditer(text):
        if begin.start() >= end and (match := _DATE.match(text, begin.start())):
            yield match
            end = match.end()


def _mentions(match: re.Match[str]) -> Iterator[DateMention]:
    found = {name: value for name, value in match.groupdict().items() if value is not None}
    yield from _read(match, found)


def _before(pattern: re.Pattern[str], text: str, end: int) -> re.Match[str] | None:
    """The match, directly before an offset, of a pattern that ends in `$`."""
    return pattern.search(text, max(end - _CONTEXT_CHARACTERS, 0), end)


def _read(match: re.Match[str], found: dict[str, str]) -> Iterator[DateMention]:
    text, start, end = match.string, match.start(), match.end()
    if "alone_month" in found and not _stands_for_month(
        found, follows_in=text[max(start - 2, 0) : start].lower() == "i "
    ):
        return
    if season := _first(found, "season", "en_season"):
        month, last_month = _SEASONS[season.lower()]
        year = _year_number(_first(found, "season_year", "en_season_year"))
        yield DateMention(start, end, year, month, last_month=last_month)
        return
    mention = _with_weekday(text, _mention(start, end, found))
    day = _first(found, "first", "slash_first")
    if day is None:
        yield mention
    elif found.get("to", "").lower() in _AND and not _before(_BETWEEN, text, start):
        yield replace(mention, day=int(day), end=match.end("first"))  # "den 12 och 14 april"
        yield replace(mention, start=match.start("day"))
    else:
        yield replace(mention, day=int(day), last_day=mention.day)


def _mention(start: int, end: int, found: dict[str, str]) -> DateMention:
    day = _first(found, "iso_day", "packed_day", "day", "en_day", "dot_day", "slash_day",
                 "named_day")  # fmt: skip
    month = _first(found, "iso_month", "packed_month", "word_month", "month", "en_month",
                   "dot_month", "slash_month", "alone_month", "named_month")  # fmt: skip
    year = _first(found, "iso_year", "packed_year", "word_year", "year", "short_year", "en_year",
                  "dot_year", "slash_year", "alone_year", "only_year")  # fmt: skip
    return DateMention(
        start,
        end,
        year=_year_number(year),
        month=_month_number(month),
        day=int(day) if day else _DAY_NUMBER.get(found.get("word_day", "").lower()),
    )


def _with_weekday(text: str, mention: DateMention) -> DateMention:
    before = _before(_WEEKDAY_BEFORE, text, mention.start) if mention.has_day else None
    if before is None:
        return mention
    return replace(mention, start=before.start(), weekday=_WEEKDAY_NUMBER[before["name"].lower()])


def _joined(text: str, found: list[DateMention]) -> list[DateMention]:
    """The mentions, with "28 april till 3 maj" and "den 10 april till den 14 april" merged into
    one."""
    joined = found[:1]
    for mention, after in pairwise(found):
        before = joined[-1]
        if span := _span(text, mention, after) if before is mention else None:
            joined[-1] = span
        else:
            joined.append(after)
    return joined


def _span(text: str, first: DateMention, last: DateMention) -> DateMention | None:
    """The span of days between two mentions, if the text joins them into one."""
    to = _TO.fullmatch(text, first.end, last.start)
    if to is None or first.is_span or last.is_span:
        return None
    if to["word"].lower() in _AND and not _before(_BETWEEN, text, first.start):
        return None
    if not (first.month and first.day and last.month and last.day):
        return None
    length = (last.month - first.month) * 31 + last.day - first.day
    same_year = first.year is None or last.year is None or first.year == last.year
    if not (same_year and 0 < length <= _LONGEST_SPAN):
        return None
    return replace(
        first,
        end=last.end,
        year=first.year or last.year,
        last_day=last.day,
        last_month=last.month if last.month != first.month else None,
    )


def _said_from(text: str, today: date) -> Iterator[DateMention]:
    """The relative dates: "i går", "förra veckan", "nästa år"."""
    for period in find_periods(text, today):
        first, last = period.first, period.last
        mention = DateMention(period.start, period.end, first.year)
        if period.unit == "year":
            yield mention
        elif period.unit == "month":
            several = last.month if last.month != first.month else None
            yield replace(mention, month=first.month, last_month=several)
        elif first == last:
            weekday = first.weekday() if period.says_weekday else None
            yield replace(mention, month=first.month, day=first.day, weekday=weekday)
        else:
            several = last.month if last.month != first.month else None
            yield replace(
                mention, month=first.month, day=first.day, last_day=last.day, last_month=several
            )


def _stands_for_month(found: dict[str, str], *, follows_in: bool) -> bool:
    name, rest = found["alone_month"].lower(), found["compound"].lower()
    if name in _NOT_ALONE or _OTHER_WORD.match(name + rest):
        return False
    if name in _NAME_TOO and rest:  # "majoritet", "majestät", "marsch"
        return _MEETING.fullmatch(rest) is not None
    if name in _NAME_TOO:
        return found["alone_month"].islower() or "alone_year" in found or follows_in
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
