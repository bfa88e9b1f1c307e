"""How an answer is written out."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.answer_blocks import answer_blocks, listed_blocks
from bot.answer_text import LISTED as PAGE
from bot.answer_text import answer_text, short_answer
from bot.links import source_link
from bot.telegram.buttons import ADMIN_DATA, Action, Press, answer_keyboard, split_data
from bot.telegram.layout import pack
from bot.telegram.messages import Outgoing, dressed, hit_blocks, source_messages, text_hash
from bot.telegram.records import SourcePlace
from bot.wording import SWEDISH
from embeddings.types import Block, BlockKind, Context, Document, Listing, Metadata, Passage
from retrieval.types import Answer, Citation, Hit, Intent, Outcome, Question, Quote
from tests.bot.bot_api import parse_html

TEXT = (
    "Först detta.\n\nMötet hölls i Malmö den 3 maj. Där talade Åsa Öman om <bron> & vägen.\n\nSist."
)


def document(text=TEXT, name="a.txt", url=None):
    meta = Metadata("Titeln & <mer>", "Boverket", None, date(2023, 5, 4), url)
    return Document(name, text, meta, ())


def citation(number, source, quoted, *marked, kind=BlockKind.PARAGRAPH):
    start = source.text.index(quoted)
    begin = source.text.rfind("\n\n", 0, start) + 2 if "\n\n" in source.text[:start] else 0
    end = source.text.find("\n\n", start)
    end = len(source.text) if end < 0 else end
    passage = Passage(source, kind, begin, end, Context("Titeln"))
    quote = Quote(source, start, start + len(quoted))
    words = tuple(span(source, words) for words in marked)
    return Citation(number, Hit(passage, 1, 1, 1, 1), quote, words)


def span(source, words):
    start = source.text.index(words)
    return Quote(source, start, start + len(words))


def answer(*citations, outcome=Outcome.ANSWERED, missing=()):
    spans = citations[0].marked if outcome is Outcome.ANSWERED else ()
    return Answer(Question("?"), outcome, 0.9, spans, citations, missing=missing)


def html_of(found, words=SWEDISH):
    [html] = pack(dressed(answer_blocks(found), words))
    return html


SENTENCE = "Där talade Åsa Öman om <bron> & vägen."


def test_the_answering_words_are_marked_inside_the_quote():
    html = html_of(answer(citation(1, document(), SENTENCE, "Åsa Öman")))
    assert (
        "<blockquote>Där talade <b>Åsa Öman</b> om &lt;bron&gt; &amp; vägen.</blockquote>" in html
    )
    assert html.startswith("<b>Åsa Öman</b>")


def test_a_quote_that_two_documents_hold_is_shown_once_with_both_numbers():
    cited = [citation(number, document(name=name), SENTENCE, "Åsa Öman")
             for number, name in ((1, "a.txt"), (2, "b.txt"))]  # fmt: skip
    html = html_of(answer(*cited))
    assert html.count("<blockquote>") == 1
    assert "Källa 1 och 2" in html
    assert "2. Titeln &amp; &lt;mer&gt;, Boverket, 4 maj 2023" in html


def test_the_words_are_marked_in_the_other_document_too():
    other = document(SENTENCE.replace("vägen", "stigen"), "b.txt")
    cited = [citation(1, document(), SENTENCE, "Åsa Öman"),
             citation(2, other, other.text, "Åsa Öman")]  # fmt: skip
    assert html_of(answer(*cited)).count("Där talade <b>Åsa Öman</b> om") == 2


def test_an_answer_that_is_the_whole_quote_is_shown_once():
    html = html_of(answer(citation(1, document(), SENTENCE, SENTENCE)))
    assert "<blockquote>" not in html
    assert parse_html(html)[0].count("Åsa Öman") == 1


ITEMS = ("Boverket", "Skolverket", *(f"Myndighet {letter}" for letter in "ABCDEFGHI"))


@pytest.mark.parametrize(("count", "is_folded"), [(2, False), (6, False), (8, True)])
def test_a_list_is_shown_once_and_folded_if_it_is_long(count, is_folded):
    source = document("".join(f"• {item}\n" for item in ITEMS[:count]))
    cited = citation(1, source, source.text.strip(), *ITEMS[:count], kind=BlockKind.LIST)
    html = html_of(answer(cited))
    assert parse_html(html)[0].startswith("• Boverket\n• Skolverket\n")
    assert html.count("Skolverket") == 1
    assert html.startswith("<blockquote expandable><b>") is is_folded
    assert short_answer(answer(cited)).split("\n") == [f"• {item}" for item in ITEMS[:count]]


def listed(text, *items):
    source = document(text, "a.txt")
    passage = Passage(source, BlockKind.LIST, 0, len(text), Context("Titeln"))
    words = tuple(span(source, item) for item in items)
    cited = Citation(1, Hit(passage, 1, 1, 1, 1), Quote(source, 0, len(text)), words)
    return answer(cited)


LISTED = "Deltagande myndigheter\n\n" + "\n".join(f"• {item}" for item in ITEMS)


def test_a_list_under_its_heading_is_shown_once_in_one_quote():
    html = html_of(listed(LISTED, *ITEMS))
    text = parse_html(html)[0]
    assert text.startswith("Deltagande myndigheter\n• Boverket\n")
    assert all(text.count(f"• {item}") == 1 for item in ITEMS)
    assert html.count("<blockquote") == 1
    assert len(text) < 1200


def test_of_a_list_that_answers_in_part_the_quote_is_shown_too():
    html = html_of(listed(LISTED, "Boverket", "Skolverket"))
    assert html.startswith("<b>• Boverket\n• Skolverket</b>")
    assert "• <b>Boverket</b>" in html
    assert "Myndighet C" in html


def test_a_list_in_a_sentence_is_shown_once_with_its_parts_marked():
    sentence = "På mötet deltog Boverket, Skolverket, Socialstyrelsen och Polismyndigheten."
    names = ("Boverket", "Skolverket", "Socialstyrelsen", "Polismyndigheten")
    html = html_of(answer(citation(1, document(sentence), sentence, *names)))
    assert html.startswith("<blockquote>På mötet deltog <b>Boverket</b>, <b>Skolverket</b>")
    assert html.count("Socialstyrelsen") == 1


def test_parts_of_an_answer_that_stand_far_apart_are_listed_first():
    sentence = ("Boverket tog upp att det byggs för litet i många kommuner utanför storstäderna, "
                "medan Skolverket ville tala om lärarna.")  # fmt: skip
    html = html_of(answer(citation(1, document(sentence), sentence, "Boverket", "Skolverket")))
    assert html.startswith("<b>• Boverket\n• Skolverket</b>")


def test_a_document_that_is_cited_twice_is_one_source_with_both_numbers_and_pages():
    source = replace(document(), pages=(0, TEXT.index("Mötet")))
    cited = [citation(1, source, "Först detta.", "detta"), citation(2, source, SENTENCE)]
    *_, sources = dressed(answer_blocks(answer(*cited)), SWEDISH)
    lines = sources.text.split("\n")
    assert lines == ["Källor", "1, 2. Titeln & <mer>, Boverket, 4 maj 2023, s. 1, 2"]


@pytest.mark.parametrize("outcome", [Outcome.ANSWERED, Outcome.FOUND])
def test_files_are_named_where_titles_are_alike(outcome):
    cited = [citation(number, document(name=name), SENTENCE, "Åsa Öman")
             for number, name in ((1, "a.txt"), (2, "b<i>.txt"))]  # fmt: skip
    html = html_of(answer(*cited, outcome=outcome))
    assert "1. Titeln &amp; &lt;mer&gt;, Boverket, 4 maj 2023, a.txt" in html
    assert "4 maj 2023, b&lt;i&gt;.txt" in html
    assert "a.txt" not in html_of(answer(cited[0], outcome=outcome))


@pytest.mark.parametrize(
    ("outcome", "missing", "words", "opening"),
    [
        (Outcome.FOUND, (), SWEDISH, "Jag är inte säker, men här står det närmaste."),
        (Outcome.NOTHING, ("<b>Tensta",), SWEDISH,
         "Dokumenten nämner inte <b>Tensta.\n\nNärmast kommer det här:"),
    ],
)  # fmt: skip
def test_what_is_no_answer_shows_the_places_with_the_likeliest_words_marked(
    outcome, missing, words, opening
):
    places = citation(1, document(), SENTENCE, "Åsa Öman"), citation(2, document(), "Först detta.")
    html = html_of(answer(*places, outcome=outcome, missing=missing), words)
    text, entities = parse_html(html)
    assert text == (
        f"{opening}\n\n{SENTENCE}\n\n1. Titeln & <mer>, Boverket, 4 maj 2023\n\n"
        "Först detta.\n\n2. Titeln & <mer>, Boverket, 4 maj 2023"
    )
    bold = [text[one["offset"] : one["offset"] + one["length"]] for one in entities
            if one["type"] == "bold"]  # fmt: skip
    assert bold == ["Åsa Öman"]


def test_nothing_near_is_said_in_a_line():
    html = html_of(answer(outcome=Outcome.FOUND))
    assert html == "Jag hittar inget ställe i dokumenten som handlar om det."


@pytest.mark.parametrize(
    ("url", "quoted", "expected"),
    [
        (None, "abc", None),
        ("javascript:alert(1)", "abc", None),
        ("https://[x](https://x.se)/12", "abc", None),
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


@pytest.mark.parametrize("paragraph", ["\n\n", " "])
def test_what_stands_around_begins_and_ends_at_a_sentence(paragraph):
    before = "Det här är en lång mening om ingenting, som går före. " * 40
    after = "Det här är en lång mening om ingenting, som kommer efter. " * 40
    source = document(f"{before.strip()}{paragraph}{SENTENCE}{paragraph}{after.strip()}")
    start = source.text.index(SENTENCE)
    place = SourcePlace(source.name, text_hash(source), (start, start + len(SENTENCE)),
                        (start, start + len(SENTENCE)))  # fmt: skip
    message, _ = source_messages(source, place, SWEDISH, Outgoing(1, ""))
    shown = parse_html(message.html)[0].split("\n\n")
    assert shown[1].startswith("Det här är")
    assert shown[-1].endswith("efter.")
    assert len(shown) == 4


def test_a_heading_of_what_is_not_shown_is_left_out_after_a_passage():
    text = f"Först.\n\n{SENTENCE}\n\nNästa avsnitt\n\n{'Annat. ' * 300}"
    start = text.index("Nästa")
    heading = Block(BlockKind.HEADING, start, start + len("Nästa avsnitt"), level=2)
    message, _ = shown(replace(document(text), blocks=(heading,)), SENTENCE)
    assert parse_html(message.html)[0].endswith(SENTENCE)


def test_of_a_passage_that_begins_within_a_sentence_the_whole_sentence_is_shown():
    source = document(f"Först något annat. {SENTENCE} Och sist något helt annat.")
    start = source.text.index("Åsa")
    place = SourcePlace(source.name, text_hash(source), (start, start + 10), (start, start + 8))
    message, pointer = source_messages(source, place, SWEDISH, Outgoing(1, ""))
    assert f"\n\n{SENTENCE}\n\n" in parse_html(message.html)[0]
    assert pointer.quote == "Åsa Öman"


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
    assert [Press.parse(one).data() for one in data] == data


def test_the_data_of_buttons_in_old_chats_is_still_read():
    """Chats keep their buttons, so no letter may change what it does."""
    letters = {one.name: one.value for one in Action}
    assert letters == {
        "SHOW_SOURCE": "s", "MORE_HITS": "m", "MORE_OF_LIST": "l", "BACK_TO_ANSWER": "b",
        "VOTE_UP": "u", "VOTE_DOWN": "d", "SOURCES_PAGE": "k", "REMOVAL_PAGE": "p",
        "ADD_UPLOAD": "y", "DROP_UPLOAD": "n", "ASK_TO_REMOVE": "r", "REMOVE": "x", "KEEP": "z",
    }  # fmt: skip
    assert {one for one in Action if ADMIN_DATA.match(f"{one}:1")} == set("ynrxzp")
    assert {one for one in Action if one.changes_index} == set("ynrxz")
    assert Press.parse("s:12:3:0123abcd") == Press(Action.SHOW_SOURCE, 12, 3, "0123abcd")
    assert split_data("x:0a1b:2") == (Action.REMOVE, "0a1b:2")


@pytest.mark.parametrize("data", ["", "x", "q:1", "xy:1", ":1", "X:1"])
def test_data_of_no_button_has_no_action(data):
    assert split_data(data) == (None, data)


def test_without_feedback_there_are_no_thumbs():
    keyboard = answer_keyboard(SWEDISH, 1, 1, "x", feedback=False)
    assert [button.text for row in keyboard for button in row] == ["Visa i källan", "Fler träffar"]


@given(st.text(max_size=80))
def test_any_callback_data_is_read_or_refused(data):
    press = Press.parse(data)
    assert press is None or isinstance(press, Press)


def test_a_message_survives_the_outbox():
    keyboard = answer_keyboard(SWEDISH, 1, 2, "x", feedback=True)
    message = Outgoing(-5, "<b>å</b>", 7, 8, keyboard, 0, "citat", 3)
    assert Outgoing.loads(message.dumps()) == message


def test_long_list_of_documents_is_cut_and_its_pages_stay_short():
    question = Question("finns det något om broar?")
    listed = tuple(
        Listing(f"{number}.txt", f"{number}.txt", f"{number} {'Om en mycket lång bro ' * 9}",
                "Landsbygds- och infrastrukturdepartementet", date(2024, 3, number))
        for number in range(1, 12)
    )  # fmt: skip
    answer = Answer(question, Outcome.ANSWERED, 1.0, intent=Intent.TOPIC, listed=listed)
    [first] = pack(dressed(answer_blocks(answer), SWEDISH))
    [second] = pack(dressed(listed_blocks(answer, PAGE), SWEDISH))
    for html in (first, second):
        assert len(parse_html(html)[0]) <= 1200
    assert "8. 8 Om" in first
    assert "… och 3 till" in first
    assert "9. 9 Om" in second
    assert "till" not in parse_html(second)[0].splitlines()[-1]
    [*_, row] = answer_keyboard(SWEDISH, 5, 0, "abcdefgh", True, is_cut=True)
    press = Press.parse(row[0].data)
    assert (press.action, press.argument) == ("l", 1)


@pytest.mark.parametrize(
    ("days", "heading"),
    [
        ([date(2024, 3, 2), date(2024, 3, 1)], "Det här är dokumenten, de nyaste först:"),
        ([date(2024, 3, 2), None],
         "Det här är dokumenten, de nyaste först och de utan datum sist:"),
        ([None, None], "Det här är dokumenten:"),
    ],
)  # fmt: skip
def test_an_order_by_date_is_claimed_only_of_documents_with_dates(days, heading):
    listed = tuple(Listing(f"{row}.txt", f"{row}.txt", f"Beslut {row}", None, day)
                   for row, day in enumerate(days))  # fmt: skip
    answer = Answer(Question("vilka?"), Outcome.ANSWERED, 1.0, intent=Intent.DOCUMENTS_LIST,
                    listed=listed)  # fmt: skip
    assert answer_text(answer).splitlines()[0] == heading
    new = answer_text(replace(answer, intent=Intent.DOCUMENTS_NEW))
    assert new.startswith("Det här är nyast:" if any(days) else "Det framgår inte när")


def test_a_quoted_row_of_a_table_is_shown_with_the_names_of_its_columns():
    row = "| Hamngatan | 1 200 000 kr |"
    source = document(f"| Gata | Kostnad |\n| --- | --- |\n{row}\n")
    cited = citation(1, source, row, "1 200 000 kr", kind=BlockKind.ROW)
    named = Context("Titeln", ("Gata: Hamngatan; Kostnad: 1 200 000 kr",))
    start = source.text.index(row)
    passage = Passage(source, BlockKind.ROW, start, start + len(row), named)
    html = html_of(answer(replace(cited, hit=replace(cited.hit, passage=passage))))
    assert "<blockquote>Gata: Hamngatan; Kostnad: <b>1 200 000 kr</b></blockquote>" in html
    assert "|" not in html
    [quoted, _] = hit_blocks(replace(cited.hit, passage=passage), 100, SWEDISH)
    assert "".join(run.text for run in quoted.runs) == "Gata: Hamngatan; Kostnad: 1 200 000 kr"


def test_rows_of_one_file_are_told_apart_by_their_numbers():
    rows = [document(f"Avgift: {number} kr", f"avgifter.csv#row={number}") for number in (1, 2)]
    cited = [citation(number, row, row.text, row.text) for number, row in enumerate(rows, 1)]
    shown = parse_html(html_of(answer(*cited, outcome=Outcome.FOUND)))[0]
    assert "avgifter.csv, rad 1" in shown
    assert "#" not in shown


def test_the_few_documents_on_a_topic_are_shown_with_what_they_say_of_it():
    cited = citation(1, document(), SENTENCE)
    listed = (Listing("a.txt", "a.txt", "Titeln"),)
    html = html_of(Answer(Question("finns det något om bron?"), Outcome.ANSWERED, 1.0,
                          citations=(cited,), intent=Intent.TOPIC, listed=listed))  # fmt: skip
    assert "om &lt;bron&gt; &amp; vägen.</blockquote>" in html
    assert "1. Titeln" in html


def test_a_row_that_is_quoted_with_its_names_is_under_no_heading():
    row = "Gata: Hamngatan; Kostnad: 1 200 000 kr"
    cited = citation(1, document(row), row, "1 200 000 kr", kind=BlockKind.ROW)
    headed = replace(cited.hit.passage, context=Context("Titeln", ("Vägarbeten",)))
    html = html_of(answer(replace(cited, hit=replace(cited.hit, passage=headed))))
    assert "Vägarbeten" not in html


@pytest.mark.parametrize(
    ("said", "marked", "shown"),
    [
        ("- [ ] **SKA**: Koden är _öppen_ nu.", "öppen", "- SKA: Koden är <b>öppen</b> nu."),
        ("Se [listan](a.md) över ~~gamla~~ nya krav.", "nya krav",
         "Se listan över gamla <b>nya krav</b>."),
        ("Priset är **87 miljoner** kronor.", "**87 miljoner**",
         "Priset är <b>87 miljoner</b> kronor."),
    ],
)  # fmt: skip
def test_a_quote_from_markdown_is_shown_without_its_markup(said, marked, shown):
    cited = citation(1, document(said, "a.md"), said, marked)
    html = html_of(answer(cited, outcome=Outcome.FOUND))
    assert f"<blockquote>{shown}</blockquote>" in html
