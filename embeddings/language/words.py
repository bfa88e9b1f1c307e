"""Tokenization for the lexical index: Unicode words, case-folded, with Swedish stemming."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import Stemmer

from embeddings.language.normal import in_normal_form
from embeddings.language.normal import without_soft_hyphens as without_soft_hyphens

# A number is one token, so that it matches exactly ("12 500" is 12500, and "2,5" is not 2,6); a
# word includes the ending that an abbreviation takes after a colon: "SKR:s", "GD:n".
_TOKEN = re.compile(
    r"(?<![\w.,])\d{1,3}(?:[ .\u00a0\u202f]\d{3})+(?![\w.,]{0,20}\d)"
    r"|(?<![\w.,])\d+,\d{1,2}(?![\w,])"
    r"|[^\W_]+(?::[a-zåäö]{1,3}\b)?"
)
_GROUPED = re.compile(r"[ .\u00a0\u202f]")
_DIGIT = re.compile(r"\d")

# Snowball stems "myndighet" and "myndigheternas" differently from "myndigheten".
_HET_ENDING = re.compile(r"(?<=\w{3})het(?:s|ens?|ers?|ernas?)$")

# It does not stem neuter adjectives: "nationellt", "socialt", "effektivt", "gemensamt".
_NEUTER = re.compile(r"((?:ell|(?:[ikmn]|[io]t)al|\wiv|\wsam|\wbar|\wlös))t$")

# The closed-class words of Snowball's Swedish stop list (snowballstem.org), which carry no topic,
# and the question words.
STOP_WORDS = frozenset(
    "och det att i en jag hon som han på den med var sig för så till är men ett om hade de av icke "
    "mig du henne då sin nu har inte hans honom skulle hennes där min man ej vid kunde något från "
    "ut när efter upp vi dem vara vad över än dig kan sina här ha mot alla under någon eller allt "
    "mycket sedan ju denna själv detta åt utan varit hur ingen mitt ni bli blev oss din dessa "
    "några deras blir mina samma vilken er sådan vår blivit dess inom mellan sådant varför varje "
    "vilka ditt vem vilket sitta sådana vart dina vars vårt våra ert era vilkas också ska skall "
    "finns få får fick ta se många gör göra vems hurdan".split()
)

_PLAIN = str.maketrans("åäöéü", "aaoeu")


def plain(word: str) -> str:
    """A word in lower case with å, ä and ö replaced, as typed without them."""
    return word.translate(_PLAIN)


def has_digit(word: str) -> bool:
    """Whether a word contains a digit; such words must match exactly, never approximately."""
    return _DIGIT.search(word) is not None


# Spellings that sound the same in Swedish names, in order of replacement.
_SOUNDS = tuple(
    (re.compile(written), sound)
    for written, sound in (
        (r"sch|sj|skj|stj", "sj"), (r"ch(?=[rl]|$)|ck|q(?!u)", "k"), (r"qu|qv", "kv"),
        (r"c(?=[eiyéäö])", "s"), (r"c(?!h)", "k"), (r"ch", "k"), (r"ph", "f"), (r"th", "t"),
        (r"dt$", "t"), (r"^hj|^lj|^gj|^dj", "j"), (r"w", "v"), (r"z", "s"), (r"x", "ks"),
        (r"ü", "y"), (r"é|è", "e"), (r"(.)\1", r"\1"),
    )
)  # fmt: skip


@lru_cache(maxsize=1 << 14)
def by_ear(word: str) -> str:
    """A lower-case name spelled phonetically: "Wikström" is Vikström, and "Christina" Kristina."""
    if has_digit(word):
        return word
    for written, sound in _SOUNDS:
        word = written.sub(sound, word)
    return word


def tokens(text: str) -> list[str]:
    """The words of `text` in normal form, lower case, without the ending after a colon."""
    return [_token(match.group()) for match in _TOKEN.finditer(in_normal_form(text))]


def _token(written: str) -> str:
    if written[0].isdigit() and not written.isalnum():
        return _GROUPED.sub("", written).partition(":")[0]
    return written.lower().partition(":")[0]


def stems(text: str) -> list[str]:
    """The Snowball stems of the words of `text`, in order."""
    return stem_words(tokens(text))


def stem_words(words: Sequence[str]) -> list[str]:
    """The stems of lower-case words, in order; the forms of an irregular word have one stem.

    A word with a digit is its own stem.
    """
    found = iter(_stem_words([word for word in words if not has_digit(word)]))
    return [word if has_digit(word) else next(found) for word in words]


def _stem_words(words: Sequence[str]) -> list[str]:
    bases, plural = _bases(), _plural()
    plain = (_HET_ENDING.sub("het", word) for word in words)
    # Skip the search for most words, which do not end in t.
    common = (_NEUTER.sub(r"\1", word) if word.endswith("t") else word for word in plain)
    regular = (plural.sub(_singular, bases.get(word, word)) for word in common)
    return list(_stemmer().stemWords(list(regular)))


@cache
def _irregular() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("irregular.toml").read_text("utf-8"))


@cache
def _plural() -> re.Pattern[str]:
    """An irregular plural, with its endings, at the end of a word."""
    return re.compile(rf"(?<!^an)({'|'.join(_irregular()['nouns'])})(?:na)?s?$")


def _singular(match: re.Match[str]) -> str:
    singular: str = _irregular()["nouns"][match[1]]
    return singular


@cache
def _bases() -> dict[str, str]:
    """The base form of every irregular form of a verb or an adjective."""
    table = _irregular()
    bases = _verb_bases(table)
    forms = {base: list(_adjective_forms(base)) for base in table["adjectives"].split()}
    for base, compared in (*forms.items(), *table["compared"].items()):
        bases.update(dict.fromkeys(compared, base))
    return bases


def _adjective_forms(base: str) -> Iterator[str]:
    yield base + ("tt" if base[-1] in _VOWELS else "t")
    yield from (base + ending for ending in ("a", "e", "are", "ast", "aste"))


def _verb_bases(table: Mapping[str, Any]) -> dict[str, str]:
    """The infinitive of every irregular form of a verb, with and without a prefix."""
    forms = table["verbs"] | {verb: list(_past_forms(verb)) for verb in table["weak_verbs"].split()}
    bases: dict[str, str] = {}
    for infinitive, irregular in forms.items():
        for prefix in ("", *table["prefixes"]):
            for form in irregular:
                if (prefix + form) not in STOP_WORDS:
                    bases.setdefault(prefix + form, prefix + infinitive)
    return bases


def _past_forms(infinitive: str) -> Iterator[str]:
    """The past, the supine and the plural participle of a verb of the second conjugation."""
    stem = re.sub(r"(nn|mm)$", lambda double: double[0][0], infinitive.removesuffix("a"))
    before = stem[-2:-1] in _VOWELS
    if stem.endswith("d"):  # ledde, lett; använde, använt
        past, supine = (stem + "d", stem[:-1] + "tt") if before else (stem, stem[:-1] + "t")
    elif stem.endswith("t"):  # mötte, mött; lyfte, lyft
        past, supine = (stem + "t", stem + "t") if before else (stem, stem)
    else:
        past, supine = stem + ("t" if stem[-1] in "kpsx" else "d"), stem + "t"
    yield from (past + "e", past + "es", past + "a", supine, supine + "s")


_VOWELS = frozenset("aouåeiyäö")


@cache
def _stemmer() -> Stemmer.Stemmer:
    return Stemmer.Stemmer("swedish")
