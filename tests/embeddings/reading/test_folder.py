import os
import unicodedata
from pathlib import Path

import pytest

from embeddings.errors import DocumentError
from embeddings.reading.folder import MAX_BYTES, find_file, list_files
from tests.fakes import write


def names_in(folder):
    return [path.relative_to(folder).as_posix() for path in list_files(folder).paths]


def test_files_are_listed_by_name_without_the_hidden_ones_and_the_ones_beside(tmp_path):
    names = ["b.txt", "a.txt", "å/ö.txt", "a.txt.meta.yaml", ".dold.txt", ".git/c.txt", "d.pdf"]
    write(tmp_path, dict.fromkeys(names, "Å"))
    assert names_in(tmp_path) == ["a.txt", "b.txt", "d.pdf", "å/ö.txt"]


def test_a_documents_folder_may_itself_be_hidden(tmp_path):
    folder = write(tmp_path / ".hem", {"a.txt": "Å"})
    assert names_in(folder) == ["a.txt"]


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DocumentError, match=r"no folder .*åäö"):
        list_files(tmp_path / "åäö")


def test_a_change_in_the_text_or_beside_it_changes_the_hash(tmp_path):
    def hash_with(files):
        return find_file(write(tmp_path, files) / "a.txt", tmp_path).sha256

    hashes = [
        hash_with({"a.txt": "Å"}),
        hash_with({"a.txt": "Ä"}),
        hash_with({"a.txt.meta.yaml": "title: Å"}),
        hash_with({"a.txt.meta.yaml": "title: Ä"}),
    ]
    assert len(set(hashes)) == 4
    (tmp_path / "a.txt.meta.yaml").unlink()
    assert hash_with({"b.txt": "Ö"}) == hashes[1]


def test_a_file_that_is_too_large_is_named_with_the_limit(tmp_path):
    with (tmp_path / "stor.txt").open("wb") as file:
        file.truncate(MAX_BYTES + 2**20)
    with pytest.raises(DocumentError, match=r"stor\.txt: 65 MB is over the 64 MB.*divide it"):
        find_file(tmp_path / "stor.txt", tmp_path)


def test_a_file_that_went_away_is_named(tmp_path):
    with pytest.raises(DocumentError, match=r"borta\.txt: cannot be read .*check the file"):
        find_file(tmp_path / "borta.txt", tmp_path)


def test_a_file_whose_name_is_not_utf8_is_named_as_well_as_can_be(tmp_path):
    path = os.fsencode(tmp_path) + "/möte.txt".encode("latin-1")
    Path(os.fsdecode(path)).write_text("Åsa kom.")
    [found] = list_files(tmp_path).paths
    with pytest.raises(DocumentError, match=r"m\ufffdte.txt: the name .* not UTF-8; rename it"):
        find_file(found, tmp_path)


def test_a_file_of_two_gigabytes_is_named_without_reading_it(tmp_path):
    with (tmp_path / "stor.pdf").open("wb") as file:
        file.truncate(2 * 2**30)
    with pytest.raises(DocumentError, match=r"stor\.pdf: 2048 MB is over the 64 MB"):
        find_file(tmp_path / "stor.pdf", tmp_path)


# What is ignored


def test_ignored_files_are_left_out_as_git_leaves_them_out(tmp_path):
    write(
        tmp_path,
        {
            ".kallbotignore": "# utkast\nutkast/\n*.bak.txt\n!viktig.bak.txt\n/bara-rot.txt\n",
            "a.txt": "å",
            "b.bak.txt": "å",
            "viktig.bak.txt": "å",
            "bara-rot.txt": "å",
            "under/bara-rot.txt": "å",
            "under/utkast/c.txt": "å",
            "utkast/d.txt": "å",
        },
    )
    assert names_in(tmp_path) == ["a.txt", "under/bara-rot.txt", "viktig.bak.txt"]


