"""What two documents answer together: who or what was there "både den 5 maj och den 9 juni"."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from embeddings.language.agencies import find_agencies
from retrieval.details import find_people, is_detail
from retrieval.types import Answer, Citation, Question, Quote

_BOTH = re.compile(
    r"\b(?:både|both)\s+(?P<first>.+?)\s+(?:och|and)\s+(?P<second>[^?.!]+)", re.IGNORECASE
)
_Find = Callable[[str], Iterator[tuple[str, int, int]]]
"""Finds names of a kind in a text: each as it is known, and its span."""


def parted(text: str) -> tuple[str, str] | None:
    """A question about both of two things as one about each; None for any other."""
    both = _BOTH.search(text)
    if both is None:
        return None
    before, after = text[: both.start()], text[both.end() :]
    return before + both["first"] + after, before + both["second"] + after


def joined(question: Question, first: Answer, second: Answer) -> Answer | None:
    """Whom or what the answers for each of two things have in common, with a quote of each.

    Of one kind, that both answer with: people, or organisations. Where no detail is asked for, such
    as who took a picture, what is quoted counts too. That both are right is as likely as the
    product of their probabilities.
    """
    if first.refusal or second.refusal:
        return None
    said = [(first.spans, second.spans)]
    if not is_detail(question.kind):
        said.append((_quotes(first), _quotes(second)))
    for find in (_people, _organisations):
        if _named(first.spans, find) and _named(second.spans, find):
            for ours, theirs in said:
                others = _named(theirs, find)
                shared = {name: place for name, place in _named(ours, find).items()
                          if name in others}  # fmt: skip
                if shared:
                    return _of_both(question, (first, second), shared, find)
    return None


def _of_both(
    question: Question, answers: tuple[Answer, Answer], shared: Mapping[str, Quote], find: _Find
) -> Answer:
    def names(citation: Citation) -> bool:
        return bool(_named([citation.quote], find).keys() & shared.keys())

    cited = [next(filter(names, each.citations), each.citations[0]) for each in answers]
    first, second = answers
    return Answer(
        question,
        first.confidence * second.confidence,
        tuple(shared.values()),
        tuple(Citation(number, one.hit, one.quote) for number, one in enumerate(cited, 1)),
        hits=(*first.hits, *second.hits),
    )


def _quotes(answer: Answer) -> tuple[Quote, ...]:
    return tuple(citation.quote for citation in answer.citations)


def _named(quotes: Iterable[Quote], find: _Find) -> dict[str, Quote]:
    """Who is named in quotes, by a name that is the same in every document, and where."""
    return {
        name: Quote(quote.document, quote.start + start, quote.start + end)
        for quote in quotes
        for name, start, end in find(quote.text)
    }


def _people(text: str) -> Iterator[tuple[str, int, int]]:
    return ((text[start:end], start, end) for start, end in find_people(text))


def _organisations(text: str) -> Iterator[tuple[str, int, int]]:
    return ((one.agency.name, one.start, one.end) for one in find_agencies(text))
