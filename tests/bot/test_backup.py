import hashlib
import json
import os
import shutil
import sqlite3
import stat
import tempfile
import threading
import time
import zipfile
from contextlib import closing
from types import SimpleNamespace

import pytest

from bot.backup import HEAD, copy_database
from bot.settings import load_settings
from bot.telegram.records import Arrival
from bot.telegram.sqlite_state import DATABASE, SqliteState
from embeddings.index import home
from embeddings.index.manifest import MANIFEST
from embeddings.index.publishing import VERSIONS
from embeddings.rebuild import rebuild

QUESTION = "Vem är kommundirektör?"


def silent(*_):
    """Hear of no progress."""


@pytest.fixture
def state(monkeypatch, tmp_path):
    """The folder of what a bot remembers, with one update that is not dealt with."""
    folder = tmp_path / "remembered"
    monkeypatch.setenv("KALLBOT_STATE", str(folder))
    with SqliteState(folder) as kept:
        kept.accept([Arrival(7, '{"update_id": 7}', "chat 1")])
    (folder / "repl_history").write_text("+Vem?\n")
    return folder


def updates(folder):
    with closing(sqlite3.connect(folder / DATABASE)) as connection:
        return connection.execute("SELECT id, body FROM updates").fetchall()


def elsewhere(monkeypatch, tmp_path):
    """Folders with nothing in them, as on a new machine."""
    monkeypatch.setenv("KALLBOT_STATE", str(tmp_path / "new" / "state"))
    return tmp_path / "new" / "index"


def test_what_is_backed_up_comes_back_on_another_machine(run, index, state, monkeypatch, tmp_path):
    (tmp_path / "working" / "kallbot.toml").write_text("threshold = 0.25\n")
    file = tmp_path / "kept.zip"
    before = run("ask", "--json", "--index", index, QUESTION)
    ran = run("backup", file, "--index", index)
    assert ran.status == 0
    assert "state, index, settings" in ran.out
    assert "are not in it: keep a copy of them" in ran.err
    assert stat.S_IMODE(file.stat().st_mode) == 0o600

    new = elsewhere(monkeypatch, tmp_path)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    ran = run("restore", file, "--index", new)
    assert (ran.status, ran.err) == (0, "")
    assert updates(tmp_path / "new" / "state") == [(7, '{"update_id": 7}')]
    assert (tmp_path / "new" / "state" / "repl_history").read_text() == "+Vem?\n"
    assert load_settings().threshold == 0.25
    after = run("ask", "--json", "--index", new, QUESTION)
    assert after.out.split('"elapsed_ms"')[0] == before.out.split('"elapsed_ms"')[0]


