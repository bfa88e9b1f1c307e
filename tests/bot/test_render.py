import json
import re
from dataclasses import replace
from datetime import date
from io import StringIO

import pytest
from rich.console import Console

from bot.answer_blocks import marked_places, repeats
from bot.answer_text import answer_text
from bot.render import answer_json, answer_view, hits_json, hits_view, source_view
from bot.terminal import show
from retrieval.question import understand
from retrieval.types import Answer, AnswerType, Citation, Intent, Outcome, Quote
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
    spans = tuple(map(quote_of, words))
    cited = Citation(1, HIT, quote_of(quote), spans)
    return Answer(
        understand(question), Outcome.ANSWERED, 0.87654, spans, (cited,), elapsed_ms=12.345
    )


def places_of(outcome, *missing, question="När öppnar simhallen?", places=True):
    quote = quote_of("Simhallen i Åsby öppnar\nden 3 maj 2021.")
    cited = (
        Citation(1, HIT, quote, (quote_of("3 maj"),)),
        Citation(2, OTHER, quote_of("Kommunen bjuder på [1] kaffe.")),
    )
    return Answer(understand(question), outcome, 0.2, citations=cited if places else (),
                  missing=missing)  # fmt: skip


def list_answer(text, *items, answer_type=None):
    """An answer of the items of a document that is one list."""
    document = make_document_of(text)
    [hit] = hits_of(document)
    spans = tuple(Quote(document, text.index(item), text.index(item) + len(item)) for item in items)
    start = text.rfind("\n", 0, spans[0].start) + 1
    ends = text.find("\n", spans[-1].end)
    cited = Citation(1, hit, Quote(document, start, ends if ends > 0 else len(text)), spans)
    return Answer(understand("Vilka?"), Outcome.ANSWERED, 0.9, spans, (cited,), answer_type)


def shown(view, **options):
    console = Console(file=StringIO(), width=200, **options)
    console.print(view, soft_wrap=True)
    return console.file.getvalue()


# The short answer

AGENCIES = "Deltagande\n\n• SMHI\n• Boverket\n• Polisen i\n  Åsby\n"


def test_answer_is_one_line_whatever_the_lines_of_the_source():
    assert answer_text(answer_of("Åsby öppnar\nden 3 maj")) == "Åsby öppnar den 3 maj"


@pytest.mark.parametrize(
    ("items", "text"),
    [
        (["SMHI", "Boverket"], "SMHI\nBoverket"),
        (["• SMHI", "• Boverket"], "SMHI\nBoverket"),
        (["SMHI\n• Boverket"], "SMHI\nBoverket"),
        (["SMHI", "Polisen i\n  Åsby"], "SMHI\nPolisen i Åsby"),
        (["SMHI", "SMHI"], "SMHI"),
    ],
)
def test_items_of_a_list_are_lines_without_their_marks(items, text):
    assert answer_text(list_answer(AGENCIES, *items)) == text


@pytest.mark.parametrize("mark", ["-", "*", "–", "1.", "a)"])
def test_any_mark_of_an_item_is_taken_off(mark):
    text = f"Deltagande\n\n{mark} SMHI i 3 län\n{mark} Boverket\n"
    assert answer_text(list_answer(text, f"{mark} SMHI i 3 län", "Boverket")).split("\n") == [
        "SMHI i 3 län", "Boverket"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("answer_type", "question", "text"),
    [
        (AnswerType.YES, "Öppnar hallen i maj?", "Ja. Simhallen i Åsby öppnar den 3 maj 2021."),
        (AnswerType.NO, "Öppnar hallen i juni?", "Nej. Simhallen i Åsby öppnar den 3 maj 2021."),
        (AnswerType.YES, "Does the hall open?", "Yes. Simhallen i Åsby öppnar den 3 maj 2021."),
        (AnswerType.NO, "Is the hall closed?", "No. Simhallen i Åsby öppnar den 3 maj 2021."),
    ],
)
def test_yes_or_no_stands_before_the_sentence(answer_type, question, text):
    answer = replace(answer_of("3 maj", question=question), type=answer_type)
    assert answer_text(answer) == text
    first, _, heading, *_ = shown(answer_view(answer)).splitlines()
    assert first == text
    assert heading in {"Källor", "Sources"}  # the sentence is not there twice
    assert json.loads(answer_json(None, answer, question))["answer"] == text


