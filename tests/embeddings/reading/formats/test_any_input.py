"""Whatever stands in a file, its text is cut to exact spans, or one line says why not."""

import io
import json
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from embeddings.errors import DocumentError
from embeddings.passages.document import make_document
from embeddings.passages.notices import digests_of, find_notices
from embeddings.passages.structure import find_blocks
from embeddings.reading.encodings import decode
from embeddings.reading.formats import mail, opendocument, pdf, plain, rows, rtf, tables, web, word
from embeddings.reading.formats.text_builder import TextBuilder, clean
from embeddings.reading.result import dump_source, load_source
from tests.embeddings.passages.test_cutting import assert_sound
from tests.embeddings.reading.formats import samples

SETTINGS = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
WORDS = st.text(
    st.sampled_from("aåÅ.:;•–-1§|\n\r\t \0\x0c\x1b\u00a0\u00ad\u2028\ufeff\ud800🎉ﬁ\uf0b7e\u0301"),
    max_size=40,
)
# What malformed files of these kinds make their libraries raise is turned into a line by the
# worker; here it may be any error.
LIBRARY = Exception


def check(source):
    """Everything that follows reading works, and the source survives its way through a pipe."""
    assert load_source(json.loads(json.dumps(dump_source(source)))) == source
    blocks = find_blocks(source)
    document = make_document(source, blocks, find_notices([digests_of(source, blocks)]))
    assert_sound(document)
    fixed = [block for block in source.layout if block in document.blocks]
    for block in fixed:
        assert document.text_of(block).strip() == document.text_of(block)
    for offset in range(0, len(document.text), 7):
        page = document.page_at(offset)
        assert page is None or 1 <= page <= len(document.pages)


PIECES = st.lists(
    st.one_of(
        st.tuples(st.just("paragraph"), WORDS),
        st.tuples(st.just("running"), WORDS),
        st.tuples(st.just("heading"), WORDS, st.integers(1, 6)),
        st.tuples(st.just("caption"), WORDS),
        st.tuples(st.just("notice"), WORDS),
        st.tuples(st.just("row"), WORDS),
        st.tuples(st.just("bullets"), st.lists(st.tuples(st.integers(0, 3), st.just(""), WORDS))),
        st.tuples(st.just("table"), st.lists(st.lists(WORDS, max_size=4), max_size=4)),
        st.tuples(st.just("turn_page")),
    ),
    max_size=12,
)


@SETTINGS
@given(PIECES)
def test_any_text_that_is_built_becomes_a_sound_document(pieces):
    builder = TextBuilder()
    for method, *arguments in pieces:
        getattr(builder, method)(*arguments)
    check(builder.source("a.pdf"))


@SETTINGS
@given(WORDS)
def test_clean_text_stays_as_it_is(text):
    once = clean(text)
    assert clean(once) == once == once.strip()
    assert not set(once) & set("\0\x1b\u00a0\u00ad\ufeff\ud800")


@SETTINGS
@given(
    st.text().filter(lambda text: not text.startswith("\0")),  # in UTF-16 the mark of UTF-32
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
)
def test_text_is_decoded_to_the_letter_where_its_encoding_shows(text, encoding):
    try:
        found = decode(text.encode(encoding))
    except (DocumentError, UnicodeEncodeError):
        return
    assert found.lstrip("\ufeff") == text.lstrip("\ufeff")


@SETTINGS
@given(st.binary(max_size=300))
def test_any_bytes_are_text_or_refused(content):
    for name in ("a.txt", "a.md"):
        try:
            [source] = plain.read(name, content).sources
        except DocumentError:
            continue
        assert source.text == decode(content).replace("\r\n", "\n").replace("\r", "\n")


@SETTINGS
@given(st.lists(st.lists(WORDS, max_size=5), max_size=6), st.none() | st.integers(0, 3))
def test_any_table_keeps_what_stands_in_it(cells, heads):
    names, body = tables.split_table(cells, heads)
    written = "\n".join([*names, *(tables.name_cells(names, row) for row in body)])
    for row in cells:
        for cell in row:
            assert cell.strip("; :\n\r\t\x0c\u00a0\u2028\x1b") in written or not cell.strip()


