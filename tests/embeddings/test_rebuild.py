import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Event, Thread

import filelock
import numpy as np
import pytest

from embeddings.errors import (
    DocumentError,
    IndexBusy,
    IndexMissing,
    IndexUnwritable,
    ModelError,
)
from embeddings.index import manifest as manifest_module
from embeddings.index import publishing as index_module
from embeddings.index.manifest import MANIFEST, read_manifest
from embeddings.index.publishing import (
    COUNTED,
    DRAFT,
    GATHERED,
    JOURNAL,
    LOCK,
    VERSIONS,
    open_index,
)
from embeddings.reading.sources import FileReader
from embeddings.rebuild import rebuild
from tests.embeddings.passages.test_structure import MAIL, MINUTES, PAGE
from tests.fakes import FakeEncoder, rebuild_with, write

ROOT = Path(__file__).parents[2]
FILES = {"år/möte.txt": MINUTES, "brev.txt": MAIL, "öppet.md": PAGE}
MODEL = FakeEncoder().name


@pytest.fixture
def documents(tmp_path):
    return write(tmp_path / "dokument å", FILES)


@pytest.fixture
def index(tmp_path):
    return tmp_path / "index å"


@pytest.fixture
def encoder():
    return FakeEncoder()


@pytest.fixture
def made(documents, index):
    """An index of the documents, made before the encoder counts."""
    rebuild_with(documents, index)
    return index


def texts(index, model=MODEL):
    opened = open_index(index, model)
    found = [passage.text for passage in opened.passages(list(range(len(opened))))]
    opened.close()
    return found


def whole(index, model=MODEL):
    """Open an index and look at all that it holds: the numbers of its documents' texts."""
    opened = open_index(index, model)
    passages = opened.passages(list(range(len(opened))))
    assert len(opened.vectors) == len(passages) == opened.manifest.passages
    assert len(opened.words.scores(["ål"]).at(np.arange(len(passages)))) == len(passages)
    assert opened.manifest.documents == len(list(opened.store.documents()))
    for row, passage in enumerate(passages):
        vector = opened.vectors.at([row])[0]
        assert vector @ vector == pytest.approx(1, abs=2e-3)
        assert passage.text
    opened.close()
    return passages


# What is embedded


def test_a_new_index_holds_every_document(documents, index, encoder):
    report = rebuild_with(documents, index, encoder)
    assert report.added == tuple(sorted(FILES))
    assert (report.changed, report.removed, report.skipped) == ((), (), ())
    assert report.documents == 3
    assert report.passages == len(whole(index)) >= report.embedded == len(encoder.embedded) > 5
    assert not report.is_unchanged


def test_an_unchanged_folder_embeds_and_publishes_nothing_and_loads_no_model(documents, made):
    before = read_manifest(made)

    def load_encoder():
        raise AssertionError

    report = rebuild(documents, made, MODEL, load_encoder, lambda *_: None)
    assert report.is_unchanged
    assert (report.documents, report.passages, report.embedded) == (3, before.passages, 0)
    assert read_manifest(made) == before


def test_only_new_passages_are_embedded(documents, made, encoder):
    write(documents, {"ny.txt": "Ålen simmar i ån, sa hon."})
    report = rebuild_with(documents, made, encoder)
    assert (report.added, report.embedded) == (("ny.txt",), 1)
    assert encoder.embedded == ["ny\nÅlen simmar i ån, sa hon."]
    whole(made)


def test_of_a_changed_file_only_the_changed_passages_are_embedded(documents, made, encoder):
    write(documents, {"öppet.md": PAGE.replace("Stängt.", "Öppet åtta till tio.")})
    report = rebuild_with(documents, made, encoder)
    assert report.changed == ("öppet.md",)
    assert [text.splitlines()[-1] for text in encoder.embedded] == ["Öppet åtta till tio."]
    assert "Stängt." not in texts(made)
    whole(made)


def test_a_passage_that_stands_twice_is_embedded_once(tmp_path, index, encoder):
    page = "# Ån\n\nInledning.\n\n## Å\n\nÅsa kom.\n\n## Ä\n\nÄlva kom.\n\n## Å\n\nÅsa kom."
    report = rebuild_with(write(tmp_path / "d", {"a.md": page}), index, encoder)
    assert report.passages == 4
    assert report.embedded == len(encoder.embedded) == 3
    whole(index)


