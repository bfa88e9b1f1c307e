import json
import re
import sys
from pathlib import Path

import pytest

from bot.report import HEADS
from evaluation.questions import KEYS

WHO = {
    "id": "vem", "question": "Vem är kommundirektör?", "kind": "person",
    "answer_all": ["Hallengren"], "sources": ["protokoll.md"], "answerable": True,
}  # fmt: skip
WRONG = {
    "id": "fel", "question": "När blir Rådhustorget gågata?", "kind": "date",
    "answer_all": ["4 juli"], "sources": ["nyhet.txt"], "answerable": True,
}  # fmt: skip
NOWHERE = {
    "id": "ingen",
    "question": "Hur gör man hallonsylt?",
    "kind": "other",
    "answerable": False,
}
FOLLOW_UP = {
    "id": "följd", "question": "Och för Kustbevakningen?", "kind": "person",
    "history": ["Vem är stationschef för SMHI?"], "answer_any": ["Tora", "Björkhem"],
    "sources": ["artikel.txt"], "answerable": True,
}  # fmt: skip
CONTEXT = (
    "Simhallen\r\n\r\nNämnden beslutade om taxan i går.\r\n\r\n"
    "Simhallen öppnar den 3 maj 2021 för alla.\r\n"
)
SPANS = [("När öppnar simhallen?", "3 maj 2021"), ("När beslutade nämnden om taxan?", "i går")]


@pytest.fixture
def questions(tmp_path):
    def write(*cases):
        path = tmp_path / "frågor.jsonl"
        path.write_text("\n".join(json.dumps(case) for case in cases) + "\n")
        return path

    return write


@pytest.fixture
def swequad(tmp_path):
    entries = []
    for question, answer in SPANS:
        start = CONTEXT.index(answer)
        right = {"type": "Correct answer", "start": start, "end": start + len(answer)}
        entries.append({"question": question, "context": CONTEXT, "choices": [right]})
    path = tmp_path / "swequad.json"
    path.write_text(json.dumps({"data": entries}))
    return path


def test_question_file_is_scored_by_kind_and_in_all(run, index, questions):
    file = questions(WHO, WRONG, NOWHERE, FOLLOW_UP)
    ran = run("evaluate", "--json", "--index", index, file)
    assert (ran.status, ran.err) == (0, "")
    said = json.loads(ran.out)
    assert list(said["groups"]) == ["date", "other", "person", "all"]
    figures = said["groups"]["all"]
    assert figures["questions"] == 4
    assert figures["right"] == pytest.approx(2 / 3)
    assert figures["asserted_right"] == pytest.approx(2 / 3)
    assert figures["absent_asserted"] == 0
    assert figures["R@10"] == pytest.approx(2 / 3)  # no passage has the wrong answer
    assert figures["median_ms"] > 0
    assert said["groups"]["person"]["right"] == 1
    assert said["groups"]["date"]["right"] == 0
    assert said["groups"]["other"]["right"] is None


def test_failures_are_named_with_what_was_answered(run, index, questions):
    said = json.loads(run("evaluate", "--json", "--index", index, questions(WHO, WRONG)).out)
    assert said["failures"] == [
        {"id": "fel", "question": WRONG["question"], "expected": "4 juli",
         "answer": "answered 0.92: 1 juni 2023"}
    ]  # fmt: skip


def test_what_was_answered_is_written_a_line_a_question(run, index, questions, tmp_path):
    file = tmp_path / "answers.jsonl"
    run("evaluate", "--index", index, "--answers", file, questions(WHO, WRONG))
    first, second = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    assert (first["id"], first["failed"]) == ("vem", False)
    assert second == {"id": "fel", "failed": True, "answer": "answered 0.92: 1 juni 2023"}


def test_answers_that_cannot_be_written_are_an_error_in_one_line(run, index, questions, tmp_path):
    result = run("evaluate", "--index", index, "--answers", tmp_path / "no" / "a", questions(WHO))
    assert result.status == 1
    assert result.err.count("\n") == 1
    assert "cannot be written" in result.err


def test_answer_where_none_should_be_is_a_failure(run, index, questions):
    case = {**WHO, "answerable": False}
    said = json.loads(run("evaluate", "--json", "--index", index, questions(case)).out)
    assert [failure["id"] for failure in said["failures"]] == ["vem"]
    assert said["groups"]["all"]["absent_asserted"] == 1


