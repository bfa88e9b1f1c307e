"""Files made to harm: each is read or named in a line, in a folder that is indexed all the same."""

import os
import socket
from io import FileIO
from pathlib import Path

import pytest

from embeddings.errors import DocumentError
from embeddings.passages.cutting import cut_passages, embedding_text
from embeddings.passages.document import make_document
from embeddings.passages.notices import digests_of, find_notices
from embeddings.passages.structure import find_blocks
from embeddings.reading.folder import find_file, find_files, read_bytes
from embeddings.reading.isolation import IsolatedReader, Limits
from embeddings.reading.registry import format_of
from embeddings.reading.sources import FileReader
from tests.embeddings.passages.test_cutting import assert_sound
from tests.embeddings.reading.hostile import made_files, mutated_files
from tests.fakes import rebuild_with, write

LONGEST = 6000  # characters of the context of a passage


@pytest.fixture(scope="module")
def reader():
    isolated = IsolatedReader(Limits(processor=20))
    yield isolated
    isolated.close()


def assert_harmless(reader, name, content):
    chosen = format_of(name, content)
    if chosen is None:
        return
    sources, said = (), ""
    try:
        sources = reader.read(chosen, name, content).sources
    except DocumentError as error:
        said = str(error)
    assert "\n" not in said
    for source in sources:
        blocks = find_blocks(source)
        document = make_document(source, blocks, find_notices([digests_of(source, blocks)]))
        assert_sound(document)
        for passage in cut_passages(document):
            assert len(embedding_text(passage)) <= len(passage.text) + LONGEST


@pytest.mark.parametrize(("name", "content"), list(made_files()), ids=lambda part: str(part)[:12])
def test_what_is_made_for_one_weakness_finds_none(reader, name, content):
    assert_harmless(reader, name, content)


@pytest.mark.parametrize("seed", range(6))
def test_a_mutated_file_is_read_or_refused_in_a_line(reader, seed):
    for name, content in mutated_files(seed, 20):
        assert_harmless(reader, name, content)


def test_a_folder_of_hostile_files_is_indexed_and_each_that_is_skipped_is_named_once(tmp_path):
    documents = write(tmp_path / "dokument", {"bra.txt": "Bron\n\nBron kostade 87 miljoner."})
    write(documents, {f"{name[:8]}.skadad.{name.rpartition('.')[2]}": content
                      for name, content in made_files() if len(content) < 50_000})  # fmt: skip
    long_name = "å" * 120 + ".txt"
    write(documents, {long_name: "Namnet är långt, sa hon."})
    os.mkfifo(documents / "rör.txt")
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(documents / "uttag.txt"))
    (documents / "borta.txt").symlink_to(documents / "finns inte")
    (documents / "enhet.txt").symlink_to("/dev/zero")
    report = rebuild_with(documents, tmp_path / "index")
    assert {"bra.txt", long_name} <= set(report.added)
    assert not any("\n" in line for line in report.skipped)
    named = [line.partition(": ")[0] for line in report.skipped]
    assert len(named) == len(set(named))
    assert {"rör.txt", "uttag.txt", "borta.txt", "enhet.txt"} <= set(named)
    assert len(named) + len(report.added) == len(list(documents.iterdir()))


def test_a_file_that_becomes_a_pipe_before_it_is_read_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "rör.txt")
    with pytest.raises(DocumentError, match="a pipe"):
        read_bytes(tmp_path / "rör.txt")


def test_a_file_that_has_nothing_to_read_yet_is_named(tmp_path, monkeypatch):
    """As /proc/kmsg, which says that it is a file."""

    class Silent(FileIO):
        def read(self, size=-1):
            return None

    (tmp_path / "logg.txt").write_text("å")
    monkeypatch.setattr(os, "fdopen", lambda number, _mode: Silent(number))
    with pytest.raises(DocumentError, match=r"logg\.txt: no file but"):
        read_bytes(tmp_path / "logg.txt")


def test_a_sidecar_that_is_no_file_is_named(tmp_path):
    (tmp_path / "a.txt").write_text("Simhallen har öppet.")
    os.mkfifo(tmp_path / "a.txt.meta.yaml")
    (tmp_path / "b.txt.meta.yaml").symlink_to(tmp_path / "gone")
    files, problems = find_files(tmp_path)
    assert [file.name for file in files] == ["a.txt"]
    assert [problem.partition(":")[0] for problem in problems] == [
        "a.txt.meta.yaml", "b.txt.meta.yaml",
    ]  # fmt: skip


def test_a_sidecar_that_is_too_long_is_named_once(tmp_path):
    (tmp_path / "a.txt").write_text("Simhallen har öppet.")
    (tmp_path / "a.txt.meta.yaml").write_text("title: " + "x" * 200_000)
    file = find_file(tmp_path / "a.txt", tmp_path)
    with FileReader() as reader:
        [note] = reader.read(file).notes
    assert note.startswith("a.txt: a.txt.meta.yaml: 0.2 MB is over")


def test_the_reader_is_told_no_secret(monkeypatch):
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "hemligt")
    isolated = IsolatedReader()
    try:
        process = isolated._start()
        assert b"hemligt" not in Path(f"/proc/{process.pid}/environ").read_bytes()
    finally:
        isolated.close()
