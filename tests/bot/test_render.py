import json
from dataclasses import replace
from datetime import date
from io import StringIO

import pytest
from rich.console import Console

from bot.render import (
    answer_json,
    answer_text,
    answer_view,
    describe,
    hits_json,
    hits_view,
    join_spans,
    source_view,
)
from bot.telegram.messages import short_answer
from retrieval.question import understand
from retrieval.types import Answer, Citation, Quote, Refusal, RefusalReason
from tests.retrieval.support import hits_of, make_document_of

TEXT = (
    "Simhallen öppnar\n\n"
    "Simhallen i Åsby öppnar\nden 3 maj 2021. [bold]Alla[/bold] är välkomna.\n\n"
    "Kommunen bjuder på [1] kaffe."
)
DOCUMENT = make_document_of(
    TEXT, "nyheter/simhall.txt", published=date(2021, 4, 30), publisher="Ljusforsa kommun",
    url="https://ljusforsa.example/simhall",
)  # fmt: skip
HIT, OTHER = hits_of(DOCUMENT)[:2]


def quote_of(words):
    start = TEXT.index(words)
    return Quote(DOCUMENT, start, start + len(words))


def answer_of(
    *words, question="När öppnar simhallen?", quote="Simhallen i Åsby öppnar\nden 3 maj 2021."
):
    cited = Citation(1, HIT, quote_of(quote))
    return Answer(
        understand(question), 0.87654, tuple(map(quote_of, words)), (cited,), elapsed_ms=12.345
    )


def refusal_of(reason, *missing, question="När öppnar simhallen?", nearest=True):
    cited = (Citation(1, HIT, quote_of("Simhallen i Åsby öppnar\nden 3 maj 2021.")),)
    return Answer(understand(question), 0.01, citations=cited if nearest else (),
                  refusal=Refusal(reason, missing))  # fmt: skip


def shown(view, **options):
    console = Console(file=StringIO(), width=200, **options)
    console.print(view, soft_wrap=True)
    return console.file.getvalue()


# The short answer


@pytest.mark.parametrize(
    ("texts", "joined"),
    [
        (["SMHI"], "SMHI"),
        (["SMHI", "Boverket"], "SMHI, Boverket"),
        (["Åsa Ek, chef", "Bo Öst"], "Åsa Ek, chef; Bo Öst"),
        (["Hallen öppnar.", "Alla får komma!"], "Hallen öppnar. Alla får komma!"),
        ([], ""),
    ],
)
def test_items_are_told_apart_in_one_line(texts, joined):
    assert join_spans(texts) == joined


def test_answer_is_one_line_whatever_the_lines_of_the_source():
    assert answer_text(answer_of("Åsby öppnar\nden 3 maj")) == "Åsby öppnar den 3 maj"


@pytest.mark.parametrize(
    ("refusal", "text"),
    [
        (refusal_of(RefusalReason.WEAK), "Det säger dokumenten inget om."),
        (refusal_of(RefusalReason.DATE, "4 maj"), "Dokumenten säger inget om 4 maj."),
        (refusal_of(RefusalReason.NAME, "Bo Öst"), "Dokumenten säger inget om Bo Öst."),
        (refusal_of(RefusalReason.AGENCY, "SMHI"), "det när det gäller SMHI."),
        (refusal_of(RefusalReason.MISSING_DETAIL, question="Vilket telefonnummer?"),
         "Dokumenten ger inget telefonnummer för det."),
        (refusal_of(RefusalReason.MISSING_DETAIL, question="Vilken e-post?"),
         "Dokumenten ger ingen e-postadress för det."),
        (refusal_of(RefusalReason.MISSING_DETAIL, question="Vad heter de nya?"),
         "Dokumenten ger inga namn för det."),
        (refusal_of(RefusalReason.WEAK, question="When is the hall open?"),
         "The documents say nothing about that."),
        (refusal_of(RefusalReason.DATE, "4 May", question="When is the hall open?"),
         "The documents say nothing about 4 May."),
    ],
)  # fmt: skip
def test_refusal_says_what_the_documents_do_not_say(refusal, text):
    assert text in answer_text(refusal)


def test_refusal_marks_the_nearest_by_its_title_and_asserts_nothing():
    text = answer_text(refusal_of(RefusalReason.WEAK))
    assert text.endswith("Närmast: Simhallen öppnar.")
    assert "3 maj" not in text


def test_refusal_names_the_date_that_is_nearest():
    cited = (Citation(1, HIT, quote_of("Simhallen i Åsby öppnar\nden 3 maj 2021.")),)
    refusal = Refusal(RefusalReason.DATE, ("den 4 maj",), held=("den 3 maj 2021",))
    answer = Answer(understand("När?"), 0.0, citations=cited, refusal=refusal)
    text = "Dokumenten säger inget om den 4 maj. Närmast: den 3 maj 2021, Simhallen öppnar."
    assert answer_text(answer) == text
    assert "Närmast, den 3 maj 2021: Simhallen öppnar" in shown(answer_view(answer))


