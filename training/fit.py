"""Fit the weights of `retrieval.ranking` and `retrieval.confidence`, and say how well they hold.

    python -m training.fit DATA WORK

DATA holds `swequad-mc-train.json`, `swequad-mc-dev.json`, `squad2-sv.json` and `xquad.en.json`;
WORK is a folder for the indexes, kept for the next run. The reader has learnt from the rest, so
the weights are fitted on what it has not seen: the dev questions of SweQUAD-MC, and those on every
fifth article of the Swedish SQuAD 2.0, in Swedish and, from XQuAD, in English. Every question is
asked twice: as it is, and with the documents (of SQuAD: the paragraphs) that hold its answer taken
away, where any answer is wrong. The figures are of questions that the fit has not seen: in turn
each fifth of the questions is left out.
"""

import argparse
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from embeddings.encoder import SentenceEncoder, load_encoder
from embeddings.index import Index
from retrieval import confidence, ranking
from retrieval.answer import short_answer
from retrieval.evaluation import token_f1
from retrieval.evidence import confirmed
from retrieval.question import understand
from retrieval.reader import AdaptedReader, Reader
from retrieval.search import search, search_score
from retrieval.types import Hit, Question, QuestionKind, Refusal
from retrieval.units import Unit, find_units
from training.examples import Asked, english_on_swedish, indexed, swedish_squad, swequad

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

DRAWN, SEED = 1200, 1
HITS, DEPTH = 40, ranking.READ
FORMS = (QuestionKind.PERSON, QuestionKind.DATE, QuestionKind.NUMBER, QuestionKind.REASON)
NAMES = ("searched", "relevance", "span", "own", *(f"form of {kind}" for kind in FORMS))
SIGNALS = ("near", "own", "dense", "share", "relevance", "span")
THRESHOLDS = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)
FOLDS = 5


@dataclass(frozen=True, slots=True)
class Gold:
    """A question, the document and the span of its answer, and which hits give it away."""

    asked: Asked
    reveals: Callable[[Hit], bool]


@dataclass(frozen=True, slots=True)
class Case:
    """The units of one question: what is known of each, which of them hold the answer, and of
    which the short answer is right."""

    features: Array
    signals: Array
    holds: Flags
    right: Flags
    agrees: Flags
    present: bool
    fold: int


