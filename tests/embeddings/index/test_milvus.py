"""What is Milvus's own: alias and collections, a server that is away, and what is too large."""

import contextlib
import socket
import sys
import time

import filelock
import numpy as np
import pytest

from embeddings.errors import (
    IndexBusy,
    IndexDamaged,
    IndexMismatch,
    IndexOutdated,
    IndexReplaced,
    IndexUnreachable,
    IndexUnwritable,
)
from embeddings.index.inspection import find_status, verify
from embeddings.index.milvus import collections, home, search
from embeddings.index.milvus.connection import NO_IDLE_PINGS, Connection
from embeddings.index.milvus.home import MilvusHome
from embeddings.index.publishing import LOCK
from tests.embeddings.passages.test_structure import MAIL, MINUTES
from tests.fakes import FakeEncoder, index_words, rebuild_with, write
from tests.milvus_server import MilvusServer

pytest.importorskip("pymilvus")

FILES = {"brev.txt": MAIL, "år/möte.txt": MINUTES}
NEW = {"ny.txt": "Ny ål i ån, sa hon."}
MODEL = FakeEncoder().name


@pytest.fixture(autouse=True)
def own_state(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def documents(tmp_path):
    return write(tmp_path / "dokument å", FILES)


@pytest.fixture
def milvus(milvus_uri):
    """The home, and a client that sees what is on the server."""
    from pymilvus import MilvusClient

    client = MilvusClient(milvus_uri, grpc_options=NO_IDLE_PINGS)
    yield MilvusHome(milvus_uri), client
    client.close()


def versions(client):
    return {name.removesuffix("_texts") for name in client.list_collections()}


def current(client):
    return client.describe_alias("kallbot")["collection_name"]


class Crash(BaseException):
    """What ends a process, as far as the code can see it."""


@contextlib.contextmanager
def killed_at(method, monkeypatch):
    """From the first call of a method on, nothing reaches the server."""
    call, is_dead = Connection.call, []

    def call_until_killed(self, name, *values, **named):
        if is_dead or name == method:
            is_dead.append(name)
            raise Crash
        return call(self, name, *values, **named)

    with monkeypatch.context() as patch:
        patch.setattr(Connection, "call", call_until_killed)
        with pytest.raises(Crash):
            yield


# Whole or not at all


@pytest.mark.parametrize("method", ["insert", "create_index", "alter_alias"])
def test_no_reader_sees_what_a_killed_rebuild_left_and_the_next_one_removes_it(
    milvus, documents, monkeypatch, method
):
    place, client = milvus
    rebuild_with(documents, place)
    before = place.read_manifest()
    write(documents, NEW)
    with killed_at(method, monkeypatch):
        rebuild_with(documents, place)
    assert len(versions(client)) == 2
    assert place.read_manifest() == before
    assert "ny.txt" not in place.open(MODEL).store.file_hashes()
    [left] = versions(client) - {current(client)}
    rebuild_with(documents, place)
    assert left not in versions(client)
    assert "ny.txt" in place.open(MODEL).store.file_hashes()


def test_an_unchanged_folder_has_leftovers_removed_too(milvus, documents, monkeypatch):
    place, client = milvus
    rebuild_with(documents, place)
    write(documents, NEW)
    with killed_at("flush", monkeypatch):
        rebuild_with(documents, place)
    (documents / "ny.txt").unlink()
    assert rebuild_with(documents, place).is_unchanged
    assert versions(client) == {current(client)}


def test_what_breaks_off_with_an_error_is_dropped_at_once(milvus, documents, monkeypatch):
    place, client = milvus
    rebuild_with(documents, place)
    write(documents, NEW)
    with monkeypatch.context() as patch:
        patch.setattr(collections.PassageCollection, "count", lambda _: 0)
        with pytest.raises(IndexUnreachable, match=r"has kept 0 of \d+ passages"):
            rebuild_with(documents, place)
    assert versions(client) == {current(client)}


def test_the_version_before_is_dropped_when_nobody_reads_it_any_more(
    milvus, documents, monkeypatch
):
    place, client = milvus
    names = []
    for number in range(3):
        rebuild_with(write(documents, {"ny.txt": f"Bron är {number} meter lång."}), place)
        names.append(current(client))
    assert versions(client) == set(names[1:])
    rebuild_with(documents, place)
    assert versions(client) == set(names[1:])
    monkeypatch.setattr(home, "_READ_ON", home._READ_ON * 0)
    rebuild_with(documents, place)
    assert versions(client) == {names[2]}


def test_what_another_machine_is_writing_is_left_until_it_is_old(
    milvus, documents, monkeypatch, tmp_path
):
    place, client = milvus
    with monkeypatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path / "annan maskin"))
        other = MilvusHome(place._connection.uri)
    with killed_at("flush", monkeypatch):
        rebuild_with(documents, other)
    [begun] = versions(client)
    rebuild_with(documents, place)
    assert versions(client) == {begun, current(client)}
    monkeypatch.setattr(home, "_ABANDONED", home._ABANDONED * 0)
    rebuild_with(documents, place)
    assert versions(client) == {current(client)}


