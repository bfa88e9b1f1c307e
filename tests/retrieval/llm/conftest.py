import pytest

from retrieval.question import understand
from retrieval.types import Answer, Outcome
from tests.retrieval.support import hits_of, make_document_of

BRIDGE = (
    "Ny bro över Klarälven\n\n"
    "Bron över Klarälven kostade 87 miljoner kronor och invigdes den 12 april 2018 av Anna "
    "Berg.\n\n"
    "Trafikverket byggde bron tillsammans med Karlstads kommun. Arbetet tog tre år.\n\n"
    "Deltagare:\n\n- Boverket\n- Skolverket\n- Polismyndigheten\n"
)


@pytest.fixture
def make_answer():
    """Makes Källbot's own answer to a question, with the passages of texts as its hits."""

    def make(question, *texts, history=(), outcome=Outcome.FOUND, **metadata):
        documents = [make_document_of(text, f"{number}.txt", **metadata)
                     for number, text in enumerate(texts or (BRIDGE,))]  # fmt: skip
        understood = understand(question)
        hits = tuple(hits_of(*documents))
        return Answer(understood, outcome, 0.2, hits=hits)

    return make
