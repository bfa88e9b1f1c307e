"""The buttons under messages: what each does, its callback data, and the pages that they turn."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot import wording as say
from bot.answer_text import LISTED, shortened
from bot.links import source_link
from bot.telegram.layout import Block, Run, clean, pack, text_block
from bot.telegram.records import StoredAnswer
from bot.wording import THUMB_DOWN, THUMB_UP, Wording
from embeddings.types import Listing

HITS_PER_PAGE, MOST_HITS = 4, 24
_LONGEST_DETAILS = 60  # characters of publisher and date in a list of documents


@dataclass(frozen=True, slots=True)
class Button:
    """An inline button and its callback data."""

    text: str
    data: str


Keyboard = tuple[tuple[Button, ...], ...]


def markup(keyboard: Keyboard) -> InlineKeyboardMarkup | None:
    """The buttons as an object of the library; None if there are none."""
    if not keyboard:
        return None
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(part.text, callback_data=part.data) for part in row]
         for row in keyboard]
    )  # fmt: skip


# Callback data


@dataclass(frozen=True, slots=True)
class Press:
    """The action of a button under an answer.

    "s" source, "m" more hits, "l" more of the list, "b" back (1: from the list), "u" and "d" votes.
    """

    action: str
    answer: int
    argument: int
    version: str

    def data(self) -> str:
        """The callback data, well below 64 bytes."""
        return f"{self.action}:{self.answer}:{self.argument}:{self.version}"

    @classmethod
    def parse(cls, data: str) -> Self | None:
        """Parse callback data; None if it is not from one of our buttons."""
        action, _, rest = data.partition(":")
        parts = rest.split(":")
        if action not in {"s", "m", "l", "b", "u", "d"} or len(parts) != 3 or len(data) > 64:
            return None
        number, argument, version = parts
        if not (
            number.isascii() and number.isdigit() and argument.isascii() and argument.isdigit()
        ):
            return None
        if len(number) > 15 or len(argument) > 4:
            return None
        return cls(action, int(number), int(argument), version)


def short_version(version: str) -> str:
    """The distinctive part of an index version, short enough for buttons."""
    return version[-8:]


def page_number(written: str) -> int | None:
    """The page that a button asks for; None if none of our buttons has such data."""
    is_fine = written.isascii() and written.isdigit() and len(written) <= 6
    return int(written) if is_fine else None


# Under an answer, and under the pages that replace it


def answer_keyboard(
    words: Wording, number: int, sources: int, version: str, feedback: bool, is_cut: bool = False
) -> Keyboard:
    """The buttons under an answer; an answer that lists more than it shows `is_cut`."""

    def button(text: str, action: str, argument: int = 0) -> Button:
        return Button(text, Press(action, number, argument, short_version(version)).data())

    show = [
        button(words.show if sources == 1 else f"{words.show} {place + 1}", "s", place)
        for place in range(sources)
    ]
    votes = [button(THUMB_UP, "u"), button(THUMB_DOWN, "d")] if feedback else []
    more = button(words.next, "l", 1) if is_cut else button(words.more, "m")
    last = (more, *votes)
    # Two per row: "Visa i källan 1" must be readable on a telephone.
    rows = (tuple(show[at : at + 2]) for at in range(0, len(show), 2))
    return (*rows, last)


def hits_keyboard(answer: StoredAnswer, page: int, hits: int) -> Keyboard:
    """The buttons under a page of hits: back, previous and next, where they apply."""
    return _paging_keyboard(answer, "m", page, page > 0, (page + 1) * HITS_PER_PAGE < hits)


def listed_keyboard(answer: StoredAnswer, page: int, has_next: bool) -> Keyboard:
    """The buttons under a page of a list after the first page, which is the answer itself."""
    return _paging_keyboard(answer, "l", page, page > 1, has_next)


def _paging_keyboard(
    answer: StoredAnswer, action: str, page: int, has_previous: bool, has_next: bool
) -> Keyboard:
    """The buttons for paging, and the one that restores the answer, if there is one."""
    words = say.wording_in(answer.language)
    version = short_version(answer.version)

    def button(text: str, action: str, argument: int) -> Button:
        return Button(text, Press(action, answer.id, argument, version).data())

    row = []
    if answer.command == "ask":
        row.append(button(words.back, "b", int(action == "l")))
    if has_previous:
        row.append(button(words.previous, action, page - 1))
    if has_next:
        row.append(button(words.next, action, page + 1))
    return (tuple(row),) if row else ()


# Pages of documents


def sources_page(listings: Sequence[Listing], page: int) -> tuple[str, Keyboard]:
    """A page of the documents, the newest first, and its buttons."""
    pages = max(1, -(-len(listings) // LISTED))
    page = min(page, pages - 1)
    first = page * LISTED
    shown = listings[first : first + LISTED]
    blocks = [text_block(say.SOURCES_TITLE.format(count=len(listings)), bold=True)]
    blocks += [_listing_block(first + place, each) for place, each in enumerate(shown, 1)]
    if pages > 1:
        blocks.append(text_block(say.SWEDISH.page_of.format(page=page + 1, pages=pages)))
    row = page_buttons(page, pages, "k")
    return pack(blocks)[0], (row,) if row else ()


def page_buttons(page: int, pages: int, kind: str) -> tuple[Button, ...]:
    """The buttons to the previous and the next page of a list, if there are such pages."""
    row = []
    if page > 0:
        row.append(Button(say.SWEDISH.previous, f"{kind}:{page - 1}"))
    if page + 1 < pages:
        row.append(Button(say.SWEDISH.next, f"{kind}:{page + 1}"))
    return tuple(row)


def _listing_block(number: int, listing: Listing) -> Block:
    day = say.SWEDISH.day(listing.published) if listing.published else ""
    details = "".join(f", {part}" for part in (listing.publisher, day) if part)
    title = clean(shortened(listing.title))
    runs = (Run(f"{number}. "), Run(title, link=source_link(listing.url, "")))
    return Block((*runs, Run(clean(details)[:_LONGEST_DETAILS])))