@pytest.mark.parametrize(
    ("sentence", "text"),
    [
        ("Ja, den öppnar i maj.", "Ja, den öppnar i maj."),
        ("JA! Den öppnar.", "JA! Den öppnar."),
        ("Januari är för tidigt.", "Ja. Januari är för tidigt."),
    ],
)
def test_a_yes_that_the_sentence_says_is_not_said_twice(sentence, text):
    answer = list_answer(sentence, sentence)
    assert answer_text(replace(answer, type=AnswerType.YES)) == text


def test_a_count_is_said_with_the_list_that_was_counted_as_its_quote():
    answer = list_answer("- Anna Berg\n- Olle Lind\n- Eva Dal", "Anna Berg", "Olle Lind", "Eva Dal")
    answer = replace(answer, type=AnswerType.COUNT)
    assert answer_text(answer) == "3"
    lines = shown(answer_view(answer)).splitlines()
    assert lines[0] == "3"
    assert all(
        any(name in line for line in lines) for name in ("Anna Berg", "Olle Lind", "Eva Dal")
    )


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (places_of(Outcome.FOUND), "Jag är inte säker, men här står det närmaste."),
        (replace(places_of(Outcome.FOUND), intent=Intent.SUMMARY),
         "Jag är inte säker på vilket dokument du menar. De här ligger närmast:"),
        (places_of(Outcome.NOTHING, "4 maj"), "Dokumenten nämner inte 4 maj."),
        (places_of(Outcome.NOTHING, "SMHI", "4 maj"), "Dokumenten nämner varken SMHI eller 4 maj."),
        (places_of(Outcome.NOTHING, "a", "b", "c"), "Dokumenten nämner varken a, b eller c."),
        (places_of(Outcome.FOUND, question="When is the hall open?"),
         "I am not sure, but this is the nearest."),
        (places_of(Outcome.NOTHING, "4 May", question="When is the hall open?"),
         "The documents do not mention 4 May."),
        (places_of(Outcome.NOTHING, "SMHI", "May", question="When is the hall open?"),
         "The documents mention neither SMHI nor May."),
    ],
)  # fmt: skip
def test_what_is_no_answer_says_why_and_asserts_nothing(answer, text):
    assert answer_text(answer) == text
    said = json.loads(answer_json("q", answer, "?"))
    assert (said["answer"], said["refused"]) == (text, True)
    assert said["outcome"] == answer.outcome.value


def test_where_no_place_is_near_none_is_promised():
    text = answer_text(places_of(Outcome.FOUND, places=False))
    assert text == "Jag hittar inget ställe i dokumenten som handlar om det."


# What answers in a quote


def test_marks_are_in_order_apart_and_inside_the_quote():
    cited = answer_of("3 maj").citations[0]
    words = ("maj 2021", "Åsby", "3 maj", "Simhallen öppnar", "Kommunen")
    found = marked_places(replace(cited, marked=tuple(map(quote_of, words))))
    assert [cited.quote.text[start:end] for start, end in found] == ["Åsby", "3 maj"]


def test_quote_repeats_an_answer_that_is_all_of_it():
    whole = answer_of("Simhallen i Åsby öppnar\nden 3 maj 2021")
    assert repeats(whole, whole.citations[0])
    part = answer_of("Simhallen i Åsby")
    assert not repeats(part, part.citations[0])
    for items, is_all in ((["SMHI", "Boverket"], True), (["SMHI", "Polisen"], False)):
        listed = list_answer(AGENCIES, *items)
        assert repeats(listed, listed.citations[0]) is is_all


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
        "outcome": "answered",
        "refused": False,
        "confidence": 0.8765,
        "citations": [
            {
                "number": 1,
                "document": "nyheter/simhall.txt",
                "title": "Simhallen öppnar",
                "published": "2021-04-30",
                "page": None,
                "url": "https://ljusforsa.example/simhall",
                "passage": {
                    "text": HIT.passage.text,
                    "start": HIT.passage.start,
                    "end": HIT.passage.end,
                },
                "quote": {"text": quote, "start": start, "end": start + len(quote)},
            }
        ],
        "elapsed_ms": 12.3,
    }