def test_table_has_a_row_for_each_kind_and_names_the_failures(run, index, questions):
    ran = run("evaluate", "--index", index, questions(WHO, WRONG, NOWHERE))
    assert (ran.status, ran.err) == (0, "")
    assert "expected: 4 juli" in ran.out
    lines = [line.split() for line in ran.out.splitlines() if line.strip()]
    assert [line[0] for line in lines[1:5]] == ["date", "other", "person", "all"]
    assert "…" not in ran.out  # no figure is cut off
    assert "fel" in ran.out
    assert "1 juni 2023" in ran.out


@pytest.mark.parametrize("content", ["{", "", '{"id": "1"}'])
def test_file_that_is_no_question_file_is_told_in_one_line(run, index, tmp_path, content):
    path = tmp_path / "frågor.jsonl"
    path.write_text(content)
    ran = run("evaluate", "--index", index, path)
    assert (ran.status, ran.out) == (1, "")
    assert ran.err.startswith("kallbot: frågor.jsonl")
    assert ran.err.count("\n") == 1


def test_question_that_cannot_be_asked_is_told_in_one_line(run, index, questions):
    ran = run("evaluate", "--index", index, questions(WHO, {**WHO, "id": "tom", "question": "?"}))
    assert ran.status != 0
    assert ran.err.count("\n") == 1


def test_question_file_without_an_index_is_told(run, tmp_path, questions, word_encoder):
    ran = run("evaluate", "--index", tmp_path / "saknas", questions(WHO))
    assert ran.status == 1
    assert "kallbot rebuild" in ran.err


def test_swequad_is_scored_on_its_own_texts(run, word_encoder, swequad):
    ran = run("evaluate", "--json", swequad)
    assert ran.status == 0
    figures = json.loads(ran.out)["groups"]["all"]
    assert figures["questions"] == 2
    assert figures["R@1"] == 1
    assert 0 < figures["token_f1"] <= 1
    assert figures["exact_match"] == pytest.approx(1 / 2)


def test_index_of_swequad_leaves_that_of_the_user_alone(run, word_encoder, swequad, tmp_path):
    run("evaluate", "--json", swequad)
    assert not (tmp_path / "data").exists()
    assert any((tmp_path / "cache").rglob("manifest.json"))


def test_corpus_adds_texts_to_be_searched(run, word_encoder, swequad, tmp_path):
    other = tmp_path / "mer.json"
    decoy = "Simhallen\n\nNär öppnar simhallen? Simhallen öppnar inte alls, säger nämnden.\n"
    start = decoy.index("inte alls")
    right = {"type": "Correct answer", "start": start, "end": start + 9}
    entry = {"question": "?", "context": decoy, "choices": [right]}
    other.write_text(json.dumps({"data": [entry]}))
    index = tmp_path / "i"
    run("evaluate", swequad, "--corpus", other, "--index", index)
    manifest = json.loads((index / "manifest.json").read_text())
    assert manifest["documents"] == 2


def test_file_that_is_no_swequad_is_told(run, word_encoder, tmp_path):
    path = tmp_path / "annat.json"
    path.write_text('{"data": 1}')
    ran = run("evaluate", path)
    assert (ran.status, ran.out) == (1, "")
    assert ran.err.startswith("kallbot: annat.json is neither")


def test_swequad_is_asked_again_with_the_answer_taken_away(run, word_encoder, swequad):
    said = json.loads(run("evaluate", "--json", swequad).out)
    assert said["calibration"]["asked"] == 4
    assert said["groups"]["all"]["refused_absent"] == 1  # no other text is there
    assert said["calibration"]["auc"] == 1


def test_confidence_has_a_table_of_its_own(run, index, questions):
    lines = run("evaluate", "--index", index, questions(WHO, NOWHERE)).out.splitlines()
    assert any(line.startswith("confidence") and "ECE" in line for line in lines)


def test_long_kind_of_question_is_not_cut_off(run, index, questions):
    ran = run("evaluate", "--index", index, questions({**NOWHERE, "kind": "unanswerable"}, WHO))
    assert "unanswerable" in ran.out


def test_no_two_figures_have_one_head():
    assert len(set(HEADS.values())) == len(HEADS)


