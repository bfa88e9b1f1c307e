"""Locating a language model's quotes in a passage, character by character."""

import re
import unicodedata

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from embeddings.language.normal import normal_form
from embeddings.language.words import STOP_WORDS, tokens
from embeddings.types import Span

_NEAR = 2  # characters that may differ
_SHORTEST_NEAR = 20  # characters of a quote in which some may
_MOST_PIECES = 8
_ALIKE = str.maketrans({
    **dict.fromkeys("“”„«»″", '"'), **dict.fromkeys("‘’‚′`´", "'"),
    **dict.fromkeys("‐‑‒–—−", "-"), **dict.fromkeys("•▪◦·●", " "),
})  # fmt: skip
_LEFT_OUT = re.compile(r"\s*(?:\[\s*(?:…|\.\.\.)\s*\]|…|\.\.\.)\s*")
_AROUND = " \"'"


def find_quote(text: str, quote: str) -> list[Span]:
    """Find a quote in a text; returns offsets of whole words, [] if it is not there.

    Differences in white space, quotation marks, dashes and case are ignored, and two characters of
    a long quote may differ, since the words of the text are what is shown. If the quote omits words
    with an ellipsis, its pieces must be in the text in the same order.
    """
    folded, offsets = _fold(text)
    said = _fold(quote)[0].strip(_AROUND)
    whole = _find(folded, said, 0)
    pieces = [said] if whole else [one for one in _LEFT_OUT.split(said) if one.strip(_AROUND)]
    if len(pieces) > _MOST_PIECES:
        return []
    found: list[Span] = []
    at = 0
    for piece in pieces:
        place = _find(folded, piece.strip(_AROUND), at)
        if place is None:
            return []
        found.append((offsets[place[0]], offsets[place[1] - 1] + 1))
        at = place[1]
    return found


def _fold(text: str) -> tuple[str, list[int]]:
    """The text normalised for comparing quotes, and the offset in the text of each character."""
    normal = normal_form(text)
    letters: list[str] = []
    offsets: list[int] = []
    for place, letter in enumerate(normal.text.translate(_ALIKE)):
        folded = letter.lower()
        if letter.isspace():
            if letters and letters[-1] == " ":
                continue
            folded = " "
        elif len(folded) != 1 or unicodedata.category(letter)[0] == "C":
            continue
        letters.append(folded)
        offsets.append(normal.span_of(place, place + 1)[0])
    return "".join(letters), offsets


def _find(text: str, quote: str, at: int) -> Span | None:
    """The first occurrence of the words in a text after an offset, exact or nearly so."""
    if not set(tokens(quote)) - STOP_WORDS:
        return None
    exact = re.compile(rf"(?<!\w){re.escape(quote)}(?!\w)").search(text, at)
    if exact:
        return exact.span()
    if len(quote) < _SHORTEST_NEAR:
        return None
    near = _near(text, quote, at)
    return _whole_words(text, near) if near else None


def _near(text: str, quote: str, at: int) -> Span | None:
    """The span with the smallest edit distance to the quote, if that is small enough."""
    likely = fuzz.partial_ratio_alignment(quote, text[at:], score_cutoff=80)
    if likely is None:
        return None
    first, last = at + likely.dest_start, at + likely.dest_end
    around = range(-_NEAR, _NEAR + 1)
    spans = [(max(first + left, at), min(last + right, len(text)))
             for left in around for right in around]  # fmt: skip
    apart = [Levenshtein.distance(quote, text[slice(*span)], score_cutoff=_NEAR) for span in spans]
    best = min(apart)
    return spans[apart.index(best)] if best <= _NEAR else None


def _whole_words(text: str, span: Span) -> Span:
    start, end = span
    while start > 0 and text[start - 1].isalnum() and text[start].isalnum():
        start -= 1
    while end < len(text) and text[end].isalnum() and text[end - 1].isalnum():
        end += 1
    return start, end
