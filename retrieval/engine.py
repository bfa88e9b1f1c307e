"""The engine: an index, an encoder and a reader that are loaded, and the two things to ask."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property
from itertools import chain, zip_longest

from embeddings.index.home import Index
from embeddings.language.lexicon import load_lexicon
from embeddings.model.encoder import Encoder, RememberingEncoder
from embeddings.types import Listing
from retrieval.answer import decide
from retrieval.evidence import confirm
from retrieval.intent import IntentReader, without_titles
from retrieval.overview import Overview, newest_first, talk
from retrieval.question import check_question, divided, understand
from retrieval.reader import Reader, join_topic
from retrieval.scoring import Scorer, load_scorer, rank_score
from retrieval.search import expanded, search
from retrieval.spelling import mend
from retrieval.types import Answer, Hit, Intent, Question

READ = 12
"""How many passages are read for a question."""
_FOUND = 40


class Engine:
    """Answers questions from one index; safe to share between threads."""

    def __init__(
        self,
        index: Index,
        encoder: Encoder,
        reader: Reader,
        threshold: float | None = None,
        *,
        write: Callable[[Answer], Answer] | None = None,
        today: Callable[[], date] = date.today,
        scorer: Scorer | None = None,
    ) -> None:
        """An answer is given where it is as probable as the threshold, that of the scorer if none
        is given. `write` puts an answer in other words, such as those of a `writing.Writer`;
        `today` tells the day from which "i fredags" is counted."""
        self.index = index
        self._encoder = RememberingEncoder(encoder)
        self._intents = IntentReader(self._encoder)
        self._overview = Overview(index, self._encoder, self._intents.asking)
        self._reader = reader
        self._scorer = scorer or load_scorer()
        self._threshold = self._scorer.threshold if threshold is None else threshold
        self._write = write
        self._today = today
        load_lexicon()

    def ask(
        self,
        question: str,
        history: Sequence[str] = (),
        *,
        threshold: float | None = None,
        hidden: Callable[[Hit], bool] = lambda _: False,
    ) -> Answer:
        """The answer to a question; `history` holds the chat's earlier questions, oldest first.

        For measuring: `threshold` goes before that of the engine, and what is `hidden` counts as
        not being in the documents. Raises QuestionError for a question that is empty or too long,
        and QuestionTooHeavy where a `budget` is open that it needs more of.
        """
        began = time.perf_counter()
        least = self._threshold if threshold is None else threshold
        understood = self.understand(question, history)
        asked = without_titles(check_question(question), self._titles)
        intent, language = self._intents.recognise(asked)
        if intent.is_talk or intent.is_about_all:
            understood = replace(understood, language=language)
        if intent.is_talk:
            answer = talk(understood, intent, self.listings)
        else:
            answer = self._answer(understood, intent, hidden, least)
        return replace(answer, elapsed_ms=(time.perf_counter() - began) * 1000)

    def _answer(
        self, question: Question, intent: Intent, hidden: Callable[[Hit], bool], threshold: float
    ) -> Answer:
        """The answer to a question about the documents, or about what they say."""
        hits = [hit for hit in self.candidates(question) if not hidden(hit)]
        if intent.is_about_documents:
            about = self._overview.answer(question, intent, hits, self.listings)
            if about is not None:
                return about
        confirmed, missing = confirm(question, hits)
        read = [] if missing else self.read(question, confirmed)
        answer = decide(question, hits, read, missing, self._scorer, threshold)
        return self._write(answer) if self._write else answer

    @cached_property
    def listings(self) -> tuple[Listing, ...]:
        """All documents, the newest first."""
        return newest_first(self.index.store.listings())

    @cached_property
    def _titles(self) -> frozenset[str]:
        return frozenset(one.title.strip('"”“»« ').casefold() for one in self.listings)

    def search(self, question: str, limit: int, history: Sequence[str] = ()) -> list[Hit]:
        """The `limit` best passages for a question, best first, as the reader ranks them."""
        understood = self.understand(question, history)
        hits = self.candidates(understood, max(limit, READ))
        read = self.read(understood, hits)
        unread = [hit for hit in hits if all(hit.passage is not one.passage for one in read)]
        return [*read, *unread][:limit]

    def candidates(self, question: Question, limit: int = _FOUND) -> list[Hit]:
        """The passages that an answer is sought in, before any is read, best first.

        After a topic they are those for the question with it and for the question alone, in turn:
        which of the two was meant shows when they are read.
        """
        alone = search(self.index, self._encoder, question, limit)
        if not question.topic:
            return alone
        both = self._divided(understand(f"{question.topic} {question.text}", "", self._today()))
        return _in_turn(search(self.index, self._encoder, both, limit), alone)[:limit]

    def read(self, question: Question, hits: Sequence[Hit]) -> list[Hit]:
        """The best hits with their readings, best first by both, notices last."""
        best = list(hits[:READ])
        passages = [hit.passage for hit in best]
        readings = self._reader.read(expanded(question), question.topic, passages)
        read = [replace(hit, reading=one) for hit, one in zip(best, readings, strict=True)]
        return sorted(read, key=lambda hit: (hit.passage.is_notice, -rank_score(self._scorer, hit)))

    def understand(self, question: str, history: Sequence[str] = ()) -> Question:
        """The question in the words of the documents, with what was asked before it."""
        vocabulary = self.index.words.vocabulary
        earlier = [" ".join(text.split()) for text in history if text.strip()]
        topic = join_topic([mend(text, vocabulary) for text in earlier])
        asked = mend(check_question(question), vocabulary)
        return self._divided(understand(asked, topic, self._today()))

    def _divided(self, question: Question) -> Question:
        return divided(question, self.index.words.vocabulary)


def _in_turn(*rankings: Iterable[Hit]) -> list[Hit]:
    """The hits of several rankings in turn, each passage once, with its score below the best."""
    found: dict[tuple[str, int], Hit] = {}
    lowered = [_below_best(list(ranking)) for ranking in rankings]
    for hit in chain.from_iterable(zip_longest(*lowered)):
        if hit is not None:
            found.setdefault((hit.passage.document.name, hit.passage.start), hit)
    return list(found.values())


def _below_best(hits: list[Hit]) -> list[Hit]:
    return [replace(hit, score=hit.score - hits[0].score) for hit in hits]
