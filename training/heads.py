"""Train and measure the choice of a document's title and date (`embeddings/passages/head.py`).

    python -m training.heads DATA

`heads.jsonl` has what readers wrote down for 1,394 of the written documents: the lines that name
the document, best first, and the day on which it was published, decided or held, "" if its head
gives none: when it was updated or reviewed is another day. Those of the dev sets are kept apart.
Parts of some documents are trained on as well, so that the model learns that a text may be short,
and that not every one has a title.
"""

import argparse
import json
import random
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from embeddings.language.sentences import split_sentences
from embeddings.passages.document import make_document
from embeddings.passages.head import (
    DATE_LINES,
    NONE,
    TITLE_LINES,
    WEIGHTS,
    date_candidates,
    head_lines,
    load_weights,
    title_features,
)
from embeddings.passages.structure import find_blocks
from embeddings.types import Document, Source
from evaluation.written import read_written

LABELS: Final = Path(__file__).with_name("heads.jsonl")
OWN: Final = Path(__file__).parent / "written"
CUT: Final = 0.6  # share of the documents of which a part is trained on as well
RUNNING: Final = 12  # words of a line of running text, at least
LEAST: Final = 3  # documents that a feature must be in
SMALLEST: Final = 0.02  # weight that is kept
STIFFNESS: Final = 1.0  # of the L2 penalty
SEED: Final = 5
MOST: Final = 3  # times as many words as a title that a line of it may have


class Head(NamedTuple):
    """What a reader wrote down about a document."""

    name: str
    text: str
    titles: list[str]
    published: str


class Choice(NamedTuple):
    """The candidates of a document by their features, and which of them are right, maybe none."""

    candidates: Sequence[Collection[str]]
    right: Sequence[int]