def test_an_ignore_file_further_in_goes_before_one_further_out(tmp_path):
    write(
        tmp_path,
        {
            ".kallbotignore": "*.csv\n",
            "år/.kallbotignore": "\ufeff!2024.csv\n/a.txt\n",
            "år/2024.csv": "å",
            "år/2023.csv": "å",
            "år/a.txt": "å",
            "a.txt": "å",
        },
    )
    assert names_in(tmp_path) == ["a.txt", "år/2024.csv"]


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"\xe5.txt"])
def test_an_ignore_file_that_cannot_be_read_is_named(tmp_path, content):
    write(tmp_path, {".kallbotignore": content, "a.txt": "å"})
    listing = list_files(tmp_path)
    assert [path.name for path in listing.paths] == ["a.txt"]
    assert [problem.partition(":")[0] for problem in listing.problems] == [".kallbotignore"]


# What is no file


def test_loops_of_links_are_named_and_end(tmp_path):
    write(tmp_path, {"a/b/c.txt": "å", "d.txt": "å"})
    (tmp_path / "a/b/upp").symlink_to(tmp_path / "a")
    (tmp_path / "rot").symlink_to(tmp_path)
    (tmp_path / "x.txt").symlink_to(tmp_path / "y.txt")
    (tmp_path / "y.txt").symlink_to(tmp_path / "x.txt")
    (tmp_path / "borta.txt").symlink_to(tmp_path / "finns inte.txt")
    listing = list_files(tmp_path)
    assert names_in(tmp_path) == ["a/b/c.txt", "d.txt"]
    told = sorted(problem.partition(":")[0] for problem in listing.problems)
    assert told == ["a/b/upp", "borta.txt", "rot", "x.txt", "y.txt"]
    assert not any("\n" in problem for problem in listing.problems)


def test_a_link_to_a_folder_outside_is_followed_once(tmp_path):
    write(tmp_path, {"ute/a.txt": "å", "inne/b.txt": "å"})
    (tmp_path / "inne/ett").symlink_to(tmp_path / "ute")
    (tmp_path / "inne/två").symlink_to(tmp_path / "ute")
    listing = list_files(tmp_path / "inne")
    assert names_in(tmp_path / "inne") == ["b.txt", "ett/a.txt"]
    assert [problem.partition(":")[0] for problem in listing.problems] == ["två"]


def test_a_pipe_is_named_and_not_waited_for(tmp_path):
    write(tmp_path, {"a.txt": "å"})
    os.mkfifo(tmp_path / "rör.txt")
    assert names_in(tmp_path) == ["a.txt"]
    [problem] = list_files(tmp_path).problems
    assert problem.startswith("rör.txt: no file but")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_opened_is_named(tmp_path):
    write(tmp_path, {"a.txt": "å", "hemlig/b.txt": "å"})
    (tmp_path / "hemlig").chmod(0)
    try:
        assert names_in(tmp_path) == ["a.txt"]
        assert list_files(tmp_path).problems == (
            "hemlig: cannot be read (Permission denied); check the file",
        )
    finally:
        (tmp_path / "hemlig").chmod(0o700)


def test_folders_may_be_nested_deep(tmp_path):
    path = tmp_path.joinpath(*["å"] * 300)
    path.mkdir(parents=True)
    (path / "a.txt").write_text("å")
    assert len(names_in(tmp_path)) == 1


@pytest.mark.parametrize("named", ["NFC", "NFD"])
@pytest.mark.parametrize("written", ["NFC", "NFD"])
def test_names_are_compared_in_one_normal_form(tmp_path, named, written):
    def in_form(form, text):
        return unicodedata.normalize(form, text)

    write(
        tmp_path,
        {
            ".kallbotignore": in_form(written, "förslag*.txt\närenden/\n"),
            in_form(named, "förslag åtta.txt"): "Å",
            in_form(named, "ärenden/öppet.txt"): "Å",
            in_form(named, "bilaga å.txt"): "Å",
            in_form(written, "bilaga å.txt.meta.yaml"): "title: Ö",
        },
    )
    assert names_in(tmp_path) == [in_form(named, "bilaga å.txt")]
    file = find_file(tmp_path / in_form(named, "bilaga å.txt"), tmp_path)
    assert file.sidecar is not None
