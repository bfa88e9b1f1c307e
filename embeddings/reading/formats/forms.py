"""Filled-in values of PDF forms (AcroForm), with their positions."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pdfminer.pdftypes import resolve1
from pdfminer.psparser import PSLiteral
from pdfminer.utils import decode_text

_DEEPEST = 20  # nested fields
_SHOWN_ONCE = frozenset({"Widget", "FreeText"})
_HIDDEN = 2  # annotation flag


@dataclass(frozen=True, slots=True)
class Filled:
    """The value of a field with its box, in points from the lower left corner of the page."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float


def filled_in(annotations: Any) -> Iterator[Filled]:
    """The contents of a page's annotations that are not in its text: values, ticks, typed notes."""
    found = resolve1(annotations)
    for reference in found if isinstance(found, list) else []:
        one = resolve1(reference)
        if not isinstance(one, dict) or _name(one.get("Subtype")) not in _SHOWN_ONCE:
            continue
        flags, box = resolve1(one.get("F")), resolve1(one.get("Rect"))
        if (isinstance(flags, int) and flags & _HIDDEN) or not isinstance(box, list):
            continue
        corners = [resolve1(edge) for edge in box]
        text = _value(one).strip()
        if text and len(corners) == 4 and all(isinstance(edge, int | float) for edge in corners):
            left, bottom, right, top = map(float, corners)
            yield Filled(
                text, min(left, right), min(bottom, top), max(left, right), max(bottom, top)
            )


def _value(annotation: dict[str, Any]) -> str:
    if _name(annotation.get("Subtype")) == "FreeText":
        return _text(annotation.get("Contents"))
    kind, value = _name(_of_field(annotation, "FT")), _of_field(annotation, "V")
    if kind == "Btn":
        state = _name(resolve1(annotation.get("AS"))) or _name(value)
        is_push = int(_number(_of_field(annotation, "Ff"))) & 1 << 16
        return "" if is_push or not state else "☐" if state == "Off" else "☒"
    if kind in {"Tx", "Ch"}:
        values = value if isinstance(value, list) else [value]
        return ", ".join(filter(None, (_text(one) for one in values)))
    return ""


def _of_field(annotation: dict[str, Any], key: str) -> Any:
    """The value of a key of a field, inherited from its parents."""
    field: Any = annotation
    for _ in range(_DEEPEST):
        if not isinstance(field, dict):
            return None
        if key in field:
            return resolve1(field[key])
        field = resolve1(field.get("Parent"))
    return None


def _text(value: Any) -> str:
    resolved = resolve1(value)
    if isinstance(resolved, bytes):
        return decode_text(resolved).replace("\r\n", "\n").replace("\r", "\n")
    return resolved if isinstance(resolved, str) else ""


def _name(value: Any) -> str:
    resolved = resolve1(value)
    if isinstance(resolved, PSLiteral):
        return resolved.name if isinstance(resolved.name, str) else resolved.name.decode("latin-1")
    return ""


def _number(value: Any) -> float:
    return value if isinstance(value, int | float) else 0
