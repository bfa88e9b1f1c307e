import json
import shutil
from shlex import quote

import numpy as np
import pytest

from embeddings.errors import (
    IndexDamaged,
    IndexMismatch,
    IndexMissing,
    IndexOutdated,
    IndexUnavailable,
)
from embeddings.index import manifest as manifest_module
from embeddings.index import publishing as index_module
from embeddings.index.manifest import FORMAT, MANIFEST, read_manifest
from embeddings.index.publishing import LOCK, VERSIONS, Contents, open_index, publish
from embeddings.passages.cutting import embedding_text
from tests.embeddings.passages.test_structure import MAIL, MINUTES, PAGE
from tests.fakes import FakeEncoder, make_index, rebuild_with, write

FILES = {"år/möte.txt": MINUTES, "brev.txt": MAIL, "öppet.md": PAGE}
MODEL = FakeEncoder().name


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sökindex å? 100% #1")
    make_index(folder, FILES).close()
    return folder


@pytest.fixture
def folder(made, tmp_path):
    """A copy of an index, to do harm to."""
    return shutil.copytree(made / "index", tmp_path / "index å")


def version_files(folder):
    return sorted(path for path in (folder / VERSIONS).rglob("*") if path.is_file())


def tampered(folder, **changes):
    """Change what the manifest says, with a checksum that fits."""
    said = json.loads((folder / MANIFEST).read_text())
    said.pop("checksum")
    said.update(changes)
    said["checksum"] = manifest_module._manifest_checksum(said)
    (folder / MANIFEST).write_text(json.dumps(said))


def assert_damaged(folder):
    """It is damaged, and the command that is advised names the documents, as far as known."""
    documents = manifest_module.known_documents(folder)
    with pytest.raises(IndexDamaged, match="damaged") as error:
        open_index(folder, MODEL)
    named = quote(str(documents)) if documents else "FOLDER"
    command = f"kallbot rebuild {named} --index {quote(str(folder))}"
    assert str(error.value).endswith(f"rebuild it with `{command}`")
    assert "\n" not in str(error.value)


# What is in it


def test_vectors_words_and_passages_are_in_the_same_order(made):
    index = open_index(made / "index", MODEL)
    encoder = FakeEncoder()
    rows = list(range(len(index)))
    for row, passage in zip(rows, index.passages(rows), strict=True):
        expected = encoder.embed_query(embedding_text(passage))
        assert np.allclose(index.vectors.at([row])[0], expected, atol=1e-3)
        assert row in index.vectors.nearest(expected, 3)
    [passage] = index.passages([int(index.words.scores(["budget"]).best(1)[0])])
    assert "budgeten" in passage.text
    index.close()


def test_scores_have_one_place_for_each_passage(made):
    index = open_index(made / "index", MODEL)
    rows = np.arange(len(index))
    assert not index.words.scores(["finns-inte"]).at(rows).any()
    assert index.words.scores(["åsa"]).at(rows).shape == (len(index),)
    index.close()


def test_a_rare_word_weighs_more_and_an_unknown_one_most(made):
    words = open_index(made / "index", MODEL).words
    assert words.weight("och") < words.weight("budget") < words.weight("finns-inte")


def test_the_manifest_counts_what_is_in_the_index(made):
    index = open_index(made / "index", MODEL)
    manifest = index.manifest
    assert (manifest.format, manifest.model, manifest.dimension) == (FORMAT, MODEL, 256)
    assert manifest.documents == len(list(index.store.documents())) == 3
    assert manifest.passages == len(index.vectors) == len(index)
    assert manifest.notices == len(index.notice_rows)
    assert manifest.documents_folder == str((made / "documents").resolve())
    index.close()


def test_an_index_of_passages_without_a_word_can_be_made(tmp_path):
    index = make_index(tmp_path, {"!.txt": "!!!", "….txt": "…"})
    assert [passage.text for passage in index.passages([0, 1])] == ["!!!", "…"]
    assert not len(index.words.scores(["ål"]).best(2))


def test_nothing_in_the_folder_is_a_pickle(made):
    for path in (made / "index").rglob("*"):
        assert path.suffix in {"", ".json", ".npy", ".sqlite", ".faiss", ".i32", ".lock"}
        if path.suffix == ".npy":
            assert not np.load(path, allow_pickle=False).dtype.hasobject
        elif path.is_file():
            content = path.read_bytes()
            assert content[:1] != b"\x80"
            assert path.suffix != ".json" or json.loads(content) is not None


