"""Relative dates: "i går", "i fredags", "nästa vecka", "last month"."""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Literal, NamedTuple

Unit = Literal["day", "month", "year"]


class Period(NamedTuple):
    """First and last day of whole days, months or a year, and the span of the words for it."""

    start: int
    end: int
    first: date
    last: date
    unit: Unit
    says_weekday: bool = False


_SWEDISH_WEEKDAYS = "måndag|tisdag|onsdag|torsdag|fredag|lördag|söndag"
_ENGLISH_WEEKDAYS = "monday|tuesday|wednesday|thursday|friday|saturday|sunday"
_WEEKDAYS = {
    name: number
    for names in (_SWEDISH_WEEKDAYS, _ENGLISH_WEEKDAYS)
    for number, name in enumerate(names.split("|"))
}
_DAYS = {
    "förrgår": -2, "går": -1, "morgon": 1, "övermorgon": 2, "yesterday": -1, "tomorrow": 1,
}  # fmt: skip
_SEASONS = {"våras": 3, "somras": 6, "höstas": 9, "vintras": 12}
_LAST = r"förra|föregående|last|previous"
_THIS = r"den\s+här|det\s+här|denna|detta|innevarande|this"
_NEXT = r"nästa|next"

# "I dag" and "today" are excluded: as often as a date they mean "nowadays".

_RELATIVE = re.compile(
    rf"""
    \b(?:i\s?(?P<day>förrgår|går|övermorgon|morgon)|(?P<en_day>yesterday|tomorrow))\b
    |\bi\s+(?P<past_weekday>{_SWEDISH_WEEKDAYS})s\b
    |\b(?P<last_weekday>(?:{_LAST})\s+(?:{_SWEDISH_WEEKDAYS}|{_ENGLISH_WEEKDAYS})(?:en)?)\b
    |\b(?P<coming_weekday>(?:nu\s+)?på\s+(?:{_SWEDISH_WEEKDAYS})|this\s+(?:{_ENGLISH_WEEKDAYS}))\b
    |\b(?P<next_weekday>nästa\s+(?:{_SWEDISH_WEEKDAYS})|next\s+(?:{_ENGLISH_WEEKDAYS}))\b
    |\b(?:(?P<last>{_LAST})|(?P<this>{_THIS})|(?P<next>{_NEXT}))\s+
        (?P<unit>veckan?|månad(?:en)?|år(?:et)?|week|month|year)\b
    |\b(?P<last_year>i\s?fjol)\b
    |\b(?P<this_year>i\s+år)\b
    |\bi\s+(?P<season>våras|somras|höstas|vintras)\b
    """,
    re.VERBOSE | re.IGNORECASE,
)


def find_periods(text: str, today: date) -> Iterator[Period]:
    """Find every day, week, month, season or year relative to `today`, in the order of the text.

    A past weekday is the last one before `today`; a past season, the last one that had begun.
    """
    for match in _RELATIVE.finditer(text):
        group = next(name for name, value in match.groupdict().items() if value is not None)
        first, last, unit = _READ[group](match, today)
        yield Period(match.start(), match.end(), first, last, unit, "weekday" in group)


_Read = tuple[date, date, Unit]


def _day(match: re.Match[str], today: date) -> _Read:
    that = today + timedelta(_DAYS[(match["day"] or match["en_day"]).lower()])
    return that, that, "day"


def _past_weekday(match: re.Match[str], today: date) -> _Read:
    back = (today.weekday() - _weekday(match)) % 7 or 7
    that = today - timedelta(back)
    return that, that, "day"


def _coming_weekday(match: re.Match[str], today: date) -> _Read:
    that = today + timedelta((_weekday(match) - today.weekday()) % 7 or 7)
    return that, that, "day"


def _next_weekday(match: re.Match[str], today: date) -> _Read:
    """That weekday in the week after this one."""
    that = today + timedelta(7 - today.weekday() + _weekday(match))
    return that, that, "day"


def _weekday(match: re.Match[str]) -> int:
    word = match.group().lower()
    return next(number for name, number in _WEEKDAYS.items() if name in word)


def _unit(match: re.Match[str], today: date) -> _Read:
    step = -1 if match["last"] else 1 if match["next"] else 0
    word = match["unit"].lower()
    if word.startswith(("veck", "week")):
        first = today + timedelta(7 * step - today.weekday())
        return first, first + timedelta(6), "day"
    if word.startswith(("mån", "month")):
        first = _month(today.year, today.month + step)
        return first, first, "month"
    first = date(today.year + step, 1, 1)
    return first, first, "year"


def _last_year(match: re.Match[str], today: date) -> _Read:
    first = date(today.year - 1, 1, 1)
    return first, first, "year"


def _this_year(match: re.Match[str], today: date) -> _Read:
    first = date(today.year, 1, 1)
    return first, first, "year"


def _season(match: re.Match[str], today: date) -> _Read:
    month = _SEASONS[match["season"].lower()]
    year = today.year if today >= date(today.year, month, 1) else today.year - 1
    return date(year, month, 1), _month(year, month + 2), "month"


def _month(year: int, month: int) -> date:
    """The first day of a month; month numbers may run past the turn of the year."""
    return date(year + (month - 1) // 12, (month - 1) % 12 + 1, 1)


_READ: dict[str, Callable[[re.Match[str], date], _Read]] = {
    "day": _day,
    "en_day": _day,
    "past_weekday": _past_weekday,
    "last_weekday": _past_weekday,
    "coming_weekday": _coming_weekday,
    "next_weekday": _next_weekday,
    "last": _unit,
    "this": _unit,
    "next": _unit,
    "last_year": _last_year,
    "this_year": _this_year,
    "season": _season,
}
