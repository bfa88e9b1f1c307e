"""A language model as the reader: its verdict on the passages, as far as it can be verified; if it
fails, Källbot's own answer."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from embeddings.errors import QuestionError
from retrieval.answer import PLACES
from retrieval.evidence import confirm
from retrieval.llm.client import Hear, Model, NoReply
from retrieval.llm.gate import Ground, Shown, find_grounds, pass_parts
from retrieval.llm.prompt import (
    READING_SCHEMA,
    REWRITING_SCHEMA,
    choose_passages,
    reading_messages,
    rewriting_messages,
)
from retrieval.llm.reply import Reply, Rewriting, Verdict, read_reply, read_rewriting
from retrieval.question import check_question
from retrieval.types import Answer, Citation, Cost, Hit, Intent, Outcome, Quote, Sentence

_LOG = logging.getLogger(__name__)
_CONFIDENCE: Final = 0.95
"""The probability that an answer that passes the gate is right; of 71 recorded answers 70 were."""
_MOST_SENTENCES, _MOST_OF_SUMMARY, _MOST_ITEMS = 4, 10, 60
_MEANINGS = 3


class LanguageReader:
    """Reads passages with a language model; safe to share between threads."""

    def __init__(
        self,
        model: Model,
        *,
        rewrites: bool = False,
        today: Callable[[], date] = date.today,
    ) -> None:
        """With `rewrites`, follow-up questions and searches are rewritten in a separate call."""
        self._model = model
        self._today = today
        self.rewrites = rewrites

    def rewrite(self, question: str, history: Sequence[str]) -> tuple[Rewriting | None, Cost]:
        """Rewrite a question to be self-contained, with search queries; returns that and its cost.

        If the model fails, the first is None and the failure is logged.
        """
        cost = Cost()
        try:
            said = self._model.complete(rewriting_messages(question, history), REWRITING_SCHEMA)
            cost = said.cost
            rewriting = read_rewriting(said.text)
            check_question(rewriting.question)
        except NoReply as error:
            _LOG.warning("searched without the language model, which %s", error)
            return None, cost + error.cost
        except QuestionError:
            _LOG.warning("searched without the language model, which wrote no question")
            return None, cost
        return rewriting, cost

    def read(self, answer: Answer, hear: Hear | None = None) -> Answer:
        """Answer from the hits of Källbot's own answer; if the model fails, that answer is returned
        and the failure is logged.

        Only questions about the content and requests for summaries are sent to the model; other
        answers are returned unchanged. `hear` is called while the model works.
        """
        if answer.intent not in (Intent.CONTENT, Intent.SUMMARY) or not answer.hits:
            return answer
        is_summary = answer.intent is Intent.SUMMARY
        hits = choose_passages(answer.hits)
        cost = answer.cost or Cost()
        try:
            asked = reading_messages(answer.question, hits, self._today(), summary=is_summary)
            said = self._model.complete(asked, READING_SCHEMA, hear=hear)
            cost += said.cost
            return replace(self._judged(answer, hits, read_reply(said.text)), cost=cost)
        except NoReply as error:
            _LOG.warning("answered without the language model, which %s", error)
            return replace(answer, cost=cost + error.cost)

    def _judged(self, answer: Answer, hits: Sequence[Hit], reply: Reply) -> Answer:
        """The answer by the model's verdict; raises NoReply if the reply is unusable."""
        # A day, a person or a case number that the question names has to be in each document
        # quoted.
        confirmed, _ = confirm(answer.question, hits)
        quotable = [hit if any(hit is one for one in confirmed) else None for hit in hits]
        if reply.verdict is Verdict.NOTHING:
            return _refused(answer, Outcome.NOTHING)
        if reply.verdict is Verdict.FOUND:
            grounds = find_grounds(hits, [one for part in reply.parts for one in part.quotes])
            return _refused(answer, Outcome.FOUND, grounds[:PLACES])
        shown = list(pass_parts(answer.question, quotable, reply.parts, self._today()))
        if reply.verdict is Verdict.ASK:
            if len(shown) < 2:
                raise NoReply("asked back without two meanings that are there")
            meant = [replace(one, is_item=True) for one in shown[:_MEANINGS]]
            return replace(_worded(answer, meant), outcome=Outcome.FOUND, spans=(), confidence=0.0)
        kept = _cut(shown, _MOST_OF_SUMMARY if answer.intent is Intent.SUMMARY else _MOST_SENTENCES)
        if not kept:
            raise NoReply("wrote nothing that its quotes show")
        return _worded(answer, kept)


def _refused(answer: Answer, outcome: Outcome, grounds: Sequence[Ground] = ()) -> Answer:
    """Källbot's own answer turned into a refusal, with the places that the model found nearest.

    If Källbot's own outcome is nothing, its answer stays as it is.
    """
    if answer.outcome is Outcome.NOTHING:
        return answer
    cited = tuple(_cite(number, [one]) for number, one in enumerate(grounds, 1))
    nearest = cited or answer.citations[:PLACES]
    return replace(
        answer, outcome=outcome, confidence=0.0, spans=(), type=None, citations=nearest, worded=()
    )


def _cut(shown: Sequence[Shown], most: int) -> list[Shown]:
    """The first `most` sentences, and the first items."""
    kept: list[Shown] = []
    room = {False: most, True: _MOST_ITEMS}
    for one in shown:
        room[one.is_item] -= 1
        if room[one.is_item] >= 0:
            kept.append(one)
    return kept


def _worded(answer: Answer, shown: Sequence[Shown]) -> Answer:
    """An answer in the words of the parts, with one citation for each hit that they quote."""
    by_hit: dict[int, list[Ground]] = {}
    for ground in (ground for one in shown for ground in one.grounds):
        by_hit.setdefault(id(ground.hit), []).append(ground)
    numbers = {hit: number for number, hit in enumerate(by_hit, 1)}
    words = (quote for grounds in by_hit.values() for ground in grounds for quote in ground.words)
    return replace(
        answer,
        outcome=Outcome.ANSWERED,
        confidence=_CONFIDENCE,
        is_tentative=False,
        type=None,
        missing=(),
        listed=(),
        spans=tuple(dict.fromkeys(words)),
        citations=tuple(_cite(number, by_hit[hit]) for hit, number in numbers.items()),
        worded=tuple(
            Sentence(
                one.text, tuple(numbers[id(ground.hit)] for ground in one.grounds), one.is_item
            )
            for one in shown
        ),
    )


def _cite(number: int, grounds: Sequence[Ground]) -> Citation:
    """The citation of what is quoted from one hit, as one span of its document."""
    shown = [ground.shown for ground in grounds]
    start, end = min(quote.start for quote in shown), max(quote.end for quote in shown)
    words = tuple(dict.fromkeys(quote for ground in grounds for quote in ground.words))
    return Citation(number, grounds[0].hit, Quote(shown[0].document, start, end), words)
