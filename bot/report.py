"""Reports on rebuilds, indexes and evaluations, as JSON and tables."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import timedelta

from rich.console import Group, RenderableType
from rich.filesize import decimal
from rich.table import Table
from rich.text import Text

from bot.evaluate import Evaluation, Scored
from bot.terminal import printable
from embeddings.index.home import Home
from embeddings.index.inspection import Status, Verified
from embeddings.rebuild import Report
from embeddings.types import Listing
from evaluation import Figures

_SHOWN = 10
_SHOWN_FAILURES = 50
_MANY = 1000
_COLUMNS = 8  # of figures in 80 columns of text
_HOUR, _DAY = 60, 24  # in minutes, in hours
HEADS = {
    "questions": "n",
    "right_citation": "cited",
    "asserted_right": "precision",
    "absent_asserted": "absent",
    "median_words": "words",
    "median_ms": "ms",
    "p95_ms": "p95",
    "exact_match": "EM",
    "token_f1": "F1",
    "refused_absent": "absent refused",
    "ece": "ECE",
    "aurc": "AURC",
    "auc": "AUC",
    "auc_right": "AUC right",
}


def report_json(report: Report) -> str:
    """A rebuild's report as one line of JSON."""
    return json.dumps(asdict(report), ensure_ascii=False)


def report_view(report: Report, index: Home) -> RenderableType:
    """A rebuild's report in a few lines."""
    changes = (("added", report.added), ("changed", report.changed), ("removed", report.removed))
    lines = [f"{what} {len(names)}: {_some(names)}" for what, names in changes if names]
    head = "Up to date" if report.is_unchanged else "Done"
    total = (
        f"{head}: {report.documents} documents, {report.passages} passages, "
        f"{report.embedded} embedded, {report.seconds:.1f} s, in {index}"
    )
    return Text(printable("\n".join([*lines, total])))


