"""Fit the weights of `retrieval.search` and `retrieval.confidence`, and say how well they hold.

    python benchmarks/fit_weights.py DATA WORK

DATA holds `swequad-mc-train.json`, `swequad-mc-dev.json`, `squad2-sv.json` and `xquad.en.json`;
WORK is a folder for the indexes, kept for the next run. Every question is asked twice: as it is,
and with the documents (of SQuAD: the paragraphs) that hold its answer taken away, where any
answer is wrong.
Of SQuAD every fifth article (0, 5, 10, …) is held out, and 3,000 of the other questions are drawn.
"""

import argparse
import hashlib
import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from embeddings.encoder import Encoder, load_encoder
from embeddings.index import Index, open_index
from embeddings.rebuild import rebuild
from retrieval import confidence
from retrieval.answer import short_answer
from retrieval.evaluation import read_swequad, unix_lines
from retrieval.evidence import confirmed
from retrieval.question import understand
from retrieval.search import search
from retrieval.types import Hit, Question, QuestionKind, Refusal
from retrieval.units import Unit, find_units

Array = NDArray[np.float64]

HELD_OUT, DRAWN, SEED = 5, 3000, 1
HITS, DEPTH = 40, 10
FORMS = (QuestionKind.PERSON, QuestionKind.DATE, QuestionKind.NUMBER, QuestionKind.REASON)
NAMES = ("dense", "lexical", "near", "own", *(f"form of {kind}" for kind in FORMS))
SIGNALS = ("near", "own", "dense", "share")
THRESHOLDS = (0.05, 0.08, 0.1, 0.15, 0.2, 0.3)


@dataclass(frozen=True, slots=True)
class Gold:
    """A question, the document and the span of its answer, and which hits give it away."""

    question: str
    document: str
    start: int
    end: int
    reveals: Callable[[Hit], bool]


@dataclass(frozen=True, slots=True)
class Case:
    """The units of one question: what is known of each, and which of them are right."""

    features: Array
    right: NDArray[np.bool_]
    agrees: NDArray[np.bool_]
    present: bool


