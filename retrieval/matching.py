"""How well a text covers what a question is about, word by word and forgiving of form."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA

from embeddings.language.marks import SIGN, find_marks

_SHORTEST_PART = 4
_SHORTEST_HEAD = 6
_TYPO_LENGTH = 5
_PART, _SLIP, _HEAD = 0.8, 0.8, 0.5

Weight = Callable[[str], float]
"""How much a stem tells passages apart: its inverse document frequency."""


@dataclass(frozen=True, slots=True)
class Term:
    """One thing a question is about: the marks that stand for it, any of which will do."""

    alternatives: tuple[str, ...]

    def match(self, words: frozenset[str]) -> float:
        """How well the best alternative is found among stems, 0 to 1."""
        return max(match(stem, words) for stem in self.alternatives)


@lru_cache(maxsize=4096)
def mark_set(text: str) -> frozenset[str]:
    """The marks of a text."""
    return frozenset(find_marks(text))


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
    if stem.startswith(SIGN):
        return 0.0
    return max((_likeness(stem, word) for word in words), default=0.0)


@lru_cache(maxsize=1 << 16)
def _likeness(stem: str, word: str) -> float:
    short, long = sorted((stem, word), key=len)
    if len(short) >= _SHORTEST_PART and (long.startswith(short) or long.endswith(short)):
        return _PART
    if any(word.endswith(stem[:count]) for count in range(_SHORTEST_HEAD, len(stem))):
        return _HEAD  # "ministertitel" and "inrikesminister" share a part
    if len(short) >= _TYPO_LENGTH and len(long) - len(short) <= 2:
        allowed = 1 if len(short) < 9 else 2
        if OSA.distance(short, long, score_cutoff=allowed) <= allowed:
            return _SLIP
    return 0.0
