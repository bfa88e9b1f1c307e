import json
import os
import shutil
import signal
import subprocess
import sys
from datetime import date
from importlib.metadata import version
from pathlib import Path

import pytest

from bot.settings import bundled_documents
from embeddings.index.manifest import MANIFEST
from embeddings.index.publishing import LOCK, VERSIONS
from embeddings.index.vectors import NEAREST
from embeddings.model.encoder import load_encoder
from embeddings.rebuild import rebuild
from tests.bot.conftest import KALLBOT
from tests.retrieval.corpus import DOCUMENTS
from tests.retrieval.support import write_documents

WHICH = "Vilka myndigheter medverkade den 9 september?"
WHO = "Vem är kommundirektör?"
NOTHING = "Vilka myndigheter medverkade den 10 september?"
FOUND = "Vem är generaldirektör för Migrationsverket?"

CONTRACT = (
    *("id", "question", "answer", "outcome", "refused", "confidence", "citations"),
    "elapsed_ms",
)


def one_json(out):
    [line] = out.splitlines()
    return json.loads(line)


def json_lines(out):
    return [json.loads(line) for line in out.splitlines()]


def assert_one_line(err):
    assert err.startswith("kallbot: ")
    assert err.count("\n") == 1
    assert err.endswith("\n")
    assert "Traceback" not in err


def write_batch(path, *lines):
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path.write_text("\n".join(texts) + "\n", encoding="utf-8")
    return path


# ask --json


def test_ask_prints_one_line_of_json_with_the_keys_of_the_contract(run, index):
    ran = run("ask", "--json", "--index", index, WHICH)
    assert (ran.status, ran.err) == (0, "")
    answer = one_json(ran.out)
    assert tuple(answer) == CONTRACT
    assert answer["id"] is None
    assert answer["question"] == WHICH
    assert isinstance(answer["answer"], str)
    assert (answer["outcome"], answer["refused"]) == ("answered", False)
    assert isinstance(answer["confidence"], float)
    assert 0 <= answer["confidence"] <= 1
    assert isinstance(answer["elapsed_ms"], float)
    assert answer["elapsed_ms"] > 0


def test_citation_has_the_keys_and_types_of_the_contract(run, index):
    answer = one_json(run("ask", "--json", "--index", index, WHO).out)
    first = answer["citations"][0]
    assert list(first) == [
        "number", "document", "title", "published", "page", "url", "passage", "quote"
    ]  # fmt: skip
    assert first["number"] == 1
    assert first["document"] == "protokoll.md"
    assert first["title"] == "Protokoll från kulturnämnden i Ljusforsa"
    assert first["published"] == "2021-03-18" == date(2021, 3, 18).isoformat()
    assert first["url"] == "https://ljusforsa.example/kultur/protokoll"
    for part in ("passage", "quote"):
        assert list(first[part]) == ["text", "start", "end"]
        assert isinstance(first[part]["start"], int)
        assert isinstance(first[part]["end"], int)


def test_what_is_not_known_of_a_document_is_null(run, index):
    answer = one_json(run("ask", "--json", "--index", index, WHICH).out)
    first = answer["citations"][0]
    assert first["document"] == "pressmeddelande.txt"
    assert (first["published"], first["page"], first["url"]) == (None, None, None)


@pytest.mark.parametrize("question", [WHICH, WHO, NOTHING, FOUND, "Hur många butiker sa ja?"])
def test_offsets_are_exact(run, index, question):
    answer = one_json(run("ask", "--json", "--index", index, question).out)
    assert answer["citations"]
    for citation in answer["citations"]:
        text = DOCUMENTS[citation["document"]]
        quote, passage = citation["quote"], citation["passage"]
        assert text[quote["start"] : quote["end"]] == quote["text"]
        assert text[passage["start"] : passage["end"]] == passage["text"]
        assert passage["start"] <= quote["start"] < quote["end"] <= passage["end"]


