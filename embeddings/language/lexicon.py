"""Lookup of Swedish words, and which of them are names, from the word forms in simplemma.

The forms (a million) are stored as a trie in the user's cache: building it takes two seconds, once,
and loading it some milliseconds.
"""

import unicodedata
from functools import cache, lru_cache

import simplemma
from simplemma.strategies import DictionaryLookupStrategy
from simplemma.strategies.dictionaries.trie_dictionary_factory import TrieDictionaryFactory

from embeddings.model.bundled import default_cache

_SHORTEST_PART = 4


@cache
def load_lexicon() -> DictionaryLookupStrategy:
    """Load the forms, so that no question has to wait for them."""
    folder = default_cache() / "lexicon" / simplemma.__version__
    forms = DictionaryLookupStrategy(TrieDictionaryFactory(disk_cache_dir=str(folder)))
    forms.get_lemma("ord", "sv")
    return forms


@lru_cache(maxsize=1 << 14)
def is_word(word: str) -> bool:
    """Whether a word, in this form, or a name exists in Swedish."""
    return _basic_form(word) is not None


@lru_cache(maxsize=1 << 14)
def is_name(word: str) -> bool:
    """Whether a lower-case word is only the name of a person, a place or a company."""
    return (_basic_form(word) or "")[:1].isupper()


@lru_cache(maxsize=1 << 12)
def is_compound(word: str) -> bool:
    """Whether a word is a compound of two Swedish words, with or without a linking s."""
    cuts = range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1)
    return any(
        is_word(word[cut:]) and (_is_first(word[:cut]) or _is_first(word[:cut].removesuffix("s")))
        for cut in cuts
    )


def _is_first(part: str) -> bool:
    """Whether a compound can begin with a part: a word in its base form."""
    return len(part) >= _SHORTEST_PART and (_basic_form(part) or "").lower() == part


def _basic_form(word: str) -> str | None:
    """The base form of a word or a name in the dictionary; None if it is not there."""
    return load_lexicon().get_lemma(unicodedata.normalize("NFC", word), "sv")