@pytest.mark.parametrize("name", ["questions", "swequad", "swefaq", "written"])
def test_every_figure_and_every_key_is_explained(run, index, request, name):
    file = request.getfixturevalue(name)
    given = [file(WHO), "--index", index] if name == "questions" else [file]
    given = [file()] if name == "written" else given
    said = json.loads(run("evaluate", "--json", *given).out)
    figures = {*said["calibration"], *said["groups"]["all"], *KEYS}
    manual = (Path(__file__).parents[2] / "docs" / "questions.md").read_text()
    assert {figure for figure in figures if f"`{figure}`" not in manual} == set()
    heads = {HEADS[figure] for figure in figures & HEADS.keys()}
    bracketed = set(", ".join(re.findall(r"\(([^()]+)\)", manual)).split(", "))
    assert heads <= bracketed


# A folder of documents


@pytest.fixture
def folder(tmp_path):
    documents = tmp_path / "papper"
    documents.mkdir()
    (documents / "bad.txt").write_text("Badet\n\nBadet i Kvarnby öppnar den 12 juni 2031.\n")
    return documents


OPENS = {"id": "bad", "question": "När öppnar badet i Kvarnby?", "answer_all": ["12 juni 2031"],
         "sources": ["bad.txt"], "answerable": True}  # fmt: skip


def test_questions_are_asked_of_the_folder_that_is_named(run, word_encoder, questions, folder):
    ran = run("evaluate", "--json", questions(OPENS), "--documents", folder)
    assert ran.status == 0
    figures = json.loads(ran.out)["groups"]["all"]
    assert (figures["right"], figures["shown"], figures["R@1"]) == (1, 1, 1)


def test_the_users_own_index_stays_as_it_is_and_the_folder_is_brought_up_to_date(
    run, word_encoder, questions, folder, tmp_path
):
    file = questions(OPENS)
    run("evaluate", "--json", file, "--documents", folder)
    assert not (tmp_path / "data").exists()
    (folder / "bad.txt").write_text("Badet\n\nBadet i Kvarnby öppnar den 13 juni 2031.\n")
    said = json.loads(run("evaluate", "--json", file, "--documents", folder).out)
    assert said["groups"]["all"]["right"] == 0
    assert said["failures"][0]["expected"] == "12 juni 2031"


def test_the_index_of_a_folder_is_kept_where_the_user_says(
    run, word_encoder, questions, folder, tmp_path
):
    run("evaluate", questions(OPENS), "--documents", folder, "--index", tmp_path / "i")
    assert json.loads((tmp_path / "i" / "manifest.json").read_text())["documents"] == 1


def test_a_folder_that_is_not_there_is_told_in_one_line(run, word_encoder, questions, tmp_path):
    ran = run("evaluate", questions(OPENS), "--documents", tmp_path / "saknas")
    assert ran.status != 0
    assert ran.err.count("\n") == 1
    assert "saknas" in ran.err


# Written questions


@pytest.fixture
def written(tmp_path):
    def write(name="skrivna.jsonl", place="Kvarnby", **said):
        document = {"id": place, "genre": "nyhet",
                    "text": f"Badet\r\n\r\nBadet i {place} öppnar den 12 juni 2031.\r\n",
                    "questions": [
            {"question": f"När öppnar badet i {place}?", "kind": "date", "history": [],
             "answers": ["12 juni 2031"], "quote": f"Badet i {place} öppnar den 12 juni 2031."},
            {"question": "Hur gör man hallonsylt?", "kind": "howto", "history": [],
             "answers": [], "quote": ""},
        ]}  # fmt: skip
        path = tmp_path / name
        path.write_text(json.dumps(document | said) + "\n")
        return path

    return write


def test_written_questions_are_scored_on_their_own_texts_by_kind(run, word_encoder, written):
    ran = run("evaluate", "--json", written())
    assert (ran.status, ran.err.count("Traceback")) == (0, 0)
    said = json.loads(ran.out)
    assert list(said["groups"]) == ["date", "howto", "all"]
    figures = said["groups"]["all"]
    assert (figures["questions"], figures["right"], figures["R@1"]) == (2, 1, 1)
    assert figures["token_f1"] == 1
    assert figures["absent_asserted"] == 0
    assert said["calibration"]["asked"] == 2


def test_other_written_questions_add_their_texts_and_not_their_questions(
    run, word_encoder, written, tmp_path
):
    more = written("mer.jsonl", "Åsby")
    ran = run("evaluate", "--json", written(), "--corpus", more, "--index", tmp_path / "i")
    assert json.loads(ran.out)["groups"]["all"]["questions"] == 2
    assert json.loads((tmp_path / "i" / "manifest.json").read_text())["documents"] == 2