def test_offsets_count_line_ends_of_windows_as_one_character(run, tmp_path, word_encoder):
    text = "Simhallen\r\n\r\nNämnden beslutade i går.\r\n\r\nSimhallen öppnar den 3 maj 2021.\r\n"
    write_documents(tmp_path / "dokument", {"Å ä ö/möte.txt": text})
    run("rebuild", tmp_path / "dokument", "--index", tmp_path / "i")
    answer = one_json(
        run("ask", "--json", "--threshold", "0", "--index", tmp_path / "i",
            "När öppnar simhallen?").out
    )  # fmt: skip
    [citation] = answer["citations"]
    assert citation["document"] == "Å ä ö/möte.txt"
    assert answer["answer"] == "3 maj 2021"
    unix = text.replace("\r\n", "\n")
    quote = citation["quote"]
    assert unix[quote["start"] : quote["end"]] == quote["text"]


def test_items_of_a_list_are_lines_of_the_answer(run, index):
    answer = one_json(run("ask", "--json", "--index", index, WHICH).out)
    assert answer["answer"].split("\n") == [
        "Trafikverket", "Kustbevakningen", "Livsmedelsverket", "SMHI", "Försvarsmakten"
    ]  # fmt: skip


def test_what_no_document_names_is_said_with_the_nearest_places(run, index):
    ran = run("ask", "--json", "--index", index, NOTHING)
    answer = one_json(ran.out)
    assert ran.status == 0
    assert (answer["outcome"], answer["refused"], answer["confidence"]) == ("nothing", True, 0.0)
    assert answer["answer"] == "Dokumenten nämner inte 10 september."
    assert 0 < len(answer["citations"]) <= 3


def test_what_is_not_sure_says_so_and_cites_the_likely_places(run, index):
    ran = run("ask", "--json", "--index", index, FOUND)
    answer = one_json(ran.out)
    assert ran.status == 0
    assert (answer["outcome"], answer["refused"]) == ("found", True)
    assert answer["answer"] == "Jag är inte säker, men här står det närmaste."
    assert [one["number"] for one in answer["citations"]] == [1]
    assert answer["citations"][0]["document"] == "artikel.txt"


def test_letters_are_written_as_they_are(run, index):
    out = run("ask", "--json", "--index", index, WHICH).out
    assert "\\u00" not in out
    assert "Försvarsmakten" in out


def test_threshold_refuses_what_is_less_probable(run, index):
    asked = ("ask", "--json", "--index", index, WHO)
    assert one_json(run(*asked, "--threshold", "0").out)["refused"] is False
    assert one_json(run(*asked, "--threshold", "1").out)["refused"] is True


# ask, for people


def test_ask_prints_the_answer_its_quote_and_its_source(run, index):
    ran = run("ask", "--index", index, WHO)
    assert (ran.status, ran.err) == (0, "")
    first, *others = ran.out.splitlines()
    assert first == "Rut Hallengren"
    assert any("Kommundirektör Rut Hallengren fick i uppdrag" in line for line in others)
    assert any("protokoll.md" in line for line in others)
    assert "18 mars 2021" in ran.out
    assert "\x1b" not in ran.out


def test_long_lines_are_not_broken_over_a_pipe(run, index):
    out = run("ask", "--index", index, "Varför stängs simhallen?").out
    assert "Simhallen stängs under sommaren eftersom reningsverket måste bytas ut" in out


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (NOTHING, "Dokumenten nämner inte 10 september.\n\nNärmast kommer det här:\n"),
        (FOUND, "Jag är inte säker, men här står det närmaste.\n"),
    ],
)
def test_what_is_no_answer_is_followed_by_quotes_of_the_nearest(run, index, question, said):
    ran = run("ask", "--index", index, question)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith(said)
    assert "    ”Medverkande myndigheter" in ran.out
    assert "\n1. " in ran.out


# --batch


def test_batch_answers_line_by_line_in_the_same_order(run, index, tmp_path):
    asked = [
        {"id": "b", "question": WHO},
        {"id": 7, "question": WHICH},
        {"question": NOTHING},
        {"id": "ö", "question": WHO, "extra": "is left alone"},
    ]
    ran = run("ask", "--index", index, "--batch", write_batch(tmp_path / "b.jsonl", *asked))
    assert (ran.status, ran.err) == (0, "")
    answers = json_lines(ran.out)
    assert [answer["id"] for answer in answers] == ["b", 7, None, "ö"]
    assert [answer["question"] for answer in answers] == [line["question"] for line in asked]
    assert [answer["refused"] for answer in answers] == [False, False, True, False]
    assert all(tuple(answer) == CONTRACT for answer in answers)


