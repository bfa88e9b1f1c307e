"""Rich text of every system: which letters its numbers stand for."""

import pytest

from embeddings.errors import DocumentError
from embeddings.reading.formats import rtf

TEXT = "Åsa Öberg äger båten vid sjön"


def written(encoding):
    return "".join(chr(byte) if byte < 128 else f"\\'{byte:02x}" for byte in TEXT.encode(encoding))


def read(head, encoding):
    reading = rtf.read("a.rtf", f"{{\\rtf1{head} {written(encoding)}\\par}}".encode())
    return reading.sources[0].text, reading.notes


MAC_FONTS = r"{\fonttbl{\f0\fnil\fcharset%s Geneva;}}\f0"


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        (r"\mac", "mac_roman"),
        (r"\mac\deff0", "mac_roman"),
        (r"\mac\ansicpg10000", "mac_roman"),
        (r"\ansi\ansicpg10000\cocoartf2639", "mac_roman"),
        (r"\mac" + MAC_FONTS % 0, "mac_roman"),
        (r"\ansi\ansicpg10000" + MAC_FONTS % 77, "mac_roman"),
        (r"\ansi" + MAC_FONTS % 77, "mac_roman"),
        (r"\ansi" + MAC_FONTS % 0, "cp1252"),
        (r"\ansi\ansicpg1252", "cp1252"),
        (r"\ansi\ansicpg0", "cp1252"),
        (r"\ansi\ansicpg1252\deff0", "cp1252"),
        (r"\ansi\ansicpg65001", "utf-8"),
        (r"\pc", "cp437"),
        (r"\pca", "cp850"),
        (r"\pard\macros", "cp1252"),
        ("", "cp1252"),
    ],
)
def test_letters_are_those_of_the_system_that_wrote_them(head, encoding):
    assert read(head, encoding) == (TEXT, ())


def test_a_code_page_that_is_not_known_is_noted():
    text, [note] = read(r"\ansi\ansicpg9999", "cp1252")
    assert text == TEXT
    assert "9999" in note


def test_the_title_of_a_document_of_a_mac_is_read():
    reading = rtf.read("a.rtf", rb"{\rtf1\mac{\info{\title \'8cker}} Text.}")
    assert reading.sources[0].metadata.title == "åker"


def test_a_letter_of_a_number_that_none_has_is_damage():
    with pytest.raises(DocumentError, match="damaged"):
        rtf.read("a.rtf", rb"{\rtf1\ansi Hej \u99999999999? du}")


def test_what_is_left_out_is_named():
    reading = rtf.read(
        "a.rtf", rb"{\rtf1\ansi Brev{\footnote Not.} nu.{\headerl Topp}\footery9\par}"
    )
    assert reading.sources[0].text == "Brev nu."
    assert reading.notes == ("its footnotes and headers are not read; save it as .docx",)
