"""Automatic paragraph numbers of Word, which are not in the text: "§ 41", "2.1", "b)"."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from lxml import etree

from embeddings.reading.formats.text_builder import clean

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
"""The namespace of the elements and attributes of Word."""
OFF = frozenset({"0", "false", "off"})
"""The values of a property that is switched off."""
_LEVELS = 9
_PLACE = re.compile(r"%([1-9])")
_ROMAN = ((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"),
          (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Level:
    """A level of a list: the kind of its numbers, their format, their first value.

    Numbering restarts after a paragraph of level `restart` or above, counted from 1; None means the
    level above, and 0 never. With `is_legal` the numbers of all levels are shown as digits.
    """

    kind: str = "bullet"
    text: str = ""
    start: int = 1
    restart: int | None = None
    is_legal: bool = False
    style: str | None = None


@dataclass(slots=True)
class _List:
    """A list as referenced by paragraphs: the abstract list with the shared counts, and its
    levels."""

    abstract: str
    levels: dict[int, _Level]
    overrides: dict[int, int]  # start values of the levels that restart with this list


class Numbering:
    """Counts list paragraphs as Word does: by abstract list, which several lists may share."""

    def __init__(
        self, root: etree._Element | None, styles: Mapping[str | None, etree._Element]
    ) -> None:
        self._counts: dict[str, list[int | None]] = {}
        self._lists: dict[str, _List] = {}
        if root is not None:
            found = {one.get(f"{W}abstractNumId"): one for one in root.iter(f"{W}abstractNum")}
            numbers = {one.get(f"{W}numId"): one for one in root.iter(f"{W}num")}
            for name, number in numbers.items():
                abstract = _abstract(number, found, numbers, styles)
                if name is not None and abstract is not None:
                    self._lists[name] = _list(number, abstract)

    def level_of(self, number: str, styles: Sequence[str | None]) -> int:
        """The list level linked to one of the styles of a paragraph, else 0."""
        levels = self._lists[number].levels if number in self._lists else {}
        bound = {level.style: place for place, level in levels.items() if level.style}
        return next((bound[style] for style in styles if style in bound), 0)

    def next(self, number: str, place: int) -> str:
        """The number displayed before the next paragraph of a list at a level; "" for a bullet."""
        of = self._lists.get(number)
        level = of.levels.get(place) if of else None
        if of is None or level is None:
            return ""
        counts = self._counts.setdefault(of.abstract, [None] * _LEVELS)
        before = counts[place]
        if place in of.overrides:
            counts[place] = of.overrides.pop(place)
        else:
            counts[place] = level.start if before is None else before + 1
        for deeper in range(place + 1, _LEVELS):
            restart = of.levels.get(deeper, level).restart
            if restart is None or place < restart:
                counts[deeper] = None
        if level.kind in {"bullet", "none"}:
            return ""

        def shown(match: re.Match[str]) -> str:
            above = int(match[1]) - 1
            one = of.levels.get(above, level)
            return _shown(counts[above] or one.start, "decimal" if level.is_legal else one.kind)

        return clean(_PLACE.sub(shown, level.text))


def _abstract(
    number: etree._Element,
    found: Mapping[str | None, etree._Element],
    numbers: Mapping[str | None, etree._Element],
    styles: Mapping[str | None, etree._Element],
) -> etree._Element | None:
    """The abstract list of a list, resolved through list styles."""
    abstract = found.get(_value(number, "abstractNumId"))
    for _ in range(_LEVELS):  # styles of a damaged file may refer to each other
        style = None if abstract is None else styles.get(_value(abstract, "numStyleLink"))
        if style is None:
            break
        linked = numbers.get(_value(style, f"pPr/{W}numPr/{W}numId"))
        abstract = None if linked is None else found.get(_value(linked, "abstractNumId"))
    return abstract


def _list(number: etree._Element, abstract: etree._Element) -> _List:
    levels = {_place(level): _level(level) for level in abstract.iter(f"{W}lvl")}
    overrides: dict[int, int] = {}
    for override in number.iter(f"{W}lvlOverride"):
        place = _place(override)
        own = override.find(f"{W}lvl")
        if own is not None:
            levels[place] = _level(own)
        start = _value(override, "startOverride")
        if start is not None and start.isdigit():
            overrides[place] = int(start)
            levels[place] = replace(levels.get(place, _Level()), start=int(start))
    return _List(abstract.get(f"{W}abstractNumId") or "", levels, overrides)


def _level(element: etree._Element) -> _Level:
    start, restart = _value(element, "start"), _value(element, "lvlRestart")
    legal = element.find(f"{W}isLgl")
    return _Level(
        kind=_value(element, "numFmt") or "decimal",
        text=_value(element, "lvlText") or "",
        start=int(start) if start and start.isdigit() else 1,
        restart=int(restart) if restart and restart.isdigit() else None,
        is_legal=legal is not None and legal.get(f"{W}val") not in OFF,
        style=_value(element, "pStyle"),
    )


def _place(element: etree._Element) -> int:
    place = element.get(f"{W}ilvl") or "0"
    return min(int(place), _LEVELS - 1) if place.isdigit() else 0


def _shown(count: int, kind: str) -> str:
    if kind == "decimalZero":
        return f"{count:02}"
    if kind in {"lowerLetter", "upperLetter"} and 0 < count <= 26 * 20:
        letter = chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 + 1)  # z, aa, bb
        return letter.upper() if kind == "upperLetter" else letter
    if kind in {"lowerRoman", "upperRoman"} and 0 < count < 4000:
        roman = _roman(count)
        return roman.upper() if kind == "upperRoman" else roman
    return "" if kind in {"bullet", "none"} else str(count)


def _roman(count: int) -> str:
    written = ""
    for value, letters in _ROMAN:
        written += letters * (count // value)
        count %= value
    return written


def _value(element: etree._Element, path: str) -> str | None:
    found = element.find(f"{W}{path}")
    return None if found is None else found.get(f"{W}val")
