"""The normal form in which texts are compared, with a mapping of offsets to the original.

Letters are composed (NFC; a ligature becomes its letters), invisible characters inside words are
removed, and words hyphenated at the end of a line are joined.
"""

import re
import unicodedata
from bisect import bisect
from dataclasses import dataclass

# Soft hyphens and zero-width characters, which mark possible breaks, joined letters or the reading
# direction; the last was once a zero-width space.
_UNSEEN = "\u00ad\u200b-\u200f\u2060\ufeff"
_COMBINING = "\u0300-\u036f"
_WHOLE = "\u2126\u212a\u212b\ufb00-\ufb06"  # ohm, kelvin, ångström; ligatures
_BROKEN = r"(?<=[^\W\d_]{2})[-‐][ \t]*\n[ \t]*(?=[a-zåäöéü])(?!(?:och|eller|samt|respektive)\b)"
# At most 30 combining characters at a time: ordering them takes quadratic time.
_OTHER = re.compile(rf"[{_UNSEEN}{_COMBINING}]{{1,30}}|[{_WHOLE}]|{_BROKEN}")
# A fast test for characters that most texts lack.
_HINT = re.compile(rf"[{_UNSEEN}{_COMBINING}{_WHOLE}]|[-‐][ \t]*\n")
_ONLY_UNSEEN = re.compile(rf"[{_UNSEEN}]+")
_COMBINING_CHARACTER = re.compile(rf"[{_COMBINING}]")


@dataclass(frozen=True, slots=True)
class Normal:
    """A text in normal form with its original, for converting offsets between them."""

    text: str
    original: str
    # From each of these text offsets on, the original is ahead by the amount in `_more`.
    _at: tuple[int, ...] = ()
    _more: tuple[int, ...] = ()

    def span_of(self, start: int, end: int) -> tuple[int, int]:
        """The span in the original of `text[start:end]`."""
        if not self._at:
            return start, end
        begin, stop = self._outside(start), self._outside(end)
        while stop > begin and _ONLY_UNSEEN.match(self.original, stop - 1):
            stop -= 1
        return begin, stop

    def span_in(self, start: int, end: int) -> tuple[int, int]:
        """The span in the text of `original[start:end]`."""
        return self._inside(start), self._inside(end)

    def _outside(self, offset: int) -> int:
        place = bisect(self._at, offset)
        return offset + (self._more[place - 1] if place else 0)

    def _inside(self, offset: int) -> int:
        place = bisect(
            range(len(self._at)), offset, key=lambda one: self._at[one] + self._more[one]
        )
        return offset - (self._more[place - 1] if place else 0)


def normal_form(text: str) -> Normal:
    """The normal form of a text, with the mapping of its offsets."""
    if (text.isascii() and "-" not in text) or not _HINT.search(text):
        return Normal(text, text)
    pieces: list[str] = []
    at: list[int] = []
    more: list[int] = []
    length = end = 0
    for match in _OTHER.finditer(text):
        start, found = match.start(), match.group()
        if _COMBINING_CHARACTER.search(found) and start > end:  # the base letter
            start -= 1
        whole = unicodedata.normalize("NFKC", _ONLY_UNSEEN.sub("", text[start : match.end()]))
        written = "" if found[0] in "-‐" else whole
        pieces += (text[end:start], written)
        length += start - end + len(written)
        end = match.end()
        at.append(length)
        more.append(end - length)
    return Normal("".join([*pieces, text[end:]]), text, tuple(at), tuple(more))


def in_normal_form(text: str) -> str:
    """The normal form of a text."""
    return normal_form(text).text


def without_soft_hyphens(text: str) -> str:
    """The text without invisible characters inside words."""
    return _ONLY_UNSEEN.sub("", text)
