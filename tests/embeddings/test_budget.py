"""What a question may take: time and memory, counted only where somebody answers."""

import pytest

from embeddings.budget import bounded, spend
from embeddings.errors import QuestionTooHeavy


def test_what_is_spent_is_counted_only_within_a_budget():
    spend(10**15)
    with bounded(memory=100):
        spend(60)
        spend(40)
        with pytest.raises(QuestionTooHeavy, match="too large"):
            spend(1)
    spend(10**15)


def test_a_question_is_declined_when_its_time_is_up():
    with bounded(seconds=0), pytest.raises(QuestionTooHeavy, match="too long"):
        spend()
