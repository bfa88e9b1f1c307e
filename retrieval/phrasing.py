"""The question as it is put to the reader, in the words that prose has, for one passage."""

import re
from collections.abc import Iterator

from embeddings.language.agencies import find_agencies, find_short_titles
from embeddings.language.dates import find_dates, spelt_out
from embeddings.passages import embedding_text
from embeddings.types import Passage
from retrieval.followup import with_topic
from retrieval.short_forms import short_forms
from retrieval.types import Question

_BEFORE_DATE = re.compile(r"(?:\b(?:den|i|på|under|från|vid|the|on|in)\s+)*$", re.IGNORECASE)


def phrased(question: Question, passage: Passage) -> str:
    """The question in the words of the passage, with the topic where the pronoun for it stands.

    Its dates are written as documents write them: "12/2" is "12 februari". A date that the passage
    does not say is left out: it holds for the document, or the passage would not be evidence, and
    what is asked of the passage is the rest. Organisations and titles are called what the passage
    calls them: "GD för Brå" is "generaldirektör för Brottsförebyggande rådet", and Landsbygdsrådet
    is "rådet" where the document has told which one.
    """
    text = question.text
    changes = list(_changes(question, embedding_text(passage)))
    changes += [
        short
        for short in short_forms(text, passage)
        if all(short[1] <= start or end <= short[0] for start, end, _ in changes)
    ]
    for start, end, put in sorted(changes, reverse=True):
        text = f"{text[:start]}{put}{text[end:]}"
    return with_topic(" ".join(re.sub(r" (?=[?!.,)])", "", text).split()))


def _changes(question: Question, said: str) -> Iterator[tuple[int, int, str]]:
    """What to put in the place of which spans of the question; no two overlap."""
    dates = find_dates(said) if question.dates else []
    for date in question.dates:
        if any(date.agrees_with(other) for other in dates):
            yield date.start, date.end, spelt_out(date)
        elif date.month:
            before = _BEFORE_DATE.search(question.text[: date.start])
            yield before.start() if before else date.start, date.end, ""
    taken = [(date.start, date.end) for date in question.dates]
    mentions = find_agencies(said) if question.agencies else []
    names = {mention.agency: said[mention.start : mention.end] for mention in mentions
             if not mention.by_title}  # fmt: skip
    for mention in question.agencies:
        if not mention.by_title and mention.agency in names:
            taken.append((mention.start, mention.end))
            yield mention.start, mention.end, names[mention.agency]
    for start, end, long in find_short_titles(question.text):
        if all(end <= first or last <= start for first, last in taken):
            folded = said.casefold()
            yield start, end, next((form for form in long if form in folded), long[0])
