"""Understanding a question: its kind, and the dates, organisations and people that it names."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from embeddings.errors import QuestionError
from embeddings.language.agencies import Mention, expand_titles, find_agencies
from embeddings.language.dates import find_dates
from embeddings.language.marks import agency_mark, date_marks
from embeddings.language.words import STOP_WORDS, stem_words, tokens
from retrieval.details import is_title
from retrieval.matching import Term
from retrieval.types import Language, Question, QuestionKind

MAX_CHARACTERS = 1000

_KIND_PATTERNS: tuple[tuple[QuestionKind, str], ...] = (
    (QuestionKind.PHONE, r"\b(?:telefon\w*|tel|tfn|telnr|mobilnummer|phone)\b|\bring(?:a|er)\b"),
    (QuestionKind.EMAIL, r"\be-?post\w*|\be-?mail\w*|\bmejl\w*|\bmailadress\w*"),
    (QuestionKind.STATEMENT,
     r"\bvad\s+(?:\w+\s+)?(?:sa|sade|säger|tycker|tyckte|menar|menade|anser|ansåg|svarade|"
     r"berättade|berättar|påpekade|betonade|lyfte|kommenterar)\b|\bhur\s+kommenter\w+|"
     r"\bwhat\s+(?:did|does|do)\s+.+\b(?:say|think|argue)\b|\bcitat\b"),
    (QuestionKind.NUMBER,
     r"\bhur\s+(?:många|mycket|stor|stort|stora|lång|långt|långa|hög|högt|ofta|gammal|dyrt)\b|"
     r"\bhow\s+(?:many|much|long|large|old|often)\b|\b(?:vilket\s+)?antal(?:et)?\b|\bvad\s+kostar\b"),
    (QuestionKind.DATE,
     r"\bnär\b(?!\s+det\s+gäller)|\bwhen\b|\bdatum(?:et)?\b|\bwhat\s+date\b|"
     r"\bvilke[nt]\s+(?:dag|datum|år|månad|vecka|tid)\b|\bhur\s+dags\b|\bwhat\s+(?:day|year|time)\b"),
    (QuestionKind.REASON, r"\bvarför\b|\bwhy\b|\bav\s+vilken\s+anledning\b|\bvad\s+beror\b"),
    (QuestionKind.NAMES,
     r"\bvad\s+heter\s+(?:de|alla|\w+(?:erna|arna|orna))\b|"
     r"\bnamne?n?\s+på\s+(?:de|alla|samtliga)\b|\bvilka\s+namn\b|"
     r"\bwhat\s+are\s+the\s+names\b|\bnames\s+of\s+(?:the|all)\b"),
    (QuestionKind.LIST,
     r"\bvilka\b|\bräkna\s+upp\b|\blista\b|\bvem\s+alla\b|"
     r"\bwhich\s+\w+s\b|\bwho\s+(?:were|all)\b|\blist\s+the\b"),
    (QuestionKind.PERSON, r"\bvem\b|\bwhom?\b|\bvad\s+heter\b"),
    (QuestionKind.PLACE,
     r"\bvar\s+(?:\w+\s+)?(?:\w+(?:ades|des|ts|ar|er|te|de|s)|hölls|hålls|låg|är|finns|ska|kan|"
     r"äger|ägde|bor|bodde|ligger)\b|\bvar\s+(?-i:[a-zåäö]+r)\b|\bvart\b|\bwhere\b|\bvarifrån\b|\bpå\s+vilke[nt]\s+plats\b|"
     r"\bi\s+vilke[nt]\s+(?:stad|ort|kommun|län|land|lokal|byggnad)\b"),
    (QuestionKind.FACT,
     r"\bvems\b|\bwhose\b|\bvad\b|\bhur\b|\bvilke[nt]\b|\bwhat\b|\bhow\b|\bwhich\b"),
    (QuestionKind.YES_NO,
     r"^(?:är|var|har|hade|ska|skall|skulle|kan|kunde|får|fick|måste|bör|finns|fanns|blir|blev|"
     r"deltog|deltar|kommer|gör|gjorde|stämmer|\w+ades?|did|does|is|are|was|were|has|have|can|"
     r"will)\b"),
)  # fmt: skip
_DETAILS = frozenset({QuestionKind.PHONE, QuestionKind.EMAIL})
_PATTERNS = tuple((kind, re.compile(text, re.IGNORECASE)) for kind, text in _KIND_PATTERNS)
_QUESTION_WORD = re.compile(
    r"\b(?:vilka|vilken|vilket|hur\s+(?:många|mycket|stor\w*|lång\w*|ofta)|antal(?:et)?|vad\s+heter"
    r"|which|what|how\s+(?:many|much))\b",
    re.IGNORECASE,
)
_ENGLISH = frozenset(
    "the of and in to what when where who whom whose which why how many much did does do is are "
    "was were has have had on at for from by with about that this those should would will can "
    "could according held took place".split()
)
_SWEDISH = STOP_WORDS | frozenset("vad vem när hur vilka varför vilken vilket".split())
# Words that say what is asked for, not what it is about.
_ASKING = frozenset(
    "namn namnet namnen heter hette kallas antal antalet datum datumet dag dagen nummer numret "
    "telefonnummer telefonnumret telefon tel epost mejl mail e postadress adress ungefär "
    "egentligen exakt "
    "berätta säg visa vet tack snälla hej enligt gäller angående betyder innebär sker sätt typ "
    "slags sorts in ut upp sa sade säger sagt tycker tyckte name date "
    "number many much kind according".split()
)
_ABOUT = re.compile(r"\b(?:om|about)\b", re.IGNORECASE)
Span = tuple[int, int]
_CAPITALISED = re.compile(
    r"[A-ZÅÄÖÉÜ][^\W\d_]*(?:[-'’][^\W\d_]+)*(?:\s+[A-ZÅÄÖÉÜ][^\W\d_]*(?:[-'’][^\W\d_]+)*)*"
)


def understand(text: str, topic: str = "") -> Question:
    """The question in `text`, with the topic of the conversation where it leans on that.

    Raises QuestionError where nothing is asked.
    """
    text = check_question(text)
    if topic:
        return _with_background(understand(text), understand(topic))
    language = _language(text)
    dates = tuple(find_dates(text))
    agencies = find_agencies(text, fuzzy=True)
    taken = [(date.start, date.end) for date in dates]
    taken += [(agency.start, agency.end) for agency in agencies if not agency.by_title]
    kind = _kind(text)
    named = [Term((agency_mark(part.agency),)) for part in agencies if not part.by_title]
    dated = [Term((date_marks(date)[-1],)) for date in dates]
    about = _terms(_topic(text) if kind is QuestionKind.STATEMENT else text, taken, language)
    terms = tuple(dict.fromkeys([*about, *named, *dated]))
    return Question(
        text=text,
        kind=kind,
        language=language,
        terms=terms,
        focus=_focus(text, taken, language),
        marks=(
            *_searched(text, taken),
            *(mark for term in (*named, *dated) for mark in term.alternatives),
        ),
        expansions=tuple(dict.fromkeys(_expansions(text, agencies))),
        dates=dates,
        agencies=tuple(agencies),
        names=tuple(dict.fromkeys(_names(text, taken))),
    )


def _with_background(question: Question, background: Question) -> Question:
    """The question about what was talked of; what that names has to be in the documents too."""
    text = f"{question.text.rstrip(' ?')} ({background.text})"
    return replace(
        question,
        text=text,
        marks=(*question.marks, *background.marks),
        background=tuple(term for term in background.terms if term not in question.terms),
        expansions=(*question.expansions, *background.expansions),
        dates=question.dates or tuple(find_dates(text)),
        agencies=question.agencies or tuple(find_agencies(text, fuzzy=True)),
        names=question.names or background.names,
    )


def check_question(text: str) -> str:
    """The question with white space folded; raises QuestionError if it cannot be asked."""
    folded = " ".join(text.split())
    if any("\ud800" <= letter <= "\udfff" for letter in folded):  # as Latin-1 bytes are read
        raise QuestionError("the question is not valid Unicode: write it in UTF-8")
    if not any(letter.isalnum() for letter in folded):
        raise QuestionError("the question is empty: write what you want to know")
    if len(folded) > MAX_CHARACTERS:
        raise QuestionError(
            f"the question has {len(folded)} characters, at most {MAX_CHARACTERS} can be read: "
            "make it shorter"
        )
    return folded


def _kind(text: str) -> QuestionKind:
    """The kind of the first question word; a telephone number is asked for with any of them."""
    found = [
        (match.start(), kind) for kind, pattern in _PATTERNS if (match := pattern.search(text))
    ]
    detail = next((kind for _, kind in found if kind in _DETAILS), None)
    if not found:  # key words; with a title among them it is the person that is looked for
        titled = any(is_title(word) for word in [*tokens(text), *expand_titles(text)])
        return QuestionKind.PERSON if titled else QuestionKind.KEYWORDS
    return detail or min(found, key=lambda pair: pair[0])[1]


def _searched(text: str, taken: Iterable[Span]) -> list[str]:
    """The stems of all words but those of names and dates, which have marks of their own."""
    longer = (word for phrase in expand_titles(text) for word in tokens(phrase))
    return stem_words([*tokens(_without(text, taken)), *longer])


def _topic(text: str) -> str:
    """What a statement is asked for about, with who says it blanked unless it is a name.

    The speaker's title often stands beside another statement of the same document.
    """
    about = _ABOUT.search(text)
    if about is None:
        return text
    speaker = re.sub(r"(?<!\w)[^\WA-ZÅÄÖ]\w*", lambda word: " " * len(word.group()),
                     text[: about.start()])  # fmt: skip
    return speaker + text[about.start() :]


def _focus(text: str, taken: Sequence[Span], language: Language) -> Term | None:
    """What sort of thing is asked for: the first term after the question word."""
    match = _QUESTION_WORD.search(text)
    after = " " * match.end() + text[match.end() :] if match else text
    return next(_terms(after, taken, language), None)


def _language(text: str) -> Language:
    words = tokens(text)
    english = sum(word in _ENGLISH and word not in _SWEDISH for word in words)
    swedish = sum(word in _SWEDISH and word not in _ENGLISH for word in words)
    return Language.ENGLISH if english > swedish else Language.SWEDISH


def _terms(text: str, taken: Sequence[Span], language: Language) -> Iterator[Term]:
    """What the question is about, word by word; a short title counts as the long one too."""
    common = _ENGLISH if language is Language.ENGLISH else STOP_WORDS
    words = [word for word in tokens(_without(text, taken)) if word not in _ASKING]
    number = 0
    while number < len(words):
        length, longer = _title_at(words, number)
        if longer:
            typed = words[number : number + length]
            yield Term(tuple(dict.fromkeys(stem_words([*longer, typed[-1]]))))
        elif words[number] not in common:
            yield Term(tuple(stem_words([words[number]])))
        number += length


def _title_at(words: Sequence[str], number: int) -> tuple[int, list[str]]:
    """How many words a title takes from `number` on, and the words that documents use for it."""
    for length in (3, 2, 1):
        longer = expand_titles(" ".join(words[number : number + length]))
        if longer and number + length <= len(words):
            return length, [word for phrase in longer for word in tokens(phrase)]
    return 1, []


def _without(text: str, spans: Iterable[Span]) -> str:
    """The text with the characters of the spans blanked."""
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def _expansions(text: str, agencies: Sequence[Mention]) -> Iterator[str]:
    """The other names of the organisations, and the long forms of the titles, in the question."""
    folded = text.casefold()
    for mention in agencies:
        names = (mention.agency.name, *mention.agency.aliases)
        yield from (name for name in names if name.casefold() not in folded)
    yield from expand_titles(text)


def _names(text: str, taken: Sequence[Span]) -> Iterator[str]:
    """The words with a capital inside the question that no organisation or date accounts for."""
    for match in _CAPITALISED.finditer(text):
        before = text[: match.start()].rstrip(" \t\"'”»–-(")
        opens = not before or before[-1] in ".!?:"
        inside = any(start < match.end() and match.start() < end for start, end in taken)
        known = match.group().casefold() in STOP_WORDS or expand_titles(match.group())
        if not opens and not inside and not known:
            yield match.group()
