"""A question as it was typed, in the spelling of the documents: slips mended, å ä ö put back.

Only a word that neither the documents nor Swedish has is a slip. What is asked for is never
changed to something else that has a name: a real word that the documents lack stays as it is.
"""

import re

from embeddings.index.vocabulary import Vocabulary
from embeddings.language.agencies import expand_titles, find_agencies
from embeddings.language.dates import find_dates
from embeddings.language.lexicon import is_compound, is_word
from embeddings.language.words import STOP_WORDS, plain, stem_words
from retrieval.question import ASKING, language_of
from retrieval.types import Language

_WORD = re.compile(r"[^\W\d_]+")
_SHORTEST = 5

# The small words that a question leans on, by what is typed for them without å, ä and ö.
_SMALL = {
    plain(word): word
    for word in sorted(
        STOP_WORDS
        | ASKING
        | frozenset(
            "hölls hålls håll håller låg äger ägde rum åt både även ännu nästa förra före "
            "efteråt därför också måste bör går gått gång gånger står säger långt lång långa högt "
            "hög höga så då år året åren igår förrgår övermorgon våren hösten våras höstas måndag "
            "måndagen måndags lördag lördagen lördags söndag söndagen söndags första fjärde sjätte "
            "åttonde två "
            "åtta räkna länge några nåt nån påpekade ansåg påstod föreslår föreslog behöver "
            "nämns nämner berättade hände händer gällde".split()
        )
    )
    if not word.isascii()
}
_SMALL = {typed: word for typed, word in _SMALL.items() if typed not in STOP_WORDS | ASKING}
_YEARS = re.compile(r"\b(?:vilket|vilka|manga|per|forra|nasta|detta|i|\d+)\s+$", re.IGNORECASE)
"""What stands before "år" where "ar" is typed; elsewhere it is "är"."""


def mend(text: str, vocabulary: Vocabulary) -> str:
    """The question with its words as the documents spell them."""
    if language_of(text) is Language.ENGLISH:
        return text
    return _Mender(text, vocabulary).mend()


class _Mender:
    """One question, and what shows that å, ä and ö were left out of all of it."""

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        self._text = text
        self._vocabulary = vocabulary
        self._is_plain = text.isascii()
        self._taken = [(one.start, one.end) for one in find_agencies(text, fuzzy=True)]
        self._taken += [(one.start, one.end) for one in find_dates(text, typed=True)]

    def mend(self) -> str:
        lacks_marks = self._is_plain and any(
            self._restored(word) for word in _WORD.finditer(self._text)
        )
        return _WORD.sub(lambda word: self._mended(word, lacks_marks=lacks_marks), self._text)

    def _mended(self, word: re.Match[str], *, lacks_marks: bool) -> str:
        typed = word.group()
        if any(start < word.end() and word.start() < end for start, end in self._taken):
            return typed
        found = self._restored(word) or (lacks_marks and self._likelier(typed.lower()))
        return _cased(found or self._without_slip(typed) or typed, typed)

    def _restored(self, word: re.Match[str]) -> str | None:
        """The word with its å, ä and ö, where without them it is none."""
        typed = word.group().lower()
        if self._is_plain and (small := self._small(word, typed)):
            return small
        if typed in STOP_WORDS or typed in ASKING or self._vocabulary.count(typed):
            return None
        if not self._is_plain and is_word(typed):
            return None
        spelt = self._vocabulary.with_marks(typed)
        return spelt if spelt and plain(spelt) == plain(typed) else None

    def _small(self, word: re.Match[str], typed: str) -> str | None:
        if typed == "ar":
            return "år" if _YEARS.search(self._text, 0, word.start()) else "är"
        return _SMALL.get(typed)

    def _likelier(self, typed: str) -> str | None:
        """The word with marks, where the documents have it more often than the one without."""
        if typed in STOP_WORDS or typed in ASKING:
            return None
        spelt = self._vocabulary.with_marks(typed)
        count = self._vocabulary.count
        return spelt if spelt and count(spelt) > count(typed) else None

    def _without_slip(self, typed: str) -> str | None:
        """The word of the documents that is meant, where what was typed is no word."""
        form = typed.lower()
        if len(form) < _SHORTEST or typed.isupper() or self._is_known(form):
            return None
        return self._vocabulary.mended(form)

    def _is_known(self, form: str) -> bool:
        vocabulary = self._vocabulary
        [stem] = stem_words([form])
        return (
            form in STOP_WORDS
            or vocabulary.count(form) > 0
            or vocabulary.knows(stem)
            or is_word(form)
            or bool(expand_titles(form))
            or is_compound(form)
        )


def _cased(word: str, typed: str) -> str:
    return word.capitalize() if typed[:1].isupper() and word != typed else word
