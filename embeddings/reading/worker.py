"""`python -m embeddings.reading.worker`: the process that reads potentially harmful formats.

Standard input: a line of JSON (name, format, size), then that many bytes, repeatedly. Standard
output: a line of JSON for each, preceded by `.` lines as signs of life. The process has limited
memory, limited time for each file, and may write no file.
"""

import json
import os
import sys
from typing import Any, BinaryIO

from embeddings.errors import DocumentError
from embeddings.reading.progress import tell_to
from embeddings.reading.registry import FORMATS
from embeddings.reading.result import FileContents, dump_source
from embeddings.system import allow_processor_time, limit_memory

ALIVE = b".\n"


def main() -> None:
    """Read files until standard input ends."""
    memory, seconds = map(int, sys.argv[1:])
    requests, replies = sys.stdin.buffer, _replies()
    limit_memory(memory)

    def alive() -> None:
        _write(replies, ALIVE)

    tell_to(alive)
    while head := requests.readline():
        asked = json.loads(head)
        content = requests.read(asked["size"])
        allow_processor_time(seconds)
        reply = _reply(asked["name"], asked["format"], content)
        _write(replies, json.dumps(reply).encode() + b"\n")


def _replies() -> BinaryIO:
    """The standard output, for replies only: output of libraries is discarded."""
    replies = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    return replies


def _reply(name: str, suffix: str, content: bytes) -> dict[str, Any]:
    try:
        contents = _read(name, suffix, content)
    except DocumentError as error:
        return {"error": str(error)}
    except MemoryError:
        return {"error": "needs more memory than a document may take; divide it"}
    except RecursionError:
        return {"error": "damaged: nested too deep; save it again"}
    except Exception:
        return {"error": "damaged, or not what its name says; save it again"}
    return {"sources": list(map(dump_source, contents.sources)), "notes": contents.notes}


def _read(name: str, suffix: str, content: bytes) -> FileContents:
    chosen = next(one for one in FORMATS if suffix in one.suffixes)
    return chosen.adapter()(name, content)


def _write(replies: BinaryIO, line: bytes) -> None:
    replies.write(line)
    replies.flush()


if __name__ == "__main__":
    main()
