"""What earlier questions the engine is given; seen in what is stored with a 👎."""

from bot.telegram.sqlite_state import SqliteState
from bot.telegram.state import export_feedback
from tests.bot.telegram_process import bot_fixture

FIRST, SECOND, THIRD = "Vem invigde bron?", "Vad kostade den då?", "Och vem ledde bygget av den?"


bot = bot_fixture(telegram_history_questions=5)


def ask(api, chat, text, user=None, **given):
    before = len(api.messages(chat))
    api.say(chat, user, text, **given)
    return api.wait_for_messages(chat, before + 1)[before]


def history(api, bot, sent):
    """The history that an answer was given with."""
    pressed = api.press(sent, "👎")
    api.wait_for(lambda: pressed.answered)
    number = sent.button("👎").data.split(":")[1]
    with SqliteState(bot.folder / "state") as state:
        [line] = [one for one in export_feedback(state) if one["id"] == f"feedback-{number}"]
    return line["history"]


def test_earlier_questions_of_the_chat_are_history_until_a_new_start(api, bot):
    chat = api.private()
    ask(api, chat, FIRST)
    ask(api, chat, SECOND)
    assert history(api, bot, ask(api, chat, THIRD)) == [FIRST, SECOND]
    ask(api, chat, "/ny")
    assert history(api, bot, ask(api, chat, THIRD)) == []


def test_history_survives_a_restart(api, bot):
    chat = api.private()
    ask(api, chat, FIRST)
    bot.kill()
    bot.start()
    assert history(api, bot, ask(api, chat, SECOND)) == [FIRST]


def test_a_reply_to_an_answer_is_a_follow_up_to_that_answer(api, bot):
    chat = api.private()
    first = ask(api, chat, FIRST)
    ask(api, chat, SECOND)
    assert history(api, bot, ask(api, chat, THIRD, reply_to=first)) == [FIRST]


def test_history_is_kept_by_topic_and_user(api, bot):
    anna, bo = api.add_user("Anna"), api.add_user("Bo")
    forum = api.supergroup("Forum", anna, bo, topics=("Ett", "Två"))
    one, two = forum.topics
    ask(api, forum, f"/fraga {FIRST}", anna, topic=one)
    assert history(api, bot, ask(api, forum, f"/fraga {SECOND}", bo, topic=one)) == []
    assert history(api, bot, ask(api, forum, f"/fraga {SECOND}", anna, topic=two)) == []
    assert history(api, bot, ask(api, forum, f"/fraga {THIRD}", anna, topic=one)) == [FIRST]


def test_an_edited_question_takes_its_place_in_history(api, bot):
    chat = api.private()
    question = api.say(chat, text=FIRST)
    [sent] = api.wait_for_messages(chat)
    api.say(chat, text=SECOND, edit_of=question)
    api.wait_for(lambda: len(sent.versions) > 1)
    assert history(api, bot, ask(api, chat, THIRD)) == [SECOND]
