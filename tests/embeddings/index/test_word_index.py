"""The weights of words are those of bm25s, however many passages are counted at a time."""

import random

import bm25s
import numpy as np
import pytest

from embeddings.index import mark_lists
from embeddings.language.marks import find_marks
from embeddings.passages.cutting import cut_passages
from embeddings.types import Passage
from tests.fakes import index_words, make_documents


def drawn(count: int) -> list[Passage]:
    """Passages of a few words, some of them often, and some passages without any."""
    draw = random.Random(7)
    words = "ån bron ålen åsa örjan mötet budgeten simmar kom till oss i går".split()
    texts = {
        f"{number:03}.txt": f"{number}\n\n" + " ".join(draw.choices(words, k=draw.randint(4, 30)))
        for number in range(count)
    }
    texts["tom.txt"] = "§\n\n… – …"
    return [passage for document in make_documents(texts) for passage in cut_passages(document)]


@pytest.mark.parametrize("at_a_time", [1, 3, 8192])
def test_the_scores_are_those_that_bm25s_gives_for_the_same_marks(tmp_path, monkeypatch, at_a_time):
    monkeypatch.setattr(mark_lists, "_PASSAGE_BATCH", at_a_time)
    passages = drawn(40)
    index = index_words(tmp_path, passages)
    lists = [find_marks(_text(passage)) or [""] for passage in passages]
    peer = bm25s.BM25(method="lucene")
    peer.index(lists, show_progress=False)
    assert len(passages) > 30
    rows = np.arange(len(passages))
    for mark in {mark for marks in lists for mark in marks} - {""}:
        assert index.scores([mark]).at(rows) == pytest.approx(peer.get_scores([mark]), abs=1e-6)


def _text(passage: Passage) -> str:
    context = passage.context
    return "\n".join([context.title, *context.headings, context.event_date, passage.text])