def test_a_removed_file_is_forgotten_without_embedding(documents, made, encoder):
    (documents / "brev.txt").unlink()
    report = rebuild_with(documents, made, encoder)
    assert (report.removed, report.embedded) == (("brev.txt",), 0)
    assert not any("budgeten" in text for text in texts(made))
    whole(made)


def test_a_renamed_file_keeps_its_vectors(documents, made, encoder):
    (documents / "öppet.md").rename(documents / "ö.md")
    report = rebuild_with(documents, made, encoder)
    assert (report.added, report.removed, encoder.embedded) == (("ö.md",), ("öppet.md",), [])
    opened = open_index(made, MODEL)
    assert "ö.md" in opened.store.file_hashes()
    opened.close()


def test_a_change_beside_a_file_is_a_change_of_it(documents, made, encoder):
    write(documents, {"brev.txt.meta.yaml": "title: Ett brev\npublisher: Ån\n"})
    report = rebuild_with(documents, made, encoder)
    assert report.changed == ("brev.txt",)
    assert all(text.startswith("Ett brev\n") for text in encoder.embedded)
    opened = open_index(made, MODEL)
    assert {d.metadata.publisher for d in opened.store.documents()} == {"Ån", None}
    opened.close()


def test_what_is_moved_between_a_file_and_the_one_beside_it_is_a_change(documents, made):
    write(documents, {"ny.txt": "Bron\n\nÅsa kom.", "ny.txt.meta.yaml": "title: Ån\nurl: a\n"})
    rebuild_with(documents, made)
    write(documents, {"ny.txt": "Bron\n\nÅsa kom.title: Ån\n", "ny.txt.meta.yaml": "url: a\n"})
    assert rebuild_with(documents, made).changed == ("ny.txt",)


def test_a_change_that_alters_no_passage_is_published_without_a_model(documents, made, encoder):
    write(documents, {"brev.txt.meta.yaml": "url: https://ån.se\n"})
    report = rebuild_with(documents, made, encoder)
    assert (report.changed, report.embedded) == (("brev.txt",), 0)
    assert not report.is_unchanged


def test_another_model_embeds_everything_again(documents, made):
    other = FakeEncoder("annan@64", dimension=64)
    report = rebuild_with(documents, made, other)
    assert report.embedded == len(other.embedded) > 5
    whole(made, "annan@64")


def test_a_damaged_index_is_made_again(documents, made, encoder):
    (made / MANIFEST).write_text("{")
    assert rebuild_with(documents, made, encoder).embedded == len(encoder.embedded) > 5
    whole(made)


def test_the_same_files_in_another_folder_are_the_same_index_of_that_folder(
    documents, made, encoder, tmp_path
):
    documents.rename(tmp_path / "flyttad")
    assert rebuild_with(tmp_path / "flyttad", made, encoder).embedded == 0
    assert read_manifest(made).documents_folder == str(tmp_path / "flyttad")


def test_progress_is_told_of_every_step_up_to_its_end(documents, index, encoder):
    told = []
    rebuild(documents, index, MODEL, lambda: encoder, lambda *step: told.append(step))
    embedded = len(encoder.embedded)
    assert [step for step in told if step[1] == step[2]] == [
        ("read", 3, 3),
        ("embed", embedded, embedded),
        ("write", 1, 1),
    ]
    assert ("embed", 0, embedded) in told


def test_every_row_of_a_table_is_a_document_of_its_file(documents, made, encoder):
    write(documents, {"bidrag.csv": "Namn;Belopp\nÅsa;10 kr\nÖrjan;20 kr\n"})
    report = rebuild_with(documents, made, encoder)
    assert report.added == ("bidrag.csv",)
    assert report.documents == 5
    opened = open_index(made, MODEL)
    names = [document.name for document in opened.store.documents()]
    assert names[:2] == ["bidrag.csv#row=2", "bidrag.csv#row=3"]
    assert opened.store.file_of("bidrag.csv#row=2") == "bidrag.csv"
    assert opened.store.file_of("brev.txt") == "brev.txt"
    opened.close()
    (documents / "bidrag.csv").unlink()
    assert rebuild_with(documents, made, encoder).removed == ("bidrag.csv",)


