"""Repairs the letters of a printed page before they are grouped into lines.

A bold letter may be printed twice, slightly offset, and an accent beside its letter, as TeX does;
parts of a page, such as the contents of a form, may be in figures.
"""

import unicodedata
from collections.abc import Iterator
from typing import Any

from pdfminer.layout import LTChar, LTContainer, LTFigure, LTItem

_APART = 0.12  # of the letter size; two equal letters in a word are farther apart
_BOLD = ",Bold"
_ACCENTS = {"¨": "\u0308", "˚": "\u030a", "°": "\u030a", "´": "\u0301", "`": "\u0300",
            "ˆ": "\u0302", "^": "\u0302", "˜": "\u0303", "~": "\u0303", "ˇ": "\u030c",
            "¸": "\u0327", "˘": "\u0306", "˝": "\u030b", "˙": "\u0307", "¯": "\u0304",
            "˛": "\u0328"}  # fmt: skip
_DOTLESS = {"ı": "i", "ȷ": "j"}


def mend_letters(layout: LTContainer[Any]) -> None:
    """Remove letters printed twice, and combine accents with their letters."""
    items = list(_flat(layout))
    items = _composed(_once(items))
    layout._objs = items


def _flat(container: LTContainer[Any]) -> Iterator[LTItem]:
    """The items of a page, including letters in figures; pictures stay in their figures."""
    for item in container:
        if isinstance(item, LTFigure):
            letters = [one for one in _flat(item) if isinstance(one, LTChar)]
            yield item
            item._objs = [one for one in item if not isinstance(one, LTChar | LTFigure)]
            yield from letters
        else:
            yield item


def _once(items: list[LTItem]) -> list[LTItem]:
    """The items without letters printed on top of the same letter, which makes it bold."""
    seen: dict[tuple[str, int, int], list[LTChar]] = {}
    kept: list[LTItem] = []
    for item in items:
        if isinstance(item, LTChar) and item.get_text().strip():
            x, y = round(item.x0), round(item.y0)
            near = (
                one
                for dx in (-1, 0, 1)
                for dy in (-1, 0, 1)
                for one in seen.get((item.get_text(), x + dx, y + dy), ())
            )
            twin = next((one for one in near if _is_same(one, item)), None)
            if twin is not None:
                if _BOLD not in twin.fontname:
                    twin.fontname += _BOLD
                continue
            seen.setdefault((item.get_text(), x, y), []).append(item)
        kept.append(item)
    return kept


def _is_same(one: LTChar, other: LTChar) -> bool:
    apart = max(abs(one.x0 - other.x0), abs(one.y0 - other.y0))
    return bool(apart <= _APART * max(one.size, 1.0) and abs(one.size - other.size) < 1)


def _composed(items: list[LTItem]) -> list[LTItem]:
    """The items with accents combined with the letters below them, adjacent in the file."""
    gone: set[int] = set()
    for number, item in enumerate(items):
        accent = _ACCENTS.get(item.get_text()) if isinstance(item, LTChar) else None
        if accent is None:
            continue
        for beside in (number + 1, number - 1):
            letter = items[beside] if 0 <= beside < len(items) else None
            if isinstance(letter, LTChar) and _is_above(item, letter):
                text = letter.get_text()
                whole = unicodedata.normalize("NFC", _DOTLESS.get(text, text) + accent)
                if len(whole) == 1:
                    letter._text = whole
                    gone.add(number)
                    break
    return [item for number, item in enumerate(items) if number not in gone]


def _is_above(accent: Any, letter: LTChar) -> bool:
    """Whether an accent is centred on a letter, not beside it."""
    if len(letter.get_text()) != 1 or not letter.get_text().isalpha():
        return False
    middle, size = (accent.x0 + accent.x1) / 2, max(letter.size, 1.0)
    is_within = abs(middle - (letter.x0 + letter.x1) / 2) < 0.3 * max(letter.width, 0.2 * size)
    return bool(is_within and abs(accent.y0 - letter.y0) < size)