@pytest.mark.parametrize(
    ("question", "text"),
    [
        (
            "Vad hände 3 maj?",
            "Menar du 3 maj 2020, 3 maj 2021 eller 3 maj 2022? Närmast: Simhallen",
        ),
        ("What was on 3 May?", "Do you mean 3 maj 2020, 3 maj 2021 or 3 maj 2022? Nearest: Simha"),
    ],
)
def test_question_back_is_a_refusal_that_asserts_nothing(question, text):
    years = tuple(f"3 maj {year}" for year in (2020, 2021, 2022))
    cited = tuple(
        Citation(number, HIT, quote_of("Simhallen i Åsby öppnar\nden 3 maj 2021."))
        for number in (1, 2, 3)
    )
    refusal = Refusal(RefusalReason.WHICH_DATE, years)
    answer = Answer(understand(question), 0.0, citations=cited, refusal=refusal)
    assert answer_text(answer).startswith(text)
    assert json.loads(answer_json("q", answer, question))["refused"] is True
    assert "\n3 maj 2021: Simhallen öppnar" in shown(answer_view(answer))


@pytest.mark.parametrize(
    ("question", "missing", "text"),
    [
        ("När?", ("SMHI", "den 4 maj"), "Inget dokument tar upp både SMHI och den 4 maj."),
        ("När?", ("SMHI", "Åsby", "maj"), "Inget dokument tar upp SMHI, Åsby och maj tillsammans."),
        ("When was it?", ("SMHI", "4 May"), "No document speaks of both SMHI and 4 May."),
    ],
)
def test_what_no_one_document_holds_is_named_together(question, missing, text):
    answer = Answer(understand(question), 0.0, refusal=Refusal(RefusalReason.APART, missing))
    assert answer_text(answer) == text


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Vilket telefonnummer har Anna Berg?", "inget telefonnummer för Anna Berg."),
        ("Vilken e-post har SMHI?", "ingen e-postadress för SMHI."),
        ("Vilken e-post har Anna Berg och Bo Ek?", "ingen e-postadress för Anna Berg och Bo Ek."),
    ],
)
def test_refusal_says_whose_detail_is_missing(question, text):
    refusal = Refusal(RefusalReason.MISSING_DETAIL)
    assert answer_text(Answer(understand(question), 0.0, refusal=refusal)).endswith(text)


def test_title_that_ends_a_sentence_is_followed_by_no_other_stop():
    document = make_document_of("x", title='"Vi måste lyckas."')
    [hit] = hits_of(document)
    cited = (Citation(1, hit, Quote(document, 0, 1)),)
    answer = Answer(understand("Varför?"), 0, citations=cited, refusal=Refusal(RefusalReason.WEAK))
    assert answer_text(answer).endswith('Närmast: "Vi måste lyckas."')


def test_refusal_without_anything_near_says_only_that():
    assert answer_text(refusal_of(RefusalReason.WEAK, nearest=False)) == (
        "Det säger dokumenten inget om."
    )


@pytest.mark.parametrize("reason", list(RefusalReason))
@pytest.mark.parametrize(
    "question", ["När öppnar hallen?", "When does the hall open?", "hall", "tfn"]
)
def test_every_reason_has_words_in_both_languages(reason, question):
    text = answer_text(refusal_of(reason, "X", question=question))
    assert text
    assert "{" not in text


# JSON


def test_json_of_an_answer_is_one_line_of_the_contract():
    line = answer_json("q1", answer_of("3 maj 2021"), "när öppnar  simhallen")
    assert "\n" not in line
    start = TEXT.index("Simhallen i Åsby")
    quote = "Simhallen i Åsby öppnar\nden 3 maj 2021."
    assert json.loads(line) == {
        "id": "q1",
        "question": "när öppnar  simhallen",
        "answer": "3 maj 2021",
        "refused": False,
        "confidence": 0.8765,
        "citations": [
            {
                "number": 1,
                "document": "nyheter/simhall.txt",
                "title": "Simhallen öppnar",
                "published": "2021-04-30",
                "url": "https://ljusforsa.example/simhall",
                "passage": {
                    "text": HIT.passage.text,
                    "start": HIT.passage.start,
                    "end": HIT.passage.end,
                },
                "quote": {"text": quote, "start": start, "end": start + len(quote)},
            }
        ],
        "understood": "När öppnar simhallen?",
        "elapsed_ms": 12.3,
    }


def test_json_of_hits_is_one_line_of_the_contract():
    line = hits_json(7, "När?", [HIT])
    passage = HIT.passage
    assert json.loads(line) == {
        "id": 7,
        "question": "När?",
        "hits": [{"document": "nyheter/simhall.txt", "text": passage.text, "start": passage.start,
                  "end": passage.end, "score": round(HIT.score, 4)}],
    }  # fmt: skip


# The terminal


