"""The buttons under messages: what each does, its callback data, and the pages that they turn."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum
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


class Purpose(Enum):
    """What a group of actions is for: it decides who may press, and what waits for what."""

    ANSWER = "answer"  # under an answer: its data is that of a `Press`
    PAGE = "page"  # of the documents, for everybody
    ADMIN = "admin"
    INDEX = "index"  # for admins: it changes the index, or is a step of a dialogue that does


class Action(StrEnum):
    """What a button does; the letter begins its data, also in the messages of old chats."""

    SHOW_SOURCE = "s", Purpose.ANSWER
    MORE_HITS = "m", Purpose.ANSWER
    MORE_OF_LIST = "l", Purpose.ANSWER
    BACK_TO_ANSWER = "b", Purpose.ANSWER  # its argument is 1 if the answer is a list
    VOTE_UP = "u", Purpose.ANSWER
    VOTE_DOWN = "d", Purpose.ANSWER
    SOURCES_PAGE = "k", Purpose.PAGE
    REMOVAL_PAGE = "p", Purpose.ADMIN
    ADD_UPLOAD = "y", Purpose.INDEX
    DROP_UPLOAD = "n", Purpose.INDEX
    ASK_TO_REMOVE = "r", Purpose.INDEX
    REMOVE = "x", Purpose.INDEX
    KEEP = "z", Purpose.INDEX

    purpose: Purpose

    def __new__(cls, letter: str, purpose: Purpose) -> Self:
        """Make an action of its letter and its purpose."""
        member = str.__new__(cls, letter)
        member._value_ = letter
        member.purpose = purpose
        return member

    @property
    def is_for_admins(self) -> bool:
        """Whether only admins may press it."""
        return self.purpose in {Purpose.ADMIN, Purpose.INDEX}

    @property
    def changes_index(self) -> bool:
        """Whether it changes the index, or is a step of a dialogue that does."""
        return self.purpose is Purpose.INDEX

    def data_for(self, argument: object) -> str:
        """The callback data of a button."""
        return f"{self.value}:{argument}"


ADMIN_DATA = re.compile(f"^[{''.join(one for one in Action if one.is_for_admins)}]:")
"""Matches the callback data of the buttons for admins."""


def split_data(data: str) -> tuple[Action | None, str]:
    """The action in callback data, and what follows it; None if none of our buttons has it."""
    letter, colon, argument = data.partition(":")
    action = next((one for one in Action if colon and one == letter), None)
    return (action, argument) if action else (None, data)


@dataclass(frozen=True, slots=True)
class Press:
    """What a button under an answer does, and for which answer and index version."""

    action: Action
    answer: int
    argument: int
    version: str

    def data(self) -> str:
        """The callback data, well below 64 bytes."""
        return self.action.data_for(f"{self.answer}:{self.argument}:{self.version}")

    @classmethod
    def parse(cls, data: str) -> Self | None:
        """Parse callback data; None if it is not from one of our buttons."""
        action, rest = split_data(data)
        parts = rest.split(":")
        if (
            action is None
            or action.purpose is not Purpose.ANSWER
            or len(parts) != 3
            or len(data) > 64
        ):
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

    def button(text: str, action: Action, argument: int = 0) -> Button:
        return Button(text, Press(action, number, argument, short_version(version)).data())

    show = [
        button(
            f"{words.show} {place + 1}" if sources > 1 else words.show, Action.SHOW_SOURCE, place
        )
        for place in range(sources)
    ]
    votes = [button(THUMB_UP, Action.VOTE_UP), button(THUMB_DOWN, Action.VOTE_DOWN)]
    more = button(words.more, Action.MORE_HITS)
    if is_cut:
        more = button(words.next, Action.MORE_OF_LIST, 1)
    last = (more, *votes) if feedback else (more,)
    # Two per row: "Visa i källan 1" must be readable on a telephone.
    rows = (tuple(show[at : at + 2]) for at in range(0, len(show), 2))
    return (*rows, last)


def hits_keyboard(answer: StoredAnswer, page: int, hits: int) -> Keyboard:
    """The buttons under a page of hits: back, previous and next, where they apply."""
    return _paging_keyboard(
        answer, Action.MORE_HITS, page, page > 0, (page + 1) * HITS_PER_PAGE < hits
    )


def listed_keyboard(answer: StoredAnswer, page: int, has_next: bool) -> Keyboard:
    """The buttons under a page of a list after the first page, which is the answer itself."""
    return _paging_keyboard(answer, Action.MORE_OF_LIST, page, page > 1, has_next)


def _paging_keyboard(
    answer: StoredAnswer, action: Action, page: int, has_previous: bool, has_next: bool
) -> Keyboard:
    """The buttons for paging, and the one that restores the answer, if there is one."""
    words = say.wording_in(answer.language)
    version = short_version(answer.version)

    def button(text: str, action: Action, argument: int) -> Button:
        return Button(text, Press(action, answer.id, argument, version).data())

    row = []
    if answer.command == "ask":
        row.append(button(words.back, Action.BACK_TO_ANSWER, int(action is Action.MORE_OF_LIST)))
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
    row = page_buttons(page, pages, Action.SOURCES_PAGE)
    return pack(blocks)[0], (row,) if row else ()


def page_buttons(page: int, pages: int, action: Action) -> tuple[Button, ...]:
    """The buttons to the previous and the next page of a list, if there are such pages."""
    row = []
    if page > 0:
        row.append(Button(say.SWEDISH.previous, action.data_for(page - 1)))
    if page + 1 < pages:
        row.append(Button(say.SWEDISH.next, action.data_for(page + 1)))
    return tuple(row)


def _listing_block(number: int, listing: Listing) -> Block:
    day = say.SWEDISH.day(listing.published) if listing.published else ""
    details = "".join(f", {part}" for part in (listing.publisher, day) if part)
    title = clean(shortened(listing.title))
    runs = (Run(f"{number}. "), Run(title, link=source_link(listing.url, "")))
    return Block((*runs, Run(clean(details)[:_LONGEST_DETAILS])))
