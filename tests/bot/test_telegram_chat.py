"""A private chat with the real process."""

import pytest

from tests.bot.bot_api import utf16_length
from tests.bot.telegram_documents import (
    BRIDGE_ANSWER,
    BRIDGE_QUESTION,
    LONG_ITEMS,
    SEED_QUESTION,
)
from tests.bot.telegram_process import bot_fixture

bot = bot_fixture()


def answer(api, chat, text, **given):
    """What the bot sends next, after a person wrote `text`."""
    before = len(api.messages(chat))
    api.say(chat, text=text, **given)
    return api.wait_for_messages(chat, before + 1)[before]


def test_a_question_gets_typing_then_the_answer_in_bold_with_quote_and_source(api):
    chat = api.private()
    question = api.say(chat, text=BRIDGE_QUESTION)
    [sent] = api.wait_for_messages(chat)
    assert api.actions(chat)[0].time < sent.versions[0].time
    assert api.actions(chat)[0].parameters["action"] == "typing"
    assert BRIDGE_ANSWER in sent.entity_texts("bold")[0]
    [quote] = sent.entity_texts("blockquote")
    assert "kostade 87 miljoner kronor & <allt> var betalt." in quote
    assert any(BRIDGE_ANSWER in text and text in quote for text in sent.entity_texts("bold")[1:])
    assert "1. Ny bro över Klarälven & <sånt>, Trafikverket, 5 mars 2024" in sent.text
    assert sent.id > question.id


def test_the_source_links_to_the_quote_in_the_document(api):
    sent = answer(api, api.private(), BRIDGE_QUESTION)
    [link] = [entity["url"] for entity in sent.entities if entity["type"] == "text_link"]
    assert link.startswith("https://example.org/bron#:~:text=")
    assert "Bron%20%C3%B6ver%20Klar%C3%A4lven" in link


def test_a_long_list_is_expandable_and_whole(api):
    sent = answer(api, api.private(), SEED_QUESTION)
    quote = sent.entity_texts("expandable_blockquote")[0]
    assert "Arbetsförmedlingen" in quote
    assert "Säkerhetspolisen" in quote


def test_an_answer_longer_than_a_message_is_divided_and_nothing_is_lost(api):
    chat = api.private()
    api.say(chat, text="Vilka föreningar har Långedrag?")
    api.wait_for(lambda: any(sent.buttons for sent in api.messages(chat)))
    sent = api.messages(chat)
    assert len(sent) > 1
    assert all(utf16_length(part.text) <= 4096 for part in sent)
    assert all(not part.buttons for part in sent[:-1])
    bold = "\n".join(text for part in sent for text in part.entity_texts("bold"))
    for number in range(LONG_ITEMS):
        assert f"förening nummer {number} för segling-segling" in bold


def test_what_no_document_names_is_said_with_the_nearest_places(api):
    sent = answer(api, api.private(), "Vad är telefonnumret till Kungliga Operan i Köpenhamn?")
    assert sent.text.startswith("Dokumenten nämner inte Kungliga Operan.")
    assert sent.entity_texts("bold") == []
    assert len(sent.entity_texts("blockquote")) > 1
    assert sent.button("Visa i källan 2")


def test_an_english_question_gets_english_around_the_swedish_quote(api):
    sent = answer(api, api.private(), "What did the bridge over Klarälven cost, and when?")
    assert "Source" in sent.text
    assert "Källor" not in sent.text
    assert sent.buttons[0].text.startswith("Show in source")


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("/start", "Jag är Källbot"),
        ("/hjalp", "/kallor"),
        ("/help", "/kallor"),
        ("/hjälp", "/kallor"),
        ("/om", "Integritet"),
        ("/kallor", "de nyaste först"),
        ("/källor", "de nyaste först"),
        ("/sok bro Klarälven", "Träffar 1"),
        ("/sok", "Skriv vad du söker"),
        ("/ny", "börjar vi om"),
        ("/glom", "raderat"),
        ("/fraga", "Skriv frågan efter"),
        (f"/fraga {BRIDGE_QUESTION}", BRIDGE_ANSWER),
        ("/finnsinte", "känner jag inte"),
        ("/status", "för den som sköter boten"),
        ("/uppdatera", "för den som sköter boten"),
        ("/tabort", "för den som sköter boten"),
        ("?!", "Skriv en fråga"),
        ("bro " * 500, "för lång"),
    ],
)
def test_each_command_and_odd_question_gets_its_reply(api, command, expected):
    assert expected in answer(api, api.private(), command).text


def test_talk_gets_one_line_without_buttons_that_names_a_document_to_ask_about(api):
    sent = answer(api, api.private(), "🤷")
    assert "Vad handlar ”Ny bro över Klarälven & <sånt>” om?" in sent.text
    assert "\n" not in sent.text
    assert not sent.buttons


def test_talk_leaves_what_was_asked_before_as_it_was(api):
    chat = api.private()
    answer(api, chat, BRIDGE_QUESTION)
    answer(api, chat, "👍")
    assert BRIDGE_ANSWER in answer(api, chat, "och bron över Klarälven, vad kostade den?").text


