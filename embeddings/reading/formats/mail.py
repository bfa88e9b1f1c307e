"""E-mail: sender, recipients, date, subject, and the message, preferably its HTML part."""

import email
import email.policy
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date
from email.header import decode_header, make_header
from email.message import EmailMessage, MIMEPart
from email.utils import getaddresses, parsedate_to_datetime
from typing import Any, cast

from lxml import html

from embeddings.errors import DocumentError
from embeddings.reading.encodings import decode, decode_as
from embeddings.reading.formats.calendars import write_events
from embeddings.reading.formats.tables import name_cells
from embeddings.reading.formats.text_builder import TextBuilder
from embeddings.reading.formats.web import parse, text_of, write_body
from embeddings.reading.origin import language, line
from embeddings.reading.result import FileContents
from embeddings.types import Metadata

_PEOPLE = {"Från": "From", "Till": "To", "Kopia": "Cc", "Hemlig kopia": "Bcc"}
_SHOWN = 100  # people per line, and attachments
_LONG_HEADER = 20_000  # characters
_DEPTH = 20  # of nested parts, and of nested messages
# Parts written by programs for other programs, which no reader misses.
_FOR_PROGRAMS = frozenset({"application/pgp-signature", "application/pkcs7-signature",
                           "application/x-pkcs7-signature",
                           "message/delivery-status", "text/rfc822-headers"})  # fmt: skip
_CALENDARS = frozenset({"text/calendar", "application/ics"})
_RICHEST = ("text/html", "multipart/related", "multipart/mixed", "text/plain")


def read(name: str, content: bytes) -> FileContents:
    """Read a message as a document, with forwarded messages and invitations in it.

    Attachments that are not text are named, but not read.
    """
    message = cast(EmailMessage, email.message_from_bytes(content, policy=_Policy()))
    if not message.keys():
        raise DocumentError("no e-mail message; check the file")
    builder = TextBuilder()
    writer = _Writer(builder)
    writer.message(message)
    notes = tuple(writer.notes())
    if not writer.has_text and not notes:
        raise DocumentError("the file is empty; nothing to index")
    metadata = Metadata(
        title=line(_header(message, "Subject")),
        publisher=_sender(message),
        published=_sent(message),
        language=language(_header(message, "Content-Language")),
    )
    return FileContents((builder.source(name, metadata),), notes)


class _Policy(email.policy.EmailPolicy):
    """Decodes headers without a declared encoding by detecting it from their bytes.

    Of a long header only encoded words are decoded: the time in which the policy parses addresses
    grows with the square of their number.
    """

    def header_fetch_parse(self, name: str, value: str) -> Any:
        """Parse a header value."""
        written = value.encode("utf-8", "surrogateescape")
        if not written.isascii():
            with suppress(DocumentError):
                value = decode(written)
        if len(value) > _LONG_HEADER:
            return " ".join(str(make_header(decode_header(value))).split())
        return super().header_fetch_parse(name, value)


