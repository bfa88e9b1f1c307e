"""Whether a sentence says no more than its quotes, as far as that can be told from the words alone.

What is looked for is what makes an answer wrong: a name, a number or a date that the quotes do not
have, a "not" that went away, a "perhaps" that became a fact, and a sentence about something else.
Who did what to whom, and when it did, is beyond this: see the limits in the README.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from embeddings.language.agencies import Mention, find_agencies
from embeddings.language.contacts import find_contacts
from embeddings.language.dates import DateMention, find_dates
from embeddings.language.marks import SIGN, find_marks
from embeddings.language.people import find_people
from embeddings.language.words import STOP_WORDS, stem_words, tokens
from retrieval.matching import mark_set, match

_MOST_CHARACTERS = 600
_LEAST_SHARE = 0.5
"""The share of a sentence's words that the quotes themselves must hold more than."""
_NEW = 1.0
"""The sum of what the words lack that are not quite those of the quotes: no word is new."""
_NUMBER_WORDS = (  # the longer ones first
    "(?:tjugo|trettio|fyrtio|femtio|sextio|sjuttio|åttio|nittio)"
    "(?:en|ett|två|tre|fyra|fem|sex|sju|åtta|nio)|"
    "noll|ett par|ett tiotal|ett hundratal|två|tre|fyra|fem|sex|sju|åtta|nio|tio|elva|tolv|"
    "tretton|fjorton|femton|sexton|sjutton|arton|nitton|tjugo|trettio|fyrtio|femtio|sextio|sjuttio|"
    "åttio|nittio|hundra|tusen|hundratals|tusentals|hälften|dussin"
)
_NUMBER = re.compile(
    rf"(?<![\w.,-])(?:cirka\s+|ca\.?\s+|drygt\s+|nästan\s+|ungefär\s+|minst\s+|högst\s+)?"
    rf"(?:\d+(?:[ \u00a0.]\d{{3}})*(?:,\d+)?(?!\d|[.:]\d)"
    r"(?:\s*(?:%|procent|miljoner|miljarder|kronor|kr|tkr|mkr"
    rf"|mnkr|euro|dagar|veckor|månader|år|timmar|minuter))*|(?:{_NUMBER_WORDS})\b)",
    re.IGNORECASE,
)  # fmt: skip
_DIGITS = re.compile(r"\d+(?:[.,:]\d+)*")
_CAPITALISED = re.compile(r"(?<![^\W_])[A-ZÅÄÖÉÜ][^\W_]*")
_SPOKEN = re.compile(r"[\"”“»«]([^\"”“»«]+)[\"”“»«]")
# Addresses, markup and the marks of other programs, which no sentence needs that no quote has.
_ODD = re.compile(r"\S*(?:[@/\\<>{}\[\]|*_`#~^=$]|[^\W\d_][.:][^\W\d_])\S*")
# Words that a sentence may have of its own, since they say nothing of any subject.
_SMALL = STOP_WORDS | frozenset(
    "ja jo nej äger ägde rum enligt gäller gällde handlar handlade samt bland annat både dels "
    "respektive såväl liksom alltså följande heter kallas består".split()
)
_NEGATING = frozenset(
    "inte ej icke aldrig ingen inget inga ingenting ingenstans varken utan saknar saknas "
    "saknade saknades".split()
)
_RESERVED = frozenset(
    "kan kunde kanske möjligen möjligtvis eventuellt troligen sannolikt bör borde skulle vill "
    "ville föreslår föreslog föreslagit föreslås överväger planerar planeras".split()
)
_EXTENT = frozenset(
    "alla allt samtliga hela alltid endast bara enbart många flera flest flesta få måste".split()
)


def fault(sentence: str, quotes: Sequence[str], around: str = "") -> str | None:
    """What a sentence says beyond its quotes, in words for the log; None where it says no more.

    `around` is what stands above the quotes: it makes words known, and no name, number or date.
    """
    if len(sentence) > _MOST_CHARACTERS or not sentence.isprintable():
        return "not fit to print"
    quoted = "\n".join(quotes)
    faults = (
        ("another date", not _has_dates(sentence, quoted)),
        ("another telephone number or address", not _contacts(sentence) <= _contacts(quoted)),
        ("another number", not _has_numbers(sentence, quoted)),
        ("another organisation", not _agencies(sentence) <= _agencies(quoted)),
        ("another name", not _has_names(sentence, quoted, around)),
        ("markup or speech of its own", not _has_verbatim(sentence, quoted)),
        ("another extent", not _said(_EXTENT, sentence) <= _said(_EXTENT, quoted)),
        ("another negation", not _agrees_in_negation(sentence, quotes)),
        ("a reservation lost", _is_reserved(quoted) and not _is_reserved(sentence)),
        ("other words", not _is_about(sentence, quoted, around)),
    )
    return next((what for what, is_at_fault in faults if is_at_fault), None)


def holds(text: str, words: str) -> bool:
    """Whether whole words stand in a text; white space may be any, as where a line ends."""
    return find_words(text, words) is not None