def main() -> None:
    """Build the indexes, gather the cases, fit, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    chosen = parser.parse_args()
    encoder = load_encoder()
    swequad, train, dev = swequad_sets(chosen.data)
    squad, drawn, english = squad_sets(chosen.data)
    web = indexed(swequad, chosen.work / "swequad", encoder)
    wiki = indexed(squad, chosen.work / "squad", encoder)
    sets = {
        "SweQUAD-MC train": gather(web, encoder, train),
        "SweQUAD-MC dev": gather(web, encoder, dev),
        "SQuAD 2.0 sv": gather(wiki, encoder, drawn),
    }
    fitted = [sets["SweQUAD-MC train"], sets["SQuAD 2.0 sv"]]
    print_ranks(sets, fit_ranks([case for cases in fitted for case in cases]))
    for title, columns in (("prose", [0, 1, 2, 3]), ("lists and captions", [0, 1, 3])):
        print(f"\nprobability, {title}")
        print_probability(sets, columns, fitted)
    print("\nprobability, English questions")
    cases = gather(wiki, encoder, english)
    print_probability({"XQuAD en": cases}, [0, 1, 2, 3], [cases])


# Data


def swequad_sets(data: Path) -> tuple[dict[str, str], list[Gold], list[Gold]]:
    """The texts of SweQUAD-MC by file name, and the questions of train and dev."""
    texts: dict[str, str] = {}
    parts = []
    for split in ("train", "dev"):
        questions = []
        for span in read_swequad(data / f"swequad-mc-{split}.json"):
            name = hashlib.sha256(span.text.encode()).hexdigest()[:16] + ".txt"
            texts[name] = span.text
            line = _line_of(span.text, span.start, span.end)
            questions.append(Gold(span.question, name, span.start, span.end, _holding(line)))
        parts.append(questions)
    return texts, parts[0], parts[1]


def _line_of(text: str, start: int, end: int) -> str:
    first, last = text.rfind("\n", 0, start) + 1, text.find("\n", end)
    return text[first : last if last >= 0 else len(text)].strip()


def _holding(line: str) -> Callable[[Hit], bool]:
    """Sibling pages share paragraphs, so every document with the line gives the answer away."""
    return lambda hit: line in hit.passage.document.text


def squad_sets(data: Path) -> tuple[dict[str, str], list[Gold], list[Gold]]:
    """The articles of the Swedish SQuAD 2.0 that are not held out; questions drawn of them; and
    the English questions of XQuAD that have their answers there."""
    articles = json.loads((data / "squad2-sv.json").read_text(encoding="utf-8"))["data"]
    texts: dict[str, str] = {}
    questions: dict[str, Gold] = {}
    for number, article in enumerate(articles):
        if number % HELD_OUT:
            name = f"{number:02}.txt"
            texts[name] = article["title"].replace("_", " ") + "\n\n"
            for paragraph in article["paragraphs"]:
                offset = len(texts[name])
                questions.update(_squad_questions(name, offset, paragraph))
                texts[name] += unix_lines(paragraph["context"]) + "\n\n"
    drawn = list(questions.values())
    random.Random(SEED).shuffle(drawn)
    return texts, drawn[:DRAWN], list(_english_questions(data, questions))


def _english_questions(data: Path, swedish: dict[str, Gold]) -> Iterator[Gold]:
    """The questions of XQuAD in English, by whose number the Swedish one is known."""
    for article in json.loads((data / "xquad.en.json").read_text(encoding="utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            for asked in paragraph["qas"]:
                if asked["id"] in swedish:
                    yield replace(swedish[asked["id"]], question=asked["question"])


def _squad_questions(
    name: str, offset: int, paragraph: dict[str, Any]
) -> Iterator[tuple[str, Gold]]:
    end = offset + len(paragraph["context"])

    def reveals(hit: Hit) -> bool:
        passage = hit.passage
        return passage.document.name == name and passage.start < end and offset < passage.end

    for asked in paragraph["qas"]:
        if asked["is_impossible"]:
            yield asked["id"], Gold(asked["question"], "", 0, 0, reveals)
        elif asked["answers"]:
            first = asked["answers"][0]
            start = offset + first["answer_start"]
            yield (
                asked["id"],
                Gold(asked["question"], name, start, start + len(first["text"]), reveals),
            )


def indexed(texts: dict[str, str], work: Path, encoder: Encoder) -> Index:
    """An index of the texts."""
    documents = work / "documents"
    documents.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (documents / name).write_text(text, encoding="utf-8", newline="")
    rebuild(documents, work / "index", encoder.name, lambda: encoder, lambda *_: None)
    return open_index(work / "index", encoder.name)


# Cases


def gather(index: Index, encoder: Encoder, questions: Sequence[Gold]) -> list[Case]:
    """Every question twice, with its answer and without; those that a name decides left out."""
    cases = []
    for gold in questions:
        question = understand(gold.question)
        hits = search(index, encoder, question, HITS)
        for present in (True, False):
            left = [hit for hit in hits if present or not gold.reveals(hit)]
            evidence = confirmed(question, left)
            if not isinstance(evidence, Refusal):
                case = _case(index, question, evidence, gold, present=present)
                if case is not None:
                    cases.append(case)
    return cases


def _case(
    index: Index, question: Question, evidence: Sequence[Hit], gold: Gold, *, present: bool
) -> Case | None:
    weight = index.words.weight
    units = [unit for hit in evidence[:DEPTH] for unit in find_units(question, hit, weight)]
    if not units:
        return None
    best = max(units, key=lambda unit: confidence.fit(question, unit))
    spans = short_answer(question, best)
    return Case(
        features=np.array([_features(question, unit) for unit in units]),
        right=np.array([present and _holds(unit, gold) for unit in units]),
        agrees=np.array([unit.says(spans) for unit in units]),
        present=present,
    )


def _features(question: Question, unit: Unit) -> list[float]:
    forms = (unit.form * (question.kind is kind) for kind in FORMS)
    return [unit.hit.dense, unit.hit.lexical, unit.hit.near, unit.own, *forms]


def _holds(unit: Unit, gold: Gold) -> bool:
    quote = unit.quote
    same = quote.document.name == gold.document
    return same and quote.start <= gold.start and gold.end <= quote.end


# Which unit


def fit_ranks(cases: Sequence[Case]) -> Array:
    """The weights of a conditional logit over the units of each question that has a right one."""
    answered = [case for case in cases if case.right.any()]
    scale = np.concatenate([case.features for case in answered]).std(axis=0) + 1e-9

    def loss(weights: Array) -> float:
        total = 0.0
        for case in answered:
            shares = _shares(case.features / scale @ weights)
            total -= np.log(shares[case.right].sum() + 1e-12)
        return float(total / len(answered) + 1e-3 * weights @ weights)

    return np.asarray(minimize(loss, np.zeros(len(NAMES)), method="L-BFGS-B").x / scale)


def _shares(fits: Array) -> Array:
    raised = np.exp(fits - fits.max())
    return np.asarray(raised / raised.sum())


def print_ranks(sets: dict[str, list[Case]], weights: Array) -> None:
    """The fitted weights, and how often the best unit is right where one is."""
    print("which unit answers")
    print(
        "  "
        + ", ".join(f"{name} {weight:.2f}" for name, weight in zip(NAMES, weights, strict=True))
    )
    for title, cases in sets.items():
        answered = [case for case in cases if case.right.any()]
        right = [case.right[np.argmax(case.features @ weights)] for case in answered]
        print(f"  {title}: the best unit is right in {np.mean(right):.3f} of {len(right)}")


# Whether it is right


def print_probability(
    sets: dict[str, list[Case]], columns: Sequence[int], fitted: Sequence[list[Case]]
) -> None:
    """The fitted probability, and its figures on every set."""
    weights = current_weights()
    measured = {title: [_signals(case, weights) for case in cases] for title, cases in sets.items()}
    train = [signals for title, signals in measured.items() if sets[title] in fitted]
    rows = np.array([row[:4] for signals in train for row in signals])[:, columns]
    labels = np.array([row[4] for signals in train for row in signals])
    # Each set counts as much as the other, however many questions it has.
    worth = np.concatenate([np.full(len(signals), 1 / len(signals)) for signals in train])
    model = LogisticRegression(C=1e3, max_iter=1000).fit(
        rows, labels, sample_weight=worth * len(rows)
    )
    terms = zip((SIGNALS[column] for column in columns), model.coef_[0], strict=True)
    said = ", ".join(f"{name} {weight:.2f}" for name, weight in terms)
    print(f"  bias {model.intercept_[0]:.2f}, {said}")
    for title, signals in measured.items():
        data = np.array(signals, dtype=float)
        likely = model.predict_proba(data[:, columns])[:, 1]
        _print_figures(title, likely, data[:, 4] == 1, data[:, 5] == 1)


def current_weights() -> Array:
    """The weights that the code has, in the order of `NAMES`."""
    from retrieval import search as ranking

    forms = [confidence.FORM[kind] for kind in FORMS]
    return np.array([ranking.DENSE, ranking.LEXICAL, ranking.NEAR, confidence.OWN, *forms])


def _signals(case: Case, weights: Array) -> tuple[float, ...]:
    fits = case.features @ weights
    best, shares = int(np.argmax(fits)), _shares(fits)
    share = shares[case.agrees].sum() if case.agrees[best] else shares[best]
    dense, _, near, own = case.features[best][:4]
    return near, own, dense, float(share), bool(case.right[best]), case.present


def _print_figures(title: str, likely: Array, right: Array, present: Array) -> None:
    error = calibration_error(likely, right)
    print(f"  {title}: AUC {roc_auc_score(right, likely):.3f}, ECE {error:.3f}")
    for threshold in THRESHOLDS:
        kept, refused = (likely[right] >= threshold).mean(), (likely[~present] < threshold).mean()
        print(
            f"    at {threshold}: {kept:.3f} of the right kept, {refused:.3f} of the absent refused"
        )


def calibration_error(likely: Array, right: Array, bins: int = 10) -> float:
    """The expected calibration error over bins of equal width (Naeini et al. 2015)."""
    which = np.minimum((likely * bins).astype(int), bins - 1)
    inside = ((which == number) for number in range(bins))
    return float(sum(part.mean() * abs(likely[part].mean() - right[part].mean())
                     for part in inside if part.any()))  # fmt: skip


if __name__ == "__main__":
    main()
