"""Recorded replies of a language model through the real pipeline, and how its gate is measured."""

import json

import pytest

from embeddings.model.encoder import load_encoder
from embeddings.rebuild import rebuild
from evaluation import summary
from retrieval.llm.client import NoReply
from retrieval.llm.reply import read_reply
from retrieval.question import understand
from tests.fakes import OverlapReader
from tests.recorded_replies import (
    REPLIES,
    SHARED,
    Keeping,
    Recorded,
    ask_all,
    measure_gate,
    read_replies,
    real_cases,
    written_texts_and_cases,
)
from tests.retrieval.support import hits_of, make_document_of


def test_gate_is_measured_with_what_was_written_and_with_it_made_wrong():
    question = understand("Vad kostade bron?")
    texts = ("Bron\n\nEnligt Anna Berg kostade bron 87 kronor.\n", "Båten\n\nDen är blå.\n")
    hits = hits_of(*(make_document_of(text, f"{len(text)}.txt") for text in texts))
    quotes = [{"passage": 1, "quote": "Enligt Anna Berg kostade bron 87 kronor."}]
    parts = [{"text": "Enligt Anna Berg kostade den 87 kronor.", "quotes": quotes},
             {"text": "Den kostade mer.", "quotes": []}]  # fmt: skip
    reply = read_reply(json.dumps({"verdict": "answered", "parts": parts}))
    assert {
        what: str(passed) for what, passed in measure_gate([(question, hits, reply)]).items()
    } == {
        "as written": "1 of 2",
        "with another number": "0 of 1",
        "with another name": "0 of 1",
        "with an invented quote": "0 of 1",
        "with another passage": "0 of 1",
    }


def prompt(question, *passages):
    pieces = {str(number): {"text": text} for number, text in enumerate(passages, 1)}
    said = {"fråga": question, "tidigare": "", "stycken": pieces}
    return [{"role": "user", "content": json.dumps(said)}]


def test_a_reply_is_found_by_its_question_and_its_quotes_by_their_words():
    quotes = [{"passage": 1, "quote": "Bron är lång."}, {"passage": 2, "quote": "Den är grön."}]
    reply = json.dumps({"verdict": "answered", "parts": [{"text": "Lång.", "quotes": quotes}]})
    model = Recorded({("Hur är bron?", ""): reply})
    said = model.complete(prompt("Hur är bron?", "Båten är röd.", "Å. Bron är lång."), {}).text
    assert [one["passage"] for one in json.loads(said)["parts"][0]["quotes"]] == [2, 2]
    with pytest.raises(NoReply):
        model.complete(prompt("Hur är båten?", "Båten är röd."), {})


@pytest.mark.model
@pytest.mark.skipif(
    not (REPLIES.is_file() and SHARED.is_dir()),
    reason="no replies, or not their documents",
)
@pytest.mark.parametrize("of", ["real", "written"])
def test_recorded_replies_are_right_as_often_as_they_should_be(of, tmp_path):
    texts, cases = ({}, real_cases()) if of == "real" else written_texts_and_cases()
    folder = SHARED / "real" if of == "real" else tmp_path / "documents"
    for name, text in texts.items():
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8", newline="")
    encoder = load_encoder()
    rebuild(folder, tmp_path / "index", encoder.name, lambda: encoder, lambda *_: None)
    language = Keeping(Recorded(read_replies(REPLIES)))
    outcomes = ask_all(cases, tmp_path / "index", encoder, OverlapReader(), language)
    known = [one for one in outcomes if one.answer.cost is not None and one.answer.cost.calls]
    assert len(known) == len(cases)
    figures = summary(known)
    assert figures["right"] >= 0.8  # .93 and .84 when they were recorded
    assert figures["asserted_right"] >= 0.95
    assert figures["absent_asserted"] <= 0.05
