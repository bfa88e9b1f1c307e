"""The lines of an answer, for the terminal, for JSON and for Telegram, and what is said if there is
none, or of documents."""

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from bot.wording import Wording, wording_in
from embeddings.passages.markup import plain
from embeddings.passages.structure import item_spans
from embeddings.types import BlockKind, Listing, Passage
from retrieval.types import Answer, AnswerType, Intent, Language, Outcome, Quote, Sentence

LISTED: Final = 8
"""The number of documents listed at once, to fit a telephone screen."""
_LONGEST_TITLE: Final = 80  # characters of a title in a list


def words_for(answer: Answer) -> Wording:
    """The texts for an answer, in the language of its question."""
    return wording_in(answer.question.language)


def answer_text(answer: Answer) -> str:
    """The short answer, with one list item per line, or the sentence that says that there is
    none."""
    return "\n".join(answer_lines(answer))


def answer_lines(answer: Answer, most: int = LISTED) -> list[str]:
    """The lines of the short answer, without bullets; at most `most` of the documents it lists."""
    if answer.is_refused:
        return [outcome_text(answer)]
    if answer.worded:
        return worded_lines(answer.worded)
    if not answer.spans:
        return [line for line in (told_text(answer), *listed_lines(answer, most=most)) if line]
    said = said_lines(answer)
    if answer.intent is Intent.SUMMARY and len({one.document.name for one in answer.spans}) > 1:
        return _by_document(answer)
    match answer.type:
        case None:
            return said
        case AnswerType.COUNT:
            return [str(len(said))]
        case type_:
            return [_affirmed(yes_or_no(type_, answer.question.language), " ".join(said))]


def short_answer(answer: Answer) -> str:
    """The short answer, with a bullet before each of several lines."""
    return bulleted(answer_lines(answer))


def bulleted(lines: Sequence[str]) -> str:
    """The lines as one text, with a bullet before each of several."""
    return "\n".join(f"• {line}" for line in lines) if len(lines) > 1 else "".join(lines)


def _affirmed(word: str, sentence: str) -> str:
    """A sentence after "Ja." or "Nej.", unless it begins with the word itself."""
    begins = sentence[: len(word)].casefold()
    said_already = begins[:-1] == word[:-1].casefold() and not begins[-1:].isalpha()
    return sentence if said_already else f"{word} {sentence}"


def said_lines(answer: Answer) -> list[str]:
    """The distinct texts of the answer: for yes or no the quoted sentence, else the spans."""
    cited = answer.citations[0]
    says_so = answer.type in (AnswerType.YES, AnswerType.NO)
    spans = [cited.quote] if says_so else answer.spans
    lines = (line for span in spans for line in part_lines(span, cited.hit.passage))
    return list(dict.fromkeys(lines))


def _by_document(answer: Answer) -> list[str]:
    """The spans of each of several documents, on a line that begins with its title."""
    said: dict[str, list[str]] = {}
    for span in answer.spans:
        line = " ".join(plain(span.document, span.text).split())
        said.setdefault(span.document.name, [f"{shortened(span.document.title)}: "]).append(line)
    return [above + "; ".join(lines) for above, *lines in said.values()]


def part_lines(part: Quote, passage: Passage) -> list[str]:
    """The items of a part of a list, without their bullets; other text as one line."""
    if passage.kind is not BlockKind.LIST:
        return [" ".join(plain(part.document, part.text).split())]
    has_marks = any(item != line for line, item in list_items(passage.text))
    lines: list[str] = []
    for line, item in list_items(part.text):
        if lines and has_marks and item == line:  # the previous item continues
            lines[-1] += f" {item}"
        else:
            lines.append(item)
    return [" ".join(plain(part.document, line).split()) for line in lines]


def list_items(text: str) -> Iterator[tuple[str, str]]:
    """Each line of a list, with and without its bullet."""
    for line in text.split("\n"):
        for start, end in item_spans(line):
            yield line.strip(), line[start:end]


# What is said of documents, and where there is no answer