def test_batch_loads_the_model_once(run, index, tmp_path, monkeypatch, word_encoder):
    loaded = []
    monkeypatch.setattr(
        "bot.loading.load_encoder", lambda *_, **__: loaded.append(1) or word_encoder
    )
    batch = write_batch(tmp_path / "b.jsonl", *[{"question": WHO}] * 5)
    assert len(json_lines(run("ask", "--index", index, "--batch", batch).out)) == 5
    assert len(loaded) == 1


def test_batch_reads_the_history_of_the_chat(run, index, tmp_path):
    asked = {"id": "1", "question": "Och för Kustbevakningen?",
             "history": ["Vad är klockan?", "Vem är stationschef för SMHI?"]}  # fmt: skip
    batch = write_batch(tmp_path / "b.jsonl", asked)
    [answer] = json_lines(run("ask", "--index", index, "--batch", batch).out)
    assert answer["question"] == "Och för Kustbevakningen?"
    assert "Tora Björkhem" in answer["answer"]


def test_batch_is_read_from_standard_input(run, index):
    line = json.dumps({"id": "1", "question": WHO}, ensure_ascii=False)
    [answer] = json_lines(run("ask", "--index", index, "--batch", "-", stdin=line).out)
    assert answer["answer"] == "Rut Hallengren"


def test_batch_skips_blank_lines_and_a_byte_order_mark(run, index, tmp_path):
    line = json.dumps({"id": "1", "question": WHO})
    path = tmp_path / "b.jsonl"
    path.write_bytes(f"\ufeff{line}\r\n\r\n   \n{line}".encode())
    ran = run("ask", "--index", index, "--batch", path)
    assert (ran.status, ran.err) == (0, "")
    assert len(json_lines(ran.out)) == 2


@pytest.mark.parametrize(
    "broken",
    [
        b"{",
        b"[]",
        b'"text"',
        b"null",
        b"7",
        b'{"id": "x"}',
        b'{"id": "x", "question": 7}',
        b'{"id": "\\ud800", "question": "Vem?"}',
        b'{"question": ""}',
        b'{"id": "x", "question": "?!"}',
        b'{"question": "Vem?", "history": "Var?"}',
        b'{"question": "Vem?", "history": [7]}',
        b'{"question": "Vem?", "history": {"a": 1}}',
        b'{"question": "Vem?", "history": ["\\ud800"]}',
        b'{"question": "Vem \\ud800?"}',
        b'{"question": "Vem \xe5r?"}',
        b'{"question": "' + b"a" * 1001 + b'"}',
        b"[" * 100_000,
    ],
    ids=lambda line: line[:30].decode("latin-1"),
)
def test_broken_line_has_an_error_in_its_place_and_the_others_are_answered(
    run, index, tmp_path, broken
):
    whole = json.dumps({"id": "1", "question": WHO}).encode()
    path = tmp_path / "b.jsonl"
    path.write_bytes(b"\n".join([whole, b"", broken, whole]) + b"\n")
    ran = run("ask", "--index", index, "--batch", path)
    assert ran.status == 1
    assert_one_line(ran.err)
    before, error, after = json_lines(ran.out)
    assert [before["answer"], after["answer"]] == ["Rut Hallengren"] * 2
    assert list(error) == ["id", "error"]
    assert error["id"] == ("x" if b'"x"' in broken else None)
    assert "line 3" in error["error"]
    assert ran.err == f"kallbot: {error['error']}\n"


def test_search_takes_a_batch_too(run, index, tmp_path):
    batch = write_batch(tmp_path / "b.jsonl", {"id": "1", "question": WHO}, "{",
                        {"id": "2", "question": WHICH})  # fmt: skip
    ran = run("search", "--index", index, "--limit", "2", "--batch", batch)
    assert ran.status == 1
    assert "line 2" in ran.err
    first, error, last = json_lines(ran.out)
    assert [first["id"], error["id"], last["id"]] == ["1", None, "2"]
    assert len(first["hits"]) == len(last["hits"]) == 2


# search


def test_search_prints_the_hits_of_the_contract_best_first(run, index):
    ran = run("search", "--json", "--index", index, WHO)
    assert (ran.status, ran.err) == (0, "")
    found = one_json(ran.out)
    assert list(found) == ["id", "question", "hits"]
    assert found["id"] is None
    assert len(found["hits"]) == 10
    assert "Kommundirektör" in found["hits"][0]["text"]
    for hit in found["hits"]:
        assert list(hit) == ["document", "also", "start", "end", "text", "score"]
        assert DOCUMENTS[hit["document"]][hit["start"] : hit["end"]] == hit["text"]
        assert isinstance(hit["score"], float)


