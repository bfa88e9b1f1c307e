"""Who is let in, and how much one person may ask."""

import pytest

from tests.bot.telegram_documents import BRIDGE_ANSWER, BRIDGE_QUESTION, write_documents
from tests.bot.telegram_process import BotProcess

FRIEND, ADMIN = 4711, 77
SHARED = ("1087968824", "136817688", "777000")  # of all who write as a group or a channel


@pytest.fixture(scope="module")
def group(api):
    return api.supergroup("Föreningen", api.add_user("Medlem"))


@pytest.fixture(scope="module")
def basic(api):
    return api.group("Klubben", api.add_user("Medlem"))


@pytest.fixture(scope="module", autouse=True)
def bot(api, group, basic, tmp_path_factory):
    folder = tmp_path_factory.mktemp("access")
    documents = write_documents(folder / "documents")
    given = {"access": "allowlist", "allowed": f"{FRIEND}, {group.id}, {basic.id}", "admins": ADMIN,
             "telegram_questions_per_minute": 3}  # fmt: skip
    with BotProcess(api, folder, documents=documents, **given) as process:
        yield process


def test_a_stranger_gets_one_line_with_the_own_id_and_nothing_else(api):
    user = api.add_user()
    chat = api.private(user)
    for number, text in enumerate((BRIDGE_QUESTION, "/start", "/status", "/sok bro"), 1):
        api.say(chat, text=text)
        sent = api.wait_for_messages(chat, number)[-1]
        assert str(user.id) in sent.text
        assert "\n" not in sent.text
        assert not sent.buttons
    api.send_other(chat, "photo")
    assert str(user.id) in api.wait_for_messages(chat, 5)[-1].text


def test_a_strangers_callbacks_and_inline_queries_do_not_work_either(api):
    friend = api.private(api.add_user(user_id=FRIEND))
    api.say(friend, text=BRIDGE_QUESTION)
    [sent] = api.wait_for_messages(friend)
    stranger = api.add_user()
    chat = api.private(stranger)
    api.say(chat, text="hej")
    [line] = api.wait_for_messages(chat)
    pressed = api.press(line, sent.button("Visa i källan").data, stranger, forged=True)
    asked = api.inline(stranger, BRIDGE_QUESTION)
    api.wait_for(lambda: pressed.answered and asked.answered)
    assert str(stranger.id) in pressed.text
    assert asked.results == []
    assert str(stranger.id) in str(asked.answer)
    assert len(api.messages(chat)) == 1


def test_everybody_in_an_allowed_group_may_ask_there(api, group):
    api.say(group, api.add_user(), f"/fraga {BRIDGE_QUESTION}")
    assert BRIDGE_ANSWER in api.wait_for_messages(group)[0].text


def test_a_group_that_is_not_allowed_is_met_with_silence_unless_the_bot_is_named(api):
    other = api.supergroup("Andra", api.add_user())
    api.say(other, text="Vad kostade bron?")
    api.say(other, text=f"/fraga {BRIDGE_QUESTION}")
    [sent] = api.wait_for_messages(other)
    assert str(other.id) in sent.text


def test_an_admin_need_not_be_on_the_list(api):
    chat = api.private(api.add_user(user_id=ADMIN))
    api.say(chat, text=BRIDGE_QUESTION)
    assert BRIDGE_ANSWER in api.wait_for_messages(chat)[0].text


def test_who_asks_too_fast_is_told_once_in_a_friendly_way(api, group):
    user = api.add_user("Snabb")
    before = len(api.messages(group))
    for _ in range(6):
        api.say(group, user, f"/fraga {BRIDGE_QUESTION}")
    api.say(group, api.add_user("Annan"), f"/fraga {BRIDGE_QUESTION}")
    sent = api.wait_for_messages(group, before + 5)[before:]
    assert [BRIDGE_ANSWER in one.text for one in sent] == [True, True, True, False, True]
    assert "lite för fort" in sent[3].text


def test_who_writes_as_a_chat_is_told_the_id_of_that_chat_alone(api):
    group = api.supergroup("Grupp", api.add_user())
    channel = api.channel()
    for as_chat in (group, channel):
        before = len(api.messages(group))
        api.say(group, text=f"@{api.me.username} {BRIDGE_QUESTION}", as_chat=as_chat)
        text = api.wait_for_messages(group, before + 1)[-1].text
        assert str(group.id) in text
        assert not any(shared in text for shared in SHARED)


def test_an_anonymous_administrator_of_a_group_on_the_list_is_let_in(api, group):
    before = len(api.messages(group))
    api.say(group, text=f"@{api.me.username} {BRIDGE_QUESTION}", as_chat=group)
    assert BRIDGE_ANSWER in api.wait_for_messages(group, before + 1)[-1].text


def test_a_group_on_the_list_that_becomes_a_supergroup_is_still_let_in(api, basic, bot):
    new = api.upgrade(basic)
    api.say(new, text=f"@{api.me.username} {BRIDGE_QUESTION}")
    assert BRIDGE_ANSWER in api.wait_for_messages(new)[0].text
    assert f"write {new.id} in KALLBOT_ALLOWED" in bot.log
