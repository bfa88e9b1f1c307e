"""How well a text covers what a question is about, word by word and forgiving of form."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA

from embeddings.language.marks import SIGN, find_marks
from embeddings.language.words import has_digit

_SHORTEST_PART, _SHORTEST_HEAD, _SHORTEST_TYPO = 4, 6, 5
_MOST_SEEN = 4000  # words that a mark is remembered to be like, or not
_LONG = 9  # letters, from which two edits are a slip
_WHOLE, _SLIP, _PART, _HEAD = 0.8, 0.8, 0.6, 0.5

Weight = Callable[[str], float]
"""How much a mark tells passages apart: its inverse document frequency."""


@dataclass(frozen=True, slots=True)
class Term:
    """One thing a question is about: the marks that stand for it, any of which will do."""

    alternatives: tuple[str, ...]

    def match(self, words: frozenset[str]) -> float:
        """How well the best alternative is found among marks, 0 to 1."""
        return max(match(mark, words) for mark in self.alternatives)


@lru_cache(maxsize=4096)
def mark_set(text: str) -> frozenset[str]:
    """The marks of a text."""
    return frozenset(find_marks(text))


def coverage(terms: Sequence[Term], words: frozenset[str], weight: Weight) -> float:
    """The share of what the question is about that the words hold, 0 to 1, weighed by worth."""
    worth = [max(_worth(mark, weight) for mark in term.alternatives) for term in terms]
    total = sum(worth)
    found = sum(each * term.match(words) for each, term in zip(worth, terms, strict=True))
    return found / total if total else 0.0


def match(mark: str, words: frozenset[str]) -> float:
    """How well a mark is found among marks: itself, a part or a whole of a compound, a typo."""
    if mark in words:
        return 1.0
    if mark.startswith(SIGN) or has_digit(mark):  # a number is itself, and no other
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
    """The words that a mark has been likened to: those that are like it, and those that are not.

    Passages share most of their words, and one look at a set is faster than a look at each word.
    """
    return {}, set()


def _worth(mark: str, weight: Weight) -> float:
    """A name or a date is worth as much as the rarest word, however many passages hold it."""
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
    """Whether two words are one, typed with a slip: an edit, or two in a long word."""
    short, long = sorted((stem, word), key=len)
    if len(short) < _SHORTEST_TYPO or len(long) - len(short) > 2:
        return False
    allowed = 1 if len(short) < _LONG else 2
    return OSA.distance(short, long, score_cutoff=allowed) <= allowed
