"""The process that reads what may harm it: it dies alone, and is used again while it lives."""

import os
import signal
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from embeddings.errors import DocumentError
from embeddings.reading.isolation import IsolatedReader, Limits
from embeddings.reading.registry import PDF, WEB, WORD
from tests.embeddings.reading.formats import samples

# Stands in for the worker: it answers each request with what a line of its script says.
SCRIPT = """
import json, os, resource, signal, sys, time
memory, seconds = map(int, sys.argv[-2:])
out = os.fdopen(os.dup(1), "wb", 0)
while head := sys.stdin.buffer.readline():
    asked = json.loads(head)
    sys.stdin.buffer.read(asked["size"])
    exec(asked["name"])
"""
SOURCE = (
    '{"name": "a", "text": "Åsa", "metadata": {"title": null, "publisher": null, "kind": null, '
    '"published": null, "url": null, "language": null}, "body": 0, "hints": {"published": null}, '
    '"layout": '
)


@contextmanager
def reader(limits=None, command=None):
    made = IsolatedReader(limits, command) if command else IsolatedReader(limits)
    try:
        yield made
    finally:
        made.close()


def scripted(limits=None):
    return reader(limits, [sys.executable, "-c", SCRIPT])


def source(layout):
    """A reply with a source of these blocks."""
    return f'{{"sources": [{SOURCE}{layout}, "pages": []}}], "notes": []}}'


def pid(isolated):
    return isolated._process.pid


def answer(line):
    return f"out.write({line!r}.encode() + b'\\n')"


def test_a_folder_that_holds_a_package_of_the_same_name_changes_nothing(tmp_path, monkeypatch):
    (tmp_path / "embeddings").mkdir()
    (tmp_path / "embeddings" / "__init__.py").write_text("raise SystemExit(1)")
    monkeypatch.chdir(tmp_path)
    with reader() as isolated:
        assert isolated.read(WEB, "a.html", b"<p>Skolan i Lund flyttar.").sources


def test_files_are_read_in_one_process():
    with reader() as isolated:
        page = samples.PRESS_RELEASE.encode()
        [source] = isolated.read(WEB, "pm.html", page).sources
        first = pid(isolated)
        assert (source.name, source.metadata.language) == ("pm.html", "sv")
        assert "340 miljoner" in source.text
        with pytest.raises(DocumentError, match="damaged"):
            isolated.read(PDF, "a.pdf", b"%PDF-1.4")
        assert isolated.read(WORD, "a.docx", samples.decision_docx()).sources[0].layout
        assert pid(isolated) == first
    assert isolated._process is None
    with pytest.raises(ProcessLookupError):
        os.kill(first, 0)


def test_nothing_is_started_before_there_is_something_to_read():
    with reader() as isolated:
        assert isolated._process is None


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (samples.zip_bomb(), "unpacks to 1100 MB"),
        (samples.minutes_pdf(password="hemligt"), "encrypted"),
        (b"<p>" * 200_000 + b"djupt", None),
        (b"<div>" * 3000 + b"x" * 50 + b"<table><tr><td>" * 300, None),
    ],
    ids=["bomb", "encrypted", "paragraphs", "nested"],
)
def test_what_is_hostile_gives_a_line_or_a_text(content, message):
    chosen = WORD if content.startswith(b"PK") else PDF if content.startswith(b"%PDF") else WEB
    with reader() as isolated:
        said = None
        try:
            isolated.read(chosen, "a", content)
        except DocumentError as error:
            said = str(error)
        assert message is None or message in said
        assert "\n" not in (said or "")
        assert isolated.read(WEB, "b.html", b"<p>Hej").sources[0].text == "Hej"


def test_a_document_that_needs_too_much_memory_is_refused():
    with reader(Limits(memory=700 * 2**20)) as isolated:
        page = b"<table>" + b"<tr><td>a<td>b" * 4_000_000
        with pytest.raises(DocumentError):
            isolated.read(WEB, "a.html", page)
        assert isolated.read(WEB, "b.html", b"<p>Hej").sources[0].text == "Hej"


def test_a_reader_that_uses_up_its_time_is_ended_and_the_next_file_read():
    with scripted() as isolated:
        limit = "resource.setrlimit(resource.RLIMIT_CPU, (1, 9))"
        with pytest.raises(DocumentError, match="takes too long"):
            isolated.read(PDF, f"{limit}\nwhile True: pass", b"")
        assert isolated._process is None
        source = answer('{"sources": [], "notes": ["å"]}')
        assert isolated.read(PDF, source, b"x" * 10**6).notes == ("å",)


def test_the_worker_has_little_time_for_each_file():
    with reader(Limits(processor=7)) as isolated:
        isolated.read(WEB, "b.html", b"<p>Hej")
        limits = Path(f"/proc/{pid(isolated)}/limits").read_text()
        soft = int(next(line for line in limits.splitlines() if "cpu time" in line).split()[3])
        assert 7 <= soft < 60


def test_a_reader_that_is_silent_is_ended():
    with scripted(Limits(silence=0.2)) as isolated, pytest.raises(DocumentError, match="too long"):
        isolated.read(PDF, "time.sleep(60)", b"")


def test_a_sign_of_life_gives_a_reader_more_time():
    with scripted(Limits(silence=5.0)) as isolated:
        alive = "out.write(b'.\\n')\n" * 50
        assert isolated.read(PDF, alive + answer('{"sources": [], "notes": []}'), b"").sources == ()


@pytest.mark.parametrize(
    "script",
    [
        "os.kill(os.getpid(), signal.SIGSEGV)",
        "os._exit(0)",
        answer("ingen json"),
        answer("[]"),
        answer('{"sources": 3, "notes": []}'),
        answer('{"sources": [{}], "notes": []}'),
        answer(source('[["heading", 2, 9, 1]]')),
        answer(source('[["heading", 2, 1, 1]]')),
        answer(source('[["elefant", 0, 1, 1]]')),
        answer(source("[]").replace("Åsa", "\\ud800")),
    ],
)
def test_a_reader_that_crashes_or_answers_nonsense_is_started_again(script):
    with scripted() as isolated:
        with pytest.raises(DocumentError, match="crash") as error:
            isolated.read(PDF, script, b"")
        assert "\n" not in str(error.value)
        good = answer(source('[["heading", 0, 3, 1]]'))
        assert isolated.read(PDF, good, b"").sources[0].text == "Åsa"


def test_an_interrupt_ends_the_process(monkeypatch):
    with scripted() as isolated:

        def interrupted(*_):
            raise KeyboardInterrupt

        isolated.read(PDF, answer('{"sources": [], "notes": []}'), b"")
        process = isolated._process
        monkeypatch.setattr(isolated, "_ask", interrupted)
        with pytest.raises(KeyboardInterrupt):
            isolated.read(PDF, "", b"")
        assert process.returncode == -signal.SIGKILL
