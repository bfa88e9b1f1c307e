"""Nothing between a file and the index, or a question and its answer, takes the square of a length.

What is measured is the time on the processor for a text and for one eight times as long: it is
about eight times as much where the time is linear, and 64 times where it is the square.
"""

import json
import time
from datetime import date

import pytest

from bot.telegram.layout import pack, text_block
from embeddings.language.agencies import find_agencies
from embeddings.language.contacts import find_contacts
from embeddings.language.dates import find_dates
from embeddings.language.entities import find_entities
from embeddings.language.normal import normal_form
from embeddings.language.people import find_people
from embeddings.language.references import find_references
from embeddings.language.sentences import split_sentences
from embeddings.language.words import tokens
from embeddings.passages.cutting import cut_passages, embedding_text
from embeddings.passages.document import make_document
from embeddings.passages.markup import without_markup
from embeddings.passages.notices import digests_of, find_notices
from embeddings.passages.structure import find_blocks
from embeddings.reading.formats import mail, plain, rows, web
from embeddings.reading.formats.text_builder import clean
from retrieval.question import understand

TODAY = date(2024, 3, 1)
TIMES, MOST = 8, 28
LEAST = 0.02  # seconds; what takes less for the long text takes too little to tell

PIECES = (
    "a", "A", "1", " ", "\n", "\t", "-", ".", "(", "|", "_", "\u0301", "\u0323\u0301", "a\n",
    "a\n\n", "Aa-", "Anna Berg ", "12 april 2018 ", "i går ", "i går 2018 ", "12 – ", "1, 2, ",
    "1.000", "0771", "0 12 34 ", "a.", "a@", "www.", ".se", "08-1", "tel ", "dnr 1", "1 kap. ",
    "2018-1 ", "E. ", ". ", "Statens ", "A: b\n", "# x\n", "# x\n\ny\n\n", "1.1.1 X\n", "- x\n",
    "– Hej, säger hon.\n", "a\tb\n", "| a | b\n", "a  b\n", "Foto: x\n", "Publicerad\n",
    "1. X\n\n", "§ 1\n", "**", "[x](", "<!--", "<br", "Ord ord ord ord ord ord ord ord ord.\n\n",
    "a-\n", "försäkrings kassan ", "x y. Z ",
)  # fmt: skip


def documents_of(name):
    suffix = name.partition(".")[2]
    reader = {"eml": mail, "html": web, "md": plain, "txt": plain}.get(suffix, rows)

    def read(text):
        for source in reader.read(name, text.encode()).sources:
            blocks = find_blocks(source)
            document = make_document(source, blocks, find_notices([digests_of(source, blocks)]))
            for passage in cut_passages(document):
                embedding_text(passage)

    return read


FUNCTIONS = {
    "dates": lambda text: find_dates(text, TODAY, typed=True),
    "contacts": lambda text: list(find_contacts(text)),
    "references": find_references,
    "agencies": lambda text: find_agencies(text, fuzzy=True),
    "people": find_people,
    "entities": lambda text: find_entities(text, TODAY),
    "normal form": normal_form,
    "sentences": split_sentences,
    "words": tokens,
    "extracted text": clean,
    "markdown": without_markup,
    "text": documents_of("a.txt"),
    "document in markdown": documents_of("a.md"),
    "messages": lambda text: pack([text_block(text)]),
}


def seconds(function, text):
    began = time.thread_time()
    function(text)
    return time.thread_time() - began


def assert_linear(function, short, long):
    took = seconds(function, long)
    if took < LEAST:
        return
    base = min(seconds(function, short) for _ in range(3))
    if took > MOST * base:  # another process may have been in the way
        took = min(took, seconds(function, long))
    assert took <= MOST * max(base, LEAST / TIMES)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_time_is_linear_in_the_length_of_a_text(name):
    size = 1500 if name in {"text", "document in markdown", "markdown"} else 4000
    for piece in PIECES:
        short = piece * (size // len(piece))
        assert_linear(FUNCTIONS[name], short, short * TIMES)


def long_title(count):
    return f"---\ntitle: {'ord ' * 20 * count}\n---\n" + "En mening om en bro.\n\n" * count


def long_heading(count):
    return f"# {'ord ' * 20 * count}\n\n" + "En mening om en bro.\n\n" * count


def long_column(count):
    return f"namn,{'k' * 80 * count}\n" + "a,b\n" * count


def nested_footers(count):
    links = "<p><a href='/a'>a</a></p>" * 20
    return f"<html><body><p>{'En mening om en bro. ' * 30}</p>{f'<footer>{links}' * count}"


def many_recipients(count):
    return f"To: {', '.join(f'N <n{n}@b.se>' for n in range(count * 200))}\nSubject: A\n\nHej."


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("a.eml", many_recipients),
        ("a.html", nested_footers),
        ("a.md", lambda count: f"+++\na{'.a' * count * 100} = 1\n+++\nHej."),
        ("a.md", long_title),
        ("a.md", long_heading),
        ("a.csv", long_column),
        ("a.csv", lambda count: "a," * count * 20 + "\n" + "b," * count * 20),
        ("a.csv", lambda count: "a,b\n" * 15 + "c\n" * count * 20),
        ("a.csv", lambda count: "a;b\n" * count),
        ("a.txt", lambda count: "A | B\n" + "x | y\n" * count),
        ("a.jsonl", lambda count: json.dumps({"title": "ord " * count, "text": "Hej. " * count})),
        ("a.jsonl", lambda count: json.dumps({f"k{number}": "v" for number in range(count * 4)})),
    ],
)
def test_the_time_is_linear_in_titles_headings_columns_and_rows(name, make):
    assert_linear(documents_of(name), make(40), make(40 * TIMES))


def test_a_question_of_the_longest_takes_no_more_than_its_length():
    for piece in PIECES:
        text = f"x {piece}"
        count = 120 // len(text)
        assert_linear(lambda said: understand(said, "", TODAY), text * count, text * count * TIMES)
