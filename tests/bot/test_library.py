"""What the bot does at its start with an index that is not there, or of another format."""

import json
import shutil

import pytest

from bot.settings import Settings, SettingsError, bundled_documents
from bot.telegram.library import Library
from embeddings.errors import IndexMismatch
from embeddings.index.manifest import FORMAT, MANIFEST
from embeddings.index.publishing import VERSIONS
from tests.fakes import FakeEncoder, OverlapReader, rebuild_with, write

FILES = {"a.txt": "Kvarnen i Åsby rivs i maj 2021, säger kommunen till tidningen."}


@pytest.fixture(autouse=True)
def no_model(monkeypatch):
    monkeypatch.setattr("bot.telegram.library.load_reader", lambda _: OverlapReader())


@pytest.fixture
def documents(tmp_path):
    return write(tmp_path / "mina akter å", FILES)


@pytest.fixture
def index(tmp_path, documents):
    rebuild_with(documents, tmp_path / "index")
    return tmp_path / "index"


def tamper(index, **changes):
    said = json.loads((index / MANIFEST).read_text()) | changes
    (index / MANIFEST).write_text(json.dumps(said))


def library(index, **settings):
    return Library(Settings(index=index, **settings), FakeEncoder())


@pytest.mark.parametrize("older", [0, 1, FORMAT - 1])
def test_index_of_an_older_format_is_rebuilt_of_its_own_documents(index, documents, older):
    tamper(index, format=older)
    opened = library(index)
    assert opened.documents_folder == documents
    assert [one.name for one in opened.listings] == ["a.txt"]
    assert opened.manifest.format == FORMAT
    opened.close()


def test_index_of_a_newer_format_is_left_alone(index):
    tamper(index, format=FORMAT + 1)
    before = (index / MANIFEST).read_bytes()
    with pytest.raises(IndexMismatch):
        library(index)
    assert (index / MANIFEST).read_bytes() == before


@pytest.mark.parametrize("harm", ["manifest gone", "says nothing"])
def test_index_that_does_not_tell_its_folder_is_not_replaced_by_the_examples(index, harm):
    if harm == "manifest gone":
        (index / MANIFEST).unlink()
    else:
        (index / MANIFEST).write_text('{"format": 1}')
    with pytest.raises(SettingsError, match="`kallbot rebuild FOLDER --index"):
        library(index)
    assert list((index / VERSIONS).iterdir())


def test_index_that_is_gone_is_built_of_the_folder_that_is_set(index, documents):
    shutil.rmtree(index)
    opened = library(index, documents=documents)
    assert [one.name for one in opened.listings] == ["a.txt"]
    opened.close()


def test_first_start_takes_the_examples(tmp_path):
    opened = library(tmp_path / "ingen")
    assert opened.documents_folder == bundled_documents()
    assert len(opened.listings) == 5
    opened.close()