def find_words(text: str, words: str) -> tuple[int, int] | None:
    """Where whole words stand in a text, letter by letter; white space may be any."""
    parts = words.split()
    if not parts or sum(map(len, parts)) > len(text):
        return None
    pattern = r"\s+".join(map(re.escape, parts))
    found = re.search(rf"(?<!\w){pattern}(?!\w)", text)
    return found.span() if found else None


def _has_dates(sentence: str, quoted: str) -> bool:
    said = find_dates(quoted)
    return all(any(_agrees(date, other) for other in said) for date in find_dates(sentence))


def _agrees(date: DateMention, other: DateMention) -> bool:
    """Whether a date of a quote says all that a date says, its year and its last day too."""
    has_year = date.year is None or other.year is not None
    ends = date.last_day is None or date.last_day == other.last_day
    return has_year and ends and date.agrees_with(other)


def _has_numbers(sentence: str, quoted: str) -> bool:
    """Whether every number stands in the quotes, with its unit and its "about"."""
    folded = quoted.casefold()
    numbers = (
        found.group() for found in _NUMBER.finditer(_without(sentence, find_dates(sentence)))
    )
    return all(holds(folded, number.casefold()) for number in numbers) and _digits(
        sentence
    ) <= _digits(quoted)


def _contacts(text: str) -> frozenset[str]:
    """The telephone numbers and the addresses of a text, by their keys."""
    return frozenset(key for _, _, key in find_contacts(text))


def _digits(text: str) -> frozenset[str]:
    """The numbers in figures, those of dates in words left out."""
    return frozenset(_DIGITS.findall(_without(text, find_dates(text))))


def _without(text: str, mentions: Iterable[DateMention | Mention]) -> str:
    """A text with blanks in the place of mentions."""
    rest = list(text)
    for mention in mentions:
        rest[mention.start : mention.end] = " " * (mention.end - mention.start)
    return "".join(rest)


def _agencies(text: str) -> frozenset[str]:
    return frozenset(mention.agency.name for mention in find_agencies(text))


def _has_names(sentence: str, quoted: str, around: str) -> bool:
    """Whether the quotes hold every person, whole, and every other word with a capital."""
    folded, known = quoted.casefold(), mark_set(quoted)
    people = (sentence[start:end].casefold() for start, end in find_people(sentence))
    return all(
        holds(folded, name) or holds(folded, name.removesuffix("s")) for name in people
    ) and all(
        known.issuperset(stem_words(tokens(name)))
        or known.issuperset(stem_words(tokens(name.removesuffix("s"))))
        for name in _names(sentence, around)
    )


def _names(sentence: str, around: str) -> Iterator[str]:
    """The words with a capital, but for organisations, and for a word that begins the sentence.

    That is no name where the documents write it without a capital.
    """
    plain = frozenset(stem_words([word for word in around.split() if word.islower()]))
    for found in _CAPITALISED.finditer(_without(sentence, find_agencies(sentence))):
        word = found.group().lower()
        begins = not re.search(r"\w", sentence[: found.start()])
        if not (begins and (word in _SMALL or plain.issuperset(stem_words([word])))):
            yield found.group()


def _has_verbatim(sentence: str, quoted: str) -> bool:
    """Whether what is put in quotation marks, or is no word, stands in the quotes as it is."""
    spoken = (found.group(1) for found in _SPOKEN.finditer(sentence))
    undated = _without(sentence, find_dates(sentence))  # 9/9 is in the quotes as a date
    odd = (found.group().strip('.,;:!?()"”') for found in _ODD.finditer(undated))
    folded = " ".join(quoted.split())
    return all(" ".join(part.split()) in folded for part in (*spoken, *odd))


def _agrees_in_negation(sentence: str, quotes: Sequence[str]) -> bool:
    """Whether a sentence negates as often as its quotes, and each of them if it does at all."""
    negations, quoted = _negations(sentence), [_negations(quote) for quote in quotes]
    if "nej" in tokens(sentence) and not negations:
        return False
    return negations == sum(quoted) and all(bool(count) == bool(negations) for count in quoted)


def _negations(text: str) -> int:
    return sum(word in _NEGATING for word in tokens(text))


def _is_reserved(text: str) -> bool:
    return bool(_said(_RESERVED, text))


def _said(words: frozenset[str], text: str) -> frozenset[str]:
    return words & frozenset(tokens(text))


def _is_about(sentence: str, quoted: str, around: str) -> bool:
    """Whether a sentence has its words from its quotes, forgiving of form, and what is around."""
    subjects = list(dict.fromkeys(_subjects(sentence)))
    quotes, near = mark_set(quoted), mark_set(around)
    held = [match(mark, quotes) for mark in subjects]
    new = [1 - max(part, match(mark, near)) for mark, part in zip(subjects, held, strict=True)]
    return sum(held) > _LEAST_SHARE * len(subjects) and sum(new) < _NEW


def _subjects(text: str) -> Iterator[str]:
    """The marks of a text: its organisations and dates, and its words that carry a subject."""
    words = tokens(_without(text, [*find_agencies(text), *find_dates(text)]))
    yield from stem_words([word for word in words if word not in _SMALL])
    yield from (mark for mark in find_marks(text) if mark.startswith(SIGN))