def told_text(answer: Answer) -> str:
    """The reply to small talk, or the line above information on documents; "" if there is none."""
    words = words_for(answer)
    example = example_question(answer.example, answer.question.language)
    asks_which = answer.outcome is Outcome.TALK and answer.intent.is_about_one
    dated = [one for one in answer.listed if one.published]
    if asks_which:
        line = words.which_document
    elif answer.intent in (Intent.DOCUMENTS_NEW, Intent.DOCUMENTS_OLD) and not dated:
        line = words.no_dates
    elif answer.is_selection:
        line = words.selected
    elif answer.missing:
        line = words.unselected
    else:
        line = words.told.get(answer.intent, "")
    is_all = len(dated) == len(answer.listed)
    if answer.intent is Intent.DOCUMENTS_OLD:
        order = words.oldest_first if is_all else words.oldest_dated_first
    else:
        order = words.newest_first if is_all else words.dated_first
    if not dated or len(answer.listed) == 1:
        order = ""
    missing = _listed(answer.missing, words.alternative)
    return line.format(example=example, count=len(answer.listed), order=order, missing=missing)


def example_question(document: Listing | None, language: Language) -> str:
    """An example question, about a document if there is one."""
    words = wording_in(language)
    return words.example.format(title=document.title) if document else words.any_example


def listed_lines(answer: Answer, first: int = 0, most: int = LISTED) -> list[str]:
    """The documents in an answer's list, one numbered line each, and the number of the rest.

    At most `most` are shown, beginning with the one at index `first`.
    """
    listed = answer.listed
    if _is_number(answer):
        return []
    alike = Counter(one.title for one in listed)
    lines = [_listed_line(answer, one, alike[one.title] > 1) for one in listed]
    if len(lines) == 1:
        return lines
    shown = [f"{number}. {line}" for number, line in enumerate(lines, 1)][first : first + most]
    left = len(lines) - first - len(shown)
    return [*shown, words_for(answer).more_documents.format(count=left)] if left else shown


def has_more(answer: Answer, first: int = 0) -> bool:
    """Whether an answer lists more documents than those shown from index `first`."""
    return not _is_number(answer) and len(answer.listed) > first + LISTED


def _is_number(answer: Answer) -> bool:
    """Whether an answer tells how many documents there are, and lists none."""
    return answer.intent is Intent.DOCUMENTS_COUNT and not answer.selects


def shortened(title: str) -> str:
    """A title cut to the space in a list."""
    return textwrap.shorten(title, _LONGEST_TITLE, placeholder=" …")


def _listed_line(answer: Answer, one: Listing, has_twin: bool) -> str:
    """A document in a list; if others have the same title, with its file."""
    published = words_for(answer).day(one.published) if one.published else ""
    title = f"{shortened(one.title)} ({one.file})" if has_twin else shortened(one.title)
    match answer.intent:
        case Intent.AUTHOR:
            return f"{title}: {one.publisher}"
        case Intent.WHEN_PUBLISHED:
            return f"{title}: {published}"
    return ", ".join(part for part in (title, one.publisher, published) if part)


def yes_or_no(type_: AnswerType, language: Language) -> str:
    """The word for yes or no in a language."""
    words = wording_in(language)
    return words.yes if type_ is AnswerType.YES else words.no


def outcome_text(answer: Answer) -> str:
    """The sentence that says that the places shown may contain the answer, what no document
    mentions, or which meanings the question may have."""
    words = words_for(answer)
    if answer.outcome is Outcome.FOUND and answer.worded:
        return "\n".join(
            [words.which_meaning, *(f"• {line}" for line in worded_lines(answer.worded))]
        )
    if answer.outcome is Outcome.FOUND and not answer.citations:
        return words.nowhere
    if answer.outcome is Outcome.FOUND:
        return words.unsure_which if answer.intent is Intent.SUMMARY else words.unsure
    if not answer.missing:
        return words.unsaid
    sentence = words.one_missing if len(answer.missing) == 1 else words.more_missing
    return sentence.format(missing=_listed(answer.missing, words.alternative))


def _listed(parts: Sequence[str], last: str) -> str:
    """The parts as a list, with a word before the last: "a, b eller c"."""
    return f" {last} ".join([part for part in (", ".join(parts[:-1]), *parts[-1:]) if part])


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
