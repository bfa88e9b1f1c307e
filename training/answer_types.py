"""The head that classifies answer types, fitted separately after the reader is trained.

So few questions are answered by yes, by no or by a count that its share of the training loss is of
little effect. The head is a softmax regression on the first hidden state of passages that answer;
on fixed states the problem is convex.
"""

import random
from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

from training.examples import Example

MOST: Final = 600
"""Number of questions of each type; twice as many of no type."""
PENALTY: Final = 0.01
"""L2 penalty of the weights on standardised states; the best of .001, .003 and .01 for errors at a
probability of .9, in five-fold cross-validation."""
_SEED = 5


def draw_typed(examples: Sequence[Example], types: Sequence[str]) -> list[Example]:
    """Draw questions of each type with a passage that answers, in random order. Half of those
    of no type ask how many, if there are so many, since these are the easiest to confuse."""
    draw = random.Random(_SEED)
    answered = [one for one in examples if one.right]
    drawn: list[Example] = []
    for type_ in types:
        of_type = [one for one in answered if one.polarity == type_]
        if not type_:
            counted = [one for one in of_type if one.question.lower().startswith("hur m")]
            drawn += draw.sample(counted, min(MOST, len(counted)))
        drawn += draw.sample(of_type, min(MOST, len(of_type)))
    draw.shuffle(drawn)
    return drawn


def fit_answer_types(states: Tensor, types: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Fit weights, shape (count, width), and biases, shape (count,), that predict types from
    states.

    `states` has shape (questions, width), and `types` the type of each as an index below `count`.
    """
    mean, spread = states.mean(dim=0), states.std(dim=0) + 1e-6
    scaled = (states - mean) / spread
    weights = torch.zeros(count, states.shape[1], requires_grad=True)
    biases = torch.zeros(count, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights, biases], max_iter=150)

    def loss() -> Tensor:
        optimizer.zero_grad()
        cost = functional.cross_entropy(scaled @ weights.T + biases, types)
        cost = cost + PENALTY * (weights**2).sum()
        cost.backward()  # type: ignore[no-untyped-call]
        return cost

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    with torch.no_grad():
        plain = weights / spread
        return plain.detach(), (biases - plain @ mean).detach()
