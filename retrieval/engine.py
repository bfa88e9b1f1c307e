"""The engine: a loaded index, encoder and reader, with `ask` and `search`."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property
from itertools import chain, zip_longest
from typing import TYPE_CHECKING

from embeddings.index.contract import Index, rows_around
from embeddings.language.lexicon import load_lexicon
from embeddings.model.encoder import Encoder, RememberingEncoder
from embeddings.types import Listing
from retrieval.answer import decide
from retrieval.evidence import confirm
from retrieval.intent import IntentReader, find_titles, title_key, without_titles
from retrieval.overview import Overview, each_once, newest_first, talk
from retrieval.question import MAX_CHARACTERS, check_question, understand
from retrieval.reader import Reader, join_topic
from retrieval.scoring import Scorer, load_scorer, rank_score
from retrieval.search import expanded, search
from retrieval.spelling import mend
from retrieval.types import Answer, Cost, Hit, Intent, Language, Question

if TYPE_CHECKING:  # most installations have no language model
    from retrieval.llm.client import Hear
    from retrieval.llm.reading import LanguageReader
    from retrieval.llm.reply import Rewriting

READ = 12
"""Maximum number of passages read for a question."""
READ_FIRST = 5
"""Number of passages read first, and alone if they give an answer that is likelier than not.