def test_an_alias_that_is_taken_away_while_a_version_is_written(milvus, documents, monkeypatch):
    place, client = milvus
    rebuild_with(documents, place)
    count = collections.PassageCollection.count

    def count_late(self):
        if self.name != client.describe_alias("kallbot")["collection_name"]:
            client.drop_alias("kallbot")
        return count(self)

    monkeypatch.setattr(collections.PassageCollection, "count", count_late)
    with pytest.raises(IndexBusy, match="another process has changed the index"):
        rebuild_with(write(documents, NEW), place)


def test_two_rebuilds_on_a_machine_do_not_meet(milvus, documents):
    place, _ = milvus
    place.workshop.mkdir(parents=True)
    with (
        filelock.FileLock(place.workshop / LOCK),
        pytest.raises(IndexBusy, match=r"another rebuild of Milvus at http"),
    ):
        rebuild_with(documents, place)


def test_a_workshop_that_cannot_be_written_is_told_in_a_line(milvus, documents):
    place, _ = milvus
    place.workshop.parent.mkdir(parents=True)
    place.workshop.write_text("")
    with pytest.raises(IndexUnwritable, match=r"where a rebuild works, cannot be written \("):
        rebuild_with(documents, place)


def test_what_a_killed_rebuild_has_embedded_is_not_embedded_again(milvus, documents, monkeypatch):
    place, _ = milvus
    with killed_at("insert", monkeypatch):
        rebuild_with(documents, place)
    encoder = FakeEncoder()
    assert rebuild_with(documents, place, encoder).embedded == 0
    assert encoder.embedded == []
    assert [path.name for path in place.workshop.iterdir()] == [LOCK]


def test_a_version_put_away_while_it_is_opened_gives_way_to_the_new_one(
    milvus, documents, monkeypatch
):
    place, _ = milvus
    monkeypatch.setattr(home, "_READ_ON", home._READ_ON * 0)
    rebuild_with(documents, place)
    count, rounds = collections.PassageCollection.count, [1, 2]

    def count_late(self):
        if rounds:
            round_ = rounds.pop()
            with monkeypatch.context() as patch:
                patch.setattr(collections.PassageCollection, "count", count)
                text = f"Ny ål i ån, sa {round_} av dem."
                rebuild_with(write(documents, {"ny.txt": text}), place)
                place.put_away_old()
        return count(self)

    monkeypatch.setattr(collections.PassageCollection, "count", count_late)
    index = place.open(MODEL)
    [row] = index.store.rows_of("ny.txt")
    assert index.passages([row])[0].text == "Ny ål i ån, sa 1 av dem."


