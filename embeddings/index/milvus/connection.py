"""Calls to a Milvus server; failures become errors of one line."""

import logging
import threading
from typing import Any, Final

from embeddings.errors import IndexUnreachable

READING: Final = 20
"""Timeout of a read, in seconds."""
WRITING: Final = 600
"""Timeout for a collection to be written to disk, indexed or loaded, in seconds."""
NO_IDLE_PINGS: Final = {"grpc.keepalive_permit_without_calls": 0}
"""pymilvus pings every ten seconds; servers with gRPC's own limits end idle connections for it."""
_CONNECT_FAILED: Final = 2
_NOT_FOUND: Final = (100, 1600)  # a collection, an alias


class NotThere(Exception):  # noqa: N818 - a state of the server
    """No collection or alias has this name."""


class Connection:
    """A client that connects on its first call; thread-safe."""

    def __init__(self, uri: str, token: str | None) -> None:
        """`uri` is http(s)://host:port, optionally followed by the name of a database."""
        self.uri = uri
        self._token = token
        self._client: Any = None
        self._lock = threading.Lock()

    def call(self, method: str, *values: Any, timeout: int = READING, **named: Any) -> Any:
        """Call a method of `MilvusClient` and return its result; raises NotThere or
        IndexUnreachable."""
        # Imported here: the import takes a second or two, and most users have no Milvus.
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
            # A code that is not a number means that the call did not reach the server.
            if error.code == _CONNECT_FAILED or not isinstance(error.code, int):
                raise self._silent(error.message) from error
            raise self._refused(error.message) from error
        except grpc.RpcError as error:
            raise self._silent(error.details() or error.code().name) from error

    def _connected(self) -> Any:
        with self._lock:
            if self._client is None:
                from pymilvus import MilvusClient

                # Each error is reported in a line of our own; pymilvus logs tracebacks.
                logging.getLogger("pymilvus").setLevel(logging.CRITICAL)
                self._client = MilvusClient(
                    self.uri, token=self._token or "", timeout=READING, grpc_options=NO_IDLE_PINGS
                )
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
