"""How an answer is written out."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.telegram.handlers import parse_press
from bot.telegram.layout import pack
from bot.telegram.messages import (
    Outgoing,
    Press,
    answer_blocks,
    answer_keyboard,
    choices_of,
    short_answer,
    source_link,
    source_messages,
    text_hash,
)
from bot.telegram.state import SourcePlace
from bot.telegram.wording import ENGLISH, SWEDISH
from embeddings.types import BlockKind, Context, Document, Metadata, Passage
from retrieval.types import (
    Answer,
    Citation,
    Hit,
    Question,
    QuestionKind,
    Quote,
    Refusal,
    RefusalReason,
)
from tests.bot.bot_api import parse_html

TEXT = (
    "Först detta.\n\nMötet hölls i Malmö den 3 maj. Där talade Åsa Öman om <bron> & vägen.\n\nSist."
)


def document(text=TEXT, name="a.txt", url=None):
    meta = Metadata("Titeln & <mer>", "Boverket", None, date(2023, 5, 4), url)
    return Document(name, text, meta, ())


def citation(number, source, quoted):
    start = source.text.index(quoted)
    begin = source.text.rfind("\n\n", 0, start) + 2 if "\n\n" in source.text[:start] else 0
    end = source.text.find("\n\n", start)
    end = len(source.text) if end < 0 else end
    passage = Passage(source, BlockKind.PARAGRAPH, begin, end, Context("Titeln"))
    return Citation(number, Hit(passage, 1, 1, 1, 1), Quote(source, start, start + len(quoted)))


def span(source, words):
    start = source.text.index(words)
    return Quote(source, start, start + len(words))


def answer(*spans, citations, refusal=None):
    return Answer(Question("?", QuestionKind.FACT), 0.9, spans, tuple(citations), refusal)


def html_of(found, words=SWEDISH):
    [html] = pack(answer_blocks(found, words))
    return html


SENTENCE = "Där talade Åsa Öman om <bron> & vägen."


def test_the_answering_words_are_marked_inside_the_quote():
    source = document()
    html = html_of(answer(span(source, "Åsa Öman"), citations=[citation(1, source, SENTENCE)]))
    assert (
        "<blockquote>Där talade <b>Åsa Öman</b> om &lt;bron&gt; &amp; vägen.</blockquote>" in html
    )
    assert html.startswith("<b>Åsa Öman</b>")


def test_a_quote_that_two_documents_hold_is_shown_once_with_both_numbers():
    first, second = document(), document(name="b.txt")
    both = [citation(1, first, SENTENCE), citation(2, second, SENTENCE)]
    html = html_of(answer(span(first, "Åsa Öman"), citations=both))
    assert html.count("<blockquote>") == 1
    assert "Källa 1 och 2" in html
    assert "2. Titeln &amp; &lt;mer&gt;, Boverket, 4 maj 2023" in html


def test_the_words_are_marked_in_the_other_document_too():
    first, second = document(), document(SENTENCE.replace("vägen", "stigen"), "b.txt")
    cited = [citation(1, first, SENTENCE), citation(2, second, second.text)]
    html = html_of(answer(span(first, "Åsa Öman"), citations=cited))
    assert html.count("Där talade <b>Åsa Öman</b> om") == 2


def test_items_of_a_list_stand_on_lines_of_their_own():
    source = document("• Boverket\n• Skolverket\n")
    found = answer(span(source, "• Boverket"), span(source, "Skolverket"), citations=[])
    assert short_answer(found) == "• Boverket\n• Skolverket"


@pytest.mark.parametrize("reason", list(RefusalReason))
@pytest.mark.parametrize("words", [SWEDISH, ENGLISH], ids=["sv", "en"])
@pytest.mark.parametrize("missing", [(), ("<b>Tensta",)])
def test_a_refusal_says_why_and_what_was_nearest(reason, words, missing):
    source = document()
    found = answer(citations=[citation(1, source, SENTENCE)], refusal=Refusal(reason, missing))
    html = html_of(found, words)
    is_choice = reason is RefusalReason.WHICH_DATE and missing
    assert (words.which if is_choice else words.nearest) in parse_html(html)[0]
    assert "{missing}" not in html


def test_dates_that_may_be_meant_are_buttons_above_the_others():
    source = document()
    refusal = Refusal(RefusalReason.WHICH_DATE, ("12 april 2023", "12 april 2024"))
    found = answer(citations=[citation(1, source, SENTENCE)], refusal=refusal)
    rows = answer_keyboard(SWEDISH, 7, 1, "v1", True, choices_of(found))
    assert [button.text for button in rows[0]] == ["12 april 2023", "12 april 2024"]
    assert [button.data.split(":")[0] for button in rows[0]] == ["w", "w"]
    assert [parse_press(button.data).argument for button in rows[0]] == [0, 1]
    assert "12 april 2023" in html_of(found, SWEDISH)


@pytest.mark.parametrize(
    ("url", "quoted", "expected"),
    [
        (None, "abc", None),
        ("javascript:alert(1)", "abc", None),
        ("https://x.se/a", "Ny bro", "https://x.se/a#:~:text=Ny%20bro"),
        ("https://x.se/a#del", "Ny bro", "https://x.se/a#del:~:text=Ny%20bro"),
        ("https://x.se/a", "e-post, tel & mer", "https://x.se/a#:~:text=e%2Dpost%2C%20tel%20%26%20mer"),
        (
            "https://x.se/a",
            "ett två tre fyra fem sex sju åtta nio tio elva",
            "https://x.se/a#:~:text=ett%20tv%C3%A5%20tre%20fyra%20fem,sju%20%C3%A5tta%20nio%20tio%20elva",
        ),
        ("https://x.se/a", "• Boverket\n• Skolverket", "https://x.se/a#:~:text=Boverket,Skolverket"),
    ],
)  # fmt: skip
def test_the_link_opens_at_the_quote(url, quoted, expected):
    assert source_link(url, quoted) == expected


def shown(source, quoted):
    cited = citation(1, source, quoted)
    passage = cited.hit.passage
    place = SourcePlace(source.name, text_hash(source), (passage.start, passage.end),
                        (cited.quote.start, cited.quote.end))  # fmt: skip
    return source_messages(source, place, SWEDISH, Outgoing(1, ""))


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        f"{SENTENCE}\n\n{SENTENCE}",
        f"Före. {SENTENCE} Efter. {SENTENCE}",
        "x" * 3000 + "\n\n" + SENTENCE + "\n\n" + "y" * 3000,
        SENTENCE + " " + "Lång mening nummer ett. " * 300,
    ],
    ids=["plain", "twice", "twice-in-one", "long-around", "long-passage"],
)
def test_the_pointer_is_an_exact_substring_at_the_place_it_names(text):
    message, pointer = shown(document(text), SENTENCE)
    plain = parse_html(message.html)[0]
    assert len(plain) <= 4096
    assert (
        plain.encode("utf-16-le")[2 * pointer.quote_at :]
        .decode("utf-16-le")
        .startswith(pointer.quote)
    )
    assert pointer.quote == SENTENCE
    assert pointer.part == 0


def test_a_quote_longer_than_telegram_points_at_is_cut_between_sentences():
    text = "En ganska lång mening om ingenting särskilt alls. " * 60
    message, pointer = shown(document(text.strip()), text.strip())
    assert len(pointer.quote) <= 1024
    assert pointer.quote.endswith("alls.")
    assert pointer.quote in parse_html(message.html)[0]


def test_buttons_are_within_64_bytes_for_any_number():
    keyboard = answer_keyboard(SWEDISH, 10**14, 3, "20261122T034411-0123abcd", feedback=True)
    data = [button.data for row in keyboard for button in row]
    assert len(data) == 6
    assert all(len(one.encode()) <= 64 for one in data)
    assert [parse_press(one).data() for one in data] == data


def test_without_feedback_there_are_no_thumbs():
    keyboard = answer_keyboard(SWEDISH, 1, 1, "x", feedback=False)
    assert [button.text for row in keyboard for button in row] == ["Visa i källan", "Fler träffar"]


@given(st.text(max_size=80))
def test_any_callback_data_is_read_or_refused(data):
    press = parse_press(data)
    assert press is None or isinstance(press, Press)


def test_a_message_survives_the_outbox():
    keyboard = answer_keyboard(SWEDISH, 1, 2, "x", feedback=True)
    message = Outgoing(-5, "<b>å</b>", 7, 8, keyboard, 0, "citat", 3)
    assert Outgoing.loads(message.dumps()) == message
