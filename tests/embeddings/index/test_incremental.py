"""A rebuild after a change: the same index as one made from nothing, for the work of the change."""

import random

import numpy as np
import pytest

from embeddings import rebuild as rebuild_module
from embeddings.index import manifest as manifest_module
from embeddings.index import publishing as index_module
from embeddings.index import word_index
from embeddings.index.publishing import open_index
from tests.embeddings.passages.test_notices import articles
from tests.embeddings.passages.test_structure import MAIL, MINUTES, PAGE
from tests.fakes import FakeEncoder, rebuild_with, write

MODEL = FakeEncoder().name
FOOT = "Vi använder kakor för att göra sidan bättre, året om."
FILES = {"möte.txt": MINUTES, "brev.txt": MAIL, "öppet.md": PAGE}
FILES |= articles(bottom=FOOT, count=4)
FILES |= {"bidrag.csv": "Namn;Belopp\nÅsa;10 kr\nÖrjan;20 kr\n", "trasig.pdf": "%PDF-1.4"}


@pytest.fixture
def documents(tmp_path):
    return write(tmp_path / "dokument å", FILES)


@pytest.fixture
def index(tmp_path, documents):
    rebuild_with(documents, tmp_path / "index å")
    return tmp_path / "index å"


@pytest.fixture
def work(monkeypatch):
    """The names of the documents that are made, and how often marks are looked for."""
    made, marked = [], []

    def counted(function, told, name):
        def call(one, *others):
            told.append(name(one))
            return function(one, *others)

        return call

    monkeypatch.setattr(
        rebuild_module,
        "make_document",
        counted(rebuild_module.make_document, made, lambda source: source.name),
    )
    monkeypatch.setattr(
        word_index, "find_marks", counted(word_index.find_marks, marked, lambda text: text)
    )
    return made, marked


def everything(folder):
    """All that an index holds, however it numbers its marks."""
    index = open_index(folder, MODEL)
    rows = np.arange(len(index))
    words, vectors = index.words, index.vectors.at(rows)
    counts = words.counts()
    marks = sorted(counts)
    names = {number: mark for mark, number in words.marks().items()}
    said = {
        "files": index.store.read_files(),
        "documents": list(index.store.documents()),
        "passages": index.passages(rows.tolist()),
        "hashes": index.store.hashes(slice(0, len(index))),
        "made": [index.store.made_file(file.name) for file in index.store.read_files()],
        "notices": index.store.notices(),
        "rows": index.notice_rows.tolist(),
        "forms": dict(words.forms),
        "counts": counts,
        "marks": [sorted(names[number] for number in words.lists().numbers(row, row + 1).tolist())
                  for row in rows],
    }  # fmt: skip
    scores = np.stack([words.scores([mark]).at(rows) for mark in marks])
    nearest = vectors[index.vectors.nearest(vectors[0], 25)] @ vectors[0]
    index.close()
    return said, (vectors, scores, np.sort(nearest)[-5:])


def assert_same(folder, documents, scratch):
    rebuild_with(documents, scratch)
    (said, arrays), (right, right_arrays) = everything(folder), everything(scratch)
    assert said == right
    for array, right_array in zip(arrays, right_arrays, strict=True):
        assert array == pytest.approx(right_array, abs=1e-6)


def test_only_what_is_new_is_made_and_marked(documents, index, tmp_path, work):
    made, marked = work
    write(documents, {"ny.txt": "Ålen simmar i ån, sa hon."})
    rebuild_with(documents, index)
    assert made == ["ny.txt"]
    assert len(marked) == 1
    assert_same(index, documents, tmp_path / "ett")


def test_of_a_changed_file_only_that_file_is_made_again(documents, index, tmp_path, work):
    made, marked = work
    write(documents, {"öppet.md": PAGE.replace("Stängt.", "Öppet åtta till tio.")})
    rebuild_with(documents, index)
    assert made == ["öppet.md"]
    assert len(marked) < 12
    assert_same(index, documents, tmp_path / "ett")


def test_what_is_removed_is_gone_from_the_words(documents, index, tmp_path, work):
    made, marked = work
    (documents / "brev.txt").unlink()
    rebuild_with(documents, index)
    assert (made, marked) == ([], [])
    opened = open_index(index, MODEL)
    assert opened.words.vocabulary.count("budgeten") == 0
    assert "budget" not in opened.words.marks()
    opened.close()
    assert_same(index, documents, tmp_path / "ett")


