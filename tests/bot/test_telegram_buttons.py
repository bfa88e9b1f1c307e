"""The buttons under an answer."""

import json

import pytest

from bot.telegram.sqlite_state import SqliteState
from bot.telegram.state import export_feedback
from tests.bot.telegram_documents import (
    BRIDGE_ANSWER,
    BRIDGE_QUESTION,
    SEED_QUESTION,
)
from tests.bot.telegram_process import bot_fixture

ADMIN = 77


bot = bot_fixture(admins=ADMIN)


def ask(api, chat, text=BRIDGE_QUESTION):
    before = len(api.messages(chat))
    api.say(chat, text=text)
    return api.wait_for_messages(chat, before + 1)[before]


def press(api, message, button, user=None, **given):
    """Press a button, and return the press when it has been answered."""
    pressed = api.press(message, button, user, **given)
    api.wait_for(lambda: pressed.answered)
    return pressed


def test_callback_data_is_within_64_bytes_and_names_answer_and_index_version(api):
    sent = ask(api, api.private())
    data = [button.data for button in sent.buttons]
    assert all(len(one.encode()) <= 64 for one in data)
    assert len({one.split(":")[1] for one in data}) == 1
    assert len({one.split(":")[3] for one in data}) == 1


@pytest.mark.parametrize("question", [BRIDGE_QUESTION, SEED_QUESTION])
def test_show_in_source_points_into_the_paragraph_with_an_exact_quote(api, question):
    chat = api.private()
    sent = ask(api, chat, question)
    press(api, sent, "Visa i källan")
    _, shown, pointing = api.wait_for_messages(chat, 3)
    assert pointing.reply_to is shown
    start = pointing.quote["position"]
    quoted = pointing.quote["text"]
    plain = shown.text.encode("utf-16-le")
    assert plain[2 * start :].decode("utf-16-le").startswith(quoted)
    assert quoted.replace("\xa0", " ").splitlines()[0] in sent.text


def test_what_stands_before_and_after_is_shown(api):
    chat = api.private()
    press(api, ask(api, chat), "Visa i källan")
    shown = api.wait_for_messages(chat, 2)[1]
    assert "Trafikverket bygger en ny bro" in shown.text
    assert "Åsa Öman" in shown.text


def test_more_hits_are_paged_in_the_same_message_and_lead_back(api):
    chat = api.private()
    sent = ask(api, chat)
    original = sent.text
    press(api, sent, "Fler träffar")
    api.wait_for(lambda: "Träffar 1–4" in sent.text)
    press(api, sent, "Fler ▶")
    api.wait_for(lambda: "Träffar 5–8" in sent.text)
    press(api, sent, "◀ Förra")
    api.wait_for(lambda: "Träffar 1–4" in sent.text)
    press(api, sent, "◀ Svaret")
    api.wait_for(lambda: sent.text == original)
    assert sent.button("👍")
    assert api.messages(chat) == [sent]


def test_feedback_is_stored_and_a_second_press_changes_it(api, bot):
    user = api.add_user()
    sent = ask(api, api.private(user), "Vad kostade bron?")
    assert "Tack" in press(api, sent, "👍").text
    assert "redan" in press(api, sent, "👍").text
    assert "Tack" in press(api, sent, "👎").text
    with SqliteState(bot.folder / "state") as state:
        [line] = [one for one in export_feedback(state) if one["question"] == "Vad kostade bron?"]
    assert json.loads(json.dumps(line)) == line
    assert set(line) == {"id", "question", "kind", "history", "answer_all", "answer_any",
                         "answer_none", "sources", "answerable"}  # fmt: skip
    assert BRIDGE_ANSWER in line["answer_none"][0]


def test_forgetting_deletes_questions_answers_and_feedback(api, bot):
    user = api.add_user()
    chat = api.private(user)
    sent = ask(api, chat, "Vem invigde bron den 4 mars egentligen?")
    press(api, sent, "👎")
    api.say(chat, text="/glom")
    api.wait_for_messages(chat, 2)
    assert "fungerar inte längre" in press(api, sent, "Visa i källan").text
    stored = b"".join(path.read_bytes() for path in (bot.folder / "state").iterdir())
    assert b"bron den 4 mars egentligen" not in stored


def test_somebody_elses_button_data_opens_nothing(api):
    sent = ask(api, api.private())
    data = sent.button("Visa i källan").data
    mine = ask(api, api.private())
    before = len(api.messages(mine.chat))
    assert "fungerar inte" in press(api, mine, data, forged=True).text
    assert len(api.messages(mine.chat)) == before


@pytest.mark.parametrize(
    "data",
    ["", "s", "s:1", "s:1:0", "s:99999999999999999999:0:x", "s:-1:0:x", "s:1:99999:x", "k:-1",
     "k:9999999", "y:1", "x:0", "q:1:1:1", "s:１:0:x", "s:1:0:" + "x" * 40, "🙂" * 16],
)  # fmt: skip
def test_data_of_no_button_is_answered_and_does_nothing(api, data):
    sent = ask(api, api.private())
    pressed = press(api, sent, data or " ", forged=True)
    assert pressed.text
    assert len(api.messages(sent.chat)) == 1


def test_an_old_button_never_opens_a_newer_source_and_says_so(api, bot):
    """Also: /uppdatera goes over to the new index, and tells how it went."""
    chat, admin = api.private(), api.private(api.add_user(user_id=ADMIN))
    bridge, seed = ask(api, chat), ask(api, chat, SEED_QUESTION)
    path = bot.folder / "documents" / "bron.md"
    path.write_text(path.read_text().replace("87 miljoner", "99 miljoner"))
    api.say(admin, text="/uppdatera")
    api.wait_for(lambda: any("Klart på" in sent.text for sent in api.messages(admin)))
    assert "ändrade: 1" in api.messages(admin)[0].text
    assert "har ändrats" in press(api, bridge, "Visa i källan").text
    assert "har uppdaterats" in press(api, bridge, "Fler träffar").text
    assert len(api.messages(chat)) == 2
    press(api, seed, "Visa i källan")  # this document is the same as before
    api.wait_for_messages(chat, 4)
    assert "99 miljoner" in ask(api, chat).text


def test_every_callback_was_answered_and_nothing_refused(api, bot):
    """The last test of the file."""
    assert api.unanswered_callbacks() == []
    refused = [call for call in api.calls() if call.status == 400]
    assert [(call.method, call.description) for call in refused] == []
    assert "ERROR" not in bot.log
