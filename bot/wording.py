"""All that Källbot says to those who ask: in Swedish, or English to an English question."""

from dataclasses import dataclass

from retrieval.types import Answer, Language, QuestionKind, Refusal, RefusalReason

_REFUSALS = {
    Language.SWEDISH: {
        RefusalReason.WEAK: "Det säger dokumenten inget om.",
        RefusalReason.DATE: "Dokumenten säger inget om {missing}.",
        RefusalReason.NAME: "Dokumenten säger inget om {missing}.",
        RefusalReason.AGENCY: "Dokumenten säger inget om det när det gäller {missing}.",
        RefusalReason.MISSING_DETAIL: "Dokumenten ger {detail} för det.",
    },
    Language.ENGLISH: {
        RefusalReason.WEAK: "The documents say nothing about that.",
        RefusalReason.DATE: "The documents say nothing about {missing}.",
        RefusalReason.NAME: "The documents say nothing about {missing}.",
        RefusalReason.AGENCY: "The documents say nothing about that for {missing}.",
        RefusalReason.MISSING_DETAIL: "The documents give {detail} for that.",
    },
}
_DETAILS = {
    Language.SWEDISH: {
        QuestionKind.PHONE: "inget telefonnummer",
        QuestionKind.EMAIL: "ingen e-postadress",
        QuestionKind.NAMES: "inga namn",
    },
    Language.ENGLISH: {
        QuestionKind.PHONE: "no telephone number",
        QuestionKind.EMAIL: "no e-mail address",
        QuestionKind.NAMES: "no names",
    },
}


@dataclass(frozen=True, slots=True)
class Words:
    """The fixed words around answers, in one language."""

    nearest: str
    published: str
    sources: str
    page: str
    characters: str


_WORDS = {
    Language.SWEDISH: Words("Närmast", "publicerad", "Källor", "s.", "tecken"),
    Language.ENGLISH: Words("Nearest", "published", "Sources", "p.", "characters"),
}


def words_for(answer: Answer) -> Words:
    """The words to put around an answer."""
    return _WORDS[answer.question.language]


def refusal_text(answer: Answer, refusal: Refusal) -> str:
    """The sentence that says that the documents do not say."""
    language, kind = answer.question.language, answer.question.kind
    joiner = " och " if language is Language.SWEDISH else " and "
    fallback = "inget svar" if language is Language.SWEDISH else "no answer"
    return _REFUSALS[language][refusal.reason].format(
        missing=joiner.join(refusal.missing),
        detail=_DETAILS[language].get(kind, fallback),
    )


# The REPL

REPL_GREETING = (
    "Källbot svarar på frågor om {documents} dokument och visar var svaret står. "
    "Skriv en fråga, eller /hjälp."
)
REPL_HELP = """\
Skriv en fråga på vanlig svenska. Följdfrågor går bra: ”Och för Skolverket?”

  /källa N   visa citat N i sitt dokument (från det senaste svaret)
  /sök ORD   visa de närmaste styckena med poäng
  /ny        börja en ny konversation
  /hjälp     visa den här hjälpen
  /sluta     avsluta (eller Ctrl-D)"""
REPL_PROMPT = "Fråga: "
REPL_NEW = "Ny konversation."
REPL_UNDERSTOOD = "Jag förstår frågan som: {question}"
REPL_NO_SOURCE = "Det finns ingen källa {number} till det senaste svaret."
REPL_WHICH_SOURCE = "Vilken källa? Skriv till exempel /källa 1."
REPL_WHAT_SEARCH = "Vad ska jag söka efter? Skriv till exempel /sök trygghet."
REPL_UNKNOWN = "{command} är inget kommando. /hjälp visa dem som finns."
REPL_EMPTY = "Skriv en fråga, eller /hjälp."
REPL_TOO_LONG = "Frågan är för lång: högst {limit} tecken, den här har {count}."
REPL_NO_HITS = "Inget stycke hittades."
