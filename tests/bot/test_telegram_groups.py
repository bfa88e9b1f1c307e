"""Groups, supergroups and forum topics."""

import pytest

from tests.bot.bot_api import BotApi
from tests.bot.telegram_documents import BRIDGE_ANSWER, BRIDGE_QUESTION
from tests.bot.telegram_process import bot_fixture


@pytest.fixture(scope="module", params=[True, False], ids=["privacy", "no-privacy"])
def api(request):
    with BotApi(privacy=request.param) as server:
        yield server


bot = bot_fixture()


def name(api):
    return f"@{api.me.username}"


@pytest.mark.parametrize(
    "text",
    ["/fraga {question}", "/fraga{bot} {question}", "{bot} {question}", "{question} {bot}",
     "/fraga\n{question}"],
)  # fmt: skip
def test_a_command_or_a_mention_is_answered_as_a_reply(api, text):
    group = api.supergroup("Grupp", api.add_user())
    said = text.format(question=BRIDGE_QUESTION, bot=name(api))
    question = api.say(group, text=said)
    [sent] = api.wait_for_messages(group)
    assert BRIDGE_ANSWER in sent.text
    assert sent.reply_to is question


def test_a_reply_to_the_bot_is_answered_with_that_answer_as_history(api):
    group = api.group("Grupp", api.add_user())
    api.say(group, text=f"/fraga {BRIDGE_QUESTION}")
    [sent] = api.wait_for_messages(group)
    question = api.say(group, api.add_user("Bo"), BRIDGE_QUESTION, reply_to=sent)
    api.wait_for(lambda: api.replies(question))


def test_everything_else_is_met_with_silence(api):
    anna = api.add_user()
    group = api.supergroup("Grupp", anna)
    other = api.say(group, text="Hej allihop, vad kostade bron?")
    api.say(group, text="Jo, den var dyr", reply_to=other)
    api.say(group, text="@nagon_annan vad kostade bron?")
    api.say(group, text="/fraga@nagon_annan_bot Vad kostade bron?")
    api.say(group, text="/start")
    api.send_other(group, "photo")
    api.send_other(group, "new_chat_members")
    api.say(group, text=f"/fraga {BRIDGE_QUESTION}")
    api.wait_for_messages(group)
    assert len(api.messages(group)) == 1
    assert len(api.actions(group)) == 1


def test_the_answer_and_typing_stay_in_the_topic(api):
    forum = api.supergroup("Forum", api.add_user(), topics=("Broar", "Annat"))
    topic = next(iter(forum.topics))
    question = api.say(forum, text=f"/fraga {BRIDGE_QUESTION}", topic=topic)
    [sent] = api.wait_for_messages(forum)
    assert sent.topic == topic
    assert sent.reply_to is question
    assert str(api.actions(forum)[0].parameters["message_thread_id"]) == str(topic)


def test_show_in_source_stays_in_the_topic_too(api):
    forum = api.supergroup("Forum", api.add_user(), topics=("Broar",))
    [topic] = forum.topics
    api.say(forum, text=f"/fraga {BRIDGE_QUESTION}", topic=topic)
    [sent] = api.wait_for_messages(forum)
    api.press(sent, "Visa i källan")
    assert all(part.topic == topic for part in api.wait_for_messages(forum, 3))


def test_a_command_alone_takes_the_question_it_replies_to(api):
    group = api.supergroup("Grupp", api.add_user())
    question = api.say(group, text=BRIDGE_QUESTION)
    api.say(group, api.add_user("Bo"), "/fraga", reply_to=question)
    assert BRIDGE_ANSWER in api.wait_for_messages(group)[0].text


def test_an_edited_question_in_a_group_edits_the_answer(api):
    group = api.supergroup("Grupp", api.add_user())
    question = api.say(group, text="/fraga Vem invigde bron?")
    [sent] = api.wait_for_messages(group)
    api.say(group, text=f"/fraga {BRIDGE_QUESTION}", edit_of=question)
    api.wait_for(lambda: BRIDGE_ANSWER in sent.text)
    assert len(api.messages(group)) == 1


def test_a_group_that_became_a_supergroup_gets_its_answer_there(api):
    group = api.group("Grupp", api.add_user())
    api.faults.queue("sendChatAction", None)
    question = api.say(group, text=f"/fraga {BRIDGE_QUESTION}")
    new = api.upgrade(group)
    api.wait_for(lambda: api.messages(new) or api.messages(group))
    assert question


def test_channels_are_left_alone(api):
    channel = api.channel()
    api.say(channel, text=f"/fraga {BRIDGE_QUESTION}")
    group = api.group("Grupp", api.add_user())
    api.say(group, text="/fraga Vem invigde bron?")
    api.wait_for_messages(group)
    assert api.messages(channel) == []


def test_no_handler_failed(bot):
    """The last test of the file."""
    assert "incident" not in bot.log
