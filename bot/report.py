"""What a rebuild did and how an evaluation came out, as JSON and as tables."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from bot.evaluate import Evaluation
from embeddings.rebuild import Report

_SHOWN = 10


def report_json(report: Report) -> str:
    """A rebuild's report as one line of JSON."""
    return json.dumps(asdict(report), ensure_ascii=False)


def report_view(report: Report, index: Path) -> RenderableType:
    """A rebuild's report in a few lines."""
    changes = (("added", report.added), ("changed", report.changed), ("removed", report.removed))
    lines = [f"{what} {len(names)}: {_some(names)}" for what, names in changes if names]
    head = "Up to date" if report.is_unchanged else "Done"
    total = (
        f"{head}: {report.documents} documents, {report.passages} passages, "
        f"{report.embedded} embedded, {report.seconds:.1f} s, in {index}"
    )
    return Text("\n".join([*lines, total]))


def _some(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def evaluation_json(evaluation: Evaluation) -> str:
    """An evaluation as one line of JSON."""
    return json.dumps(asdict(evaluation), ensure_ascii=False)


def evaluation_view(evaluation: Evaluation) -> RenderableType:
    """An evaluation as a table by group, and its failures."""
    names = list(next(iter(evaluation.groups.values())))
    table = Table("", *names, box=None, header_style="bold")
    for group, figures in evaluation.groups.items():
        table.add_row(group, *(_figure(figures[name]) for name in names),
                      style="bold" if group == "all" else "")  # fmt: skip
    return Group(table, Text(), *_failures(evaluation.failures))


def _failures(failures: Iterable[dict[str, str]]) -> Iterable[Text]:
    for failure in failures:
        yield Text.assemble((f"{failure['id']}  ", "bold"), failure["question"],
                            ("\n    " + failure["answer"], "dim"))  # fmt: skip


def _figure(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.3f}" if isinstance(value, float) else str(value)
