"""Platform differences: resource limits of a process, ending it, and durable writes.

Linux and macOS can limit the resources of a process; Windows has no such limits here, so a reader
that hangs is ended only because it stops sending signs of life.
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
    """Limit the memory of this process to `size` bytes, and disable core dumps."""
    if resource is None:
        return
    with suppress(OSError, ValueError):  # macOS refuses a limit below what is already mapped
        resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def allow_processor_time(seconds: int) -> None:
    """Have the system end this process after this many more seconds of processor time."""
    if resource is None:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime) + seconds + 1
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))


def ran_out_of_time(status: int | None) -> bool:
    """Whether this exit status means that the process exceeded its processor time."""
    number = getattr(signal, "SIGXCPU", None)
    return number is not None and status == -number


def most_memory() -> int | None:
    """The peak memory of this process in bytes; None where the system does not report it."""
    if resource is None:
        return None
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def kill_group(process: "subprocess.Popen[bytes]") -> None:
    """Kill a process that leads a session and, where process groups exist, its children."""
    with suppress(OSError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


def sync(path: Path) -> None:
    """Flush a file, or the entries of a folder, to disk."""
    if path.is_dir() and os.name == "nt":
        return  # Windows cannot open a folder, and journals its entries
    descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
