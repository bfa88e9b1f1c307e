"""Following a folder, with real changes and real signals."""

import os
import signal
import threading

import pytest

from bot.watch import follow
from embeddings.errors import DocumentError
from tests.fakes import write

HANDLERS = (signal.SIGINT, signal.SIGTERM)


def follow_with(tmp_path, *steps):
    """Follow a folder, and take a step at each rebuild; returns what was told."""
    folder = write(tmp_path / "dokument å", {"a.txt": "å"})
    told, left = [], list(steps)

    def rebuild():
        left.pop(0)(folder)

    before = [signal.getsignal(number) for number in HANDLERS]
    follow(folder, folder / "index", rebuild, told.append)
    told = [line for line in told if line != f"following {folder}; Ctrl-C ends it"]
    assert [signal.getsignal(number) for number in HANDLERS] == before
    assert left == []
    return told


def change(name):
    return lambda folder: write(folder, {name: "ny å"})


def stop(number):
    return lambda _: os.kill(os.getpid(), number)


def fail(then):
    def step(folder):
        then(folder)
        raise DocumentError("trasig: laga den")

    return step


@pytest.mark.parametrize("number", HANDLERS)
def test_a_change_during_a_rebuild_leads_to_the_next_and_a_signal_ends_it(tmp_path, number, caplog):
    assert follow_with(tmp_path, change("b.txt"), change("under/c.pdf"), stop(number)) == []
    assert [record for record in caplog.records if record.levelname == "WARNING"] == []


@pytest.mark.parametrize("number", HANDLERS)
def test_a_signal_while_nothing_happens_ends_it(tmp_path, number, caplog):
    timer = threading.Timer(1.0, os.kill, (os.getpid(), number))
    assert follow_with(tmp_path, lambda _: timer.start()) == []
    timer.join()
    assert [record for record in caplog.records if record.levelname == "WARNING"] == []


def test_a_folder_that_is_a_link_is_followed(tmp_path):
    write(tmp_path / "rätt", {"a.txt": "å"})
    (tmp_path / "dokument å").symlink_to(tmp_path / "rätt")
    assert follow_with(tmp_path, change("b.txt"), stop(signal.SIGTERM)) == []


def test_what_goes_wrong_is_told_and_survived(tmp_path):
    told = follow_with(tmp_path, fail(change("b.txt")), stop(signal.SIGTERM))
    assert told == ["trasig: laga den"]


def test_hidden_files_and_the_index_do_not_count(tmp_path):
    def hidden(folder):
        write(folder, {".dold/a.txt": "å", "index/manifest.json": "{}", ".b.txt.new": "å"})
        write(folder, {".kallbotignore": "a.txt"})

    rebuilt = []

    def last(folder):
        rebuilt.append(sorted(path.name for path in folder.iterdir()))
        stop(signal.SIGINT)(folder)

    assert follow_with(tmp_path, hidden, last) == []
    assert len(rebuilt) == 1


def test_a_folder_that_goes_away_is_waited_for(tmp_path):
    def away(folder):
        folder.rename(tmp_path / "borta")

    follow_folder = tmp_path / "dokument å"
    told = []
    steps = [away, stop(signal.SIGTERM)]

    def tell(line):
        told.append(line)
        if "cannot be followed" in line:
            (tmp_path / "borta").rename(follow_folder)

    write(follow_folder, {"a.txt": "å"})
    follow(follow_folder, tmp_path / "index", lambda: steps.pop(0)(follow_folder), tell)
    assert steps == []
    following, line = told
    assert following.startswith("following ")
    assert "cannot be followed" in line


@pytest.mark.parametrize("how", ["written", "replaced", "gone"])
def test_a_change_in_the_file_that_a_link_leads_to_counts(tmp_path, how):
    target = write(tmp_path / "annat", {"mål.txt": "å"}) / "mål.txt"
    link = write(tmp_path / "dokument å", {"a.txt": "å"}) / "under" / "länk.txt"
    link.parent.mkdir()
    link.symlink_to(target)

    def change_target(_):
        if how == "written":
            target.write_text("ny å")
        elif how == "replaced":
            (tmp_path / "ny").write_text("ö")
            (tmp_path / "ny").replace(target)
        else:
            target.unlink()

    assert follow_with(tmp_path, change_target, stop(signal.SIGTERM)) == []


def test_that_the_folder_is_followed_is_told_once_after_the_first_rebuild(tmp_path):
    folder = write(tmp_path / "dokument å", {"a.txt": "å"})
    told, steps = [], [change("b.txt"), stop(signal.SIGINT)]

    def rebuild():
        told.append("rebuilt")
        steps.pop(0)(folder)

    follow(folder, tmp_path / "index", rebuild, told.append)
    assert told == ["rebuilt", f"following {folder}; Ctrl-C ends it", "rebuilt"]
