"""Reading in a separate process, which may run out of memory or time, or crash, by itself."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from embeddings.errors import DocumentError
from embeddings.reading.registry import Format
from embeddings.reading.result import FileContents, load_source
from embeddings.reading.worker import ALIVE
from embeddings.system import kill_group, ran_out_of_time

_ROOT = Path(__file__).parents[2]
_WORKER = (sys.executable, "-P", "-m", "embeddings.reading.worker")  # -P: ignore current folder
# Variables that programs need to find their parts; tokens and passwords are not passed on.
_INHERITED = (
    "PATH",
    "HOME",
    "LANG",
    "LC_",
    "TMP",
    "TEMP",
    "TESSDATA",
    "LD_LIBRARY_PATH",
    "COVERAGE",
)


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of the process: memory in bytes; processor time in seconds per file; and seconds
    without a sign of life, which it gives at every page."""

    memory: int = 2**30
    processor: int = 120
    silence: float = 300.0


class IsolatedReader:
    """Reads files in a process that is started on first use, and again after it died."""

    def __init__(self, limits: Limits | None = None, command: Sequence[str] = _WORKER) -> None:
        self._limits = limits or Limits()
        self._command = [*command, str(self._limits.memory), str(self._limits.processor)]
        self._process: subprocess.Popen[bytes] | None = None

    def read(self, chosen: Format, name: str, content: bytes) -> FileContents:
        """Read a file; raises DocumentError with the reason if it cannot be read."""
        process = self._process or self._start()
        is_silent = threading.Event()
        head = {"name": name, "format": chosen.suffixes[0], "size": len(content)}
        try:
            line = self._ask(process, json.dumps(head).encode() + b"\n" + content, is_silent)
            reply = json.loads(line)
            return _load(reply)
        except DocumentError:
            raise
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            self.close()
            raise DocumentError(self._cause(process, is_silent)) from error
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the process and its children."""
        process, self._process = self._process, None
        if process is None:
            return
        kill_group(process)
        with suppress(OSError):
            process.communicate()

    def _start(self) -> subprocess.Popen[bytes]:
        path = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")]))
        environment = {
            name: value for name, value in os.environ.items() if name.startswith(_INHERITED)
        }
        self._process = subprocess.Popen(  # noqa: S603
            self._command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**environment, "PYTHONPATH": path, "OMP_THREAD_LIMIT": "1"},
            start_new_session=True,  # so that Ctrl-C reaches only us
        )
        return self._process

    def _ask(
        self, process: subprocess.Popen[bytes], request: bytes, is_silent: threading.Event
    ) -> bytes:
        """The reply line to a request; empty if the process died or was silent."""
        assert process.stdin is not None  # noqa: S101 - both are pipes
        assert process.stdout is not None  # noqa: S101

        def give_up() -> None:
            is_silent.set()
            kill_group(process)

        line = ALIVE
        while line == ALIVE:
            timer = threading.Timer(self._limits.silence, give_up)
            timer.start()
            try:
                if request:
                    process.stdin.write(request)
                    process.stdin.flush()
                    request = b""
                line = process.stdout.readline()
            finally:
                timer.cancel()
        return line

    def _cause(self, process: subprocess.Popen[bytes], is_silent: threading.Event) -> str:
        """The reason that an ended process did not answer."""
        if is_silent.is_set() or ran_out_of_time(process.returncode):
            return "takes too long to read; divide it, or save it again"
        return "makes its reader crash; save it again, or convert it to text"


def _load(reply: dict[str, Any]) -> FileContents:
    if "error" in reply:
        raise DocumentError(str(reply["error"]))
    return FileContents(
        tuple(map(load_source, reply["sources"])), tuple(str(note) for note in reply["notes"])
    )