def test_json_of_hits_is_one_line_of_the_contract():
    other = hits_of(make_document_of(TEXT, "kopia.txt"))[0].passage
    line = hits_json(7, "När?", [replace(HIT, also=(other,))])
    passage = HIT.passage
    assert json.loads(line) == {
        "id": 7,
        "question": "När?",
        "hits": [{"document": "nyheter/simhall.txt", "also": ["kopia.txt"],
                  "start": passage.start, "end": passage.end, "text": passage.text,
                  "score": round(HIT.score, 4)}],
    }  # fmt: skip


# The terminal


def test_answer_is_shown_with_its_quote_and_source():
    first, *others = shown(answer_view(answer_of("3 maj 2021"))).splitlines()
    assert first == "3 maj 2021"
    text = "\n".join(others)
    assert "”Simhallen i Åsby öppnar" in text
    assert "den 3 maj 2021.”" in text
    start = TEXT.index("Simhallen i Åsby")
    assert text.endswith(
        "\n\nKällor\n1. Simhallen öppnar, Ljusforsa kommun, 30 april 2021\n"
        f"    nyheter/simhall.txt, tecken {start}–{start + 39}\n"
        "    https://ljusforsa.example/simhall"
    )


def test_an_answer_that_may_be_wrong_says_so_above_it():
    answer = replace(answer_of("3 maj 2021"), is_tentative=True)
    lines = shown(answer_view(answer)).splitlines()
    assert lines[:3] == ["Troligen, men kontrollera i källan:", "", "3 maj 2021"]
    assert json.loads(answer_json(None, answer, "?"))["answer"] == "3 maj 2021"


def test_page_of_a_quote_is_shown_and_given():
    document = replace(DOCUMENT, pages=(0, TEXT.index("Simhallen i Åsby"), len(TEXT) - 10))
    [hit, *_] = hits_of(document)
    quoted = Quote(document, document.pages[1], document.pages[1] + 16)
    answer = answer_of("3 maj 2021")
    cited = replace(answer, citations=(Citation(1, hit, quoted),))
    assert "1. Simhallen öppnar, Ljusforsa kommun, 30 april 2021, s. 2\n" in shown(
        answer_view(cited)
    )
    [citation] = json.loads(answer_json("1", cited, "?"))["citations"]
    assert citation["page"] == 2


def test_items_of_a_list_are_shown_one_a_line():
    lines = shown(answer_view(list_answer(AGENCIES, "SMHI", "Boverket"))).splitlines()
    assert lines[:2] == ["• SMHI", "• Boverket"]
    assert lines[3] == "Källor"  # and not again in the quote


def test_words_that_answer_are_marked_in_the_quote():
    view = shown(answer_view(answer_of("3 maj 2021")), force_terminal=True, color_system="standard")
    assert "\x1b[1;3;32m3 maj 2021\x1b[0m" in view


def test_source_with_an_address_is_a_link_that_opens_at_the_quote_where_the_terminal_can():
    answer = answer_of("3 maj 2021")
    link = "https://ljusforsa.example/simhall#:~:text="
    assert link in shown(answer_view(answer), force_terminal=True, color_system="standard")
    assert link not in shown(answer_view(answer))


def test_nothing_in_a_document_steers_the_terminal():
    text = "Simhallen öppnar \x1b[2J\x9b31m den 3 maj.\x07 Alla\u202e är välkomna."
    document = make_document_of(text, "a\x1b]0;titel\x07.txt", publisher="\x1b[1mKommun")
    [hit] = hits_of(document)
    cited = Citation(1, hit, Quote(document, 0, len(text)))
    found = Answer(understand("När?"), Outcome.ANSWERED, 0.9, (cited.quote,), (cited,))
    for view in (answer_view(found), hits_view([hit]), source_view(cited.quote)):
        said = shown(view)
        assert not set(said) & set("\x07\x1b\x9b\u202e")
        assert "den 3 maj." in said


@pytest.mark.parametrize("width", [24, 40])
def test_a_terminal_breaks_lines_at_words_and_keeps_the_indent(width):
    console = Console(file=StringIO(), width=width, force_terminal=True, color_system=None)
    show(console, answer_view(answer_of("Alla", quote="[bold]Alla[/bold] är välkomna.")))
    lines = console.file.getvalue().splitlines()
    quote = [line for line in lines if line.startswith("    ")]
    assert " ".join(" ".join(quote).split()).startswith("”[bold]Alla[/bold] är välkomna.”")
    assert all(len(line.rstrip()) <= width for line in lines)