def test_a_file_is_read_once_until_it_changes(documents, made, encoder, monkeypatch):
    read = []
    whole_read = FileReader.read

    def counted(self, file):
        read.append(file.name)
        return whole_read(self, file)

    monkeypatch.setattr(FileReader, "read", counted)
    page = "<h1>Ån</h1><p>Ålen simmar i ån, sa hon.</p>"
    write(documents, {"a.html": page, "b.pdf": b"%PDF-1.4", "c.jsonl": '{"text": "Ål"}\n{\n'})
    first = rebuild_with(documents, made, encoder)
    assert read == ["a.html", "b.pdf", "c.jsonl"]
    before = [(p.text, p.context, p.kind) for p in whole(made) if p.document.name == "a.html"]

    read.clear()
    again = rebuild_with(documents, made, encoder)
    assert (read, again.is_unchanged) == ([], True)
    assert (again.skipped, again.notes) == (first.skipped, first.notes)
    assert again.documents == first.documents == 5

    write(documents, {"ny.txt": "Ålen simmar i sjön."})
    report = rebuild_with(documents, made, encoder)
    assert (read, report.added) == (["ny.txt"], ("ny.txt",))
    assert [
        (p.text, p.context, p.kind) for p in whole(made) if p.document.name == "a.html"
    ] == before

    write(documents, {"a.html.meta.yaml": "title: Å"})
    read.clear()
    assert rebuild_with(documents, made, encoder).changed == ("a.html",)
    assert read == ["a.html"]


# What cannot be read or written


def test_what_cannot_be_read_is_named_and_the_rest_is_indexed(documents, index):
    write(documents, {"ö.txt": b"\0\1", "tom.txt": "", "bild.png": b"\x89PNG"})
    report = rebuild_with(documents, index)
    assert [message.partition(":")[0] for message in report.skipped] == [
        "bild.png",
        "tom.txt",
        "ö.txt",
    ]
    assert report.documents == 3
    whole(index)


def test_a_name_that_is_not_utf8_is_skipped(documents, index):
    path = os.fsencode(documents) + "/möte.txt".encode("latin-1")
    Path(os.fsdecode(path)).write_text("Åsa kom.")
    [message] = rebuild_with(documents, index).skipped
    message.encode()
    assert "rename it" in message


@pytest.mark.parametrize(
    "files",
    [{}, {"a.txt": ""}, {"a.pdf": "å", "b.txt": b"\0"}, {"a.txt": "-----\n"}],
    ids=["empty folder", "empty file", "nothing readable", "a rule"],
)
def test_nothing_to_index_is_an_error_and_the_old_index_answers_on(made, tmp_path, files):
    before = texts(made)
    folder = write(tmp_path / "ny", files)
    folder.mkdir(exist_ok=True)
    with pytest.raises(DocumentError, match=r"no document in .*ny") as error:
        rebuild_with(folder, made)
    assert "\n" not in str(error.value)
    assert texts(made) == before


def test_a_folder_that_is_not_there_makes_no_index(tmp_path, index):
    with pytest.raises(DocumentError, match="no folder"):
        rebuild_with(tmp_path / "finns inte", index)
    with pytest.raises(IndexMissing):
        open_index(index, MODEL)
    assert not index.exists()


def test_a_model_that_cannot_be_loaded_leaves_the_old_index(documents, made):
    before = texts(made)
    write(documents, {"ny.txt": "Ålen simmar i ån."})

    def load_encoder():
        raise ModelError("borta")

    with pytest.raises(ModelError):
        rebuild(documents, made, MODEL, load_encoder, lambda *_: None)
    assert texts(made) == before
    rebuild_with(documents, made)  # the lock is free


def test_an_index_that_cannot_be_written_is_one_line_with_the_reason(documents, tmp_path):
    write(tmp_path, {"fil": "å"})
    for place in (tmp_path / "fil", tmp_path / "fil" / "index"):
        with pytest.raises(IndexUnwritable, match=r"cannot be written \(.*--index") as error:
            rebuild_with(documents, place)
        assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "step", ["draft.Draft.add", "draft.Draft.complete", "publishing.Store.move"]
)
def test_a_full_disk_leaves_the_old_index_and_no_litter(documents, made, monkeypatch, step):
    def full(*_):
        raise OSError(28, "No space left on device")

    before = read_manifest(made)
    write(documents, {"ny.txt": "Ålen simmar i ån."})
    monkeypatch.setattr(f"embeddings.index.{step}", full)
    with pytest.raises(IndexUnwritable, match="No space left"):
        rebuild_with(documents, made)
    assert read_manifest(made) == before
    assert [path.name for path in (made / VERSIONS).iterdir()] == [before.version]
    assert not (made / DRAFT).exists()


