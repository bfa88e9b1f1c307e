"""Rich text: counted, divided and escaped as Telegram does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.telegram.layout import (
    MOST_MESSAGES,
    Block,
    Run,
    clean,
    divide,
    pack,
    prefix,
    text_block,
    utf16,
)
from tests.bot.bot_api import clean as telegrams_clean
from tests.bot.bot_api import parse_html, utf16_length

ANY_TEXT = st.text(st.characters(codec=None), max_size=300)
BLOCKS = st.lists(
    st.builds(
        Block,
        st.lists(st.builds(Run, ANY_TEXT.map(clean), st.booleans()), min_size=1, max_size=4).map(
            tuple
        ),
        st.booleans(),
    ),
    min_size=1,
    max_size=8,
)


def plain(html):
    return parse_html(html)[0]


@given(BLOCKS, st.integers(60, 400))
def test_every_message_is_valid_and_within_the_limit_and_what_is_cut_has_a_sign(blocks, limit):
    messages = pack(blocks, limit)
    texts = [plain(message) for message in messages]
    assert all(utf16_length(text) <= limit for text in texts)
    assert len(messages) <= MOST_MESSAGES

    def letters(text):
        return "".join(text.split())

    is_whole = letters("".join(texts)) == letters("".join(block.text for block in blocks))
    assert is_whole or any("…" in text for text in texts)


def test_an_answer_takes_three_messages_and_its_sources_are_never_cut_away():
    sources = text_block("Källor\n1. Budget 2024")
    messages = pack([text_block("svar " * 40_000), text_block("citat " * 9_000), sources])
    assert len(messages) <= MOST_MESSAGES
    assert plain(messages[-1]).endswith("1. Budget 2024")
    assert "".join(map(plain, messages)).count("…") == 2


@given(ANY_TEXT)
def test_a_cleaned_text_is_what_telegram_keeps_of_it(text):
    kept = clean(text)
    assert telegrams_clean(kept) == kept


def test_a_ring_over_an_a_survives_cleaning():
    assert clean("pa\u030a A\u030arsta") == "på Årsta"


def test_length_is_counted_in_utf16_units():
    assert utf16("åäö") == 3
    assert utf16("👷🏽‍♀️") == 7
    assert prefix("👷👷👷", 5) == "👷👷"


def test_a_long_block_is_cut_between_sentences():
    sentences = [f"Mening nummer {number} slutar här." for number in range(30)]
    parts = list(divide(Block((Run(" ".join(sentences)),), is_quote=True), 200))
    assert len(parts) > 1
    assert all(part.is_quote and part.text.endswith("här.") for part in parts)
    assert " ".join(part.text for part in parts) == " ".join(sentences)


def test_a_long_list_is_cut_between_lines():
    lines = [f"• punkt {number}" for number in range(60)]
    parts = list(divide(text_block("\n".join(lines), bold=True), 100))
    assert "\n".join(part.text for part in parts).split("\n") == lines


def test_blocks_are_kept_whole_where_they_fit():
    blocks = [text_block("a" * 60), text_block("b" * 60), text_block("c" * 60)]
    assert [plain(message) for message in pack(blocks, 130)] == [
        "a" * 60 + "\n\n" + "b" * 60,
        "c" * 60,
    ]


@pytest.mark.parametrize(("length", "expected"), [(100, False), (400, True)])
def test_a_quote_is_expandable_when_it_is_long(length, expected):
    html = Block((Run("ord " * (length // 4)),), is_quote=True).html()
    assert ("blockquote expandable" in html) is expected


def test_text_is_escaped_everywhere():
    block = Block((Run("<b>&", link='https://x.se/?a="b"&c'), Run("</blockquote>")), is_quote=True)
    assert plain(block.html()) == "<b>&</blockquote>"
