"""Decoding: detects the text encoding of a file from its bytes."""

import codecs
import re

from charset_normalizer import from_bytes

from embeddings.errors import DocumentError

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),  # kept in the text, so that offsets include it
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Encodings of old Swedish files: Windows (a superset of Latin-1), Macintosh and DOS.
_SWEDISH = {"cp1252": "Windows-1252", "mac_roman": "Mac Roman", "cp850": "DOS code page 850"}
_LETTERS = re.compile("[åäöÅÄÖéüÉøæØÆ]")
_SIGNS = re.compile("[–—”“„’‘»«§°€½\u00a0\u00ad…•]")
_ODD = re.compile("[^\x00-\x7f–—”“„’‘»«§°€½\u00a0\u00ad…•\\w]")
_SIGN_WITHIN = re.compile(r"(?<=[^\W\d_])[^\x00-\x7f\w’\u00ad\u00a0](?=[^\W\d_])")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_OTHERS = bytes(range(128, 256))
_NO_LETTERS = bytes(byte for byte in range(128) if not chr(byte).isalpha())
_FEW_BYTES = 20
_SAMPLE_BYTES = 1 << 16
_NOT_TEXT = "not a text file; remove it or convert it"


def decode(content: bytes) -> str:
    """Decode a file as `decode_with_notes` does, without the notes."""
    return decode_with_notes(content)[0]


def decode_with_notes(content: bytes) -> tuple[str, tuple[str, ...]]:
    """The exact text of a file, and a note if its encoding is guessed or characters are damaged.

    A byte order mark decides; next UTF-8, if more non-ASCII characters are valid than broken; then
    UTF-16, if every other byte is zero; then the Western encoding that gives the most Swedish
    letters and the fewest odd characters. If all are odd, charset-normalizer decides. Raises
    DocumentError if the file is not text.
    """
    text, notes = _decoded(content)
    if len(_CONTROL.findall(text)) > len(text) / 100:
        raise DocumentError(_NOT_TEXT)
    return text, notes


def decode_as(content: bytes, encoding: str | None) -> str:
    """Decode bytes in their declared encoding, if they are valid in it."""
    if encoding:
        try:
            return content.decode(encoding)
        except (LookupError, ValueError):
            pass
    return decode(content)


def _decoded(content: bytes) -> tuple[str, tuple[str, ...]]:
    for bom, encoding in _BYTE_ORDER_MARKS:
        if content.startswith(bom):
            return _mostly(content, encoding)
    if utf16 := _utf16_without_bom(content):
        return _mostly(content, utf16)
    try:
        return content.decode("utf-8"), ()
    except UnicodeDecodeError:
        if _is_mostly_utf8(content):
            return _mostly(content, "utf-8")
        return _decode_western(content)


def _mostly(content: bytes, encoding: str) -> tuple[str, tuple[str, ...]]:
    """Decode bytes of which a few are damaged, each of which spoils one character."""
    try:
        return content.decode(encoding), ()
    except UnicodeDecodeError:
        text = content.decode(encoding, errors="replace")
        count = max(text.count("\ufffd"), 1)
        spoilt = f"{count} character{'s' * (count > 1)} cannot be read"
        return text, (f"{spoilt} (\ufffd), being no {encoding.upper()}; save it again",)


def _is_mostly_utf8(content: bytes) -> bool:
    """Whether more non-ASCII characters are valid UTF-8 than broken; in other encodings few are."""
    if content.count(0) or _looks_binary(content):
        return False
    text = content.decode("utf-8", errors="replace")
    whole = sum(character > "\x7f" for character in text)
    broken = text.count("\ufffd")
    return whole - broken > broken


def _utf16_without_bom(content: bytes) -> str | None:
    sample = content[:_SAMPLE_BYTES]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if min(even, odd) > len(sample) / 50 or (len(content) % 2 and len(content) < _FEW_BYTES):
        return None
    if max(even, odd) < len(sample) / 4:
        return None
    return "utf-16-le" if odd > even else "utf-16-be"


def _decode_western(content: bytes) -> tuple[str, tuple[str, ...]]:
    if content.count(0) or _looks_binary(content):
        raise DocumentError(_NOT_TEXT)
    first = re.search(rb"[\x80-\xff]", content)
    sample = content[max(first.start() - 1, 0) if first else 0 :][:_SAMPLE_BYTES]
    scores = {encoding: _score(sample, encoding) for encoding in _SWEDISH}
    best = max(_SWEDISH, key=lambda encoding: scores[encoding])  # the first of equals
    if scores[best] >= 0 and not _is_of_another_script(sample):
        # Five bytes are undefined in cp1252; as control characters they are harmless.
        text = content.decode(best if _fits(content, best) else "latin-1")
        return text, (_guessed(_SWEDISH[best]),)
    guess = from_bytes(content).best()
    if guess is None:
        raise DocumentError("its encoding is not known; save it as UTF-8")
    return str(guess), (_guessed(guess.encoding),)


def _guessed(encoding: str) -> str:
    return f"read as {encoding}, which is guessed; save it as UTF-8 where letters are wrong"


def _score(sample: bytes, encoding: str) -> int:
    """The likelihood of an encoding: the Swedish letters and signs in the decoded text, minus other
    signs, and signs within words."""
    text = sample.decode(encoding, errors="replace")
    score = 2 * len(_LETTERS.findall(text)) + len(_SIGNS.findall(text))
    return score - 2 * len(_ODD.findall(text)) - 3 * len(_SIGN_WITHIN.findall(text))


def _is_of_another_script(sample: bytes) -> bool:
    """Whether most letters are non-ASCII, which no Western language has."""
    others = len(sample) - len(sample.translate(None, _OTHERS))
    return others > _FEW_BYTES and others * 2 > len(sample.translate(None, _NO_LETTERS))


def _fits(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _looks_binary(content: bytes) -> bool:
    sample = content[:4096]
    return sum(byte < 9 or 13 < byte < 32 for byte in sample) > len(sample) / 100
