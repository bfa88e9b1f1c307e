"""Parsing a question: its words, and the dates, organisations and people that it names."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from embeddings.errors import QuestionError
from embeddings.language.agencies import Mention, expand_titles, find_agencies
from embeddings.language.dates import find_dates
from embeddings.language.english import in_swedish
from embeddings.language.entities import find_entities
from embeddings.language.lexicon import is_compound, is_name, is_word
from embeddings.language.marks import agency_mark, exact_date_marks, reference_marks
from embeddings.language.words import STOP_WORDS, plain, stem_words, tokens
from embeddings.types import EntityKind, Span
from retrieval.matching import Term
from retrieval.types import Contact, Language, Question

MAX_CHARACTERS = 1000

_CONTACTS = (
    (Contact.PHONE,
     r"\b(?:telefon(?:en|n[ur]\w*)?|tel|tfn|telnr|mobilnummer|(?:tele)?phone)\b"
     r"|\b(?:ring(?:a|er)|nås)\s*\??$"),
    (Contact.EMAIL, r"\b(?:e-?post|e-?mail|mejl)(?:adress\w*)?\b|\bmailadress\w*"),
)  # fmt: skip
ENGLISH = frozenset(
    "the of and in to what when where who whom whose which why how many much did does do is are "
    "was were has have had on at for from by with about that this those should would will can "
    "could according held took place".split()
)
_SWEDISH = STOP_WORDS | frozenset(map(plain, STOP_WORDS))  # as typed without å, ä and ö
ASKING = frozenset(
    "namn namnet namnen heter hette kallas antal antalet datum datumet dag dagen nummer numret "
    "telefonnummer telefonnumret telefon tel epost mejl mail e postadress adress ungefär "
    "egentligen exakt "
    "nåt nån för titel titeln befattning yrke "
    "artikel artikeln nyhet nyheten pressmeddelande pressmeddelandet publicerad publicerades "
    "publicerats article press release published "
    "berätta säg visa vet tack snälla hej enligt gäller angående betyder innebär sker sätt typ "
    "slags sorts in ut upp sa sade säger sagt tycker tyckte name date "
    "number many much kind according".split()
)
"""Words that say what is asked for, not what the question is about."""
_COUNTRY = frozenset({"sverige", "sveriges", "sweden"})  # most documents imply it without naming it
_LETTERS = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_CAPITALISED = re.compile(
    r"[A-ZÅÄÖÉÜ][^\W\d_]*(?:[-'’][^\W\d_]+)*(?:\s+[A-ZÅÄÖÉÜ][^\W\d_]*(?:[-'’][^\W\d_]+)*)*"
)


def understand(text: str, topic: str = "", today: date | None = None) -> Question:
    """Parse the question in `text`, asked after `topic`.

    Dates relative to `today` ("i fredags") are recognised if it is given. Raises QuestionError if
    the question cannot be asked.
    """
    text = check_question(text)
    language = language_of(text)
    dates = tuple(find_dates(text, today, typed=True))
    agencies = find_agencies(text, fuzzy=True)
    references = [one for one in find_entities(text) if one.kind is EntityKind.REFERENCE]
    taken = [(date.start, date.end) for date in dates]
    taken += [(one.start, one.end) for one in references]
    taken += [(agency.start, agency.end) for agency in agencies if not agency.by_title]
    named = [Term((agency_mark(part.agency),)) for part in agencies if not part.by_title]
    dated = [Term(tuple(exact_date_marks(date))) for date in dates]
    numbered = [Term((reference_marks(one.key)[-1],)) for one in references]
    terms = tuple(dict.fromkeys([*_terms(text, taken, language), *named, *dated, *numbered]))
    return Question(
        text=text,
        topic=topic,
        language=language,
        terms=terms,
        marks=(
            *_searched(text, taken, language),
            *(mark for term in (*named, *dated, *numbered) for mark in term.alternatives),
        ),
        expansions=tuple(dict.fromkeys(_expansions(text, agencies))),
        dates=dates,
        agencies=tuple(agencies),
        people=tuple(
            dict.fromkeys(
                text[start:end]
                for start, end in find_names(text, taken, language)
                if len(text[start:end].split()) > 1
            )
        ),
        references=tuple(one.key for one in references),
        contact=next((kind for kind, pattern in _CONTACTS
                      if re.search(pattern, text, re.IGNORECASE)), None),
    )  # fmt: skip


def check_question(text: str) -> str:
    """Return the question with white space folded; raises QuestionError if it cannot be asked."""
    folded = " ".join(text.split())
    if any("\ud800" <= letter <= "\udfff" for letter in folded):  # e.g. from Latin-1 bytes
        raise QuestionError("the question is not valid Unicode: write it in UTF-8")
    if not any(letter.isalnum() or is_pictorial(letter) for letter in folded):
        raise QuestionError("the question is empty: write what you want to know")
    if len(folded) > MAX_CHARACTERS:
        raise QuestionError(
            f"the question has {len(folded)} characters, at most {MAX_CHARACTERS} can be read: "
            "make it shorter"
        )
    return folded


def is_pictorial(letter: str) -> bool:
    """Whether a character is a pictorial symbol such as an emoji."""
    return unicodedata.category(letter) == "So"


def _searched(text: str, taken: Iterable[Span], language: Language) -> list[str]:
    """The stems of all words except names and dates, which have marks of their own."""
    words = tokens(_without(text, taken))
    longer = (word for phrase in expand_titles(text) for word in tokens(phrase))
    if language is Language.ENGLISH:
        swedish = (stem for word in words if word not in ENGLISH for stem in in_swedish(word))
        return [*stem_words([*words, *longer]), *swedish]
    return stem_words([*words, *longer])


def language_of(text: str) -> Language:
    """The language of most function words in a text; Swedish if undecided."""
    words = tokens(text)
    english = sum(word in ENGLISH and word not in _SWEDISH for word in words)
    swedish = sum(word in _SWEDISH and word not in ENGLISH for word in words)
    return Language.ENGLISH if english > swedish else Language.SWEDISH


def _terms(text: str, taken: Sequence[Span], language: Language) -> Iterator[Term]:
    """The terms of the question, word by word; an abbreviated title also stands for the long
    form."""
    common = ENGLISH if language is Language.ENGLISH else STOP_WORDS
    words = [word for word in tokens(_without(text, taken)) if word not in ASKING]
    number = 0
    while number < len(words):
        length, longer = _title_at(words, number)
        if longer:
            typed = words[number : number + length]
            yield Term(tuple(dict.fromkeys(stem_words([*longer, typed[-1]]))))
        elif words[number] not in common:
            yield _term(words[number], language)
        number += length


def _term(word: str, language: Language) -> Term:
    """The term of a word, with its Swedish translations if it is English."""
    [stem] = stem_words([word])
    swedish = in_swedish(word) if language is Language.ENGLISH else ()
    return Term(tuple(dict.fromkeys((stem, *swedish))))


def _title_at(words: Sequence[str], number: int) -> tuple[int, list[str]]:
    """The number of words of the title at `number`, and the words that documents use for it; 1 and
    [] if there is none."""
    for length in (3, 2, 1):
        longer = expand_titles(" ".join(words[number : number + length]))
        if longer and number + length <= len(words):
            return length, [word for phrase in longer for word in tokens(phrase)]
    return 1, []


def _without(text: str, spans: Iterable[Span]) -> str:
    """The text with the spans replaced by blanks."""
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def _expansions(text: str, agencies: Sequence[Mention]) -> Iterator[str]:
    """Other names of the organisations in the question, and long forms of its titles."""
    folded = text.casefold()
    for mention in agencies:
        names = (mention.agency.name, *mention.agency.aliases)
        yield from (name for name in names if name.casefold() not in folded)
    yield from expand_titles(text)


def find_names(text: str, taken: Sequence[Span], language: Language) -> list[Span]:
    """The names outside the `taken` spans, capitalised or not, in text order."""
    found = [span for match in _CAPITALISED.finditer(text) if (span := _named(text, match))]
    found += _known_names(text) if language is Language.SWEDISH else []
    names: list[Span] = []
    for start, end in sorted(found, key=lambda span: (span[0], -span[1])):
        name = text[start:end]
        inside = any(first < end and start < last for first, last in (*taken, *names))
        known = name.casefold() in STOP_WORDS | _COUNTRY or expand_titles(name)
        if not inside and not known:
            names.append((start, end))
    return names


def _named(text: str, match: re.Match[str]) -> Span | None:
    """The span of a match without the first word of a sentence, which is always capitalised, unless
    that word is a name itself; None if nothing remains."""
    before = text[: match.start()].rstrip(" \t\"'”»–-(")
    first, *others = match.group().split()
    if before and before[-1] not in ".!?:":
        return match.span()
    if others and _is_unknown(first.lower()):
        return match.span()
    return (match.end() - len(match.group().split(maxsplit=1)[1]), match.end()) if others else None


def _is_unknown(word: str) -> bool:
    return not (is_word(word) or is_compound(word))


def _known_names(text: str) -> Iterator[Span]:
    """Names in the Swedish lexicon, each with the names and unknown words after it: "annie
    lööf"."""
    start = end = -1
    for word in _LETTERS.finditer(text):
        form = word.group().lower()
        begins = is_name(form) and form not in STOP_WORDS | ASKING
        if start >= 0 and text[end : word.start()] == " " and (begins or _is_unknown(form)):
            end = word.end()
            continue
        if start >= 0:
            yield start, end
        start, end = (word.start(), word.end()) if begins else (-1, -1)
    if start >= 0:
        yield start, end
