import hashlib

import numpy as np
import pytest

from embeddings.index.journal import Journal

MODEL = "modell@abc"
HASHES = [hashlib.sha256(text.encode()).hexdigest() for text in ("å", "ä", "ö")]
VECTORS = np.arange(12, dtype=np.float32).reshape(3, 4) / 7


@pytest.fixture
def path(tmp_path):
    return tmp_path / "embedded.part"


@pytest.fixture
def written(path):
    with Journal(path, MODEL, 4) as journal:
        journal.add(HASHES[:2], VECTORS[:2])
        journal.add(HASHES[2:], VECTORS[2:])
    return path


def held(path, model=MODEL, dimension=4):
    with Journal(path, model, dimension) as journal:
        return [sha256 for sha256 in HASHES if sha256 in journal]


def test_vectors_come_back_as_they_were_in_any_order(written):
    with Journal(written, MODEL, 4) as journal:
        assert np.array_equal(journal.vectors(HASHES[::-1]), VECTORS[::-1])


def test_what_is_added_can_be_had_at_once(path):
    with Journal(path, MODEL, 4) as journal:
        assert HASHES[0] not in journal
        journal.add(HASHES[:1], VECTORS[:1])
        assert np.array_equal(journal.vectors(HASHES[:1]), VECTORS[:1])


def test_no_vectors_are_no_vectors(path):
    with Journal(path, MODEL, 4) as journal:
        journal.add([], VECTORS[:0])
        assert journal.vectors([]).shape == (0, 4)


@pytest.mark.parametrize("lost", [1, 4, 20, 52])
def test_only_the_record_that_was_cut_short_is_lost(written, lost):
    written.write_bytes(written.read_bytes()[:-lost])
    with Journal(written, MODEL, 4) as journal:
        assert [sha256 in journal for sha256 in HASHES] == [True, True, False]
        journal.add(HASHES[2:], VECTORS[2:])
    with Journal(written, MODEL, 4) as journal:
        assert np.array_equal(journal.vectors(HASHES), VECTORS)


def test_what_stands_after_a_damaged_record_is_not_trusted(written):
    content = bytearray(written.read_bytes())
    content[-60] ^= 1  # in the second of three
    written.write_bytes(bytes(content))
    assert held(written) == HASHES[:1]


@pytest.mark.parametrize(("model", "dimension"), [("en annan", 4), (MODEL, 5)])
def test_the_vectors_of_another_model_are_not_taken(written, model, dimension):
    assert held(written, model, dimension) == []
    assert held(written) == []


@pytest.mark.parametrize("content", [b"", b"{", b"\x00" * 500])
def test_a_file_that_is_no_journal_is_begun_again(path, content):
    path.write_bytes(content)
    assert held(path) == []
    with Journal(path, MODEL, 4) as journal:
        journal.add(HASHES, VECTORS)
    assert held(path) == HASHES
