"""How well each unit answers, and the probability that the best one is right.

The weights are fitted on the 962 train questions of SweQUAD-MC and 3,000 questions of the Swedish
SQuAD 2.0 (four fifths of its articles), each asked twice: as it is, and with the documents that
hold its answer taken away. Those data hold no lists and no statements; the weights of their forms
are set by hand.
"""

import math
from collections.abc import Sequence

from embeddings.types import BlockKind
from retrieval.types import Language, Question, QuestionKind
from retrieval.units import Unit

# Conditional logit: which unit answers, given that one does; beside the score of its hit.
_OWN = 4.8
_FORM = {
    QuestionKind.PERSON: 0.7,
    QuestionKind.DATE: 0.9,
    QuestionKind.NUMBER: 1.9,
    QuestionKind.REASON: 0.2,
    QuestionKind.LIST: 2.0,
    QuestionKind.NAMES: 4.0,
    QuestionKind.KEYWORDS: 2.0,
    QuestionKind.STATEMENT: 2.0,
    QuestionKind.PHONE: 4.0,
    QuestionKind.EMAIL: 4.0,
}
# Logistic regression: whether the best unit is right. The vector of a list says little of any one
# item, and the words of an English question are not those of the documents.
_PROSE = {"bias": -19.4, "near": 0.5, "own": 1.85, "dense": 16.5, "share": 3.7}
_FRAGMENT = {"bias": -5.8, "near": 1.4, "own": 2.1, "dense": 0.0, "share": 3.5}
_ENGLISH = {"bias": -22.8, "near": 0.4, "own": 1.0, "dense": 23.0, "share": 4.9}
_FRAGMENTS = frozenset({BlockKind.LIST, BlockKind.CAPTION})


def fit(question: Question, unit: Unit) -> float:
    """How well a unit answers; only differences within one question mean anything."""
    form = _FORM.get(question.kind, 0.0) * unit.form
    return unit.hit.score + _OWN * unit.own + form


def shares(fits: Sequence[float]) -> list[float]:
    """The probability of each unit to be the one that answers, if one does (softmax)."""
    highest = max(fits)
    raised = [math.exp(value - highest) for value in fits]
    total = sum(raised)
    return [value / total for value in raised]


def probability(question: Question, unit: Unit, share: float) -> float:
    """The probability that a unit with a share of the fit is a right answer, 0 to 1."""
    weight = _weights(question, unit)
    logit = (
        weight["bias"]
        + weight["near"] * unit.hit.near
        + weight["own"] * unit.own
        + weight["dense"] * unit.hit.dense
        + weight["share"] * share
    )
    return 1 / (1 + math.exp(-logit))


def _weights(question: Question, unit: Unit) -> dict[str, float]:
    if question.language is Language.ENGLISH:
        return _ENGLISH
    return _FRAGMENT if unit.hit.passage.kind in _FRAGMENTS else _PROSE
