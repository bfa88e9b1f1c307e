"""`kallbot evaluate`: ask every question of a file and score the answers."""

import hashlib
import tempfile
import textwrap
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import platformdirs
from rich.console import Console
from rich.progress import track

from bot.answer_text import answer_text
from bot.loading import bring_up_to_date, open_engine
from bot.settings import Settings
from evaluation import (
    SEARCHED,
    Case,
    CaseOutcome,
    EvaluationError,
    Figures,
    FileFormat,
    JudgedReply,
    Judgement,
    SpanQuestion,
    covers,
    document_rank,
    find_format,
    first_rank,
    has_words,
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
    written_cases,
)
from retrieval.engine import Engine
from retrieval.types import Answer, Cost, Hit

_SHOWN = 200  # characters shown of an answer that is a whole document
_PASSAGES = 40  # enough to include ten documents
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Scored:
    """A question with the expected and the given answer, and whether it failed."""

    id: str
    question: str
    expected: str
    answer: str
    failed: bool


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The figures by group of questions, "all" last, and every question with its answer.

    `groups` are by the kinds in the file. `calibration` has the figures of the confidence over all
    `judgements`, and `cost` the cost of the language model, if one was used.
    """

    groups: dict[str, Figures]
    calibration: Figures
    scored: list[Scored]
    judgements: list[Judgement]
    cost: Cost | None = None

    @property
    def failures(self) -> list[Scored]:
        """The questions that failed."""
        return [one for one in self.scored if one.failed]


def evaluate_file(
    file: Path,
    settings: Settings,
    corpus: Sequence[Path] = (),
    documents: Path | None = None,
    *,
    keep: bool = False,
    held_out: bool = False,
) -> Evaluation:
    """Score a file of any format.

    A question file is asked of the index in the settings, or of the folder `documents`. All other
    files contain their own texts, which are the documents together with those of the files in
    `corpus`. The index built for this is kept in the folder of the settings if `keep`, else in the
    user's cache. With `held_out`, only the held-out articles of SQuAD 2.0 are read. Raises
    EvaluationError.
    """
    format_ = find_format(file)
    if format_ is not None and documents:
        raise EvaluationError(f"{file.name} brings its own documents: leave --documents")
    if format_ is None and (corpus or held_out):
        raise EvaluationError(
            f"{file.name} is a question file, asked of the index: leave --corpus and --held-out"
        )
    if format_ is None:
        if documents:
            settings = _indexed_folder(documents, settings, keep=keep)
        return evaluate_cases(read_cases(file), settings)
    if format_ is FileFormat.WRITTEN:
        if held_out:
            raise EvaluationError(f"{file.name} holds {format_}, of which none is held out: "
                                  "leave --held-out")  # fmt: skip
        texts, cases = written_cases(file)
        for path in corpus:
            texts |= _written_texts(path, file, texts)
        return evaluate_cases(cases, _indexed(texts, settings, keep=keep))
    return evaluate_spans(file, format_, settings, corpus, keep=keep, held_out=held_out)


def _written_texts(path: Path, file: Path, known: Mapping[str, str]) -> dict[str, str]:
    """The texts of another file of written questions; raises EvaluationError on a name conflict."""
    if find_format(path) is not FileFormat.WRITTEN:
        raise _other_format(path, file)
    texts = written_cases(path)[0]
    taken = [name for name, text in texts.items() if known.get(name, text) != text]
    if taken:
        raise EvaluationError(f"{path.name} has another text of the id {Path(taken[0]).stem!r} "
                              "than a file before it: rename one")  # fmt: skip
    return texts


def _other_format(path: Path, file: Path) -> EvaluationError:
    return EvaluationError(f"{path.name} is of another format than {file.name}: leave it")


# Questions with the contents of a right answer


def evaluate_cases(cases: Sequence[Case], settings: Settings) -> Evaluation:
    """Score cases against the index in the settings."""
    engine = open_engine(settings)
    twice = all(case.answerable for case in cases)
    spent: list[Cost] = []
    outcomes: list[CaseOutcome] = []
    judgements: list[Judgement] = []
    for case in _tracked(cases):
        answer, judged = _ask(engine, _asked_of_case(case), spent, twice=twice)
        hits = engine.search(case.question, SEARCHED, case.history) if case.answerable else []
        rank = first_rank(hits, partial(_holds, case))
        outcomes.append(CaseOutcome(case, answer, answer_text(answer), rank))
        judgements += judged
    return Evaluation(
        _by(lambda outcome: outcome.case.kind, outcomes, _figures_of_cases),
        summary_of_confidence(judgements),
        [_scored_case(one) for one in outcomes],
        judgements,
        _sum(spent),
    )


def _asked_of_case(case: Case) -> "_Asked":
    return _Asked(
        case.question,
        lambda answer: CaseOutcome(case, answer, answer_text(answer), None).is_right,
        lambda hit: hit.passage.document.name in case.sources,
        case.history,
        case.answerable,
    )


def _holds(case: Case, hit: Hit) -> bool:
    """Whether the passage of a hit contains all that a right answer must."""
    passages = (hit.passage, *hit.also)
    return any(
        passage.document.name in case.sources and has_words(case, passage.in_context)
        for passage in passages
    )


def _figures_of_cases(outcomes: Sequence[CaseOutcome]) -> Figures:
    times = [outcome.answer.elapsed_ms for outcome in outcomes]
    return summary(outcomes) | summary_of_times(times)


def _scored_case(outcome: CaseOutcome) -> Scored:
    case = outcome.case
    said = f"{outcome.answer.outcome} {outcome.answer.confidence:.2f}: {outcome.short}"
    failed = not outcome.is_right if case.answerable else outcome.is_asserted
    return Scored(case.id, case.question, case.expected, said, failed)


# Questions on texts


def evaluate_spans(
    file: Path,
    format_: FileFormat,
    settings: Settings,
    corpus: Sequence[Path] = (),
    *,
    keep: bool = False,
    held_out: bool = False,
) -> Evaluation:
    """Score a file whose own texts, and those of the files in `corpus`, are the documents.

    Their index is kept in the folder of the settings if `keep`, else in the user's cache. With
    `held_out`, only the held-out articles of SQuAD 2.0 are read.
    """
    spans = read_spans(file, format_, held_out=held_out)
    engine = open_engine(
        _indexed(_texts(file, format_, corpus, held_out=held_out), settings, keep=keep)
    )
    twice = all(span.answerable for span in spans)
    score = _reply_of_document if format_ is FileFormat.SWEFAQ else _reply
    spent: list[Cost] = []
    replies = [score(engine, span, spent, twice=twice) for span in _tracked(spans)]
    figures = summary_of_documents if format_ is FileFormat.SWEFAQ else summary_of_spans
    judgements = [one for reply in replies for one in reply.judgements]
    return Evaluation(
        {"all": figures(replies)},
        summary_of_confidence(judgements),
        [_scored_reply(reply) for reply in replies],
        judgements,
        _sum(spent),
    )


def _texts(
    file: Path, format_: FileFormat, corpus: Sequence[Path], *, held_out: bool
) -> dict[str, str]:
    texts = read_texts(file, format_, held_out=held_out)
    for path in corpus:
        found = find_format(path)
        if found is None or found is FileFormat.WRITTEN:
            raise _other_format(path, file)
        texts |= read_texts(path, found)
    return {f"{hashlib.sha256(text.encode()).hexdigest()[:16]}.txt": text for text in texts}


def _indexed(texts: dict[str, str], settings: Settings, *, keep: bool) -> Settings:
    """The settings with an index of the texts, which are given by file name."""
    named = sorted(f"{name}\0{text}" for name, text in texts.items())
    with tempfile.TemporaryDirectory(prefix="kallbot-") as name:
        folder = Path(name)
        for file, text in texts.items():
            (folder / file).write_bytes(text.encode())
        index = settings.index if keep else _cached_index([settings.model, *named])
        bring_up_to_date(settings, folder, index, Console(stderr=True))
    return settings.model_copy(update={"index": index, "milvus_uri": None})


def _indexed_folder(documents: Path, settings: Settings, *, keep: bool) -> Settings:
    """The settings with an index of a folder of documents."""
    index = settings.index if keep else _cached_index([settings.model, str(documents.resolve())])
    bring_up_to_date(settings, documents, index, Console(stderr=True))
    return settings.model_copy(update={"index": index, "milvus_uri": None})


def _cached_index(parts: Sequence[str]) -> Path:
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
    return platformdirs.user_cache_path("kallbot") / "evaluation" / digest


def _reply(engine: Engine, span: SpanQuestion, spent: list[Cost], *, twice: bool) -> JudgedReply:
    """The reply to a question whose answer is a span of a passage."""
    hits = engine.search(span.question, SEARCHED) if span.answerable else []
    rank = first_rank(hits, lambda hit: covers(hit, span))
    return _judged(engine, span, rank, lambda answer: is_right(answer, answer_text(answer), span),
                   spent, twice=twice)  # fmt: skip


def _reply_of_document(
    engine: Engine, span: SpanQuestion, spent: list[Cost], *, twice: bool
) -> JudgedReply:
    """The reply to a question whose answer is a whole document."""
    rank = document_rank(engine.search(span.question, _PASSAGES), span.text)
    return _judged(engine, span, rank, lambda answer: is_cited(answer, span), spent, twice=twice)


def _judged(
    engine: Engine,
    span: SpanQuestion,
    rank: int | None,
    right: Callable[[Answer], bool],
    spent: list[Cost],
    *,
    twice: bool,
) -> JudgedReply:
    asked = _Asked(span.question, right, lambda hit: reveals(hit, span), (), span.answerable)
    answer, judged = _ask(engine, asked, spent, twice=twice)
    short = answer_text(answer) if answer.is_asserted else ""
    return JudgedReply(span, rank, short, judged, answer.elapsed_ms)


def _scored_reply(reply: JudgedReply) -> Scored:
    span = reply.span
    gold = textwrap.shorten(span.gold, _SHOWN, placeholder=" …")
    return Scored(span.id, span.question, gold or "no answer", reply.short, reply.is_failure)


# Both


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question, a test for right answers, and a test for hits that reveal the answer."""

    question: str
    is_right: Callable[[Answer], bool]
    gives_away: Callable[[Hit], bool]
    history: Sequence[str]
    answerable: bool


