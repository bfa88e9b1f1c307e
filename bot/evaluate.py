"""`kallbot evaluate`: ask every question of a file and score what comes."""

import hashlib
import tempfile
import textwrap
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
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
    SEARCHED,
    Case,
    EvaluationError,
    Figures,
    Format,
    Judgement,
    Outcome,
    Reply,
    Span,
    covers,
    document_rank,
    find_format,
    first_rank,
    is_cited,
    is_right,
    read_cases,
    read_spans,
    read_texts,
    reveals,
    summary,
    summary_of_confidence,
    summary_of_documents,
    summary_of_spans,
    summary_of_times,
)
from retrieval.types import Answer, Hit

_SHOWN = 200  # characters of an answer that is a whole document
_PASSAGES = 40  # so many that ten documents are among them
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The figures by group of questions, "all" last, and the questions that failed.

    `groups` go by the kinds that the file gives, `understood` by those that the questions were
    understood to be of. `calibration` says what the confidence is worth, by all `judgements`.
    """

    groups: dict[str, Figures]
    understood: dict[str, Figures]
    calibration: Figures
    failures: list[dict[str, str]]
    judgements: list[Judgement]


def evaluate_file(
    file: Path,
    settings: Settings,
    corpus: Sequence[Path] = (),
    *,
    keep: bool = False,
    held_out: bool = False,
) -> Evaluation:
    """Score a file of any format; the arguments are those of `evaluate_spans`."""
    format_ = find_format(file)
    if format_ is None and (corpus or held_out):
        raise EvaluationError(
            f"{file.name} is a question file, asked of the index: leave --corpus and --held-out"
        )
    if format_ is None:
        return evaluate_questions(file, settings)
    return evaluate_spans(file, format_, settings, corpus, keep=keep, held_out=held_out)


# Question files


def evaluate_questions(file: Path, settings: Settings) -> Evaluation:
    """Score a question file against the index in the settings."""
    cases = read_cases(file)
    engine = open_engine(settings)
    twice = all(case.answerable for case in cases)
    outcomes: list[Outcome] = []
    judgements: list[Judgement] = []
    for case in _tracked(cases):
        asked = _asked_of_case(case)
        answer, judged = _ask(engine, asked, twice=twice)
        hits = engine.search(case.question, SEARCHED, case.history)
        rank = first_rank(hits, asked.gives_away)
        outcomes.append(Outcome(case, answer, answer_text(answer), rank))
        judgements += judged
    return Evaluation(
        _by(lambda outcome: outcome.case.kind, outcomes, _figures_of_questions),
        _by(lambda outcome: outcome.answer.question.kind, outcomes, _figures_of_questions),
        summary_of_confidence(judgements),
        [_failure(one) for one in outcomes if _is_failure(one)],
        judgements,
    )


def _asked_of_case(case: Case) -> "_Asked":
    return _Asked(
        case.question,
        lambda answer: Outcome(case, answer, answer_text(answer), None).is_right,
        lambda hit: hit.passage.document.name in case.sources,
        case.history,
        case.answerable,
    )


def _figures_of_questions(outcomes: Sequence[Outcome]) -> Figures:
    times = [outcome.answer.elapsed_ms for outcome in outcomes]
    return summary(outcomes) | summary_of_times(times)


def _is_failure(outcome: Outcome) -> bool:
    return not (outcome.is_right if outcome.case.answerable else outcome.is_refused)


def _failure(outcome: Outcome) -> dict[str, str]:
    case = outcome.case
    return {"id": case.id, "question": case.question, "answer": outcome.short}


# Questions on texts


def evaluate_spans(
    file: Path,
    format_: Format,
    settings: Settings,
    corpus: Sequence[Path] = (),
    *,
    keep: bool = False,
    held_out: bool = False,
) -> Evaluation:
    """Score a file whose own texts, and those of the files in `corpus`, are the documents.

    Their index is kept in the folder of the settings if `keep`, else in the user's cache. Of SQuAD
    2.0 only the articles that no training sees are read, if asked.
    """
    spans = read_spans(file, format_, held_out=held_out)
    engine = open_engine(
        _indexed(_texts(file, format_, corpus, held_out=held_out), settings, keep=keep)
    )
    twice = all(span.answerable for span in spans)
    score = _reply_of_document if format_ is Format.SWEFAQ else _reply
    replies = [score(engine, span, twice=twice) for span in _tracked(spans)]
    figures = summary_of_documents if format_ is Format.SWEFAQ else summary_of_spans
    judgements = [one for reply in replies for one in reply.judgements]
    return Evaluation(
        {"all": figures(replies)},
        _by(lambda reply: reply.kind, replies, figures),
        summary_of_confidence(judgements),
        [_failed_reply(reply) for reply in replies if reply.is_failure],
        judgements,
    )


def _texts(file: Path, format_: Format, corpus: Sequence[Path], *, held_out: bool) -> set[str]:
    texts = read_texts(file, format_, held_out=held_out)
    for path in corpus:
        found = find_format(path)
        if found is None:
            raise EvaluationError(f"{path.name} holds questions and no texts: leave it")
        texts |= read_texts(path, found)
    return texts


def _indexed(texts: set[str], settings: Settings, *, keep: bool) -> Settings:
    """The settings with an index of the texts."""
    index = settings.index if keep else _cached_index(texts, settings.model)
    with _as_files(texts) as folder:
        bring_up_to_date(settings, folder, index, Console(stderr=True))
    return settings.model_copy(update={"index": index, "milvus_uri": None})


def _reply(engine: Engine, span: Span, *, twice: bool) -> Reply:
    """A question whose answer is a span of a passage."""
    hits = engine.search(span.question, SEARCHED) if span.answerable else []
    rank = first_rank(hits, lambda hit: covers(hit, span))
    return _judged(engine, span, rank, lambda answer: is_right(answer, answer_text(answer), span),
                   twice=twice)  # fmt: skip


def _reply_of_document(engine: Engine, span: Span, *, twice: bool) -> Reply:
    """A question whose answer is a whole document."""
    rank = document_rank(engine.search(span.question, _PASSAGES), span.text)
    return _judged(engine, span, rank, lambda answer: is_cited(answer, span), twice=twice)


def _judged(
    engine: Engine,
    span: Span,
    rank: int | None,
    right: Callable[[Answer], bool],
    *,
    twice: bool,
) -> Reply:
    asked = _Asked(span.question, right, lambda hit: reveals(hit, span), (), span.answerable)
    answer, judged = _ask(engine, asked, twice=twice)
    short = "" if answer.refusal else answer_text(answer)
    return Reply(span, answer.question.kind, rank, short, judged, answer.elapsed_ms)


def _failed_reply(reply: Reply) -> dict[str, str]:
    span = reply.span
    gold = textwrap.shorten(span.gold, _SHOWN, placeholder=" …")
    said = f"gold: {gold or '–'} / answer: {reply.short or '–'}"
    return {"id": span.id, "question": span.question, "answer": said}


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


# Both


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question, when an answer to it is right, and which hits give the answer away."""

    question: str
    is_right: Callable[[Answer], bool]
    gives_away: Callable[[Hit], bool]
    history: Sequence[str]
    answerable: bool


