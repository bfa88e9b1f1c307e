"""Fit the weights of `retrieval.scoring`, and evaluate them on held-out questions.

    python -m training.fit DATA WORK [--written FOLDER …] [--out FILE]

DATA holds `written/dev`, `swequad-mc-dev.json` and `swequad-mc-train.json`; WORK is a folder for
the indexes, kept for the next run; each FOLDER holds more written questions on which the reader was
not trained. Each question is asked of all documents of its set. The weights are those of one
softmax over the candidates and "none": a candidate is right if its words and quote contain the
whole answer, weighted by the F1 of its words. The figures and the threshold are from five-fold
cross-validation by document.
"""

import argparse
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from embeddings.model.encoder import load_bundled
from evaluation import calibration_error, equal_bins, token_f1
from retrieval.candidates import FEATURES, Candidate, find_candidates
from retrieval.engine import Engine
from retrieval.evidence import confirm
from retrieval.reader import TrainedReader
from retrieval.scoring import WEIGHTS, Scorer
from retrieval.types import Hit
from training.examples import QuestionSet, indexed, overlaps, swequad, written_set

Array = NDArray[np.float64]

FOLDS: Final = 5
RIGHT_SHARE: Final = 0.85
"""The share of all answers given that must be right on `THRESHOLD_SET`."""
SURE_SHARE: Final = 0.9
"""The share of those given without reservation that must be right."""
THRESHOLD_SET: Final = "written/dev"
"""The set that the threshold is chosen on: its questions name their subject, as questions to a
folder of documents must. Many of the other sets presuppose a document that they do not name."""
_PENALTY = 0.003  # L2 penalty of the weights on standardised features
_THRESHOLDS = np.arange(0.05, 0.96, 0.05)


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A question as input of the scorer.

    `features` has shape (candidates, len(FEATURES)). `worth`, shape (candidates,), is the value of
    each as the answer, 0 for a wrong one. `same`, shape (candidates, candidates), tells which of
    them say the same. `scores`, shape (hits, 2), are the search score and the relevance of the hits
    that were read; `holds`, shape (hits,), tells whether they contain a part of the answer.
    `origin` is the question set.
    """

    features: Array
    worth: Array
    same: NDArray[np.bool_]
    scores: Array
    holds: NDArray[np.bool_]
    answerable: bool
    fold: int
    origin: str


def main() -> None:
    """Ask, fit, print the figures, and write the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--written", type=Path, action="append", default=[])
    parser.add_argument("--every", type=int, default=1, help="take one question in so many")
    parser.add_argument("--reader", type=Path, help="weights other than those in the package")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    chosen = parser.parse_args()
    cases = list(gather(chosen.data, chosen.work, chosen.written, chosen.every, chosen.reader))
    weights, none = fit(cases)
    relevance = fit_rank(cases)
    chances, right = left_out(cases)
    chosen_on = [case.origin == THRESHOLD_SET for case in cases]
    threshold, sure = (
        _threshold(chances[chosen_on], right[chosen_on], share)
        for share in (RIGHT_SHARE, SURE_SHARE)
    )
    said = {
        "fitted_on": f"{len(cases)} questions: written dev sets and SweQUAD-MC dev",
        "weights": dict(zip(FEATURES, np.round(weights, 4).tolist(), strict=True)),
        "none": round(none, 4),
        "threshold": threshold,
        "sure": sure,
        "relevance": round(relevance, 3),
    }
    chosen.out.write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(said, indent=1))


def gather(
    data: Path, work: Path, written: Sequence[Path], every: int, reader_weights: Path | None = None
) -> Iterator[Case]:
    """The cases of all sets, for one question in `every`."""
    encoder = load_bundled()
    reader = TrainedReader(encoder, reader_weights) if reader_weights else TrainedReader(encoder)
    folders = {THRESHOLD_SET: data / THRESHOLD_SET}
    folders |= {f"{number}: {folder}": folder for number, folder in enumerate(written, 1)}
    sets = {
        name: written_set(f"fit-written-{number}", folder)
        for number, (name, folder) in enumerate(folders.items())
    }
    train, dev = (swequad(data / f"swequad-mc-{split}.json") for split in ("train", "dev"))
    sets["SweQUAD-MC"] = QuestionSet("fit-swequad", train.texts | dev.texts, dev.questions)
    scorer = Scorer(np.zeros(len(FEATURES), np.float32), 0.0, 0.0, 0.0, 1.0)
    for origin, questions in sets.items():
        index = indexed(questions.texts, work / questions.name, encoder)
        engine = Engine(index, encoder, reader, scorer=scorer)
        for asked in questions.questions[::every]:
            understood = engine.understand(asked.question, [asked.topic] if asked.topic else [])
            hits, missing = confirm(understood, engine.find_hits(understood))
            read = [] if missing else engine.read_hits(understood, hits)
            text = questions.texts[asked.document]
            golds = [text[start:end] for start, end in asked.spans]
            fold = zlib.crc32(asked.document.encode()) % FOLDS
            found = find_candidates(understood, read)
            yield Case(
                np.array([one.features for one in found]).reshape(-1, len(FEATURES)),
                np.array([worth(one, golds, asked.document) for one in found]),
                np.array([a.says_as(b) for a in found for b in found], bool).reshape(
                    len(found), len(found)
                ),
                np.array([_scores(hit) for hit in read]).reshape(-1, 2),
                np.array([_holds(hit, asked.document, asked.spans) for hit in read], bool),
                bool(golds),
                fold,
                origin,
            )


