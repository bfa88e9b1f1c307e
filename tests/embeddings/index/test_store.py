import sqlite3
from datetime import date
from itertools import count
from threading import Thread

import pytest

from embeddings.budget import bounded
from embeddings.errors import IndexDamaged, QuestionTooHeavy
from embeddings.index.draft import Draft
from embeddings.index.rows import load_document, load_passage
from embeddings.index.store import Store
from embeddings.passages.cutting import cut_passages
from embeddings.passages.notices import Notices, digests_of
from embeddings.reading.result import ReadFile
from embeddings.types import (
    Block,
    BlockKind,
    Context,
    Document,
    Entity,
    EntityKind,
    Metadata,
    Passage,
    Source,
)
from tests.embeddings.passages.test_cutting import NEWS
from tests.embeddings.passages.test_structure import MAIL, MINUTES, PAGE
from tests.fakes import make_documents

WHOLE = Document(
    "år/ö 'quote\".md",
    "Åsa 🎉 kom\u2028\x01 till\u00a0ån.",
    Metadata("Ån", "Föreningen", "protokoll", date(2023, 9, 23), "https://ån.se/?a=1&b='", "sv"),
    (Block(BlockKind.HEADING, 0, 3, 1), Block(BlockKind.ROW, 4, 9)),
    (0, 4),
    (Entity(EntityKind.PERSON, 0, 3, "åsa ek"), Entity(EntityKind.DATE, 4, 9, "--05-12")),
)
NOTICES = Notices(frozenset({-(2**63), 0, 2**63 - 1}))


@pytest.fixture
def documents():
    return [
        *make_documents({"c.txt": MINUTES, "a.txt": MAIL, "ö.md": PAGE, "b.txt": NEWS}),
        WHOLE,
    ]


def read_file(document):
    """The file of a text document, as it was read."""
    source = Source(document.name, document.text, document.metadata, pages=document.pages)
    return ReadFile(document.name, f"file {document.name}", (source,))


def add(draft, document):
    file = read_file(document)
    draft.add(file, [digests_of(file.sources[0], document.blocks)])


@pytest.fixture
def passages(documents):
    own = Passage(
        WHOLE, BlockKind.STATEMENT, 4, 9, Context("Ån", ("Å", 'Ä "', ""), "Lead å", "12 maj")
    )
    return [*(passage for document in documents for passage in cut_passages(document)), own]


@pytest.fixture
def store(tmp_path, documents, passages):
    path = tmp_path / "sökindex? 100% #1" / "documents.sqlite"
    path.parent.mkdir()
    with Draft(path) as draft:
        for document in documents:
            add(draft, document)
        hashes = (f"passage {row}" for row in count())
        for number, document in enumerate(documents):
            own = [passage for passage in passages if passage.document is document]
            draft.complete(number, document, zip(own, hashes, strict=False))
        opened = draft.finish(NOTICES)
        yield opened
        opened.close()


def test_documents_come_back_as_they_were_in_the_order_of_their_names(store, documents):
    assert list(store.documents()) == sorted(documents, key=lambda document: document.name)


def test_passages_come_back_as_they_were_in_the_order_asked_for(store, passages):
    rows = list(range(len(passages)))[::-1]
    assert store.passages(rows) == passages[::-1]
    assert store.passages([2, 0]) == [passages[2], passages[0]]
    assert store.passages([]) == []
    assert store.passages([0])[0].text == passages[0].text


def test_a_row_that_is_not_there_is_an_error(store, passages):
    with pytest.raises(KeyError):
        store.passages([len(passages)])


def test_rows_are_found_by_document(store, passages):
    for document in ("a.txt", WHOLE.name):
        rows = [row for row, passage in enumerate(passages) if passage.document.name == document]
        assert store.rows_of(document) == rows
    assert store.rows_of("borta.txt") == []


def test_rows_of_notices_are_found(tmp_path):
    [document] = make_documents({"a.txt": "Gammal sida.\n\nMöte i Ås\n\nÅsa kom.\n\nGammal sida."})
    with Draft(tmp_path / "å.sqlite") as draft:
        add(draft, document)
        draft.complete(0, document, [(one, one.text) for one in cut_passages(document)])
        store = draft.finish(NOTICES)
        notices = store.passages(store.notice_rows())
        store.close()
    assert [passage.text for passage in notices] == ["Gammal sida."] * 2


def test_sources_come_back_before_documents_are_made_of_them(tmp_path, documents):
    path = tmp_path / "å.sqlite"
    with Draft(path) as draft:
        for document in documents:
            add(draft, document)
        assert len(draft) == len(documents)
        for number, document in enumerate(documents):
            [source] = read_file(document).sources
            assert draft.source(number) == source
            assert draft.digests(number) == digests_of(source, document.blocks)
            assert draft.number_before(number) is None
    assert not path.exists()


