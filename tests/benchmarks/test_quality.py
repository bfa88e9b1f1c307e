import json
import re
import sys

import pytest

from benchmarks.quality import (
    RANKS,
    STAGES,
    SWEFAQ,
    WITHOUT,
    Remembering,
    figure,
    main,
    misspelt,
    rows_of,
    with_section,
)
from retrieval.matching import Term
from tests.retrieval.support import WordEncoder

CONTEXT = "Simhallen\n\nSimhallen i Åsby öppnar den 3 maj 2021.\n\nBadtaxan höjs inte i år.\n"


@pytest.fixture
def data(tmp_path, word_encoder):
    """A folder with small files of every format; what goes by words stands in for the models."""
    folder = tmp_path / "data"
    folder.mkdir()

    def entry(question, words):
        start = CONTEXT.index(words)
        right = {"type": "Correct answer", "start": start, "end": start + len(words)}
        return {"question": question, "context": CONTEXT, "choices": [right]}

    swequad = {"data": [entry("När öppnar simhallen i Åsby?", "3 maj 2021")]}
    gold = {"text": "3 maj 2021", "answer_start": CONTEXT.index("3 maj 2021")}
    asked = {"id": "1", "question": "När öppnar simhallen?", "answers": [gold],
             "is_impossible": False}  # fmt: skip
    impossible = {**asked, "id": "2", "answers": [], "is_impossible": True}
    article = {"title": "Bad", "paragraphs": [{"context": CONTEXT, "qas": [asked, impossible]}]}
    faq = {"question": "Höjs badtaxan?", "candidate_answers": [CONTEXT, "Hundar kopplas."],
           "label": 0}  # fmt: skip
    question = {"id": "1", "question": "Vem är rikspolischef?", "kind": "person",
                "answer_all": ["Thornberg"], "answerable": True,
                "sources": ["004_68ee90753aecc6b9.txt"]}  # fmt: skip
    files = {
        "swequad-mc-train.json": swequad, "swequad-mc-dev.json": swequad,
        "squad2-sv.json": {"data": [article]}, SWEFAQ: faq, "questions-dev.jsonl": question,
    }  # fmt: skip
    for name, said in files.items():
        (folder / name).write_text(json.dumps(said))
    return folder


@pytest.fixture
def run(monkeypatch):
    def run_main(*arguments):
        monkeypatch.setattr(sys, "argv", ["quality.py", *map(str, arguments)])
        main()

    return run_main


def test_one_command_prints_every_set_and_every_part(run, data, tmp_path, capsys):
    run(data, tmp_path / "work")
    said = capsys.readouterr().out
    assert re.findall(r"^#+ (.*)", said, re.MULTILINE) == [
        "Figures",
        "Questions about the seeds (`questions-dev.jsonl`)",
        "SweQUAD-MC dev, texts of train and dev",
        "SQuAD 2.0 in Swedish, the fifth of the articles that is held out",
        "SweFAQ dev, every answer a document",
        "What each part is worth",
    ]
    for name in (*STAGES, *WITHOUT):
        [row] = re.findall(rf"^\| {re.escape(name)} \| (.*) \|$", said, re.MULTILINE)
        assert len(row.split(" | ")) == len(RANKS) + 2
    assert "| vectors alone | 1.000 | 1.000 | 1.000 | 1.000 | 1.000 |" in said
    assert re.search(r"\| read: .* \| 1\.000 \| 1\.000 \| 1\.000 \| 1\.000 \| 1\.000 \|", said)


def test_section_is_written_again_and_the_rest_of_the_page_stays(run, data, tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# Title\n\nWords.\n\n## After\n\nold\n\n### old too\n\n## Last\n\nkept\n")
    run(data, tmp_path / "work", "--into", page, "--section", "After")
    written = page.read_text()
    assert written.startswith("# Title\n\nWords.\n\n## After\n\nTimes")
    assert written.endswith("|\n\n## Last\n\nkept\n")
    assert "old" not in written


def test_new_section_comes_last():
    assert with_section("", "A", "## A\n\n1\n") == "## A\n\n1\n"
    assert with_section("## A\n\n1\n", "B", "## B\n\n2\n") == "## A\n\n1\n\n## B\n\n2\n"


def test_section_with_backslashes_is_written_as_it_is():
    assert with_section("## A\n\n1\n", "A", "## A\n\n\\1 \\g<0>\n") == "## A\n\n\\1 \\g<0>\n"


def test_slip_is_one_swap_inside_the_longest_word_and_always_the_same():
    typed = misspelt("Vem är generaldirektör?")
    assert typed == misspelt("Vem är generaldirektör?")
    [word] = re.findall(r"gen?e?\w+", typed)
    assert word != "generaldirektör"
    assert sorted(word) == sorted("generaldirektör")
    assert (word[0], word[-1]) == ("g", "r")
    assert typed.startswith("Vem är ")
    assert misspelt("Var?") != ""


def test_figures_are_written_short():
    assert [figure(value) for value in (None, 1246, 0.8254)] == ["–", "1,246", "0.825"]
    assert figure(31.62, 1) == "31.6"
    assert rows_of(["a", "b"], [["1", "2"]]) == "| a | b |\n| --- | --: |\n| 1 | 2 |"


@pytest.mark.parametrize(
    ("name", "stem", "word"),
    [("without compounds", "taxa", "badtaxa"), ("without forgiving slips", "simhlal", "simhall")],
)
def test_part_is_off_inside_its_switch_and_on_again_after(name, stem, word):
    term = Term((stem,))
    assert term.match(frozenset({word})) > 0
    with WITHOUT[name]():
        assert term.match(frozenset({word})) == 0
    assert term.match(frozenset({word})) > 0


def test_question_is_embedded_once():
    class Counting(WordEncoder):
        asked = ()

        def embed_query(self, question):
            self.asked += (question,)
            return super().embed_query(question)

    counting = Counting()
    remembering = Remembering(counting)
    first, second = (remembering.embed_query("När öppnar simhallen?") for _ in range(2))
    assert first is second
    assert counting.asked == ("När öppnar simhallen?",)
