"""The training of what is added to the vectors of questions."""

import numpy as np
import torch

from tests.fakes import FakeEncoder
from training.examples import Asked as Question
from training.examples import QuestionSet
from training.query import Asked, gather, train


def asked_of_turned_passages(count=40, width=8):
    """Questions whose passages are their vectors with two axes changed about."""
    torch.manual_seed(4)
    queries = torch.nn.functional.normalize(torch.randn(count, width), dim=1)
    passages = queries[:, [1, 0, *range(2, width)]]
    return Asked(queries, passages, [[row] for row in range(count)])


def share_first(asked, added):
    turned = torch.nn.functional.normalize(asked.queries + asked.queries @ added.T, dim=1)
    best = (turned @ asked.passages.T).argmax(dim=1)
    return float((best == torch.arange(len(best))).float().mean())


def test_what_is_learnt_brings_questions_nearer_to_the_passages_that_answer(monkeypatch):
    monkeypatch.setattr("training.query.EPOCHS", 200)
    monkeypatch.setattr("training.query.RATE", 0.02)
    asked = asked_of_turned_passages()
    added = train([asked])
    assert added.shape == (8, 8)
    assert share_first(asked, added) == 1.0 > share_first(asked, torch.zeros(8, 8))


def test_a_set_gives_the_rows_of_the_passages_that_hold_the_answer(tmp_path):
    text = "Badet öppnar den 3 maj.\n\nEn biljett kostar 40 kronor."
    start = text.index("40 kronor")
    questions = QuestionSet("a", {"a.txt": text}, [
        Question("Vad kostar badet?", "a.txt", ((start, start + len("40 kronor")),)),
        Question("Vem äger badet?", "a.txt"),
    ])  # fmt: skip
    asked = gather(questions, tmp_path, FakeEncoder())
    assert asked.queries.shape[0] == len(asked.answering) == 1
    [[row]] = asked.answering
    assert asked.passages.shape[0] > row > 0
    assert np.isfinite(asked.passages.numpy()).all()