def _some(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def listing_json(listing: Listing) -> str:
    """The list entry of a document as one line of JSON."""
    published = listing.published.isoformat() if listing.published else None
    return json.dumps(
        {
            "document": listing.name,
            "title": listing.title,
            "publisher": listing.publisher,
            "published": published,
            "url": listing.url,
        },
        ensure_ascii=False,
    )


def listings_view(listings: Sequence[Listing]) -> RenderableType:
    """The documents, each with its date, title and publisher, and its name on the next line."""
    lines = []
    for one in listings:
        day = one.published.isoformat() if one.published else ""
        lines += [f"{day:10}  {', '.join(filter(None, (one.title, one.publisher)))}",
                  f"{'':10}  {one.name}"]  # fmt: skip
    return Text("\n".join(lines))


def status_json(status: Status) -> str:
    """The status of an index as one line of JSON: age in seconds, size in bytes if known."""
    manifest = status.manifest
    return json.dumps(
        {
            "documents_folder": manifest.documents_folder,
            "files": status.files,
            "documents": manifest.documents,
            "passages": manifest.passages,
            "notices": manifest.notices,
            "model": manifest.model,
            "created": manifest.created,
            "age": round(status.age.total_seconds()),
            "size": status.size,
            "older_recipe": status.is_of_older_recipe,
            "pending": asdict(status.pending) if status.pending else None,
            "skipped": status.skipped,
            "notes": status.notes,
        },
        ensure_ascii=False,
    )


def status_view(status: Status, index: Home) -> RenderableType:
    """The status of an index, one item per line."""
    manifest = status.manifest
    state, what = _state(status)
    remedy = [Text(f"{index.rebuild_command()} {what}")] if what else []
    table = Table.grid(padding=(0, 2, 0, 0))
    for row in (
        ("Index", str(index)),
        ("Of", manifest.documents_folder),
        ("Files", str(status.files)),
        ("Documents", str(manifest.documents)),
        ("Passages", f"{manifest.passages}, of which {manifest.notices} page furniture"),
        ("Model", manifest.model),
        ("Made", f"{_age(status.age)} ago ({manifest.created})"),
        ("Size", "–" if status.size is None else decimal(status.size)),
        ("State", state),
    ):
        table.add_row(*row)
    problems = [*(f"skipped {message}" for message in status.skipped), *status.notes]
    return Group(table, *remedy, *(Text(printable(line)) for line in problems))


def _state(status: Status) -> tuple[str, str]:
    """The state of an index, and the effect of a rebuild, if any."""
    if status.pending is None:
        return "the folder of its documents is gone", ""
    if status.is_of_older_recipe:
        return "made by an older Källbot", "reads the documents again"
    if not status.pending.count:
        return "up to date", ""
    pending = status.pending
    counts = (("new", pending.added), ("changed", pending.changed), ("gone", pending.removed))
    said = ", ".join(f"{len(names)} {what}" for what, names in counts if names)
    return f"behind its folder ({said})", "updates it"


def _age(age: timedelta) -> str:
    minutes = int(age.total_seconds() // 60)
    if minutes < _HOUR:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, _HOUR)
    return f"{hours} h {minutes} min" if hours < _DAY else f"{hours // _DAY} d {hours % _DAY} h"


def verified_json(verified: Verified) -> str:
    """The result of a verification as one line of JSON."""
    return json.dumps(asdict(verified))


def verified_view(verified: Verified) -> RenderableType:
    """The result of a verification."""
    return Text(
        f"Sound: {verified.documents} documents, {verified.passages} passages with their vectors, "
        f"{verified.embedded_again} of them embedded again and compared"
    )


def evaluation_json(evaluation: Evaluation) -> str:
    """An evaluation as one line of JSON."""
    said = {
        "groups": evaluation.groups,
        "calibration": evaluation.calibration,
        **({"cost": asdict(evaluation.cost)} if evaluation.cost else {}),
        "failures": [
            {"id": one.id, "question": one.question, "expected": one.expected, "answer": one.answer}
            for one in evaluation.failures
        ],
    }
    return json.dumps(said, ensure_ascii=False)


def answers_jsonl(evaluation: Evaluation) -> str:
    """The answers, one JSON object per question, for comparison with another run."""
    lines = (
        {"id": one.id, "failed": one.failed, "answer": one.answer} for one in evaluation.scored
    )
    return "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines)


def evaluation_view(evaluation: Evaluation) -> RenderableType:
    """An evaluation as tables by group, and its failures."""
    return Group(
        *_tables("", evaluation.groups),
        *_tables("confidence", {"": evaluation.calibration}),
        *_cost_lines(evaluation),
        *_failures(evaluation.failures),
    )


def _cost_lines(evaluation: Evaluation) -> Iterable[RenderableType]:
    """The cost of the language model, in total and per question."""
    if (cost := evaluation.cost) is not None:
        asked = len(evaluation.scored)
        tokens = cost.prompt_tokens + cost.completion_tokens
        yield Text(
            f"The language model: {cost.calls} calls, {cost.prompt_tokens} tokens in and "
            f"{cost.completion_tokens} out, {cost.seconds:.0f} s; a question {tokens / asked:.0f} "
            f"tokens and {cost.seconds / asked:.1f} s"
        )
        yield Text()


def _tables(title: str, groups: dict[str, Figures]) -> Iterable[RenderableType]:
    """One row per group, in as many tables as needed to fit the width."""
    names = list(next(iter(groups.values())))
    for first in range(0, len(names), _COLUMNS):
        shown = names[first : first + _COLUMNS]
        heads = [HEADS.get(name, name) for name in shown]
        table = Table(title, *heads, box=None, header_style="bold", padding=(0, 1, 0, 0))
        for group, figures in groups.items():
            table.add_row(group, *(_figure(figures[name]) for name in shown),
                          style="bold" if group == "all" else "")  # fmt: skip
        yield table
        yield Text()


def _failures(failures: Sequence[Scored]) -> Iterable[Text]:
    for failure in failures[:_SHOWN_FAILURES]:
        yield Text.assemble((f"{failure.id}  ", "bold"), failure.question,
                            (f"\n    expected: {failure.expected}", "dim"),
                            (f"\n    answer:   {failure.answer}", "dim"))  # fmt: skip
    if len(failures) > _SHOWN_FAILURES:
        yield Text(f"and {len(failures) - _SHOWN_FAILURES} more: --json names them all")


def _figure(value: float | None) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:.3g}" if value < _MANY else f"{value:.0f}"
    return str(value)
