"""A language model as the reader: its verdicts, what passes of its answers, and how it fails."""

import json
from dataclasses import replace
from datetime import date

import pytest

from retrieval.llm.client import Completion, NoReply
from retrieval.llm.reading import LanguageReader
from retrieval.types import Cost, Intent, Outcome
from tests.retrieval.llm.conftest import BRIDGE

TODAY = date(2026, 11, 2)
COST = "Bron över Klarälven kostade 87 miljoner kronor"
OPENED = "invigdes den 12 april 2018 av Anna Berg"


class Says:
    """A model that says one thing, and keeps what it was asked."""

    def __init__(self, said):
        self.said = said

    def complete(self, messages, schema, *, hear=None, seconds=None):
        self.messages = messages
        if hear:
            hear(0)
        if isinstance(self.said, Exception):
            raise self.said
        return Completion(self.said, Cost(1, 1000, 50, 0.5))

    @property
    def data(self):
        return json.loads(self.messages[-1]["content"])


def reply(*parts):
    """A reply that answers."""
    return json.dumps({"verdict": "answered", "parts": list(parts)}, ensure_ascii=False)


def part(text, *quotes, item=False, passage=None):
    """A part with its quotes, each numbered with the passage that has it; filled in by `reply`."""
    return {"text": text, "item": item,
            "quotes": [{"passage": passage, "quote": quote} for quote in quotes]}  # fmt: skip


def read(answer, verdict, *parts, **changes):
    """What comes of an answer with a model of this reply."""
    numbered = LanguageReader(Says(NoReply("")), today=lambda: TODAY)
    numbered.read(answer)
    pieces = numbered._model.data["stycken"]
    for one in parts:
        for quote in one["quotes"]:
            holding = [int(number) for number, piece in pieces.items()
                       if quote["quote"] in piece["text"]]  # fmt: skip
            if quote["passage"] is None:
                quote["passage"] = (holding or [1])[0]
    said = json.dumps({"verdict": verdict, "parts": list(parts), **changes}, ensure_ascii=False)
    return LanguageReader(Says(said), today=lambda: TODAY).read(answer)


def texts(answer):
    return [one.text for one in answer.worded]


# Verdicts


def test_an_answer_has_its_words_its_quotes_and_what_it_cost(make_answer):
    own = make_answer("Vad kostade bron?")
    answer = read(own, "answered", part("Den kostade 87 miljoner kronor.", COST))
    assert answer.outcome is Outcome.ANSWERED
    assert texts(answer) == ["Den kostade 87 miljoner kronor."]
    [citation] = answer.citations
    assert [one.text for one in citation.marked] == [COST]
    assert citation.quote.text.startswith(COST)
    assert answer.cost == Cost(1, 1000, 50, 0.5)


def test_what_is_not_said_is_nothing_and_shows_what_is_nearest(make_answer):
    sure = read(make_answer("Vad kostade bron?"), "answered", part("87 miljoner.", COST))
    answer = read(sure, "nothing")
    assert (answer.outcome, answer.missing, answer.worded) == (Outcome.NOTHING, (), ())
    assert answer.citations == sure.citations


def test_what_is_not_sure_shows_the_places_that_were_quoted(make_answer):
    own = make_answer("Vad kostade tunneln?")
    answer = read(own, "found", part("", COST), part("", "står inte där"))
    assert (answer.outcome, answer.worded, answer.spans) == (Outcome.FOUND, (), ())
    assert [one.quote.text[: len(COST)] for one in answer.citations] == [COST]


def test_two_meanings_are_asked_for_with_their_quotes(make_answer):
    own = make_answer("När var det klart?")
    meant = [
        part("När invigdes bron?", OPENED),
        part("Hur länge tog arbetet?", "Arbetet tog tre år"),
    ]
    answer = read(own, "ask", *meant)
    assert (answer.outcome, len(answer.worded), len(answer.citations)) == (Outcome.FOUND, 2, 2)
    assert read(own, "ask", meant[0]).worded == ()


