import random

import pytest

from embeddings.passages.head import NONE, choose
from training.heads import (
    Choice,
    Head,
    cut_short,
    date_choice,
    document_of,
    fit,
    names,
    title_choice,
)

TEXT = (
    "Ekviks kommun\nTekniska nämnden\n\nNya taxor för vatten\n\n2024-03-05\n\n"
    "Taxan för vatten höjs med fem kronor i hela kommunen från och med den 1 maj 2024. Det är bra."
)
HEAD = Head("a", TEXT, ["Nya taxor för vatten"], "2024-03-05")


def test_a_title_is_right_if_it_holds_a_line_that_names_the_document():
    assert names("Avfallstaxa 2024.", ["avfallstaxa  2024"])
    assert names("Protokoll, nämnden, 3 maj 2024", ["Protokoll"])
    assert not names("Bakgrund", ["Avfallstaxa 2024"])
    assert not names("", ["Avfallstaxa 2024"])


def test_the_line_and_the_day_that_were_written_down_are_the_right_choices():
    title, day = title_choice(HEAD), date_choice(HEAD)
    assert len(title.candidates) == 5
    assert title.right == [2]
    assert (len(day.candidates), day.right) == (2, [0])
    assert title_choice(HEAD._replace(titles=[])).right == []


def test_parts_of_documents_keep_their_title_or_have_none():
    for part in cut_short([HEAD] * 50):
        assert "".join(part.text.split()) in "".join(TEXT.split())
        assert bool(part.titles) == ("Nya taxor" in part.text)


def test_a_document_is_made_of_its_own_text_alone():
    assert document_of(HEAD).metadata.title == "Nya taxor för vatten"


def test_the_weights_tell_the_right_candidates_and_that_there_may_be_none():
    draw = random.Random(3)
    noise = [f"noise {number}" for number in range(5)]
    choices = []
    for number in range(60):
        candidates = [{draw.choice(noise), "wrong"} for _ in range(3)]
        right = [draw.randrange(3)] if number % 3 else []
        for one in right:
            candidates[one] = {draw.choice(noise), "good"}
        choices.append(Choice(candidates, right))
    weights = fit(choices)
    assert weights["good"] > weights[NONE] > weights["wrong"]
    assert choose(weights, [{"wrong"}, {"good"}])[1] > 0.9
    assert choose(weights, [{"wrong"}, {"wrong"}])[2] > 0.7
    assert choose({}, [{"unknown"}]) == pytest.approx([0.5, 0.5])
