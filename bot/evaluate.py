"""`kallbot evaluate`: ask every question of a file and score what comes."""

import hashlib
import statistics
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import platformdirs
from rich.console import Console
from rich.progress import track

from bot.loading import bring_up_to_date, open_engine
from bot.render import answer_text
from bot.settings import Settings
from retrieval.engine import Engine
from retrieval.evaluation import (
    Case,
    Outcome,
    covers,
    first_rank,
    read_cases,
    read_swequad,
    summary,
    summary_of_spans,
)

_SEARCHED = 10
_T = TypeVar("_T")

Figures = dict[str, float | int | None]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The figures by group of questions, "all" last, and the questions that failed."""

    groups: dict[str, Figures]
    failures: list[dict[str, str]]


def evaluate_questions(file: Path, settings: Settings) -> Evaluation:
    """Score a question file against the index in the settings."""
    cases = read_cases(file)
    engine = open_engine(settings)
    outcomes = [_outcome(engine, case) for case in _tracked(cases)]
    kinds: defaultdict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        kinds[outcome.case.kind].append(outcome)
    groups = {kind: summary(kinds[kind]) for kind in sorted(kinds)} | {"all": summary(outcomes)}
    groups["all"]["median_ms"] = statistics.median(one.answer.elapsed_ms for one in outcomes)
    for kind in kinds:
        times = [outcome.answer.elapsed_ms for outcome in kinds[kind]]
        groups[kind]["median_ms"] = statistics.median(times)
    return Evaluation(groups, [_failure(one) for one in outcomes if _is_failure(one)])


def _outcome(engine: Engine, case: Case) -> Outcome:
    answer = engine.ask(case.question, case.history)
    hits = engine.search(case.question, _SEARCHED, case.history)
    rank = first_rank(hits, lambda hit: hit.passage.document.name in case.sources)
    return Outcome(case, answer, answer_text(answer), rank)


def _is_failure(outcome: Outcome) -> bool:
    return not (outcome.is_right if outcome.case.answerable else outcome.is_refused)


def _failure(outcome: Outcome) -> dict[str, str]:
    case = outcome.case
    return {"id": case.id, "question": case.question, "answer": outcome.short}


# SweQUAD-MC


def evaluate_spans(
    file: Path, corpus: Sequence[Path], settings: Settings, *, keep: bool
) -> Evaluation:
    """Score a SweQUAD-MC file; its own texts, and those of `corpus`, are the documents.

    Their index is kept in the folder of the settings if `keep`, else in the user's cache.
    """
    spans = read_swequad(file)
    texts = {span.text for path in (file, *corpus) for span in read_swequad(path)}
    index = settings.index if keep else _cached_index(texts, settings.model)
    with _as_files(texts) as folder:
        bring_up_to_date(settings, folder, index, Console(stderr=True))
    engine = open_engine(settings.model_copy(update={"index": index}))
    ranks, answers, failures = [], [], []
    for number, span in enumerate(_tracked(spans), 1):
        hits = engine.search(span.question, _SEARCHED)
        answer = engine.ask(span.question)
        text = "" if answer.refusal else answer_text(answer)
        ranks.append(first_rank(hits, lambda hit, span=span: covers(hit, span)))  # type: ignore[misc]
        answers.append(text)
        if ranks[-1] != 1:
            said = f"gold: {span.gold} / answer: {text or '–'}"
            failures.append({"id": str(number), "question": span.question, "answer": said})
    return Evaluation({"all": dict(summary_of_spans(ranks, answers, spans))}, failures)


@contextmanager
def _as_files(texts: Iterable[str]) -> Iterator[Path]:
    """A folder that holds each text as a file, named by its content."""
    with tempfile.TemporaryDirectory(prefix="kallbot-") as name:
        folder = Path(name)
        for text in texts:
            content = text.encode()
            path = folder / f"{hashlib.sha256(content).hexdigest()[:16]}.txt"
            path.write_bytes(content)
        yield folder


def _cached_index(texts: Iterable[str], model: str) -> Path:
    digest = hashlib.sha256("\0".join(sorted([model, *texts])).encode()).hexdigest()[:16]
    return platformdirs.user_cache_path("kallbot") / "evaluation" / digest


def _tracked(items: Sequence[_T]) -> Iterable[_T]:
    console = Console(stderr=True)
    return track(items, "Asking", console=console, transient=True, disable=not console.is_terminal)