def test_a_copy_of_a_database_that_is_written_to_is_of_one_moment(tmp_path):
    source = tmp_path / "source.sqlite"
    with closing(sqlite3.connect(source)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE pairs (a, b)")
    stop = threading.Event()

    def write():
        with closing(sqlite3.connect(source, timeout=10)) as connection:
            number = 0
            while not stop.is_set():
                number += 1
                with connection:
                    connection.executemany("INSERT INTO pairs VALUES (?, ?)",
                                           [(number, "left"), (number, "right")])  # fmt: skip

    writer = threading.Thread(target=write)
    writer.start()
    counts = []
    try:
        for copy in range(5):
            copy_database(source, tmp_path / f"{copy}.sqlite")
            time.sleep(0.05)
            with closing(sqlite3.connect(tmp_path / f"{copy}.sqlite")) as connection:
                [(rows, odd)] = connection.execute(
                    "SELECT count(*), sum(n <> 2) FROM (SELECT count(*) n FROM pairs GROUP BY a)"
                )
                assert not odd
                counts.append(rows)
    finally:
        stop.set()
        writer.join()
    assert counts[-1] > counts[0]
    assert not list(tmp_path.glob("[0-9].sqlite-*"))


def test_nothing_is_replaced_unasked_and_nothing_under_a_running_bot(run, index, state, tmp_path):
    file = tmp_path / "kept.zip"
    run("backup", file, "--index", index, "--no-index")
    ran = run("restore", file, "--index", index)
    assert ran.status == 1
    assert f"there are data in {state / DATABASE} already: add --replace" in ran.err
    with SqliteState(state) as running:
        running.accept([Arrival(8, "{}", "chat 1")])
        ran = run("restore", file, "--index", index, "--replace")
        assert ran.status == 1
        assert "a bot is running on" in ran.err
    assert len(updates(state)) == 2
    assert run("restore", file, "--index", index, "--replace").status == 0
    assert updates(state) == [(7, '{"update_id": 7}')]


def test_the_index_is_whole_though_a_rebuild_publishes_another(
    run, documents, word_encoder, monkeypatch, tmp_path
):
    index, file = tmp_path / "index", tmp_path / "kept.zip"
    rebuild(documents, index, word_encoder.name, lambda: word_encoder, silent)
    opened = []
    real = home.read_manifest

    def read_manifest(folder):
        said = real(folder)
        if not opened:  # between the manifest and the files that it names
            opened.append(said.version)
            (documents / "ny.txt").write_text("Biblioteket har öppet.")
            rebuild(documents, index, word_encoder.name, lambda: word_encoder, silent)
        return said

    monkeypatch.setattr("embeddings.index.home.read_manifest", read_manifest)
    assert run("backup", file, "--index", index).status == 0
    with zipfile.ZipFile(file) as archive:
        versions = {name.split("/")[2] for name in archive.namelist() if f"/{VERSIONS}/" in name}
    assert len(versions) == 1
    assert opened[0] not in versions
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KALLBOT_STATE", str(tmp_path / "state"))
    assert run("restore", file, "--index", tmp_path / "other").status == 0
    assert (tmp_path / "other" / MANIFEST).is_file()


def test_a_file_that_is_no_backup_or_is_damaged_touches_nothing(run, index, state, tmp_path):
    file = tmp_path / "kept.zip"
    run("backup", file, "--index", index)
    whole = file.read_bytes()
    for broken in (
        b"not a zip",
        whole[: len(whole) // 2],
        *(whole[:at] + b"\xff" * 64 + whole[at + 64 :] for at in range(1000, 5000, 400)),
        whole[:2000] + b"\0" * 64 + whole[2064:],
    ):
        file.write_bytes(broken)
        ran = run("restore", file, "--index", index, "--replace")
        assert ran.status == 1
        assert ran.err.startswith(f"kallbot: {file} is")
        assert updates(state) == [(7, '{"update_id": 7}')]
        assert not list(tmp_path.rglob(".kallbot-*"))
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(HEAD, '{"format": 1}')
        archive.writestr("state/../../escaped", "")
    ran = run("restore", file, "--index", index, "--replace")
    assert ran.err == f"kallbot: {file} is not a backup of Källbot\n"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(HEAD, "[" * 100_000)
    ran = run("restore", file, "--index", index, "--replace")
    assert ran.err == f"kallbot: {file} is not a backup of Källbot\n"


def cut(content):
    return content[: len(content) // 2]


@pytest.mark.parametrize(
    ("member", "change", "said"),
    [
        (f"state/{DATABASE}", cut, "is damaged: take another backup"),
        ("documents.sqlite", cut, "is damaged: take another backup"),
        ("vectors.npy", None, "is damaged: take another backup"),
        ("index/manifest.json", cut, "is damaged: take another backup"),
        ("index/manifest.json", lambda _: b" " * 2**21, "is not a backup of Källbot"),
        ("backup.json", lambda content: content + b" " * 2**21, "is not a backup of Källbot"),
    ],
)
def test_a_sound_archive_of_something_else_replaces_nothing(
    run, index, state, tmp_path, member, change, said
):
    file, other = tmp_path / "kept.zip", tmp_path / "other.zip"
    run("backup", file, "--index", index)
    before = {path: path.read_bytes() for path in index.rglob("*") if path.is_file()}
    with zipfile.ZipFile(file) as whole, zipfile.ZipFile(other, "w") as changed:
        for name in whole.namelist():
            content = whole.read(name)
            if not name.endswith(member):
                changed.writestr(name, content)
            elif change is not None:
                changed.writestr(name, change(content))
    ran = run("restore", other, "--index", index, "--replace")
    assert (ran.status, ran.err) == (1, f"kallbot: {other} {said}\n")
    assert {path: path.read_bytes() for path in before} == before
    assert updates(state) == [(7, '{"update_id": 7}')]


@pytest.mark.parametrize("name", ["state/more.txt", "index/versions/x/more.txt", "kallbot.toml/x"])
def test_what_källbot_would_not_write_is_not_unpacked(run, index, state, tmp_path, name):
    file = tmp_path / "kept.zip"
    run("backup", file, "--index", index)
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(name, "x")
    ran = run("restore", file, "--index", index, "--replace")
    assert ran.status == 1
    assert ran.err.startswith(f"kallbot: {file} is")


def test_a_backup_that_the_disk_has_no_room_for_is_not_begun(
    run, index, state, monkeypatch, tmp_path
):
    file = tmp_path / "kept.zip"
    run("backup", file, "--index", index)
    monkeypatch.setattr("shutil.disk_usage", lambda _path: SimpleNamespace(free=1000))
    ran = run("restore", file, "--index", index, "--replace")
    assert ran.status == 1
    assert ran.err.endswith("has 0 MB left: make room for it\n")


def test_a_pipe_or_a_device_is_no_backup(run, index, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path / "pipe", "/dev/zero"):
        ran = run("restore", place, "--index", index)
        assert (ran.status, ran.err) == (1, f"kallbot: {place} is not a file\n")


@pytest.mark.parametrize("checksums", [{}, [], None])
def test_a_manifest_that_names_no_files_is_damage(run, index, state, tmp_path, checksums):
    file, other = tmp_path / "kept.zip", tmp_path / "other.zip"
    run("backup", file, "--index", index)
    with zipfile.ZipFile(file) as whole, zipfile.ZipFile(other, "w") as changed:
        said = json.loads(whole.read("index/manifest.json"))
        said.pop("checksum")
        said["checksums"] = checksums
        said["checksum"] = hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
        changed.writestr(HEAD, whole.read(HEAD))
        changed.writestr("index/manifest.json", json.dumps(said))
    ran = run("restore", other, "--index", index, "--replace")
    assert (ran.status, ran.err) == (1, f"kallbot: {other} is damaged: take another backup\n")


def test_an_archive_that_cannot_be_unpacked_is_told(run, index, tmp_path):
    file = tmp_path / "kept.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr(HEAD, '{"format": 1}' * 1000)
    content = bytearray(file.read_bytes())
    content[60:90] = b"\xff" * 30
    file.write_bytes(content)
    ran = run("restore", file, "--index", index)
    assert (ran.status, ran.err.count("\n")) == (1, 1)


def test_a_backup_replaces_files_only(run, index, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path / "pipe", "."):
        ran = run("backup", place, "--index", index)
        assert ran.status in (1, 2)
        assert ran.err.count("\n") == 1
    assert (tmp_path / "pipe").is_fifo()


def test_what_is_on_servers_is_named_and_not_in_it(run, index, state, monkeypatch, tmp_path):
    monkeypatch.setenv("KALLBOT_POSTGRES_URI", "postgresql://kallbot:hemlig@db.example.org/kallbot")
    file = tmp_path / "kept.zip"
    ran = run("backup", file, "--index", index)
    assert ran.status == 0
    assert "back them up with pg_dump" in ran.err
    assert "hemlig" not in ran.out + ran.err
    with zipfile.ZipFile(file) as archive:
        assert f"state/{DATABASE}" not in archive.namelist()


def test_a_place_that_cannot_be_written_is_one_line(run, index, tmp_path):
    ran = run("backup", tmp_path / "nowhere" / "kept.zip", "--index", index)
    assert ran.status == 1
    assert ran.err.count("\n") == 1
    assert "cannot be written (No such file or directory)" in ran.err


@pytest.fixture
def replaces_nothing(run, index, state, monkeypatch, tmp_path):
    """Runs `kallbot backup` over a good one, where there is neither state nor index, to its error;
    a file of settings is not enough."""
    file = tmp_path / "kept.zip"
    assert run("backup", file, "--index", index).status == 0
    before = file.read_bytes()
    (tmp_path / "working" / "kallbot.toml").write_text("threshold = 0.25\n")
    monkeypatch.setenv("KALLBOT_INDEX", str(elsewhere(monkeypatch, tmp_path)))

    def run_backup(*arguments):
        ran = run("backup", file, *arguments)
        assert (ran.status, ran.out, ran.err.count("\n")) == (1, "", 1)
        assert file.read_bytes() == before
        assert [one.name for one in tmp_path.glob("*kept.zip*")] == ["kept.zip"]
        return ran.err

    return run_backup


def test_a_backup_of_nothing_leaves_the_one_before(replaces_nothing, tmp_path):
    new = tmp_path / "new"
    assert replaces_nothing() == (
        f"kallbot: there is nothing to save in {new / 'state'} or {new / 'index'}: set "
        "KALLBOT_STATE and KALLBOT_INDEX as for the bot\n"
    )
    assert "/index" not in replaces_nothing("--no-index")


def test_a_backup_of_nothing_beside_a_server_leaves_the_one_before(
    replaces_nothing, monkeypatch, tmp_path
):
    monkeypatch.setenv("KALLBOT_POSTGRES_URI", "postgresql://kallbot:hemlig@db.example.org/kallbot")
    said = replaces_nothing()
    assert f"nothing to save in {tmp_path / 'new' / 'index'}: set KALLBOT_INDEX" in said
    assert "pg_dump" in said
    assert "hemlig" not in said


def test_a_damaged_index_without_state_is_told_as_such(replaces_nothing, index, tmp_path):
    shutil.copytree(index, tmp_path / "new" / "index")
    (tmp_path / "new" / "index" / MANIFEST).write_text("{")
    assert "`kallbot rebuild" in replaces_nothing()


def test_with_all_data_on_servers_the_settings_are_saved_alone(run, monkeypatch, tmp_path):
    monkeypatch.setenv("KALLBOT_POSTGRES_URI", "postgresql://db.example.org/kallbot")
    monkeypatch.setenv("KALLBOT_MILVUS_URI", "http://milvus.example.org:19530")
    ran = run("backup", tmp_path / "kept.zip")
    assert ran.status == 1
    assert ran.err.startswith("kallbot: there is nothing to save: the bots' data are in PostgreSQL")
    (tmp_path / "working" / "kallbot.toml").write_text("threshold = 0.25\n")
    ran = run("backup", tmp_path / "kept.zip")
    assert ran.status == 0
    assert ": settings; " in ran.out


def test_an_archive_is_checked_beside_the_state_and_nothing_is_left(
    run, index, state, monkeypatch, tmp_path
):
    file = tmp_path / "kept.zip"
    run("backup", file, "--index", index)
    empty = elsewhere(monkeypatch, tmp_path)
    used = []

    def make_folder(**options):
        used.append(options["dir"])
        return tempfile.TemporaryDirectory(**options)

    monkeypatch.setattr("bot.backup.tempfile", SimpleNamespace(TemporaryDirectory=make_folder))
    assert run("restore", file, "--index", empty).status == 0
    assert used == [tmp_path]
    assert not list(tmp_path.rglob(".kallbot-*"))
