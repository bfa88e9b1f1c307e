"""Names of people in a text, in any Latin letters, and the titles before them."""

import re
from collections.abc import Sequence
from itertools import takewhile

from embeddings.language.agencies import find_agencies
from embeddings.language.normal import in_normal_form, normal_form
from embeddings.language.words import STOP_WORDS
from embeddings.types import Span

_LETTERS = "".join(map(chr, (*range(0x41, 0x5B), *range(0xC0, 0x250), *range(0x1E00, 0x1F00))))
_CAPITAL = f"[{''.join(letter for letter in _LETTERS if letter.isupper())}]"
_SMALL = f"[{''.join(letter.lower() for letter in _LETTERS if letter.isupper())}ßĸŉſ]"
_SPACE = "[ \u00a0]"
GIVEN = (
    rf"(?:{_CAPITAL}['’])?{_CAPITAL}{_SMALL}+(?:[-'’]?{_CAPITAL}{_SMALL}+|[-'’]{_SMALL}+){{0,8}}"
)
"""A pattern of one capitalized name, in normal form: "Åsa", "Sjö-Qvist", "O'Brien"."""
_PARTICLE = "(?:von|af|av|de|van|da|la|el|al|der|den|di|du|dos|bin|ibn|ter|zu)"
NAME = re.compile(
    rf"\b{GIVEN}(?:{_SPACE}(?:{_PARTICLE}{_SPACE}){{0,2}}{GIVEN}){{1,3}}"
    # A missing space: "AndersThornberg".
    rf"|\b{_CAPITAL}{_SMALL}{{2,}}{_CAPITAL}{_SMALL}{{3,}}\b"
    # A missing capital: ", anna Berg,".
    rf"|(?<=, ){_SMALL}{{2,}}{_SPACE}{GIVEN}(?=,|$)"
)
# Endings of titles that may be capitalized before a name.
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


def find_people(text: str, taken: Sequence[Span] | None = None) -> list[Span]:
    """The spans of names of people: two capitalized words, excluding titles and organisations.

    `taken` are the spans of the organisations, if already known.
    """
    if taken is None:
        taken = [(mention.start, mention.end) for mention in find_agencies(text)]
    normal = normal_form(text)
    if normal.text != text:
        taken = [normal.span_in(start, end) for start, end in taken]
    return [normal.span_of(start, end) for start, end in _people(normal.text, taken)]


def person_key(name: str) -> str:
    """A key shared by spellings of a person's name: "anna  Berg" is "Anna Berg"."""
    return " ".join(in_normal_form(name).casefold().split())


def is_title(word: str) -> bool:
    """Whether a word is a title of a person: "generaldirektör", "rikspolischefen"."""
    folded = word.lower()
    if any(folded.removesuffix(ending).endswith(_TITLE_ENDINGS) for ending in ("", "n", "en")):
        return True
    return _COUNCILLOR.fullmatch(folded) is not None


def _people(text: str, taken: Sequence[Span]) -> list[Span]:
    spans, passed = [], 0
    for match in NAME.finditer(text):
        while passed < len(taken) and taken[passed][1] <= match.start():
            passed += 1
        following = (taken[number] for number in range(passed, len(taken)))
        near = list(takewhile(lambda span: span[0] < match.end(), following))  # noqa: B023
        start = _name_start(text, match, near)
        is_whole = start == match.start() or re.search(r"\S[ \u00a0]", text[start : match.end()])
        if is_whole and not any(a < match.end() and start < b for a, b in near):
            spans.append((start, match.end()))
    return spans


def _name_start(text: str, match: re.Match[str], taken: Sequence[Span]) -> int:
    """The start of the name in a match that may begin with a title or an organisation."""
    start = match.start() + _before_name(match.group())
    for begin, end in taken:
        if begin <= start < end < match.end():
            rest = text[end : match.end()]
            start = end + len(rest) - len(rest.lstrip())
            start += _before_name(text[start : match.end()])
    return start


def _before_name(name: str) -> int:
    """The length of the titles, or the sentence's first word, at the beginning of a match."""
    length = 0
    for word in re.finditer(r"\S+\s+", name):
        bare = word.group().strip()
        if not is_title(bare) and bare.lower() not in STOP_WORDS:
            break
        length = word.end()
    return length