LIMITED_REBUILD = """
import resource, sys
from pathlib import Path
from embeddings.errors import IndexUnwritable
from tests.fakes import FakeEncoder, rebuild_with

documents, made, limit = sys.argv[1:]
resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
try:
    rebuild_with(Path(documents), Path(made), FakeEncoder("wide", 8192))
except IndexUnwritable as error:
    print(error)
    sys.exit(7)
"""


def test_wherever_the_room_ends_the_old_index_answers(documents, index):
    """No file may be longer than so much: what is read, made, embedded and gathered in turn."""
    wide = FakeEncoder("wide", 8192)
    rebuild_with(documents, index, wide)
    before = read_manifest(index)
    write(documents, {"ny.txt": "Ålen simmar i ån, sa hon."})
    failures = set()
    for limit in (0, 100, 500, 4000, 20_000, 30_000, 60_000, 150_000):
        ran = subprocess.run(
            [sys.executable, "-c", LIMITED_REBUILD, documents, index, str(limit)],
            cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
        )  # fmt: skip
        assert ran.returncode == 7, ran.stderr
        assert "cannot be written" in ran.stdout
        assert ran.stdout.count("\n") == 1
        failures.add(ran.stdout)
        assert read_manifest(index) == before
        assert [path.name for path in (index / VERSIONS).iterdir()] == [before.version]
        assert not (index / DRAFT).exists()
        assert len(whole(index, wide.name)) > 5
    assert len(failures) > 1
    rebuild_with(documents, index, wide)
    assert any("Ålen simmar" in text for text in texts(index, wide.name))
    assert_tidy(index)


class BreaksOff(FakeEncoder):
    """Embeds a few times, and is then interrupted."""

    def __init__(self, times):
        super().__init__()
        self.times = times

    def embed_passages(self, texts, advance=None):
        if self.times == 0:
            raise KeyboardInterrupt
        self.times -= 1
        return super().embed_passages(texts, advance)


@pytest.mark.parametrize("times", [0, 1, 3])
def test_a_rebuild_that_goes_on_embeds_nothing_twice(documents, index, encoder, monkeypatch, times):
    monkeypatch.setattr("embeddings.index.gathering._FIRST_BATCH", 2)
    monkeypatch.setattr("embeddings.index.gathering._PASSAGE_BATCH", 2)
    first = BreaksOff(times)
    with pytest.raises(KeyboardInterrupt):
        rebuild_with(documents, index, first)
    with pytest.raises(IndexMissing):
        open_index(index, MODEL)
    report = rebuild_with(documents, index, encoder)
    assert len(first.embedded) == 2 * times
    assert not set(first.embedded) & set(encoder.embedded)
    assert report.embedded == len(encoder.embedded)
    whole(index)
    assert_tidy(index)


def test_vectors_that_a_broken_off_rebuild_made_are_those_of_their_texts(
    documents, index, tmp_path, monkeypatch
):
    monkeypatch.setattr("embeddings.index.gathering._FIRST_BATCH", 2)
    monkeypatch.setattr("embeddings.index.gathering._PASSAGE_BATCH", 2)
    with pytest.raises(KeyboardInterrupt):
        rebuild_with(documents, index, BreaksOff(2))
    write(documents, {"först.txt": "Ålen simmar i ån, sa hon."})  # moves every row
    rebuild_with(documents, index)
    rebuild_with(documents, tmp_path / "ett")
    went_on, at_once = open_index(index, MODEL), open_index(tmp_path / "ett", MODEL)
    rows = list(range(len(at_once)))
    assert (went_on.vectors.at(rows) == at_once.vectors.at(rows)).all()


class Slow(FakeEncoder):
    """Takes a second for each passage, by its own clock."""

    def __init__(self, clock, breaks_off_at):
        super().__init__()
        self.clock, self.breaks_off_at = clock, breaks_off_at

    def embed_passages(self, texts, advance=None):
        for text in texts:
            self.clock[0] += 1
            if self.clock[0] == self.breaks_off_at:
                raise KeyboardInterrupt
            self.embedded.append(text)
        return super().embed_passages(texts, advance)


