"""All text that Källbot shows to those who ask: in Swedish, or in English for English questions."""

import re
import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from embeddings.types import Listing
from retrieval.types import Answer, AnswerType, Intent, Language, Outcome, Sentence

LISTED: Final = 8
"""The number of documents listed at once, to fit a telephone screen."""
_LONGEST_TITLE: Final = 80  # characters of a title in a list


@dataclass(frozen=True, slots=True)
class Words:
    """The fixed texts in and around answers, in one language."""

    yes: str
    no: str
    unsure: str
    nowhere: str
    unsaid: str
    which_meaning: str
    worded: str
    one_missing: str
    more_missing: str
    alternative: str
    nearest: str
    published: str
    page: str
    characters: str
    example: str
    any_example: str
    which_document: str
    more_documents: str
    told: Mapping[Intent, str]


_WORDS: Final = {
    Language.SWEDISH: Words(
        yes="Ja.",
        no="Nej.",
        unsure="Jag är inte säker, men här står det närmaste.",
        nowhere="Jag hittar inget ställe i dokumenten som handlar om det.",
        unsaid="Jag hittar inte svaret på det i dokumenten.",
        which_meaning="Vad menar du?",
        worded="Formulerat av en språkmodell ur citaten.",
        one_missing="Dokumenten nämner inte {missing}.",
        more_missing="Dokumenten nämner varken {missing}.",
        alternative="eller",
        nearest="Närmast kommer det här:",
        published="publicerad",
        page="s.",
        characters="tecken",
        example="Vad handlar ”{title}” om?",
        any_example="Vad handlar dokumenten om?",
        which_document="Vilket dokument menar du? Nämn det i frågan, till exempel: {example}",
        more_documents="… och {count} till",
        told={
            Intent.GREETING: "Hej! Fråga mig om det som står i dokumenten, till exempel: {example}",
            Intent.THANKS: "Varsågod!",
            Intent.GOODBYE: "Hej då!",
            Intent.WHO: "Jag heter Källbot. Fråga mig om det som står i dokumenten, så svarar jag "
            "med orden som står där. Till exempel: {example}",
            Intent.HELP: "Skriv en fråga om det som står i dokumenten, så visar jag svaret och var "
            "det står. Till exempel: {example}",
            Intent.MACHINE: "Jag är ett datorprogram och ingen människa. Det jag svarar är hämtat "
            "ordagrant ur dokumenten.",
            Intent.PRAISE: "Tack, vad roligt att höra!",
            Intent.ABUSE: "Tråkigt att det inte blev bra. Fråga gärna igen med andra ord.",
            Intent.UNCLEAR: "Skriv gärna en hel fråga om det som står i dokumenten, till exempel: "
            "{example}",
            Intent.DOCUMENTS_ABOUT: "Så här heter dokumenten, de nyaste först:",
            Intent.DOCUMENTS_LIST: "Det här är dokumenten, de nyaste först:",
            Intent.DOCUMENTS_NEW: "Det här är nyast:",
            Intent.DOCUMENTS_COUNT: "Jag svarar ur {count} dokument.",
            Intent.TOPIC: "Det står något om det här:",
            Intent.SUMMARY: "Med dokumentets egna ord – inledningen och den mening som mest liknar "
            "helheten, eller rubrikerna:",
        },
    ),
    Language.ENGLISH: Words(
        yes="Yes.",
        no="No.",
        unsure="I am not sure, but this is the nearest.",
        nowhere="I find no place in the documents that is about that.",
        unsaid="I do not find the answer to that in the documents.",
        which_meaning="Which do you mean?",
        worded="Worded by a language model out of the quotes.",
        one_missing="The documents do not mention {missing}.",
        more_missing="The documents mention neither {missing}.",
        alternative="nor",
        nearest="The nearest is this:",
        published="published",
        page="p.",
        characters="characters",
        example="What is ”{title}” about?",
        any_example="What are the documents about?",
        which_document="Which document do you mean? Name it in your question, as in: {example}",
        more_documents="… and {count} more",
        told={
            Intent.GREETING: "Hello! Ask me about what the documents say, for example: {example}",
            Intent.THANKS: "You are welcome!",
            Intent.GOODBYE: "Goodbye!",
            Intent.WHO: "My name is Källbot. Ask me about what the documents say, and I answer in "
            "their own words. For example: {example}",
            Intent.HELP: "Write a question about what the documents say, and I show the answer and "
            "where it stands. For example: {example}",
            Intent.MACHINE: "I am a computer program and no human. What I answer is taken word for "
            "word from the documents.",
            Intent.PRAISE: "Thank you, good to hear!",
            Intent.ABUSE: "Sorry that it did not help. Please ask again in other words.",
            Intent.UNCLEAR: "Please write a whole question about what the documents say, for "
            "example: {example}",
            Intent.DOCUMENTS_ABOUT: "These are the titles of the documents, the newest first:",
            Intent.DOCUMENTS_LIST: "These are the documents, the newest first:",
            Intent.DOCUMENTS_NEW: "These are the newest:",
            Intent.DOCUMENTS_COUNT: "I answer from {count} documents.",
            Intent.TOPIC: "Something about it stands here:",
            Intent.SUMMARY: "In its own words – how it begins and the sentence that is most like "
            "all of it, or its headings:",
        },
    ),
}


def words_for(answer: Answer) -> Words:
    """The texts for an answer, in the language of its question."""
    return _WORDS[answer.question.language]


def told_text(answer: Answer) -> str:
    """The reply to small talk, or the line above information on documents; "" if there is none."""
    words = words_for(answer)
    example = example_question(answer.example, answer.question.language)
    asks_which = answer.outcome is Outcome.TALK and answer.intent.is_about_one
    line = words.which_document if asks_which else words.told.get(answer.intent, "")
    return line.format(example=example, count=len(answer.listed))