def test_a_reader_of_a_version_that_is_gone_is_told_so(milvus, documents, monkeypatch):
    place, _ = milvus
    rebuild_with(documents, place)
    index = place.open(MODEL)
    monkeypatch.setattr(home, "_READ_ON", home._READ_ON * 0)
    rebuild_with(write(documents, NEW), place)
    assert index.passages([0])
    place.put_away_old()
    for read in (
        lambda: index.passages([0]),
        lambda: index.words.scores(["budget"]).best(3),
        lambda: index.vectors.scores(FakeEncoder().embed_query("bron")).best(3),
    ):
        with pytest.raises(IndexReplaced, match=r"newer version .* start again"):
            read()


# Not what was asked for


def test_an_index_of_another_format_is_refused_with_both_numbers(milvus, documents, monkeypatch):
    place, _ = milvus
    monkeypatch.setattr(home, "FORMAT", home.FORMAT + 1)
    rebuild_with(documents, place)
    monkeypatch.undo()
    for read in (place.read_manifest, lambda: place.open(MODEL)):
        with pytest.raises(
            IndexMismatch,
            match=rf"of format {home.FORMAT + 1}, .* {home.FORMAT}: .*`kallbot rebuild .*dokument",
        ):
            read()


def test_an_index_that_is_not_whole_is_damaged(milvus, documents):
    place, client = milvus
    rebuild_with(documents, place)
    client.delete(current(client), ids=[0])
    with pytest.raises(IndexDamaged, match=r"damaged \(\d+ of \d+ passages\): drop the alias"):
        place.open(MODEL)
    client.drop_collection(current(client) + "_texts")
    for read in (place.read_manifest, lambda: place.open(MODEL)):
        with pytest.raises(IndexDamaged, match="is gone"):
            read()
    rebuild_with(documents, place)
    assert verify(place.open(MODEL), FakeEncoder(), sample=10).documents == 2


# A server that is away


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def test_a_server_that_is_away_is_told_in_a_line(documents, capfd):
    place = MilvusHome(f"http://127.0.0.1:{free_port()}")
    for attempt in (
        place.read_manifest,
        lambda: place.open(MODEL),
        lambda: find_status(place),
        lambda: rebuild_with(documents, place),
    ):
        with pytest.raises(IndexUnreachable, match=r"does not answer .*KALLBOT_MILVUS_URI") as told:
            attempt()
        assert "\n" not in str(told.value)
    assert capfd.readouterr() == ("", "")


def test_a_database_that_is_not_there_is_told_in_a_line(milvus_server):
    place = MilvusHome(f"{milvus_server.uri}/finns_inte")
    with pytest.raises(IndexUnreachable, match="finns_inte") as told:
        place.read_manifest()
    assert "\n" not in str(told.value)


def test_without_pymilvus_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "pymilvus", None)
    monkeypatch.setitem(sys.modules, "pymilvus.exceptions", None)
    with pytest.raises(IndexUnreachable, match=r"pip install 'kallbot\[milvus\]'"):
        MilvusHome("http://127.0.0.1:1").read_manifest()


def test_a_server_that_goes_away_and_comes_back(tmp_path, documents):
    pytest.importorskip("milvus_lite")
    server = MilvusServer(tmp_path / "data")
    with server:
        place = MilvusHome(server.uri)
        rebuild_with(documents, place)
        index = place.open(MODEL)
    with pytest.raises(IndexUnreachable, match="does not answer"):
        MilvusHome(server.uri).read_manifest()
    with server:
        assert within_seconds(60, lambda: place.open(MODEL)).manifest == index.manifest


def within_seconds(seconds, read):
    end = time.monotonic() + seconds
    while True:
        try:
            return read()
        except IndexUnreachable:
            assert time.monotonic() < end
            time.sleep(0.2)


# What is too large


