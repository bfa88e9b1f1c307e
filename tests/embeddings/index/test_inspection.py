import shutil
from datetime import timedelta

import numpy as np
import pytest

from embeddings.errors import IndexDamaged, IndexMissing
from embeddings.index import manifest as manifest_module
from embeddings.index.inspection import find_status, verify
from embeddings.index.publishing import VERSIONS, open_index
from embeddings.index.vectors import NEAREST, Vectors
from tests.embeddings.passages.test_structure import MAIL, MINUTES, PAGE
from tests.fakes import FakeEncoder, rebuild_with, write

FILES = {"år/möte.txt": MINUTES, "brev.txt": MAIL, "öppet.md": PAGE}
MODEL = FakeEncoder().name


@pytest.fixture
def documents(tmp_path):
    return write(tmp_path / "dokument å", FILES)


@pytest.fixture
def index(documents, tmp_path):
    (documents / "tom.pdf").write_bytes(b"%PDF-1.7 nothing")
    rebuild_with(documents, tmp_path / "index")
    return tmp_path / "index"


def vectors_of(index):
    [file] = (index / VERSIONS).rglob(NEAREST)
    return file


def with_vectors(index, change):
    """Open an index whose vectors somebody has changed, and the checksums with them."""
    opened = open_index(index, MODEL)
    vectors = change(opened.vectors.at(np.arange(len(opened))))
    Vectors.write(index, vectors)
    opened.vectors = Vectors.read(index, hidden=opened.notice_rows)
    return opened


# Status


def test_status_counts_what_is_in_the_index(index):
    status = find_status(index)
    assert (status.files, status.manifest.documents) == (4, 3)
    assert status.size > vectors_of(index).stat().st_size
    assert timedelta(0) <= status.age < timedelta(minutes=5)
    assert not status.is_of_older_recipe
    assert status.pending is not None
    assert status.pending.count == 0


def test_status_names_the_files_that_could_not_be_read(index):
    [message] = find_status(index).skipped
    assert "tom.pdf" in message


def test_status_says_what_a_rebuild_would_take_up(index, documents):
    (documents / "ny.txt").write_text("Nytt.", encoding="utf-8")
    (documents / "brev.txt").write_text("Ändrat.", encoding="utf-8")
    (documents / "öppet.md").unlink()
    pending = find_status(index).pending
    assert (pending.added, pending.changed, pending.removed) == (
        ("ny.txt",), ("brev.txt",), ("öppet.md",)
    )  # fmt: skip


def test_status_of_an_index_whose_documents_are_gone(index, documents):
    shutil.rmtree(documents)
    assert find_status(index).pending is None


def test_an_index_of_an_older_recipe_says_so(index, monkeypatch):
    monkeypatch.setattr("embeddings.index.inspection.RECIPE", manifest_module.RECIPE + 1)
    assert find_status(index).is_of_older_recipe


def test_no_index_has_no_status(tmp_path):
    with pytest.raises(IndexMissing, match="kallbot rebuild"):
        find_status(tmp_path)


# Verify


def test_a_sound_index_is_verified_whole(index):
    opened = open_index(index, MODEL)
    found = verify(opened, FakeEncoder(), sample=4)
    assert (found.documents, found.passages, found.embedded_again) == (3, len(opened), 4)


def test_no_more_is_embedded_again_than_there_is(index):
    opened = open_index(index, MODEL)
    assert verify(opened, FakeEncoder(), sample=10_000).embedded_again == len(opened)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda vectors: vectors[:-1], "vectors for"),
        (lambda vectors: vectors * 2, "unit length"),
        (lambda vectors: vectors * np.nan, "unit length"),
        (lambda vectors: vectors[::-1].copy(), "not what the model makes of it"),
    ],
)
def test_vectors_that_are_not_those_of_the_passages_are_found(index, change, what):
    with pytest.raises(IndexDamaged, match=what) as error:
        verify(with_vectors(index, change), FakeEncoder(), sample=100)
    assert str(error.value).endswith(f" --index {index}`")
    assert "\n" not in str(error.value)


def test_passages_that_are_not_those_that_were_embedded_are_found(index, monkeypatch):
    monkeypatch.setattr(
        "embeddings.index.inspection.embedding_text", lambda passage: passage.text + "!"
    )
    with pytest.raises(IndexDamaged, match="not the one that was embedded"):
        verify(open_index(index, MODEL), FakeEncoder(), sample=0)
