"""Which language a text is in, by its letters (langid, Lui & Baldwin 2012; py3langid)."""

import re

_WORD = re.compile(r"[^\W\d_]{2,}")
_FEW_WORDS = 15  # fewer do not tell
_CHARACTERS = 2000


def find_language(text: str) -> str | None:
    """The code (ISO 639-1) of the language that a text begins in; None where it is too short."""
    sample = text[:_CHARACTERS]
    if len(_WORD.findall(sample)) < _FEW_WORDS:
        return None
    import py3langid  # a second to load, and only where a document does not say its language

    return str(py3langid.classify(sample)[0])
