import numpy as np
import pytest

from embeddings.index import vectors as vectors_module
from embeddings.index.vectors import NEAREST, STORED, Vectors, VectorsBefore, in_half_precision

NONE = np.empty(0, np.int64)


def drawn(count, dimension=32, seed=1):
    """Vectors in clusters, as those of texts are, of unit length."""
    draw = np.random.default_rng(seed)
    centres = draw.normal(size=(40, dimension))
    found = centres[draw.integers(40, size=count)] + 0.5 * draw.normal(size=(count, dimension))
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


def opened(folder, vectors, hidden=NONE):
    Vectors.write(folder, vectors)
    return Vectors.read(folder, np.asarray(hidden, np.int64))


@pytest.fixture(params=["exact", "cells"])
def either(request, monkeypatch):
    if request.param == "cells":
        monkeypatch.setattr(vectors_module, "EXACT", 100)
        monkeypatch.setattr(vectors_module, "PROBED_CELLS", 40)
    return request.param


def test_what_is_stored_comes_back_in_half_precision(either, tmp_path):
    vectors = drawn(1500)
    found = opened(tmp_path, vectors)
    kept = in_half_precision(vectors)
    assert len(found) == 1500
    assert np.array_equal(found.at(np.array([3, 1499, 3])), kept[[3, 1499, 3]])
    assert np.abs(kept - vectors).max() < 1e-3


def test_the_nearest_are_those_of_the_highest_cosine(either, tmp_path):
    vectors, queries = drawn(1500), drawn(20, seed=2)
    index = opened(tmp_path, vectors)
    for query in queries:
        exact = set(np.argsort(-(vectors @ query))[:10].tolist())
        assert len(exact & set(index.nearest(query, 20).tolist())) >= 9


def test_hidden_rows_are_never_nearest(either, tmp_path):
    vectors = drawn(1500)
    found = opened(tmp_path, vectors, hidden=[7, 8]).nearest(vectors[7], 100)
    assert len(found) == 100
    assert not {7, 8} & set(found.tolist())


def test_no_more_is_found_than_there_is(tmp_path):
    vectors = drawn(5)
    assert sorted(opened(tmp_path, vectors).nearest(vectors[0], 50).tolist()) == [0, 1, 2, 3, 4]
    assert list(opened(tmp_path, vectors, hidden=range(5)).nearest(vectors[0], 50)) == []


def test_the_spread_is_that_of_all_cosines(tmp_path):
    vectors = drawn(900)
    mean, spread = opened(tmp_path, vectors).spread(vectors[0])
    cosines = vectors @ vectors[0]
    assert (mean, spread) == pytest.approx((cosines.mean(), cosines.std()), abs=1e-5)


def test_the_spread_of_many_is_that_of_a_sample(tmp_path, monkeypatch):
    monkeypatch.setattr(vectors_module, "SAMPLED_PASSAGES", 500)
    vectors = drawn(4000)
    index = opened(tmp_path, vectors)
    assert len(index._sample) <= 500
    mean, spread = index.spread(vectors[0])
    cosines = vectors @ vectors[0]
    assert (mean, spread) == pytest.approx((cosines.mean(), cosines.std()), abs=0.05)


def test_up_to_a_size_every_vector_is_compared(tmp_path, monkeypatch):
    monkeypatch.setattr(vectors_module, "EXACT", 1000)
    assert type(opened(tmp_path, drawn(1000))._index).__name__ == "IndexFlatIP"
    assert "IVF" in type(opened(tmp_path, drawn(1001))._index).__name__


@pytest.fixture
def built(monkeypatch):
    """In cells from a hundred vectors on; how many vectors cells were found for, each time."""
    monkeypatch.setattr(vectors_module, "EXACT", 100)
    build, counts = vectors_module._built, []

    def counted(vectors):
        counts.append(len(vectors))
        return build(vectors)

    monkeypatch.setattr(vectors_module, "_built", counted)
    return counts


def updated(folder, vectors, now, rows):
    """The vectors of now, written after others, by the row that each had among those."""
    for version in ("before", "now"):
        (folder / version).mkdir()
    Vectors.write(folder / "before", vectors)
    Vectors.write(folder / "now", now, VectorsBefore(folder / "before", np.asarray(rows)))
    return Vectors.read(folder / "now", NONE)


def test_cells_are_taken_over_with_what_stays_and_what_is_new(built, tmp_path):
    vectors, new = drawn(2000), drawn(150, seed=3)
    stays = np.delete(np.arange(2000), np.s_[5::9])
    now = np.concatenate([new[:70], vectors[stays], new[70:]])
    rows = np.concatenate([np.full(70, -1), stays, np.full(80, -1)])
    index = updated(tmp_path, vectors, now, rows)
    assert built == [2000]
    assert np.array_equal(index.at(np.arange(len(now))), in_half_precision(now))
    for query in now[::50]:
        exact = set(np.argsort(-(now @ query))[:10].tolist())
        assert len(exact & set(index.nearest(query, 20).tolist())) >= 9
    everything = index.nearest(now[0], len(now))
    assert len(set(everything.tolist())) == len(everything)


@pytest.mark.parametrize(("before", "now"), [(200, 2000), (2000, 200), (90, 200), (200, 90)])
def test_cells_are_found_again_for_many_more_or_fewer_vectors(built, tmp_path, before, now):
    vectors = drawn(max(before, now))
    rows = np.where(np.arange(now) < before, np.arange(now), -1)
    index = updated(tmp_path, vectors[:before], vectors[:now], rows)
    assert built == [before, now]
    assert index.nearest(vectors[5], 1) == [5]


def test_cells_that_cannot_be_read_are_found_again(built, tmp_path):
    vectors = drawn(300)
    for version in ("before", "now"):
        (tmp_path / version).mkdir()
    Vectors.write(tmp_path / "before", vectors)
    (tmp_path / "before" / NEAREST).unlink()
    Vectors.write(tmp_path / "now", vectors, VectorsBefore(tmp_path / "before", np.arange(300)))
    assert built == [300, 300]


def test_cells_that_no_longer_find_what_they_should_are_found_again(built, tmp_path, monkeypatch):
    monkeypatch.setattr(vectors_module, "PROBED_CELLS", 12)
    narrow = drawn(2000) + np.eye(32, dtype=np.float32)[0] * 20
    narrow /= np.linalg.norm(narrow, axis=1, keepdims=True)
    rows = np.where(np.arange(2000) < 40, np.arange(2000), -1)
    now = np.concatenate([narrow[:40], drawn(1960, seed=4)])
    index = updated(tmp_path, narrow, now, rows)
    assert built == [2000, 2000]
    assert index.nearest(now[1500], 1) == [1500]


def test_files_that_do_not_belong_together_are_told(tmp_path):
    Vectors.write(tmp_path, drawn(30))
    np.save(tmp_path / STORED, drawn(29))
    with pytest.raises(ValueError, match="30 vectors can be found, of 29"):
        Vectors.read(tmp_path, NONE)
    (tmp_path / NEAREST).write_bytes(b"")
    with pytest.raises(RuntimeError):
        Vectors.read(tmp_path, NONE)
