import pytest

from tests.retrieval.support import make_engine


@pytest.fixture
def engine_of(tmp_path):
    """Makes an engine over texts of a test's own; a threshold of 0 refuses nothing as too weak."""
    made = []

    def make(texts, threshold=0.0):
        made.append(make_engine(tmp_path / str(len(made)), texts, threshold))
        return made[-1]

    yield make
    for one in made:
        one.index.close()
