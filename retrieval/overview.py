"""Answers to questions about the documents as such: which there are, what one is about, who
published it and when.

They are built from titles, publishers, dates and the documents' own sentences. The document that a
question is about is the one whose passages search finds: it must contain most of what the question
names.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import groupby, islice

import numpy as np

from embeddings.index.contract import Index, rows_around
from embeddings.language.dates import DateMention
from embeddings.language.marks import agency_mark, exact_date_marks
from embeddings.language.sentences import split_sentences
from embeddings.language.words import stem_words, tokens
from embeddings.model.computing import FloatArray
from embeddings.model.encoder import Encoder
from embeddings.passages.cutting import body_start, lead_span
from embeddings.types import Block, BlockKind, Document, EntityKind, Listing, Passage, Span
from retrieval.answer import PLACES, cite_places
from retrieval.candidates import quote_around
from retrieval.evidence import confirm
from retrieval.intent import title_key
from retrieval.matching import Term, coverage, mark_set
from retrieval.types import Answer, Citation, Hit, Intent, Outcome, Question, Quote

_MEANT = 0.4
"""Minimum probability that the documents chosen for a question are meant, times the share of what
it names that is in them. Of 80 written questions that describe one of 38 documents, 68 are then
answered, three of them from another document, and of 18 about documents that are not there, three.
"""
_LIKE = 0.4  # minimum probability of a document that may be meant too, relative to the best one
_ABOUT = 0.75  # minimum share of a topic in a passage
_IN_TITLE = 0.5  # minimum likeness of a kind to a word of a title: a part of a compound
_CENTRAL = 3  # passages whose sentences are compared
_TELLING, _FIRST = 24, 4  # passages to summarise in all, and the first ones of each document
_SAYING = frozenset({BlockKind.PARAGRAPH, BlockKind.ROW})
_OPENING = 50  # blocks in which the first whole sentence is sought
_FEWEST_WORDS, _MOST_WORDS = 6, 60  # of a whole sentence
_SENTENCES = 2  # that say what a document is about, at most
_FEWEST_SECTIONS, _MOST_SECTIONS = 3, 15  # whose headings serve as the summary
_HEADINGS_ABOVE = 2  # at most above a section of such a document
_MOST_PASSAGES = 1000  # examined of a document; a longer one is sampled evenly
_LONGEST_EXAMPLE = 80  # characters of a title


def newest_first(listings: Sequence[Listing]) -> tuple[Listing, ...]:
    """The documents by date, newest first and undated last, then by title."""

    def rank(one: Listing) -> tuple[int, str]:
        return -(one.published.toordinal() if one.published else 0), one.title

    return tuple(sorted(listings, key=rank))


def each_once(listings: Iterable[Listing]) -> list[Listing]:
    """The documents; of those in one file with the same title (rows of a table), only the first."""
    found: dict[tuple[str, str], Listing] = {}
    for one in listings:
        found.setdefault((one.file, one.title), one)
    return list(found.values())


def talk(question: Question, intent: Intent, listings: Sequence[Listing]) -> Answer:
    """The answer to a message that is no question about the documents, with an example document."""
    return Answer(question, Outcome.TALK, 1.0, intent=intent, example=example_of(listings))


def example_of(listings: Sequence[Listing]) -> Listing | None:
    """The first document whose title is short enough for an example question, if there is one."""
    return next((one for one in listings if len(one.title) <= _LONGEST_EXAMPLE), None)


class Overview:
    """Answers questions about the documents of one index."""

    def __init__(
        self, index: Index, encoder: Encoder, asking: frozenset[str], kinds: frozenset[str]
    ) -> None:
        """`asking` are the stems of words that only phrase a question, and `kinds` those of words
        for kinds of documents."""
        self._index = index
        self._encoder = encoder
        self._asking, self._kinds = asking, kinds

    def answer(
        self, question: Question, intent: Intent, hits: Sequence[Hit], listings: Sequence[Listing]
    ) -> Answer | None:
        """Answer a question about documents; None if it is unclear which are meant.

        `hits` are the search results for it, and `listings` all documents, newest first.
        """
        about = self._subject(question)
        selected = [] if intent.is_about_one else self._selected(question, about, listings)
        kinds = self._kinds_in(question) if intent.is_about_all and not selected else []
        listings = selected or listings
        match intent:
            case Intent.TOPIC if about and not selected:
                return self._on_topic(question, about, hits, listings)
            case Intent.SUMMARY | Intent.AUTHOR | Intent.WHEN_PUBLISHED:
                return self._of_meant(question, intent, about, hits)
            case Intent.TOPIC:
                intent = Intent.DOCUMENTS_LIST
            case Intent.DOCUMENTS_NEW:  # undated documents may be old
                listings = [one for one in listings if one.published] or listings
            case Intent.DOCUMENTS_OLD:
                listings = sorted(listings, key=lambda one: one.published or date.max)
        if not listings:
            return None
        cited = tuple(self._cite_beginnings(listings[:PLACES]))
        missing = (_words_of(question, kinds),) if kinds else ()
        return Answer(question, Outcome.ANSWERED, 1.0, citations=cited, intent=intent,
                      missing=missing, listed=tuple(listings),
                      is_selection=bool(selected))  # fmt: skip

    def of_documents(
        self, question: Question, intent: Intent, names: Sequence[str]
    ) -> Answer | None:
        """Answer a question about the documents with these names; None if there are none, more than
        `PLACES`, or the answer is not known of them."""
        found = [self._index.store.rows_of(name)[:1] for name in names]
        documents = [one.document for rows in found for one in self._index.passages(rows)]
        if not 0 < len(documents) <= PLACES:
            return None
        return self._of_documents(question, intent, documents)

    def names_nothing(self, question: Question) -> bool:
        """Whether a question does not name its subject: "vem har skrivit det här?"."""
        return not self._subject(question) and not question.dates

    def _subject(self, question: Question) -> list[Term]:
        """The terms of a question without the words that only phrase it."""
        return [term for term in question.terms if term.alternatives[0] not in self._asking]

    # Choice of documents

    def _selected(
        self, question: Question, about: Sequence[Term], listings: Sequence[Listing]
    ) -> list[Listing]:
        """The documents of the kinds (by title or file name) and the times that a question names,
        if that is all that it names; [] if it names none, or there are none."""
        times = {mark for one in question.dates for mark in exact_date_marks(one)}
        kinds = self._kinds_in(question)
        names_more = any(times.isdisjoint(term.alternatives) for term in about if term not in kinds)
        if names_more or not (kinds or question.dates):
            return []
        return [
            one
            for one in listings
            if all(term.match(_names(one)) >= _IN_TITLE for term in kinds)
            and all(_is_from(one, day) for day in question.dates)
        ]

    def _on_topic(
        self, question: Question, about: Sequence[Term], hits: Sequence[Hit],
        listings: Sequence[Listing],
    ) -> Answer:  # fmt: skip
        """List the documents with a passage that covers the topic, best first.

        If there are none, the closest places may be about it in other words; if some of the topic's
        words are in none of them, these are said to be missing.
        """
        found: dict[str, Hit] = {}
        held: set[str] = set()
        for hit in hits:
            for passage in (hit.passage, *hit.also):
                words = mark_set(f"{_heading(passage)}\n{passage.in_context}")
                held.update(words)
                if coverage(about, words, self._index.words.weight) >= _ABOUT:
                    found.setdefault(passage.document.name, _hit(passage))
        cited = tuple(
            Citation(number, hit, self._on(about, hit.passage))
            for number, hit in enumerate(list(found.values())[:PLACES], 1)
        )
        documents = [hit.passage.document for hit in found.values()]
        if not found:
            nearest = tuple(cite_places(hits))
            missing = [term for term in about if not term.match(frozenset(held))]
            if not missing:
                return Answer(question, Outcome.FOUND, 0.0, citations=nearest, intent=Intent.TOPIC)
            said = _words_of(question, missing)
            return Answer(question, Outcome.NOTHING, 1.0, citations=nearest, missing=(said,),
                          intent=Intent.TOPIC)  # fmt: skip
        return Answer(question, Outcome.ANSWERED, 1.0, citations=cited, intent=Intent.TOPIC,
                      listed=tuple(each_once(map(_listing, documents))))  # fmt: skip

    def _on(self, about: Sequence[Term], passage: Passage) -> Quote:
        """The sentence of a passage that covers most of a topic."""
        text, weight = passage.document.text, self._index.words.weight
        best = max(
            _sentences(passage),
            key=lambda span: coverage(about, mark_set(text[slice(*span)]), weight),
            default=(passage.start, passage.end),
        )
        return quote_around(passage, [best])

    def _kinds_in(self, question: Question) -> list[Term]:
        """The kinds of documents that a question names."""
        return [term for term in question.terms if term.alternatives[0] in self._kinds]

    def _of_meant(
        self, question: Question, intent: Intent, about: Sequence[Term], hits: Sequence[Hit]
    ) -> Answer | None:
        """Answer a question about the documents that it most probably means.

        If none of those found is probable enough, for a summary their first sentences are shown;
        None for other questions, and if something that the question names is missing.
        """
        hits, missing = confirm(question, hits)
        if missing or not hits:
            return None
        found: dict[str, list[Hit]] = {}
        for hit in hits:
            found.setdefault(hit.passage.document.name, []).append(hit)
        total = np.logaddexp.reduce([hit.score for hit in hits])
        whole = intent is Intent.SUMMARY
        chances = {
            name: float(np.exp(np.logaddexp.reduce([hit.score for hit in own]) - total))
            * self._share_held(about, own, whole=whole)
            for name, own in found.items()
        }
        likely = sorted(found, key=lambda name: -chances[name])[:PLACES]
        meant = [name for name in likely if chances[name] >= _LIKE * chances[likely[0]]]
        is_told = bool(about) or len(found) == 1
        if is_told and sum(chances[name] for name in meant) >= _MEANT:
            documents = [found[name][0].passage.document for name in meant]
            return self._of_documents(question, intent, documents)
        if not whole:
            return None
        shown = [found[name][0].passage.document for name in likely]
        leads = [Quote(one, *(_first_sentence(one) or (0, 1))) for one in shown]
        cited = tuple(replace(one, marked=()) for one in self._cite(leads))
        return Answer(question, Outcome.FOUND, 0.0, citations=cited, intent=intent)

    def _share_held(self, about: Sequence[Term], hits: Sequence[Hit], *, whole: bool) -> float:
        """The share of what a question names that is in a document: in its title, lead, dates and
        file name and, if the `whole` of it is asked for, in the passages found."""
        if not about:
            return 1.0
        held = set(mark_set(title_key(hits[0].passage.document.name)))
        for hit in hits:
            passage = hit.passage
            text = f"{_heading(passage)}\n{passage.in_context}" if whole else _heading(passage)
            held.update(mark_set(text))
        return coverage(about, frozenset(held), self._index.words.weight)

    # Answers about chosen documents

    def _of_documents(
        self, question: Question, intent: Intent, documents: Sequence[Document]
    ) -> Answer | None:
        """Answer a question about each document: with quoted words, or else with known metadata;
        None if nothing is known."""
        match intent:
            case Intent.SUMMARY:
                alone = len(documents) == 1
                spans = [
                    quote
                    for one in documents
                    for quote in _sections(one) or self._central(one, alone=alone)
                ]
            case Intent.AUTHOR:
                spans = [quote for one in documents for quote in _publisher(one)]
            case _:
                spans = [quote for one in documents for quote in _day_published(one)]
        known = [one for one in documents if _is_known(one, intent)]
        if not known:
            return None
        if len({quote.document.name for quote in spans}) < len(known):
            listed = tuple(_listing(one) for one in known)
            cited = tuple(self._cite_beginnings(listed))
            return Answer(question, Outcome.ANSWERED, 1.0, citations=cited, intent=intent,
                          listed=listed)  # fmt: skip
        hits = self._telling(known) if intent is Intent.SUMMARY else ()
        cited = tuple(self._cite(list(_to_cite(spans))))
        return Answer(question, Outcome.ANSWERED, 1.0, tuple(spans), cited,
                      intent=intent, hits=tuple(hits))  # fmt: skip

    def _central(self, document: Document, *, alone: bool) -> list[Quote]:
        """What a document is about: its first whole sentence, and, if it is asked about `alone` or
        has no such sentence, its most central one.

        That is the whole sentence with the vector nearest to the mean vector of the document's
        passages, among those in the passages nearest to the mean, except the first one's.
        """
        lead = _first_sentence(document)
        chosen = [lead] if lead else []
        if alone or not chosen:
            nearest, mean = self._nearest_to_all(document)
            telling = [
                one
                for one in nearest
                if one.kind in _SAYING and not (lead and one.start <= lead[0] < one.end)
            ]
            whole = (
                [span for span in _sentences(one) if _is_whole(document.text[slice(*span)])]
                for one in telling
            )
            sentences = [span for spans in islice(filter(None, whole), _CENTRAL) for span in spans]
            if sentences:
                said = [document.text[slice(*span)] for span in sentences]
                likeness = self._encoder.embed_passages(said) @ mean
                chosen.append(sentences[int(np.argmax(likeness))])
        return [Quote(document, *span) for span in sorted(chosen)]

    def _telling(self, documents: Sequence[Document]) -> Iterator[Hit]:
        """The most informative passages of each document, in document order: the first ones, and
        the most central."""
        most = _TELLING // len(documents)
        for document in documents:
            first = self._index.passages(self._own_rows(document.name)[:_FIRST])
            begun = {one.start for one in first}
            nearest, _ = self._nearest_to_all(document)
            others = [one for one in nearest if one.start not in begun]
            chosen = [*first, *others[: max(most - _FIRST, 0)]]
            yield from map(_hit, sorted(chosen, key=_start))

    def _nearest_to_all(self, document: Document) -> tuple[list[Passage], FloatArray]:
        """The passages of a document except notices, those nearest to their mean vector first, and
        the mean. A long document is sampled evenly."""
        rows = self._own_rows(document.name)
        rows = rows[:: len(rows) // _MOST_PASSAGES + 1]
        passages = self._index.passages(rows)
        vectors = self._index.vectors.at(np.array(rows, np.int64))
        mean: FloatArray = vectors.sum(axis=0) / max(len(rows), 1)
        order = np.argsort(-(vectors @ mean), kind="stable").tolist()
        return [passages[place] for place in order], mean

    def _own_rows(self, document: str) -> list[int]:
        """The rows of a document's passages except notices, in document order."""
        rows = np.array(self._index.store.rows_of(document), np.int64)
        own: list[int] = rows[~np.isin(rows, self._index.notice_rows)].tolist()
        return own

    # Citations

    def _cite(self, spans: Sequence[Quote]) -> Iterator[Citation]:
        """The sentences that contain the spans, each with its passage."""
        for number, span in enumerate(spans, 1):
            rows = rows_around(self._index, span.document.name, span.start)
            [passage] = self._index.passages(rows)
            quote = quote_around(passage, [(span.start, span.end)])
            yield Citation(number, _hit(passage), quote, (span,))

    def _cite_beginnings(self, listings: Sequence[Listing]) -> Iterator[Citation]:
        """The beginning of each document."""
        for number, one in enumerate(listings, 1):
            rows = self._own_rows(one.name) or self._index.store.rows_of(one.name)
            for passage in self._index.passages(rows[:1]):
                yield Citation(number, _hit(passage), _beginning(passage))


