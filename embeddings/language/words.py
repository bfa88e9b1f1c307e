"""Words as the lexical index counts them: Unicode tokens, case folded, stemmed as Swedish."""

import re
import tomllib
import unicodedata
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import Stemmer

# A word with the ending that an abbreviation takes after a colon: "SKR:s", "GD:n".
_TOKEN = re.compile(r"[^\W_]+(?::[a-zåäö]{1,3}\b)?")

# Snowball stems "myndighet" and "myndigheternas" otherwise than "myndigheten".
_HET_ENDING = re.compile(r"(?<=\w{3})het(?:s|ens?|ers?|ernas?)$")

# The closed-class words of Snowball's Swedish stop list (snowballstem.org), which carry no
# subject of their own, and the question words.
STOP_WORDS = frozenset(
    "och det att i en jag hon som han på den med var sig för så till är men ett om hade de av icke "
    "mig du henne då sin nu har inte hans honom skulle hennes där min man ej vid kunde något från "
    "ut när efter upp vi dem vara vad över än dig kan sina här ha mot alla under någon eller allt "
    "mycket sedan ju denna själv detta åt utan varit hur ingen mitt ni bli blev oss din dessa "
    "några deras blir mina samma vilken er sådan vår blivit dess inom mellan sådant varför varje "
    "vilka ditt vem vilket sitta sådana vart dina vars vårt våra ert era vilkas också ska skall "
    "finns få får fick ta se många gör göra vems hurdan".split()
)

# They only say where a word may be broken: soft hyphen, zero width space, word joiner, and the
# byte order mark, once a space of no width.
_SOFT = re.compile("[\u00ad\u200b\u2060\ufeff]")


def without_soft_hyphens(text: str) -> str:
    """The text without the characters that stand inside words and are not seen."""
    return _SOFT.sub("", text)


def tokens(text: str) -> list[str]:
    """The words of `text`, lower case, without the ending after a colon."""
    composed = unicodedata.normalize("NFC", without_soft_hyphens(text))
    return [match.group().lower().partition(":")[0] for match in _TOKEN.finditer(composed)]


def stems(text: str) -> list[str]:
    """The Snowball stems of the words of `text`, in order."""
    return stem_words(tokens(text))


def stem_words(words: Sequence[str]) -> list[str]:
    """The stems of words in lower case, in order; the forms of a strong verb have one stem."""
    bases = _verb_bases()
    plain = (_HET_ENDING.sub("het", word) for word in words)
    return list(_stemmer().stemWords([bases.get(word, word) for word in plain]))


@cache
def _verb_bases() -> dict[str, str]:
    """The infinitive of every form in the table of strong verbs, with and without a prefix."""
    table = tomllib.loads(Path(__file__).with_name("strong_verbs.toml").read_text("utf-8"))
    bases: dict[str, str] = {}
    for infinitive, forms in table["verbs"].items():
        for prefix in ("", *table["prefixes"]):
            for form in forms:
                if (prefix + form) not in STOP_WORDS:
                    bases.setdefault(prefix + form, prefix + infinitive)
    return bases


@cache
def _stemmer() -> Stemmer.Stemmer:
    return Stemmer.Stemmer("swedish")
