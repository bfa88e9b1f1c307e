from dataclasses import replace

import pytest

from evaluation import (
    JudgedReply,
    Judgement,
    SpanQuestion,
    covers,
    discounted_gain,
    document_rank,
    exact_match,
    first_rank,
    is_cited,
    is_right,
    reveals,
    summary_of_documents,
    summary_of_spans,
    token_f1,
)
from retrieval.question import understand
from retrieval.types import Answer, Citation, Outcome, Quote
from tests.retrieval.support import hits_of, make_document_of

LINE = "Till samrådet kom Åsby byalag, Överbyns vägförening och tio boende."
TEXT = f"Samråd om järnvägen\n\n{LINE}"
DOCUMENT = make_document_of(TEXT, "samråd.txt")
[HIT] = hits_of(DOCUMENT)


def span(text=TEXT, gold="tio boende", **said):
    start = text.index(gold)
    return SpanQuestion("Vilka kom?", text, start, start + len(gold), "1", **said)


def answer(words=LINE, *, refused=False):
    start = TEXT.index(words)
    quote = Quote(DOCUMENT, start, start + len(words))
    outcome = Outcome.FOUND if refused else Outcome.ANSWERED
    return Answer(understand("Vilka kom?"), outcome, 0.9, (quote,), (Citation(1, HIT, quote),))


def judgement(*, confidence=0.9, answerable=True, answered=True, right=True, refused=False):
    return Judgement(confidence, answerable, answered, right, refused)


def reply(short="tio boende", rank=1, of=None, ms=10.0, *judgements):
    given = judgements or (judgement(refused=not short),)
    return JudgedReply(of or span(), rank, short, given, ms)


# Ranks


def test_rank_is_that_of_the_first_hit_that_is_wanted():
    hits = hits_of(make_document_of("Kvarnen i Åsby revs. \n\nÅn leds om."), DOCUMENT)
    assert first_rank(hits, lambda hit: hit.passage.document is DOCUMENT) == len(hits)
    assert first_rank(hits, lambda _: False) is None


def test_document_ranks_by_its_best_hit_and_counts_once():
    text = "Kvarnen\n\nKvarnen i Åsby revs.\n\nÅn leds om i en kulvert."
    first = hits_of(make_document_of(text, "a.txt"))
    assert len(first) == 2
    assert document_rank([*first, HIT, HIT], TEXT) == 2
    assert document_rank(first, TEXT) is None


@pytest.mark.parametrize(
    ("rank", "gain"), [(1, 1.0), (3, 0.5), (10, 0.28906), (11, 0.0), (None, 0.0)]
)
def test_gain_falls_with_the_rank_down_to_the_tenth(rank, gain):
    assert discounted_gain(rank) == pytest.approx(gain, abs=1e-5)


def test_hit_covers_the_span_in_its_place_or_the_same_line_elsewhere():
    assert covers(HIT, span())
    assert covers(HIT, span(f"Annan sida\n{LINE}\n"))
    assert not covers(HIT, span("Här kom tio boende."))


def test_every_document_with_the_line_gives_the_answer_away():
    other = hits_of(make_document_of(f"Annan sida\n\n{LINE}\n\nMer därtill.", "b.txt"))
    assert all(reveals(hit, span()) for hit in [HIT, *other])
    assert not reveals(HIT, span("Här kom tio boende."))


# Right answers


def test_answer_is_right_where_its_quote_holds_the_gold_and_it_has_words_of_it():
    assert is_right(answer(), LINE, span())
    assert is_right(answer(), "tio", span())
    assert not is_right(answer(), "Åsby byalag", span())
    assert not is_right(answer("Åsby byalag"), "tio boende", span())


def test_any_wording_of_the_gold_is_right():
    assert is_right(answer("tio boende"), "tio", span(gold=LINE, others=("tio boende",)))


def test_refusal_and_answer_where_there_is_none_are_wrong():
    assert not is_right(answer(refused=True), LINE, span())
    assert not is_right(answer(), LINE, span(answerable=False))


def test_document_is_cited_by_the_first_quote():
    assert is_cited(answer(), span())
    assert not is_cited(answer(), span(f"{TEXT} Mer."))
    assert not is_cited(answer(refused=True), span())


@pytest.mark.parametrize(
    ("answer", "gold", "equal"),
    [
        ("Tio boende.", "tio boende", 1.0),
        ("”tio  boende”", "tio boende", 1.0),
        ("tio", "tio boende", 0.0),
        ("", "tio", 0.0),
    ],
)
def test_exact_match_forgives_case_punctuation_and_space(answer, gold, equal):
    assert exact_match(answer, gold) == equal


@pytest.mark.parametrize(
    ("answer", "gold", "f1"),
    [
        ("tio boende", "tio boende", 1.0),
        ("tio boende i Åsby", "tio boende", 2 / 3),
        ("tio tio", "tio", 2 / 3),
        ("ingen", "tio boende", 0.0),
        ("", "tio", 0.0),
    ],
)
def test_token_f1_is_that_of_the_words_in_common(answer, gold, f1):
    assert token_f1(answer, gold) == pytest.approx(f1)


# Figures


def test_summary_of_spans_takes_the_mean():
    replies = [reply(), reply("tio boende alls", 4), reply("", None)]
    figures = summary_of_spans(replies)
    assert figures["questions"] == 3
    assert figures["R@1"] == pytest.approx(1 / 3)
    assert figures["R@5"] == pytest.approx(2 / 3)
    assert figures["right"] == pytest.approx(2 / 3)
    assert figures["exact_match"] == pytest.approx(1 / 3)
    assert figures["token_f1"] == pytest.approx((1 + 0.8) / 3)
    assert figures["refused"] == pytest.approx(1 / 3)


def test_best_of_the_golds_counts():
    of = span(gold="Åsby byalag", others=("tio boende",))
    assert summary_of_spans([reply("tio boende", of=of)])["exact_match"] == 1


def test_impossible_questions_count_in_their_refusals_alone():
    impossible = replace(span(), end=0, start=0, answerable=False)
    refused = judgement(answerable=False, right=False, refused=True)
    given = judgement(answerable=False, right=False)
    replies = [reply(), reply("", None, impossible, 10.0, refused),
               reply("Nej", None, impossible, 10.0, given)]  # fmt: skip
    figures = summary_of_spans(replies)
    assert (figures["R@1"], figures["exact_match"], figures["refused"]) == (1, 1, 0)
    assert figures["refused_absent"] == pytest.approx(1 / 2)
    assert [one.is_failure for one in replies] == [False, False, True]


def test_question_asked_again_without_its_answer_counts_in_the_refusals():
    absent = judgement(answerable=False, right=False, refused=True)
    figures = summary_of_spans([reply("tio boende", 1, span(), 10.0, judgement(), absent)])
    assert (figures["refused"], figures["refused_absent"]) == (0, 1)


def test_share_of_what_is_not_there_is_none():
    assert summary_of_spans([reply()])["refused_absent"] is None


def test_summary_of_documents_takes_the_mean():
    figures = summary_of_documents([reply(), reply(rank=3), reply("", None)])
    assert figures["nDCG@10"] == pytest.approx(1.5 / 3)
    assert figures["R@1"] == pytest.approx(1 / 3)
    assert figures["MRR"] == pytest.approx((1 + 1 / 3) / 3)
    assert figures["right_citation"] == pytest.approx(2 / 3)


def test_times_are_summed_up_by_their_middle_and_their_end():
    figures = summary_of_spans([reply(ms=float(number)) for number in range(1, 102)])
    assert (figures["median_ms"], figures["p95_ms"]) == (51, 96)