def test_no_more_than_some_seconds_of_embedding_are_lost_also_of_few_passages(
    tmp_path, index, encoder, monkeypatch
):
    documents = write(
        tmp_path / "få",
        {f"{n}.txt": f"Ålen nummer {n} simmar i ån, sa hon till oss." for n in range(300)},
    )
    clock = [0.0]
    monkeypatch.setattr("embeddings.index.gathering.time.monotonic", lambda: clock[0])
    with pytest.raises(KeyboardInterrupt):
        rebuild_with(documents, index, Slow(clock, breaks_off_at=200))
    report = rebuild_with(documents, index, encoder)
    assert report.passages == 300
    assert report.embedded <= 300 - 200 + 32


def make_older(index):
    """Turn an index into one of an older format."""
    manifest = index / manifest_module.MANIFEST
    said = json.loads(manifest.read_text())
    said |= {"format": min(manifest_module.OLDER), "recipe": 1}
    del said["checksum"]
    said["checksum"] = manifest_module._manifest_checksum(said)
    manifest.write_text(json.dumps(said))


def test_vectors_of_an_older_format_are_taken_over(documents, index, encoder):
    rebuild_with(documents, index)
    make_older(index)
    assert rebuild_with(documents, index, encoder).embedded == 0
    assert encoder.embedded == []
    assert read_manifest(index).format == manifest_module.FORMAT


