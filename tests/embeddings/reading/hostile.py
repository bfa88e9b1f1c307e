"""Files made to harm, of every format, the same for the same seed."""

import io
import json
import random
import zipfile
from collections.abc import Iterator

from tests.embeddings.reading.formats import samples

# Pieces that parsers treat as their own, of text and of bytes.
_PIECES = (
    b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\x1a", b"\r", b"\n\n\n", b"---\n",
    b"&a [*a, *a]", b"<![CDATA[", b"<!ENTITY a '&a;&a;'>", b"&#x110000;",
    b"{\\rtf1{\\bin99999999 ", b"obj<<", b">>endobj", b"stream\n",
    b"Content-Type: multipart/mixed; boundary=a\n\n--a\n", b"=?utf-8?b?////?=", b'"\n"', b";;;;;",
    b"[[[[[[[[", b"{{{{{{{{", b"9" * 5000, b"0x" + b"f" * 5000, b"-1e999", b"a\xcc\x81" * 500,
    b"A-" * 2000, b"12 april 2018 " * 500, b"| " * 3000, b"0" + b"7" * 400 + b"x",
    b"1" + b".000" * 900 + b"a1", b"\xc2\xa0" * 3000, b"<td>" * 3000, b"../../etc/passwd",
)  # fmt: skip


def samples_of_formats() -> dict[str, bytes]:
    """A whole file of each format, by its suffix."""
    return {
        ".txt": samples.PRESS_RELEASE.encode(),
        ".md": b"---\ntitle: A\npublisher: B\n---\n# C\n\n|a|b|\n|-|-|\n|1|2|\n\n- x\n- y\n",
        ".csv": samples.CSV,
        ".jsonl": b'{"title": "T", "text": "Hej.", "date": "2024-03-01"}\n' * 9,
        ".html": samples.PRESS_RELEASE.encode(),
        ".pdf": samples.pdf([samples.budget_table()]),
        ".docx": samples.decision_docx(),
        ".odt": samples.odt(),
        ".rtf": samples.RTF,
        ".eml": samples.mail(attachment=True),
    }


def made_files() -> Iterator[tuple[str, bytes]]:
    """Files each of which is made for one weakness."""
    said = "Detta är en mening om något viktigt.\n\n".encode()
    laughs = "".join(f"{after}: &{after} [{', '.join([f'*{one}'] * 9)}]\n"
                     for one, after in zip("abcdefgh", "bcdefghi", strict=True))  # fmt: skip
    yield "skratt.md", f"---\na: &a [x, x]\n{laughs}---\n".encode() + said
    yield "hex.md", b"---\ntitle: 0x" + b"f" * 9000 + b"\n---\n" + said
    yield "djup.md", b"---\na: " + b"[" * 9000 + b"\n---\n" + said
    yield "rubrik.md", b"# " + b"ord " * 50_000 + b"\n\n" + said * 300
    yield "titel.md", b"---\ntitle: " + b"ord " * 20_000 + b"\n---\n" + said * 300
    for depth in (350, 20_000):
        nested = b"[" * depth + b"]" * depth
        yield f"djup{depth}.jsonl", b'{"title": "x", "text": "Hej.", "a": ' + nested + b"}\n{}\n"
    yield "tal.jsonl", b'{"title": ' + b"9" * 9000 + b"}\n"
    yield "titel.jsonl", json.dumps({"title": "ord " * 50_000, "text": "Hej du. " * 900}).encode()
    rows = "".join(f"a{number},b{number}\n" for number in range(300))
    yield "kolumn.csv", ("namn," + "k" * 100_000 + "\n" + rows).encode()
    yield "lika.csv", b"a," * 20_000 + b"a\n" + b"b," * 20_000 + b"b\n"
    yield "ensamma.csv", b"a,b\n" * 15 + b"c\n" * 20_000
    yield "citat.csv", b'a,b\n"' + b"x\n" * 50_000
    yield "datum.txt", b"den 12 april 2018 " * 3000
    yield "telefon.txt", b"ring 0" + b"7" * 3000 + b"x\n" + said
    yield "namn.txt", b"Aa-" * 10_000 + b"\n" + said
    yield "accenter.txt", ("a" + "\u0323\u0301" * 20_000).encode()
    yield "ett ord.txt", b"x" * 200_000
    yield "blanksteg.txt", b" " * 100_000 + b"x" + b"\t" * 100_000
    yield "rader.txt", b"a\n" * 20_000
    yield "tabell.txt", b"a\tb\n" * 10_000
    yield "punkter.md", b"- x\n" * 20_000
    yield "listor.html", b"<ul><li>" * 2000
    yield "entiteter.html", b"<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>]><p>" + b"&a;" * 5000
    yield "bomb.docx", samples.zip_bomb()
    yield "tom.docx", b"PK\x03\x04" + b"\0" * 200
    yield "vägar.docx", _zip({"../../a.xml": b"<a/>", "/etc/passwd": b"x"})
    yield "mappar.odt", _zip({"content.xml": b"<a>" * 20_000, "mimetype": b"application/x"})
    yield "kort.pdf", b"%PDF-1.7\n" + b"1 0 obj<</Kids[1 0 R]/Type/Pages/Count 999999999>>endobj\n"
    yield "delar.eml", b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\n" * 5000
    yield "djup.rtf", b"{\\rtf1" + b"{" * 20_000 + b" x"
    yield "tom.txt", b""
    yield "binär.txt", bytes(range(256)) * 40


def mutated_files(seed: int, count: int) -> Iterator[tuple[str, bytes]]:
    """So many files of all formats, each with a few places changed, cut out, repeated or filled."""
    chance = random.Random(seed)
    whole = samples_of_formats()
    for number in range(count):
        suffix = chance.choice(list(whole))
        content = whole[suffix]
        if content.startswith(b"PK") and chance.random() < 0.7:
            content = _with_mutated_member(content, chance)
        else:
            content = _mutated(content, chance)
        yield f"fil{number}{suffix}", content


def _mutated(content: bytes, chance: random.Random) -> bytes:
    made = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        at = chance.randrange(len(made) + 1)
        length = chance.choice((1, 4, 64, 1024))
        match chance.randrange(6):
            case 0:
                made[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                del made[at : at + length]
            case 2:
                made[at:at] = chance.choice(_PIECES)
            case 3:
                made[at:at] = made[at : at + length] * chance.choice((2, 20, 200))
            case 4:
                made[at : at + length] = chance.randbytes(length)
            case _:
                del made[max(at, 10) :]
    return bytes(made[:2_000_000])


def _with_mutated_member(content: bytes, chance: random.Random) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as old:
        members = {item.filename: old.read(item) for item in old.infolist()}
    chosen = chance.choice(list(members))
    members[chosen] = _mutated(members[chosen], chance)
    return _zip(members)


def _zip(members: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return made.getvalue()