def test_what_breaks_the_format_of_written_questions_is_told_with_its_line(
    run, word_encoder, written
):
    ran = run("evaluate", written(text="Annan text."))
    assert (ran.status, ran.out, ran.err.count("\n")) == (1, "", 1)
    assert ran.err.startswith("kallbot: skrivna.jsonl, line 1")


# What does not go together


def test_what_does_not_go_together_is_told_in_one_line(
    run, word_encoder, questions, written, swequad, folder
):
    own, texts = questions(WHO), written()
    for given, said in (
        ((own, "--corpus", swequad), "leave --corpus"),
        ((texts, "--documents", folder), "leave --documents"),
        ((swequad, "--documents", folder), "leave --documents"),
        ((texts, "--held-out"), "leave --held-out"),
        ((texts, "--corpus", swequad), "of another format"),
        ((texts, "--corpus", own), "of another format"),
        ((swequad, "--corpus", texts), "of another format"),
    ):
        ran = run("evaluate", *given)
        assert (ran.status, ran.out) == (1, ""), given
        assert said in ran.err
        assert ran.err.count("\n") == 1


def test_two_texts_of_one_id_are_told_and_none_is_lost(run, word_encoder, written):
    more = written("mer.jsonl", text="En annan text.", questions=[])
    ran = run("evaluate", written(), "--corpus", more)
    assert ran.status == 1
    assert "Kvarnby" in ran.err
    assert ran.err.count("\n") == 1
    assert run("evaluate", written(), "--corpus", written("samma.jsonl")).status == 0


def test_a_key_that_means_nothing_is_told_with_its_line(run, index, questions):
    ran = run("evaluate", "--index", index, questions(WHO, {**WHO, "answers": ["Hallengren"]}))
    assert (ran.status, ran.err.count("\n")) == (1, 1)
    assert "line 2" in ran.err
    assert "'answers'" in ran.err


# SweFAQ


@pytest.fixture
def swefaq(tmp_path):
    answers = [
        "Du anmäler dig till simskolan på kommunens webbplats före den 1 mars.",
        "Biblioteket lånar ut böcker i fyra veckor.",
        "Hundar ska hållas kopplade i parken.",
    ]
    lines = [
        {"question": "Hur anmäler jag mig till simskolan?", "candidate_answers": answers[:2],
         "label": 0},
        {"question": "Hur länge får jag låna böcker av biblioteket?",
         "candidate_answers": answers[1:], "label": 0},
    ]  # fmt: skip
    path = tmp_path / "faq.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)) + "\n")
    return path


def test_swefaq_ranks_every_answer_once_as_a_document(run, word_encoder, swefaq, tmp_path):
    ran = run("evaluate", "--json", swefaq, "--index", tmp_path / "i")
    assert ran.status == 0
    figures = json.loads(ran.out)["groups"]["all"]
    assert (figures["questions"], figures["nDCG@10"], figures["R@1"], figures["MRR"]) == (
        2,
        1,
        1,
        1,
    )
    assert figures["right_citation"] == 1
    assert json.loads((tmp_path / "i" / "manifest.json").read_text())["documents"] == 3


def test_swefaq_with_a_better_decoy_ranks_lower(run, word_encoder, swefaq, tmp_path):
    decoy = tmp_path / "mer.jsonl"
    answer = "Hur anmäler jag mig till simskolan? Hur anmäler jag mig?"
    decoy.write_text(json.dumps({"question": "?", "candidate_answers": [answer], "label": 0}))
    said = json.loads(run("evaluate", "--json", swefaq, "--corpus", decoy).out)
    assert said["groups"]["all"]["MRR"] == pytest.approx(0.75)
    assert [failure["id"] for failure in said["failures"]] == ["1"]


# SQuAD 2.0

PARAGRAPHS = [
    ("Kvarnen i Åsby revs 1931.", [("När revs kvarnen i Åsby?", "1931")]),
    ("Bron över Ljusforsån byggdes av Örjan Ek.",
     [("Vem byggde bron över Ljusforsån?", "Örjan Ek"), ("När revs sågen i Grönköping?", None)]),
]  # fmt: skip


@pytest.fixture
def squad(tmp_path):
    def write(*titles):
        articles = []
        for title in titles:
            paragraphs = []
            for context, asked in PARAGRAPHS:
                qas = [
                    {"id": f"{title} {question}", "question": question,
                     "is_impossible": words is None,
                     "answers": [{"text": words, "answer_start": context.index(words)}]
                     if words else []}
                    for question, words in asked
                ]  # fmt: skip
                paragraphs.append({"context": context, "qas": qas})
            articles.append({"title": title, "paragraphs": paragraphs})
        path = tmp_path / "squad.json"
        path.write_text(json.dumps({"data": articles}))
        return path

    return write