def worth(one: Candidate, golds: Sequence[str], document: str) -> float:
    """The value of a candidate: above 0 if its words and quote contain the whole answer."""
    if not golds or one.hit.passage.document.name != document:
        return 0.0
    held = f"{one.words}\n{one.quote.text}".casefold()
    if not all(" ".join(gold.casefold().split()) in " ".join(held.split()) for gold in golds):
        return 0.0
    return 0.1 + token_f1(one.words, " ".join(golds))


def _scores(hit: Hit) -> list[float]:
    assert hit.reading is not None
    return [hit.score, hit.reading.relevance]


def _holds(hit: Hit, document: str, spans: Sequence[tuple[int, int]]) -> bool:
    passage = hit.passage
    same = passage.document.name == document
    return same and any(overlaps(passage, span) for span in spans)


# The fit


def fit(cases: Sequence[Case]) -> tuple[Array, float]:
    """Fit the weights of the features, and the logit of "none"."""
    stacked = np.concatenate([case.features for case in cases])
    mean, spread = stacked.mean(axis=0), stacked.std(axis=0) + 1e-6
    sizes = np.array([len(case.features) for case in cases])
    of = np.repeat(np.arange(len(cases)), sizes)
    features = (stacked - mean) / spread
    target = np.concatenate([case.worth / max(case.worth.sum(), 1e-9) for case in cases])
    target_none = np.array([float(not case.worth.sum()) for case in cases])

    def loss(values: Array) -> tuple[float, Array]:
        logits, none = features @ values[:-1], values[-1]
        highest = np.full(len(cases), none)
        np.maximum.at(highest, of, logits)
        raised, raised_none = np.exp(logits - highest[of]), np.exp(none - highest)
        total = raised_none + np.bincount(of, raised, len(cases))
        share, share_none = raised / total[of], raised_none / total
        cost = -(target * np.log(share + 1e-12)).sum()
        cost -= (target_none * np.log(share_none + 1e-12)).sum()
        slope = features.T @ (share - target)
        slope_none = (share_none - target_none).sum()
        penalty = _PENALTY * len(cases) * (values[:-1] ** 2).sum()
        slopes = np.append(slope + 2 * _PENALTY * len(cases) * values[:-1], slope_none)
        return float(cost + penalty), slopes

    found = minimize(loss, np.zeros(len(FEATURES) + 1), jac=True, method="L-BFGS-B").x
    weights = found[:-1] / spread
    return weights, float(found[-1] + (weights * mean).sum())


def fit_rank(cases: Sequence[Case]) -> float:
    """Fit the weight of the relevance relative to the search score, by which passages answer."""
    asked = [case for case in cases if case.holds.any() and not case.holds.all()]

    def loss(values: Array) -> float:
        total = 0.0
        for case in asked:
            logits = case.scores @ values
            total += np.logaddexp.reduce(logits) - np.logaddexp.reduce(logits[case.holds])
        return total

    search, relevance = minimize(loss, np.array([0.5, 0.5]), method="Nelder-Mead").x
    return float(relevance / max(search, 1e-3))


def left_out(cases: Sequence[Case]) -> tuple[Array, NDArray[np.bool_]]:
    """For each question the confidence and whether the answer is right, by weights fitted without
    its document. Prints the figures of a range of thresholds."""
    chances, right, f1 = np.zeros(len(cases)), np.zeros(len(cases), bool), np.zeros(len(cases))
    for fold in range(FOLDS):
        weights, none = fit([case for case in cases if case.fold != fold])
        for number, case in enumerate(cases):
            if case.fold == fold and len(case.features):
                logits = np.append(case.features @ weights, none)
                shares = np.exp(logits - np.logaddexp.reduce(logits))[:-1]
                best = int(np.argmax(shares))
                chances[number] = shares[case.same[best]].sum()
                right[number] = case.worth[best] > 0
                f1[number] = max(case.worth[best] - 0.1, 0.0)
    for origin in dict.fromkeys(case.origin for case in cases):
        _print_figures(origin, cases, chances, right, f1)
    return chances, right


def _print_figures(
    origin: str, cases: Sequence[Case], chances: Array, right: NDArray[np.bool_], f1: Array
) -> None:
    """Print the figures of one set, at each threshold."""
    rows = [row for row, case in enumerate(cases) if case.origin == origin]
    asked = [cases[row] for row in rows]
    chances, right, f1 = chances[rows], right[rows], f1[rows]
    answerable = np.array([case.answerable for case in asked])
    first = np.mean([case.holds[0] for case in asked if case.answerable and len(case.holds)])
    among = np.mean([case.holds.any() for case in asked if case.answerable])
    print(f"{origin}: {len(asked)} questions, {answerable.sum()} answerable; passage first "
          f"{first:.3f}, among those read {among:.3f}, best candidate right "
          f"{right[answerable].mean():.3f}, calibration error "
          f"{calibration_error(equal_bins(chances, right)):.3f}")  # fmt: skip
    print("threshold  right   F1  asserted and right  unanswerable asserted")
    for threshold in _THRESHOLDS:
        given = chances >= threshold
        absent = given[~answerable].mean() if (~answerable).any() else 0.0
        if given.any():
            print(f"{threshold:9.2f} {(right & given)[answerable].mean():6.3f} "
                  f"{(f1 * given)[answerable].mean():.3f} {right[given].mean():19.3f} "
                  f"{absent:22.3f}")  # fmt: skip


def _threshold(chances: Array, right: NDArray[np.bool_], share: float) -> float:
    """The lowest threshold at which this share of the answers is right."""
    for threshold in np.arange(0.05, 0.96, 0.01):
        given = chances >= threshold
        if given.any() and right[given].mean() >= share:
            return float(round(threshold, 2))
    return 0.95


if __name__ == "__main__":
    main()
