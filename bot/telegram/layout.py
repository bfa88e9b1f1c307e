"""Rich text for Telegram: blocks of runs, rendered as HTML and split by Telegram's lengths.

Telegram counts UTF-16 units after parsing entities, so the text of a run counts, not its tags.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from html import escape

from telegram.constants import MessageLimit

from embeddings.language.sentences import split_sentences

LIMIT = int(MessageLimit.MAX_TEXT_LENGTH)
_EXPANDABLE = 320  # characters; what fits on a telephone's screen is not folded
_EXPANDABLE_LINES = 6
MOST_MESSAGES = 3
"""The most messages for one answer."""
_CUT = " …"
# Characters that Telegram removes or turns into spaces: control characters, line and direction
# marks that could affect the surrounding text, and lone surrogates.
_REMOVED = re.compile(r"[\r\u2028-\u202e\u2066-\u2069\u0333\u033f\u030a\ufeff\ud800-\udfff]")
_BLANK = re.compile(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of text in one style: bold, or a link."""

    text: str
    bold: bool = False
    link: str | None = None

    def html(self) -> str:
        """The run in Telegram's HTML."""
        written = escape(self.text, quote=False)
        if self.bold:
            written = f"<b>{written}</b>"
        return f'<a href="{escape(self.link)}">{written}</a>' if self.link else written


@dataclass(frozen=True, slots=True)
class Block:
    """A group of runs, displayed as a quotation if `is_quote`. `lead` is a line above it."""

    runs: tuple[Run, ...]
    is_quote: bool = False
    lead: str = ""

    @property
    def text(self) -> str:
        """The text without styles and lead."""
        return "".join(run.text for run in self.runs)

    @property
    def units(self) -> int:
        """The length in Telegram's units, including the lead."""
        return utf16(self.lead + "\n" + self.text if self.lead else self.text)

    @property
    def is_long(self) -> bool:
        """Whether a quotation of this text is shown folded."""
        text = self.text
        return len(text) > _EXPANDABLE or text.count("\n") >= _EXPANDABLE_LINES

    def html(self) -> str:
        """The block in Telegram's HTML."""
        inner = "".join(run.html() for run in self.runs)
        if self.is_quote:
            inner = f"<blockquote{' expandable' if self.is_long else ''}>{inner}</blockquote>"
        return f"{escape(self.lead, quote=False)}\n{inner}" if self.lead else inner


def utf16(text: str) -> int:
    """The length of a text in UTF-16 units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def clean(text: str) -> str:
    """The text as Telegram stores it; no letters are lost, not even å with a combining ring."""
    composed = text.replace("a\u030a", "å").replace("A\u030a", "Å")
    return _BLANK.sub(" ", _REMOVED.sub("", composed))


def text_block(text: str, bold: bool = False) -> Block:
    """A block in one style."""
    return Block((Run(clean(text), bold),))


def pack(blocks: Iterable[Block], limit: int = LIMIT) -> list[str]:
    """The blocks as HTML messages within the limit, split between blocks.

    There are at most `MOST_MESSAGES`: if more were needed, the longest blocks are cut.
    """
    whole = list(blocks)
    for room in (2 * limit, limit, limit // 2):
        whole = _cut_to(whole, room)
        messages = _packed(whole, limit)
        if len(messages) <= MOST_MESSAGES:
            break
    return messages[:MOST_MESSAGES]


def _cut_to(blocks: Sequence[Block], room: int) -> list[Block]:
    """The blocks cut to `room` units in total; the longest ones end in an ellipsis."""
    left, share = room, room
    for number, units in enumerate(sorted(block.units for block in blocks)):
        share = left // (len(blocks) - number)
        if units > share:
            break
        left -= units
    else:
        return list(blocks)
    return [_shortened(block, share) if block.units > share else block for block in blocks]


def _shortened(block: Block, units: int) -> Block:
    """The beginning of a block with an ellipsis; its lead is kept."""
    room = max(units - utf16(f"{block.lead}\n{_CUT}"), 0)
    kept = tuple(_slice(block.runs, 0, _prefix(block.text, room)))
    return replace(block, runs=(*kept, Run(_CUT)))


def _packed(blocks: Iterable[Block], limit: int) -> list[str]:
    messages: list[list[Block]] = []
    room = 0
    for part in (part for block in blocks for part in divide(block, limit)):
        if part.units + 2 > room:
            messages.append([])
            room = limit
        messages[-1].append(part)
        room -= part.units + 2
    return ["\n\n".join(block.html() for block in message) for message in messages]


def divide(block: Block, limit: int = LIMIT) -> Iterator[Block]:
    """The block, split between sentences or lines if it is longer than the limit."""
    while block.units > limit - 2:
        room = limit - 2 - utf16(block.lead + "\n")
        cut = _cut(block.text, room)
        yield replace(block, runs=tuple(_slice(block.runs, 0, cut)))
        rest = block.text[cut:]
        start = cut + len(rest) - len(rest.lstrip())
        block = replace(block, runs=tuple(_slice(block.runs, start, len(block.text))), lead="")
    if block.text.strip():
        yield block


def _cut(text: str, room: int) -> int:
    """The best offset for a cut with at most `room` UTF-16 units before it."""
    most = _prefix(text, room)
    ends = [end for _, end in split_sentences(text) if 0 < end <= most]
    lines = [match.start() for match in re.finditer(r"\n", text[: most + 1]) if match.start()]
    spaces = [match.start() for match in re.finditer(r"\s", text[: most + 1]) if match.start()]
    return max([*ends, *lines], default=0) or max(spaces, default=0) or max(most, 1)


def _prefix(text: str, room: int) -> int:
    """The number of characters that fit into `room` UTF-16 units."""
    used = 0
    for number, character in enumerate(text):
        used += 2 if ord(character) > 0xFFFF else 1
        if used > room:
            return number
    return len(text)


def prefix(text: str, room: int) -> str:
    """The beginning of a text that fits into `room` UTF-16 units."""
    return text[: _prefix(text, room)]


def _slice(runs: Sequence[Run], start: int, end: int) -> Iterator[Run]:
    """The runs of the characters from `start` to `end`."""
    at = 0
    for run in runs:
        begin, stop = max(start - at, 0), min(end - at, len(run.text))
        if begin < stop:
            yield replace(run, text=run.text[begin:stop])
        at += len(run.text)
