import time

import pytest

from embeddings.language.sentences import split_sentences


def sentences(text):
    return [text[start:end] for start, end in split_sentences(text)]


def test_sentences_end_at_a_mark_before_a_capital():
    text = "Åsa kom. Örjan gick! Ämnet då? Åter … Så är det."
    assert sentences(text) == ["Åsa kom.", "Örjan gick!", "Ämnet då?", "Åter …", "Så är det."]


@pytest.mark.parametrize(
    "text",
    [
        "Vi såg bl.a. Åre och t.ex. Öland.",
        "Se prop. 2017 och kap. 3 och s. 12 i boken.",
        "Hon, dvs. Ärla, och dr. Ek kom kl. 18 till St. Essingen.",
        "J.R.R. Tolkien och A. Öberg skrev.",
        "Det kostar 3.5 kronor, och 12.30 är tiden.",
        "Han sa att det var bra. och gick.",
        "Läs på www.åmål.se eller ring.",
    ],
)
def test_a_full_stop_inside_a_sentence_does_not_end_it(text):
    assert sentences(text.replace("dvs.", "d.v.s.")) == [text.replace("dvs.", "d.v.s.")]


def test_a_quotation_mark_goes_with_the_sentence_that_it_closes():
    assert sentences("”Nej.” Så sa Åke. (Jo.) Ja.") == ["”Nej.”", "Så sa Åke.", "(Jo.)", "Ja."]


def test_a_year_or_a_number_may_end_a_sentence():
    assert sentences("Det var 2018. Åren gick.") == ["Det var 2018.", "Åren gick."]


def test_the_number_of_a_heading_does_not_end_one():
    assert sentences("1. Inledning om ån") == ["1. Inledning om ån"]


def test_a_blank_line_ends_a_sentence_and_a_line_break_does_not():
    assert sentences("Först å\när det\n\nsedan ö") == ["Först å\när det", "sedan ö"]


def test_a_speech_dash_or_quote_may_begin_a_sentence():
    assert sentences("Det är sent. – Ja, säger Åsa.") == ["Det är sent.", "– Ja, säger Åsa."]


def test_white_space_and_nothing_else_is_left_out():
    text = "  Åsa kom.   Örjan\tgick.\n\n Slut \n"
    spans = split_sentences(text)
    outside = "".join(
        text[end:start]
        for (_, end), (start, _) in zip(
            [(0, 0), *spans], [*spans, (len(text), len(text))], strict=True
        )
    )
    assert not outside.strip()
    assert sentences(" \n ") == []


@pytest.mark.parametrize(
    "text", ["." * 200_000, "a. " + " " * 200_000 + "b", "Det var 12. Då " * 20_000, '".' * 100_000]
)
def test_long_runs_of_marks_and_spaces_are_read_in_a_moment(text):
    began = time.process_time()
    split_sentences(text)
    assert time.process_time() - began < 2
