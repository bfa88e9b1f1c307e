"""What a sentence joins to the words that answer: "både A och B", "A och B …, liksom C"."""

import re
from typing import Final

Span = tuple[int, int]

_PREPOSITION: Final = r"(?:(?:på|i|av|för|med|till|om|från|hos|mot)\s+)?"
_BOTH: Final = re.compile(
    rf"\b(?:både|såväl|dels)\s+{_PREPOSITION}"
    rf"(?P<first>[^.,;:!?]{{1,100}}?),?\s+(?:och|som|dels)\s+{_PREPOSITION}$",
    re.IGNORECASE,
)
_FURTHER: Final = re.compile(
    r"[^.;:!?]*?,\s*(?:liksom|samt|såväl\s+som|och\s+även|och\s+också|men\s+även|men\s+också|jämte)"
    r"\s+(?P<more>[^.;:!?]+?)\s*(?=[.;:!?]|,\s*(?:vilket|som|där|när|enligt)\b|$)",
    re.IGNORECASE,
)

_SHARED_HEAD: Final = re.compile(r"-\s+(?:och|eller|samt)\s+\w+")


def with_shared_head(text: str, end: int) -> int:
    """Where words end that do so there, or in the half of "närings- och handelsminister" that they
    share with the next."""
    joined = _SHARED_HEAD.match(text, end)
    return joined.end() if joined else end


def with_first_half(sentence: str, span: Span) -> Span:
    """The span, from where the first half begins if it is the second one of "både A och B"."""
    both = _BOTH.search(sentence[: span[0]])
    return (both.start("first"), span[1]) if both else span


def further_items(sentence: str, end: int) -> Span | None:
    """The items that a sentence counts up apart from those that end there."""
    more = _FURTHER.match(sentence, end)
    return more.span("more") if more else None