def _names(listing: Listing) -> frozenset[str]:
    """The marks of a document's title and of the words of its file's name."""
    return mark_set(f"{listing.title}\n{title_key(listing.file)}")


def _is_from(listing: Listing, when: DateMention) -> bool:
    """Whether a document was published on a date, or in a month or a year."""
    day = listing.published
    return day is not None and when.agrees_with(DateMention(0, 0, day.year, day.month, day.day))


def _words_of(question: Question, terms: Sequence[Term]) -> str:
    """The words of a question from the first to the last of the terms."""
    text = question.text.rstrip("?!. ")
    about = {mark for term in terms for mark in term.alternatives}
    spans = [(one.start, one.end) for one in question.agencies if agency_mark(one.agency) in about]
    spans += [(day.start, day.end) for day in question.dates
              if about.intersection(exact_date_marks(day))]  # fmt: skip
    at = 0
    for word in text.split():
        at = text.index(word, at)
        if about.intersection(stem_words(tokens(word))):
            spans.append((at, at + len(word)))
        at += len(word)
    return text[min(spans)[0] : max(end for _, end in spans)] if spans else text


def _hit(passage: Passage) -> Hit:
    """The hit of a passage that was not found by search; all scores are 0."""
    return Hit(passage, score=0.0, dense=0.0, lexical=0.0, near=0.0)


