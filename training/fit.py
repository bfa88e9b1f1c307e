"""Fit the weights of `retrieval.ranking` and `retrieval.confidence`, and say how well they hold.

    python -m training.fit DATA WORK

DATA holds `swequad-mc-train.json`, `swequad-mc-dev.json`, `squad2-sv.json`, `xquad.en.json`,
`swefaq-dev.jsonl` and `questions-dev.jsonl`; WORK is a folder for the indexes, kept for the next
run. The reader has learnt from the rest, so the weights are fitted on what it has not seen: the dev
questions of SweQUAD-MC, and those on every fifth article of the Swedish SQuAD 2.0, in Swedish and,
from XQuAD, in English; which hit is the right one, on SweFAQ dev too. Taken away are the documents,
of SQuAD the paragraphs, that hold the answer. The figures are of questions that the fit has not
seen: in turn each fifth of the questions is left out. Only shown, and fitted on by nothing, are
those of the questions on the seeds and on made-up documents.
"""

import argparse
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from bot.settings import bundled_documents
from embeddings.encoder import load_bundled
from embeddings.home import Index
from embeddings.index import open_index
from embeddings.rebuild import rebuild
from retrieval.confidence import shares
from retrieval.engine import Engine
from retrieval.evaluation import (
    HELD_OUT,
    Format,
    Span,
    calibration_error,
    equal_bins,
    read_cases,
    read_squad,
    read_swefaq,
    read_swequad,
    read_texts,
    reveals,
)
from retrieval.reader import AdaptedReader
from retrieval.search import DENSE, LEXICAL, NEAR
from training.cases import (
    FOLDS,
    FORMS,
    SCORES,
    SIGNALS,
    Array,
    Case,
    Flags,
    Gold,
    GoldDocument,
    GoldSpan,
    GoldWords,
    cases,
    in_paragraph,
)
from training.examples import indexed, swequad
from training.made_up import made_up_documents

DRAWN, SEED = 1200, 1
MADE_UP, MADE_UP_SEED, OF_EACH, BESIDE = 120, 8, 8, 4  # documents; questions on, and pages beside
NAMES: Final = ("score", "span", "own", *(f"form of {kind}" for kind in FORMS))
ENGLISH: Final = "XQuAD en on SQuAD sv"
THRESHOLDS: Final = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5)
_RIGHT, _PRESENT, _FOLD = -3, -2, -1  # columns behind the signals


