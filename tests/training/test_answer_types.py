"""The fit of the head that tells types of answers apart."""

import torch

from training.answer_types import MOST, draw_typed, fit_answer_types
from training.examples import Example, ReadingText

TYPES = ("", "ja", "nej", "antal")


def example(question, polarity="", *, answered=True):
    right = (ReadingText("Anna och Bo", 0, ((0, 4),)),) if answered else ()
    return Example("written", question, "", right, (), polarity)


def test_types_that_states_tell_apart_are_told_apart():
    torch.manual_seed(1)
    types = torch.arange(4).repeat(30)
    states = torch.eye(4)[types] * 3 + 0.1 * torch.randn(120, 4) + 5  # far from zero on the whole
    weights, biases = fit_answer_types(states, types, 4)
    assert weights.shape == (4, 4)
    assert torch.equal((states @ weights.T + biases).argmax(dim=1), types)


def test_questions_without_an_answer_teach_no_type():
    drawn = draw_typed([example("Vem?", answered=False), example("Är det så?", "ja")], TYPES)
    assert [one.polarity for one in drawn] == ["ja"]


def test_no_type_outweighs_the_others_and_those_that_ask_how_many_are_among_them():
    many = [example(f"Hur många {number}?") for number in range(2 * MOST)]
    plain = [example(f"Vem {number}?") for number in range(10 * MOST)]
    counted = [example(f"Hur många {number}?", "antal") for number in range(10)]
    drawn = draw_typed([*many, *plain, *counted], TYPES)
    none = [one for one in drawn if not one.polarity]
    assert len(drawn) - len(none) == len(counted)
    assert len(none) == 2 * MOST
    assert sum(one.question.startswith("Hur") for one in none) >= MOST
