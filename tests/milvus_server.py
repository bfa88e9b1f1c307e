"""The Milvus project's own local server, milvus-lite, started on loopback."""

import socket
import subprocess
import sys
import time
import uuid
from pathlib import Path

from embeddings.index.milvus.connection import NO_IDLE_PINGS


class MilvusServer:
    """A server with its data in a folder; a context manager that ends it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            self._port = taken.getsockname()[1]
        self.uri = f"http://127.0.0.1:{self._port}"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "MilvusServer":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start the server, and wait until it listens."""
        command = [sys.executable, "-m", "milvus_lite", "server", "--data-dir", self._folder,
                   "--host", "127.0.0.1", "--port", str(self._port)]  # fmt: skip
        with (self._folder.parent / "milvus.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        end = time.monotonic() + 30
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self._port), 0.2):
                    return
            except OSError:
                assert self._process.poll() is None
                assert time.monotonic() < end
                time.sleep(0.05)

    def stop(self) -> None:
        """End the server; what it holds stays in the folder."""
        assert self._process is not None
        self._process.terminate()
        self._process.wait(10)

    def make_database(self) -> str:
        """The address of a new database."""
        from pymilvus import MilvusClient

        name = f"d{uuid.uuid4().hex}"
        client = MilvusClient(self.uri, grpc_options=NO_IDLE_PINGS)
        client.create_database(name)
        client.close()
        return f"{self.uri}/{name}"
