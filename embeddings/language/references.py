"""References to a case, a decision, a law or a part of it: "dnr BN 2026-0123", "1 kap. 2 §".

A key has the register in lower case and the exact number: "bn 2026-0123", "prop 2013/14:51", "t
3592-13", "ad 2013 nr 63"; a number of the statute book, or one without a register, is the key by
itself: "2010:110".
"""

import re
from collections.abc import Iterator
from typing import NamedTuple


class Reference(NamedTuple):
    """A reference number, with its character offsets."""

    start: int
    end: int
    key: str


_YEAR = r"(?:1[6-9]|20)\d\d"
_SPAN = rf"{_YEAR}[-/](?:19|20)?\d\d"
_DAY = rf"{_YEAR}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
_ENDS = r"(?![\w§]|[-/:]\w|[.,]\d)"
# "2010:110", "2013/14:51", "2013/14:KU5", "KS/2024:117"
_SERIAL = re.compile(
    rf"(?:(?<![\w/:.-])|(?<![\w/:.-])(?P<register>[a-zåäö]{{2,6}})/){_YEAR}(?:/\d\d(?:\d\d)?)?:[A-ZÅÄÖ]{{0,4}}\d{{1,5}}{_ENDS}",
    re.IGNORECASE,
)
_SERIES = re.compile(
    r"(?:(?<=[^\w-])|^)(?P<series>[A-ZÅÄÖ]{1,8}(?:-[A-ZÅÄÖ]{2,3})?|(?i:sfs|sou|ds|dir|prop|bet|mot|r?skr"
    r"|(?:kommitté)?direktiv(?:et)?|proposition(?:en)?|betänkande(?:t)?|motion(?:en)?"
    r"|(?:riksdags)?skrivelse(?:n)?|afs|nfs|sosfs|mfs))\.?:?\s{1,3}(?:nr\.?\s)?\(?$"
)
_NO_SERIES = frozenset({"i", "å", "kl", "år"})
_SHORT_SERIES = (
    ("kommittédirektiv", "dir"), ("direktiv", "dir"), ("proposition", "prop"),
    ("betänkande", "bet"), ("motion", "mot"), ("riksdagsskrivelse", "rskr"), ("skrivelse", "skr"),
)  # fmt: skip
# "BN 2026-0123", "M2014/01234/R", "2026-0123"; "T 3592-13", "PMT 1234-18"
_CASE = re.compile(
    rf"(?<![\w/:.-])(?:(?P<register>[a-zåäö]{{1,6}})(?P<between>[\s/-]?))?"
    rf"(?!{_DAY})(?P<number>{_YEAR}[-/]\d{{1,6}}(?:[-/]\w{{1,6}}){{0,3}}){_ENDS}",
    re.IGNORECASE,
)
_COURT = re.compile(
    rf"(?<![\w/:.-])(?P<register>[TBÖFPMKÄA]|PM[TÖFB]{{1,2}}|FT|UM|[tbö](?=\s))\s?"
    rf"(?P<number>\d{{2,6}}-\d\d){_ENDS}"
)
_LABELLED = re.compile(
    r"\b(?:(?:ärende|mål|akt)\s(?=\d{3,}[-/:]\d\d)|d\.?nr|diarie(?:nr|nummer|numret)|(?:ärende|mål|akt|referens)"
    r"(?:s?(?:nr|nummer|numret)|\s+(?:nr|nummer|med\s+(?:dnr|nummer)))|vår\s+beteckning)"
    r"[.:]{0,2}\s{0,3}(?P<register>[a-zåäö]{1,8}(?=[\s/-]?\d))?[\s/-]?"
    r"(?P<number>\d+(?:[./:-]\w+)*)",
    re.IGNORECASE,
)
# "AD 2013 nr 63", "NJA 2013 s. 502", "HFD 2015 ref. 7"
_REPORT = re.compile(
    rf"(?<!\w)(?P<register>[A-ZÅÄÖ]{{2,5}}|ad|nja|rå|hfd|möd|md|rh|mig)\s(?P<number>{_YEAR})"
    rf"(?:\s(?P<sort>nr|s|sid|ref|not)\.?)\s?(?P<place>\d{{1,4}}){_ENDS}"
)
# "(EU) 2016/679", "(EG) nr 1907/2006", "95/46/EG"
_UNION = re.compile(
    r"\((?P<union>E[UG]|EEG)\)\s(?:nr\s)?(?P<number>\d{2,4}/\d{1,4})(?!\w|/)"
    r"|(?<![\w/])(?P<directive>\d{2,4}/\d{1,4}/E(?:U|G|EG))\b"
)
_SECTION_NUMBER = r"\d{1,4}(?:\s?[a-hj-z](?=\s|§|,|$|-))?"  # "8 i" is 8 and a preposition
_LIST = rf"(?P<more>(?:(?:,|\s?[-–]|\soch|\seller|,\soch)\s?{_SECTION_NUMBER}){{0,12}})"
_SECTION = re.compile(
    rf"(?<![\w.,:/-])(?:(?P<chapter>{_SECTION_NUMBER})\s?kap(?:\.|itlet)?,?\s{{1,2}})?"
    rf"(?P<first>{_SECTION_NUMBER}){_LIST}\s?§{{1,2}}"
    rf"|§{{1,2}}\s?(?P<sign>{_SECTION_NUMBER})"
    rf"|(?<![\w.,:/-])(?P<only>{_SECTION_NUMBER})\s?kap(?:\.|itlet)?(?!\w)"
    rf"|\bparagraf\s(?P<paragraph>{_SECTION_NUMBER})|\b(?:kapitel|kap\.)\s(?P<named>{_SECTION_NUMBER})",
    re.IGNORECASE,
)
_ONE_SECTION = re.compile(_SECTION_NUMBER, re.IGNORECASE)
_IN_CHAPTER = re.compile(r"(?P<chapter>\d+(?: [a-z])? kap) (?P<number>\d+(?: [a-z])?) §")
_CONTEXT_CHARACTERS = 40
_TAIL_DIGITS = 3  # digits, the least for which a number after a year is not a span of years