def _start(passage: Passage) -> int:
    return passage.start


def _beginning(passage: Passage) -> Quote:
    return quote_around(passage, [(body_start(passage), body_start(passage) + 1)])


def _heading(passage: Passage) -> str:
    """The text that identifies a document: title, publisher, dates and lead."""
    metadata, context = passage.document.metadata, passage.context
    published = metadata.published.isoformat() if metadata.published else ""
    return "\n".join([passage.document.title, context.title, metadata.publisher or "", published,
                      context.event_date, context.lead])  # fmt: skip


def _listing(document: Document) -> Listing:
    metadata = document.metadata
    file, _, _ = document.name.partition("#row=")
    return Listing(document.name, file, document.title, metadata.publisher,
                   metadata.published, metadata.url)  # fmt: skip


def _is_known(document: Document, intent: Intent) -> bool:
    known = {Intent.AUTHOR: document.metadata.publisher,
             Intent.WHEN_PUBLISHED: document.metadata.published}  # fmt: skip
    return intent is Intent.SUMMARY or bool(known[intent])


def _publisher(document: Document) -> Iterator[Quote]:
    """The first mention of the publisher in a document's text."""
    name = document.metadata.publisher or ""
    start = document.text.find(name)
    if name and start >= 0:
        yield Quote(document, start, start + len(name))


