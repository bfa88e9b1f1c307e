"""Who has the title that a question asks for, and what title somebody has: "Vem är generaldirektör
för Skolverket?", "Vilken titel har Anna Berg?".

A document names many people and many titles, often in one row. A title belongs to the person that
it stands right before ("rektor Anna Berg") or behind ("Anna Berg, rektor"), or that a verb like
*är* ties it to; nobody else in the sentence has it.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from embeddings.language.agencies import expand_titles
from embeddings.language.words import stem_words, stems
from retrieval.details import Span, find_people, is_title
from retrieval.matching import is_slip
from retrieval.types import Language, Question, QuestionKind

_ASKED: Final = re.compile(
    r"^\W*(?:och\s+|and\s+)?(?:(?:vem|vilka|who)(?:\s+(?:på|hos|från|vid|inom|i)\s+[\w:-]+)?"
    r"\s+(?:är|var|blir|blev|is|was|are|were)|vad\s+heter)"
    r"\s+(?P<who>.+)",
    re.IGNORECASE,
)
_MODIFIERS: Final = re.compile(r"[,(:;\n]\s*(?P<words>(?:[a-zåäö]+\.?\s+){1,3})$")
_TITLE: Final = re.compile(
    r"\b(?:(?:\w+s|minister)?tit(?:el|eln|lar)|befattning(?:en)?|(?:minister|chefs)post(?:en)?|"
    r"yrke|job\s+title)\b|"
    r"\bvad?\s+ha(?:r|de)\s+.+\s+för\s+(?:jobb|tjänst|position|uppdrag)\b|"
    r"\b(?:jobba|arbeta)(?:r|de)\s+.*\b(?:som|med)\W*$|"
    r"\bvad?\s+är\s+.+\bför\s+(?:något|nåt|nån|någon)\b",
    re.IGNORECASE,
)
_RELATION: Final = re.compile(
    r"\b(?:för|på|vid|hos|i|inom|från|till|under|när|då|som|enligt|of|at|for|in|from|on)\b|[?,(]",
    re.IGNORECASE,
)
_ANY: Final = frozenset(
    stem_words("chef chefen direktör direktören minister ministern ledare ledaren".split())
)
"""What those with other titles are called too."""
_WORD: Final = re.compile(r"[^\W\d_]+")
_SHARED_HEAD: Final = re.compile(r"\b([^\W\d_]+)-\s+(?:och|samt|eller)\s+([^\W\d_]+)")
_RANK: Final = (
    (re.compile(r"\b(?:stf|ställföreträdande|vice|deputy)\b\.?\s*$", re.IGNORECASE), "deputy"),
    (re.compile(r"\b(?:bitr|biträdande|assisterande)\b\.?\s*$", re.IGNORECASE), "assistant"),
    (re.compile(r"\b(?:tf|t\.f|tillförordnad|acting)\b\.?\s*$", re.IGNORECASE), "acting"),
    (re.compile(r"\b(?:förre|förra|tidigare|f\.d|fd|former)\b\.?\s*$", re.IGNORECASE), "former"),
)
# What may stand between a person and the title behind, and between a title and the person behind.
_BEHIND: Final = re.compile(r"\s*(?:[,(:–-]|\n)\s*(?:[\w.]+\s+){0,3}")
_TIED: Final = re.compile(
    r"\s+(?:är|var|blir|blev|heter|som|is|was|(?:har\s+)?(?:utsetts|utnämnts|valts)\s+till|"
    r"(?:utses|utsågs|utnämns|utnämndes|valdes)\s+till|tillträder\s+som|tillträdde\s+som)\s+"
    r"(?:[^\s.;!?]+\s+){0,5}"
)
_BEFORE: Final = re.compile(
    r"(?:\s+(?:för|på|vid|hos|i|inom|of|at|for)\s+[^.;:!?\n]{1,60}?)?,?"
    r"\s+(?:(?:är|var|blir|blev|heter|is|was)\s+)?(?:[^\s.,;:!?]+\s+){0,3}?"
)


def asked_title(question: Question) -> frozenset[str]:
    """The stems of the title whose holder is asked for, with its long form; none if none is.

    None for a word that fits many titles: the director-general is *chef* as well.
    """
    asks = question.kind is QuestionKind.PERSON and question.language is Language.SWEDISH
    return _title_in(question.text) if asks else frozenset()


@lru_cache(maxsize=256)
def _title_in(question: str) -> frozenset[str]:
    asked = _ASKED.match(question)
    words = _head(asked["who"]) if asked else _alone(question)
    if not words:
        return frozenset()
    stems = {*stem_words(words), *stem_words(_last_words(expand_titles(" ".join(words))))}
    titles = {*filter(is_title, words), *filter(is_title, expand_titles(" ".join(words)))}
    return frozenset() if not titles or stems & _ANY else frozenset(stems)


def holders(text: str, title: frozenset[str], asked: str) -> list[Span]:
    """The spans of the people in a text that have a title; `asked` is the question, which says
    whether a deputy is meant."""
    people = find_people(text)
    rank = _rank_in(asked)
    found = []
    for start, end in _places(text, title):
        before, after = _beside(people, start, end)
        holder = _holder(text, before, after, start, end)
        if holder is not None and _rank(text[:start]) == rank:
            found.append(holder)
    return list(dict.fromkeys(found))


def asks_for_title(question: Question) -> bool:
    """Whether a question asks what title somebody has, whom it names."""
    return bool(question.names) and _TITLE.search(question.text) is not None


def is_about_title(question: Question) -> bool:
    """Whether a question asks for a title, or for who has one; what has its form answers it."""
    return bool(asked_title(question)) or asks_for_title(question)


def titles_of(text: str, names: Sequence[str]) -> list[Span]:
    """The spans of the titles in a text that belong to somebody of one of these names."""
    people = find_people(text)
    asked = {stem for name in names for stem in stems(name)}
    found = []
    for start, end in _titles(text):
        holder = _holder(text, *_beside(people, start, end), start, end)
        if holder and asked & set(stems(text[slice(*holder)])):
            found.append((start, end))
    return found


def _titles(text: str) -> Iterator[Span]:
    """Where titles stand: with the other half of "närings- och energiminister", and in a row with
    what goes before them, as in "Anna Berg, stf. generaldirektör"."""
    shared = {match.end(): match.start() for match in _SHARED_HEAD.finditer(text)}
    for word in _WORD.finditer(text):
        if is_title(word.group()):
            start = shared.get(word.end(), word.start())
            before = _MODIFIERS.search(text[:start])
            yield before.start("words") if before else start, word.end()


def _head(who: str) -> list[str]:
    """The last word of what is asked for: "Skolverkets nya generaldirektör", before "för …"."""
    relation = _RELATION.search(who)
    words = _WORD.findall(who[: relation.start()] if relation else who)
    return words[-1:]


def _alone(question: str) -> list[str]:
    """The title in key words: "generaldirektör Skolverket"."""
    words = _WORD.findall(question)
    if words and words[0].lower() in {"vem", "who", "vilka", "vad"}:
        return []
    return [word for word in words if is_title(word) or expand_titles(word)][:1]


def _last_words(phrases: Sequence[str]) -> list[str]:
    return [phrase.split()[-1] for phrase in phrases]


def _places(text: str, title: frozenset[str]) -> Iterator[Span]:
    """Where a title stands; not as that of whom something belongs to."""
    for word in _WORD.finditer(text):
        form = word.group().lower()
        stems = {*stem_words([form]), *stem_words([form.removesuffix("n")])}  # "rektorn"
        if not form.endswith("s") and any(_is_same(one, stems) for one in title):
            yield word.span()
    for shared in _SHARED_HEAD.finditer(text):  # "samordnings- och energiminister"
        first, second = shared[1].lower(), stem_words([shared[2].lower()])
        for one in title:
            rest = one.removeprefix(first)
            if rest != one and any(stem.endswith(rest) for stem in second):
                yield shared.span()


def _is_same(title: str, stems: set[str]) -> bool:
    """Whether a title is one of these words, or one of them with a slip of the pen."""
    return title in stems or any(is_slip(title, stem) for stem in stems)


def _beside(people: Sequence[Span], start: int, end: int) -> tuple[Span | None, Span | None]:
    """The last person before a title, and the first one behind it."""
    before = [person for person in people if person[1] <= start]
    after = [person for person in people if person[0] >= end]
    return (before[-1] if before else None), (after[0] if after else None)


def _holder(
    text: str, before: Span | None, after: Span | None, start: int, end: int
) -> Span | None:
    if before and _BEHIND.fullmatch(text[before[1] : start]):
        return before
    if after and _BEFORE.fullmatch(text[end : after[0]]):
        return after
    if before and _TIED.fullmatch(text[before[1] : start]):
        return before
    return None


def _rank(before: str) -> str | None:
    """Whether what stands before a title makes it another one."""
    return next((rank for pattern, rank in _RANK if pattern.search(before)), None)


def _rank_in(asked: str) -> str | None:
    words = _WORD.finditer(asked)
    return next((rank for word in words if (rank := _rank(asked[: word.end()]))), None)