def test_squad_scores_answers_and_impossible_questions(run, word_encoder, squad):
    ran = run("evaluate", "--json", squad("Ljusforsa"))
    assert ran.status == 0
    said = json.loads(ran.out)
    figures = said["groups"]["all"]
    assert figures["questions"] == 3
    assert (figures["R@1"], figures["right"]) == (1, 1)
    assert (figures["refused"], figures["refused_absent"]) == (0, 1)
    assert said["calibration"]["asked"] == 3
    assert (said["calibration"]["auc"], said["calibration"]["auc_right"]) == (1, 1)


def test_held_out_articles_alone_are_read_and_asked(run, word_encoder, squad, tmp_path):
    file = squad(*"abcdef")
    ran = run("evaluate", "--json", "--held-out", file, "--index", tmp_path / "i")
    assert json.loads(ran.out)["groups"]["all"]["questions"] == 6
    assert json.loads((tmp_path / "i" / "manifest.json").read_text())["documents"] == 2


def test_held_out_is_for_squad_alone(run, index, word_encoder, swequad, questions):
    for file in (swequad, questions(WHO)):
        ran = run("evaluate", "--held-out", "--index", index, file)
        assert ran.status == 1
        assert "--held-out" in ran.err
        assert ran.err.count("\n") == 1


def test_question_file_is_no_corpus(run, word_encoder, swequad, questions):
    ran = run("evaluate", swequad, "--corpus", questions(WHO))
    assert ran.status == 1
    assert "another format" in ran.err


# The figure


@pytest.mark.parametrize(("suffix", "begins"), [(".png", b"\x89PNG"), (".svg", b"<?xml")])
def test_figure_is_drawn(run, index, questions, tmp_path, suffix, begins):
    path = tmp_path / f"figur{suffix}"
    ran = run("evaluate", "--index", index, questions(WHO, WRONG, NOWHERE), "--plot", path)
    assert (ran.status, ran.err) == (0, "")
    assert path.read_bytes().startswith(begins)


def test_figure_names_its_errors_and_the_threshold(run, index, questions, tmp_path):
    path = tmp_path / "figur.svg"
    run("evaluate", "--index", index, questions(WHO, WRONG), "--threshold", "0.07", "--plot", path)
    drawn = path.read_text()
    for words in ("ECE", "AURC", "threshold 0.07", "coverage"):
        assert words in drawn


def test_figure_of_another_sort_is_wrong_use(run, index, questions, tmp_path):
    ran = run("evaluate", "--index", index, questions(WHO), "--plot", tmp_path / "figur.txt")
    assert (ran.status, ran.out) == (2, "")
    assert ".png or .svg" in ran.err


def test_figure_that_cannot_be_drawn_is_told_before_anything_is_asked(
    run, tmp_path, questions, monkeypatch
):
    nowhere = tmp_path / "saknas" / "figur.png"
    ran = run("evaluate", questions(WHO), "--index", tmp_path / "inget", "--plot", nowhere)
    assert (ran.status, ran.err.count("\n")) == (1, 1)
    assert "there is no folder" in ran.err
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    ran = run("evaluate", questions(WHO), "--plot", tmp_path / "figur.png")
    assert ran.status == 1
    assert ran.err == (
        "kallbot: --plot needs matplotlib: install it with `pip install 'kallbot[plot]'`\n"
    )


def test_figure_of_nothing_answered_is_told(run, index, questions, tmp_path):
    path = tmp_path / "figur.png"
    nobody = {**NOWHERE, "question": "Vad sa Göran Persson?"}  # whom no document names
    ran = run("evaluate", "--index", index, questions(nobody), "--plot", path)
    assert ran.status == 1
    assert "nothing to draw" in ran.err


def test_figure_that_cannot_be_written_is_told(run, index, questions, tmp_path):
    path = tmp_path / "mapp.png"
    (tmp_path / "full").symlink_to("/dev/full")
    path.symlink_to(tmp_path / "full")
    ran = run("evaluate", "--index", index, questions(WHO), "--plot", path)
    assert ran.status == 1
    assert "cannot be written" in ran.err
    assert ran.err.count("\n") == 1
