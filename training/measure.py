"""How well the reader reads: the dev set, and the articles that no training has seen."""

from collections.abc import Sequence

import numpy as np
import torch
from sklearn.metrics import roc_auc_score

from embeddings.encoder import FloatArray
from retrieval.evaluation import exact_match, token_f1
from retrieval.reader import Tokenize, best_pair
from training.examples import Example
from training.train import ReaderModel, make_items


def measure(
    model: ReaderModel, tokenize: Tokenize, examples: Sequence[Example]
) -> dict[str, float]:
    """EM and F1 on the passage that answers; how often it is ranked first among its like; and
    how well answerable and unanswerable passages are told apart (AUC)."""
    model.eval()
    exact, f1, first, gaps, labels, relevances = [], [], [], [], [], []
    for example in examples:
        items = make_items(tokenize, example.question, example.readings[:7])
        if not items:
            continue
        with torch.inference_mode():
            logits = model([item.input for item in items])
        best = [best_span(spans.numpy()) for spans, _ in logits]
        relevance = [float(one) for _, one in logits]
        gaps.append(best[0][0])
        relevances.append(relevance[0])
        labels.append(example.readings[0].answers)
        if example.readings[0].answers:
            reading, where = example.readings[0], items[0].input.where
            text = reading.text[where[best[0][1]][0] : where[best[0][2]][1]]
            gold = reading.text[reading.start : reading.end]
            exact.append(exact_match(text, gold))
            f1.append(token_f1(text, gold))
            first.append(max(relevance) == relevance[0])
    figures = {"exact": np.mean(exact), "f1": np.mean(f1), "first": np.mean(first)}
    if len(set(labels)) == 2:
        figures["null_auc"] = roc_auc_score(labels, gaps)
        figures["relevance_auc"] = roc_auc_score(labels, relevances)
    model.train()
    return {name: round(float(value), 3) for name, value in figures.items()}


def best_span(spans: FloatArray) -> tuple[float, int, int]:
    """The logit of the best span over no answer, and its first and last token."""
    starts, ends = spans[:, 1:] - spans[:, :1]
    score, first, last = best_pair(starts, ends)
    return score, first + 1, last + 1
