"""The engine: an index and an encoder that are loaded, and the two things to ask of them."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from embeddings.encoder import Encoder
from embeddings.index import Index
from retrieval.answer import answer
from retrieval.followup import resolve
from retrieval.question import understand
from retrieval.search import search
from retrieval.types import Answer, Hit

THRESHOLD = 0.08
"""Of questions whose answer was taken away from the documents this refuses .55 (SweQUAD-MC dev) and
.79 (Swedish SQuAD 2.0); of right answers it keeps .99 and .89."""
_CANDIDATES = 40


class Engine:
    """Answers questions from one index; safe to share between threads."""

    def __init__(self, index: Index, encoder: Encoder, threshold: float = THRESHOLD) -> None:
        self.index = index
        self._encoder = encoder
        self._threshold = threshold

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
        understood = understand(*resolve(question, history))
        hits = search(self.index, self._encoder, understood, _CANDIDATES)
        hits = [hit for hit in hits if not hidden(hit)]
        least = self._threshold if threshold is None else threshold
        found = answer(understood, hits, self.index.words.weight, least)
        return replace(found, elapsed_ms=(time.perf_counter() - began) * 1000)

    def search(self, question: str, limit: int, history: Sequence[str] = ()) -> list[Hit]:
        """The `limit` best passages for a question, best first."""
        understood = understand(*resolve(question, history))
        return search(self.index, self._encoder, understood, limit)
