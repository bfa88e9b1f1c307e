import io
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.cli import main
from tests.bot import postgres_server
from tests.bot.servers import api_fixture
from tests.retrieval.corpus import DOCUMENTS
from tests.retrieval.support import write_documents

KALLBOT = Path(sys.executable).with_name("kallbot")


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it wrote."""

    status: int
    out: str
    err: str


@pytest.fixture(autouse=True)
def apart(tmp_path, monkeypatch):
    """No settings of the machine or of the working folder reach a test."""
    for name in list(os.environ):
        if name.startswith("KALLBOT_") or name == "TELEGRAM_BOT_TOKEN":
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "working"
    folder.mkdir()
    monkeypatch.chdir(folder)


api = api_fixture("module")


@pytest.fixture
def index(engine, word_encoder):
    """The folder of an index that the commands can open."""
    return engine.index.folder


@pytest.fixture
def documents(tmp_path):
    """A folder with the papers of the municipality."""
    return write_documents(tmp_path / "documents", DOCUMENTS)


@pytest.fixture
def run(monkeypatch, capfd):
    """Runs a command in this process, to its exit status and what it wrote."""

    def run_command(*arguments, stdin=""):
        monkeypatch.setattr(sys, "argv", ["kallbot", *map(str, arguments)])
        content = stdin if isinstance(stdin, bytes) else stdin.encode()
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content), encoding="utf-8"))
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        code = ended.value.code
        return Ran(code if isinstance(code, int) else int(code is not None), *capfd.readouterr())

    return run_command


@pytest.fixture
def run_process(monkeypatch):
    """Runs a command in a process of its own, with the real model."""
    # The bundled model is unpacked in the user's cache, where other commands find it.
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")

    def run_command(*arguments, **options):
        done = subprocess.run(
            [KALLBOT, *map(str, arguments)], capture_output=True, timeout=120, **options
        )
        return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run_command


@pytest.fixture(scope="session")
def postgres():
    """A PostgreSQL server on loopback."""
    if reason := postgres_server.missing():
        pytest.skip(reason)
    with postgres_server.PostgresServer() as server:
        yield server
