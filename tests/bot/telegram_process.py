"""Starts the real bot process against the Bot API server on loopback."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.bot.telegram_documents import write_documents

ROOT = Path(__file__).parents[2]
MAIN = Path(__file__).with_name("telegram_main.py")
START_SECONDS = 120  # on a machine that is busy with something else


class BotProcess:
    """A bot process with a folder of its own; a context manager that ends it.

    Settings are given by their names in the environment, `access="open"` for KALLBOT_ACCESS.
    """

    def __init__(
        self, api, folder, *, delay=0.0, passage_delay=0.0, real_model=False, token=None, **settings
    ):
        self.folder = Path(folder)
        self.log_file = self.folder / "bot.log"
        self._command = (
            [sys.executable, "-m", "bot.telegram"]
            if real_model
            else [sys.executable, str(MAIN), str(delay), str(passage_delay)]
        )
        token = api.token if token is None else token
        given = {"index": self.folder / "index", "state": self.folder / "state",
                 "telegram_base_url": api.base_url, "access": "open",
                 "telegram_questions_per_minute": 1000, "telegram_chat_interval": 0,
                 # How sure the engine is, and what it makes of history, is not tested here.
                 "threshold": 0, "telegram_history_questions": 0,
                 **settings}  # fmt: skip
        self._environment = {
            **{name: value for name, value in os.environ.items() if "KALLBOT" not in name},
            "PYTHONPATH": str(ROOT),
            **({"TELEGRAM_BOT_TOKEN": token} if token else {}),
            **{f"KALLBOT_{name.upper()}": str(value) for name, value in given.items()
               if value is not None},
        }  # fmt: skip
        self.process = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.kill()

    def start(self, ready=True):
        """Start the process, and wait until it serves."""
        self.folder.mkdir(exist_ok=True, parents=True)
        before = self.log
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                self._command, env=self._environment, cwd=self.folder, stdout=log, stderr=log
            )
        if ready:
            self.wait_for_log("running as", START_SECONDS, before)

    def wait_for_log(self, text, timeout=20, before=""):
        """Wait until the process has written a text, after what it had written `before`."""
        end = time.monotonic() + timeout
        while text not in self.log[len(before) :]:
            status = self.process.poll()
            assert status is None, f"the bot ended with status {status}:\n{self.log}"
            late = f"the bot has not written {text!r} within {timeout} s:\n{self.log}"
            assert time.monotonic() < end, late
            time.sleep(0.05)

    @property
    def log(self):
        """All that the process has written."""
        return self.log_file.read_text() if self.log_file.exists() else ""

    def kill(self):
        """kill -9."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def terminate(self, timeout=12):
        """SIGTERM; returns the exit status and the seconds it took."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout)
        return status, time.monotonic() - began

    def wait(self, timeout=30):
        """Wait until the process ends; returns the exit status."""
        return self.process.wait(timeout)

    @property
    def memory(self):
        """Resident memory in MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024


def bot_fixture(**settings):
    """A fixture: a bot process for all tests of a module, over documents of its own."""

    @pytest.fixture(scope="module", autouse=True)
    def bot(api, tmp_path_factory):
        folder = tmp_path_factory.mktemp("bot")
        documents = write_documents(folder / "documents")
        with BotProcess(api, folder, documents=documents, **settings) as process:
            yield process

    return bot
