"""Questions as people type them: lower case, no question mark, slips, no å, ä or ö."""

import random
import string
from typing import Final

_PLAIN: Final = str.maketrans("åäöÅÄÖ", "aaoAAO")
_SMALL_WORDS: Final = frozenset(
    "vad vem vilka vilken vilket hur när var varför är som i på av till för med att en ett den det "
    "de har kan ska om och eller".split()
)


def as_typed(question: str, draw: random.Random) -> str:
    """The question unchanged (mostly), or as somebody in a hurry would type it."""
    if draw.random() < 0.2:
        question = question.lower().rstrip("? ")
    if draw.random() < 0.06:
        question = question.translate(_PLAIN)
    if draw.random() < 0.06:
        question = _keywords(question)
    if draw.random() < 0.08:
        question = _slip(question, draw)
    return question


def _keywords(question: str) -> str:
    """The question without function words, if more than one word is left."""
    words = [word for word in question.rstrip("? ").split() if word.lower() not in _SMALL_WORDS]
    return " ".join(words) if len(words) > 1 else question


def _slip(question: str, draw: random.Random) -> str:
    """The question with one letter inside a word omitted, doubled, changed or swapped with the
    next."""
    places = [i for i in range(1, len(question) - 2) if question[i - 1 : i + 2].isalpha()]
    if not places:
        return question
    at = draw.choice(places)
    letter, after = question[at], question[at + 1]
    written = draw.choice(("", letter * 2, draw.choice(string.ascii_lowercase), after + letter))
    skip = 2 if len(written) == 2 and written != letter * 2 else 1
    return question[:at] + written + question[at + skip :]
