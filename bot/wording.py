"""All that Källbot says to those who ask: in Swedish, or English to an English question."""

from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.types import Answer, Language, QuestionKind, Refusal, RefusalReason, Sentence

_REFUSALS = {
    Language.SWEDISH: {
        RefusalReason.WEAK: "Det säger dokumenten inget om.",
        RefusalReason.DATE: "Dokumenten säger inget om {missing}.",
        RefusalReason.NAME: "Dokumenten säger inget om {missing}.",
        RefusalReason.AGENCY: "Dokumenten säger inget om det när det gäller {missing}.",
        RefusalReason.MISSING_DETAIL: "Dokumenten ger {detail} för {whom}.",
        RefusalReason.APART: "Inget dokument tar upp {together}.",
        RefusalReason.WHICH_DATE: "Menar du {choices}?",
    },
    Language.ENGLISH: {
        RefusalReason.WEAK: "The documents say nothing about that.",
        RefusalReason.DATE: "The documents say nothing about {missing}.",
        RefusalReason.NAME: "The documents say nothing about {missing}.",
        RefusalReason.AGENCY: "The documents say nothing about that for {missing}.",
        RefusalReason.MISSING_DETAIL: "The documents give {detail} for {whom}.",
        RefusalReason.APART: "No document speaks of {together}.",
        RefusalReason.WHICH_DATE: "Do you mean {choices}?",
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
    both: str
    together: str
    conjunction: str
    alternative: str
    that: str
    no_answer: str


_WORDS = {
    Language.SWEDISH: Words(
        nearest="Närmast",
        published="publicerad",
        sources="Källor",
        page="s.",
        characters="tecken",
        both="både",
        together="tillsammans",
        conjunction="och",
        alternative="eller",
        that="det",
        no_answer="inget svar",
    ),
    Language.ENGLISH: Words(
        nearest="Nearest",
        published="published",
        sources="Sources",
        page="p.",
        characters="characters",
        both="both",
        together="together",
        conjunction="and",
        alternative="or",
        that="that",
        no_answer="no answer",
    ),
}


def words_for(answer: Answer) -> Words:
    """The words to put around an answer."""
    return _WORDS[answer.question.language]


def refusal_text(answer: Answer, refusal: Refusal) -> str:
    """The sentence that says that the documents do not say, or the question which date is meant."""
    question, words = answer.question, words_for(answer)
    named = [question.text[one.start : one.end] for one in question.agencies if not one.by_title]
    return _REFUSALS[question.language][refusal.reason].format(
        missing=_listed(refusal.missing, words.conjunction),
        together=_together(refusal.missing, words),
        choices=_listed(refusal.missing, words.alternative),
        detail=_DETAILS[question.language].get(question.kind, words.no_answer),
        whom=_listed(question.names or named, words.conjunction) or words.that,
    )


def nearest_text(answer: Answer, refusal: Refusal) -> str:
    """What is nearest to an answer, marked as such: a date or a name, and titles."""
    titles = dict.fromkeys(citation.quote.document.title for citation in answer.citations)
    nearest = "; ".join(", ".join([*refusal.held, title]) for title in titles)
    stop = "" if nearest.rstrip('"”').endswith((".", "!", "?")) else "."
    return f"{words_for(answer).nearest}: {nearest}{stop}" if nearest else ""


def _listed(parts: Sequence[str], last: str) -> str:
    """The parts in a row, with a word before the last: "a, b och c"."""
    return f" {last} ".join([part for part in (", ".join(parts[:-1]), *parts[-1:]) if part])


def _together(parts: Sequence[str], words: Words) -> str:
    listed = _listed(parts, words.conjunction)
    return f"{words.both} {listed}" if len(parts) == 2 else f"{listed} {words.together}"


WORDED = "Formulerat av en språkmodell ur citaten."


def worded_text(sentences: Sequence[Sentence]) -> str:
    """The sentences of a language model, each with the numbers of its citations."""
    return " ".join(f"{said.text} {_numbers(said.citations)}" for said in sentences)


def _numbers(citations: Sequence[int]) -> str:
    return "".join(f"[{number}]" for number in citations)


_DISPUTED = {
    Language.SWEDISH: "Källorna säger olika: {said}.",
    Language.ENGLISH: "The sources differ: {said}.",
}


def disputed_text(answer: Answer) -> str:
    """What each of two documents says, with its number and its date, or else its title."""
    said = []
    for citation in answer.citations:
        document = citation.quote.document
        published = document.metadata.published
        source = published.isoformat() if published else document.title
        words = (span.text for span in answer.spans if span.document is document)
        text = ", ".join(" ".join(each.split()) for each in words)
        said.append(f"{text} ({source}) [{citation.number}]")
    return _DISPUTED[answer.question.language].format(said="; ".join(said))


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