def test_a_draft_takes_over_what_a_store_has(store, tmp_path, documents, passages):
    kept = documents[::-2]
    with Draft(tmp_path / "å.sqlite") as draft:
        add(draft, documents[1])
        for document in kept:
            draft.take_over(store.made_file(document.name))
        own = [passage for passage in passages if passage.document is documents[1]]
        draft.complete(0, documents[1], [(passage, passage.text) for passage in own])
        for number in range(1, len(draft)):
            draft.put_passages(number, store.made_passages(draft.number_before(number)))
        rows = draft.rows_before
        taken = draft.finish(NOTICES)
    right = [passage for document in kept for passage in passages if passage.document is document]
    assert list(taken.every_passage()) == [*own, *right]
    assert (rows[: len(own)] == -1).all()
    assert store.passages(rows[len(own) :].tolist()) == right
    assert taken.hashes(slice(len(own), len(rows))) == [
        f"passage {row}" for row in rows[len(own) :]
    ]
    assert [taken.file_of(document.name) for document in kept] == [one.name for one in kept]
    assert taken.notices() == NOTICES
    taken.close()


def test_a_draft_is_begun_again_where_one_was_left(tmp_path, documents):
    path = tmp_path / "å.sqlite"
    path.write_bytes(b"SQLite format 3\0, cut short")
    with Draft(path) as draft:
        add(draft, documents[0])
        store = draft.finish(NOTICES)
        assert (store.document_count, store.passage_count) == (1, 0)
        assert list(store.every_passage()) == []
        store.close()


@pytest.mark.parametrize("at_a_time", [2, 500])
def test_a_store_that_is_moved_is_read_on(store, passages, tmp_path, monkeypatch, at_a_time):
    monkeypatch.setattr("embeddings.index.store._QUERY_VALUES", at_a_time)
    store.move(tmp_path / "documents.sqlite")
    assert list(store.every_passage()) == passages


def test_a_draft_that_cannot_be_begun_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr("embeddings.index.draft.SCHEMA", "CREATE")
    with pytest.raises(sqlite3.Error), Draft(tmp_path / "å.sqlite"):
        pass
    assert not list(tmp_path.iterdir())


def test_hashes_come_back(store, documents, passages):
    assert store.file_hashes() == {d.name: f"file {d.name}" for d in documents}
    assert store.hashes(slice(0, len(passages))) == [f"passage {n}" for n in range(len(passages))]
    assert store.rows_with({"passage 2", "passage 0", "borta"}) == {"passage 2": 2, "passage 0": 0}
    assert store.hashes(slice(1, 3)) == ["passage 1", "passage 2"]


def test_documents_come_with_their_passages_and_files_in_the_order_of_reading(
    store, documents, passages
):
    made = list(store.made_documents())
    assert [load_document(row) for row, _ in made] == documents
    there = [load_passage(load_document(row), one) for row, rows in made for one in rows]
    assert there == passages
    assert store.document_files() == [(one.name, one.name) for one in documents]


def test_a_store_that_cannot_be_read_is_an_error_of_its_index(store, tmp_path):
    path = tmp_path / "skadad.sqlite"
    path.write_bytes(b"SQLite format 3\0" + bytes(5000))
    damaged = Store(path, lambda what: IndexDamaged(f"indexet: {what}"))
    for read in (damaged.notices, damaged.read_files, lambda: damaged.rows_with({"å"})):
        with pytest.raises(IndexDamaged, match=r"^indexet: documents.sqlite$"):
            read()
    damaged.close()


def test_reading_leaves_nothing_beside_the_file(store, tmp_path):
    list(store.documents())
    [folder] = tmp_path.iterdir()
    assert [path.name for path in folder.iterdir()] == ["documents.sqlite"]


def test_threads_may_share_a_store(store, passages):
    wrong = []

    def read():
        for row, passage in enumerate(passages):
            if store.passages([row]) != [passage]:
                wrong.append(row)

    threads = [Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_entities_of_a_document_are_kept_and_a_passage_has_those_within_it(store):
    whole = next(one for one in store.documents() if one.name == WHOLE.name)
    assert tuple(whole.entities) == WHOLE.entities
    assert whole.entities[-1] == WHOLE.entities[-1]
    assert len(whole.entities) == len(WHOLE.entities)
    *_, passage = store.passages(store.rows_of(WHOLE.name))
    assert passage.entities == [WHOLE.entities[1]]


def test_document_is_loaded_without_looking_at_its_entities(store):
    [row] = [row for row, _ in store.made_documents() if row[1] == WHOLE.name]
    broken = tuple("{" if isinstance(one, str) and '"åsa ek"' in one else one for one in row)
    assert load_document(broken).title == WHOLE.title


def test_few_large_documents_are_held_and_what_reads_too_much_of_them_is_declined(
    store, monkeypatch
):
    with bounded(memory=10), pytest.raises(QuestionTooHeavy):
        list(store.every_passage())
    whole = list(store.every_passage())
    monkeypatch.setattr("embeddings.index.store._CACHED_BYTES", 0)
    with bounded(memory=10**9):
        assert list(store.every_passage()) == whole
