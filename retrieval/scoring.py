"""The probability of each candidate to be the answer: one softmax over all of them and "none".

The weights are in `scoring.json`, written by `python -m training.fit`, with a note of the data they
were fitted on.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from embeddings.model.computing import FloatArray
from retrieval.candidates import FEATURES, Candidate
from retrieval.types import Hit

WEIGHTS: Final = Path(__file__).parent / "reader_model" / "scoring.json"


@dataclass(frozen=True, slots=True, eq=False)
class Scorer:
    """The weights of `FEATURES`, the logit of "none", the minimum probability of a given answer and
    of one that is given without reservation, and the weight of the reader's relevance relative to
    the search score."""

    weights: FloatArray
    none: float
    threshold: float
    sure: float
    relevance: float


@cache
def load_scorer(file: Path = WEIGHTS) -> Scorer:
    """Load the scorer of a file; raises ValueError if it was fitted on other features."""
    said = json.loads(file.read_text(encoding="utf-8"))
    if tuple(said["weights"]) != FEATURES:
        raise ValueError(f"{file.name} weighs other features: run python -m training.fit")
    return Scorer(
        np.array(list(said["weights"].values()), np.float32),
        said["none"],
        said["threshold"],
        said["sure"],
        said["relevance"],
    )


def rank_score(scorer: Scorer, hit: Hit) -> float:
    """The score by which the passages read for one question are ranked."""
    return hit.score + scorer.relevance * (hit.reading.relevance if hit.reading else 0.0)


def probabilities(scorer: Scorer, candidates: Sequence[Candidate]) -> list[float]:
    """The probability of each candidate to be the answer; the rest up to 1 is that of "none"."""
    if not candidates:
        return []
    logits = np.stack([one.features for one in candidates]) @ scorer.weights
    raised = np.exp(logits - max(float(logits.max()), scorer.none))
    none = np.exp(scorer.none - max(float(logits.max()), scorer.none))
    shares: list[float] = (raised / (raised.sum() + none)).tolist()
    return shares