def find_references(text: str) -> list[Reference]:
    """Find every number of a case, a law or a part of one, in the order of the text.

    Of overlapping references the longer one is kept.
    """
    found: list[Reference] = []
    finders = (_serials, _reports, _labelled, _cases, _courts, _unions, _sections)
    everything = [reference for find in finders for reference in find(text)]
    for one in sorted(everything, key=lambda one: (one.start, -one.end)):
        if not found or found[-1].end <= one.start:
            found.append(one)
    return found


def references_agree(left: str, right: str) -> bool:
    """Whether two keys may denote the same; one may lack the register, or the chapter."""
    left, right = (key.replace("/", "-") for key in (left, right))
    return left == right or left in parts_of(right) or right in parts_of(left)


def parts_of(key: str) -> tuple[str, ...]:
    """The less specific keys of a key: a section's chapter and number, a case's number."""
    if section := _IN_CHAPTER.fullmatch(key):
        return section["chapter"], f"§ {section['number']}"
    register, _, number = key.rpartition(" ")
    is_case = register.isalpha() and ("-" in number or "/" in number) and ":" not in number
    return (number,) if is_case else ()


def _serials(text: str) -> Iterator[Reference]:
    for match in _SERIAL.finditer(text):
        start, series = match.start(), match["register"] or ""
        number = match.group()[len(series) :].removeprefix("/")
        before = (
            None if series else _SERIES.search(text, max(start - _CONTEXT_CHARACTERS, 0), start)
        )
        if before and (word := before["series"].lower()) not in _NO_SERIES:
            start = before.start("series")
            series = next((short for long, short in _SHORT_SERIES if word.startswith(long)), word)
        yield Reference(start, match.end(), _key("" if series == "sfs" else series, number))


def _reports(text: str) -> Iterator[Reference]:
    for match in _REPORT.finditer(text):
        sort = match["sort"].replace("sid", "s")
        yield Reference(
            *match.span(), _key(match["register"], f"{match['number']} {sort} {match['place']}")
        )


def _labelled(text: str) -> Iterator[Reference]:
    for match in _LABELLED.finditer(text):
        start = match.start("register") if match["register"] else match.start("number")
        yield Reference(start, match.end(), _key(match["register"] or "", match["number"]))


def _cases(text: str) -> Iterator[Reference]:
    for match in _CASE.finditer(text):
        register, number = match["register"] or "", match["number"]
        if _is_span_of_years(number):
            continue
        is_long = len(re.split("[-/]", number)[1]) >= _TAIL_DIGITS
        # A lower-case word is often not a register, but questions are typed in lower case.
        if register and not register.isupper() and (match["between"] or not is_long):
            register = register if is_long and len(register) <= _TAIL_DIGITS else ""
        if not register and not is_long:
            continue
        start = match.start("register") if register else match.start("number")
        yield Reference(start, match.end(), _key(register, number))


def _courts(text: str) -> Iterator[Reference]:
    for match in _COURT.finditer(text):
        yield Reference(*match.span(), _key(match["register"], match["number"]))


def _unions(text: str) -> Iterator[Reference]:
    for match in _UNION.finditer(text):
        union = match["union"]
        key = _key("eu" if union else "", match["number"] or match["directive"])
        yield Reference(*match.span(), key)


def _sections(text: str) -> Iterator[Reference]:
    for match in _SECTION.finditer(text):
        if chapter := match["only"] or match["named"]:
            yield Reference(*match.span(), f"{_number(chapter)} kap")
            continue
        chapter = f"{_number(match['chapter'])} kap" if match["chapter"] else ""
        first = match["first"] or match["sign"] or match["paragraph"]
        yield Reference(*_span(match), _section(chapter, first))
        if match["more"]:
            for one in _ONE_SECTION.finditer(text, *match.span("more")):
                yield Reference(*one.span(), _section(chapter, one.group()))


def _span(match: re.Match[str]) -> tuple[int, int]:
    """The span of the first in a list of sections, else of the whole match."""
    return (match.start(), match.end("first")) if match["more"] else match.span()


def _section(chapter: str, number: str) -> str:
    return f"{chapter} {_number(number)} §" if chapter else f"§ {_number(number)}"


def _number(written: str) -> str:
    """The number with its spacing normalized: "8a" is "8 a"."""
    return re.sub(r"(?<=\d)\s?(?=[a-z])", " ", written.casefold())


def _is_span_of_years(number: str) -> bool:
    """Whether a number is a range of years, or a school year: "2018-2020", "2018/19"."""
    found = re.fullmatch(_SPAN, number)
    if found is None:
        return False
    first, last = int(number[:4]), number[5:]
    return len(last) == 4 or int(last) == (first + 1) % 100


def _key(register: str, number: str) -> str:
    key = f"{register} {number}".casefold().strip()
    return re.sub(r"\s+", " ", key)