HTML = st.lists(
    st.one_of(
        st.sampled_from("html body main p div ul ol li dl dt dd table tr td th caption h1 h3 br "
                        "article figure figcaption time details summary a b span".split())
        .flatmap(lambda tag: st.sampled_from([f"<{tag}>", f"</{tag}>"])),
        WORDS,
        st.sampled_from("&shy; &#0; &nbsp; <!-- --> <script> </script> <![CDATA[".split()),
    ),
    max_size=40,
)  # fmt: skip


@SETTINGS
@given(HTML)
def test_any_page_is_read_or_refused(parts):
    content = "".join(parts).encode(errors="replace")
    try:
        [source] = web.read("a.html", content).sources
    except DocumentError:
        return
    check(source)


@SETTINGS
@given(st.text(st.sampled_from('aå;,\t|"\n\r\0 1'), max_size=80))
def test_any_table_of_rows_is_read_or_refused(text):
    for name in ("a.csv", "a.jsonl"):
        try:
            reading = rows.read(name, text.encode())
        except DocumentError:
            continue
        assert len({source.name for source in reading.sources}) == len(reading.sources)
        for source in reading.sources:
            check(source)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | WORDS.filter(lambda text: "\ud800" not in text),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("abåtextitle"), inner, max_size=4)
    ),
    max_leaves=8,
)


@SETTINGS
@given(st.dictionaries(st.sampled_from(["title", "text", "date", "url", "å", "body"]), JSON))
def test_any_json_object_is_read(said):
    for source in rows.read("a.jsonl", json.dumps(said).encode()).sources:
        check(source)


def damage(content, places):
    """The bytes with some of them changed, or cut away."""
    damaged = bytearray(content)
    for place, value in places:
        if value is None:
            del damaged[place % (len(damaged) + 1) :]
        elif damaged:
            damaged[place % len(damaged)] = value
    return bytes(damaged)


DAMAGE = st.lists(
    st.tuples(st.integers(0, 10**6), st.none() | st.integers(0, 255)), min_size=1, max_size=6
)
WHOLE = {
    "odt": (opendocument, samples.odt()),
    "eml": (mail, samples.mail(attachment=True)),
    "rtf": (rtf, samples.RTF),
    "csv": (rows, samples.CSV),
    "html": (web, samples.PRESS_RELEASE.encode()),
}


@pytest.mark.parametrize("suffix", WHOLE)
@settings(SETTINGS, max_examples=30)
@given(DAMAGE)
def test_a_damaged_file_is_read_or_refused(suffix, places):
    adapter, content = WHOLE[suffix]
    try:
        reading = adapter.read(f"a.{suffix}", damage(content, places))
    except LIBRARY:
        return
    for source in reading.sources:
        check(source)


def member(content, name, change):
    """A zip archive with one of its files changed."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w") as new:
        for item in old.infolist():
            inside = old.read(item)
            new.writestr(item, change(inside) if item.filename == name else inside)
    return made.getvalue()


DOCX = samples.decision_docx()
PDF = samples.pdf([samples.budget_table()])


@settings(SETTINGS, max_examples=10)
@given(DAMAGE, st.sampled_from(["word/document.xml", "word/styles.xml", "word/numbering.xml"]))
def test_a_damaged_word_document_is_read_or_refused(places, name):
    try:
        [source] = word.read("a.docx", member(DOCX, name, lambda xml: damage(xml, places))).sources
    except LIBRARY:
        return
    check(source)


@settings(SETTINGS, max_examples=15)
@given(DAMAGE)
def test_a_damaged_pdf_is_read_or_refused(places):
    try:
        [source] = pdf.read("a.pdf", damage(PDF, places)).sources
    except LIBRARY:
        return
    check(source)
