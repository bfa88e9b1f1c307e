"""YAML metadata of a document: front matter before its text, or a sidecar file.

Only the syntax of YAML is used: every value is kept as written, without conversion to numbers,
dates or tags, and excessive length, depth or repetition is refused. Front matter between `+++` is
TOML.
"""

import json
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from embeddings.errors import DocumentError
from embeddings.reading.origin import NAMES, metadata_in
from embeddings.types import Block, BlockKind, Metadata

MAX_LENGTH = 100_000
_MAX_TOML = 10_000  # characters: the time of a dotted key grows with the square of its length
_MAX_DEPTH = 20
_FRONT_MATTER = re.compile(r"---[ \t]*\n(?P<yaml>.*?\n)(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_TOML = re.compile(r"\+{3}[ \t]*\n(?P<toml>.*?\n)\+{3}[ \t]*(?:\n|\Z)", re.DOTALL)
_TOML_KEY = re.compile(r"^(?P<quote>[\"']?)(?P<key>[\w.-]+)(?P=quote)[ \t]*=", re.MULTILINE)
# A line intended as YAML: a key, a continuation, or a comment.
_KEY_LINE = re.compile(r"(?P<key>[^\W\d][\w-]*):(?:[ \t]+(?P<value>.*))?")
_MORE_LINE = re.compile(r"[ \t]+.*|- .*|#.*|[ \t]*")
_NOTHING = frozenset({"", "~", "null", "Null", "NULL"})
_KNOWN = {**{name: name for name in NAMES}, "date": "published"}


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The front matter of a text: its metadata, and a block for each other key.

    The text continues at `end`. `notes` has a line if the front matter is not valid YAML.
    """

    metadata: Metadata
    blocks: tuple[Block, ...]
    end: int
    notes: tuple[str, ...] = ()


def find_front_matter(text: str, opening: int) -> FrontMatter | None:
    """The front matter that begins at an offset; None if `---` is only a rule.

    Text between two rules that is too long for metadata is not front matter.
    """
    found = _FRONT_MATTER.match(text, opening)
    if found is None:
        return _find_toml(text, opening)
    if len(found["yaml"]) > MAX_LENGTH:
        return None
    written, start = found["yaml"], found.start("yaml")
    notes: tuple[str, ...] = ()
    try:
        root = _compose(written)
        if not isinstance(root, yaml.MappingNode):
            return None
        values, spans = _values(root), list(_spans(root))
    except yaml.YAMLError as error:
        lines = _key_lines(written)
        if lines is None:
            return None
        values = {key: value for key, value, _, _ in lines}
        spans = [(key, begin, end) for key, _, begin, end in lines]
        notes = (f"its front matter is read a line at a time, {_reason(error)}; mend it",)
    value_spans = (
        (key, start + begin, start + end) for key, begin, end in spans if values.get(key)
    )
    return _front_matter(text, values, value_spans, found.end(), notes)


def _find_toml(text: str, opening: int) -> FrontMatter | None:
    """The TOML front matter that begins at an offset; None if there is none."""
    found = _TOML.match(text, opening)
    if found is None or len(found["toml"]) > _MAX_TOML:
        return None
    try:
        values = tomllib.loads(found["toml"])
        if not values:
            return None
        keys = list(_TOML_KEY.finditer(text, *found.span("toml")))
        ends = [*(key.start() for key in keys[1:]), found.end("toml")]
        spans = ((key["key"], key.start(), end) for key, end in zip(keys, ends, strict=True))
        return _front_matter(text, values, spans, found.end())
    except (ValueError, RecursionError):  # or a number with too many digits
        return None


def _front_matter(
    text: str,
    values: Mapping[str, object],
    spans: Iterable[tuple[str, int, int]],
    end: int,
    notes: tuple[str, ...] = (),
) -> FrontMatter:
    """The metadata among the values, and a block for each span of another key."""
    metadata = metadata_in(values)
    blocks = [
        Block(BlockKind.ROW, begin, begin + len(text[begin:stop].rstrip()))
        for key, begin, stop in spans
        if not (key in _KNOWN and getattr(metadata, _KNOWN[key]))
    ]
    return FrontMatter(metadata, tuple(blocks), end, notes)


def load_yaml(text: str) -> object:
    """Parse YAML, with each scalar as written, or JSON.

    Raises DocumentError if it is invalid, too long, too deep, or has aliases.
    """
    if len(text) > MAX_LENGTH:
        raise DocumentError(f"its metadata is longer than {MAX_LENGTH} characters; shorten it")
    try:
        if text.lstrip().startswith("{"):
            return json.loads(text)
        root = _compose(text)
    except (ValueError, RecursionError) as error:
        raise DocumentError("its metadata is not valid JSON; mend or remove it") from error
    except yaml.YAMLError as error:
        raise DocumentError(f"its metadata is not read, {_reason(error)}; mend it") from error
    return None if root is None else _value(root)


class _Refused(yaml.YAMLError):
    """YAML that is refused, for the reason in its message."""


class _Loader(yaml.BaseLoader):
    """Composes nodes, refusing aliases and deep nesting."""

    depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            raise _Refused("since it repeats itself by aliases (*)")
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise _Refused("since it is nested too deep")
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def _compose(text: str) -> yaml.Node | None:
    try:
        return yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError:
        raise
    except (ValueError, OverflowError) as error:  # errors raised inside PyYAML
        raise yaml.YAMLError from error


def _reason(error: yaml.YAMLError) -> str:
    if isinstance(error, _Refused):
        return str(error)
    place = getattr(error, "problem_mark", None)
    return "not being valid YAML" + (f" (line {place.line + 1})" if place else "")


def _value(node: yaml.Node) -> object:
    if isinstance(node, yaml.MappingNode):
        return _values(node)
    if isinstance(node, yaml.SequenceNode):
        return [_value(part) for part in node.value]
    assert isinstance(node, yaml.ScalarNode)  # noqa: S101 - YAML has no other nodes
    return None if node.style is None and node.value in _NOTHING else node.value


def _values(node: yaml.MappingNode) -> dict[str, object]:
    return {
        key.value: _value(value) for key, value in node.value if isinstance(key, yaml.ScalarNode)
    }


def _spans(root: yaml.MappingNode) -> Iterator[tuple[str, int, int]]:
    """Each key with its start and the end of its value."""
    for key, value in root.value:
        if isinstance(key, yaml.ScalarNode):
            yield key.value, key.start_mark.index, value.end_mark.index


def _key_lines(written: str) -> list[tuple[str, str, int, int]] | None:
    """The key, the value and the span of each line; None if other lines occur."""
    lines: list[tuple[str, str, int, int]] = []
    offset = 0
    for line in written.split("\n"):
        end = offset + len(line)
        if found := _KEY_LINE.fullmatch(line.rstrip()):
            lines.append((found["key"], (found["value"] or "").strip("\"' "), offset, end))
        elif not _MORE_LINE.fullmatch(line):
            return None
        elif lines and line.strip() and not line.startswith("#"):
            key, value, begin, _ = lines[-1]
            lines[-1] = key, f"{value} {line.strip()}", begin, end
        offset = end + 1
    return lines or None