def main() -> None:
    """Build the indexes, gather the cases, fit, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("work", type=Path)
    chosen = parser.parse_args()
    sets = gather(chosen.data, chosen.work)
    fitted = ["SweQUAD-MC dev", "SQuAD 2.0 sv"]
    learnt = [case for title in fitted for case in sets[title]]
    ranking_weights = fit_hits([*learnt, *sets["SweFAQ dev"]])
    weights = fit_units(learnt, ranking_weights)
    print_ranks(sets, learnt, ranking_weights, weights)
    for title, own, names in (
        ("Swedish", fitted, sets.keys() - {ENGLISH}),
        ("English", [ENGLISH], {ENGLISH}),
    ):
        print(f"\nprobability, {title}")
        print_probability(sets, ranking_weights, weights, own, sorted(names))


def gather(data: Path, work: Path) -> dict[str, list[Case]]:
    """The cases of each set of questions."""
    encoder = load_bundled()
    reader = AdaptedReader(encoder)

    def cases_of(index: Index, golds: Sequence[Gold]) -> list[Case]:
        return list(cases(Engine(index, encoder), reader, golds))

    def made_up_cases() -> Iterator[Case]:
        for number, (texts, golds) in enumerate(_made_up(data / "swequad-mc-train.json")):
            yield from cases_of(indexed(texts, work / f"fit-made-up/{number}", encoder), golds)

    dev = read_swequad(data / "swequad-mc-dev.json")
    texts = swequad(data / "swequad-mc-train.json").texts
    texts |= swequad(data / "swequad-mc-dev.json").texts
    web = indexed(texts, work / "fit-swequad", encoder)
    held_out = read_squad(data / "squad2-sv.json", HELD_OUT)
    articles = {f"{row:02}.txt": text for row, text in enumerate(dict.fromkeys(
        span.text for span in held_out))}  # fmt: skip
    wiki = indexed(articles, work / "fit-squad", encoder)
    drawn = random.Random(SEED).sample(held_out, DRAWN)
    english = _in_english(data, held_out)
    rebuild(bundled_documents(), work / "fit-seeds", encoder.name, lambda: encoder, lambda *_: None)
    seeds = open_index(work / "fit-seeds", encoder.name)
    asked_often = read_swefaq(data / "swefaq-dev.jsonl")
    answers = sorted(read_texts(data / "swefaq-dev.jsonl", Format.SWEFAQ))
    faq = indexed({f"{row:04}.txt": text for row, text in enumerate(answers)},
                  work / "fit-swefaq", encoder)  # fmt: skip
    asked = read_cases(data / "questions-dev.jsonl")
    return {
        "SweQUAD-MC dev": cases_of(web, [GoldSpan(span, reveals) for span in dev]),
        "SQuAD 2.0 sv": cases_of(wiki, [GoldSpan(span, in_paragraph) for span in drawn]),
        "made up": list(made_up_cases()),
        "SweFAQ dev": cases_of(faq, [GoldDocument(span) for span in asked_often]),
        "questions-dev": cases_of(seeds, [GoldWords(case) for case in asked]),
        ENGLISH: cases_of(wiki, [GoldSpan(one, in_paragraph) for one in english]),
    }


def _made_up(pages: Path) -> Iterator[tuple[dict[str, str], list[Gold]]]:
    """Collections of a made-up document among pages of authorities, with questions on it.

    Those without an answer are about what the document is near to say. None is one that the reader
    has learnt from.
    """
    draw = random.Random(MADE_UP_SEED)
    others = sorted(swequad(pages).texts.items())
    for document in made_up_documents(MADE_UP_SEED, MADE_UP):
        golds: list[Gold] = []
        for question, (start, end), (line, _) in draw.sample(document.questions, OF_EACH):
            place = (start, end) if end else (line, line)
            span = Span(question, document.text, *place, answerable=bool(end))
            golds.append(GoldSpan(span, lambda *_: False))
        yield {"document.txt": document.text, **dict(draw.sample(others, BESIDE))}, golds


def _in_english(data: Path, spans: Sequence[Span]) -> list[Span]:
    """The questions that XQuAD has in English, known by their number."""
    english = {span.id: span.question for span in read_squad(data / "xquad.en.json")}
    return [
        replace(span, question=english[span.id])
        for span in spans
        if span.answerable and span.id in english
    ]


# Which hit, and which unit


def fit_hits(learnt: Sequence[Case]) -> Array:
    """The weights of search and reader for the rank of hits."""
    return _conditional_logit([(case.hits, case.hit_holds) for case in learnt])


def fit_units(learnt: Sequence[Case], ranking_weights: Array) -> Array:
    """The weights of what is known of units."""
    return _conditional_logit([(case.features(ranking_weights), case.holds) for case in learnt])


def _conditional_logit(choices: Sequence[tuple[Array, Flags]]) -> Array:
    """The weights of the features of alternatives, of which some are right (McFadden 1974)."""
    answered = [(features, right) for features, right in choices if right.any()]
    scale = np.concatenate([features for features, _ in answered]).std(axis=0) + 1e-9

    def loss(weights: Array) -> float:
        total = 0.0
        for features, right in answered:
            parts = np.array(shares((features / scale @ weights).tolist()))
            total -= np.log(parts[right].sum() + 1e-12)
        return float(total / len(answered) + 1e-3 * weights @ weights)

    start = np.zeros(len(scale))
    return np.asarray(minimize(loss, start, method="L-BFGS-B").x / scale)


def print_ranks(
    sets: dict[str, list[Case]], learnt: Sequence[Case], ranking_weights: Array, weights: Array
) -> None:
    """The fitted weights, and how often the best hit and unit hold the answer where one does."""
    searched = np.array([DENSE, LEXICAL, NEAR, 0.0])
    alone = _conditional_logit(
        [((case.hits @ searched)[:, None], case.hit_holds) for case in learnt]
    )
    print("which hit: " + _said(SCORES, ranking_weights) + f"; searched alone {alone[0]:.2f}")
    print("which unit: " + _said(NAMES, weights))
    for title, found in sets.items():
        held = [case for case in found if case.holds.any()]
        hits = [case.hit_holds[np.argmax(case.hits @ ranking_weights)] for case in held]
        units = [case.holds[np.argmax(case.features(ranking_weights) @ weights)] for case in held]
        print(f"  {title}: right hit {np.mean(hits):.3f}, right unit {np.mean(units):.3f}"
              f" of {len(held)}")  # fmt: skip


def _said(names: Sequence[str], weights: Iterable[float]) -> str:
    return ", ".join(f"{name} {weight:.2f}" for name, weight in zip(names, weights, strict=True))


# Whether it is right


def print_probability(
    sets: dict[str, list[Case]],
    ranking_weights: Array,
    weights: Array,
    fitted: Sequence[str],
    shown: Sequence[str],
) -> None:
    """The probability as fitted on some sets, and its figures on those that are to be shown: of
    questions that it has not seen."""
    rows = {title: np.array([_row(case, ranking_weights, weights) for case in sets[title]])
            for title in shown}  # fmt: skip
    train = np.concatenate([rows[title] for title in fitted])
    # Each set counts as much as the other, however many questions it has.
    worth = np.concatenate([np.full(len(rows[title]), 1 / len(rows[title])) for title in fitted])
    model = _fit(train, worth)
    print(f"  bias {model.intercept_[0]:.2f}, {_said(SIGNALS, model.coef_[0])}")
    for title in shown:
        data = rows[title]
        likely = np.empty(len(data))
        for fold in range(FOLDS):
            others = train[:, _FOLD] != fold
            apart = _fit(train[others], worth[others])
            mine = data[:, _FOLD] == fold
            likely[mine] = apart.predict_proba(data[mine, : len(SIGNALS)])[:, 1]
        _print_figures(title, likely, data[:, _RIGHT] == 1, data[:, _PRESENT] == 1)


def _fit(rows: Array, worth: Array) -> LogisticRegression:
    model = LogisticRegression(C=1e2, max_iter=2000)
    return model.fit(rows[:, : len(SIGNALS)], rows[:, _RIGHT], sample_weight=worth * len(rows))


def _row(case: Case, ranking_weights: Array, weights: Array) -> list[float]:
    """The signals of the best unit; whether it is right, whether any is, and the fold."""
    fits = case.features(ranking_weights) @ weights
    best, parts = int(np.argmax(fits)), np.array(shares(fits.tolist()))
    share = parts[case.agrees].sum() if case.agrees[best] else parts[best]
    return [
        *case.signals[best], share,
        float(case.right[best]), float(case.present), case.fold,
    ]  # fmt: skip


def _print_figures(title: str, likely: Array, right: Flags, present: Flags) -> None:
    error = calibration_error(equal_bins(likely, right))
    print(f"  {title}: AUC {roc_auc_score(right, likely):.3f}, ECE {error:.3f}")
    for threshold in THRESHOLDS:
        kept, refused = (likely[right] >= threshold).mean(), (likely[~present] < threshold).mean()
        print(
            f"    at {threshold}: {kept:.3f} of the right kept, {refused:.3f} of the absent refused"
        )


if __name__ == "__main__":
    main()