@pytest.mark.parametrize("limit", [1, 3])
def test_search_shows_as_many_as_the_limit(run, index, limit):
    found = one_json(run("search", "--json", "--index", index, "--limit", limit, WHO).out)
    assert len(found["hits"]) == limit
    shown = run("search", "--index", index, "--limit", limit, WHO).out
    assert f"{limit}. " in shown
    assert f"{limit + 1}. " not in shown


# rebuild


def test_rebuild_reports_what_it_did(run, documents, tmp_path, word_encoder):
    arguments = ("rebuild", documents, "--index", tmp_path / "i", "--json")
    first = one_json(run(*arguments).out)
    assert first["added"] == sorted(DOCUMENTS)
    assert (first["changed"], first["removed"], first["skipped"]) == ([], [], [])
    assert first["documents"] == len(DOCUMENTS)
    assert first["passages"] >= first["embedded"] > 0

    (documents / "nyhet.txt").unlink()
    (documents / "protokoll.md").write_text("# Kvarnen\n\nKvarnen i Åsby rivs.\n")
    (documents / "ny.txt").write_text("En ny bro byggs.\n")
    second = one_json(run(*arguments).out)
    assert second["added"] == ["ny.txt"]
    assert second["changed"] == ["protokoll.md"]
    assert second["removed"] == ["nyhet.txt"]
    assert 0 < second["embedded"] < first["embedded"]

    assert one_json(run(*arguments).out)["embedded"] == 0


def test_rebuild_says_in_a_few_lines_what_changed(run, documents, tmp_path, word_encoder):
    ran = run("rebuild", documents, "--index", tmp_path / "i")
    assert (ran.status, ran.err) == (0, "")
    assert "added 5: artikel.txt, beslut/elsparkcyklar.md" in ran.out
    assert "5 documents" in ran.out
    assert run("rebuild", documents, "--index", tmp_path / "i").out.startswith("Up to date")


def test_rebuild_without_a_folder_takes_the_one_of_the_index(
    run, documents, tmp_path, word_encoder
):
    run("rebuild", documents, "--index", tmp_path / "i")
    (documents / "ny.txt").write_text("En ny bro byggs.\n")
    report = one_json(run("rebuild", "--index", tmp_path / "i", "--json").out)
    assert report["added"] == ["ny.txt"]
    assert report["documents"] == len(DOCUMENTS) + 1


def test_rebuild_without_folder_or_index_asks_for_the_folder(run, tmp_path, word_encoder):
    ran = run("rebuild", "--index", tmp_path / "i")
    assert (ran.status, ran.out) == (2, "")
    assert_one_line(ran.err)
    assert f"`kallbot rebuild FOLDER --index {tmp_path / 'i'}`" in ran.err
    assert str(bundled_documents()) in ran.err
    assert not (tmp_path / "i").exists()