def main() -> None:
    """Fit the weights on the train sets, and print how many titles and dates of the dev sets are
    right."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    chosen = parser.parse_args()
    data = chosen.data / "written"
    train = list(read_heads([data / "train", OWN / "train"]))
    weights = {
        "title": fit([*map(title_choice, [*train, *cut_short(train)])]),
        "date": fit([*map(date_choice, train)]),
    }
    said = json.dumps(weights, ensure_ascii=False, indent=0, sort_keys=True)
    WEIGHTS.write_text(said + "\n", encoding="utf-8", newline="\n")
    load_weights.cache_clear()
    counts: Counter[str] = Counter()
    for head in read_heads([data / "dev", OWN / "dev"]):
        document = document_of(head)
        title = document.metadata.title or ""
        day = document.metadata.published.isoformat() if document.metadata.published else ""
        counts["documents"] += 1
        counts["titles right"] += (is_right := names(title, head.titles))
        counts["dates to find"] += bool(head.published)
        counts["dates found"] += bool(day) and day == head.published
        counts["dates wrong"] += bool(day) and day != head.published
        if not is_right:
            print(f"{head.name}: {title!r}, not {head.titles[:1]}")
        if day != head.published:
            print(f"{head.name}: {day!r}, not {head.published!r}")
    print(", ".join(f"{what}: {count}" for what, count in counts.items()))


def read_heads(folders: Sequence[Path]) -> Iterator[Head]:
    """The documents of folders that have been labelled."""
    written = LABELS.read_text(encoding="utf-8").rstrip("\n").split("\n")
    labels = {said["id"]: said for said in map(json.loads, written)}
    for folder in folders:
        for one in read_written(folder):
            if said := labels.get(one.id):
                yield Head(one.id, one.text, said["titles"], said["published"])


def document_of(head: Head) -> Document:
    """The document as it is built without any knowledge of others."""
    source = Source(head.name, head.text)
    return make_document(source, find_blocks(source), frozenset())


def names(line: str, titles: Sequence[str]) -> bool:
    """Whether a line contains the words of one of the titles, and not many others."""
    said = f" {_words(line)} "
    return any(
        f" {_words(title)} " in said and said.count(" ") <= MOST * (title.count(" ") + 2)
        for title in titles
    )


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def cut_short(heads: Sequence[Head]) -> Iterator[Head]:
    """Parts of the documents: some lines from the title on, some from the first running text on, or
    some sentences of that."""
    draw = random.Random(SEED)
    for head in heads:
        lines = head.text.split("\n")
        named = [number for number, line in enumerate(lines) if names(line, head.titles)]
        running = [number for number, line in enumerate(lines) if len(line.split()) >= RUNNING]
        if named and draw.random() < CUT:
            part = lines[named[0] : named[0] + draw.choice([2, 4, 8, len(lines)])]
            yield head._replace(text="\n".join(part))
        if not running:
            continue
        part = lines[running[0] : running[0] + draw.choice([1, 4, 8, len(lines)])]
        whole = "\n".join(part)
        sentences = [whole[start:end] for start, end in split_sentences(whole)]
        first, count = draw.randrange(len(sentences)), draw.randrange(1, 4)
        few = draw.choice([" ", "\n", "\n\n"]).join(sentences[first : first + count])
        for text in (whole, few):
            has_title = any(_words(title) in _words(text) for title in head.titles)
            if draw.random() < CUT and not has_title:
                yield head._replace(text=text, titles=[])


def title_choice(head: Head) -> Choice:
    """The choice of a title among the first lines."""
    lines = head_lines(head.text, find_blocks(Source(head.name, head.text)), TITLE_LINES)
    right = [number for number, line in enumerate(lines) if names(line.text, head.titles)]
    return Choice(title_features(head.text, lines), right)


def date_choice(head: Head) -> Choice:
    """The choice of a date among those in the first lines."""
    lines = head_lines(head.text, find_blocks(Source(head.name, head.text)), DATE_LINES)
    candidates = date_candidates(lines)
    right = [number for number, one in enumerate(candidates)
             if one.day.isoformat() == head.published]  # fmt: skip
    return Choice([one.features for one in candidates], right)


def fit(choices: Sequence[Choice]) -> dict[str, float]:
    """The weights of the features, by maximum likelihood with an L2 penalty."""
    counts = Counter(feature for one in choices for each in one.candidates for feature in each)
    kept = sorted(feature for feature, count in counts.items() if count >= LEAST)
    columns = {feature: column for column, feature in enumerate([*kept, NONE])}
    each_row = [[columns[feature] for feature in candidate if feature in columns]
                for one in choices for candidate in [*one.candidates, [NONE]]]  # fmt: skip
    ends = np.cumsum([0, *map(len, each_row)])
    shape = (len(each_row), len(columns))
    matrix = csr_matrix((np.ones(ends[-1]), np.concatenate(each_row), ends), shape)
    sizes = [len(one.candidates) + 1 for one in choices]
    starts = np.cumsum([0, *sizes[:-1]])
    group = np.repeat(np.arange(len(choices)), sizes)
    is_right = np.zeros(len(each_row), bool)
    for start, size, one in zip(starts, sizes, choices, strict=True):
        is_right[[start + number for number in one.right] or start + size - 1] = True

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        scores = matrix @ weights
        powers = np.exp(scores - np.maximum.reduceat(scores, starts)[group])
        shares = powers / np.add.reduceat(powers, starts)[group]
        right = np.add.reduceat(shares * is_right, starts)
        slope = shares - shares * is_right / right[group]
        penalty = STIFFNESS / 2 * weights @ weights
        return penalty - np.log(right).sum(), matrix.T @ slope + STIFFNESS * weights

    found = minimize(loss, np.zeros(len(columns)), jac=True, method="L-BFGS-B",
                     options={"maxiter": 300})  # fmt: skip
    weights = zip(columns, found.x.tolist(), strict=True)
    return {feature: round(weight, 3) for feature, weight in weights if abs(weight) >= SMALLEST}


if __name__ == "__main__":
    main()