On 800 held-out questions that changed four answers, two of them wrong before and two right after,
and saved a quarter of the reading (model card of the reader).
"""
_LIKELY = 0.5
AROUND = 5
"""Number of best hits whose neighbouring passages a language model is also shown."""
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
        language: "LanguageReader | None" = None,
        around: int = 0,
        today: Callable[[], date] = date.today,
        scorer: Scorer | None = None,
    ) -> None:
        """An answer is given if its probability reaches the threshold, by default the scorer's.

        A `language` model, if there is one, makes the final decision on content questions, and is
        also shown the passages before and after the `around` best hits. `today` returns the date
        to which "i fredags" is relative.
        """
        self.index = index
        self._encoder = RememberingEncoder(encoder)
        self._intents = IntentReader(self._encoder)
        self._overview = Overview(index, self._encoder, self._intents.asking, self._intents.kinds)
        self._reader = reader
        self._scorer = scorer or load_scorer()
        self._threshold = self._scorer.threshold if threshold is None else threshold
        self._language = language
        self._around = around
        self._today = today
        load_lexicon()

    def ask(
        self,
        question: str,
        history: Sequence[str] = (),
        *,
        threshold: float | None = None,
        hidden: Callable[[Hit], bool] = lambda _: False,
        rewriting: "Rewriting | None" = None,
        hear: "Hear | None" = None,
    ) -> Answer:
        """Answer a question; `history` holds the chat's earlier questions, oldest first.

        `rewriting` holds searches made in addition to that for the question, and `hear` is called
        while a language model works. For evaluation: `threshold` overrides the engine's, and
        `hidden` hits count as not found. Raises QuestionError if the question is empty or too long,
        and QuestionTooHeavy if it exceeds an open `budget`.
        """
        began = time.perf_counter()
        history = [text[:MAX_CHARACTERS] for text in history]
        cost: Cost | None = None
        if self._language and self._language.rewrites and self.is_about_content(question):
            rewriting, cost = self._language.rewrite(question, history)
        answer = self._answer_without_model(question, history, threshold, hidden, rewriting)
        if self._language:
            answer = self._language.read(replace(answer, cost=cost), hear)
        return replace(answer, elapsed_ms=(time.perf_counter() - began) * 1000)

    def _answer_without_model(
        self,
        question: str,
        history: Sequence[str],
        threshold: float | None = None,
        hidden: Callable[[Hit], bool] = lambda _: False,
        rewriting: "Rewriting | None" = None,
    ) -> Answer:
        """The answer found without a language model."""
        understood = self.understand(question, history)
        titles, intent, language = self._recognise(question)
        if intent.is_talk or intent.is_about_all:
            understood = replace(understood, language=language)
        if intent.is_talk:
            return talk(understood, intent, self.listings)
        if intent.is_about_one and not titles and self._overview.names_nothing(understood):
            earlier = self._about_earlier(understood, intent, history)
            if earlier is not None:
                return earlier
        named = [name for title in titles for name in self._titles[title]]
        least = self._threshold if threshold is None else threshold
        return self._answer_recognised(understood, intent, named, hidden, least, rewriting)

    @property
    def has_language_model(self) -> bool:
        """Whether a language model makes the final decision."""
        return self._language is not None

    def is_about_content(self, question: str) -> bool:
        """Whether a question is about the content of the documents; raises QuestionError."""
        _, intent, _ = self._recognise(question)
        return intent is Intent.CONTENT

    def _recognise(self, question: str) -> tuple[list[str], Intent, Language]:
        """The titles that a question names, and the intent and language of the rest of it."""
        asked = check_question(question)
        titles = list(find_titles(asked, self._titles))
        said = without_titles(asked, (place for _, place in titles))
        return [title for title, _ in titles], *self._intents.recognise(said)

    def _about_earlier(
        self, question: Question, intent: Intent, history: Sequence[str]
    ) -> Answer | None:
        """The answer to a question such as "vem har skrivit det här?", about the documents cited
        for the previous question; None if it is not known of them. Without a previous question,
        the answer asks which document is meant."""
        if not history:
            return talk(question, intent, self.listings)
        cited = self._answer_without_model(history[-1], history[:-1]).citations
        documents = list(dict.fromkeys(one.quote.document.name for one in cited))
        return self._overview.of_documents(question, intent, documents)

    def _answer_recognised(
        self,
        question: Question,
        intent: Intent,
        named: Sequence[str],
        hidden: Callable[[Hit], bool],
        threshold: float,
        rewriting: "Rewriting | None",
    ) -> Answer:
        """The answer to a question about the documents or their content; `named` are the documents
        whose titles it contains."""
        if intent.is_about_one and named:
            about = self._overview.of_documents(question, intent, named)
            if about is not None:
                return about
        hits = [hit for hit in self._find_hits_with(question, rewriting) if not hidden(hit)]
        if intent.is_about_documents:
            about = self._overview.answer(question, intent, hits, self.listings)
            if about is not None:
                return about
        return self._read_and_decide(question, hits, threshold)

    def _read_and_decide(self, question: Question, hits: Sequence[Hit], threshold: float) -> Answer:
        """The answer from the best hits, read until they give one.

        A language model is shown all of them, so that all are read if there is one.
        """
        confirmed, missing = confirm(question, hits)
        left = [] if missing else confirmed[:READ]
        read: list[Hit] = []
        for count in (READ if self._around else READ_FIRST, READ):
            read = self._ranked([*read, *self._add_readings(question, left[:count])])
            left = left[count:]
            answer = decide(question, hits, read, missing, self._scorer, threshold)
            if answer.confidence >= max(_LIKELY, threshold) or not left:
                break
        return replace(answer, hits=tuple(self._with_neighbours([*read, *left] or hits[:READ])))

    def _with_neighbours(self, hits: Sequence[Hit]) -> list[Hit]:
        """The hits, followed by the passages before and after those that search ranks best."""
        found = {(hit.passage.document.name, hit.passage.start): hit for hit in hits}
        for hit in sorted(hits, key=lambda hit: -hit.score)[: self._around]:
            name = hit.passage.document.name
            rows = rows_around(self.index, name, hit.passage.start, beside=1)
            for one in self.index.passages(rows):
                if not one.is_notice:
                    found.setdefault((name, one.start), replace(hit, passage=one, also=()))
        return list(found.values())

    def _find_hits_with(self, question: Question, rewriting: "Rewriting | None") -> list[Hit]:
        """The passages for a question, merged with those for its rewriting."""
        if rewriting is None:
            return self.find_hits(question)
        rankings = (
            search(self.index, self._encoder, self._alone(text), _FOUND)
            for text in (rewriting.question, *rewriting.queries)
        )
        return _interleave(self.find_hits(question), *rankings)[:_FOUND]

    @cached_property
    def listings(self) -> tuple[Listing, ...]:
        """All documents, newest first; parts of a file that have the same title, once."""
        return newest_first(each_once(self.index.store.listings()))

    @cached_property
    def _titles(self) -> Mapping[str, Sequence[str]]:
        """The names of the documents with each title or in each file, by the key of these."""
        found: dict[str, list[str]] = {}
        for one in self.listings:
            for key in {title_key(one.title), title_key(one.file)}:
                found.setdefault(key, []).append(one.name)
        return found

    def search(self, question: str, limit: int, history: Sequence[str] = ()) -> list[Hit]:
        """Find the `limit` best passages for a question, best first, as the reader ranks them."""
        understood = self.understand(question, history)
        hits = self.find_hits(understood, max(limit, READ))
        read = self.read_hits(understood, hits)
        unread = [hit for hit in hits if all(hit.passage is not one.passage for one in read)]
        return [*read, *unread][:limit]

    def find_hits(self, question: Question, limit: int = _FOUND) -> list[Hit]:
        """The passages in which an answer is searched for, before any is read, best first.

        If there is a topic, the hits for the question with it, with the last question alone, and
        without either alternate: which was meant becomes clear when they are read.
        """
        alone = search(self.index, self._encoder, question, limit)
        if not question.topic:
            return alone
        topics = dict.fromkeys([question.topic, self._mended(question.history[-1])])
        told = (self._alone(f"{topic} {question.text}") for topic in topics)
        rankings = (search(self.index, self._encoder, one, limit) for one in told)
        return _interleave(*rankings, alone)[:limit]

    def read_hits(self, question: Question, hits: Sequence[Hit]) -> list[Hit]:
        """Read the best hits; returns them with their readings, best first by both, notices
        last."""
        return self._ranked(self._add_readings(question, hits[:READ]))

    def _add_readings(self, question: Question, hits: Sequence[Hit]) -> list[Hit]:
        """The hits with their readings, in order."""
        passages = [hit.passage for hit in hits]
        readings = self._reader.read(expanded(question), question.topic, passages)
        return [replace(hit, reading=one) for hit, one in zip(hits, readings, strict=True)]

    def _ranked(self, read: Sequence[Hit]) -> list[Hit]:
        return sorted(read, key=lambda hit: (hit.passage.is_notice, -rank_score(self._scorer, hit)))

    def understand(self, question: str, history: Sequence[str] = ()) -> Question:
        """Parse a question, with slips corrected by the documents' vocabulary, and its topic."""
        earlier = [" ".join(text[:MAX_CHARACTERS].split()) for text in history if text.strip()]
        topic = self._mended(join_topic(earlier))
        asked = self._mended(check_question(question))[:MAX_CHARACTERS]
        understood = understand(asked, topic, self._today())
        return replace(understood, asked=check_question(question), history=tuple(earlier))

    def _mended(self, text: str) -> str:
        """A text with slips corrected by the documents' vocabulary."""
        return mend(text, self.index.words.vocabulary)

    def _alone(self, text: str) -> Question:
        """A text as a question without a topic; of a long one the end, which is asked now."""
        return understand(text[-MAX_CHARACTERS:], "", self._today())


def _interleave(*rankings: Iterable[Hit]) -> list[Hit]:
    """The hits of several rankings alternately, each passage once, with its score relative to the
    best of its ranking."""
    found: dict[tuple[str, int], Hit] = {}
    lowered = [_below_best(list(ranking)) for ranking in rankings]
    for hit in chain.from_iterable(zip_longest(*lowered)):
        if hit is not None:
            found.setdefault((hit.passage.document.name, hit.passage.start), hit)
    return list(found.values())


def _below_best(hits: list[Hit]) -> list[Hit]:
    return [replace(hit, score=hit.score - hits[0].score) for hit in hits]
