"""What is talk, what is asked about documents as such, and what is neither."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bot.answer_text import example_question
from embeddings.model.encoder import load_encoder
from embeddings.types import Listing
from retrieval.intent import (
    IntentModel,
    IntentReader,
    find_titles,
    intent_of,
    title_key,
    without_titles,
)
from retrieval.types import Intent, Language
from tests.retrieval.support import WordEncoder

LINES = [json.loads(line) for line in
         Path(__file__).with_name("intents.jsonl").read_text("utf-8").splitlines()]  # fmt: skip
LEAST = 0.97


@pytest.mark.parametrize(("more", "is_talk"), [(-0.01, False), (0.01, True)])
def test_talk_has_to_be_as_likely_as_its_threshold(more, is_talk):
    model = IntentModel.load()
    assert model.weights.shape == (len(model.names), 384)
    assert all(least >= 0.5 for least in model.thresholds.values())
    told = np.array([intent_of(name).is_talk for name in model.names])
    share = model.thresholds["talk"] + more
    shares = np.where(told, share / told.sum(), 1e-9)
    shares[model.names.index(Intent.CONTENT)] = 1 - share
    made = replace(model, weights=np.zeros_like(model.weights), phrases={}, bias=np.log(shares))
    assert made.recognise("hur då", np.zeros(384, np.float32))[0].is_talk is is_talk


def test_with_another_encoder_every_line_with_words_is_a_question():
    reader = IntentReader(WordEncoder())
    assert reader.recognise("hej")[0] is Intent.CONTENT
    assert reader.recognise("👍")[0] is Intent.UNCLEAR
    assert reader.asking == frozenset()


TITLES = {
    title_key(title) for title in ("Ny bro över ån", "Bron", "Ny bro över ån i maj?", "004_a7.txt")
}


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("Vad handlar ”Ny bro över ån” om?", "Vad handlar rapporten om skolan om?"),
        ("Vad handlar Ny bro över ån om?", "Vad handlar rapporten om skolan om?"),
        ("vad handlar ny BRO över ån i maj? om", "vad handlar rapporten om skolan? om"),
        ("vad handlar “bron” om", "vad handlar rapporten om skolan om"),
        ('vad handlar "bron" om', "vad handlar rapporten om skolan om"),
        ("vad kostar bron?", "vad kostar bron?"),
        ("summera 004_A7.txt tack", "summera rapporten om skolan tack"),
        ("summera 004_a7 txt tack", "summera 004_a7 txt tack"),
        ("Vad handlar ”Ny skola” om?", "Vad handlar ”Ny skola” om?"),
    ],
)
def test_title_is_known_in_quotes_or_by_three_words_and_the_longest_is_taken(asked, said):
    places = [place for _, place in find_titles(asked, TITLES)]
    assert without_titles(asked, places) == said


@pytest.fixture(scope="module")
def recognise():
    return IntentReader(load_encoder()).recognise


@pytest.mark.model
def test_talk_is_recognised(recognise):
    told = [one for one in LINES if one["part"] == "talk" and one["intent"] != "content"]
    missed = [one["text"] for one in told if not recognise(one["text"])[0].is_talk]
    assert len(missed) <= (1 - LEAST) * len(told), missed


@pytest.mark.model
def test_questions_that_only_look_like_talk_are_no_talk(recognise):
    asked = [one for one in LINES if one["part"] == "talk" and one["intent"] == "content"]
    taken = [one["text"] for one in asked if recognise(one["text"])[0].is_talk]
    assert len(taken) <= (1 - LEAST) * len(asked), taken


@pytest.mark.model
def test_talk_is_told_apart_well_enough_to_be_answered(recognise):
    told = [one for one in LINES if one["part"] == "talk" and one["intent"] != "content"]
    right = [recognise(one["text"])[0] == one["intent"] for one in told]
    assert sum(right) >= 0.85 * len(right)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("hej", Language.SWEDISH),
        ("hello", Language.ENGLISH),
        ("thanks a lot", Language.ENGLISH),
        ("Tack så mycket!", Language.SWEDISH),
        ("who are you?", Language.ENGLISH),
    ],
)
@pytest.mark.model
def test_talk_is_answered_in_its_language(recognise, text, language):
    intent, said_in = recognise(text)
    assert intent.is_talk
    assert said_in is language


@pytest.mark.parametrize("text", ["👍", "🙏🙏", "👋", "🤷‍♀️", "❤️"])
@pytest.mark.model
def test_emoji_alone_is_talk(recognise, text):
    assert recognise(text)[0].is_talk


@pytest.mark.model
@pytest.mark.parametrize(
    "title",
    [
        "Dir. 2016:15 Dataskyddsförordningen",
        "Mötesanteckningar från referensgruppen för beständiga identifierare, möte 1",
        "Bakgrund",
        "Tack till alla som hjälpte till",
    ],
)
@pytest.mark.parametrize("language", list(Language))
def test_example_that_is_offered_can_be_asked_whatever_the_title(recognise, title, language):
    asked = example_question(Listing("d.txt", "d.txt", title), language)
    places = [place for _, place in find_titles(asked, {title_key(title)})]
    assert recognise(without_titles(asked, places))[0] is Intent.SUMMARY
