"""What operating systems do in different ways: limits on a process, its end, and a sure write.

Linux and macOS limit what a process may use; Windows has no such limits here, and there a reader
that hangs is ended only because it gives no sign of life.
"""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]


def limit_memory(size: int) -> None:
    """Let this process have so many bytes, and leave no image of it on the disk if it crashes."""
    if resource is None:
        return
    with suppress(OSError, ValueError):  # macOS takes no limit below what a process has mapped
        resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def allow_processor_time(seconds: int) -> None:
    """Have the system end this process after so many more seconds on the processor."""
    if resource is None:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime) + seconds + 1
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))


def ran_out_of_time(status: int | None) -> bool:
    """Whether a process of this exit status was ended for its time on the processor."""
    number = getattr(signal, "SIGXCPU", None)
    return number is not None and status == -number


def most_memory() -> int | None:
    """The most bytes that this process has had, where the system tells."""
    if resource is None:
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def kill_group(process: "subprocess.Popen[bytes]") -> None:
    """End a process that leads a session, and where there are groups what it has started."""
    with suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


def sync(path: Path) -> None:
    """Wait until a file, or a folder's list of names, is on the disk."""
    if path.is_dir() and os.name == "nt":
        return  # Windows cannot open a folder, and keeps its names in a journal
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
