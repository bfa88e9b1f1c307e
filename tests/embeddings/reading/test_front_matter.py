"""What stands before a text in YAML, what is but a rule, and what is refused."""

import pytest

from embeddings.errors import DocumentError
from embeddings.passages.cutting import cut_passages
from embeddings.passages.document import make_document
from embeddings.passages.notices import digests_of, find_notices
from embeddings.passages.structure import find_blocks
from embeddings.reading.formats import plain
from embeddings.reading.front_matter import MAX_LENGTH, load_yaml
from embeddings.types import shortened


def read(text, name="a.md"):
    reading = plain.read(name, text.encode())
    [source] = reading.sources
    blocks = find_blocks(source)
    document = make_document(source, blocks, find_notices([digests_of(source, blocks)]))
    return document, [passage.text for passage in cut_passages(document)], reading.notes


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("ordförande: Sixten Alm", "ordförande: Sixten Alm"),
        ("närvarande: [Maja Rosén, Dario Frisk]", "närvarande: [Maja Rosén, Dario Frisk]"),
        ("närvarande:\n  - Maja\n  - Dario", "närvarande:\n  - Maja\n  - Dario"),
        ("dnr: 0117", "dnr: 0117"),
        ("plats: >\n  Salen\n  i Ekvik", "plats: >\n  Salen\n  i Ekvik"),
        ("publisher: [A, B]", "publisher: [A, B]"),
        ("kontakt:\n  namn: Åsa\n  tel: 12", "kontakt:\n  namn: Åsa\n  tel: 12"),
    ],
)
def test_what_is_no_metadata_is_a_passage_of_the_document(key, shown):
    document, passages, notes = read(f"---\ntitle: Möte\n{key}\ndate: 2026-03-12\n---\n\nÅsa kom.")
    assert passages == [shown, "Åsa kom."]
    assert document.title == "Möte"
    assert notes == ()


def test_what_is_said_as_metadata_or_says_nothing_is_no_passage():
    _, passages, _ = read("---\ntitle: Möte\nkind: protokoll\ntags:\nplats: ~\n---\nÅsa kom.")
    assert passages == ["Åsa kom."]


def test_the_title_is_sought_in_the_text_and_not_in_the_front_matter():
    keys = "".join(f"nyckel{number}: ett värde\n" for number in range(8))
    document, _, _ = read(f"---\n{keys}---\n## Om skolan\n\nSkolan är stängd i dag.")
    assert document.title == "Om skolan"


@pytest.mark.parametrize(
    "rule",
    [
        "---\n**BRF TALLEN**\nOrdförande: Britta\n---\n",
        "---\nObs! Ny tid: klockan 19: samma lokal.\n---\n",
        "---\n\n---\n",
        "---\nEn mening som är ett stycke.\n---\n",
        "---\n- ett\n- två\n---\n",
        "---\n",
    ],
)
def test_what_opens_no_yaml_is_a_rule_and_everything_is_read(rule):
    document, passages, notes = read(f"{rule}\nMötet hålls i Ekvik.")
    assert "Mötet hålls i Ekvik." in passages
    assert notes == ()
    for word in ("TALLEN", "samma lokal", "är ett stycke", "två"):
        assert (word in rule) == any(word in document.text_of(one) for one in document.blocks)


def test_keys_that_are_not_quite_yaml_are_read_a_line_at_a_time_and_told():
    written = '---\ntitle: Läckan: läget\ndate: 2026-02-03\nansvarig: "Omar" W: chef\n---\nLagat.'
    document, passages, notes = read(written)
    assert document.title == "Läckan: läget"
    assert document.metadata.published.isoformat() == "2026-02-03"
    assert passages == ['ansvarig: "Omar" W: chef', "Lagat."]
    assert len(notes) == 1
    assert "line 1" in notes[0]


@pytest.mark.parametrize("title", ["0x" + "f" * 9000, "0b1", "1_000", "12:30:00", "No", "2024"])
def test_a_title_is_what_is_written_and_no_number(title):
    document, _, _ = read(f"---\ntitle: {title}\n---\nÅsa kom.")
    assert document.title == shortened(title)


HOSTILE = {
    "aliases": "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
    "deep": f"a: {'[' * 5000}{']' * 5000}\n",
    "deep, open": f"a: {'{a: ' * 5000}\n",
    "long": "a: b\n" * (MAX_LENGTH // 4),
    "tag": "a: !!python/object:os.system []\nb: !!int ''\n",
    "date": "date: 2023-02-30\n",
    "unfinished": "a: [Å\n",
    "key": "? [a, b]\n: c\nd: e\n",
}


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_hostile_yaml_costs_the_document_nothing(hostile):
    _, passages, notes = read(f"---\n{hostile}---\n\nÅsa kom.")
    assert passages[-1] == "Åsa kom."
    assert len(notes) <= 1
    assert not any("\n" in note or len(note) > 200 for note in notes)


def test_hostile_json_beside_a_document_is_refused_in_a_line():
    for written in ('{"a":' * 10_000, '{"title": ' + "9" * 9000 + "}", "{"):
        with pytest.raises(DocumentError, match="not valid JSON"):
            load_yaml(written)


def test_what_stands_between_pluses_is_toml():
    document, passages, notes = read(
        '+++\ntitle = "Möte"\ndate = 2026-03-12\n"ordförande" = "Sixten Alm"\nvid = [\n'
        '  "Maja",\n]\n[plats]\nsal = "Eken"\n+++\n\nÅsa kom.'
    )
    assert (document.title, str(document.metadata.published)) == ("Möte", "2026-03-12")
    assert passages == ['"ordförande" = "Sixten Alm"', 'vid = [\n  "Maja",\n]\n[plats]',
                        'sal = "Eken"', "Åsa kom."]  # fmt: skip
    assert notes == ()


def test_pluses_around_what_is_no_toml_are_text():
    _, passages, _ = read("+++\nÅsa kom.\n+++\n\nÖrjan gick.")
    assert "Åsa kom." in "".join(passages)


@pytest.mark.parametrize("written", ["title = 0x" + "f" * 5000, "a" + ".a" * 4900 + " = 1"])
def test_toml_of_a_huge_number_or_name_is_read_or_text(written):
    _, passages, _ = read(f"+++\n{written}\n+++\nÅsa kom.")
    assert "Åsa kom." in "".join(passages)
