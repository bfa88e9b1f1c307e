"""Other words for the words of a question: synonyms in Swedish, and Swedish for English words."""

import tomllib
from functools import cache
from pathlib import Path

from embeddings.language.words import stem_words

_FOLDER = Path(__file__).parent


def synonyms_of(stem: str) -> tuple[str, ...]:
    """The stems of the words that mean nearly the same as the one with this stem."""
    return _synonyms().get(stem, ())


def in_swedish(word: str) -> tuple[str, ...]:
    """The stems of what an English word, in any regular form, is in Swedish."""
    bases = (word, *(_base(word, ending) for ending in _ENDINGS if word.endswith(ending)))
    return next((_swedish()[base] for base in bases if base in _swedish()), ())


# Regular endings of English, and what stands in their place in the basic form.
_ENDINGS = {"ies": "y", "ied": "y", "es": "", "s": "", "ed": "", "d": "", "ing": ""}


def _base(word: str, ending: str) -> str:
    return word.removesuffix(ending) + _ENDINGS[ending]


@cache
def _synonyms() -> dict[str, tuple[str, ...]]:
    """For each stem the others of all its groups."""
    groups = tomllib.loads((_FOLDER / "synonyms.toml").read_text("utf-8"))["groups"]
    found: dict[str, dict[str, None]] = {}
    for stems in map(stem_words, groups):
        for stem in stems:
            others = (other for other in stems if other != stem)
            found.setdefault(stem, {}).update(dict.fromkeys(others))
    return {stem: tuple(others) for stem, others in found.items()}


@cache
def _swedish() -> dict[str, tuple[str, ...]]:
    words = tomllib.loads((_FOLDER / "english.toml").read_text("utf-8"))["words"]
    return {word: tuple(stem_words(swedish)) for word, swedish in words.items()}