def test_a_list_under_its_heading_is_shown_once():
    text = "Deltagande\n\n• SMHI\n• Boverket"
    answer = list_answer(text, "SMHI", "Boverket")
    cited = replace(answer.citations[0], quote=Quote(answer.citations[0].quote.document, 0, 29))
    lines = shown(answer_view(replace(answer, citations=(cited,)))).splitlines()
    assert lines[:3] == ["Deltagande", "• SMHI", "• Boverket"]
    assert lines[4] == "Källor"


def test_square_brackets_of_a_source_are_shown_as_they_are():
    answer = answer_of("[bold]Alla[/bold] är välkomna.", quote="[bold]Alla[/bold] är välkomna.")
    assert "[bold]Alla[/bold] är välkomna." in shown(answer_view(answer))
    assert "[1] kaffe" in shown(source_view(quote_of("Kommunen bjuder")))
    assert "[bold]Alla[/bold]" in shown(hits_view([HIT, OTHER]))


@pytest.mark.parametrize(
    ("answer", "opening"),
    [
        (places_of(Outcome.FOUND), ["Jag är inte säker, men här står det närmaste.", ""]),
        (places_of(Outcome.NOTHING, "4 maj"),
         ["Dokumenten nämner inte 4 maj.", "", "Närmast kommer det här:", ""]),
    ],
)  # fmt: skip
def test_places_are_shown_numbered_with_their_quotes_and_nothing_is_in_bold(answer, opening):
    lines = shown(answer_view(answer)).splitlines()
    assert lines[: len(opening)] == opening
    assert lines[len(opening)] == "    ”Simhallen i Åsby öppnar"
    assert [line[:3] for line in lines if line[:1].isdigit()] == ["1. ", "2. "]
    view = shown(answer_view(answer), force_terminal=True, color_system="standard")
    assert not view.startswith("\x1b[1m")
    assert "\x1b[1;3;32m3 maj\x1b[0m" in view


def test_words_around_an_english_answer_are_english():
    text = shown(answer_view(answer_of("3 maj 2021", question="When does the hall open?")))
    assert "30 April 2021" in text
    assert "characters" in text
    assert "tecken" not in text


def test_document_of_which_little_is_known_is_its_title():
    text = "Kvarnen rivs."
    document = make_document_of(text, "möten/kvarn.txt")
    cited = Citation(1, hits_of(document)[0], Quote(document, 0, len(text)))
    answer = Answer(understand("Rivs den?"), Outcome.ANSWERED, 0.9, (cited.quote,), (cited,))
    assert "\n1. kvarn\n    möten/kvarn.txt, tecken 0–13\n" in shown(answer_view(answer))


def test_hits_are_numbered_with_their_file_and_text_in_one_line():
    text = shown(hits_view([HIT, OTHER]))
    assert text.startswith("1. Simhallen öppnar\n    nyheter/simhall.txt\n")
    assert "2. Simhallen öppnar" in text
    assert "Simhallen i Åsby öppnar den 3 maj 2021." in text
    assert "dense" not in text


def test_hits_have_their_page_where_there_are_pages_and_scores_where_asked_for():
    document = replace(DOCUMENT, pages=(0, TEXT.index("Simhallen i Åsby"), len(TEXT) - 10))
    text = shown(hits_view(hits_of(document)[:1], scores=True))
    assert re.search(r"nyheter/simhall\.txt, s\. [12], \d\.\d\d \(dense ", text)


def test_source_shows_what_stands_around_the_quote():
    text = shown(source_view(quote_of("[bold]Alla[/bold] är välkomna.")))
    assert "nyheter/simhall.txt" in text
    assert "den 3 maj 2021. [bold]Alla" in text
    assert "Kommunen bjuder på" in text
    assert "…" not in text


def test_source_says_where_the_document_goes_on():
    long = "Bron byggs. " * 60 + "Kvarnen rivs. " + "Ån leds om. " * 60
    document = make_document_of(long)
    start = long.index("Kvarnen")
    lines = shown(source_view(Quote(document, start, start + 13)))
    assert lines.count("…") == 2
    assert len(lines) < 800


@pytest.mark.parametrize("width", [1, 20, 80])
def test_narrow_terminal_loses_no_word(width):
    console = Console(file=StringIO(), width=width)
    console.print(answer_view(answer_of("3 maj 2021")), soft_wrap=True)
    assert "den 3 maj 2021.”" in console.file.getvalue()
