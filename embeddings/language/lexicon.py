"""Which words Swedish has, and which of them are names, from the forms that simplemma carries.

The forms (a million, MIT) are read at the first question that needs them, in about a second.
"""

from functools import lru_cache

import simplemma

_SHORTEST_PART = 4


@lru_cache(maxsize=1 << 14)
def is_word(word: str) -> bool:
    """Whether Swedish has a word, in this form, or a name."""
    return simplemma.is_known(word, lang="sv")


@lru_cache(maxsize=1 << 14)
def is_name(word: str) -> bool:
    """Whether a word in lower case is the name of a person, a place or a company, and no other."""
    return is_word(word) and simplemma.lemmatize(word, lang="sv")[:1].isupper()


@lru_cache(maxsize=1 << 12)
def is_compound(word: str) -> bool:
    """Whether a word is made of two that Swedish has, with or without an s between them."""
    cuts = range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1)
    return any(
        is_word(word[cut:]) and (_is_basic(word[:cut]) or _is_basic(word[:cut].removesuffix("s")))
        for cut in cuts
    )


def _is_basic(word: str) -> bool:
    """Whether a word is one in its basic form, as the first part of a compound is."""
    return is_word(word) and simplemma.lemmatize(word, lang="sv").lower() == word
