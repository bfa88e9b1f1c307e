"""How well a text covers what a question is about, word by word and forgiving of form."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA

from embeddings.dates import DateMention, find_dates
from embeddings.words import stems
from retrieval.agencies import Agency, find_agencies

_SHORTEST_PART = 4
_PART, _SLIP, _TYPO_LENGTH = 0.8, 0.8, 5

Weight = Callable[[str], float]
"""How much a stem tells passages apart: its inverse document frequency."""


_MARK = "@"


@dataclass(frozen=True, slots=True)
class Term:
    """One thing a question is about: the marks that stand for it, any of which will do."""

    alternatives: tuple[str, ...]

    def match(self, words: frozenset[str]) -> float:
        """How well the best alternative is found among stems, 0 to 1."""
        return max(match(stem, words) for stem in self.alternatives)


@lru_cache(maxsize=4096)
def marks(text: str) -> frozenset[str]:
    """What a text can be matched by: its stems, and the organisations and dates that it names."""
    named = (agency_mark(mention.agency) for mention in find_agencies(text))
    dated = (mark for mention in find_dates(text) for mark in date_marks(mention))
    return frozenset([*stems(text), *named, *dated])


def agency_mark(agency: Agency) -> str:
    """The mark of an organisation, the same whatever a text calls it."""
    return f"{_MARK}{agency.name}"


def date_marks(date: DateMention) -> list[str]:
    """The marks of a date, from the vague to the exact: year, month, day."""
    marks = [f"{_MARK}{date.year}"] if date.year else []
    if date.month:
        marks.append(f"{_MARK}-{date.month}")
    if date.month and date.day:
        days = range(date.day, (date.last_day or date.day) + 1)
        marks += [f"{_MARK}-{date.month}-{day}" for day in days]
    return marks


def coverage(terms: Sequence[Term], words: frozenset[str], weight: Weight) -> float:
    """The share of what the question is about that the words hold, 0 to 1, weighed by worth."""
    worth = [max(weight(stem) for stem in term.alternatives) for term in terms]
    found = [term.match(words) for term in terms]
    total = sum(worth)
    return sum(w * f for w, f in zip(worth, found, strict=True)) / total if total else 0.0


def match(stem: str, words: frozenset[str]) -> float:
    """How well a stem is found among stems: itself, a part or a whole of a compound, a typo."""
    if stem in words:
        return 1.0
    if stem.startswith(_MARK):
        return 0.0
    return max((_likeness(stem, word) for word in words), default=0.0)


@lru_cache(maxsize=1 << 16)
def _likeness(stem: str, word: str) -> float:
    short, long = sorted((stem, word), key=len)
    if len(short) >= _SHORTEST_PART and (long.startswith(short) or long.endswith(short)):
        return _PART
    if len(short) >= _TYPO_LENGTH and len(long) - len(short) <= 2:
        allowed = 1 if len(short) < 9 else 2
        if OSA.distance(short, long, score_cutoff=allowed) <= allowed:
            return _SLIP
    return 0.0
