"""Train the adapter of `retrieval.search`, which is added to the vector of a question.

    python -m training.query DATA WORK [--written FOLDER …] [--out FILE]

A question is near to passages about the same subject, but those that answer it need not be the
nearest. A linear map of its vector brings it nearer to these; the vectors of the passages are
unchanged. It is trained on written questions, with all other passages of their set as negatives
(InfoNCE, van den Oord et al. 2018).
"""

import argparse
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from embeddings.model.encoder import Encoder, load_bundled
from embeddings.types import Passage
from retrieval.question import understand
from retrieval.search import ADAPTER, expanded
from training.examples import QuestionSet, indexed, overlaps, written_set

EPOCHS: Final = 5
QUESTIONS: Final = 128  # per step
RATE: Final = 5e-4
TEMPERATURE: Final = 0.01
"""At a higher one the passages near the question count too little: with 0.03, trained on half of
the questions, .78 of the project's own dev questions have their passage among the first 12 and .45
have it first; with this one .80 and .48."""
SEED: Final = 0


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """The vectors of a set's questions, shape (questions, dimension), and of its passages, shape
    (passages, dimension), with the rows of the passages that answer each question."""

    queries: Tensor
    passages: Tensor
    answering: Sequence[Sequence[int]]


def main() -> None:
    """Train on `written/train` of DATA and on each FOLDER, and write the adapter."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--written", type=Path, action="append", default=[])
    parser.add_argument("--out", type=Path, default=ADAPTER)
    chosen = parser.parse_args()
    encoder = load_bundled()
    folders = [chosen.data / "written/train", *chosen.written]
    sets = [
        gather(written_set(f"written-{number}", folder), chosen.work, encoder)
        for number, folder in enumerate(folders)
    ]
    np.save(chosen.out, train(sets).numpy().astype(np.float16))


def gather(questions: QuestionSet, work: Path, encoder: Encoder) -> Asked:
    """The vectors of a set, whose index is built in the folder `work`."""
    index = indexed(questions.texts, work / questions.name, encoder)
    by_document: dict[str, list[tuple[int, Passage]]] = defaultdict(list)
    for row, passage in enumerate(index.passages(list(range(len(index))))):
        by_document[passage.document.name].append((row, passage))
    queries, answering = [], []
    for one in questions.questions:
        rows = [
            row for row, passage in by_document[one.document]
            if any(overlaps(passage, span) for span in one.spans)
        ]  # fmt: skip
        if rows:
            asked = understand(f"{one.topic} {one.question}".strip())
            queries.append(encoder.embed_query(expanded(asked)))
            answering.append(rows)
    vectors = index.vectors.at(np.arange(len(index)))
    return Asked(
        torch.tensor(np.array(queries)), torch.tensor(vectors, dtype=torch.float32), answering
    )


def train(sets: Sequence[Asked]) -> Tensor:
    """Train the matrix of the adapter, shape (dimension, dimension)."""
    torch.manual_seed(SEED)
    width = sets[0].passages.shape[1]
    added = torch.zeros(width, width, requires_grad=True)
    optimizer = torch.optim.Adam([added], lr=RATE)
    left = EPOCHS * sum(-(-len(one.queries) // QUESTIONS) for one in sets)
    falling = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.05, total_iters=left)
    for _ in range(EPOCHS):
        steps = [
            (number, rows)
            for number, one in enumerate(sets)
            for rows in torch.split(torch.randperm(len(one.queries)), QUESTIONS)
        ]
        for step in torch.randperm(len(steps)).tolist():
            number, rows = steps[step]
            optimizer.zero_grad()
            _loss(added, sets[number], rows).backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            falling.step()
    return added.detach()


def _loss(added: Tensor, asked: Asked, rows: Tensor) -> Tensor:
    """The cross-entropy of the passages that answer, among all passages of the set."""
    queries = asked.queries[rows]
    turned = functional.normalize(queries + queries @ added.T, dim=1)
    logs = functional.log_softmax(turned @ asked.passages.T / TEMPERATURE, dim=1)
    right = torch.zeros(logs.shape, dtype=torch.bool)
    for place, row in enumerate(rows.tolist()):
        right[place, list(asked.answering[row])] = True
    return -logs.masked_fill(~right, -torch.inf).logsumexp(dim=1).mean()


if __name__ == "__main__":
    main()
