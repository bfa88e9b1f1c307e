"""Draw a chat with Källbot, from what it answers to real questions.

    python docs/draw_chat.py INDEX FIGURE.svg QUESTION …

The blocks and buttons are those that the Telegram bot sends; only how they look is drawn here.
"""

import argparse
import re
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from PIL import ImageFont

from bot.answer_blocks import answer_blocks
from bot.loading import open_engine
from bot.settings import load_settings
from bot.telegram.buttons import answer_keyboard
from bot.telegram.layout import Block, Run
from bot.telegram.messages import dressed
from bot.wording import SWEDISH
from retrieval.engine import Engine

WIDTH, BUBBLE, PAD, GAP = 560, 440, 12, 8  # pixels
SIZE, LEADING = 15, 21
FOLDED = 3  # lines of a long quote that are seen until it is unfolded
FONT = ImageFont.load_default(SIZE)
SPARE = 1.17  # the font of who looks may be wider than the one that is measured with
ASKED, SAID, PAPER, LINK, BUTTON = "#d9fdd3", "#ffffff", "#dfe7ec", "#2468a8", "#7f98a8"

Line = tuple[list[Run], bool]
"""Runs that fit beside each other, and whether they are quoted."""


def draw_chat(engine: Engine, questions: Sequence[str]) -> str:
    """The chat as SVG."""
    parts: list[str] = []
    top = GAP
    for question in questions:
        top = _draw_bubble(parts, top, _break((Run(question),), is_quote=False), is_asked=True)
        answer = engine.ask(question)
        lines = [
            line for block in dressed(answer_blocks(answer), SWEDISH) for line in _lines(block)
        ]
        top = _draw_bubble(parts, top, lines, is_asked=False)
        for row in answer_keyboard(SWEDISH, 1, len(answer.citations), "", feedback=True):
            top = _draw_buttons(parts, top, [button.text for button in row])
        top += GAP
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top}" width="{WIDTH}" '
        f'font-family="system-ui, sans-serif" font-size="{SIZE}">\n'
        f'<rect width="100%" height="100%" rx="8" fill="{PAPER}"/>\n'
        f"{''.join(parts)}</svg>\n"
    )


def _lines(block: Block) -> Iterator[Line]:
    if block.lead:
        yield from _break((Run(block.lead),), is_quote=False)
    lines = _break(block.runs, is_quote=block.is_quote)
    if block.is_quote and block.is_long:
        yield from lines[:FOLDED]
        yield [Run("⌄")], True
    else:
        yield from lines


def _break(runs: Sequence[Run], *, is_quote: bool) -> list[Line]:
    """The runs in lines that fit into a bubble."""
    lines: list[Line] = [([], is_quote)]
    left = room = BUBBLE - 2 * PAD - (PAD if is_quote else 0)
    for run in runs:
        for piece in re.findall(r"\n|[^\s]+[^\S\n]*|[^\S\n]+", run.text):
            width = FONT.getlength(piece) * SPARE
            if piece == "\n" or (width > left and lines[-1][0]):
                lines.append(([], is_quote))
                left = room
            if piece != "\n":
                lines[-1][0].append(Run(piece, run.bold, run.link))
                left -= width
    return lines


def _draw_bubble(parts: list[str], top: int, lines: Sequence[Line], *, is_asked: bool) -> int:
    """Draw lines in a bubble; returns where the next thing begins, in pixels from the top."""
    longest = max(sum(FONT.getlength(run.text) for run in runs) for runs, _ in lines) * SPARE
    width = min(int(longest) + 3 * PAD, BUBBLE) if is_asked else BUBBLE
    left = WIDTH - width - GAP if is_asked else GAP
    height = len(lines) * LEADING + PAD
    fill = ASKED if is_asked else SAID
    parts.append(
        f'<rect x="{left}" y="{top}" width="{width}" height="{height}" rx="12" fill="{fill}"/>\n'
    )
    for number, (runs, is_quote) in enumerate(lines):
        y = top + PAD // 2 + number * LEADING
        x = left + PAD
        if is_quote:
            parts.append(f'<rect x="{x}" y="{y}" width="3" height="{LEADING}" fill="{LINK}"/>\n')
            x += PAD
        words = "".join(_styled(run) for run in runs)
        parts.append(f'<text x="{x}" y="{y + SIZE}" xml:space="preserve">{words}</text>\n')
    return top + height + GAP // 2


def _styled(run: Run) -> str:
    style = ' font-weight="bold"' if run.bold else ""
    style += f' fill="{LINK}"' if run.link else ""
    return f"<tspan{style}>{escape(run.text)}</tspan>" if style else escape(run.text)


def _draw_buttons(parts: list[str], top: int, labels: Sequence[str]) -> int:
    """Draw a row of buttons; returns where the next thing begins."""
    width = (BUBBLE - (len(labels) - 1) * GAP // 2) // len(labels)
    for number, label in enumerate(labels):
        left = GAP + number * (width + GAP // 2)
        parts.append(
            f'<rect x="{left}" y="{top}" width="{width}" height="{LEADING + GAP}" rx="8" '
            f'fill="{BUTTON}"/>\n<text x="{left + width // 2}" y="{top + SIZE + GAP // 2}" '
            f'fill="#fff" text-anchor="middle">{escape(label)}</text>\n'
        )
    return top + LEADING + GAP + GAP // 2


def main() -> None:
    """Draw what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("index", type=Path)
    parser.add_argument("figure", type=Path)
    parser.add_argument("questions", nargs="+")
    chosen = parser.parse_args()
    engine = open_engine(load_settings(index=chosen.index))
    chosen.figure.write_text(draw_chat(engine, chosen.questions), encoding="utf-8")


if __name__ == "__main__":
    main()
