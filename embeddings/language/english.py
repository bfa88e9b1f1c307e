"""Swedish translations of the words of an English question."""

import tomllib
from functools import cache
from pathlib import Path

from embeddings.language.words import stem_words

_FOLDER = Path(__file__).parent


def in_swedish(word: str) -> tuple[str, ...]:
    """The stems of the Swedish translations of an English word, in any regular form."""
    bases = (word, *(_base(word, ending) for ending in _ENDINGS if word.endswith(ending)))
    return next((_swedish()[base] for base in bases if base in _swedish()), ())


# Regular English endings, and their replacements in the base form.
_ENDINGS = {"ies": "y", "ied": "y", "es": "", "s": "", "ed": "", "d": "", "ing": ""}


def _base(word: str, ending: str) -> str:
    return word.removesuffix(ending) + _ENDINGS[ending]


@cache
def _swedish() -> dict[str, tuple[str, ...]]:
    words = tomllib.loads((_FOLDER / "english.toml").read_text("utf-8"))["words"]
    return {word: tuple(stem_words(swedish)) for word, swedish in words.items()}
