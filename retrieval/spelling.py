"""Correction of a question's spelling: typing errors, and missing å, ä and ö.

Only a word that is neither in the documents nor in Swedish is a typing error. A Swedish word that
the documents lack is left as it is, since another word would change what is asked for.
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

# Function words of questions, by how they are typed without å, ä and ö.
_FUNCTION_WORDS = {
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
_FUNCTION_WORDS = {
    typed: word for typed, word in _FUNCTION_WORDS.items() if typed not in STOP_WORDS | ASKING
}
_YEARS = re.compile(r"\b(?:vilket|vilka|manga|per|forra|nasta|detta|i|\d+)\s+$", re.IGNORECASE)
"""Words before which a typed "ar" is "år"; elsewhere it is "är"."""


def mend(text: str, vocabulary: Vocabulary) -> str:
    """Return the question with its words as the documents spell them."""
    if language_of(text) is Language.ENGLISH:
        return text
    return _Mender(text, vocabulary).mend()


class _Mender:
    """Corrects one question, with the agencies and dates in it left as they are."""

    def __init__(self, text: str, vocabulary: Vocabulary) -> None:
        self._text = text
        self._vocabulary = vocabulary
        self._is_plain = text.isascii()
        self._taken = [(one.start, one.end) for one in find_agencies(text, fuzzy=True)]
        self._taken += [(one.start, one.end) for one in find_dates(text, typed=True)]

    def mend(self) -> str:
        lacks_diacritics = self._is_plain and any(
            self._restored(word) for word in _WORD.finditer(self._text)
        )
        return _WORD.sub(
            lambda word: self._mended(word, lacks_diacritics=lacks_diacritics), self._text
        )

    def _mended(self, word: re.Match[str], *, lacks_diacritics: bool) -> str:
        typed = word.group()
        if any(start < word.end() and word.start() < end for start, end in self._taken):
            return typed
        found = self._restored(word) or (lacks_diacritics and self._likelier(typed.lower()))
        return _cased(found or self._without_error(typed) or typed, typed)

    def _restored(self, word: re.Match[str]) -> str | None:
        """The word with its å, ä and ö; None if it is a word without them."""
        typed = word.group().lower()
        if self._is_plain and (known := self._function_word(word, typed)):
            return known
        if typed in STOP_WORDS or typed in ASKING or self._vocabulary.count(typed):
            return None
        if not self._is_plain and is_word(typed):
            return None
        spelt = self._vocabulary.with_diacritics(typed)
        return spelt if spelt and plain(spelt) == plain(typed) else None

    def _function_word(self, word: re.Match[str], typed: str) -> str | None:
        if typed == "ar":
            return "år" if _YEARS.search(self._text, 0, word.start()) else "är"
        return _FUNCTION_WORDS.get(typed)

    def _likelier(self, typed: str) -> str | None:
        """The word with its å, ä and ö, if the documents have it more often than without them."""
        if typed in STOP_WORDS or typed in ASKING:
            return None
        spelt = self._vocabulary.with_diacritics(typed)
        count = self._vocabulary.count
        return spelt if spelt and count(spelt) > count(typed) else None

    def _without_error(self, typed: str) -> str | None:
        """The word of the documents that is probably meant, if what was typed is no word."""
        form = typed.lower()
        if len(form) < _SHORTEST or typed.isupper() or self._is_known(form):
            return None
        return self._vocabulary.corrected(form)

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