def test_items_are_items_and_their_number_may_be_said(make_answer):
    own = make_answer("Vilka deltog?")
    items = [part(name, name, item=True) for name in ("Boverket", "Skolverket", "Polismyndigheten")]
    answer = read(own, "answered", part("Tre myndigheter deltog.", "Deltagare"), *items)
    assert [one.is_item for one in answer.worded] == [False, True, True, True]
    assert len(answer.citations) <= 2


def test_answer_in_english_stands_on_swedish_quotes(make_answer):
    own = make_answer("What did the bridge cost, and who opened it?")
    said = part("It cost 87 million kronor and was opened by Anna Berg.", COST, OPENED)
    answer = read(own, "answered", said)
    assert answer.outcome is Outcome.ANSWERED


def test_summary_may_be_longer(make_answer):
    own = replace(make_answer("Sammanfatta"), intent=Intent.SUMMARY)
    sentences = [
        part(f"Bron kostade 87 miljoner kronor{'.' * number}", COST) for number in range(6)
    ]
    assert len(read(own, "answered", *sentences).worded) == 6
    assert len(read(replace(own, intent=Intent.CONTENT), "answered", *sentences).worded) == 4


# What does not pass

WRONG = {
    "changed number": part("Bron kostade 78 miljoner kronor.", COST),
    "changed scale": part("Bron kostade 87 miljarder kronor.", COST),
    "changed name": part("Den invigdes av Anna Lind.", OPENED),
    "changed place": part("Bron går över Göta älv.", COST),
    "changed organisation": part("Boverket byggde bron.", "Trafikverket byggde bron"),
    "changed date": part("Den invigdes den 13 april 2018.", OPENED),
    "changed year": part("Den invigdes den 12 april 2019.", OPENED),
    "invented quote": part("Bron är stängd.", "Bron är stängd på grund av ras"),
    "no quote": part("Bron är stängd."),
    "quote of a word that says nothing": part("Bron är stängd.", "och"),
    "quote of another passage": part("Arbetet tog tre år.", "Arbetet tog tre år", passage=1),
    "quote of no passage": part("Arbetet tog tre år.", "Arbetet tog tre år", passage=99),
    "number of passage zero": part("Arbetet tog tre år.", "Arbetet tog tre år", passage=0),
    "address of its own": part("Läs mer på https://evil.example/x.", COST),
    "telephone of its own": part("Ring 08-123 45 67.", COST),
    "hidden character": part("Bron kostade\u202e 87 miljoner kronor.", COST),
    "too long": part("Bron " * 200, COST),
    "empty": part(" ", COST),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_wrong_sentence_is_dropped_and_the_right_one_stays(make_answer, wrong):
    own = make_answer("Vad kostade bron och hur länge tog det?")
    right = part("Arbetet tog tre år.", "Arbetet tog tre år")
    assert texts(read(own, "answered", wrong, right)) == ["Arbetet tog tre år."]


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_where_no_sentence_is_left_the_answer_is_kallbots_own(make_answer, wrong):
    own = make_answer("Vad kostade bron och hur länge tog det?")
    answer = read(own, "answered", wrong)
    assert (answer, answer.cost) == (own, Cost(1, 1000, 50, 0.5))


def test_document_without_the_day_that_is_asked_for_cannot_answer(make_answer):
    own = make_answer("Vad kostade bron som invigdes den 5 maj 2018?")
    assert read(own, "answered", part("Bron kostade 87 miljoner kronor.", COST)) == own
    asked = make_answer("Vad kostade bron som invigdes den 12 april 2018?",
                        published=date(2018, 4, 12))  # fmt: skip
    assert read(asked, "answered", part("Bron kostade 87 miljoner kronor.", COST)).worded


# What fails


@pytest.mark.parametrize(
    "said",
    [
        "",
        "Jag vet inte.",
        "{",
        "[]",
        "{}",
        '{"verdict": "maybe", "parts": []}',
        '{"verdict": "answered"}',
        '{"verdict": "answered", "parts": "Bron"}',
        '{"verdict": "answered", "parts": [1, null, {"text": 2}, {"quotes": [{}]}]}',
        "{" * 100_000,
        '{"verdict": "answered", "parts": ' + "[" * 100_000,
        NoReply("cannot be reached"),
    ],
)  # fmt: skip
def test_what_is_no_reply_leaves_kallbots_own(make_answer, caplog, said):
    own = make_answer("Vad kostade bron?")
    assert LanguageReader(Says(said), today=lambda: TODAY).read(own) == own
    assert "answered without the language model" in caplog.text


@pytest.mark.parametrize(
    "around",
    [
        "REPLY",
        "```json\nREPLY\n```",
        '<think>Kanske {"verdict": "nothing"}?</think>REPLY',
        "Låt mig se. {hm} </think>\nREPLY",
        "[THINK]hm[/THINK]REPLY",
        "Svaret: REPLY Hoppas det hjälper!",
    ],
)
def test_reply_is_found_among_thoughts_and_fences(make_answer, around):
    said = reply(part("Den kostade 87 miljoner kronor.", COST, passage=1))
    answer = LanguageReader(Says(around.replace("REPLY", said))).read(
        make_answer("Vad kostade bron?")
    )
    assert texts(answer) == ["Den kostade 87 miljoner kronor."]


def test_reply_that_was_cut_off_keeps_its_whole_parts(make_answer):
    said = reply(part("Den kostade 87 miljoner kronor.", COST, passage=1),
                 part("Den invigdes den 12 april 2018.", OPENED, passage=1))  # fmt: skip
    answer = LanguageReader(Says(said[:-40])).read(make_answer("Vad kostade bron?"))
    assert texts(answer)[0] == "Den kostade 87 miljoner kronor."


@pytest.mark.parametrize("intent", [Intent.GREETING, Intent.DOCUMENTS_LIST, Intent.AUTHOR])
def test_what_is_no_question_about_the_content_is_not_sent(make_answer, intent):
    model = Says("")
    own = replace(make_answer("Hej"), intent=intent)
    assert LanguageReader(model).read(own) is own
    assert not hasattr(model, "messages")


# What is sent


def test_question_is_sent_as_it_was_typed_with_those_before_it_and_the_passages(make_answer):
    own = make_answer("vad kostade bron?", publisher="Trafikverket", published=date(2018, 4, 13))
    question = replace(own.question, asked="va kostade bron", history=("Finns det en bro?",))
    model, heard = Says("{}"), []
    LanguageReader(model, today=lambda: TODAY).read(replace(own, question=question), heard.append)
    assert model.data["fråga"] == "va kostade bron"
    assert model.data["tidigare"] == "Finns det en bro?"
    assert model.data["idag"] == "2026-11-02"
    pieces = list(model.data["stycken"].values())
    assert {piece["utgivare"] for piece in pieces} == {"Trafikverket"}
    assert {piece["datum"] for piece in pieces} == {"2018-04-13"}
    assert {piece["titel"] for piece in pieces} == {"Ny bro över Klarälven"}
    assert all(piece["text"] in BRIDGE for piece in pieces)
    assert heard


# Rewriting


def test_rewriting_gives_a_question_and_searches(make_answer):
    said = json.dumps({"question": "Vad kostade bron?", "queries": ["bro kostnad", "", 3 * "a"]})
    rewriting, cost = LanguageReader(Says(said)).rewrite("vad kostade den?", ("Finns en bro?",))
    assert (rewriting.question, rewriting.queries) == ("Vad kostade bron?", ["bro kostnad", "aaa"])
    assert cost.calls == 1


@pytest.mark.parametrize("said", ["", "{}", '{"question": ""}', '{"question": 1}', NoReply("x"),
                                  json.dumps({"question": "a" * 2000})])  # fmt: skip
def test_rewriting_that_fails_is_none(said):
    assert LanguageReader(Says(said)).rewrite("vad kostade den?", ())[0] is None
