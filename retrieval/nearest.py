"""What the documents have in the place of a date or a name that they lack."""

from collections.abc import Sequence

from rapidfuzz.fuzz import ratio

from embeddings.language.dates import DateMention, spelt_out
from embeddings.language.words import by_ear, tokens
from retrieval.held import ANY_DAY, Years, dates_with_years, people_in
from retrieval.types import Hit, Language, Question

Nearest = tuple[str, Hit] | None
"""What is nearest, as it is said to people, and the hit whose document has it."""

_ALIKE = 85  # of 100, for one name to be near another
_YEAR = 372  # days, if every month had 31
_UNKNOWN = 1000 * _YEAR


def near_date(question: Question, asked: DateMention, hits: Sequence[Hit]) -> Nearest:
    """The date in the documents that is the nearest in time to the one that is asked for."""
    near = [
        (_days_between(asked, found, years), rank, found, hit)
        for rank, hit in enumerate(hits)
        for found, years in dates_with_years(hit.passage.document)
        if found.month is not None and found.has_day >= asked.has_day and found.end
    ]
    if asked.month is None or not near:
        return None
    _, _, found, hit = min(near, key=lambda entry: entry[:2])
    if question.language is Language.ENGLISH:
        return spelt_out(found, english=True), hit
    return f"{'den ' if found.has_day else ''}{spelt_out(found)}", hit


def _days_between(asked: DateMention, found: DateMention, years: Years) -> int:
    """How far apart two dates are; one of an unknown year is further from a year than any other."""
    if asked.year and years:
        return min(
            abs((asked.year - year) * _YEAR + _place(asked) - _place(found)) for year in years
        )
    apart = abs(_place(asked) - _place(found))
    return min(apart, _YEAR - apart) + (_UNKNOWN if asked.year else 0)


def _place(date: DateMention) -> int:
    """The day of a year in which every month has 31 days."""
    return (date.month or 1) * 31 + (date.day or ANY_DAY)


def near_name(name: str, hits: Sequence[Hit]) -> Nearest:
    """The name of a person in the documents that is the most like the one that is asked for."""
    asked = [by_ear(word) for word in tokens(name)]
    found = [
        (max(_alike(asked, part) for part in tokens(person)), -rank, person, hit)
        for rank, hit in enumerate(hits)
        for person in people_in(hit.passage.document)
    ]
    best = max(found, default=None, key=lambda entry: entry[:2])
    return (best[2], best[3]) if best and best[0] >= _ALIKE else None


def _alike(asked: Sequence[str], part: str) -> float:
    return max((ratio(word, by_ear(part)) for word in asked), default=0.0)
