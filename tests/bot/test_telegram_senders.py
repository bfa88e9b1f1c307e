"""Captions, albums and replies, and those who write as a group or a channel."""

import pytest

from tests.bot.telegram_documents import (
    BRIDGE_ANSWER,
    BRIDGE_QUESTION,
    SEED_QUESTION,
)
from tests.bot.telegram_process import bot_fixture

FOLLOW_UP = "Vem invigde den?"
ONLY_TEXT = "Jag läser bara text"


bot = bot_fixture(telegram_history_questions=5, telegram_questions_per_minute=4)


def mention(api, text=""):
    return f"@{api.me.username} {text}".strip()


def settled(api, chat):
    """The messages in a chat when the bot has dealt with all that came before a last command."""
    before = len(api.messages(chat))
    api.say(chat, text=f"/om@{api.me.username}")
    api.wait_for(lambda: any("Integritet" in one.text for one in api.messages(chat)[before:]))
    return [one.text for one in api.messages(chat) if "Integritet" not in one.text]


# Captions and albums


@pytest.mark.parametrize("kind", ["photo", "video", "animation", "voice"])
def test_a_question_in_a_caption_is_answered(api, kind):
    chat = api.private()
    api.send_other(chat, kind, caption=BRIDGE_QUESTION)
    [sent] = api.wait_for_messages(chat)
    assert BRIDGE_ANSWER in sent.text


def test_a_question_in_the_caption_of_a_document_is_answered(api):
    chat = api.private()
    api.send_file(chat, None, "bild.pdf", b"%PDF", caption=BRIDGE_QUESTION)
    assert BRIDGE_ANSWER in api.wait_for_messages(chat)[0].text


@pytest.mark.parametrize("place", [0, 2, None])
def test_an_album_gets_one_reply_whichever_of_it_has_the_question(api, place):
    chat = api.private()
    for number in range(4):
        caption = BRIDGE_QUESTION if number == place else ""
        api.send_other(chat, "photo", caption=caption, album=f"album {place}")
    api.wait_for_messages(chat)
    [text] = settled(api, chat)
    assert (ONLY_TEXT if place is None else BRIDGE_ANSWER) in text


def test_a_caption_in_a_group_has_to_be_meant_for_the_bot(api):
    group = api.supergroup("Grupp", api.add_user())
    api.send_other(group, "photo", caption=BRIDGE_QUESTION)
    api.send_other(group, "photo", caption=mention(api, BRIDGE_QUESTION), album="g")
    api.send_other(group, "photo", album="g")
    api.send_other(group, "photo", caption=f"/fraga@{api.me.username} Vem invigde bron?")
    texts = [one.text for one in api.wait_for_messages(group, 2)]
    assert BRIDGE_ANSWER in texts[0]
    assert "Karin Ek" in texts[1]
    assert len(settled(api, group)) == 2


@pytest.mark.parametrize("kind", ["voice", "audio", "video_note"])
def test_who_speaks_is_told_in_a_line_how_to_ask(api, kind):
    chat = api.private()
    api.send_other(chat, kind)
    [sent] = api.wait_for_messages(chat)
    assert "Jag hör inte" in sent.text
    assert "\n" not in sent.text


# Replies


def test_a_reply_that_only_mentions_the_bot_asks_what_it_replies_to(api):
    group = api.supergroup("Grupp", api.add_user("Bo"))
    question = api.say(group, text=BRIDGE_QUESTION)
    api.say(group, api.add_user(), mention(api), reply_to=question)
    assert BRIDGE_ANSWER in api.wait_for_messages(group)[0].text


def test_of_a_reply_to_a_quoted_part_the_part_is_asked(api):
    group = api.supergroup("Grupp", api.add_user("Bo"))
    long = api.say(group, text=f"Hej alla! {BRIDGE_QUESTION} Och vem invigde den? /Bo")
    api.say(group, api.add_user(), mention(api), reply_to=long, quote=BRIDGE_QUESTION)
    [sent] = api.wait_for_messages(group)
    assert BRIDGE_ANSWER in sent.text
    assert "Karin Ek" not in sent.entity_texts("bold")


def test_a_mention_in_reply_to_an_answer_asks_nothing_again(api):
    group = api.supergroup("Grupp", api.add_user())
    api.say(group, text=mention(api, BRIDGE_QUESTION))
    [sent] = api.wait_for_messages(group)
    api.say(group, text=mention(api), reply_to=sent)
    assert api.wait_for_messages(group, 2)[1].text.startswith("Skriv en fråga")


# Those who write as a group or a channel


def test_anonymous_administrators_of_two_groups_share_no_history_and_forget_only_their_own(api):
    first, second = (api.supergroup(title, api.add_user()) for title in ("A", "B"))
    api.say(first, text=mention(api, BRIDGE_QUESTION), as_chat=first)
    [answer] = api.wait_for_messages(first)
    api.say(second, text=mention(api, SEED_QUESTION), as_chat=second)
    api.wait_for_messages(second)
    api.say(second, text=f"/glom@{api.me.username}", as_chat=second)
    api.wait_for_messages(second, 2)
    shown = api.press(answer, "👍")  # works only on what is not forgotten
    api.wait_for(lambda: shown.answered)
    assert "glömd" not in shown.text
    api.say(first, text=mention(api, FOLLOW_UP), as_chat=first)
    assert "Karin Ek" in api.wait_for_messages(first, 2)[1].text


def test_the_limit_counts_each_chat_that_is_written_as(api):
    groups = [api.supergroup(f"Grupp {number}", api.add_user()) for number in range(6)]
    for group in groups:
        api.say(group, text=mention(api, BRIDGE_QUESTION), as_chat=group)
    for group in groups:
        assert BRIDGE_ANSWER in api.wait_for_messages(group)[0].text


# Groups that become supergroups


def test_a_supergroup_goes_on_with_the_history_of_the_group(api, bot):
    person = api.add_user()
    group = api.group("Grupp", person)
    api.say(group, text=mention(api, BRIDGE_QUESTION))
    api.wait_for_messages(group)
    new = api.upgrade(group)
    api.say(new, person, mention(api, FOLLOW_UP))
    assert "Karin Ek" in api.wait_for_messages(new)[0].text
    assert f"group {group.id} has become supergroup {new.id}" in bot.log


def test_no_handler_failed(bot):
    """The last test of the file."""
    assert "incident" not in bot.log
