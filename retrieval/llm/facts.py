"""Verification of the facts in a sentence: whether its numbers, dates, names, organisations, case
numbers and addresses are also in the sources shown with it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from embeddings.language.dates import DateMention, find_dates
from embeddings.language.english import in_swedish
from embeddings.language.entities import agree, find_entities
from embeddings.language.lexicon import is_compound, is_name, is_word
from embeddings.language.normal import in_normal_form
from embeddings.language.words import stem_words, tokens
from embeddings.types import Entity, EntityKind
from retrieval.question import ENGLISH, language_of
from retrieval.types import Language

_DIGITS = re.compile(
    r"(?<![\d.,:])\d{1,3}(?:[ \u00a0\u2009\u202f.,]\d{3})+(?!\d)(?:[.,]\d+)?"
    r"|\d+(?:[.,:]\d+)*"
)
_GROUPED = re.compile(r"\d{1,3}(?:[ \u00a0\u2009\u202f.,]\d{3})+")
_SCALES = {
    "tusen": 1e3, "tkr": 1e3, "thousand": 1e3,
    "miljon": 1e6, "miljoner": 1e6, "mkr": 1e6, "mnkr": 1e6, "milj": 1e6, "mn": 1e6,
    "million": 1e6, "millions": 1e6, "millionen": 1e6,
    "miljard": 1e9, "miljarder": 1e9, "mdkr": 1e9, "mdr": 1e9, "billion": 1e9,
    "billions": 1e9, "milliarden": 1e9,
}  # fmt: skip
_SCALE_AFTER = re.compile(r"[ \u00a0-]?([a-zåäö]+)", re.IGNORECASE)
_WORDS = re.compile(r"[^\W\d_]+")
_CAPITALISED = re.compile(r"(?<![^\W_])[^\W\d_][^\W_]*(?:[-'’:][^\W_]+)*")
_SPEECH_OPENS = " \"'”“»«(–-•"
_UNITS = (
    ("två tre fyra fem sex sju åtta nio tio elva tolv tretton fjorton femton sexton sjutton arton "
     "nitton", 2),
    ("two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
     "seventeen eighteen nineteen", 2),
)  # fmt: skip
_TENS = (
    "tjugo trettio fyrtio femtio sextio sjuttio åttio nittio",
    "twenty thirty forty fifty sixty seventy eighty ninety",
)
_LEAST_KNOWN = 0.5  # minimum share of Swedish words in a Swedish sentence


@dataclass(frozen=True, slots=True)
class Source:
    """A text that supports a sentence, and the day to which "i går" in it is relative."""

    text: str
    published: date | None = None


class Evidence:
    """Everything shown with a sentence, including the question."""

    def __init__(self, sources: Sequence[Source], counts: frozenset[int] = frozenset()) -> None:
        """`counts` are numbers of things shown, which a sentence may state although no source
        does."""
        text = in_normal_form("\n".join(source.text for source in sources))
        self._folded = _folded(text)
        self._words = frozenset(tokens(text))
        self._stems = frozenset(stem_words(list(self._words)))
        self._entities = [one for source in sources
                          for one in find_entities(source.text, source.published)]  # fmt: skip
        self._dates = [
            one
            for source in sources
            for one in find_dates(source.text, source.published, typed=True)
        ]
        self._years = frozenset(re.findall(r"(?<!\d)\d{4}(?!\d)", text)) | {
            str(one.year) for one in self._dates
        }
        self._values = _values(text) | {float(count) for count in counts}
        self._scales = frozenset(_SCALES[word] for word in _words(text) if word in _SCALES)

    def missing(self, sentence: str) -> str | None:
        """What a sentence states that is not shown, worded for the log; None if all is."""
        sentence = in_normal_form(sentence)
        if not sentence.isprintable():
            return "a character that cannot be seen"
        entities = find_entities(sentence)
        for entity in entities:
            if not self._shows(sentence, entity):
                return f"another {entity.kind}"
        if not all(map(self._says_date, find_dates(sentence))):
            return "another date"
        if not all(
            self._says(number) for number in _numbers(_blanked(sentence, entities, _COUNTED))
        ):
            return "another number"
        if any(True for _ in self._strange_names(sentence, _blanked(sentence, entities, _NAMED))):
            return "another name"
        return None

    def _shows(self, sentence: str, entity: Entity) -> bool:
        """Whether an entity of the same kind and key is shown; dates are checked separately."""
        said = sentence[entity.start : entity.end]
        if entity.kind is EntityKind.DATE or self._holds(said):
            return True
        if entity.kind is EntityKind.PERSON:
            return self._holds_person(sentence, entity)
        alike = (one.key for one in self._entities if one.kind is entity.kind)
        if entity.kind is EntityKind.REFERENCE:
            return any(agree(entity.key, key) for key in alike)
        return entity.key in alike

    def _holds_person(self, sentence: str, entity: Entity) -> bool:
        """Whether a name is shown in full, or last name first; at the beginning of a sentence its
        first word may be an ordinary one."""
        words = sentence[entity.start : entity.end].split()
        if _language(sentence) is None and not any(is_name(word.lower()) for word in words):
            return True  # capitalised nouns, as in German
        names = [words]
        if _opens(sentence, entity.start) and len(words) > 1 and not is_name(words[0].lower()):
            names.append(words[1:])
        return any(
            self._holds(" ".join(name)) or self._holds(f"{name[-1]}, {' '.join(name[:-1])}")
            for name in names
        )

    def _holds(self, words: str) -> bool:
        """Whether the sources contain these words, with or without a genitive s."""
        folded = _folded(words)
        return any(
            re.search(rf"(?<!\w){re.escape(one)}(?!\w)", self._folded)
            for one in dict.fromkeys((folded, folded.removesuffix("s"), f"{folded}s"))
        )

    def _says_date(self, said: DateMention) -> bool:
        """Whether a date is shown with the same precision; its year may be from another date."""
        if said.year is not None and str(said.year) not in self._years:
            return False
        if said.month is None:
            return True
        return any(
            (one.has_day or not said.has_day) and one.month is not None and one.overlaps(said)
            and (one.year is None or said.year is None or one.year == said.year)
            and (said.last_day is None or _last(said) == _last(one) or self._ends_at(said))
            for one in self._dates
        )  # fmt: skip

    def _ends_at(self, said: DateMention) -> bool:
        """Whether the last day of a date range is shown as a separate date."""
        month, day = _last(said)
        return any(one.month == month and one.day == day for one in self._dates)

    def _says(self, number: "_Number") -> bool:
        """Whether a number is shown, with its scale ("miljoner") in words, elsewhere or in
        digits."""
        for value, scale in number.readings:
            if value * scale in self._values:
                return True
            if scale > 1 and scale in self._scales and value in self._values:
                return True
            if scale == 1 and any(value / other in self._values for other in self._scales):
                return True
        return False

    def _strange_names(self, sentence: str, rest: str) -> Iterator[str]:
        """The words in the rest of a sentence that are names and are not shown."""
        language = _language(sentence)
        for match in _CAPITALISED.finditer(rest):
            word = match.group()
            if (
                not word[0].isupper()
                or self._knows(word)
                or (len(word) == 1 and not word.isdigit())
            ):
                continue
            form = word.lower()
            if _opens(sentence, match.start()):
                unknown = language is Language.SWEDISH and not (is_word(form) or is_compound(form))
                if is_name(form) or unknown:
                    yield word
            elif language is None:
                if is_name(form) or sum(map(str.isupper, word)) > 1:
                    yield word
            elif language is Language.SWEDISH or not set(in_swedish(form)) & self._stems:
                yield word

    def _knows(self, word: str) -> bool:
        """Whether a word, or each part of a hyphenated one, is shown in some form."""
        return all(self._knows_form(part) for part in re.split(r"[-'’]", word) if part)

    def _knows_form(self, word: str) -> bool:
        form = word.lower().partition(":")[0]
        forms = (form, form.removesuffix("s"))
        return any(one in self._words for one in forms) or bool(
            self._stems.intersection(stem_words(list(forms)))
        )


_COUNTED = frozenset({EntityKind.DATE, EntityKind.REFERENCE, EntityKind.CONTACT})
_NAMED = frozenset(EntityKind)


@dataclass(frozen=True, slots=True)
class _Number:
    """A written number: each value that it may have, with its scale factor."""

    readings: tuple[tuple[float, float], ...]


def _numbers(text: str) -> Iterator[_Number]:
    """The numbers of a text, in digits and in words."""
    for match in _DIGITS.finditer(text):
        after = _SCALE_AFTER.match(text, match.end())
        scale = _SCALES.get(after[1].lower(), 1.0) if after else 1.0
        yield _Number(tuple((value, scale) for value in _read(match.group())))
    words = list(_WORDS.finditer(text))
    for number, word in enumerate(words):
        value = _number_words().get(word.group().lower())
        if value is not None:
            follows = words[number + 1].group().lower() if number + 1 < len(words) else ""
            yield _Number(((value, _SCALES.get(follows, 1.0)),))


def _read(written: str) -> set[float]:
    """The possible values of a number in digits: "1.500" is fifteen hundred, or one and a half;
    "10.30" may be a time."""
    readings = set()
    whole = _GROUPED.match(written)
    if whole:
        rest = written[whole.end() :].replace(",", ".")
        readings.add(float(re.sub(r"\D", "", whole.group()) + (rest if rest[1:].isdigit() else "")))
    parts = re.split(r"[.,:]", re.sub(r"[ \u00a0\u2009\u202f]", "", written))
    if len(parts) == 1:
        readings.add(float(parts[0]))
    elif len(parts) == 2:
        readings.add(float(".".join(parts)))
    else:  # a number with several parts, such as a version
        readings.add(float(int("".join(parts))))
    return readings


def _values(text: str) -> frozenset[float]:
    """The values of all numbers of a text, multiplied by their scales."""
    return frozenset(value * scale for number in _numbers(text) for value, scale in number.readings)


@cache
def _number_words() -> dict[str, float]:
    """The values of the Swedish and English words for two to ninety-nine, and for a hundred."""
    found: dict[str, float] = {}
    for words, first in _UNITS:
        found |= {word: float(value) for value, word in enumerate(words.split(), first)}
    ones = {word: value for word, value in found.items() if value < 10} | {"ett": 1.0, "en": 1.0}
    for words in _TENS:
        for ten, word in enumerate(words.split(), 2):
            found[word] = 10.0 * ten
            found |= {f"{word}{one}": 10.0 * ten + value for one, value in ones.items()}
    return found | {"hundra": 100.0, "hundred": 100.0}


def _last(mention: DateMention) -> tuple[int | None, int | None]:
    return mention.last_month or mention.month, mention.last_day or mention.day


def _language(sentence: str) -> Language | None:
    """The language of a sentence; None if it is neither Swedish nor English."""
    words = [word.lower() for word in _WORDS.findall(sentence) if word.islower()]
    if language_of(sentence) is Language.ENGLISH and any(word in ENGLISH for word in words):
        return Language.ENGLISH
    known = sum(is_word(word) or is_compound(word) for word in words)
    return Language.SWEDISH if known >= _LEAST_KNOWN * len(words) else None


def _opens(sentence: str, at: int) -> bool:
    """Whether a word begins a sentence, or direct speech in it."""
    before = sentence[:at].rstrip(_SPEECH_OPENS)
    return not before or before[-1] in ".!?:"


def _blanked(text: str, entities: Sequence[Entity], kinds: frozenset[EntityKind]) -> str:
    """A text with its entities of these kinds replaced by blanks."""
    rest = list(text)
    for one in entities:
        if one.kind in kinds:
            rest[one.start : one.end] = " " * (one.end - one.start)
    return "".join(rest)


def _words(text: str) -> Iterator[str]:
    return (word.lower() for word in _WORDS.findall(text))


def _folded(text: str) -> str:
    return " ".join(in_normal_form(text).casefold().split())