# Damage


@pytest.mark.parametrize("harm", ["truncated", "flipped", "removed", "longer", "emptied"])
def test_harm_to_any_file_is_detected(folder, harm):
    files = version_files(folder)
    assert len(files) >= 6
    for path in files:
        content = path.read_bytes()
        if harm == "truncated":
            path.write_bytes(content[:-1])
        elif harm == "flipped":
            at = len(content) // 2
            path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        elif harm == "removed":
            path.unlink()
        elif harm == "longer":
            path.write_bytes(content + b"\0")
        else:
            path.write_bytes(b"")
        assert_damaged(folder)
        path.write_bytes(content)
    open_index(folder, MODEL).close()


def test_harm_to_the_manifest_is_detected_wherever_it_is(folder):
    path = folder / MANIFEST
    content = path.read_bytes()
    for at in range(0, len(content), 7):
        path.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        with pytest.raises((IndexDamaged, IndexMismatch)) as error:
            open_index(folder, MODEL)
        assert "kallbot rebuild" in str(error.value)
    for length in (0, 1, len(content) // 2, len(content) - 3):
        path.write_bytes(content[:length])
        assert_damaged(folder)


@pytest.mark.parametrize("content", ["[]", "null", "{}", '"å"', '{"format": 1}', "å", "\0"])
def test_a_manifest_that_is_something_else_is_damaged(folder, content):
    (folder / MANIFEST).write_text(content)
    with pytest.raises((IndexDamaged, IndexMismatch), match="kallbot rebuild"):
        open_index(folder, MODEL)


def test_a_version_that_is_gone_is_damage(folder):
    shutil.rmtree(folder / VERSIONS)
    assert_damaged(folder)


# Not the one that was asked for


def test_an_index_of_another_model_is_refused_with_both_names(folder):
    with pytest.raises(IndexMismatch, match=rf"{MODEL}, not KBLab/å@1: .*`kallbot rebuild"):
        open_index(folder, "KBLab/å@1")


def test_an_index_of_another_format_is_refused_with_both_numbers(folder):
    tampered(folder, format=FORMAT + 1)
    with pytest.raises(IndexMismatch, match=rf"format {FORMAT + 1}, .* {FORMAT}: .*`kallbot"):
        open_index(folder, MODEL)


@pytest.mark.parametrize("place", ["", "finns inte/å"])
def test_a_folder_without_an_index_says_how_to_make_one(tmp_path, place):
    with pytest.raises(IndexMissing, match=r"no index in .*with `kallbot rebuild FOLDER --index"):
        open_index(tmp_path / place, MODEL)


@pytest.mark.parametrize("older", ['"format": 1, "recipe": 0', '"version": "förr"', '"sort": []'])
@pytest.mark.parametrize("end", ["}", ', "checksum": "0"}', ', "check', ""])
def test_documents_of_an_index_are_known_by_any_manifest_however_old_or_damaged(
    folder, tmp_path, older, end
):
    documents = tmp_path / 'mina "akter" å'
    said = f'{{{older}, "documents_folder": {json.dumps(str(documents))}{end}'
    (folder / MANIFEST).write_text(said)
    assert manifest_module.known_documents(folder) == documents
    with pytest.raises(IndexUnavailable) as error:
        open_index(folder, MODEL)
    assert f"`kallbot rebuild {quote(str(documents))} --index " in str(error.value)


@pytest.mark.parametrize("content", [None, "", "{}", '{"documents_folder": 3}', '{"documents_fol'])
def test_documents_of_an_index_that_does_not_tell_are_not_guessed(folder, content):
    (folder / MANIFEST).unlink()
    if content is not None:
        (folder / MANIFEST).write_text(content)
    assert manifest_module.known_documents(folder) is None
    with pytest.raises(IndexUnavailable, match="`kallbot rebuild FOLDER --index"):
        open_index(folder, MODEL)


def test_index_of_an_older_format_is_outdated_and_opens_only_to_be_rebuilt_from(folder):
    tampered(folder, format=min(manifest_module.OLDER))
    with pytest.raises(IndexOutdated):
        open_index(folder, MODEL)
    open_index(folder, MODEL, older=True).close()


# Whole or not at all


class Crash(BaseException):
    """What ends a process, as far as the code can see it."""


@pytest.mark.parametrize(
    "step",
    ["Vectors.write", "WordIndex.write", "Store.move", "_checksum", "sync", "replace_manifest"],
)
def test_the_old_version_answers_when_writing_the_new_one_breaks_off(
    made, folder, monkeypatch, step
):
    before = read_manifest(folder)
    documents = write(folder.parent / "documents", {**FILES, "ny.txt": "Ny ål i ån, sa hon."})

    def crash(*_):
        raise Crash

    monkeypatch.setattr(f"embeddings.index.publishing.{step}", crash)
    if step == "_checksum":  # which opening needs as well
        monkeypatch.setattr(index_module, "_verify", lambda *_: None)
    with pytest.raises(Crash):
        rebuild_with(documents, folder)
    monkeypatch.undo()
    assert read_manifest(folder) == before
    index = open_index(folder, MODEL)
    assert "ny.txt" not in index.store.file_hashes()
    index.close()
    rebuild_with(documents, folder)
    assert len(list((folder / VERSIONS).iterdir())) == 1


def test_the_new_version_answers_when_it_breaks_off_after_the_manifest(folder, monkeypatch):
    documents = write(folder.parent / "documents", {"ny.txt": "Ny ål i ån, sa hon."})
    sync = manifest_module.sync

    def crash_last(path):
        if path == folder:
            raise Crash
        sync(path)

    monkeypatch.setattr(manifest_module, "sync", crash_last)
    with pytest.raises(Crash):
        rebuild_with(documents, folder)
    index = open_index(folder, MODEL)
    assert list(index.store.file_hashes()) == ["ny.txt"]
    index.close()


def test_every_file_is_on_the_disk_before_the_manifest_that_names_it(made, tmp_path, monkeypatch):
    synced = []

    def replace(folder, manifest):
        version = folder / VERSIONS / manifest.version
        written = set(version.rglob("*")) | {version, version.parent}
        assert written <= set(synced)
        synced.append("manifest")

    monkeypatch.setattr(index_module, "sync", synced.append)
    monkeypatch.setattr(index_module, "replace_manifest", replace)
    make = write(tmp_path / "documents", FILES)
    rebuild_with(make, tmp_path / "index")
    assert synced[-1] == "manifest"


def test_an_open_index_answers_on_when_a_new_version_is_published(made, folder):
    index = open_index(folder, MODEL)
    expected = index.passages(list(range(len(index))))
    documents = write(folder.parent / "documents", {"ny.txt": "Ny ål i ån, sa hon."})
    rebuild_with(documents, folder)
    assert index.passages(list(range(len(index)))) == expected
    assert list(index.store.documents())
    index.close()
    newer = open_index(folder, MODEL)
    assert len(newer) == 1
    newer.close()


def test_a_version_put_away_while_it_is_opened_gives_way_to_the_new_one(folder, monkeypatch):
    documents = write(folder.parent / "documents", {"ny.txt": "Ny ål i ån, sa hon."})
    load, rounds = index_module.WordIndex.load, [1, 2, 3]

    def load_late(place, hidden):
        if rounds:
            (documents / "ny.txt").write_text(f"Ny ål i ån, sa {rounds.pop()} av dem.")
            monkeypatch.setattr(index_module.WordIndex, "load", load)
            rebuild_with(documents, folder)
            monkeypatch.setattr(index_module.WordIndex, "load", load_late)
        return load(place, hidden)

    monkeypatch.setattr(index_module.WordIndex, "load", load_late)
    index = open_index(folder, MODEL)
    assert index.passages([0])[0].text == "Ny ål i ån, sa 1 av dem."
    index.close()


def test_publishing_puts_all_other_versions_away(folder, made):
    (folder / VERSIONS / "avbruten").mkdir()
    (folder / f"{MANIFEST}.new").write_text("{")
    index = open_index(folder, MODEL)
    vectors = index.vectors.at(np.arange(len(index)))
    manifest = publish(folder, Contents(index.store, vectors, MODEL, "å"))
    index.close()
    assert [path.name for path in (folder / VERSIONS).iterdir()] == [manifest.version]
    assert {path.name for path in folder.iterdir()} == {MANIFEST, VERSIONS, LOCK}
