from dataclasses import replace

import pytest

from retrieval.together import joined, parted
from retrieval.types import QuestionKind, Quote, RefusalReason
from tests.retrieval.support import assert_exact, make_engine, spans_of

TEXTS = {
    "maj.txt": "Samråd om ån\n\nDen 5 maj 2019 talade Åsa Öberg, Göran Ek och Märta Lind i Åsby. "
    "Myndigheterna i Åsby var Boverket och Sjöfartsverket.\n",
    "juni.txt": "Möte om bron\n\nDen 9 juni 2019 talade Göran Ek och Bo Hed i Lund. "
    "Myndigheterna i Lund var Trafikverket och Boverket.\n",
    "juli.txt": "Fest i hamnen\n\nDen 3 juli 2019 talade Eva Ros på festen i Ystad.\n",
}


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    return make_engine(tmp_path_factory.mktemp("dokument å"), TEXTS)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Vilka talade både den 5 maj och den 9 juni?", ["Göran Ek"]),
        ("vilka talade både i Åsby och i Lund", ["Göran Ek"]),
        ("Vilka var myndigheterna både i Åsby och i Lund?", ["Boverket"]),
        ("Which people spoke both on 5 May and on 9 June?", ["Göran Ek"]),
    ],
)
def test_what_two_documents_have_in_common_answers_for_both(engine, question, said):
    answer = engine.ask(question)
    assert answer.refusal is None
    assert spans_of(answer) == said
    assert [citation.number for citation in answer.citations] == [1, 2]
    named = {citation.quote.document.name for citation in answer.citations}
    assert named == {"maj.txt", "juni.txt"}
    assert all(said[0] in citation.quote.text for citation in answer.citations)
    assert_exact(answer, TEXTS)


@pytest.mark.parametrize(
    "question",
    [
        "Vilka talade både den 5 maj och den 3 juli?",  # nobody
        "Vilka talade både den 5 maj och den 8 juni?",  # no such day
        "När talade man både i Åsby och i Lund?",  # no name is asked for
    ],
)
def test_what_they_have_not_in_common_is_refused_as_before(engine, question):
    refusal = engine.ask(question).refusal
    assert refusal is not None
    assert refusal.reason in {RefusalReason.APART, RefusalReason.DATE}


def test_the_probability_is_that_of_both_and_may_be_too_low(engine):
    question = "Vilka talade både den 5 maj och den 9 juni?"
    each = [engine.ask(f"Vilka talade den {day}?").confidence for day in ("5 maj", "9 juni")]
    found = engine.ask(question)
    assert found.confidence == pytest.approx(each[0] * each[1])
    strict = engine.ask(question, threshold=found.confidence + 0.01)
    assert strict.refusal is not None


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        ("Vem kom både den 5 maj och den 9 juni?", ("Vem kom den 5 maj?", "Vem kom den 9 juni?")),
        ("who came both to Lund and to Ystad?", ("who came to Lund?", "who came to Ystad?")),
        ("Vem kom den 5 maj och den 9 juni?", None),
        ("Vad gäller för både och?", None),
    ],
)
def test_a_question_about_both_is_one_about_each(question, parts):
    assert parted(question) == parts


def narrowed(answer, words):
    """The answer with these words of its first quote as what was asked for."""
    quote = answer.citations[0].quote
    start = quote.start + quote.text.index(words)
    return replace(answer, spans=(Quote(quote.document, start, start + len(words)),))


@pytest.mark.parametrize(("kind", "said"), [("person", None), ("fact", "Göran Ek")])
def test_who_is_quoted_beside_another_answer_is_no_detail_that_was_asked_for(engine, kind, said):
    first = narrowed(engine.ask("Vilka talade den 5 maj?"), "Åsa Öberg")
    second = narrowed(engine.ask("Vilka talade den 9 juni?"), "Bo Hed")
    question = replace(first.question, kind=QuestionKind(kind))
    found = joined(question, first, second)
    assert (found and found.spans[0].text) == said
