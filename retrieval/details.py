"""The details that a question may ask for: people, numbers, telephone numbers, addresses."""

import re
from collections.abc import Iterator, Sequence

from embeddings.language.agencies import find_agencies
from embeddings.language.dates import find_dates
from embeddings.language.words import STOP_WORDS
from retrieval.types import QuestionKind

Span = tuple[int, int]

_GIVEN = r"[A-ZÅÄÖÉÜ][a-zåäöéüáèóí]+(?:[-'’]?[A-ZÅÄÖÉÜ][a-zåäöéüáèóí]+|[-'’][a-zåäöéüáèóí]+)*"
_NAME = re.compile(
    rf"\b{_GIVEN}(?:[ \u00a0](?:(?:von|af|av|de|van|da|la|el|al)[ \u00a0])?{_GIVEN}){{1,3}}"
    r"|\b[A-ZÅÄÖ][a-zåäöé]{2,}[A-ZÅÄÖ][a-zåäöé]{3,}\b"  # a space was lost: "AndersThornberg"
    rf"|(?<=, )[a-zåäöé]{{2,}}[ \u00a0]{_GIVEN}(?=,|$)"  # a capital was lost: ", anna Berg,"
)
# Words with a capital in front of a name that say what the person is.
_TITLE_ENDINGS = (
    "minister", "ministern", "chef", "chefen", "direktör", "direktören", "ordförande",
    "sekreterare", "sekreteraren", "ledamot", "mästare", "ledare", "professor",
    "doktor", "talesperson", "president", "kansler", "handläggare", "utredare", "rektor",
    "landshövding", "general", "kommissarie", "åklagare", "domare", "rådgivare", "strateg",
    "samordnare", "analytiker", "jurist", "inspektör", "föreståndare", "ombudsman", "revisor",
    "koordinator", "överläkare", "borgmästare", "talman", "sakkunnig",
)  # fmt: skip
# "Statsråd", but not "samråd", nor the agency "Vetenskapsrådet".
_COUNCILLOR = re.compile(
    r"(?:stats|kommunal|borgar|landstings|regions?|oppositions|departements|kansli|ämnes|justitie|"
    r"regerings|hovrätts|kammarrätts|undervisnings|utbildnings|ambassad|handels)råd(?:et)?"
)
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
_NAMES = re.compile(rf"{_GIVEN}(?:,| och| samt| &)\s(?:[\w-]+\s){{0,2}}{_GIVEN}")
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


def find_people(text: str) -> list[Span]:
    """The spans of names of people: two words with a capital, titles and organisations left out."""
    taken = [(mention.start, mention.end) for mention in find_agencies(text)]
    spans = []
    for match in _NAME.finditer(text):
        start = _name_start(text, match, taken)
        is_whole = start == match.start() or re.search(r"\S[ \u00a0]", text[start : match.end()])
        if is_whole and not any(a < match.end() and start < b for a, b in taken):
            spans.append((start, match.end()))
    return spans


def _name_start(text: str, match: re.Match[str], taken: Sequence[Span]) -> int:
    """Where a name begins in a match that may begin with a title or an organisation."""
    start = match.start() + _before_name(match.group())
    for begin, end in taken:
        if begin <= start < end < match.end():
            rest = text[end : match.end()]
            start = end + len(rest) - len(rest.lstrip())
            start += _before_name(text[start : match.end()])
    return start


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


def is_title(word: str) -> bool:
    """Whether a word says what a person is: "generaldirektör", "rikspolischefen"."""
    folded = word.lower()
    if any(folded.removesuffix(ending).endswith(_TITLE_ENDINGS) for ending in ("", "n", "en")):
        return True
    return _COUNCILLOR.fullmatch(folded) is not None


def _before_name(name: str) -> int:
    """How many characters of a match are a title, or the first word of a sentence."""
    length = 0
    for word in re.finditer(r"\S+\s+", name):
        bare = word.group().strip()
        if not is_title(bare) and bare.lower() not in STOP_WORDS:
            break
        length = word.end()
    return length


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


_FINDERS = {
    QuestionKind.PERSON: find_people,
    QuestionKind.DATE: _times,
    QuestionKind.NUMBER: _numbers,
    QuestionKind.PHONE: _phones,
    QuestionKind.EMAIL: _emails,
}
