"""Sentence segmentation of Swedish text."""

import re
from itertools import pairwise

from embeddings.types import Span

# Abbreviations whose full stop does not end a sentence, without their last stop (Svenska
# skrivregler; those that occur before a capital or a number).
_ABBREVIATIONS = frozenset(
    "a.a adj adr allm ang anm art avd avs bl.a ca c:a d.v.s dep dir div dnr doc dr d.y d.ä "
    "e.d e.g el enl etc ev ex exkl f f.d f.k f.n f.ö febr fig fr.o.m frk förf g.m gen gm "
    "hr i.e inkl ing inst int jr jan jfr jur kap kl kr kungl kv lic m.a.o m.fl m.m "
    "max mgr min milj mkr mr mrs ms mån nr o.d o.dyl obs okt nov dec sept aug apr osv p p.g.a pga "
    "ph pol pot proc prof prop ref reg resp rskr s s.k sa sek sen skr sid sk so spec st "
    "st.f stf svt t t.ex t.o.m t.v tel tf tfn tim tr trol u.a uppl utg v v.g vard vol "
    "ä äv ö.h övers".split()
)
# Possessive, and from the first sign of a run only, so that a long run is scanned once.
_END = re.compile(
    r"(?<![.!?…])[.!?…]++[\"”’'»)\]]*+(?=\s++[\"”’'«»(\[–—•-]*+\s*+[A-ZÅÄÖÉÜ0-9])|\n\s*\n"
)
SENTENCE_END = re.compile(r"[.!?…][\"”’)\]]*$")
"""The end of a line or a paragraph that ends with a sentence."""
_SEARCHED_CHARACTERS = 1000  # characters searched for the bounds of a sentence
_LAST_WORD = re.compile(r"[^\s(\[\"”]+$")
_INITIAL = re.compile(r"^(?:[A-ZÅÄÖ]\.?)+$")


def split_sentences(text: str) -> list[Span]:
    """The character spans of the sentences of `text`, without the white space between them."""
    cuts = [match.end() for match in _END.finditer(text) if _ends_sentence(text, match)]
    bounds = [0, *cuts, len(text)]
    spans = (_trim(text, start, end) for start, end in pairwise(bounds))
    return [(start, end) for start, end in spans if start < end]


def sentences_around(text: str, start: int, end: int, reach: int = 0) -> Span:
    """The span widened to whole sentences, and to those within `reach` characters on each side.

    If no sentence begins or ends nearby, that side is unchanged.
    """
    low, high = (
        max(start - reach - _SEARCHED_CHARACTERS, 0),
        min(end + reach + _SEARCHED_CHARACTERS, len(text)),
    )
    found = [(low + first, low + last) for first, last in split_sentences(text[low:high])]
    begins = [first for first, _ in found if first <= start and (first > low or not low)]
    ends = [last for _, last in found if last >= end and (last < high or high == len(text))]
    return (
        min((at for at in begins if at >= start - reach), default=max(begins, default=start)),
        max((at for at in ends if at <= end + reach), default=min(ends, default=end)),
    )


def _ends_sentence(text: str, match: re.Match[str]) -> bool:
    if not match.group().startswith("."):
        return True
    if match.group().startswith(".."):
        return True
    before = text[max(0, match.start() - 30) : match.start()]
    word = _LAST_WORD.search(before)
    if word is None:
        return True
    if word.group().isdigit():  # "den 1. januari" is not written in Swedish, "1. Inledning" is
        return before.rstrip("0123456789")[-1:] not in {"", "\n"}
    if _INITIAL.match(word.group()):
        return False
    return word.group().lower() not in _ABBREVIATIONS


def _trim(text: str, start: int, end: int) -> Span:
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), end - (len(piece) - len(piece.rstrip()))