def main() -> None:
    """Build the indexes, gather the cases, fit, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    chosen = parser.parse_args()
    encoder = load_encoder()
    reader = AdaptedReader(encoder)
    train, dev = (swequad(chosen.data / f"swequad-mc-{split}.json") for split in ("train", "dev"))
    web = indexed(train.texts | dev.texts, chosen.work / "fit-swequad", encoder)
    texts, drawn, english = squad_sets(chosen.data)
    wiki = indexed(texts, chosen.work / "fit-squad", encoder)
    golds = [Gold(asked, _holding(dev.texts[asked.document], asked)) for asked in dev.questions]
    sets = {
        "SweQUAD-MC dev": gather(web, encoder, reader, golds),
        "SQuAD 2.0 sv": gather(wiki, encoder, reader, drawn),
        "XQuAD en on SQuAD sv": gather(wiki, encoder, reader, english),
    }
    fitted = ["SweQUAD-MC dev", "SQuAD 2.0 sv"]
    weights = fit_ranks([case for title in fitted for case in sets[title]])
    print_ranks(sets, weights)
    print("\nprobability")
    print_probability(sets, weights, list(range(len(SIGNALS))), fitted)
    print("\nprobability, English questions")
    print_probability(sets, weights, list(range(len(SIGNALS))), ["XQuAD en on SQuAD sv"])


# Data


def _holding(text: str, asked: Asked) -> Callable[[Hit], bool]:
    """Sibling pages share paragraphs, so every document with the line gives the answer away."""
    first, last = text.rfind("\n", 0, asked.start) + 1, text.find("\n", asked.end)
    line = text[first : last if last >= 0 else len(text)].strip()
    return lambda hit: line in hit.passage.document.text


def _around(asked: Asked) -> Callable[[Hit], bool]:
    start, end = asked.around

    def reveals(hit: Hit) -> bool:
        passage = hit.passage
        same = passage.document.name == asked.document
        return same and passage.start < end and start < passage.end

    return reveals


def squad_sets(data: Path) -> tuple[dict[str, str], list[Gold], list[Gold]]:
    """The articles of the Swedish SQuAD 2.0 that are held out; questions drawn of them; and the
    English questions of XQuAD that have their answers there."""
    held = swedish_squad(data / "squad2-sv.json", held_out=True)
    drawn = [Gold(asked, _around(asked)) for asked in held.questions]
    random.Random(SEED).shuffle(drawn)
    english = english_on_swedish(data / "xquad.en.json", held)
    return held.texts, drawn[:DRAWN], [Gold(asked, _around(asked)) for asked in english.questions]


# Cases


def gather(
    index: Index, encoder: SentenceEncoder, reader: Reader, questions: Sequence[Gold]
) -> list[Case]:
    """Every question twice, with its answer and without; those that a name decides left out."""
    cases = []
    for number, gold in enumerate(questions):
        question = understand(gold.asked.question)
        hits = search(index, encoder, question, HITS)
        for present in (True, False):
            left = [hit for hit in hits if present or not gold.reveals(hit)]
            evidence = confirmed(question, left)
            if not isinstance(evidence, Refusal):
                read = ranking.read_best(reader, question, evidence)[:DEPTH]
                case = _case(index, question, read, gold, number % FOLDS, present=present)
                if case is not None:
                    cases.append(case)
    return cases


def _case(
    index: Index, question: Question, hits: Sequence[Hit], gold: Gold, fold: int, *, present: bool
) -> Case | None:
    weight = index.words.weight
    units = [unit for hit in hits for unit in find_units(question, hit, weight)]
    if not units:
        return None
    best = max(units, key=lambda unit: confidence.fit(question, unit))
    spans = short_answer(question, best)
    return Case(
        features=np.array([_features(question, unit) for unit in units]),
        signals=np.array([_signals(unit) for unit in units]),
        holds=np.array([present and _holds(unit, gold) for unit in units]),
        right=np.array([present and _is_right(question, unit, gold) for unit in units]),
        agrees=np.array([unit.says(spans) for unit in units]),
        present=present,
        fold=fold,
    )


def _features(question: Question, unit: Unit) -> list[float]:
    hit = unit.hit
    assert hit.reading is not None
    searched = search_score(hit.dense, hit.lexical, hit.near)
    forms = (unit.form * (question.kind is kind) for kind in FORMS)
    return [searched, hit.reading.relevance, confidence.span_score(unit), unit.own, *forms]


def _signals(unit: Unit) -> list[float]:
    hit = unit.hit
    assert hit.reading is not None
    return [hit.near, unit.own, hit.dense, hit.reading.relevance, confidence.span_score(unit)]


def _holds(unit: Unit, gold: Gold) -> bool:
    """Whether a unit holds the answer or, of one in several sentences, some of it."""
    quote, asked = unit.quote, gold.asked
    if quote.document.name == asked.document:
        return quote.start < asked.end and asked.start < quote.end
    return bool(asked.answer) and gold.reveals(unit.hit) and asked.answer in quote.text


def _is_right(question: Question, unit: Unit, gold: Gold) -> bool:
    """Whether a unit holds the whole answer, and the short answer some of it."""
    said = " ".join(span.text for span in short_answer(question, unit))
    held = _holds(unit, gold) and gold.asked.answer in unit.quote.text
    return held and token_f1(said, gold.asked.answer) > 0


# Which unit


def fit_ranks(cases: Sequence[Case]) -> Array:
    """The weights of a conditional logit over the units of each question that has a right one."""
    answered = [case for case in cases if case.holds.any()]
    scale = np.concatenate([case.features for case in answered]).std(axis=0) + 1e-9

    def loss(weights: Array) -> float:
        total = 0.0
        for case in answered:
            shares = _shares(case.features / scale @ weights)
            total -= np.log(shares[case.holds].sum() + 1e-12)
        return float(total / len(answered) + 1e-3 * weights @ weights)

    return np.asarray(minimize(loss, np.zeros(len(NAMES)), method="L-BFGS-B").x / scale)


def _shares(fits: Array) -> Array:
    raised = np.exp(fits - fits.max())
    return np.asarray(raised / raised.sum())


def print_ranks(sets: dict[str, list[Case]], weights: Array) -> None:
    """The fitted weights, and how often the best unit is right where one is."""
    print("which unit answers")
    said = (f"{name} {weight:.2f}" for name, weight in zip(NAMES, weights, strict=True))
    print("  " + ", ".join(said))
    for title, cases in sets.items():
        answered = [case for case in cases if case.holds.any()]
        right = [case.holds[np.argmax(case.features @ weights)] for case in answered]
        print(f"  {title}: the best unit is right in {np.mean(right):.3f} of {len(right)}")


# Whether it is right


def print_probability(
    sets: dict[str, list[Case]], weights: Array, columns: Sequence[int], fitted: Sequence[str]
) -> None:
    """The fitted probability, and its figures on every set, of questions that it has not seen."""
    rows = {title: np.array([_row(case, weights) for case in sets[title]]) for title in sets}
    train = np.concatenate([rows[title] for title in fitted])
    # Each set counts as much as the other, however many questions it has.
    worth = np.concatenate([np.full(len(rows[title]), 1 / len(rows[title])) for title in fitted])
    model = _fit(train, worth, columns)
    terms = zip((SIGNALS[column] for column in columns), model.coef_[0], strict=True)
    print(f"  bias {model.intercept_[0]:.2f}, " + ", ".join(f"{n} {w:.2f}" for n, w in terms))
    for title in fitted:
        data = rows[title]
        likely = np.empty(len(data))
        for fold in range(FOLDS):
            others = train[:, -1] != fold
            apart = _fit(train[others], worth[others], columns)
            mine = data[:, -1] == fold
            likely[mine] = apart.predict_proba(data[mine][:, columns])[:, 1]
        _print_figures(title, likely, data[:, -3] == 1, data[:, -2] == 1)


def _fit(rows: Array, worth: Array, columns: Sequence[int]) -> LogisticRegression:
    model = LogisticRegression(C=1e2, max_iter=2000)
    return model.fit(rows[:, columns], rows[:, -3], sample_weight=worth * len(rows))


def _row(case: Case, weights: Array) -> list[float]:
    """The signals of the best unit; whether it is right, whether any is, and the fold."""
    fits = case.features @ weights
    best, shares = int(np.argmax(fits)), _shares(fits)
    share = shares[case.agrees].sum() if case.agrees[best] else shares[best]
    near, own, dense, relevance, span = case.signals[best]
    return [
        near, own, dense, share, relevance, span,
        float(case.right[best]), float(case.present), case.fold,
    ]  # fmt: skip


def _print_figures(title: str, likely: Array, right: Flags, present: Flags) -> None:
    error = calibration_error(likely, right)
    print(f"  {title}: AUC {roc_auc_score(right, likely):.3f}, ECE {error:.3f}")
    for threshold in THRESHOLDS:
        kept, refused = (likely[right] >= threshold).mean(), (likely[~present] < threshold).mean()
        print(
            f"    at {threshold}: {kept:.3f} of the right kept, {refused:.3f} of the absent refused"
        )


def calibration_error(likely: Array, right: Flags, bins: int = 10) -> float:
    """The expected calibration error over bins of equal width (Naeini et al. 2015)."""
    which = np.minimum((likely * bins).astype(int), bins - 1)
    inside = ((which == number) for number in range(bins))
    return float(sum(part.mean() * abs(likely[part].mean() - right[part].mean())
                     for part in inside if part.any()))  # fmt: skip


if __name__ == "__main__":
    main()
