from datetime import date
from pathlib import Path

import pytest

from embeddings.errors import DocumentError
from embeddings.reading.folder import find_file
from embeddings.reading.sources import FileReader
from tests.fakes import write


def read(folder, name):
    with FileReader() as reader:
        [source] = reader.read(find_file(folder / name, folder)).sources
    return source


def read_one(folder, content, name="möte.txt"):
    return read(write(folder, {name: content}), name)


FRONT = """---
title: Årsmöte på Öland
publisher: Föreningen Ån
kind: protokoll
published: 2023-09-23
url: https://ån.se/möte
tags: [å, ä]
---
"""


# Text


def test_the_text_is_kept_to_the_letter(tmp_path):
    text = "  Åsa\u00a0kom.\t\n\n\n– Ja! 🎉\x0b \n"
    source = read_one(tmp_path, text)
    assert source.text == text
    assert (source.name, source.body) == ("möte.txt", 0)


def test_every_line_ends_with_a_newline_alone(tmp_path):
    assert read_one(tmp_path, "å\r\nä\rö\r\r\n\n").text == "å\nä\nö\n\n\n"


def test_a_byte_order_mark_is_counted_but_is_not_in_the_body(tmp_path):
    source = read_one(tmp_path, b"\xef\xbb\xbf" + "Åsa kom.".encode())
    assert source.text == "\ufeffÅsa kom."
    assert source.text[source.body :] == "Åsa kom."


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.MARKDOWN", "a.text", "ämne/år 1/ö.Txt"])
def test_text_and_markdown_are_read_wherever_they_lie(tmp_path, name):
    source = read_one(tmp_path, "# Åh", name)
    assert source.name == name
    assert source.is_markdown == (Path(name).suffix.lower() in {".md", ".markdown"})


TEXT = "Åsa äter öl i Åmål.\nÖver å, ö och ”citat” – är det så?\n"


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "mac_roman"],
)
def test_the_encoding_is_found_from_the_bytes(tmp_path, encoding):
    text = read_one(tmp_path, TEXT.replace("\n", "\r\n").encode(encoding)).text
    assert text.removeprefix("\ufeff") == TEXT


@pytest.mark.parametrize("text", ["Å", "Räksmörgås", "Gävle höll möte", "100 §", "Ann-Marié"])
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "cp850"])
def test_the_encoding_of_a_few_words_is_found(tmp_path, text, encoding):
    try:
        content = text.encode(encoding)
    except UnicodeEncodeError:
        pytest.skip("has no such letter")
    if (text, encoding) in {("100 §", "cp850"), ("Å", "cp850")}:
        pytest.skip("as likely something else")
    assert read_one(tmp_path, content).text == text


def test_an_encoding_of_another_script_is_found(tmp_path):
    text = "Это длинный текст на русском языке, который нужно правильно прочитать. " * 5
    assert read_one(tmp_path, text.encode("cp1251")).text == text


def test_a_stray_control_character_is_kept(tmp_path):
    text = "Åsa\0 kom till mötet i år.\x0c\x1b[31m " + "Örjan kom också. " * 20
    assert read_one(tmp_path, text).text == text


# Metadata


