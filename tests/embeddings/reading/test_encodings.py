"""Which encoding bytes are in, what a few damaged bytes spoil, and what is said of a guess."""

import pytest

from embeddings.errors import DocumentError
from embeddings.reading.encodings import decode, decode_with_notes

SWEDISH = "Åsa äter öl i Åmål, och föreningen räknar till sjutton å på ön. " * 3


@pytest.mark.parametrize("bad", [b"\xff", b"\xe5", b"\xc3", b"\x86"])
@pytest.mark.parametrize("place", ["first", "middle", "last"])
def test_a_bad_byte_in_utf8_spoils_one_character_and_is_told(bad, place):
    words = SWEDISH.encode()
    middle = words.index(b" ", len(words) // 2)
    at = {"first": 0, "middle": middle, "last": len(words)}[place]
    text, notes = decode_with_notes(words[:at] + bad + words[at:])
    assert text.replace("\ufffd", "") == SWEDISH
    assert text.count("\ufffd") == 1
    assert notes == ("1 character cannot be read (\ufffd), being no UTF-8; save it again",)


def test_a_file_cut_off_within_a_letter_is_read_up_to_there():
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        text, notes = decode_with_notes((SWEDISH + "å").encode(encoding)[:-1])
        assert text.removeprefix("\ufeff") == SWEDISH + "\ufffd"
        assert "1 character cannot be read" in notes[0]


@pytest.mark.parametrize("encoding", ["cp1252", "mac_roman", "cp850"])
def test_an_old_encoding_is_not_taken_for_damaged_utf8(encoding):
    text, notes = decode_with_notes(SWEDISH.encode(encoding))
    assert text == SWEDISH
    assert "guessed" in notes[0]


@pytest.mark.parametrize(
    "name",
    ["Tromsø", "Bjørn Kjær", "Ærø", "Muñoz", "François", "Zoë", "Málaga", "Straße", "naïve",
     "Ørsted och Åsa", "„Hej” sa Åsa", "søndag på Øen med æbler"],
)  # fmt: skip
def test_names_of_other_western_languages_are_read_from_windows(name):
    assert decode(name.encode("cp1252")) == name


@pytest.mark.parametrize("text", ["Bjørn Kjær bor på Røros", "I Tromsø är det -5 °C"])
def test_nordic_letters_are_read_from_macintosh_and_dos(text):
    for encoding in ("mac_roman", "cp850"):
        assert decode(text.encode(encoding)) == text


def test_nothing_is_said_of_what_is_sure():
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "ascii"):
        content = SWEDISH.encode(encoding, errors="ignore")
        assert decode_with_notes(content)[1] == ()


def test_bytes_that_are_no_text_stay_refused():
    for content in (bytes(range(256)) * 4, b"\xc3\xa5" * 50 + bytes(20)):
        with pytest.raises(DocumentError, match="not a text file"):
            decode(content)
