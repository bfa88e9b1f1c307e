"""The replies to questions on texts, and their metrics: rank, exact match, F1, refusals."""

import math
import re
import statistics
import string
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from evaluation.calibration import Judgement
from evaluation.spans import SpanQuestion
from retrieval.types import Answer, Hit

Figures = dict[str, float | int | None]

SEARCHED = 10
RANKS = (1, 5, 10)
"""The ranks k of R@k."""


@dataclass(frozen=True, slots=True)
class JudgedReply:
    """The reply to a question on a text.

    `rank` is that of the first hit that contains the answer, 1 for the best; `short` is the short
    answer, empty for a refusal. `judgements` are of the question as asked and, if every question of
    the file is answerable, of the same question without the documents that contain its answer.
    """

    span: SpanQuestion
    rank: int | None
    short: str
    judgements: tuple[Judgement, ...]
    elapsed_ms: float

    @property
    def is_right(self) -> bool:
        """Whether an answer was given, and is right."""
        return self.judgements[0].right and not self.judgements[0].refused

    @property
    def is_failure(self) -> bool:
        """Whether the best hit lacks the answer or, for an unanswerable question, one was given."""
        return self.rank != 1 if self.span.answerable else not self.judgements[0].refused


def summary_of_spans(replies: Sequence[JudgedReply]) -> Figures:
    """R@1/5/10 of the passage that contains the span, right answers, exact match, F1, refusals.

    All but `refused_absent`, the share of refusals where there is no answer, are over the
    answerable questions.
    """
    answerable = [reply for reply in replies if reply.span.answerable]
    figures: Figures = {"questions": len(replies)}
    for limit in RANKS:
        figures[f"R@{limit}"] = share(is_within(reply.rank, limit) for reply in answerable)
    figures["right"] = share(reply.is_right for reply in answerable)
    for name, score in (("exact_match", exact_match), ("token_f1", token_f1)):
        figures[name] = mean(best(score, reply.short, reply.span.golds) for reply in answerable)
    return figures | _refusals(replies)


def summary_of_documents(replies: Sequence[JudgedReply]) -> Figures:
    """nDCG@10, R@1 and MRR of the answering document, whether it is cited, and refusals."""
    ranks = [reply.rank for reply in replies]
    return {
        "questions": len(replies),
        "nDCG@10": mean(discounted_gain(rank) for rank in ranks),
        "R@1": share(is_within(rank, 1) for rank in ranks),
        "MRR": mean(1 / rank if rank else 0.0 for rank in ranks),
        "right_citation": share(reply.is_right for reply in replies),
    } | _refusals(replies)


def _refusals(replies: Sequence[JudgedReply]) -> Figures:
    judged = [judgement for reply in replies for judgement in reply.judgements]
    return {
        "refused": share(one.refused for one in judged if one.answerable),
        "refused_absent": share(one.refused for one in judged if not one.answerable),
    } | summary_of_times([reply.elapsed_ms for reply in replies])


def summary_of_times(times: Sequence[float]) -> Figures:
    """The median and the 95th percentile, in milliseconds."""
    return {"median_ms": statistics.median(times), "p95_ms": float(np.percentile(times, 95))}


def share(flags: Iterable[bool]) -> float | None:
    """The share of flags that are true; None if there are none."""
    return mean(map(float, flags))


def mean(values: Iterable[float]) -> float | None:
    """The mean; None if there are no values."""
    listed = list(values)
    return sum(listed) / len(listed) if listed else None


def first_rank(hits: Iterable[Hit], wanted: Callable[[Hit], bool]) -> int | None:
    """The rank of the first hit that matches, 1 for the best; None if there is none."""
    return next((rank for rank, hit in enumerate(hits, 1) if wanted(hit)), None)


def document_rank(hits: Iterable[Hit], text: str) -> int | None:
    """The rank of the document with this text, 1 for the best; a document has the rank of its best
    hit."""
    ranked = dict.fromkeys(hit.passage.document.text for hit in hits)
    return next((rank for rank, found in enumerate(ranked, 1) if found == text), None)


def is_within(rank: int | None, limit: int) -> bool:
    """Whether a rank exists and is at most `limit`."""
    return rank is not None and rank <= limit


def discounted_gain(rank: int | None) -> float:
    """nDCG@10 with one relevant document (Järvelin & Kekäläinen 2002)."""
    return 1 / math.log2(1 + rank) if rank is not None and rank <= SEARCHED else 0.0


def covers(hit: Hit, span: SpanQuestion) -> bool:
    """Whether the passage of a hit contains the answer: at its position, or the same words
    elsewhere.

    Sibling pages have identical paragraphs, and search shows such a passage once.
    """
    passage = hit.passage
    if passage.document.text == span.text:
        return passage.start <= span.start and span.end <= passage.end
    return span.line in passage.text


def reveals(hit: Hit, span: SpanQuestion) -> bool:
    """Whether the document of a hit contains the line that holds the answer."""
    return span.line in hit.passage.document.text


def is_right(answer: Answer, short: str, span: SpanQuestion) -> bool:
    """Whether the first quote contains the answer, and the short answer `short` shares words with
    it."""
    is_covered = any(
        covers(cited.hit, span) and gold in cited.quote.text
        for cited in answer.citations[:1]
        for gold in span.golds
    )
    return answer.is_asserted and is_covered and best(token_f1, short, span.golds) > 0


def is_cited(answer: Answer, span: SpanQuestion) -> bool:
    """Whether the first quote is from the text that holds the answer."""
    cited = answer.citations[:1]
    return answer.is_asserted and any(one.quote.document.text == span.text for one in cited)


def best(score: Callable[[str, str], float], answer: str, golds: Sequence[str]) -> float:
    """The highest score of an answer over the gold answers."""
    return max((score(answer, gold) for gold in golds), default=0.0)


def exact_match(answer: str, gold: str) -> float:
    """1 if answer and gold span are equal, ignoring case, punctuation and white space (SQuAD
    1.1)."""
    return float(_words(answer) == _words(gold))


def token_f1(answer: str, gold: str) -> float:
    """The F1 of the words of answer and gold span (SQuAD 1.1, without the English articles)."""
    ours, theirs = _words(answer), _words(gold)
    common = sum((Counter(ours) & Counter(theirs)).values())
    return 2 * common / (len(ours) + len(theirs)) if common else 0.0


_PUNCTUATION = re.compile(f"[{re.escape(string.punctuation)}–—”’«»•…]")


def _words(text: str) -> list[str]:
    return _PUNCTUATION.sub(" ", text.casefold()).split()
