"""How well a unit answers, and the probability that the best one is right."""

import math

from retrieval.types import Language, Question
from retrieval.units import Unit


def fit(unit: Unit) -> float:
    """How well a unit answers, in the units of the search score."""
    return unit.hit.score + 3.0 * unit.near + 3.0 * unit.own + 2.0 * unit.form


def probability(question: Question, unit: Unit) -> float:
    """The probability that the best unit is right."""
    if question.language is Language.ENGLISH:  # its words are not those of the documents
        return 0.6
    return 1 / (
        1 + math.exp(-(-8 + 6 * unit.near + 3 * unit.own + 1.0 * unit.form + unit.hit.score))
    )