def test_what_was_embedded_outlasts_a_full_disk(documents, index, encoder, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(index_module.Store, "move", full)
        with pytest.raises(IndexUnwritable):
            rebuild_with(documents, index)
    assert rebuild_with(documents, index, encoder).embedded == 0
    assert encoder.embedded == []
    assert_tidy(index)


# Several processes


def test_a_reader_that_cannot_be_started_ends_the_rebuild_and_loses_no_document(
    documents, made, monkeypatch
):
    def no_room(*_, **__):
        raise OSError(12, "Cannot allocate memory")

    before = texts(made)
    write(documents, {"ny.html": "<p>Ålen simmar i ån."})
    monkeypatch.setattr(subprocess, "Popen", no_room)
    with pytest.raises(DocumentError, match=r"ny.html: .* cannot be started \(Cannot allocate"):
        rebuild_with(documents, made)
    assert texts(made) == before


def test_a_file_that_has_the_name_of_a_row_is_a_problem_of_its_own(documents, index):
    write(documents, {"bidrag.csv": "namn;summa\nKören;500\n", "bidrag.csv#row=2": "%PDF-1.4"})
    (documents / "bidrag.csv#row=2").write_bytes(b"<html><p>Teatern fick 700 kronor.</p></html>")
    report = rebuild_with(documents, index)
    [problem] = report.skipped
    assert "another document is called bidrag.csv#row=2; rename" in problem
    assert any("Kören" in text for text in texts(index))


def test_a_second_rebuild_at_the_same_time_is_refused(documents, made):
    with filelock.FileLock(made / LOCK), pytest.raises(IndexBusy, match="wait until it is done"):
        rebuild_with(documents, made)
    assert rebuild_with(documents, made).is_unchanged


def test_litter_of_a_rebuild_that_broke_off_is_put_away_also_when_nothing_changed(documents, made):
    (made / VERSIONS / "avbruten").mkdir()
    (made / COUNTED).mkdir()
    for name in (f"{MANIFEST}.new", DRAFT, JOURNAL, GATHERED, f"{COUNTED}/marks.i32"):
        (made / name).write_text("{")
    assert rebuild_with(documents, made).is_unchanged
    assert_tidy(made)


def test_a_reader_always_gets_a_whole_index_while_rebuilds_publish(documents, made):
    done = Event()

    def publish_repeatedly():
        for round_ in range(15):
            text = f"Nytt om ån\n\nÅlen simmar {round_} varv, sa hon.\n\nDet blev {round_} varv."
            write(documents, {"ny.txt": text})
            rebuild_with(documents, made)
        done.set()

    writer = Thread(target=publish_repeatedly)
    writer.start()
    opened = 0
    while not done.is_set():
        said = (p.text for p in whole(made) if p.document.name == "ny.txt")
        new = re.findall(r"(\d+) varv", " ".join(said))
        assert not new or (len(new) == 2 and len(set(new)) == 1)
        opened += 1
    writer.join()
    assert opened > 3
    assert_tidy(made)


SLOW_REBUILD = """
import sys, time
from pathlib import Path
from embeddings.index import publishing as index
from embeddings.index.draft import Draft
from tests.fakes import FakeEncoder, rebuild_with

def slowly(function):
    def slow(*arguments):
        time.sleep(0.004)
        return function(*arguments)
    return slow

class Slow(FakeEncoder):
    def embed_passages(self, texts, advance=None):
        time.sleep(0.05)
        return super().embed_passages(texts, advance)

for name in ("sync", "_checksum", "replace_manifest"):
    setattr(index, name, slowly(getattr(index, name)))
index.Vectors.write = slowly(index.Vectors.write)
for name in ("add", "take_over", "complete", "put_passages", "finish"):
    setattr(Draft, name, slowly(getattr(Draft, name)))
print("ready", flush=True)
for line in sys.stdin:
    documents, made = sys.argv[1:]
    print("began", flush=True)
    rebuild_with(Path(documents), Path(made), Slow())
    print("done", flush=True)
"""


def slow_process(documents, index):
    return subprocess.Popen(
        [sys.executable, "-c", SLOW_REBUILD, str(documents), str(index)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def assert_tidy(index):
    assert {path.name for path in index.iterdir()} - {LOCK} == {MANIFEST, VERSIONS}
    version = read_manifest(index).version
    assert [path.name for path in (index / VERSIONS).iterdir()] == [version]


def killed_rebuilds(documents, made, count):
    """Rebuilds that are killed at random moments; yields the number of each after it is."""
    chance = random.Random(12)
    processes = [slow_process(documents, made) for _ in range(2)]
    for round_ in range(count):
        write(documents, {"ny.txt": f"Ålen simmar {round_} varv i ån, sa hon."})
        process = processes.pop(0)
        with process:
            assert process.stdout.readline() == "ready\n"
            processes.append(slow_process(documents, made))
            process.stdin.write("go\n")
            process.stdin.flush()
            assert process.stdout.readline() == "began\n"
            time.sleep(chance.uniform(0.02, 0.35))
            process.send_signal(signal.SIGKILL)
        yield round_
    for process in processes:
        with process:
            process.kill()


def test_an_upgrade_that_is_killed_at_any_moment_loses_neither_folder_nor_vectors(
    documents, made, encoder
):
    make_older(made)
    for _ in killed_rebuilds(documents, made, 10):
        manifest = json.loads((made / MANIFEST).read_text())
        assert Path(manifest["documents_folder"]) == documents
        if manifest["format"] == manifest_module.FORMAT:  # the upgrade was whole before the kill
            assert len(whole(made)) > 5
            make_older(made)
    assert rebuild_with(documents, made, encoder).embedded <= 1  # the text that has just changed
    assert len(whole(made)) > 5
    assert_tidy(made)


def test_a_rebuild_that_is_killed_at_any_moment_leaves_a_whole_index(documents, made):
    for round_ in killed_rebuilds(documents, made, 10):
        assert len(whole(made)) > 5
        if round_ % 3 == 2:  # the others meet what one or two broken ones have left
            rebuild_with(documents, made)
            assert any(f"simmar {round_} varv" in text for text in texts(made))
            assert_tidy(made)
    rebuild_with(documents, made)
    assert len(whole(made)) > 5
    assert_tidy(made)


def test_an_index_of_an_older_recipe_is_made_again_without_embedding(
    documents, made, encoder, monkeypatch
):
    monkeypatch.setattr("embeddings.rebuild.RECIPE", manifest_module.RECIPE + 1)
    monkeypatch.setattr("embeddings.index.publishing.RECIPE", manifest_module.RECIPE + 1)
    before = read_manifest(made).version
    report = rebuild(documents, made, MODEL, lambda: encoder, lambda *_: None)
    assert read_manifest(made).version != before
    assert report.embedded == 0
    assert encoder.embedded == []


def test_an_index_carries_the_name_that_the_loaded_model_has(documents, index, encoder):
    rebuild(documents, index, "a name from before the download", lambda: encoder, lambda *_: None)
    assert read_manifest(index).model == MODEL
    assert texts(index)
