import json

import numpy as np
import pytest

from retrieval.candidates import FEATURES, find_candidates
from retrieval.scoring import Scorer, load_scorer, probabilities
from retrieval.types import Question
from tests.retrieval.test_candidates import hit_of

RELEVANCE = Scorer(np.eye(len(FEATURES))[FEATURES.index("relevance")], 0.0, 0.5, 0.8, 1.0)


def test_the_probabilities_of_candidates_and_of_none_sum_to_one():
    hits = [hit_of("Avgiften är 300 kronor.", "300 kronor"), hit_of("Torget är rött.", "rött")]
    found = find_candidates(Question("vad kostar"), hits)
    chances = probabilities(RELEVANCE, found)
    assert 0 < sum(chances) < 1


def test_the_more_relevant_the_likelier():
    hits = [hit_of("Avgiften är 300 kronor.", "300 kronor", relevance=4.0, name="a.txt"),
            hit_of("Torget är rött.", "rött", relevance=-4.0, name="b.txt")]  # fmt: skip
    found = find_candidates(Question("vad kostar"), hits)
    best = found[int(np.argmax(probabilities(RELEVANCE, found)))]
    assert best.quote.document.name == "a.txt"


def test_without_candidates_there_is_nothing_to_choose():
    assert probabilities(RELEVANCE, []) == []


def test_weights_of_other_features_are_refused(tmp_path):
    file = tmp_path / "scoring.json"
    file.write_text(json.dumps({"weights": {"luck": 1.0}}))
    with pytest.raises(ValueError, match="other features"):
        load_scorer(file)


def test_the_weights_in_the_package_are_of_the_features_there_are():
    scorer = load_scorer()
    assert scorer.weights.shape == (len(FEATURES),)
    assert 0 < scorer.threshold <= scorer.sure < 1
