"""What every home of an index does: a folder, and Milvus."""

from itertools import starmap

import numpy as np
import pytest

from embeddings.errors import IndexMismatch, IndexMissing
from embeddings.index.contract import rows_around
from embeddings.index.home import Folder
from embeddings.index.inspection import find_status, verify
from embeddings.index.milvus.home import MilvusHome
from embeddings.index.rows import load_document, load_passage
from embeddings.index.vectors import Vectors
from embeddings.index.word_index import WordIndex
from embeddings.language.words import stems
from embeddings.passages.cutting import cut_passages, embedding_text, text_hash
from embeddings.passages.document import make_document
from embeddings.passages.notices import digests_of, find_notices
from embeddings.passages.structure import find_blocks
from embeddings.reading.sources import FileReader
from embeddings.types import Metadata, Source
from tests.embeddings.passages.test_structure import MAIL, MINUTES, PAGE
from tests.fakes import FakeEncoder, index_words, rebuild_with, write
from tests.retrieval.corpus import ARTICLE

FILES = {"artikel.txt": ARTICLE, "brev.txt": MAIL, "år/möte.txt": MINUTES, "öppet.md": PAGE}
FILES |= {f"{n}.txt": f"Bro {n}\n\nBron över ån är {n} meter lång, sa Åsa.\n" for n in range(3)}
NEW = {"ny.txt": "Ny ål i ån, sa hon."}
MODEL = FakeEncoder().name
MARKS = [["budget"], ["ål"], ["bron", "över", "ån"], ["finns-inte"], []]
HALF_PRECISION = 1e-3


KINDS = pytest.mark.parametrize("kind", ["folder", "milvus"], scope="module")


@pytest.fixture(scope="module")
def new_home(kind, request, tmp_path_factory):
    """Makes homes of a kind, each empty."""

    def make():
        if kind == "folder":
            return Folder(tmp_path_factory.mktemp("hem") / "index å")
        return MilvusHome(request.getfixturevalue("milvus_server").make_database())

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        yield make


@pytest.fixture
def home(new_home):
    return new_home()


@pytest.fixture
def documents(tmp_path):
    return write(tmp_path / "dokument å", FILES)


@pytest.fixture
def made(home, documents):
    """An index of the documents in the home, to do things to."""
    rebuild_with(documents, home)
    opened = home.open(MODEL)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def index(new_home, tmp_path_factory):
    """An index of the documents, to look at."""
    home = new_home()
    rebuild_with(write(tmp_path_factory.mktemp("dokument å"), FILES), home)
    opened = home.open(MODEL)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def passages():
    """What the index has to hold, made without one."""
    parsed = [
        (source, find_blocks(source))
        for source in (Source(name, text, Metadata()) for name, text in sorted(FILES.items()))
    ]
    notices = find_notices(starmap(digests_of, parsed))
    made = [make_document(source, blocks, notices) for source, blocks in parsed]
    return [passage for document in made for passage in cut_passages(document)]


@pytest.fixture(scope="module")
def words(passages, tmp_path_factory):
    return index_words(tmp_path_factory.mktemp("words"), passages)


@pytest.fixture(scope="module")
def vectors(passages, tmp_path_factory):
    encoder, folder = FakeEncoder(), tmp_path_factory.mktemp("vectors")
    Vectors.write(folder, encoder.embed_passages([embedding_text(one) for one in passages]))
    hidden = [row for row, passage in enumerate(passages) if passage.is_notice]
    return Vectors.read(folder, np.array(hidden, np.int64))


def every_row(index):
    return np.arange(len(index))


# What is in it


@KINDS
def test_the_passages_come_back_in_the_order_asked_for(index, passages):
    rows = [4, 0, len(passages) - 1, 4]
    assert len(index) == len(passages)
    assert index.passages(rows) == [passages[row] for row in rows]
    assert index.passages([]) == []


@KINDS
def test_the_rows_around_an_offset_are_found_in_its_document(index, passages):
    for name in FILES:
        rows = [row for row, one in enumerate(passages) if one.document.name == name]
        for place, row in enumerate(rows):
            for offset in (passages[row].start, passages[row].end - 1):
                assert rows_around(index, name, offset) == [row]
                assert rows_around(index, name, offset, 1) == rows[max(place - 1, 0) : place + 2]
    assert rows_around(index, "finns inte", 0) == []


@KINDS
def test_the_documents_and_the_files_are_there(index, passages):
    store = index.store
    documents = list(store.documents())
    assert [document.name for document in documents] == sorted(FILES)
    assert {document.name: document.text for document in documents} == FILES
    assert store.rows_of("öppet.md") == [
        row for row, passage in enumerate(passages) if passage.document.name == "öppet.md"
    ]
    assert store.rows_of("finns inte") == []
    assert store.file_of("år/möte.txt") == "år/möte.txt"
    assert list(store.file_hashes()) == [file.name for file in store.read_files()] == sorted(FILES)
    hashes = [text_hash(embedding_text(passage)) for passage in passages]
    assert store.hashes(slice(2, len(passages))) == hashes[2:]
    found = store.rows_with({hashes[3], "borta"})
    assert {hashes[row]: row for row in found.values()} == found
    assert list(found) == [hashes[3]]


@KINDS
def test_a_file_comes_back_with_what_was_made_of_it(index, passages):
    made = index.store.made_file("öppet.md")
    assert (made.file.name, made.names) == ("öppet.md", ["öppet.md"])
    [row] = made.documents
    [document] = {passage.document.name: passage.document for passage in passages
                  if passage.document.name == "öppet.md"}.values()  # fmt: skip
    assert load_document(row) == document
    there = [load_passage(document, one) for one in index.store.made_passages(row[0])]
    assert there == [passage for passage in passages if passage.document == document]
    assert index.store.notices().digests


