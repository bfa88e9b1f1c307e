"""Telephone numbers, e-mail and web addresses in a text, each with a normalized key."""

import re
from collections.abc import Iterator
from typing import NamedTuple

import phonenumbers

REGION = "SE"


class ContactMention(NamedTuple):
    """A contact, with its character offsets, and a key independent of how it is written."""

    start: int
    end: int
    key: str


_EMAIL = re.compile(r"(?<![\w.+-])[\w+-]+(?:\.[\w+-]+)*@[\w-]+(?:\.[\w-]+)+")
_WEB = re.compile(r"(?<![\w@.-])(?:https?://|www\.)[^\s<>\"”’»|]+", re.IGNORECASE)
_DOMAIN = re.compile(
    r"\.(?:se|nu|com|org|net|eu|no|dk|fi|int)(?![\w@-]|\.\w)(?:/[^\s<>\"”’»|]*)?", re.IGNORECASE
)
_HOST = re.compile(r"(?<![\w@./:-])[\w-]+(?:\.[\w-]+)*$")
_LONGEST_HOST = 80
_END_PUNCTUATION = ".,;:!?)]}*_"
_SPACE = "[ \u00a0\u2009\u202f]"
_PHONE = re.compile(
    rf"(?<![\w.,:/+-])(?:\+\d{{1,3}}|00[1-9]\d|\(?0(?=[1-9]))(?:{_SPACE}?\(0\))?(?:{_SPACE}|-)?"
    rf"\d{{0,4}}\)?(?:(?:{_SPACE}|{_SPACE}?[-–‑/]{_SPACE}?)?\d{{2,}}+){{1,5}}(?![\w/-]|[.:,]\d)"
)
_FEWEST_DIGITS = 7  # digits, including the zero of the area code
_SHORT = re.compile(
    r"\b(?:tel|tfn|telefon\w*|mobil\w*|ring\w*|nummer|numret|larm\w*|växel\w*)[.:]?"
    r"(?:\s(?:på|till|nummer|numret|oss|polisen|vårdguiden|\w{1,12})){0,3}\s"
    r"(?P<number>1\d{2}(?:[ \u00a0]?\d{2})?|1\d{3}|9\d{4})(?![\w/-]|[ \u00a0]?\d|[.:,]\d)",
    re.IGNORECASE,
)
_BARE_SCHEME = re.compile(r"^(?:https?://)?(?:www\.)?", re.IGNORECASE)


def find_contacts(text: str) -> Iterator[ContactMention]:
    """Find every telephone number (key in E.164), e-mail and web address of a text, in no order."""
    if "@" in text:
        for match in _EMAIL.finditer(text):
            yield ContactMention(*match.span(), match.group().casefold())
    for start, end in _addresses(text):
        address = text[start:end].rstrip(_END_PUNCTUATION)
        key = _BARE_SCHEME.sub("", address).casefold().rstrip("/")
        yield ContactMention(start, start + len(address), key)
    for match in _PHONE.finditer(text):
        if number := phone_key(match.group()):
            yield ContactMention(*match.span(), number)
    for match in _SHORT.finditer(text):
        yield ContactMention(*match.span("number"), re.sub(r"\D", "", match["number"]))


def _addresses(text: str) -> Iterator[tuple[int, int]]:
    """The spans of web addresses, also those without "www": "kallbot.se/om"."""
    passed = 0
    for match in _WEB.finditer(text):
        yield match.span()
    for match in _DOMAIN.finditer(text):
        host = _HOST.search(text, max(match.start() - _LONGEST_HOST, passed), match.start())
        if host and not host.group().lower().startswith("www."):
            yield host.start(), match.end()
        passed = match.end()


def phone_key(written: str) -> str | None:
    """A telephone number in E.164, Swedish by default; None if it is not a number."""
    if sum(map(str.isdigit, written)) < _FEWEST_DIGITS:
        return None
    try:
        number = phonenumbers.parse(written, REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
