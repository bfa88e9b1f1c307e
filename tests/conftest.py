import time
from types import SimpleNamespace

import pytest

from tests.fakes import SCORER, OverlapReader
from tests.milvus_server import MilvusServer
from tests.retrieval.corpus import DOCUMENTS
from tests.retrieval.support import WordEncoder, make_engine

_LONG = ("test_telegram_faults", "test_seeds", "test_linear", "test_encoder", "test_hostile",
         "test_formats", "test_cases", "test_isolation")  # fmt: skip


def pytest_collection_modifyitems(items):
    """Put the files that take longest first, so that the processes end together."""
    items.sort(key=lambda item: item.path.stem not in _LONG)


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


@pytest.fixture
def word_encoder(monkeypatch):
    """An encoder and a reader that go by words stand in for the models."""
    encoder = WordEncoder()
    monkeypatch.setattr("bot.loading.load_encoder", lambda *_, **__: encoder)
    monkeypatch.setattr("bot.loading.load_reader", lambda _: OverlapReader())
    for module in ("engine", "scoring"):
        monkeypatch.setattr(f"retrieval.{module}.load_scorer", lambda: SCORER)
    monkeypatch.setattr("bot.loading.encoder_name", lambda *_: encoder.name)
    return encoder


@pytest.fixture(scope="session")
def engine(tmp_path_factory):
    """An engine over the papers of the municipality."""
    made = make_engine(tmp_path_factory.mktemp("papers"), DOCUMENTS)
    yield made
    made.index.close()