@KINDS
def test_the_vectors_come_back_in_any_order(index, vectors):
    rows = np.array([3, 0, 3, len(index) - 1])
    assert index.vectors.at(rows) == pytest.approx(vectors.at(rows), abs=HALF_PRECISION)
    assert len(index.vectors) == len(vectors)


# Scores


@KINDS
def test_cosines_are_those_of_the_vectors(index, passages, vectors):
    for passage in passages[::3]:
        query = FakeEncoder().embed_query(passage.text)
        found, right = index.vectors.scores(query), vectors.scores(query)
        best = found.at(found.best(5))
        assert np.sort(best) == pytest.approx(np.sort(right.at(right.best(5))), abs=HALF_PRECISION)
        everywhere = every_row(index)
        assert found.at(everywhere) == pytest.approx(right.at(everywhere), abs=HALF_PRECISION)
        assert found.spread() == pytest.approx(right.spread(), abs=HALF_PRECISION)


@pytest.mark.parametrize("marks", MARKS)
@KINDS
def test_scores_of_words_are_those_of_bm25(index, passages, words, marks):
    right = words.scores(marks).at(every_row(index))
    found = index.words.scores(marks)
    best = found.best(4)
    allowed = [score for score, one in zip(right, passages, strict=True) if not one.is_notice]
    highest = [score for score in sorted(allowed, reverse=True)[:4] if score > 0]
    assert sorted(right[best], reverse=True) == pytest.approx(highest)
    assert found.at(every_row(index)) == pytest.approx(right, abs=1e-6)
    assert found.spread() == pytest.approx((right.mean(), right.std()), abs=1e-6)


@KINDS
def test_a_mark_that_is_asked_twice_counts_twice(index):
    once, twice = (index.words.scores(["bron"] * times).at(every_row(index)) for times in (1, 2))
    assert once.any()
    assert twice == pytest.approx(2 * once)


@KINDS
def test_weights_and_vocabulary_are_those_of_the_words(index, words):
    for mark in ("och", "budget", "finns-inte"):
        assert index.words.weight(mark) == pytest.approx(words.weight(mark))
    assert index.words.vocabulary.count("budget") == words.vocabulary.count("budget")
    assert index.words.vocabulary.corrected("budgetn") == words.vocabulary.corrected("budgetn")


@KINDS
def test_notices_are_never_best_and_have_their_scores(index, passages):
    notices = {row for row, passage in enumerate(passages) if passage.is_notice}
    assert notices
    assert set(index.notice_rows.tolist()) == notices
    dense = index.vectors.scores(FakeEncoder().embed_query(passages[min(notices)].text))
    words = index.words.scores(stems("generalsekreterare"))
    for scores in (dense, words):
        assert not notices & set(scores.best(1000).tolist())
        assert scores.at(index.notice_rows).any()


# Publishing


@KINDS
def test_an_empty_home_says_how_to_make_an_index(home):
    for read in (home.read_manifest, lambda: home.open(MODEL), lambda: find_status(home)):
        with pytest.raises(IndexMissing, match=r"no index in .*make it with `kallbot rebuild"):
            read()


@KINDS
def test_an_index_of_another_model_is_refused_with_both_names(home, made):
    with pytest.raises(IndexMismatch, match=rf"{MODEL}, not KBLab/å@1: .*`kallbot rebuild"):
        home.open("KBLab/å@1")


@KINDS
def test_a_new_version_is_current_at_once_and_a_reader_keeps_the_old(home, made, documents):
    before = made.passages(every_row(made).tolist())
    rebuild_with(write(documents.parent / "andra", NEW), home)
    newer = home.open(MODEL)
    assert [passage.text for passage in newer.passages([0])] == list(NEW.values())
    assert newer.manifest == home.read_manifest() != made.manifest
    assert made.passages(every_row(made).tolist()) == before
    assert len(made.words.scores(["budget"]).best(3))
    assert len(made.vectors.scores(FakeEncoder().embed_query("bron")).best(3)) == 3
    newer.close()


class Crash(BaseException):
    """What ends a process, as far as the code can see it."""


@KINDS
def test_the_old_version_answers_when_writing_a_new_one_breaks_off(
    home, made, documents, monkeypatch
):
    def crash(*_):
        raise Crash

    monkeypatch.setattr(WordIndex, "write", crash)
    with pytest.raises(Crash):
        rebuild_with(write(documents, NEW), home)
    monkeypatch.undo()
    assert home.read_manifest() == made.manifest
    assert "ny.txt" in rebuild_with(documents, home).added
    opened = home.open(MODEL)
    assert "ny.txt" in opened.store.file_hashes()
    opened.close()


# Rebuilding


@KINDS
def test_an_unchanged_folder_changes_nothing(home, made, documents, monkeypatch):
    monkeypatch.setattr(FileReader, "read", None)  # nor is it read
    report = rebuild_with(documents, home)
    assert report.is_unchanged
    assert home.read_manifest() == made.manifest


@KINDS
def test_only_what_is_new_is_embedded(home, made, documents):
    encoder = FakeEncoder()
    report = rebuild_with(write(documents, NEW), home, encoder)
    assert len(encoder.embedded) == report.embedded == 1
    opened = home.open(MODEL)
    verify(opened, FakeEncoder(), sample=100)
    opened.close()


@KINDS
def test_status_and_verify_look_it_through(home, made, documents):
    found = verify(made, FakeEncoder(), sample=5)
    assert (found.passages, found.embedded_again) == (len(made), 5)
    write(documents, NEW)
    status = find_status(home)
    assert status.manifest == made.manifest
    assert status.files == len(FILES)
    assert status.pending.added == ("ny.txt",)
