"""E-mail: who wrote to whom, when, about what, and the message; its HTML where it has one."""

import email
import email.policy
from datetime import date
from email.message import EmailMessage, MIMEPart
from email.utils import getaddresses, parsedate_to_datetime

from embeddings.errors import DocumentError
from embeddings.formats.draft import Draft
from embeddings.formats.encodings import decode
from embeddings.formats.origin import language, line
from embeddings.formats.reading import Reading
from embeddings.formats.tables import name_cells
from embeddings.formats.web import parse, write_body
from embeddings.types import Metadata

_PEOPLE = {"Från": "From", "Till": "To", "Kopia": "Cc"}
_SHOWN = 20  # addresses in a line, and attachments


def read(name: str, content: bytes) -> Reading:
    """A message as a document; its attachments are named in it, and not read."""
    message = email.message_from_bytes(content, policy=email.policy.default)
    if not message.keys():
        raise DocumentError("no e-mail message; check the file")
    subject, sent = line(_header(message, "Subject")), _sent(message)
    attached = _attached(message)
    people = {label: _people(message, header) for label, header in _PEOPLE.items()}
    head = {
        **people,
        "Datum": sent.isoformat() if sent else "",
        "Ämne": subject or "",
        "Bilagor": ", ".join(attached[:_SHOWN]),
    }
    draft = Draft()
    if subject:
        draft.heading(subject, 1)
    draft.row(name_cells(list(head), list(head.values())))
    if not _write_body(message, draft) and not attached:
        raise DocumentError("the file is empty; nothing to index")
    notes = (f"attachments are not read ({head['Bilagor']}); save them beside it",)
    metadata = Metadata(
        title=subject,
        publisher=_sender(message),
        published=sent,
        language=language(_header(message, "Content-Language")),
    )
    return Reading((draft.source(name, metadata),), notes if attached else ())


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


def _people(message: EmailMessage, header: str) -> str:
    found = [address for address in getaddresses([_header(message, header)]) if any(address)]
    named = [f"{name} <{address}>" if name else address for name, address in found[:_SHOWN]]
    return ", ".join(named)


def _sender(message: EmailMessage) -> str | None:
    [(name, address), *_] = getaddresses([_header(message, "From")]) or [("", "")]
    return line(name or address)


def _attached(message: EmailMessage) -> list[str]:
    """The names of the attachments, pictures in the text left out."""
    names = []
    for part in message.walk():
        if part.get_content_disposition() == "attachment":
            names.append(line(part.get_filename()) or part.get_content_type())
    return names


def _write_body(message: EmailMessage, draft: Draft) -> bool:
    """Add the message to a draft; False where there is none."""
    try:
        body = message.get_body(preferencelist=("html", "plain"))
    except (AttributeError, KeyError):  # a multipart message whose parts are none
        body = None
    if body is None:
        return False
    text = _text(body)
    if not text.strip():
        return False
    if body.get_content_subtype() == "html":
        write_body(parse(text), draft)
    else:
        draft.running(text)
    return True


def _text(part: MIMEPart) -> str:
    try:
        return str(part.get_content())
    except (LookupError, ValueError, KeyError):  # an encoding that is not known
        content = part.get_payload(decode=True)
        return decode(content) if isinstance(content, bytes) else ""
