"""How well a text covers the subject of a question, word by word and tolerant of word forms."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA

from embeddings.language.marks import SIGN, find_marks
from embeddings.language.words import has_digit

_SHORTEST_PART, _SHORTEST_HEAD, _SHORTEST_TYPO = 4, 6, 5
_MOST_SEEN = 4000  # words compared with a mark whose result is cached
_LONG = 9  # letters; from this length on two edits count as a slip
_WHOLE, _SLIP, _PART, _HEAD = 0.8, 0.8, 0.6, 0.5

Weight = Callable[[str], float]
"""The weight of a mark: its inverse document frequency."""


@dataclass(frozen=True, slots=True)
class Term:
    """One thing that a question is about: its marks, any one of which is sufficient."""

    alternatives: tuple[str, ...]

    def match(self, words: frozenset[str]) -> float:
        """How well the best alternative matches a set of marks, 0 to 1."""
        return max(match(mark, words) for mark in self.alternatives)


@lru_cache(maxsize=4096)
def mark_set(text: str) -> frozenset[str]:
    """The marks of a text."""
    return frozenset(find_marks(text))


def coverage(terms: Sequence[Term], words: frozenset[str], weight: Weight) -> float:
    """The weighted share of the terms that is found among the words, 0 to 1."""
    worth = [max(_worth(mark, weight) for mark in term.alternatives) for term in terms]
    total = sum(worth)
    found = sum(each * term.match(words) for each, term in zip(worth, terms, strict=True))
    return found / total if total else 0.0


def match(mark: str, words: frozenset[str]) -> float:
    """How well a mark matches a set of marks, 0 to 1: exactly, in or around a compound, or with a
    slip."""
    if mark in words:
        return 1.0
    if mark.startswith(SIGN) or has_digit(mark):  # numbers have to match exactly
        return 0.0
    alike, unlike = _seen(mark)
    if len(alike) + len(unlike) > _MOST_SEEN:
        alike.clear()
        unlike.clear()
    best = 0.0
    for word in words - unlike:
        likeness = alike.get(word)
        if likeness is None:
            likeness = _likeness(mark, word)
            if not likeness:
                unlike.add(word)
                continue
            alike[word] = likeness
        best = max(best, likeness)
    return best


@lru_cache(maxsize=256)
def _seen(mark: str) -> tuple[dict[str, float], set[str]]:
    """A cache of the words compared with a mark: those that are similar, and those that are not.

    Passages share most of their words, and a set difference is faster than a look-up of each word.
    """
    return {}, set()


def _worth(mark: str, weight: Weight) -> float:
    """The weight of a mark; a name or a date has that of the rarest word, however frequent it
    is."""
    return weight(SIGN) if mark.startswith(SIGN) else weight(mark)


def _likeness(stem: str, word: str) -> float:
    if len(stem) >= _SHORTEST_PART and (word.startswith(stem) or word.endswith(stem)):
        return _WHOLE
    if len(word) >= _SHORTEST_PART and (stem.startswith(word) or stem.endswith(word)):
        return _PART
    if is_slip(stem, word):
        return _SLIP
    # "ministertitel" and "inrikesminister" share a part.
    heads = (stem[:count] for count in range(_SHORTEST_HEAD, len(stem)))
    return _HEAD if any(word.endswith(head) for head in heads) else 0.0


def is_slip(stem: str, word: str) -> bool:
    """Whether two words differ by a slip: one edit, or up to two in a long word."""
    short, long = sorted((stem, word), key=len)
    if len(short) < _SHORTEST_TYPO or len(long) - len(short) > 2:
        return False
    allowed = 1 if len(short) < _LONG else 2
    return OSA.distance(short, long, score_cutoff=allowed) <= allowed