@pytest.mark.parametrize("command", ["/start", "/hjalp", "/fraga", "?!"])
def test_example_to_try_is_about_a_document_that_is_there(api, command):
    assert "Ny bro över Klarälven & <sånt>" in answer(api, api.private(), command).text


def test_inline_mode_offers_talk_as_one_line(api):
    asked = api.inline(api.add_user(), "🤷🤷🤷")
    api.wait_for(lambda: asked.answered)
    assert [one["id"] for one in asked.results] == ["told"]


def test_documents_are_listed_newest_first(api):
    text = answer(api, api.private(), "/kallor").text
    assert text.index("Ny bro över Klarälven") < text.index("Protokoll om Långedrag")


@pytest.mark.parametrize("kind", ["photo", "voice", "sticker", "video", "location", "poll", "dice"])
def test_what_is_not_text_gets_one_friendly_line(api, kind):
    chat = api.private()
    api.send_other(chat, kind)
    [sent] = api.wait_for_messages(chat)
    assert "jag läser bara text" in sent.text.lower()


def test_service_messages_are_ignored(api):
    chat = api.private()
    answer(api, chat, "/ny")
    api.send_other(chat, "pinned_message")
    answer(api, chat, "/om")
    assert len(api.messages(chat)) == 2


def test_questions_of_a_chat_are_answered_in_order(api):
    chat = api.private()
    for place in range(5):
        api.say(chat, text=f"/fraga {BRIDGE_QUESTION}" if place % 2 else SEED_QUESTION)
    sent = api.wait_for_messages(chat, 5)
    assert [BRIDGE_ANSWER in part.text for part in sent] == [False, True, False, True, False]


def test_an_edited_question_is_answered_by_editing_the_reply(api):
    chat = api.private()
    question = api.say(chat, text=SEED_QUESTION)
    [sent] = api.wait_for_messages(chat)
    api.say(chat, text=BRIDGE_QUESTION, edit_of=question)
    api.wait_for(lambda: BRIDGE_ANSWER in sent.text)
    api.say(chat, text=SEED_QUESTION, edit_of=question)
    api.wait_for(lambda: "Arbetsförmedlingen" in sent.text)
    assert api.messages(chat) == [sent]


def test_an_edit_that_makes_the_answer_shorter_takes_surplus_messages_away(api):
    chat = api.private()
    question = api.say(chat, text="Vilka föreningar har Långedrag?")
    api.wait_for(lambda: any(sent.buttons for sent in api.messages(chat)))
    api.say(chat, text=BRIDGE_QUESTION, edit_of=question)
    api.wait_for(lambda: all(sent.deleted for sent in api.messages(chat)[1:]))
    first = api.messages(chat)[0]
    assert BRIDGE_ANSWER in first.text
    assert first.buttons


def test_an_edit_that_makes_the_answer_longer_adds_messages(api):
    chat = api.private()
    question = api.say(chat, text=BRIDGE_QUESTION)
    [first] = api.wait_for_messages(chat)
    api.say(chat, text="Vilka föreningar har Långedrag?", edit_of=question)
    api.wait_for(lambda: any(sent.buttons for sent in api.messages(chat)[1:]))
    assert "nummer 0" in first.text
    assert not first.buttons


def test_an_edit_to_the_same_words_changes_nothing(api):
    chat = api.private()
    question = api.say(chat, text=BRIDGE_QUESTION)
    [sent] = api.wait_for_messages(chat)
    api.say(chat, text=BRIDGE_QUESTION, edit_of=question)
    answer(api, chat, "/ny")
    assert len(sent.versions) == 1
    assert len(api.messages(chat)) == 2


def test_inline_mode_offers_the_answer_with_quote_and_source(api):
    user = api.add_user()
    asked = api.inline(user, BRIDGE_QUESTION)
    api.wait_for(lambda: asked.answered)
    assert BRIDGE_ANSWER in asked.results[0]["title"]
    sent = api.choose(asked, asked.results[0]["id"], api.group("Vänner", user))
    assert BRIDGE_ANSWER in sent.text
    assert "Trafikverket" in sent.text


def test_an_inline_query_too_short_to_ask_offers_nothing(api):
    asked = api.inline(api.add_user(), "a")
    api.wait_for(lambda: asked.answered)
    assert asked.results == []


def test_commands_are_registered_in_swedish_and_by_default(api):
    api.wait_for(lambda: api.commands())
    assert api.commands("sv")["kallor"] == "Dokumenten jag svarar ur"
    assert set(api.commands()) == set(api.commands("sv"))


def test_nothing_was_refused_by_telegram_and_no_handler_failed(api, bot):
    """The last test of the file: what all the others left in the log and at the server."""
    refused = [call for call in api.calls() if call.status == 400]
    assert [(call.method, call.description) for call in refused] == []
    assert "incident" not in bot.log
    assert "ERROR" not in bot.log
