"""The details that a question may ask for: people, numbers, telephone numbers, addresses."""

import re
from collections.abc import Callable, Iterable, Iterator

from embeddings.language.dates import find_dates
from embeddings.language.people import GIVEN
from embeddings.language.people import find_people as find_people
from embeddings.language.people import is_title as is_title
from retrieval.types import QuestionKind

Span = tuple[int, int]

_CLOCK = r"\d{1,2}[.:]\d{2}"
_CLOCK_TIME = re.compile(
    rf"\bkl(?:ockan|\.)?\s*(?:{_CLOCK}|\d{{1,2}})(?:\s*[-–]\s*{_CLOCK})?\b"
    rf"|\b{_CLOCK}\s*[-–]\s*{_CLOCK}\b",
    re.IGNORECASE,
)
_PHONE = re.compile(r"(?<![\d-])(?:\+\d{2}[\s-]?(?:\(0\))?|0)\d{1,3}(?:[\s-]*\d{2,}){2,4}(?!\d)")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_NUMBER_WORDS = (  # the longer ones first
    "(?:tjugo|trettio|fyrtio|femtio|sextio|sjuttio|åttio|nittio)"
    "(?:en|ett|två|tre|fyra|fem|sex|sju|åtta|nio)|"
    "noll|ett par|ett tiotal|ett hundratal|en|ett|två|tre|fyra|fem|sex|sju|åtta|nio|tio|elva|tolv|"
    "tretton|fjorton|femton|sexton|sjutton|arton|nitton|tjugo|trettio|fyrtio|femtio|sextio|sjuttio|"
    "åttio|nittio|hundra|tusen|hundratals|tusentals|hälften|dussin"
)
_NUMBER = re.compile(
    rf"(?<![\w.,-])(?:cirka\s+|ca\.?\s+|drygt\s+|nästan\s+|ungefär\s+|minst\s+|högst\s+)?"
    rf"(?:\d+(?:[ \u00a0.]\d{{3}})*(?:,\d+)?(?!\d|[.:]\d)"
    r"(?:\s*(?:%|procent|miljoner|miljarder|kronor|kr|tkr|mkr"
    rf"|mnkr|euro|dagar|veckor|månader|år|timmar|minuter))*|(?:{_NUMBER_WORDS})\b)",
    re.IGNORECASE,
)  # fmt: skip
_NAMES = re.compile(rf"{GIVEN}(?:,| och| samt| &)\s(?:[\w-]+\s){{0,2}}{GIVEN}")
_IN_DIGITS = {
    word: str(number)
    for number, word in enumerate(
        "noll ett två tre fyra fem sex sju åtta nio tio elva tolv tretton fjorton femton sexton "
        "sjutton arton nitton tjugo".split()
    )
}
_WORD_OR_DIGITS = re.compile(r"\w+")
_VAGUE = frozenset({"en", "ett"})  # more often an article than a number
_FEW_WORDS = r"[\w-]+(?:\s[\w-]+){0,5}"
_ENUMERATION = re.compile(rf"(?:{_FEW_WORDS},\s)+{_FEW_WORDS},?\s(?:och|samt|eller|liksom)\s")


def find_details(text: str, kind: QuestionKind) -> list[Span]:
    """The spans in `text` that can be the answer to a question of a kind; none where any can."""
    return list(_FINDERS[kind](text)) if kind in _FINDERS else []


def same_detail(left: str, right: str, kind: QuestionKind) -> bool:
    """Whether two details say the same: "tolv kommuner" and "12", "Anna Berg" and "Berg"."""
    if kind is QuestionKind.DATE:
        dates = find_dates(left), find_dates(right)
        if not all(dates):  # a time of the day
            return left == right
        return any(a.agrees_with(b) for a in dates[0] for b in dates[1])
    if kind is QuestionKind.NUMBER:
        return bool(_values(left) & _values(right))
    a, b = ("".join(_WORD_OR_DIGITS.findall(text.casefold())) for text in (left, right))
    return a in b or b in a


def _values(text: str) -> frozenset[str]:
    """The numbers in a text, in digits where they are counted in words."""
    found = (text[start:end].casefold() for start, end in _numbers(text))
    words = (re.sub(r"[^\w,]", "", word) for number in found for word in number.split())
    values = (_IN_DIGITS.get(word, word) for word in words)
    return frozenset(value for value in values if value[:1].isdigit())


def is_detail(kind: QuestionKind) -> bool:
    """Whether the answers to a kind of question can be told by their form."""
    return kind in _FINDERS


def is_number(text: str) -> bool:
    """Whether a text is a number and no more: "åtta", "12 kommuner" is not."""
    return _NUMBER.fullmatch(text.strip()) is not None


def has_names(text: str) -> bool:
    """Whether a text counts up names: "Solna och Täby"."""
    return bool(_NAMES.search(text))


def has_enumeration(text: str) -> bool:
    """Whether a sentence counts things up: "a, b och c"."""
    return bool(_ENUMERATION.search(text))


def _times(text: str) -> Iterator[Span]:
    """Dates, and times of the day outside them."""
    dates = [(mention.start, mention.end) for mention in find_dates(text)]
    yield from dates
    for match in _CLOCK_TIME.finditer(text):
        if all(match.end() <= start or end <= match.start() for start, end in dates):
            yield match.span()


def _numbers(text: str) -> Iterator[Span]:
    dates = [(mention.start, mention.end) for mention in find_dates(text)]
    for match in _NUMBER.finditer(text):
        in_date = any(start < match.end() and match.start() < end for start, end in dates)
        if not in_date and match.group().lower() not in _VAGUE:
            yield match.span()


def _phones(text: str) -> Iterator[Span]:
    return (match.span() for match in _PHONE.finditer(text))


def _emails(text: str) -> Iterator[Span]:
    return (match.span() for match in _EMAIL.finditer(text))


_FINDERS: dict[QuestionKind, Callable[[str], Iterable[Span]]] = {
    QuestionKind.PERSON: find_people,
    QuestionKind.DATE: _times,
    QuestionKind.NUMBER: _numbers,
    QuestionKind.PHONE: _phones,
    QuestionKind.EMAIL: _emails,
}
