"""From bytes to text: which encoding they are in, found from the bytes themselves."""

import codecs
import re

from charset_normalizer import from_bytes

from embeddings.errors import DocumentError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),  # the mark is kept, so that offsets count it
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What old Swedish files are in: Windows (Latin-1 within it), Macintosh and DOS.
_SWEDISH = ("cp1252", "mac_roman", "cp850")
_EXPECTED = re.compile("[åäöÅÄÖéüÉ–—”’»«§°€½\u00a0\u00ad…•]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_UNEXPECTED = re.compile(r"[^\x00-\x7f]")
_SAMPLE = 1 << 16
_NOT_TEXT = "not a text file; remove it or convert it"


def decode(content: bytes) -> str:
    """The text in a file, to the letter; raises DocumentError where it is none.

    A byte order mark decides, then UTF-8, then UTF-16 where every other byte is zero, then the
    Western encoding that gives most Swedish letters and fewest odd characters; what is odd in
    each is left to charset-normalizer.
    """
    text = _decoded(content)
    if len(_CONTROL.findall(text)) > len(text) / 100:
        raise DocumentError(_NOT_TEXT)
    return text


def decode_as(content: bytes, encoding: str | None) -> str:
    """The text of bytes that say which encoding they are in, where they keep to it."""
    if encoding:
        try:
            return content.decode(encoding)
        except (LookupError, UnicodeError):
            pass
    return decode(content)


def _decoded(content: bytes) -> str:
    try:
        for mark, encoding in _MARKS:
            if content.startswith(mark):
                return content.decode(encoding)
        if utf16 := _utf16_without_mark(content):
            return content.decode(utf16)
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return _decode_western(content)


def _utf16_without_mark(content: bytes) -> str | None:
    sample = content[:_SAMPLE]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if min(even, odd) > len(sample) / 50 or len(content) % 2:
        return None
    if max(even, odd) < len(sample) / 4:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _decode_western(content: bytes) -> str:
    if content.count(0) or _looks_binary(content):
        raise DocumentError(_NOT_TEXT)
    sample = content[:_SAMPLE]
    scores = {encoding: _score(sample, encoding) for encoding in _SWEDISH}
    best = max(_SWEDISH, key=lambda encoding: scores[encoding])  # the first of equals
    if scores[best] >= 0:
        # Five bytes have no meaning in cp1252; as control characters they do no harm.
        return content.decode(best if _fits(content, best) else "latin-1")
    guess = from_bytes(content).best()
    if guess is None:
        raise DocumentError("its encoding is not known; save it as UTF-8")
    return str(guess)


def _score(sample: bytes, encoding: str) -> int:
    text = sample.decode(encoding, errors="replace")
    return 2 * len(_EXPECTED.findall(text)) - len(_UNEXPECTED.findall(text))


def _fits(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _looks_binary(content: bytes) -> bool:
    sample = content[:4096]
    return sum(byte < 9 or 13 < byte < 32 for byte in sample) > len(sample) / 100