def _ask(engine: Engine, asked: _Asked, *, twice: bool) -> tuple[Answer, tuple[Judgement, ...]]:
    """The answer, how sure and how right it is, and if `twice` also where nothing gives it away."""
    answer, present = _judgement(engine, asked, lambda _: False, answerable=asked.answerable)
    if not twice:
        return answer, (present,)
    _, absent = _judgement(engine, asked, asked.gives_away, answerable=False)
    return answer, (present, absent)


def _judgement(
    engine: Engine, asked: _Asked, hidden: Callable[[Hit], bool], *, answerable: bool
) -> tuple[Answer, Judgement]:
    answer = given = engine.ask(asked.question, asked.history, hidden=hidden)
    if answer.refusal is not None:  # what would be said if no answer were too weak
        given = engine.ask(asked.question, asked.history, hidden=hidden, threshold=0.0)
    answered = given.refusal is None
    return answer, Judgement(
        confidence=given.confidence if answered else 0.0,
        answerable=answerable,
        answered=answered,
        right=answerable and answered and asked.is_right(given),
        refused=answer.refusal is not None,
    )


def _by(
    kind: Callable[[_T], str], items: Sequence[_T], figures: Callable[[Sequence[_T]], Figures]
) -> dict[str, Figures]:
    """The figures of the items of each kind, by its name, and of all of them."""
    kinds: defaultdict[str, list[_T]] = defaultdict(list)
    for item in items:
        kinds[str(kind(item))].append(item)
    return {name: figures(kinds[name]) for name in sorted(kinds)} | {"all": figures(items)}


def _tracked(items: Sequence[_T]) -> Iterable[_T]:
    console = Console(stderr=True)
    return track(items, "Asking", console=console, transient=True, disable=not console.is_terminal)