def test_texts_are_cut_and_joined_where_they_are_longer_than_a_field(
    milvus, documents, monkeypatch
):
    place, client = milvus
    monkeypatch.setattr(collections, "_PART_CHARACTERS", 50)
    monkeypatch.setattr(collections, "_PART_BATCH", 7)
    monkeypatch.setattr(collections, "_WRITE_BATCH", 11)
    rebuild_with(documents, place)
    index = place.open(MODEL)
    assert {one.name: one.text for one in index.store.documents()} == FILES
    assert client.query(current(client) + "_texts", "", output_fields=["count(*)"])


@pytest.fixture
def in_small(monkeypatch):
    """All that is read or counted in parts, so that two dozen passages are many."""
    monkeypatch.setattr(collections, "_READ_BATCH", 3)
    monkeypatch.setattr(collections, "MOST", 8)
    monkeypatch.setattr(search, "MOST", 8)
    monkeypatch.setattr(search, "SAMPLED_PASSAGES", 10)
    monkeypatch.setattr(search, "_ENOUGH_SAMPLED", 5)
    for module in (collections, search):
        monkeypatch.setattr(module, "EXACT", 4)
    monkeypatch.setattr(collections, "PROBED_CELLS", 40)


def many_passages(place, documents):
    texts = {f"{n}.txt": f"Bron {n}\n\nBron över ån är {n} meter lång.\n" for n in range(12)}
    rebuild_with(write(documents, texts), place)
    index = place.open(MODEL)
    return index, np.arange(len(index))


def test_many_passages_are_searched_in_cells_and_in_parts(milvus, documents, in_small, tmp_path):
    place, client = milvus
    index, rows = many_passages(place, documents)
    assert client.describe_index(current(client), "vector")["index_type"] == "IVF_SQ8"
    assert len(index.store.hashes(slice(0, len(index)))) > 8
    assert len(index.passages(rows.tolist())) == len(index)
    right = index_words(tmp_path / "words", index.passages(rows.tolist()))
    for marks in (["bron"], ["budget"], ["finns-inte"]):
        scores = index.words.scores(marks)
        all_of_them = right.scores(marks).at(rows)
        assert scores.at(rows) == pytest.approx(all_of_them, abs=1e-6)
        assert len(scores.best(100)) == min(8, np.count_nonzero(all_of_them))
    query = FakeEncoder().embed_query("Bron över ån")
    cosines = index.vectors.scores(query)
    everywhere = index.vectors.at(rows) @ query
    assert cosines.at(rows) == pytest.approx(everywhere, abs=1e-6)
    assert cosines.at(cosines.best(5)).max() == pytest.approx(everywhere.max(), abs=1e-6)
    assert len(cosines.best(100)) == 8


def test_the_spread_of_rare_words_among_many_passages_is_exact(
    milvus, documents, in_small, tmp_path
):
    place, _ = milvus
    index, rows = many_passages(place, documents)
    right = index_words(tmp_path / "words", index.passages(rows.tolist()))
    assert index.words.scores(["budget"]).spread() == pytest.approx(
        right.scores(["budget"]).spread(), abs=1e-6
    )
    mean, spread = index.words.scores(["bron"]).spread()
    step = -(-len(index) // 10)
    sample = right.scores(["bron"]).at(rows[::step])
    assert (mean, spread) == pytest.approx((sample.mean(), sample.std()), abs=1e-6)
    assert index.words.scores(["finns-inte"]).spread() == (0, 0)


def test_vectors_of_an_older_format_are_taken_over_and_its_folder_is_known(
    milvus, documents, monkeypatch
):
    place, _ = milvus
    monkeypatch.setattr(home, "FORMAT", min(home.OLDER))
    monkeypatch.setattr("embeddings.index.publishing.RECIPE", 1)
    rebuild_with(documents, place)
    monkeypatch.undo()
    assert place.known_documents() == documents
    with pytest.raises(IndexOutdated, match="is of format"):
        place.open(MODEL)
    again = FakeEncoder()
    rebuild_with(documents, place, again)
    assert again.embedded == []
    assert place.open(MODEL).manifest.format == home.FORMAT