def example_question(document: Listing | None, language: Language) -> str:
    """An example question, about a document if there is one."""
    words = _WORDS[language]
    return words.example.format(title=document.title) if document else words.any_example


def listed_lines(answer: Answer, first: int = 0, most: int = LISTED) -> list[str]:
    """The documents in an answer's list, one numbered line each, and the number of the rest.

    At most `most` are shown, beginning with the one at index `first`.
    """
    listed = answer.listed
    if answer.intent is Intent.DOCUMENTS_COUNT:
        return []
    alike = Counter(one.title for one in listed)
    lines = [_listed_line(answer.intent, one, alike[one.title] > 1) for one in listed]
    if len(lines) == 1:
        return lines
    shown = [f"{number}. {line}" for number, line in enumerate(lines, 1)][first : first + most]
    left = len(lines) - first - len(shown)
    return [*shown, words_for(answer).more_documents.format(count=left)] if left else shown


def has_more(answer: Answer, first: int = 0) -> bool:
    """Whether an answer lists more documents than those shown from index `first`."""
    return answer.intent is not Intent.DOCUMENTS_COUNT and len(answer.listed) > first + LISTED


def shortened(title: str) -> str:
    """A title cut to the space in a list."""
    return textwrap.shorten(title, _LONGEST_TITLE, placeholder=" …")


def _listed_line(intent: Intent, one: Listing, has_twin: bool) -> str:
    """A document in a list; if others have the same title, with its file."""
    published = one.published.isoformat() if one.published else ""
    title = f"{shortened(one.title)} ({one.file})" if has_twin else shortened(one.title)
    match intent:
        case Intent.AUTHOR:
            return f"{title}: {one.publisher}"
        case Intent.WHEN_PUBLISHED:
            return f"{title}: {published}"
    return ", ".join(part for part in (title, one.publisher, published) if part)


def yes_or_no(type_: AnswerType, language: Language) -> str:
    """The word for yes or no in a language."""
    words = _WORDS[language]
    return words.yes if type_ is AnswerType.YES else words.no


def outcome_text(answer: Answer) -> str:
    """The sentence that says that the places shown may contain the answer, what no document
    mentions, or which meanings the question may have."""
    words = words_for(answer)
    if answer.outcome is Outcome.FOUND and answer.worded:
        return "\n".join(
            [words.which_meaning, *(f"• {line}" for line in worded_lines(answer.worded))]
        )
    if answer.outcome is Outcome.FOUND:
        return words.unsure if answer.citations else words.nowhere
    if not answer.missing:
        return words.unsaid
    sentence = words.one_missing if len(answer.missing) == 1 else words.more_missing
    return sentence.format(missing=_listed(answer.missing, words.alternative))


def _listed(parts: Sequence[str], last: str) -> str:
    """The parts as a list, with a word before the last: "a, b eller c"."""
    return f" {last} ".join([part for part in (", ".join(parts[:-1]), *parts[-1:]) if part])


_STEERING: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """A text of equal length with terminal control characters replaced."""
    return _STEERING.sub("\N{REPLACEMENT CHARACTER}", text)


def worded_lines(sentences: Sequence[Sentence]) -> list[str]:
    """The text written by a language model, each part with the numbers of its citations:
    consecutive sentences on one line, one item per line."""
    lines: list[str] = []
    follows = False
    for said in sentences:
        part = f"{said.text} {_numbers(said.citations)}"
        if follows and not said.is_item:
            lines[-1] += f" {part}"
        else:
            lines.append(part)
        follows = not said.is_item
    return lines


def _numbers(citations: Sequence[int]) -> str:
    return "".join(f"[{number}]" for number in citations)


# The REPL

REPL_GREETING = (
    "Källbot svarar på frågor om {documents} dokument och visar var svaret står. "
    "Skriv en fråga, till exempel: {example} Eller /hjälp."
)
REPL_HELP = """\
Skriv en fråga på vanlig svenska, till exempel: {example}
Följdfrågor går bra: ”Och när var det?”

  /källa N   visa citat N i sitt dokument (från det senaste svaret)
  /öppna N   öppna källa N på det ställe som citeras, om datorn kan
  /fler      visa mer av en lång lista
  /sök ORD   visa de närmaste styckena
  /ny        börja en ny konversation
  /hjälp     visa den här hjälpen
  /sluta     avsluta (eller Ctrl-D)"""
REPL_SEARCHING = "Letar i dokumenten …"
REPL_MODEL_WRITES = "Språkmodellen läser och skriver …"
REPL_BROKEN_OFF = "Avbrutet. Det som är sagt hittills finns kvar, /sluta avslutar."
REPL_PROMPT = "Fråga: "
REPL_NEW = "Ny konversation."
REPL_NO_SOURCE = "Det finns ingen källa {number} till det senaste svaret."
REPL_WHICH_SOURCE = "Vilken källa? Skriv till exempel /källa 1."
REPL_MORE = "/fler visar fler."
REPL_NO_MORE = "Det finns inget mer att visa."
OPENED = "Öppnar {place}"
SHELL_MORE = "kallbot documents visar alla."
REPL_WHAT_SEARCH = "Vad ska jag söka efter? Skriv till exempel /sök trygghet."
REPL_UNKNOWN = "{command} är inget kommando. /hjälp visar dem som finns."
REPL_EMPTY = "Skriv en fråga, eller /hjälp."
REPL_TOO_LONG = "Frågan är för lång: högst {limit} tecken, den här har {count}."
REPL_NO_HITS = "Inget stycke hittades."
