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
NAMES = ("score", "span", "own", *(f"form of {kind}" for kind in FORMS))
SIGNALS = ("near", "own", "dense", "share", "relevance")
PROSE, FRAGMENT = (0, 2, 3, 4), (0, 3, 4)  # the vector of a list says little of any one item
THRESHOLDS = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)
FOLDS = 5


@dataclass(frozen=True, slots=True)
class Gold:
    """A question, the document and the span of its answer, and which hits give it away."""

    asked: Asked
    reveals: Callable[[Hit], bool]


@dataclass(frozen=True, slots=True)
class Case:
    """What was read for one question.

    `hits` are what search and reader say of each hit, shape (hits, 2), and `hit_of` the hit of each
    unit. `units` is the rest of what is known of the units and `signals` what the confidence goes
    by, a row each. A hit or unit `holds` the answer; the short answer of a unit is `right`.
    """

    hits: Array
    hit_holds: Flags
    hit_of: NDArray[np.int64]
    units: Array
    signals: Array
    holds: Flags
    right: Flags
    agrees: Flags
    present: bool
    fold: int

    def features(self, weights: Array) -> Array:
        """The features of the units, with the score of their hit by these weights in front."""
        return np.column_stack([(self.hits @ weights)[self.hit_of], self.units])


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
    cases = [case for title in fitted for case in sets[title]]
    ranking_weights = fit_hits(cases)
    weights = fit_units(cases, ranking_weights)
    print_ranks(sets, ranking_weights, weights)
    for title, columns, names in (
        ("prose", PROSE, fitted),
        ("lists and captions", FRAGMENT, fitted),
        ("English questions", PROSE, ["XQuAD en on SQuAD sv"]),
    ):
        print(f"\nprobability, {title}")
        print_probability(sets, ranking_weights, weights, columns, names)


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
    """Every question that is read for twice, with its answer and without; those that a name
    decides left out."""
    cases = []
    for number, gold in enumerate(questions):
        question = understand(gold.asked.question)
        if question.kind not in ranking.READ_KINDS:
            continue
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
    found = [(row, unit) for row, hit in enumerate(hits)
             for unit in find_units(question, hit, weight)]  # fmt: skip
    if not found:
        return None
    units = [unit for _, unit in found]
    best = max(units, key=lambda unit: confidence.fit(question, unit))
    spans = short_answer(question, best)
    hit_of = np.array([row for row, _ in found])
    holds = np.array([present and _holds(unit, gold) for unit in units])
    return Case(
        hits=np.array([_scores(hit) for hit in hits]),
        hit_holds=np.array([holds[hit_of == row].any() for row in range(len(hits))]),
        hit_of=hit_of,
        units=np.array([_features(question, unit) for unit in units]),
        signals=np.array([_signals(unit) for unit in units]),
        holds=holds,
        right=np.array([present and _is_right(question, unit, gold) for unit in units]),
        agrees=np.array([unit.says(spans) for unit in units]),
        present=present,
        fold=fold,
    )


def _scores(hit: Hit) -> list[float]:
    return [search_score(hit.dense, hit.lexical, hit.near), _relevance(hit)]


def _features(question: Question, unit: Unit) -> list[float]:
    forms = (unit.form * (question.kind is kind) for kind in FORMS)
    return [confidence.span_score(unit), unit.own, *forms]


def _signals(unit: Unit) -> list[float]:
    return [unit.hit.near, unit.own, unit.hit.dense, _relevance(unit.hit)]


def _relevance(hit: Hit) -> float:
    if hit.reading is None:
        raise ValueError("only hits that were read are fitted")
    return hit.reading.relevance


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


# Which hit, and which unit


def fit_hits(cases: Sequence[Case]) -> Array:
    """The weights of search and reader for the rank of hits."""
    return _conditional_logit([(case.hits, case.hit_holds) for case in cases])


def fit_units(cases: Sequence[Case], ranking_weights: Array) -> Array:
    """The weights of what is known of units."""
    return _conditional_logit([(case.features(ranking_weights), case.holds) for case in cases])


def _conditional_logit(choices: Sequence[tuple[Array, Flags]]) -> Array:
    """The weights of the features of alternatives, of which some are right (McFadden 1974)."""
    answered = [(features, right) for features, right in choices if right.any()]
    scale = np.concatenate([features for features, _ in answered]).std(axis=0) + 1e-9

    def loss(weights: Array) -> float:
        total = 0.0
        for features, right in answered:
            total -= np.log(_shares(features / scale @ weights)[right].sum() + 1e-12)
        return float(total / len(answered) + 1e-3 * weights @ weights)

    start = np.zeros(len(scale))
    return np.asarray(minimize(loss, start, method="L-BFGS-B").x / scale)


def _shares(fits: Array) -> Array:
    raised = np.exp(fits - fits.max())
    return np.asarray(raised / raised.sum())


def print_ranks(sets: dict[str, list[Case]], ranking_weights: Array, weights: Array) -> None:
    """The fitted weights, and how often the best hit and unit hold the answer where one does."""
    print("which hit: searched {:.2f}, relevance {:.2f}".format(*ranking_weights))
    said = (f"{name} {weight:.2f}" for name, weight in zip(NAMES, weights, strict=True))
    print("which unit: " + ", ".join(said))
    for title, cases in sets.items():
        held = [case for case in cases if case.holds.any()]
        hits = [case.hit_holds[np.argmax(case.hits @ ranking_weights)] for case in held]
        units = [case.holds[np.argmax(case.features(ranking_weights) @ weights)] for case in held]
        print(f"  {title}: right hit {np.mean(hits):.3f}, right unit {np.mean(units):.3f}"
              f" of {len(held)}")  # fmt: skip


# Whether it is right


def print_probability(
    sets: dict[str, list[Case]],
    ranking_weights: Array,
    weights: Array,
    columns: Sequence[int],
    fitted: Sequence[str],
) -> None:
    """The fitted probability, and its figures on every set, of questions that it has not seen."""
    rows = {title: np.array([_row(case, ranking_weights, weights) for case in sets[title]])
            for title in fitted}  # fmt: skip
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


def _row(case: Case, ranking_weights: Array, weights: Array) -> list[float]:
    """The signals of the best unit; whether it is right, whether any is, and the fold."""
    fits = case.features(ranking_weights) @ weights
    best, shares = int(np.argmax(fits)), _shares(fits)
    share = shares[case.agrees].sum() if case.agrees[best] else shares[best]
    near, own, dense, relevance = case.signals[best]
    return [
        near, own, dense, share, relevance,
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