def test_what_becomes_furniture_by_a_change_is_furniture_everywhere(
    documents, index, tmp_path, work
):
    foot = "Sidan visas i den ordning som redaktionen har bestämt."
    added = {f"till {n}.txt": f"{text}\n\n{foot}" for n, text in enumerate(articles().values())}
    write(documents, {name: added[name] for name in list(added)[:1]})
    rebuild_with(documents, index)
    work[0].clear()
    write(documents, added)
    rebuild_with(documents, index)
    assert "till 0.txt" in work[0]
    assert "möte.txt" not in work[0]
    opened = open_index(index, MODEL)
    furniture = {passage.text for passage in opened.passages(opened.notice_rows.tolist())}
    opened.close()
    assert foot in furniture
    assert_same(index, documents, tmp_path / "ett")


def test_a_row_that_gets_the_name_of_a_file_that_stands_is_told(documents, index, tmp_path):
    write(documents, {"lista.csv#row=2": ""})
    page = b"<html><p>Teatern fick 700 kronor.</p></html>"
    (documents / "lista.csv#row=2").write_bytes(page)
    assert rebuild_with(documents, index).documents == 10
    write(documents, {"lista.csv": "namn;summa\nDansen;500\n"})
    report = rebuild_with(documents, index)
    assert any("another document is called lista.csv#row=2" in one for one in report.skipped)
    assert_same(index, documents, tmp_path / "ett")


def test_a_file_that_was_refused_for_its_name_is_read_when_the_name_is_free(
    documents, index, tmp_path
):
    page = b"<html><p>Teatern fick 700 kronor.</p></html>"
    write(documents, {"lista.csv": "namn;summa\nDansen;500\n", "lista.csv#row=2": ""})
    (documents / "lista.csv#row=2").write_bytes(page)
    assert len(rebuild_with(documents, index).skipped) == 2
    (documents / "lista.csv").unlink()
    assert len(rebuild_with(documents, index).skipped) == 1
    assert_same(index, documents, tmp_path / "ett")


def test_furniture_is_compared_as_it_is_marked(documents, index, tmp_path):
    """A line that looks like a telephone number only with the bullet in front of it."""
    foot = "2024 års sidfot om kakor."
    write(documents, {"till 0.txt": f"{articles()['0.txt']}\n\n1) {foot}"})
    rebuild_with(documents, index)
    write(documents, {f"till {n}.txt": f"{articles()[f'{n}.txt']}\n\n{foot}" for n in range(1, 4)})
    rebuild_with(documents, index)
    assert_same(index, documents, tmp_path / "ett")


def test_where_most_is_gone_the_words_are_counted_from_nothing(documents, index, tmp_path, work):
    for name in sorted(FILES)[:-2]:
        (documents / name).unlink()
    rebuild_with(documents, index)
    assert work[1]
    assert_same(index, documents, tmp_path / "ett")


@pytest.mark.parametrize("exact", [50_000, 5])
def test_after_any_changes_the_index_is_one_made_from_nothing(
    documents, index, tmp_path, monkeypatch, exact
):
    monkeypatch.setattr("embeddings.index.vectors.EXACT", exact)
    monkeypatch.setattr("embeddings.index.vectors.PROBED_CELLS", 1000)
    chance = random.Random(5)
    words = "ån bron ålen Åsa Örjan 12 maj 2024 mötet Säpo budgeten simmar kom".split()
    for round_ in range(8):
        for _ in range(chance.randint(1, 3)):
            name = chance.choice([*sorted(FILES), "ny.txt", "a/ny.txt", "ö.txt"])
            if chance.random() < 0.3 and (documents / name).exists():
                (documents / name).unlink()
            else:
                said = [" ".join(chance.sample(words, 8)) + "." for _ in range(3)]
                text = FILES.get(name, "# Nytt") + "\n\n" + "\n\n".join([*said, FOOT])
                write(documents, {name: text})
        rebuild_with(documents, index)
        assert_same(index, documents, tmp_path / f"ett {round_}")


def test_an_index_whose_marks_are_damaged_is_made_from_nothing(documents, index, work):
    version = index / index_module.VERSIONS / manifest_module.read_manifest(index).version
    (version / "words" / "marks.i32").write_bytes(b"\0\0\0\0")
    write(documents, {"ny.txt": "Ålen simmar i ån, sa hon."})
    rebuild_with(documents, index)
    assert len(work[0]) > 8
    assert everything(index)