def test_answer_is_shown_with_its_quote_and_source():
    first, *others = shown(answer_view(answer_of("3 maj 2021"))).splitlines()
    assert first == "3 maj 2021"
    text = "\n".join(others)
    assert "”Simhallen i Åsby öppnar" in text
    assert "den 3 maj 2021.”" in text
    assert (
        "[1] Simhallen öppnar, Ljusforsa kommun, publicerad 2021-04-30, "
        "https://ljusforsa.example/simhall" in text
    )
    start = TEXT.index("Simhallen i Åsby")
    assert f"nyheter/simhall.txt, tecken {start}–" in text


def test_page_of_a_quote_is_shown_and_given():
    document = replace(DOCUMENT, pages=(0, TEXT.index("Simhallen i Åsby"), len(TEXT) - 10))
    [hit, *_] = hits_of(document)
    quoted = Quote(document, document.pages[1], document.pages[1] + 16)
    answer = answer_of("3 maj 2021")
    cited = replace(answer, citations=(Citation(1, hit, quoted),))
    assert f"nyheter/simhall.txt, s. 2, tecken {quoted.start}–" in shown(answer_view(cited))
    [citation] = json.loads(answer_json("1", cited, "?"))["citations"]
    assert citation["quote"]["page"] == 2
    assert json.loads(hits_json("1", "?", [hit]))["hits"][0]["page"] >= 1
    assert "page" not in json.loads(hits_json("1", "?", [HIT]))["hits"][0]


def test_items_of_a_list_are_shown_one_a_line():
    lines = shown(answer_view(answer_of("Simhallen", "Åsby"))).splitlines()
    assert lines[:2] == ["• Simhallen", "• Åsby"]


def test_words_that_answer_are_marked_in_the_quote():
    view = shown(answer_view(answer_of("3 maj 2021")), force_terminal=True, color_system="standard")
    assert "\x1b[1;3;32m3 maj 2021\x1b[0m" in view


def test_square_brackets_of_a_source_are_shown_as_they_are():
    answer = answer_of("[bold]Alla[/bold] är välkomna.", quote="[bold]Alla[/bold] är välkomna.")
    assert "[bold]Alla[/bold] är välkomna." in shown(answer_view(answer))
    assert "[1] kaffe" in shown(source_view(Citation(1, OTHER, quote_of("Kommunen bjuder"))))
    assert "[bold]Alla[/bold]" in shown(hits_view([HIT, OTHER]))


def test_refusal_is_shown_with_what_was_nearest_marked_as_such():
    text = shown(answer_view(refusal_of(RefusalReason.WEAK)))
    assert text.startswith("Det säger dokumenten inget om.")
    assert "Närmast: Simhallen öppnar" in text
    assert "[1]" not in text


def test_words_around_an_english_answer_are_english():
    text = shown(answer_view(answer_of("3 maj 2021", question="When does the hall open?")))
    assert "published 2021-04-30" in text
    assert "characters" in text
    assert "tecken" not in text


def test_document_of_which_little_is_known_is_its_title():
    assert describe(make_document_of("Kvarnen rivs.", "möten/kvarn.txt"), "publicerad") == "kvarn"


def test_hits_are_numbered_with_their_scores_and_text_in_one_line():
    text = shown(hits_view([HIT, OTHER]))
    assert text.startswith("1. Simhallen öppnar")
    assert "2. Simhallen öppnar" in text
    assert f"dense {HIT.dense:.3f}" in text
    assert "Simhallen i Åsby öppnar den 3 maj 2021." in text


def test_source_shows_what_stands_around_the_quote():
    text = shown(source_view(Citation(1, HIT, quote_of("[bold]Alla[/bold] är välkomna."))))
    assert "nyheter/simhall.txt" in text
    assert "den 3 maj 2021. [bold]Alla" in text
    assert "Kommunen bjuder på" in text
    assert "…" not in text


def test_source_says_where_the_document_goes_on():
    long = "Bron byggs. " * 60 + "Kvarnen rivs. " + "Ån leds om. " * 60
    document = make_document_of(long)
    start = long.index("Kvarnen")
    [hit, *_] = hits_of(document)
    lines = shown(source_view(Citation(1, hit, Quote(document, start, start + 13))))
    assert lines.count("…") == 2
    assert len(lines) < 800


@pytest.mark.parametrize("width", [1, 20, 80])
def test_narrow_terminal_loses_no_word(width):
    console = Console(file=StringIO(), width=width)
    console.print(answer_view(answer_of("3 maj 2021")), soft_wrap=True)
    assert "den 3 maj 2021.”" in console.file.getvalue()


def test_sources_that_differ_are_both_shown_with_date_or_title():
    later = make_document_of("Referat\n\nSimhallen öppnade den 9 maj för alla besökare i Åsby.")
    [hit, *_] = hits_of(later)
    start = later.text.index("9 maj")
    other = Quote(later, start, start + len("9 maj"))
    first = answer_of("3 maj 2021")
    both = replace(
        first,
        spans=(*first.spans, other),
        citations=(*first.citations, Citation(2, hit, other)),
        disputed=True,
    )
    said = "Källorna säger olika: 3 maj 2021 (2021-04-30) [1]; 9 maj (Referat) [2]."
    assert answer_text(both) == said
    assert said in shown(answer_view(both))
    assert short_answer(both) == said