@pytest.mark.parametrize("opening", ["", "\ufeff"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_a_front_matter_says_where_the_text_is_from(tmp_path, opening, newline):
    content = opening + (FRONT + "Åsa kom.\n").replace("\n", newline)
    source = read_one(tmp_path, content, "möte.md")
    said = source.metadata
    assert said.title == "Årsmöte på Öland"
    assert said.publisher == "Föreningen Ån"
    assert said.kind == "protokoll"
    assert said.published == date(2023, 9, 23)
    assert said.url == "https://ån.se/möte"
    assert source.text[source.body :] == "Åsa kom.\n"


@pytest.mark.parametrize(
    "written",
    ["2023-09-23", "'2023-09-23'", "2023-09-23 18:00:00", "2023-09-23T18:00:00+02:00"],
)
def test_a_publication_date_may_hold_a_time_and_be_called_date(tmp_path, written):
    source = read_one(tmp_path, f"---\ndate: {written}\n---\nÅsa kom.")
    assert source.metadata.published == date(2023, 9, 23)


@pytest.mark.parametrize("written", ["i våras", "23/9", "[1, 2]", "12", "~"])
def test_a_publication_date_that_is_none_is_left_out(tmp_path, written):
    source = read_one(tmp_path, f"---\npublished: {written}\n---\nÅsa kom.")
    assert source.metadata.published is None


def test_two_rules_around_a_paragraph_are_no_front_matter(tmp_path):
    text = "---\nÅsa kom till mötet.\n---\nÖrjan gick.\n"
    source = read_one(tmp_path, text)
    assert source.body == 0
    assert source.text == text


@pytest.mark.parametrize(
    ("suffix", "content"),
    [
        (".meta.yaml", "title: Ån\ndate: 2020-02-01\n"),
        (".meta.yml", "title: Ån\npublished: 2020-02-01\n"),
        (".meta.json", '{"title": "Ån", "published": "2020-02-01"}'),
    ],
)
def test_a_file_beside_the_text_says_where_it_is_from(tmp_path, suffix, content):
    write(tmp_path, {"möte.txt": "Åsa kom.", f"möte.txt{suffix}": content})
    said = read(tmp_path, "möte.txt").metadata
    assert (said.title, said.published) == ("Ån", date(2020, 2, 1))


def test_the_file_beside_goes_before_the_front_matter_where_it_says_something(tmp_path):
    write(tmp_path, {"a.md": FRONT + "Åsa kom.", "a.md.meta.yaml": "title: Ån\nurl:\n"})
    said = read(tmp_path, "a.md").metadata
    assert (said.title, said.publisher, said.url) == ("Ån", "Föreningen Ån", "https://ån.se/möte")


def test_only_what_can_be_shown_on_a_line_becomes_metadata(tmp_path):
    write(
        tmp_path,
        {
            "a.txt": "Åsa kom.",
            "a.txt.meta.json": '{"title": " Å\\n\\u00e4\\ud800 ", "publisher": ["Ö"], "kind": 3}',
        },
    )
    said = read(tmp_path, "a.txt").metadata
    assert (said.title, said.publisher, said.kind) == ("Å ä\ufffd", None, "3")


# What cannot be read

BAD = {
    "zeros": ("möte.txt", b"Hej\0 du", "not a text file"),
    "binary": ("möte.txt", bytes(range(1, 32)) * 9 + b"\xff", "not a text file"),
    "control characters": ("möte.txt", "\x01\x02å" * 50, "not a text file"),
    "empty": ("möte.txt", "", "empty"),
    "blank": ("möte.txt", "\ufeff \n\t\r\n\u00a0", "empty"),
    "front matter alone": ("möte.md", FRONT, "empty"),
    "picture": ("möte.png", b"\x89PNG", r"not one of \.txt, .*\.md.*convert it"),
    "archive": ("möte.zip", b"PK\x03\x04" + bytes(80), "not one of"),
    "archive as text": ("möte.txt", b"PK\x03\x04" + bytes(80), "not one of"),
    "no suffix": ("möte", "Åsa", "not one of"),
}


@pytest.mark.parametrize(("name", "content", "message"), BAD.values(), ids=BAD)
def test_what_cannot_be_read_is_named_in_one_line(tmp_path, name, content, message):
    with pytest.raises(DocumentError, match=message) as error:
        read_one(tmp_path, content, name)
    assert str(error.value).startswith(f"{name}: ")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "beside", ["title: [Å", "{", '{"title": ', "a: &a b\nc: *a", b"\0\1\2"],
    ids=["yaml", "brace", "json", "alias", "binary"],
)  # fmt: skip
def test_a_bad_file_beside_is_noted_and_its_document_read(tmp_path, beside):
    write(tmp_path, {"a.txt": "Åsa kom.", "a.txt.meta.yaml": beside})
    with FileReader() as reader:
        reading = reader.read(find_file(tmp_path / "a.txt", tmp_path))
    assert reading.sources[0].text == "Åsa kom."
    [note] = reading.notes
    assert note.startswith("a.txt: a.txt.meta.yaml: ")