def _ask(
    engine: Engine, asked: _Asked, spent: list[Cost], *, twice: bool
) -> tuple[Answer, tuple[Judgement, ...]]:
    """Ask a question and judge the answer; if `twice`, ask again with all revealing hits hidden.

    The cost of a language model is appended to `spent`.
    """
    answer, present = _judgement(engine, asked, spent, lambda _: False, answerable=asked.answerable)
    if not twice:
        return answer, (present,)
    _, absent = _judgement(engine, asked, spent, asked.gives_away, answerable=False)
    return answer, (present, absent)


def _judgement(
    engine: Engine,
    asked: _Asked,
    spent: list[Cost],
    hidden: Callable[[Hit], bool],
    *,
    answerable: bool,
) -> tuple[Answer, Judgement]:
    answer = given = engine.ask(asked.question, asked.history, hidden=hidden)
    spent += [answer.cost] if answer.cost else []
    # The answer without a threshold; the verdict of a language model does not depend on one.
    if not answer.is_asserted and not engine.has_language_model:
        given = engine.ask(asked.question, asked.history, hidden=hidden, threshold=0.0)
    answered = given.is_asserted
    return answer, Judgement(
        confidence=given.confidence if answered else 0.0,
        answerable=answerable,
        answered=answered,
        right=answerable and answered and asked.is_right(given),
        refused=not answer.is_asserted,
    )


def _sum(spent: Sequence[Cost]) -> Cost | None:
    return sum(spent, Cost()) if spent else None


def _by(
    kind: Callable[[_T], str], items: Sequence[_T], figures: Callable[[Sequence[_T]], Figures]
) -> dict[str, Figures]:
    """The figures of the items of each kind, by name, and of all items."""
    kinds: defaultdict[str, list[_T]] = defaultdict(list)
    for item in items:
        kinds[str(kind(item))].append(item)
    return {name: figures(kinds[name]) for name in sorted(kinds)} | {"all": figures(items)}


def _tracked(items: Sequence[_T]) -> Iterable[_T]:
    console = Console(stderr=True)
    return track(items, "Asking", console=console, transient=True, disable=not console.is_terminal)
