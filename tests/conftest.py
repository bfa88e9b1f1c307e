import time
from types import SimpleNamespace

import pytest

from tests.milvus_server import MilvusServer


@pytest.fixture(scope="session")
def milvus_server(tmp_path_factory):
    """A Milvus server for all tests."""
    pytest.importorskip("pymilvus", reason="pymilvus is not installed")
    pytest.importorskip("milvus_lite", reason="milvus-lite is not installed")
    # The client looks twice a second whether an index is made; this server makes it at once.
    hurried = SimpleNamespace(**{**vars(time), "sleep": lambda seconds: time.sleep(seconds / 50)})
    with (
        pytest.MonkeyPatch.context() as patch,
        MilvusServer(tmp_path_factory.mktemp("milvus") / "data") as server,
    ):
        patch.setattr("pymilvus.client.grpc_handler.time", hurried)
        yield server


@pytest.fixture
def milvus_uri(milvus_server):
    """The address of an empty database."""
    return milvus_server.make_database()
