"""Understanding a question: its kind, and the dates, organisations and people that it names."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import TypeVar

from embeddings.errors import QuestionError
from embeddings.language.agencies import Mention, expand_titles, find_agencies
from embeddings.language.dates import DateMention, find_dates
from embeddings.language.lexicon import is_compound, is_name, is_word
from embeddings.language.marks import agency_mark, exact_date_marks
from embeddings.language.synonyms import in_swedish, synonyms_of
from embeddings.language.words import STOP_WORDS, plain, stem_words, tokens
from embeddings.vocabulary import Vocabulary
from retrieval.details import find_details, is_title
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
     r"\bvilka\s+(?:är|var)\s+(?:de|alla|samtliga)\s+(?:\w+\s+)?\w+(?:erna|arna|orna)\b|"
     r"\bnamne?n?\s+på\s+(?:de|alla|samtliga)\b|\bvilka\s+namn\b|"
     r"\bwhat\s+are\s+the\s+names\b|\bnames\s+of\s+(?:the|all)\b"),
    (QuestionKind.LIST,
     r"\bvilka\b|\bräkna\s+upp\b|\blista\b|\bvem\s+alla\b|"
     r"\bwhich\s+\w+s\b|\bwho\s+(?:were|all)\b|\blist\s+the\b"),
    (QuestionKind.PERSON,
     r"\bvem\b|\bvems\s+(?:nummer|telefon\w*|e-?post\w*|mejl\w*)|\bwhom?\b|\bvad\s+heter\b"),
    (QuestionKind.PLACE,
     r"\bvar\s+(?:\w+\s+)?(?:\w+(?:ades|des|ts|ar|er|te|de|s)|hölls|hålls|låg|är|finns|ska|kan|"
     r"äger|ägde|bor|bodde|ligger)\b|\bvar\s+(?-i:[a-zåäö]+r)\b|\bvart\b|\bwhere\b|\bvarifrån\b|\bpå\s+vilke[nt]\s+plats\b|"
     r"\bi\s+vilke[nt]\s+(?:stad|ort|kommun|län|land|lokal|byggnad)\b"),
    (QuestionKind.FACT,
     r"\bvems\b|\bwhose\b|\bvad\b|^\W*va\b|\bhur\b|\bvilke[nt]\b|\bwhat\b|\bhow\b|\bwhich\b"),
    (QuestionKind.YES_NO,
     r"^(?:är|var|har|hade|ska|skall|skulle|kan|kunde|får|fick|måste|bör|finns|fanns|blir|blev|"
     r"deltog|deltar|kommer|kom|gör|gjorde|stämmer|\w+ades?|höll|håller|tog|tar|gick|går|gav|ger|"
     r"vill|ville|behöver|behövde|ledde|leder|bjöd|bjuder|sa|säger|tycker|anser|gäller|gällde|ingår|"
     r"ingick|ökar|minskar|krävs|lyfte|nämns|nämndes|tillåts|räcker|vet|visste|"
     r"did|does|is|are|was|were|has|have|can|will)\b"),
)  # fmt: skip
_CALLED = re.compile(r"\bvad\s+heter\b", re.IGNORECASE)
_PERSON = re.compile(
    r"\b(?:vem|who|han|hon|hen|\w*(?:person|man|kvinna|pojke|flicka)"
    r"(?:en|n)?|\w+(?:are|aren|ör|ören|log|logen|ist|isten|graf|grafen))\b",
    re.IGNORECASE,
)
_DETAILS = frozenset({QuestionKind.PHONE, QuestionKind.EMAIL})
_PATTERNS = tuple((kind, re.compile(text, re.IGNORECASE)) for kind, text in _KIND_PATTERNS)
_QUESTION_WORD = re.compile(
    r"\b(?:vilka|vilken|vilket|hur\s+(?:många|mycket|stor\w*|lång\w*|ofta)|antal(?:et)?|vad\s+heter"
    r"|which|what|how\s+(?:many|much))\b",
    re.IGNORECASE,
)
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
"""Words that say what is asked for, not what it is about."""
_ABOUT = re.compile(r"\b(?:om|about)\b", re.IGNORECASE)
# Which of the events of one day is meant, by words that say nothing of what they are about.
EVENT_ORDER = re.compile(
    r"\b(?:den|det|de)\s+(?:allra\s+)?(?:(?P<latest>senaste|senare|sista|nyaste)|"
    r"(?:tidigare|tidigaste|första|förra|äldre|äldsta))\b(?:\s+(?:året|mötet|gången))?|"
    r"\bthe\s+(?:(?P<latter>latest|latter|later|last|most\s+recent)|"
    r"(?:earlier|earliest|first|former|previous))\b(?:\s+(?:one|year|meeting))?",
    re.IGNORECASE,
)
_COUNTRY = frozenset({"sverige", "sveriges", "sweden"})  # which most documents speak of unnamed
_LETTERS = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
Span = tuple[int, int]
_CAPITALISED = re.compile(
    r"[A-ZÅÄÖÉÜ][^\W\d_]*(?:[-'’][^\W\d_]+)*(?:\s+[A-ZÅÄÖÉÜ][^\W\d_]*(?:[-'’][^\W\d_]+)*)*"
)


def understand(text: str, topic: str = "", today: date | None = None) -> Question:
    """The question in `text`, with the topic of the conversation where it leans on that.

    What is said from `today` ("i fredags") is a date if that day is given. Raises QuestionError
    where nothing is asked.
    """
    text = check_question(text)
    if topic:
        return _with_background(understand(text, "", today), understand(topic, "", today))
    language = language_of(text)
    dates = tuple(find_dates(text, today, typed=True))
    agencies = find_agencies(text, fuzzy=True)
    order = EVENT_ORDER.search(text) if dates else None
    taken = [(date.start, date.end) for date in dates]
    taken += [(agency.start, agency.end) for agency in agencies if not agency.by_title]
    taken += [order.span()] if order else []
    kind = _kind(text)
    named = [Term((agency_mark(part.agency),)) for part in agencies if not part.by_title]
    dated = [Term(tuple(exact_date_marks(date))) for date in dates]
    about = _terms(_topic(text) if kind is QuestionKind.STATEMENT else text, taken, language)
    terms = tuple(dict.fromkeys([*about, *named, *dated]))
    return Question(
        text=text,
        kind=kind,
        language=language,
        terms=terms,
        focus=_focus(text, taken, language),
        marks=(
            *_searched(text, taken, language),
            *(mark for term in (*named, *dated) for mark in term.alternatives),
            *(mark for term in terms for mark in term.related),
        ),
        expansions=tuple(dict.fromkeys(_expansions(text, agencies))),
        dates=dates,
        agencies=tuple(agencies),
        names=tuple(dict.fromkeys(text[a:b] for a, b in find_names(text, taken, language))),
        latest=bool(order["latest"] or order["latter"]) if order else None,
    )


def _with_background(question: Question, background: Question) -> Question:
    """The question about what was talked of; what that names has to be in the documents too."""
    asked = question.text.rstrip(" ?")
    text = f"{asked} ({background.text})"
    shift = len(asked) + 2
    return replace(
        question,
        text=text,
        marks=(*question.marks, *background.marks),
        background=tuple(term for term in background.terms if term not in question.terms),
        expansions=(*question.expansions, *background.expansions),
        dates=question.dates or _moved(background.dates, shift),
        agencies=question.agencies or _moved(background.agencies, shift),
        names=question.names or background.names,
        latest=background.latest if question.latest is None else question.latest,
    )


def divided(question: Question, vocabulary: Vocabulary) -> Question:
    """The question with the parts of those compounds that the documents do not have whole."""

    def with_parts(term: Term) -> Term:
        unknown = not any(vocabulary.knows(mark) for mark in term.alternatives)
        parts = vocabulary.parts(term.alternatives[0]) if unknown else ()
        return replace(term, parts=parts) if parts else term

    terms = tuple(map(with_parts, question.terms))
    background = tuple(map(with_parts, question.background))
    parts = (part for term in (*terms, *background) for part in term.parts)
    return replace(question, terms=terms, background=background, marks=(*question.marks, *parts))


_Place = TypeVar("_Place", DateMention, Mention)


def _moved(mentions: Iterable[_Place], by: int) -> tuple[_Place, ...]:
    """The mentions, where what they stand in begins so many characters further on."""
    return tuple(
        mention._replace(start=mention.start + by, end=mention.end + by)
        if isinstance(mention, Mention)
        else replace(mention, start=mention.start + by, end=mention.end + by)
        for mention in mentions
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
    if any(find_details(text, kind) for kind in _DETAILS):  # "Vems nummer är 08-12 34 56?"
        found = [(start, kind) for start, kind in found if kind not in _DETAILS]
    detail = next((kind for _, kind in found if kind in _DETAILS), None)
    if not found:  # key words; with a title among them it is the person that is looked for
        return QuestionKind.PERSON if _has_title(text) else QuestionKind.KEYWORDS
    kind = detail or min(found, key=lambda pair: pair[0])[1]
    if kind is QuestionKind.PERSON and _CALLED.search(text):
        return kind if _PERSON.search(text) or _has_title(text) else QuestionKind.FACT
    return kind


def _has_title(text: str) -> bool:
    return any(is_title(word) for word in [*tokens(text), *expand_titles(text)])


def _searched(text: str, taken: Iterable[Span], language: Language) -> list[str]:
    """The stems of all words but those of names and dates, which have marks of their own."""
    words = tokens(_without(text, taken))
    longer = (word for phrase in expand_titles(text) for word in tokens(phrase))
    if language is Language.ENGLISH:
        swedish = (stem for word in words if word not in ENGLISH for stem in in_swedish(word))
        return [*stem_words([*words, *longer]), *swedish]
    return stem_words([*words, *longer])


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


def speaker_words(text: str) -> str:
    """Of a question about what was said, the part that says by whom: "Vad sa Anna Berg"."""
    about = _ABOUT.search(text)
    return text[: about.start()] if about else text


def language_of(text: str) -> Language:
    """The language of most of the small words in a text; Swedish where they tell nothing."""
    words = tokens(text)
    english = sum(word in ENGLISH and word not in _SWEDISH for word in words)
    swedish = sum(word in _SWEDISH and word not in ENGLISH for word in words)
    return Language.ENGLISH if english > swedish else Language.SWEDISH


def _terms(text: str, taken: Sequence[Span], language: Language) -> Iterator[Term]:
    """What the question is about, word by word; a short title counts as the long one too."""
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
    """A word, what it is in Swedish if it is English, and its synonyms."""
    [stem] = stem_words([word])
    if language is Language.ENGLISH:
        return Term(tuple(dict.fromkeys((stem, *in_swedish(word)))))
    return Term((stem,), synonyms_of(stem))


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


def find_names(text: str, taken: Sequence[Span], language: Language) -> list[Span]:
    """The names outside what is `taken`, with or without their capitals, in their order."""
    found = [match.span() for match in _CAPITALISED.finditer(text) if not _opens(text, match)]
    found += _known_names(text) if language is Language.SWEDISH else []
    names: list[Span] = []
    for start, end in sorted(found, key=lambda span: (span[0], -span[1])):
        name = text[start:end]
        inside = any(first < end and start < last for first, last in (*taken, *names))
        known = name.casefold() in STOP_WORDS | _COUNTRY or expand_titles(name)
        if not inside and not known:
            names.append((start, end))
    return names


def _opens(text: str, match: re.Match[str]) -> bool:
    """Whether a match opens a sentence, where any word has a capital; a name of several words may
    as well, if the first is no other word."""
    before = text[: match.start()].rstrip(" \t\"'”»–-(")
    first, *others = match.group().split()
    is_name_too = bool(others) and _is_unknown(first.lower())
    return (not before or before[-1] in ".!?:") and not is_name_too


def _is_unknown(word: str) -> bool:
    return not (is_word(word) or is_compound(word))


def _known_names(text: str) -> Iterator[Span]:
    """The names that Swedish knows, each with what follows and is no word: "annie lööf"."""
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
