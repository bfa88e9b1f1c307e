"""The question as it is put to the reader, in the words that prose has, for one passage."""

import re

from embeddings.language.dates import DateMention, find_dates, spelt_out
from embeddings.passages import embedding_text
from embeddings.types import Passage
from retrieval.followup import with_topic
from retrieval.types import Question

_BEFORE_DATE = re.compile(r"(?:\b(?:den|i|på|under|från|vid|the|on|in)\s+)*$", re.IGNORECASE)


def phrased(question: Question, passage: Passage) -> str:
    """The question, with the topic of the conversation where it leans on that.

    Its dates are written as documents write them: "12/2" is "12 februari". A date that the passage
    does not say is left out: it holds for the document, or the passage would not be evidence, and
    what is asked of the passage is the rest.
    """
    text = question.text
    said = find_dates(embedding_text(passage)) if question.dates else []
    for date in sorted(question.dates, key=lambda date: -date.start):
        text = _rewritten(text, date, said=any(date.agrees_with(other) for other in said))
    return with_topic(text)


def _rewritten(text: str, date: DateMention, *, said: bool) -> str:
    before, after = text[: date.start], text[date.end :]
    if said or not date.month:
        return f"{before}{spelt_out(date)}{after}" if date.month else text
    rest = f"{_BEFORE_DATE.sub('', before).rstrip()} {after.lstrip()}".strip()
    return re.sub(r" (?=[?!.,)])", "", rest)
