"""How well each unit answers, and the probability that the best one is right.

What has been read is weighed by `training.fit`: on the dev questions of SweQUAD-MC and the articles
of the Swedish SQuAD 2.0 that the reader has not learnt from, each question asked twice, as it is
and with the documents that hold its answer taken away; on XQuAD for English questions. What has not
been read is weighed in the same way, as fitted on the train questions of SweQUAD-MC, 3,000 of the
Swedish SQuAD 2.0 and 586 of XQuAD. The data hold few lists and no statements: the weights of their
forms, and of telephone numbers and addresses, are set by hand.
"""

import math
from collections.abc import Mapping, Sequence

from embeddings.types import BlockKind
from retrieval.titles import is_about_title
from retrieval.types import Language, Question, QuestionKind
from retrieval.units import Unit

# Conditional logit: which unit answers, given that one does; beside the score of its hit.
OWN = 5.0
FORM = {
    QuestionKind.PERSON: 0.9,
    QuestionKind.DATE: 1.3,
    QuestionKind.NUMBER: 2.9,
    QuestionKind.REASON: 0.3,
    QuestionKind.LIST: 2.5,
    QuestionKind.NAMES: 4.0,
    QuestionKind.KEYWORDS: 2.5,
    QuestionKind.STATEMENT: 2.5,
    QuestionKind.PHONE: 4.0,
    QuestionKind.EMAIL: 4.0,
}
# The same where the passage has been read (`training.fit`). The fit has a cause count against a
# reason, for which a form counts nothing; those of lists and statements are set by hand.
SCORE_READ, SPAN, OWN_READ = 0.6, 0.27, 2.16
FORM_READ = {
    QuestionKind.PERSON: 0.66,
    QuestionKind.DATE: 2.16,
    QuestionKind.NUMBER: 3.77,
    QuestionKind.YES_NO: 2.62,
    QuestionKind.LIST: 1.0,
    QuestionKind.STATEMENT: 2.5,
}
_UNREAD = -20.0
# Logistic regression: whether the best unit is right. The vector of a list says little of any one
# item, and the words of an English question are not those of the documents.
_PROSE = {"bias": -16.2, "near": 0.5, "own": 1.8, "dense": 12.7, "share": 3.7}
_FRAGMENT = {"bias": -5.8, "near": 1.2, "own": 2.0, "dense": 0.0, "share": 3.6}
_ENGLISH = {"bias": -21.6, "near": -2.2, "own": 3.2, "dense": 22.2, "share": 4.45}
_READ = {"bias": -10.94, "near": 1.6, "dense": 7.76, "share": 2.26, "relevance": 0.44}
_ENGLISH_READ = {"bias": -8.6, "near": 0.42, "dense": 6.61, "share": 3.01, "relevance": 0.35}
_RELEVANCE = 6.0  # beyond which it says no more, either way
_ABOUT = 0.5  # the share of what is asked about that its document has to hold, by hand
_FRAGMENTS = frozenset({BlockKind.LIST, BlockKind.CAPTION})


def fit(question: Question, unit: Unit) -> float:
    """How well a unit answers; only differences within one question mean anything."""
    if unit.read is None:
        return unit.hit.score + OWN * unit.own + FORM.get(question.kind, 0.0) * unit.form
    form = FORM_READ.get(question.kind, 0.0) * unit.form
    return SCORE_READ * unit.hit.score + SPAN * span_score(unit) + OWN_READ * unit.own + form


def span_score(unit: Unit) -> float:
    """The reader's logit for its answer in the unit, over that for none; bounded below."""
    return max(unit.read[0], _UNREAD) if unit.read else _UNREAD


def shares(fits: Sequence[float]) -> list[float]:
    """The probability of each unit to be the one that answers, if one does (softmax)."""
    highest = max(fits)
    raised = [math.exp(value - highest) for value in fits]
    total = sum(raised)
    return [value / total for value in raised]


def probability(question: Question, unit: Unit, share: float) -> float:
    """The probability that a unit with a share of the fit is a right answer, 0 to 1.

    What is told by form is likely whatever the reader makes of it.
    """
    logit = _logit(_weights(question, unit), unit, share)
    if unit.form and _is_told_by_form(question, unit):
        logit = max(logit, _logit(_FRAGMENT, unit, share))
    return 1 / (1 + math.exp(-logit))


def _is_told_by_form(question: Question, unit: Unit) -> bool:
    """Whether what has the form that is asked for is the answer: a title, its holder, or the line
    on the origin of a document that is about what is asked."""
    about = unit.hit.passage.kind is BlockKind.METADATA and unit.hit.near >= _ABOUT
    return about or is_about_title(question)


def _logit(weights: Mapping[str, float], unit: Unit, share: float) -> float:
    signals = {
        "bias": 1.0,
        "near": unit.hit.near,
        "own": unit.own,
        "dense": unit.hit.dense,
        "share": share,
        "relevance": said_relevance(unit.hit.reading.relevance) if unit.hit.reading else 0.0,
    }
    return sum(weight * signals[name] for name, weight in weights.items())


def said_relevance(logit: float) -> float:
    """The relevance as far as it says something of whether the answer is right."""
    return max(-_RELEVANCE, min(logit, _RELEVANCE))


def _weights(question: Question, unit: Unit) -> dict[str, float]:
    is_english = question.language is Language.ENGLISH
    if unit.read is not None:
        return _ENGLISH_READ if is_english else _READ
    if is_english:
        return _ENGLISH
    return _FRAGMENT if unit.hit.passage.kind in _FRAGMENTS else _PROSE
