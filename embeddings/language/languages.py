"""Which language a text is in, by its letters (langid, Lui & Baldwin 2012; py3langid)."""

import re
import tempfile
from functools import cache
from typing import TYPE_CHECKING

from embeddings.errors import DocumentError

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

_WORD = re.compile(r"[^\W\d_]{2,}")
_FEW_WORDS = 15  # fewer do not tell
_CHARACTERS = 2000


def find_language(text: str) -> str | None:
    """The code (ISO 639-1) of the language that a text begins in; None where it is too short."""
    sample = text[:_CHARACTERS]
    if len(_WORD.findall(sample)) < _FEW_WORDS:
        return None
    return str(_identifier().classify(sample)[0])


def forget_languages() -> None:
    """Let go of what tells languages apart, 70 MB; loaded again, in a second, when needed."""
    _identifier.cache_clear()


@cache
def _identifier() -> "LanguageIdentifier":
    from py3langid import langid  # a second to load, and only where a document does not say

    try:
        return langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE)
    except OSError as error:  # it is unpacked in the folder for temporary files
        raise DocumentError(
            f"the languages of documents cannot be told apart ({error.strerror or error}): make "
            f"room in {tempfile.gettempdir()}"
        ) from error
