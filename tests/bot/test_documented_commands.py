"""Every command of the README and of the pages of docs is run, as it is written there.

Those of the machine (`sudo`, `docker`, `pip` …) would change it: of them the files are looked for
that they name, and `make` tells what it would do.
"""

import re
import shlex
import shutil
import subprocess
import tomllib
from functools import cache
from pathlib import Path

import pytest

from bot import loading
from embeddings.model.bundled import default_cache
from embeddings.rebuild import rebuild

PROJECT = Path(__file__).parents[2]
PAGES = [PROJECT / "README.md", *sorted(PROJECT.glob("docs/*.md"))]
OF_THE_MACHINE = ("sudo", "docker", "python3", "pip", "source", "~/kallbot-env/bin/pip",
                  "~/kallbot-env/bin/kallbot", ".venv/bin/python", ".venv/bin/kallbot")  # fmt: skip
NO_TOKEN = 2

pytestmark = pytest.mark.model


def commands(page):
    """The commands of a page, each with the lines that it prints there."""
    for block in re.findall(r"(?ms)^```console\n(.*?)^```", page.read_text(encoding="utf-8")):
        for entry in re.split(r"(?m)^\$ ", block)[1:]:
            command, _, printed = entry.partition("\n")
            yield re.sub(r"\s+# .*", "", command), printed.strip("\n")


@pytest.fixture(scope="module")
def models():
    """The real models, loaded once."""
    return cache(loading.load_encoder), cache(loading.load_reader)


@pytest.fixture(scope="module")
def seeds_index(models, tmp_path_factory):
    index = tmp_path_factory.mktemp("seeds") / "index"
    encoder = models[0]()
    rebuild(PROJECT / "seeds", index, encoder.name, lambda: encoder, lambda *_: None)
    return index


@pytest.fixture
def shell(run, models, seeds_index, monkeypatch, tmp_path, request):
    """Runs a line of a page at home, with an index of the seeds, to what it ended with."""
    load_encoder, load_reader = models
    monkeypatch.setenv("XDG_CACHE_HOME", str(default_cache_of_the_machine()))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(loading, "load_encoder", lambda *_, **__: load_encoder())
    monkeypatch.setattr(loading, "load_reader", load_reader)
    shutil.copytree(seeds_index, tmp_path / "data" / "kallbot" / "index")
    shutil.copytree(PROJECT / "seeds", tmp_path / "documents")
    (tmp_path / "working" / "seeds").symlink_to(PROJECT / "seeds")

    def set_all(words):
        """Set what stands before a command, or after `export`; returns the rest."""
        while words and re.match(r"[A-Z_]+=", words[0]):
            name, _, value = words.pop(0).partition("=")
            if "milvus.example.org" in value:
                value = request.getfixturevalue("milvus_uri")
            monkeypatch.setenv(name, value.replace("~", str(tmp_path)))
        return words

    def run_line(line):
        typed, bar, after = line.rstrip("& ").partition(" | ")
        words = set_all(shlex.split(typed))
        if words[:1] == ["export"]:
            set_all(words[1:])
            return None
        text = ""
        if bar:
            assert words.pop(0) == "echo"
            [text], words = words, shlex.split(after)
        assert words.pop(0) == "kallbot", line
        return run(*(word.replace("~", str(tmp_path)) for word in words), stdin=text)

    return run_line


def default_cache_of_the_machine():
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("XDG_CACHE_HOME", raising=False)
        return default_cache().parent


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_commands_of_a_page_work_and_print_what_it_says(page, shell, monkeypatch):
    [question] = re.findall(r"(?m)^Q \?= (.+)$", (PROJECT / "Makefile").read_text("utf-8"))
    for command, printed in commands(page):
        program = command.split()[0]
        if program == "make":
            check_make(shlex.split(command)[1:])
            if command.startswith("make ask"):
                asked = dict(part.split("=", 1) for part in shlex.split(command)[2:])
                command = shlex.join(["kallbot", "ask", asked.get("Q", question)])
            else:
                continue
        elif program in OF_THE_MACHINE:
            check_names(command)
            continue
        ran = shell(command)
        if ran is None:
            continue
        assert ran.status == (NO_TOKEN if " telegram" in command else 0), (command, ran)
        if printed:
            pattern = re.escape(printed).replace("…", ".*")
            told = ran.out.strip("\n").replace("\xa0", " ")
            assert re.fullmatch(pattern, told, re.DOTALL), (command, told)


def check_make(arguments):
    """`make` knows what it is asked for."""
    ran = subprocess.run(["make", "-n", *arguments], cwd=PROJECT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


def check_names(command):
    """What a command names of the checkout is there."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    for word in shlex.split(command):
        if re.match(r"(benchmarks|deploy|docs|seeds)/|requirements", word):
            assert list(PROJECT.glob(word)), (command, word)
        if extras := re.match(r"\.\[(.+)\]", word):
            assert set(extras[1].split(",")) <= set(project["optional-dependencies"]), command
