import json
import shutil
from collections import namedtuple
from pathlib import Path

import pytest

from bot.telegram.sqlite_state import DATABASE
from embeddings.index.manifest import MANIFEST
from embeddings.model.bundled import UNPACKED_MB, bundled_folder


@pytest.fixture
def sound(index, word_encoder, monkeypatch):
    """An index that can be answered from, and a model that is there."""
    monkeypatch.setattr("bot.doctor.encoder_name", lambda *_: word_encoder.name)
    monkeypatch.setattr("bot.doctor.is_whole", lambda _: True)
    monkeypatch.setenv("KALLBOT_INDEX", str(index))
    return index


@pytest.fixture
def examine(run):
    """Runs `kallbot doctor`, to its exit status and what is said of each thing, by its level."""

    def run_doctor(*arguments):
        ran = run("doctor", "--json", *arguments)
        assert ran.err == ""
        found = {}
        for line in map(json.loads, ran.out.splitlines()):
            found.setdefault((line["about"], line["level"]), []).append(line["said"])
        return ran.status, found

    return run_doctor


def test_a_sound_installation_is_told_line_by_line_with_status_0(run, sound):
    ran = run("doctor")
    assert (ran.status, ran.err) == (0, "")
    assert "\nok     index " in ran.out
    assert "\nwrong" not in ran.out


def test_an_index_elsewhere_is_a_flag_and_one_that_is_missing_is_no_fault(
    examine, sound, monkeypatch, tmp_path
):
    monkeypatch.delenv("KALLBOT_INDEX")
    status, found = examine()
    assert status == 0
    [said] = found["index", "note"]
    assert f"make it with `kallbot rebuild FOLDER --index {tmp_path / 'data'}" in said
    status, found = examine("--index", sound)
    assert status == 0
    assert f"documents in {sound}" in " ".join(
        found["index", "ok"] + found.get(("index", "note"), [])
    )
    status, found = examine("--index", tmp_path / "none")
    assert status == 0
    assert str(tmp_path / "none") in found["index", "note"][0]


def test_a_damaged_index_is_wrong(examine, sound, tmp_path):
    damaged = shutil.copytree(sound, tmp_path / "damaged")
    (damaged / MANIFEST).write_text("{")
    status, found = examine("--index", damaged)
    assert status == 1
    assert "`kallbot rebuild" in found["index", "wrong"][0]


def test_the_model_is_a_flag(examine, sound, monkeypatch):
    monkeypatch.setattr("bot.doctor.encoder_name", lambda model: f"{model}@1")
    _, found = examine("--model", "another")
    assert found["model", "ok"] == ["another@1"]


@pytest.mark.model
def test_the_pages_and_doctor_tell_the_size_of_the_model(monkeypatch):
    monkeypatch.delenv("XDG_CACHE_HOME")
    folder = bundled_folder()
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    assert size / 1_000_000 == pytest.approx(UNPACKED_MB, abs=1)
    readme = Path(__file__).parents[2] / "README.md"
    assert f"({UNPACKED_MB} MB)" in readme.read_text(encoding="utf-8")


def test_what_is_wrong_is_named_with_what_to_do_and_the_rest_is_looked_at(
    examine, sound, monkeypatch, tmp_path
):
    monkeypatch.setenv("KALLBOT_INDEX", str(tmp_path / "none"))
    monkeypatch.setenv("KALLBOT_DOCUMENTS", str(tmp_path / "gone"))
    monkeypatch.setenv("KALLBOT_STATE", str(tmp_path))
    (tmp_path / DATABASE).write_bytes(b"no database, but as long as the head of one is " * 9)
    monkeypatch.setenv("KALLBOT_LLM_URL", "http://127.0.0.1:9/v1")
    Usage = namedtuple("Usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(9, 9, 1_000_000))
    status, found = examine()
    assert status == 1
    assert "make it with `kallbot rebuild" in found["index", "note"][0]
    assert "set KALLBOT_DOCUMENTS" in found["documents", "wrong"][0]
    assert "`kallbot restore`" in found["state", "wrong"][0]
    assert "1.0 MB are free" in found["disk", "wrong"][0]
    assert "KALLBOT_LLM_URL" in found["language model", "wrong"][0]


def test_a_wrong_setting_is_all_that_is_told(examine, monkeypatch):
    monkeypatch.setenv("KALLBOT_TRESHOLD", "0.5")
    status, found = examine()
    assert status == 1
    assert found["settings", "wrong"] == [
        "KALLBOT_TRESHOLD in the environment is not a setting: write KALLBOT_THRESHOLD"
    ]
    assert {about for about, _ in found} == {"system", "settings"}


def test_the_token_is_tried_and_never_told(examine, sound, api, monkeypatch):
    monkeypatch.setenv("KALLBOT_TELEGRAM_BASE_URL", api.base_url)
    monkeypatch.setenv("KALLBOT_ACCESS", "open")
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "")  # a line that is not filled in
    assert "no bot token" in examine()[1]["telegram", "note"][0]
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", api.token)
    assert "the token is that of @" in examine()[1]["telegram", "ok"][0]
    for token, base, expected in (
        ("1:WRONG", api.base_url, "Telegram does not accept the bot token"),
        ("not a token", api.base_url, "Telegram does not accept the bot token"),
        ("1:UNSEEN", "http://127.0.0.1:9/bot", "cannot be reached (ConnectError)"),
    ):
        monkeypatch.setenv("TELEGRAM_BOT_TOKEN", token)
        monkeypatch.setenv("KALLBOT_TELEGRAM_BASE_URL", base)
        status, found = examine()
        assert status == 1
        [said] = found["telegram", "wrong"]
        assert expected in said
        assert token not in said
    monkeypatch.delenv("KALLBOT_ACCESS")
    assert "KALLBOT_ACCESS=open" in examine()[1]["telegram", "wrong"][0]


def test_optional_programs_that_are_missing_are_no_fault(examine, sound, monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("bot.doctor.tesseract.is_available", lambda: False)
    status, found = examine()
    assert status == 0
    assert len(found["programs", "note"]) == 2