class _Writer:
    """Adds a message to a text, part by part, and records what could not be read."""

    def __init__(self, builder: TextBuilder) -> None:
        self.has_text = False
        self.unread: list[str] = []
        self._broken: list[str] = []
        self._builder = builder

    def message(self, message: EmailMessage, depth: int = 0) -> None:
        """Add a message: sender, recipients, date and subject, then its contents."""
        subject, sent = line(_header(message, "Subject")), _sent(message)
        if subject:
            self._builder.heading(subject, min(depth + 1, 6))
        people = {label: _people(message, header) for label, header in _PEOPLE.items()}
        head = {
            **{label: _shown(name or at for name, at in found) for label, found in people.items()},
            "Datum": sent.isoformat() if sent else "",
            "Ämne": subject or "",
            "Bilagor": _shown(_attached(message)),
        }
        self._builder.row(name_cells(list(head), list(head.values())))
        # Separate, since the sender is a person, not the address for writing to that person.
        named = {
            f"E-post ({label.lower()})": _shown(
                f"{name} <{at}>" for name, at in found if name and at
            )
            for label, found in people.items()
        }
        self._builder.row(name_cells(list(named), list(named.values())))
        self._part(message, depth)

    def notes(self) -> Iterator[str]:
        """One line for each thing that could not be read."""
        if self.unread:
            yield f"attachments are not read ({_shown(self.unread)}); save them beside it"
        yield from self._broken[:_SHOWN]

    def _part(self, part: MIMEPart, depth: int) -> None:
        kind = part.get_content_type()
        if depth > _DEPTH:
            self._broken.append("its parts are nested too deep; what is within is not read")
        elif kind == "multipart/alternative" and part.is_multipart():
            self._alternatives(list(part.iter_parts()), depth + 1)
        elif kind == "message/rfc822" and part.is_multipart():
            for forwarded in part.get_payload():
                self.message(cast(EmailMessage, forwarded), depth + 1)
        elif part.is_multipart():
            for one in part.iter_parts():
                self._part(one, depth + 1)
        elif kind in _CALENDARS:
            self._calendar(part)
        elif kind in {"text/plain", "text/html"} or kind.startswith(("multipart/", "message/rfc")):
            self._text(part, is_html=kind == "text/html")
        elif kind == "text/enriched" or (part.get_content_maintype() == "text" and not _name(part)):
            self._text(part, is_html=False)
        elif kind not in _FOR_PROGRAMS and not _is_picture_in_text(part):
            self.unread.append(_name(part) or kind)

    def _alternatives(self, parts: list[MIMEPart], depth: int) -> None:
        """Write the richest of alternative parts, and any other part, such as an invitation."""
        kinds = [part.get_content_type() for part in parts]
        offered = [kind for kind in _RICHEST if kind in kinds]
        for kind in offered:
            before, self.has_text = self.has_text, False
            self._part(parts[kinds.index(kind)], depth)
            is_written, self.has_text = self.has_text, self.has_text or before
            if is_written:
                break
        for part, kind in zip(parts, kinds, strict=True):
            if kind not in _RICHEST:
                self._part(part, depth)

    def _text(self, part: MIMEPart, *, is_html: bool) -> None:
        text = _text(part)
        tree = _page(text) if is_html else None
        seen = text_of(tree) if tree is not None else "" if is_html else text
        if not seen.strip():
            return
        self.has_text = True
        if _is_attached(part) and (called := _name(part)):
            self._builder.heading(called, 2)
        if tree is not None:
            write_body(tree, self._builder)
        else:
            self._builder.running(text)

    def _calendar(self, part: MIMEPart) -> None:
        try:
            self.has_text = write_events(_text(part), self._builder) or self.has_text
        except (ValueError, LookupError, TypeError, AttributeError, OverflowError, OSError):
            self._broken.append("the invitation in it cannot be read; save it again")


def _header(message: EmailMessage, name: str) -> str:
    try:
        return str(message.get(name) or "")
    except Exception:
        return ""


def _sent(message: EmailMessage) -> date | None:
    try:
        return parsedate_to_datetime(_header(message, "Date")).date()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _shown(names: Iterable[str]) -> str:
    """Names on one line; of very many only the first, and the number of the others."""
    every = list(names)
    more = f" och {len(every) - _SHOWN} till" if len(every) > _SHOWN else ""
    return ", ".join(every[:_SHOWN]) + more


def _people(message: EmailMessage, header: str) -> list[tuple[str, str]]:
    """The name and the address of each person; either may be empty."""
    return [(name, at) for name, at in getaddresses([_header(message, header)]) if name or at]


def _sender(message: EmailMessage) -> str | None:
    [(name, address), *_] = getaddresses([_header(message, "From")]) or [("", "")]
    return line(name or address)


def _attached(message: EmailMessage) -> list[str]:
    """The names of the attachments of the message itself, without inline pictures."""
    names = []
    for part in _walk(message):
        if _is_attached(part):
            names.append(_name(part) or part.get_content_type())
    return names


def _walk(part: MIMEPart, depth: int = 0) -> Iterator[MIMEPart]:
    """The parts of a message, without those of nested messages."""
    if part.get_content_type() == "message/rfc822" and depth:
        return
    if part.is_multipart() and depth <= _DEPTH:
        for one in part.iter_parts():
            yield from _walk(one, depth + 1)
    else:
        yield part


def _is_attached(part: MIMEPart) -> bool:
    return part.get_content_disposition() == "attachment"


def _is_picture_in_text(part: MIMEPart) -> bool:
    return part.get_content_maintype() == "image" and not _is_attached(part)


def _name(part: MIMEPart) -> str | None:
    return line(part.get_filename())


def _page(text: str) -> html.HtmlElement | None:
    """The body of a page; None if there is none."""
    try:
        tree = parse(text)
    except DocumentError:
        return None
    body = tree.find("body")
    return tree if body is None else body


def _text(part: MIMEPart) -> str:
    """The text of a part, in the declared or the detected encoding."""
    content = part.get_payload(decode=True)
    try:
        charset = part.get_content_charset()
        return decode_as(content, charset) if isinstance(content, bytes) else ""
    except DocumentError:
        return ""
