"""Calls to a Milvus server; what goes wrong is an error of one line."""

import logging
import threading
from typing import Any, Final

from embeddings.errors import IndexUnreachable

READING: Final = 20
"""Seconds that an answer is waited for."""
WRITING: Final = 600
"""Seconds that a collection is waited for: to be on the disk, to be indexed, to be loaded."""
_CONNECT_FAILED: Final = 2
_NOT_FOUND: Final = (100, 1600)  # a collection, an alias


class NotThere(Exception):  # noqa: N818 - a state of the server
    """There is no collection or alias of this name."""


class Connection:
    """A client that connects at its first call; safe to share between threads."""

    def __init__(self, uri: str, token: str | None) -> None:
        """`uri` is http(s)://host:port, with the name of a database after it if there is one."""
        self.uri = uri
        self._token = token
        self._client: Any = None
        self._lock = threading.Lock()

    def call(self, method: str, *values: Any, timeout: int = READING, **named: Any) -> Any:
        """What a method of `MilvusClient` returns; raises NotThere or IndexUnreachable."""
        # Imported here, since it takes a second or two, and most have no Milvus.
        try:
            import grpc
            from pymilvus.exceptions import MilvusException
        except ImportError as error:
            raise IndexUnreachable(
                "an index in Milvus needs pymilvus: install it with `pip install 'kallbot[milvus]'`"
            ) from error
        try:
            return getattr(self._connected(), method)(*values, timeout=timeout, **named)
        except MilvusException as error:
            if error.code in _NOT_FOUND:
                raise NotThere from error
            # A code that is no number is that of a call which did not get through.
            if error.code == _CONNECT_FAILED or not isinstance(error.code, int):
                raise self._silent(error.message) from error
            raise self._refused(error.message) from error
        except grpc.RpcError as error:
            raise self._silent(error.details() or error.code().name) from error

    def _connected(self) -> Any:
        with self._lock:
            if self._client is None:
                from pymilvus import MilvusClient

                # Each error is told in a line of our own; theirs come with tracebacks.
                logging.getLogger("pymilvus").setLevel(logging.CRITICAL)
                self._client = MilvusClient(self.uri, token=self._token or "", timeout=READING)
            return self._client

    def _silent(self, reason: str) -> IndexUnreachable:
        return IndexUnreachable(
            f"Milvus at {self.uri} does not answer ({_line(reason)}): start it, or correct "
            "KALLBOT_MILVUS_URI and KALLBOT_MILVUS_TOKEN"
        )

    def _refused(self, reason: str) -> IndexUnreachable:
        return IndexUnreachable(
            f"Milvus at {self.uri} refuses ({_line(reason)}): mend that there, and try again"
        )


def _line(reason: str) -> str:
    return " ".join(reason.split())