def test_rebuild_that_is_interrupted_says_in_one_line_that_the_next_continues(
    run, documents, tmp_path, word_encoder, monkeypatch
):
    def break_off(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(type(word_encoder), "embed_passages", break_off)
        ran = run("rebuild", documents, "--index", tmp_path / "i")
    assert (ran.status, ran.out) == (130, "")
    assert_one_line(ran.err)
    assert ran.err.startswith("kallbot: interrupted: ")
    assert "kept" in ran.err
    assert run("rebuild", documents, "--index", tmp_path / "i").status == 0


def test_file_that_cannot_be_read_is_named_and_the_others_are_indexed(
    run, documents, tmp_path, word_encoder
):
    (documents / "bild.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0")
    (documents / "gammal.pdf").write_bytes(b"%PDF-1.4")
    (documents / "tom.txt").write_bytes(b"")
    ran = run("rebuild", documents, "--index", tmp_path / "i", "--json")
    report = one_json(ran.out)
    assert ran.status == 0
    assert report["documents"] == len(DOCUMENTS)
    assert len(report["skipped"]) == 3
    lines = ran.err.splitlines()
    assert len(lines) == 3
    assert all(line.startswith("kallbot: skipped ") for line in lines)
    for name in ("bild.png", "gammal.pdf", "tom.txt"):
        assert any(name in line for line in lines)


def test_what_in_a_file_cannot_be_read_is_told(run, documents, tmp_path, word_encoder):
    (documents / "rader.jsonl").write_text('{"text": "Kvarnen i Åsby rivs i maj."}\n{\n')
    ran = run("rebuild", documents, "--index", tmp_path / "i", "--json")
    report = one_json(ran.out)
    assert ran.status == 0
    assert report["notes"] == ["rader.jsonl: row 2 is no JSON object"]
    assert report["skipped"] == []
    assert ran.err == "kallbot: rader.jsonl: row 2 is no JSON object\n"


def test_rebuild_follows_a_folder_until_it_is_stopped(
    run, documents, tmp_path, word_encoder, monkeypatch
):
    (documents / "bild.png").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0")

    def changes(*_, **__):
        yield set()
        (documents / "ny.txt").write_text("En ny bro byggs i Åsby.\n")
        yield {"a change"}
        (documents / "trasig.pdf").write_bytes(b"%PDF-1.4")
        yield {"a change"}
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr("bot.watch.watchfiles.watch", changes)
    ran = run("rebuild", documents, "--index", tmp_path / "i", "--watch", "--json")
    assert ran.status == 0
    first, second, third = json_lines(ran.out)
    assert first["documents"] == len(DOCUMENTS)
    assert second["added"] == ["ny.txt"]
    assert third["added"] == []
    told = ran.err.splitlines()
    assert len(told) == 3
    assert "bild.png" in told[0]
    assert told[1] == f"kallbot: following {documents}; Ctrl-C ends it"
    assert "trasig.pdf" in told[2]


@pytest.mark.parametrize("content", [None, {}, {"bild.png": "\0"}])
def test_folder_without_documents_is_an_error_of_one_line(run, tmp_path, word_encoder, content):
    folder = tmp_path / "dokument"
    if content is not None:
        folder.mkdir()
        write_documents(folder, content)
    ran = run("rebuild", folder, "--index", tmp_path / "i")
    assert (ran.status, ran.out) == (1, "")
    assert_one_line(ran.err)
    assert str(folder) in ran.err


def test_rebuild_while_another_runs_is_refused(run, documents, tmp_path, word_encoder):
    import filelock

    (tmp_path / "i").mkdir()
    with filelock.FileLock(tmp_path / "i" / LOCK):
        ran = run("rebuild", documents, "--index", tmp_path / "i")
    assert ran.status == 1
    assert_one_line(ran.err)
    assert "running" in ran.err


def test_index_that_is_a_file_is_an_error_of_one_line(run, documents, tmp_path, word_encoder):
    (tmp_path / "i").write_text("no folder")
    for arguments in (["rebuild", documents], ["ask", WHO], ["search", WHO], ["repl"]):
        ran = run(*arguments, "--index", tmp_path / "i")
        assert ran.status == 1
        assert_one_line(ran.err)


# An index that cannot be answered from

COMMANDS = [["ask", WHO], ["ask", "--json", WHO], ["search", WHO], ["repl"]]


@pytest.fixture
def own_index(index, tmp_path):
    """A copy of the index, to be damaged."""
    return Path(shutil.copytree(index, tmp_path / "own"))


@pytest.mark.parametrize("command", COMMANDS)
def test_missing_index_is_told_with_the_command_that_makes_it(run, tmp_path, command, word_encoder):
    folder = tmp_path / "saknas"
    ran = run(*command, "--index", folder)
    assert (ran.status, ran.out) == (1, "")
    assert_one_line(ran.err)
    assert f"kallbot rebuild FOLDER --index {folder}" in ran.err


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("harm", ["changed", "cut", "gone", "manifest", "not json"])
def test_damaged_index_is_told_with_the_command_that_mends_it(run, index, own_index, command, harm):
    [vectors] = own_index.glob(f"{VERSIONS}/*/{NEAREST}")
    content = vectors.read_bytes()
    if harm == "changed":
        vectors.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    elif harm == "cut":
        vectors.write_bytes(content[: len(content) // 2])
    elif harm == "gone":
        vectors.unlink()
    elif harm == "manifest":
        (own_index / MANIFEST).write_text('{"format": 1, "documents_folder": "/akter"}')
    else:
        (own_index / MANIFEST).write_bytes(b"\xff\0")
    ran = run(*command, "--index", own_index)
    assert (ran.status, ran.out) == (1, "")
    assert_one_line(ran.err)
    named = "/akter" if harm == "manifest" else "FOLDER" if harm == "not json" else folder_of(index)
    assert f"kallbot rebuild {named} --index {own_index}" in ran.err


def folder_of(index):
    return json.loads((index / MANIFEST).read_text())["documents_folder"]


def test_damaged_index_is_mended_by_that_command(run, own_index):
    [vectors] = own_index.glob(f"{VERSIONS}/*/{NEAREST}")
    vectors.write_bytes(b"")
    assert run("rebuild", "--index", own_index).status == 0
    assert run("ask", WHO, "--index", own_index).out.startswith("Rut Hallengren")


def test_index_of_another_format_is_told(run, own_index):
    path = own_index / MANIFEST
    said = json.loads(path.read_text())
    path.write_text(json.dumps({**said, "format": 99}))
    ran = run("ask", WHO, "--index", own_index)
    assert ran.status == 1
    assert_one_line(ran.err)
    assert "format 99" in ran.err
    assert f"kallbot rebuild {folder_of(own_index)} --index {own_index}" in ran.err


@pytest.mark.parametrize("said", [{"format": 1}, {"format": 3, "checksum": "0"}, {"format": 99}])
def test_rebuild_without_a_folder_takes_the_one_of_an_index_of_any_format(run, own_index, said):
    path = own_index / MANIFEST
    path.write_text(json.dumps({**said, "documents_folder": folder_of(own_index)}))
    report = one_json(run("rebuild", "--index", own_index, "--json").out)
    assert report["documents"] == len(DOCUMENTS)


@pytest.mark.parametrize("manifest", [None, "{}", "\0", '{"format": 2, "documents'])
def test_rebuild_of_an_index_that_does_not_tell_its_folder_asks_for_it(run, own_index, manifest):
    (own_index / MANIFEST).unlink()
    if manifest is not None:
        (own_index / MANIFEST).write_text(manifest)
    before = sorted(own_index.rglob("*"))
    ran = run("rebuild", "--index", own_index)
    assert (ran.status, ran.out) == (2, "")
    assert_one_line(ran.err)
    assert f"`kallbot rebuild FOLDER --index {own_index}`" in ran.err
    assert "seeds" not in ran.err
    assert sorted(own_index.rglob("*")) == before


@pytest.mark.parametrize("command", COMMANDS)
def test_index_of_another_model_is_told_with_both_names(run, index, command, monkeypatch):
    monkeypatch.setattr("bot.loading.encoder_name", lambda *_: "annan@2")
    ran = run(*command, "--index", index)
    assert (ran.status, ran.out) == (1, "")
    assert_one_line(ran.err)
    assert "words@1" in ran.err
    assert "annan@2" in ran.err
    assert "kallbot rebuild" in ran.err


def test_model_that_is_not_there_is_told(run, index, monkeypatch):
    monkeypatch.undo()
    ran = run("ask", "--index", index, "--model", "/saknas/modell", WHO)
    assert ran.status == 1
    assert_one_line(ran.err)
    assert "/saknas/modell" in ran.err


# Wrong use


@pytest.mark.parametrize(
    "arguments",
    [
        ["--saknas"],
        ["saknas"],
        ["ask"],
        ["ask", ""],
        ["ask", "   "],
        ["ask", "?"],
        ["ask", "å" * 10_000],
        ["ask", "vem \udce5r rektor"],
        ["ask", "--saknas", WHO],
        ["ask", WHO, "en till"],
        ["ask", WHO, "--batch", "-"],
        ["ask", "--batch", "saknas.jsonl"],
        ["ask", "--batch", "."],
        ["ask", "--threshold", "hög", WHO],
        ["ask", "--threshold", "2", WHO],
        ["ask", "--threshold", "-0.1", WHO],
        ["ask", "--threshold", "nan", WHO],
        ["search"],
        ["search", ""],
        ["search", "--limit", "0", WHO],
        ["search", "--limit", "många", WHO],
        ["evaluate"],
        ["evaluate", "saknas.jsonl"],
        ["rebuild", "a", "b"],
    ],
    ids=lambda arguments: " ".join(arguments)[:40].encode("ascii", "replace").decode() or "none",
)
def test_wrong_use_is_told_in_one_line_and_exits_with_2(run, index, arguments):
    ran = run(*arguments, *(["--index", index] if arguments[1:] else []))
    assert ran.status == 2
    assert ran.out == ""
    assert_one_line(ran.err)


def test_question_that_is_too_long_is_told_before_anything_is_loaded(run, tmp_path):
    ran = run("ask", "å" * 10_000, "--index", tmp_path / "saknas")
    assert ran.status == 2
    assert "10000" in ran.err
    assert "1000" in ran.err


def test_wrong_setting_is_told_in_one_line(run, index, monkeypatch):
    monkeypatch.setenv("KALLBOT_THRESHOLD", "hög")
    ran = run("ask", WHO, "--index", index)
    assert ran.status == 2
    assert_one_line(ran.err)
    assert "threshold" in ran.err


@pytest.mark.parametrize("content", [b"index = ", b"tr\xf6skel = 1", b"okand = 1"])
def test_broken_settings_file_is_told_in_one_line(run, index, content):
    Path("kallbot.toml").write_bytes(content)
    ran = run("ask", WHO, "--index", index)
    assert ran.status == 2
    assert_one_line(ran.err)
    assert "kallbot.toml" in ran.err


@pytest.mark.parametrize(
    "arguments", [[], ["--help"], ["-h"], ["ask", "--help"], ["rebuild", "-h"]]
)
def test_help_is_given_on_standard_output(run, arguments):
    ran = run(*arguments)
    assert (ran.status, ran.err) == (0, "")
    assert "Usage: " in ran.out


def test_version_is_that_of_the_package(run):
    ran = run("--version")
    assert ran.status == 0
    assert version("kallbot") in ran.out


# Being interrupted


@pytest.mark.parametrize("error", [KeyboardInterrupt, EOFError])
def test_interrupt_ends_without_a_traceback(run, index, monkeypatch, error):
    def interrupt(*_, **__):
        raise error

    monkeypatch.setattr("retrieval.engine.Engine.ask", interrupt)
    ran = run("ask", WHO, "--index", index)
    assert ran.status == 130
    assert "Traceback" not in ran.err
    assert ran.out.strip() == ""


# With the real model


@pytest.fixture(scope="session")
def real_index(tmp_path_factory):
    """An index of the papers, made with the bundled model."""
    folder = tmp_path_factory.mktemp("real")
    documents = write_documents(folder / "documents", DOCUMENTS)
    encoder = load_encoder()
    rebuild(documents, folder / "index", encoder.name, lambda: encoder, lambda *_: None)
    return folder / "index"


@pytest.mark.model
def test_command_answers_with_clean_json(run_process, real_index):
    ran = run_process("ask", "--json", "--index", real_index, WHICH)
    assert (ran.status, ran.err) == (0, "")
    answer = one_json(ran.out)
    assert tuple(answer) == CONTRACT
    assert answer["citations"]
    for citation in answer["citations"]:
        quote = citation["quote"]
        text = DOCUMENTS[citation["document"]]
        assert text[quote["start"] : quote["end"]] == quote["text"]


@pytest.mark.model
def test_command_takes_questions_over_a_pipe(run_process, real_index):
    asked = f"{WHO}\nOch vem är vice ordförande?\n".encode()
    ran = run_process("repl", "--index", real_index, input=asked)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.count("\n1. ") == 2


@pytest.mark.model
def test_bytes_that_are_no_utf_8_on_the_command_line_are_told(run_process, real_index):
    ran = run_process("ask", "--index", real_index, os.fsdecode("Vem är rektor?".encode("latin-1")))
    assert ran.status == 2
    assert_one_line(ran.err)


@pytest.mark.model
def test_output_that_nobody_reads_ends_without_a_traceback(real_index, tmp_path, run_process):
    batch = write_batch(
        tmp_path / "b.jsonl", *[{"id": str(n), "question": WHICH} for n in range(300)]
    )
    with subprocess.Popen(
        [KALLBOT, "ask", "--index", real_index, "--batch", batch],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        first = process.stdout.readline()
        process.stdout.close()
        err = process.stderr.read().decode()
        process.wait(timeout=60)
    assert json.loads(first)["id"] == "0"
    assert err == ""
    assert process.returncode == 1


@pytest.mark.model
@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_ends_a_batch_without_a_traceback(real_index, run_process):
    with subprocess.Popen(
        [KALLBOT, "ask", "--index", real_index, "--batch", "-"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        # A shell lets what it starts in the background ignore interrupts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:  # fmt: skip
        process.stdin.write(json.dumps({"id": "1", "question": WHO}).encode() + b"\n")
        process.stdin.flush()
        answered = process.stdout.readline()  # from here on it waits for the next line
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert json.loads(answered)["id"] == "1"
    assert b"Traceback" not in err
    assert not out


# status and verify


def test_documents_lists_every_document_with_its_name_the_newest_first(run, index):
    out = run("documents", "--index", index).out
    assert "2021-03-18  Protokoll från kulturnämnden i Ljusforsa, Ljusforsa kommun" in out
    assert all(name in out for name in DOCUMENTS)
    days = [line[:10] for line in out.splitlines() if line[:4].isdigit()]
    assert days == sorted(days, reverse=True)


def test_documents_in_json_are_one_object_a_line(run, index):
    lines = run("documents", "--json", "--index", index).out.splitlines()
    said = {one["document"]: one for one in map(json.loads, lines)}
    assert set(said) == set(DOCUMENTS)
    assert said["protokoll.md"] == {
        "document": "protokoll.md",
        "title": "Protokoll från kulturnämnden i Ljusforsa",
        "publisher": "Ljusforsa kommun",
        "published": "2021-03-18",
        "url": "https://ljusforsa.example/kultur/protokoll",
    }


def test_documents_without_an_index_is_one_line(run, tmp_path):
    ran = run("documents", "--index", tmp_path / "none")
    assert ran.status == 1
    assert len(ran.err.splitlines()) == 1


def test_emoji_alone_is_talk_that_is_not_refused_and_cites_nothing(run, index):
    ran = run("ask", "--json", "--index", index, "🤷")
    said = json.loads(ran.out)
    assert (said["outcome"], said["refused"], said["citations"]) == ("talk", False, [])
    assert said["answer"].startswith("Skriv gärna en hel fråga")


def test_status_prints_what_the_index_holds(run, index):
    ran = run("status", "--index", index, "--json")
    assert (ran.status, ran.err) == (0, "")
    status = one_json(ran.out)
    assert status["documents"] == len(DOCUMENTS)
    assert status["pending"] == {"added": [], "changed": [], "removed": []}
    assert status["size"] > 0


def test_status_says_in_words_that_the_index_is_behind(run, documents, tmp_path, word_encoder):
    run("rebuild", documents, "--index", tmp_path / "i")
    assert "up to date" in run("status", "--index", tmp_path / "i").out
    (documents / "ny.txt").write_text("Nytt om badet.", encoding="utf-8")
    said = run("status", "--index", tmp_path / "i").out
    assert "behind its folder (1 new)" in said
    assert f"\n`kallbot rebuild {documents} --index {tmp_path / 'i'}` updates it\n" in said


def test_status_without_an_index_is_one_line(run, tmp_path):
    ran = run("status", "--index", tmp_path / "nowhere")
    assert ran.status == 1
    assert_one_line(ran.err)


def test_verify_looks_through_the_index(run, index):
    ran = run("verify", "--index", index)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith(f"Sound: {len(DOCUMENTS)} documents, ")


def test_verify_finds_a_file_that_is_cut_short(run, index, tmp_path):
    broken = shutil.copytree(index, tmp_path / "broken")
    [vectors] = (broken / VERSIONS).rglob(NEAREST)
    vectors.write_bytes(vectors.read_bytes()[:-1])
    ran = run("verify", "--index", broken)
    assert (ran.status, ran.out) == (1, "")
    assert_one_line(ran.err)
    assert "is damaged (vectors.faiss)" in ran.err


# What is run by others


def test_a_container_with_a_wrong_setting_says_so_once_and_waits_to_be_ended():
    process = subprocess.Popen([KALLBOT, "telegram", "--stay"], stderr=subprocess.PIPE, text=True)
    try:
        assert "no bot token" in process.stderr.readline()
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.5)
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 2
        assert process.stderr.read() == ""
    finally:
        process.kill()
        process.stderr.close()
