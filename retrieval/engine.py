"""The engine: an index and an encoder that are loaded, and the two things to ask of them."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from embeddings.encoder import Encoder
from embeddings.home import Index
from embeddings.language.lexicon import load_lexicon
from retrieval.answer import answer
from retrieval.evidence import confirmed
from retrieval.followup import resolve
from retrieval.question import check_question, divided, understand
from retrieval.ranking import READ, read_best
from retrieval.reader import Reader
from retrieval.search import search
from retrieval.spelling import mend
from retrieval.together import joined, parted
from retrieval.types import Answer, Hit, Question, Refusal, RefusalReason

THRESHOLD = 0.04
"""It keeps all right answers of SweQUAD-MC dev and of `questions-dev.jsonl`, and 96 of 100 of the
held-out SQuAD, and declines .63 and .59 of the questions whose answer was taken away, and all of
`questions-dev.jsonl` that have none; `training.fit` prints what other thresholds do."""
_CANDIDATES = 40


class Engine:
    """Answers questions from one index; safe to share between threads.

    Without a reader, passages are ranked by search alone, and answers are whole sentences.
    """

    def __init__(
        self,
        index: Index,
        encoder: Encoder,
        threshold: float = THRESHOLD,
        *,
        reader: Reader | None = None,
        write: Callable[[Answer], Answer] | None = None,
        today: Callable[[], date] = date.today,
    ) -> None:
        """`write` puts an answer in other words, such as those of a `writing.Writer`; `today` tells
        the day from which "i fredags" is counted."""
        self.index = index
        self._encoder = encoder
        self._threshold = threshold
        self._reader = reader
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
        not being in the documents. Raises QuestionError for a question that is empty or too long.
        """
        began = time.perf_counter()
        least = self._threshold if threshold is None else threshold
        understood = self.understand(question, history)
        found = self._answer(understood, least, hidden)
        if found.refusal and found.refusal.reason is RefusalReason.APART:
            found = self._together(understood, least, hidden) or found
        found = self._write(found) if self._write else found
        return replace(found, elapsed_ms=(time.perf_counter() - began) * 1000)

    def _answer(
        self, question: Question, threshold: float, hidden: Callable[[Hit], bool]
    ) -> Answer:
        hits = [hit for hit in self.candidates(question) if not hidden(hit)]
        evidence = confirmed(question, hits)
        if self._reader is not None and not isinstance(evidence, Refusal):
            evidence = read_best(self._reader, question, evidence)
        return answer(question, hits, evidence, self.index.words.weight, threshold)

    def _together(
        self, question: Question, threshold: float, hidden: Callable[[Hit], bool]
    ) -> Answer | None:
        """What two documents answer, where no one document has all that the question names."""
        parts = parted(question.text)
        if parts is None:
            return None
        first, second = (self._answer(self.understand(part), threshold, hidden) for part in parts)
        found = joined(question, first, second)
        return found if found and found.confidence >= threshold else None

    def search(self, question: str, limit: int, history: Sequence[str] = ()) -> list[Hit]:
        """The `limit` best passages for a question, best first."""
        understood = self.understand(question, history)
        hits = search(self.index, self._encoder, understood, max(limit, READ))
        if self._reader is not None:
            hits = read_best(self._reader, understood, hits)
        return hits[:limit]

    def candidates(self, question: Question) -> list[Hit]:
        """The passages that an answer is sought in, before any is read, best first."""
        return search(self.index, self._encoder, question, _CANDIDATES)

    def understand(self, question: str, history: Sequence[str] = ()) -> Question:
        """The question in the words of the documents, follow-ups resolved."""
        vocabulary = self.index.words.vocabulary
        asked = mend(check_question(question), vocabulary)
        text, topic = resolve(asked, [mend(earlier, vocabulary) for earlier in history])
        return divided(understand(text, topic, self._today()), vocabulary)
