import random

import pytest

from training.typing_habits import as_typed


@pytest.mark.parametrize("seed", range(30))
def test_a_question_as_typed_is_still_a_question(seed):
    question = "Vilka myndigheter deltog på mötet i Malmö?"
    typed = as_typed(question, random.Random(seed))
    assert abs(len(typed) - len(question)) < 25
    assert "m" in typed.lower()


@pytest.mark.parametrize("question", ["", "?", "Vem?", "vad är det?", "112", "Är  Åre\töppet"])
def test_anything_can_be_typed(question):
    typed = [as_typed(question, random.Random(seed)) for seed in range(100)]
    assert question in typed
    assert any(typed) == bool(question)


def test_most_questions_are_left_as_they_are():
    question = "Vilka myndigheter deltog på mötet i Malmö?"
    same = sum(as_typed(question, random.Random(seed)) == question for seed in range(300))
    assert 150 < same < 250


def test_some_questions_are_typed_in_small_letters_and_some_without_å():
    typed = {as_typed("Är Åre öppet?", random.Random(seed)) for seed in range(200)}
    assert any(one.islower() for one in typed)
    assert any("å" not in one.lower() for one in typed)