def _day_published(document: Document) -> Iterator[Quote]:
    """The first mention of the publication date in a document's text."""
    published = document.metadata.published
    day = published.isoformat() if published else ""
    for entity in document.entities:
        if entity.kind is EntityKind.DATE and entity.key == day:
            yield Quote(document, entity.start, entity.end)
            return


def _to_cite(spans: Sequence[Quote]) -> Iterator[Quote]:
    """The spans to cite: all of a document, or the first if there are many (its headings)."""
    for _, group in groupby(spans, lambda one: one.document.name):
        said = list(group)
        yield from said if len(said) <= _SENTENCES else said[:1]


def _sections(document: Document) -> list[Quote]:
    """The section headings of a document that consists of sections only, such as minutes: even its
    first paragraph has a heading that is not the title. [] for other documents."""
    found: list[Quote] = []
    above: list[Block] = []
    for block in document.blocks:
        if block.kind is BlockKind.HEADING:
            above.append(block)
            continue
        if len(above) > _HEADINGS_ABOVE:  # a title page or a table of contents
            return []
        if block.kind is BlockKind.PARAGRAPH and above:
            found.append(Quote(document, above[0].start, above[-1].end))
        elif block.kind is BlockKind.PARAGRAPH and not found:
            return []
        above = []
    is_titled = bool(found) and document.title in found[0].text
    return [] if is_titled or not _FEWEST_SECTIONS <= len(found) <= _MOST_SECTIONS else found


def _first_sentence(document: Document) -> Span | None:
    """The first whole sentence of a document's first blocks, else its lead, if there is one."""
    blocks = (one for one in document.blocks if one.kind in _SAYING)
    for block in islice(blocks, _OPENING):
        text = document.text_of(block)
        for start, end in split_sentences(text):
            if _is_whole(text[start:end]):
                return block.start + start, block.start + end
    return lead_span(document)


def _is_whole(sentence: str) -> bool:
    """Whether a text is a sentence that says something, and no list of names or contents."""
    words = sentence.split()
    is_long_enough = _FEWEST_WORDS <= len(words) <= _MOST_WORDS
    is_prose = 2 * sum(word[0].islower() for word in words) >= len(words)
    return is_long_enough and is_prose and sentence.rstrip('”"’» ').endswith((".", "!", "?"))


def _sentences(passage: Passage) -> Iterator[Span]:
    begin = body_start(passage)
    for start, end in split_sentences(passage.document.text[begin : passage.end]):
        yield begin + start, begin + end
