"""All that Källbot says to those who ask: in Swedish, or English to an English question."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from retrieval.types import Answer, AnswerType, Language, Outcome, Sentence


@dataclass(frozen=True, slots=True)
class Words:
    """The fixed words in and around answers, in one language."""

    yes: str
    no: str
    unsure: str
    nowhere: str
    one_missing: str
    more_missing: str
    alternative: str
    nearest: str
    published: str
    page: str
    characters: str


_WORDS: Final = {
    Language.SWEDISH: Words(
        yes="Ja.",
        no="Nej.",
        unsure="Jag är inte säker, men här står det närmaste.",
        nowhere="Jag hittar inget ställe i dokumenten som handlar om det.",
        one_missing="Dokumenten nämner inte {missing}.",
        more_missing="Dokumenten nämner varken {missing}.",
        alternative="eller",
        nearest="Närmast kommer det här:",
        published="publicerad",
        page="s.",
        characters="tecken",
    ),
    Language.ENGLISH: Words(
        yes="Yes.",
        no="No.",
        unsure="I am not sure, but this is the nearest.",
        nowhere="I find no place in the documents that is about that.",
        one_missing="The documents do not mention {missing}.",
        more_missing="The documents mention neither {missing}.",
        alternative="nor",
        nearest="The nearest is this:",
        published="published",
        page="p.",
        characters="characters",
    ),
}


def words_for(answer: Answer) -> Words:
    """The words to put in and around an answer."""
    return _WORDS[answer.question.language]


def yes_or_no(type_: AnswerType, language: Language) -> str:
    """Yes or no."""
    words = _WORDS[language]
    return words.yes if type_ is AnswerType.YES else words.no


def outcome_text(answer: Answer) -> str:
    """The sentence that says that the places shown may answer, or what no document names."""
    words = words_for(answer)
    if answer.outcome is Outcome.FOUND:
        return words.unsure if answer.citations else words.nowhere
    sentence = words.one_missing if len(answer.missing) == 1 else words.more_missing
    return sentence.format(missing=_listed(answer.missing, words.alternative))


def _listed(parts: Sequence[str], last: str) -> str:
    """The parts in a row, with a word before the last: "a, b eller c"."""
    return f" {last} ".join([part for part in (", ".join(parts[:-1]), *parts[-1:]) if part])


_STEERING: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """A text of as many characters, none of which could steer the terminal."""
    return _STEERING.sub("\N{REPLACEMENT CHARACTER}", text)


WORDED: Final = "Formulerat av en språkmodell ur citaten."


def worded_text(sentences: Sequence[Sentence]) -> str:
    """The sentences of a language model, each with the numbers of its citations."""
    return " ".join(f"{said.text} {_numbers(said.citations)}" for said in sentences)


def _numbers(citations: Sequence[int]) -> str:
    return "".join(f"[{number}]" for number in citations)


# The REPL

REPL_GREETING = (
    "Källbot svarar på frågor om {documents} dokument och visar var svaret står. "
    "Skriv en fråga, eller /hjälp."
)
REPL_HELP = """\
Skriv en fråga på vanlig svenska. Följdfrågor går bra: ”Och för Skolverket?”

  /källa N   visa citat N i sitt dokument (från det senaste svaret)
  /sök ORD   visa de närmaste styckena
  /ny        börja en ny konversation
  /hjälp     visa den här hjälpen
  /sluta     avsluta (eller Ctrl-D)"""
REPL_SEARCHING = "Letar i dokumenten …"
REPL_BROKEN_OFF = "Avbrutet. Det som är sagt hittills finns kvar, /sluta avslutar."
REPL_PROMPT = "Fråga: "
REPL_NEW = "Ny konversation."
REPL_NO_SOURCE = "Det finns ingen källa {number} till det senaste svaret."
REPL_WHICH_SOURCE = "Vilken källa? Skriv till exempel /källa 1."
REPL_WHAT_SEARCH = "Vad ska jag söka efter? Skriv till exempel /sök trygghet."
REPL_UNKNOWN = "{command} är inget kommando. /hjälp visa dem som finns."
REPL_EMPTY = "Skriv en fråga, eller /hjälp."
REPL_TOO_LONG = "Frågan är för lång: högst {limit} tecken, den här har {count}."
REPL_NO_HITS = "Inget stycke hittades."
