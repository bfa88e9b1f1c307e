import os
from datetime import date
from pathlib import Path

import pytest

from embeddings.errors import DocumentError
from embeddings.readers import MAX_BYTES, find_file, list_files, read_source
from tests.fakes import write


def read(folder, name):
    return read_source(find_file(folder / name, folder))


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


# The folder


def test_files_are_listed_by_name_without_the_hidden_ones_and_the_ones_beside(tmp_path):
    names = ["b.txt", "a.txt", "å/ö.txt", "a.txt.meta.yaml", ".dold.txt", ".git/c.txt", "d.pdf"]
    write(tmp_path, dict.fromkeys(names, "Å"))
    found = [path.relative_to(tmp_path).as_posix() for path in list_files(tmp_path)]
    assert found == ["a.txt", "b.txt", "d.pdf", "å/ö.txt"]


def test_a_documents_folder_may_itself_be_hidden(tmp_path):
    folder = write(tmp_path / ".hem", {"a.txt": "Å"})
    assert [path.name for path in list_files(folder)] == ["a.txt"]


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DocumentError, match=r"no folder .*åäö"):
        list(list_files(tmp_path / "åäö"))


def test_a_change_in_the_text_or_beside_it_changes_the_hash(tmp_path):
    def hash_with(files):
        return find_file(write(tmp_path, files) / "a.txt", tmp_path).sha256

    hashes = [
        hash_with({"a.txt": "Å"}),
        hash_with({"a.txt": "Ä"}),
        hash_with({"a.txt.meta.yaml": "title: Å"}),
        hash_with({"a.txt.meta.yaml": "title: Ä"}),
    ]
    assert len(set(hashes)) == 4
    (tmp_path / "a.txt.meta.yaml").unlink()
    assert hash_with({"b.txt": "Ö"}) == hashes[1]


# What cannot be read

BAD = {
    "latin-1": ("möte.txt", "Åsa äter öl i Åmål".encode("latin-1"), "UTF-8.*Latin-1"),
    "utf-16": ("möte.txt", "Åsa äter".encode("utf-16"), "not a text file"),
    "zeros": ("möte.txt", b"Hej\0 du", "not a text file"),
    "binary": ("möte.txt", bytes(range(1, 32)) * 9 + b"\xff", "not a text file"),
    "control characters": ("möte.txt", "\x01\x02å" * 50, "not a text file"),
    "empty": ("möte.txt", "", "empty"),
    "blank": ("möte.txt", "\ufeff \n\t\r\n\u00a0", "empty"),
    "front matter alone": ("möte.md", FRONT, "empty"),
    "pdf": ("möte.pdf", b"%PDF-1.7", r"not one of \.txt, .*\.md"),
    "no suffix": ("möte", "Åsa", "not one of"),
    "yaml": ("möte.md", "---\ntitle: [Å\n---\nÅsa kom.", "not valid YAML"),
    "yaml date": ("möte.md", "---\ndate: 2023-02-30\n---\nÅsa kom.", "not valid YAML"),
    "yaml tag": ("möte.md", "---\na: !!int ''\n---\nÅsa kom.", "not valid YAML"),
    "yaml nesting": ("möte.md", f"---\na: {'[' * 2000}\n---\nÅsa kom.", "not valid YAML"),
    "yaml object": ("möte.md", "---\na: !!python/object:os.system []\n---\nÅ.", "not valid YAML"),
}


@pytest.mark.parametrize(("name", "content", "message"), BAD.values(), ids=BAD)
def test_what_cannot_be_read_is_named_in_one_line(tmp_path, name, content, message):
    with pytest.raises(DocumentError, match=message) as error:
        read_one(tmp_path, content, name)
    assert str(error.value).startswith(f"{name}: ")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("beside", ["title: [Å", "{", '{"title": '], ids=["yaml", "brace", "json"])
def test_a_bad_file_beside_is_reported_for_its_document(tmp_path, beside):
    write(tmp_path, {"a.txt": "Åsa kom.", "a.txt.meta.yaml": beside})
    with pytest.raises(DocumentError, match=r"a\.txt: its metadata is not valid"):
        read(tmp_path, "a.txt")


def test_a_file_that_is_too_large_is_named_with_the_limit(tmp_path):
    with (tmp_path / "stor.txt").open("wb") as file:
        file.truncate(MAX_BYTES + 2**20)
    with pytest.raises(DocumentError, match=r"stor\.txt: 65 MB is over the 64 MB.*divide it"):
        find_file(tmp_path / "stor.txt", tmp_path)


def test_a_file_that_went_away_is_named(tmp_path):
    with pytest.raises(DocumentError, match=r"borta\.txt: cannot be read .*check the file"):
        find_file(tmp_path / "borta.txt", tmp_path)


def test_a_file_whose_name_is_not_utf8_is_named_as_well_as_can_be(tmp_path):
    path = os.fsencode(tmp_path) + "/möte.txt".encode("latin-1")
    Path(os.fsdecode(path)).write_text("Åsa kom.")
    [found] = list_files(tmp_path)
    with pytest.raises(DocumentError, match=r"m\ufffdte.txt: the name .* not UTF-8; rename it"):
        find_file(found, tmp_path)
