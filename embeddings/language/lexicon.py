"""Which words Swedish has, and which of them are names, from the forms that simplemma carries.

The forms (a million) are read when the first word is looked up, in about a second.
"""

from functools import lru_cache

import simplemma

_SHORTEST_PART = 4


def load_lexicon() -> None:
    """Read the forms now, so that no question has to wait for them."""
    is_word("ord")


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
        is_word(word[cut:]) and (_is_first(word[:cut]) or _is_first(word[:cut].removesuffix("s")))
        for cut in cuts
    )


def _is_first(part: str) -> bool:
    """Whether a compound can begin with a part: a word in its basic form."""
    is_basic = is_word(part) and simplemma.lemmatize(part, lang="sv").lower() == part
    return is_basic and len(part) >= _SHORTEST_PART
