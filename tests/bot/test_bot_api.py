"""The Bot API server that the bot is tested against is itself as strict as Telegram."""

from __future__ import annotations

import asyncio
import html
import http.server
import json
import threading
import time
import urllib.error
import urllib.request
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllGroupChats,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultArticle,
    InputTextMessageContent,
    LinkPreviewOptions,
    MessageEntity,
    ReplyParameters,
    Update,
)
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TimedOut,
)

from tests.bot.bot_api import BotApi, Fault, FloodLimits, clean, parse_html, utf16_length
from tests.bot.bot_api.entities import formatted
from tests.bot.bot_api.errors import ApiError
from tests.bot.servers import api_fixture


@pytest.fixture(autouse=True)
def durations(monkeypatch):
    monkeypatch.setenv("PTB_TIMEDELTA", "1")


api = api_fixture("function")


def run(api, work, token=None):
    """Runs a coroutine function with python-telegram-bot's own Bot."""

    async def main():
        async with opened(api, token) as bot:
            return await work(bot)

    return asyncio.run(main())


@asynccontextmanager
async def opened(api, token=None):
    bot = Bot(token or api.token, base_url=api.base_url, base_file_url=api.base_file_url)
    async with bot:
        yield bot


def send(api, chat, text="Hej", **kwargs):
    return run(api, lambda bot: bot.send_message(chat.id, text, **kwargs))


def post(api, method, **values):
    """A plain JSON request: status, and the body as it came."""
    request = urllib.request.Request(
        f"{api.base_url}{api.token}/{method}",
        json.dumps(values).encode(),
        {"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def described(api, method, **values):
    return post(api, method, **values)[1].get("description")


def markup(*buttons):
    return {"inline_keyboard": [list(buttons)]}


# HTML and entities: the vectors follow TDLib's own tests


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("&#57311;", "Text contains invalid Unicode characters after decoding HTML entities"),
        ("&#xDFDF", "Text contains invalid Unicode characters after decoding HTML entities"),
        ("🏟 🏟&lt;<abacaba", "Unclosed start tag at byte offset 13"),
        ("🏟 🏟&lt;<abac aba>", 'Unsupported start tag "abac" at byte offset 13'),
        ("🏟 🏟&lt;<i   =aba>", 'Empty attribute name in the tag "i" at byte offset 13'),
        ("🏟 🏟&lt;<i    aba>", 'Can\'t find end tag corresponding to start tag "i"'),
        ("🏟 🏟&lt;<i    aba  =  ", 'Unclosed start tag "i" at byte offset 13'),
        ("🏟 🏟&lt;<i    aba  =  190azAz-.,", "Unexpected end of name token at byte offset 27"),
        ('🏟 🏟&lt;<i    aba  =  "&lt;&gt;&quot;>', "Unclosed start tag at byte offset 13"),
        ("🏟 🏟&lt;</", "Unexpected end tag at byte offset 13"),
        ("🏟 🏟&lt;<b></b></", "Unexpected end tag at byte offset 20"),
        ("🏟 🏟&lt;<i>a</i   ", "Unclosed end tag at byte offset 17"),
        (
            "🏟 🏟&lt;<i>a</em   >",
            'Unmatched end tag at byte offset 17, expected "</i>", found "</em>"',
        ),
        ("<b><i>x</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("a < b", 'Unsupported start tag "" at byte offset 2'),
        ("<br>", 'Unsupported start tag "br" at byte offset 0'),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("<tg-emoji emoji-id=x>y</tg-emoji>", "Invalid custom emoji identifier specified"),
    ],
)
def test_html_that_telegram_rejects_gets_its_error(source, reason):
    with pytest.raises(ApiError) as error:
        parse_html(source)
    assert error.value.description.startswith(f"Bad Request: can't parse entities: {reason}")


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("&ge;&lt;&gt;&amp;&quot;&laquo;&#12345678;", '&ge;<>&"&laquo;&#12345678;', []),
        ("&apos;&nbsp;&#39;&#xE5;", "&apos;&nbsp;'å", []),
        ("🏟 🏟<i>🏟 &lt🏟</i>", "🏟 🏟🏟 <🏟", [("italic", 5, 6)]),
        ("<STRONG>a</Strong>", "a", [("bold", 0, 1)]),
        ("<i    aba  =  '&lt;'>a</>", "a", [("italic", 0, 1)]),
        ("<b></b>", "", []),
        ('<span class = "tg-spoiler">ab</span>', "ab", [("spoiler", 0, 2)]),
        ("<a> </a>", " ", []),
        ("<a>telegram.org</a>", "telegram.org", [("text_link", 0, 12)]),
        ("<pre><code class='language-fift'>x</></>", "x", [("pre", 0, 1)]),
        ("<pre><code>x</></>", "x", [("code", 0, 1), ("pre", 0, 1)]),
        ("<blockquote   expandable   asd>a</>", "a", [("expandable_blockquote", 0, 1)]),
        ("<blockquote cite=''>a</>", "a", [("blockquote", 0, 1)]),
    ],
)
def test_html_that_telegram_accepts_gives_text_and_entities(source, text, entities):
    parsed, found = parse_html(source)
    assert parsed == text
    assert [(e["type"], e["offset"], e["length"]) for e in found] == entities


def test_links_are_stored_in_canonical_form_and_bad_ones_are_dropped():
    def url(href):
        entities = parse_html(f'<a href="{href}">x</a>')[1]
        return entities[0].get("url") if entities else None

    assert url("telegram.org") == "http://telegram.org/"
    assert url("https://Example.SE?a=1") == "https://example.se/?a=1"
    assert url("https://e.se/a#:~:text=a%20b") == "https://e.se/a#:~:text=a%20b"
    assert url("https://e.se/a b") == "https://e.se/a%20b"
    assert url("#") is None
    assert url("http://localhost/x") is None
    assert url("ftp://e.se/x") is None


def kinds(source):
    return [(e["type"], e["offset"], e["length"]) for e in formatted(source, "HTML")[1]]


def test_entities_that_may_not_nest_are_dropped_or_split():
    assert kinds("<code><b>ab</b></code>") == [("code", 0, 2)]
    assert kinds("<blockquote>a<blockquote>b</blockquote></blockquote>") == [("blockquote", 0, 2)]
    assert kinds("<b>a<i>b</i></b>") == [("bold", 0, 1), ("bold", 1, 1), ("italic", 1, 1)]
    assert kinds("<blockquote>a<b>b</b></blockquote>") == [("blockquote", 0, 2), ("bold", 1, 1)]


@given(st.text())
def test_escaped_text_comes_through_as_it_is(text):
    shown = formatted(text, allow_empty=True)[0]
    assert formatted(html.escape(text), "HTML", allow_empty=True)[0] == shown


TAGS = st.sampled_from(["b", "i", "code", "pre", "blockquote", "a href='https://e.se/'", "u"])
NESTED = st.recursive(
    st.text("a 🏟\n@#/x.se", max_size=6),
    lambda inner: st.tuples(TAGS, st.lists(inner, max_size=4)).map(
        lambda pair: f"<{pair[0]}>{''.join(pair[1])}</{pair[0].split()[0]}>"
    ),
)


@given(st.lists(NESTED, max_size=6).map("".join))
def test_stored_entities_are_sorted_inside_the_text_and_stable(markup_text):
    text, entities = formatted(markup_text, "HTML", allow_empty=True)
    size = utf16_length(text)
    offsets = [entity["offset"] for entity in entities]
    assert offsets == sorted(offsets)
    for entity in entities:
        assert 0 <= entity["offset"] < entity["offset"] + entity["length"] <= size
    assert formatted(text, entities=entities, allow_empty=True)[1] == entities


def test_a_message_keeps_a_hundred_entities():
    assert len(kinds("".join(f"<b>{n}</b> " for n in range(150)))) == 100


def test_text_is_cleaned_and_trimmed():
    assert formatted(" \n a\x00b\tc \n ")[0] == "a b c"
    text, (bold,) = formatted("  <b> a </b>  ", "HTML")
    assert (text, bold["length"]) == (" a", 2)  # what an entity begins with is not trimmed
    assert clean("a\r\nb\u202ec\u2028d") == "a\nbcd"
    assert clean("a\u030a") == "a"


def test_mentions_commands_and_links_are_found_in_utf16_units(api):
    chat = api.private()
    message = api.say(chat, text="🏟 /sok@kallbot_test_bot #tema @kallbot_test_bot https://e.se/å?")
    assert message.entity_texts("bot_command") == ["/sok@kallbot_test_bot"]
    assert message.entity_texts("mention") == ["@kallbot_test_bot"]
    assert message.entity_texts("hashtag") == ["#tema"]
    assert message.entity_texts("url") == ["https://e.se/å"]
    assert message.entities[0]["offset"] == 3


# Sending


def test_a_sent_message_is_stored_with_text_entities_and_buttons(api):
    chat = api.private()
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("👍", callback_data="u1")]])
    sent = send(api, chat, "<b>Ja</b> &amp; nej", parse_mode="HTML", reply_markup=keyboard)
    (message,) = api.messages(chat)
    assert message.text == sent.text == "Ja & nej"
    assert message.entity_texts("bold") == ["Ja"]
    assert message.button("👍").data == "u1"
    assert sent.reply_markup == keyboard
    (call,) = api.calls("sendMessage")
    assert call.status == 200
    assert call.took_effect


def test_an_error_in_the_markup_is_told_and_nothing_is_sent(api):
    chat = api.private()
    with pytest.raises(BadRequest, match=r'(?i)Unsupported start tag "br" at byte offset 1'):
        send(api, chat, "a<br>", parse_mode="HTML")
    assert api.messages(chat) == []
    assert api.calls("sendMessage")[0].status == 400


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "message text is empty"),
        (" \n", "text must be non-empty"),
        ("\u200b\u200b", "text must be non-empty"),
        ("a" * 4097, "message is too long"),
        ("🏟" * 2049, "message is too long"),
    ],
)
def test_length_is_counted_in_utf16_units_after_trimming(api, text, reason):
    description = described(api, "sendMessage", chat_id=api.private().id, text=text)
    assert description == f"Bad Request: {reason}"


def test_tags_do_not_count_towards_the_length(api):
    send(api, api.private(), f"<b>{'🏟' * 2048}</b>", parse_mode="HTML")


@pytest.mark.parametrize(
    ("method", "values", "description"),
    [
        ("sendMessage", {"text": "x"}, "chat_id is empty"),
        ("sendMessage", {"chat_id": 1, "text": "x"}, "chat not found"),
        ("sendMessage", {"chat_id": "@saknas", "text": "x"}, "chat not found"),
        ("sendMessage", {"chat_id": 1, "text": "x", "parse_mode": "foo"}, "unsupported parse_mode"),
        ("sendChatAction", {"chat_id": 1, "action": "dance"}, "wrong parameter action in request"),
        ("editMessageText", {"text": "x"}, "message identifier is not specified"),
        ("getFile", {"file_id": "x"}, "wrong file_id or the file is temporarily unavailable"),
        (
            "answerCallbackQuery",
            {"callback_query_id": "1"},
            "query is too old and response timeout expired or query ID is invalid",
        ),
    ],
)
def test_wrong_requests_get_telegrams_own_words(api, method, values, description):
    assert described(api, method, **values) == f"Bad Request: {description}"


@pytest.mark.parametrize(
    ("button", "description"),
    [
        ({"text": "x", "callback_data": ""}, "BUTTON_DATA_INVALID"),
        ({"text": "x", "callback_data": "å" * 33}, "BUTTON_DATA_INVALID"),
        (
            {"text": "x"},
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard",
        ),
        ({"callback_data": "x"}, "can't parse inline keyboard button: Can't find field \"text\""),
        (
            {"text": "x", "url": "http://localhost"},
            "inline keyboard button URL 'http://localhost' is invalid: Wrong HTTP URL",
        ),
    ],
)
def test_wrong_buttons_are_refused(api, button, description):
    chat = api.private()
    answer = described(
        api, "sendMessage", chat_id=chat.id, text="x", reply_markup=json.dumps(markup(button))
    )
    assert answer == f"Bad Request: {description}"


def test_who_blocked_the_bot_or_never_started_it_gets_nothing(api):
    chat = api.private()
    api.block(chat.user)
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        send(api, chat)
    api.unblock(chat.user)
    send(api, chat)
    with pytest.raises(Forbidden, match="bot can't initiate conversation with a user"):
        send(api, api.private(api.add_user(), started=False))


def test_groups_that_threw_the_bot_out_or_moved_say_so(api):
    group, old = api.group(), api.group("Grupp", api.add_user())
    api.kick_bot(group)
    with pytest.raises(Forbidden, match="bot was kicked from the group chat"):
        send(api, group)
    new = api.upgrade(old)
    with pytest.raises(ChatMigrated) as error:
        send(api, old)
    assert error.value.new_chat_id == new.id


def test_a_reply_needs_a_message_that_stands(api):
    chat = api.private()
    question = api.say(chat, text="Vad?")
    send(api, chat, "Det", reply_to_message_id=question.id)
    assert [m.text for m in api.replies(question)] == ["Det"]
    api.delete(question)
    with pytest.raises(BadRequest, match="Message to be replied not found"):
        send(api, chat, reply_to_message_id=question.id)
    lenient = ReplyParameters(question.id, allow_sending_without_reply=True)
    assert send(api, chat, reply_parameters=lenient).reply_to_message is None


def test_a_quote_is_an_exact_part_of_the_message(api):
    chat = api.private()
    sent = send(api, chat, "Före 🏟 <b>mitt</b> efter, före 🏟 mitt", parse_mode="HTML")

    def reply(quote, **kwargs):
        parameters = ReplyParameters(sent.message_id, quote=quote, **kwargs)
        return send(api, chat, "se", reply_parameters=parameters)

    assert reply("efter").quote.position == 13
    assert reply("🏟", quote_position=24).quote.position == 25
    bold = reply("🏟 <b>mitt</b>", quote_parse_mode="HTML")
    assert (bold.quote.position, bold.quote.is_manual) == (5, True)
    assert bold.quote.entities == (MessageEntity("bold", 3, 4),)
    for wrong in ("Efter", "mitt  efter", "mitt efter"):
        with pytest.raises(BadRequest, match=r"(?i)QUOTE_TEXT_INVALID"):
            reply(wrong)


def test_an_edit_keeps_the_history_and_must_change_something(api):
    chat = api.private()
    sent = send(api, chat, "ett", reply_markup=markup({"text": "x", "callback_data": "1"}))

    async def edit(bot):
        await bot.edit_message_text("två", chat.id, sent.message_id)
        with pytest.raises(BadRequest, match="specified new message content and reply markup are"):
            await bot.edit_message_text("två", chat.id, sent.message_id)
        with pytest.raises(BadRequest, match="Message to edit not found"):
            await bot.edit_message_text("x", chat.id, 999)

    run(api, edit)
    (message,) = api.messages(chat)
    assert [version.text for version in message.versions] == ["ett", "två"]
    assert message.buttons == []


def test_only_the_bots_own_messages_can_be_edited_and_deleted(api):
    user = api.add_user()
    group = api.group("G", user)
    own, foreign = send(api, group), api.say(group, user, "/x")

    async def work(bot):
        with pytest.raises(BadRequest, match="Message can't be edited"):
            await bot.edit_message_text("x", group.id, foreign.id)
        with pytest.raises(BadRequest, match="Message can't be deleted"):
            await bot.delete_message(group.id, foreign.id)
        await bot.delete_message(group.id, own.message_id)
        with pytest.raises(BadRequest, match="Message to delete not found"):
            await bot.delete_message(group.id, own.message_id)

    run(api, work)
    assert [m.deleted for m in api.messages(group)] == [True]


def test_topics_hold_messages_replies_and_typing(api):
    user = api.add_user()
    forum = api.supergroup("F", user, topics=("Ett", "Två"))
    topic = next(iter(forum.topics))
    question = api.say(forum, user, "/fraga x", topic=topic)

    async def work(bot):
        (update,) = await bot.get_updates(timeout=2)
        assert update.message.is_topic_message
        assert update.message.reply_to_message.forum_topic_created.name == "Ett"
        await bot.send_chat_action(forum.id, "typing", message_thread_id=topic)
        await bot.send_message(
            forum.id, "svar", message_thread_id=topic, reply_to_message_id=question.id
        )
        for thread in (1, 999):
            with pytest.raises(BadRequest, match="Message thread not found"):
                await bot.send_message(forum.id, "svar", message_thread_id=thread)

    run(api, work)
    assert [m.topic for m in api.messages(forum)] == [topic]
    assert len(api.actions(forum)) == 1


def test_replies_in_a_plain_supergroup_carry_a_thread_that_cannot_be_sent_to(api):
    user = api.add_user()
    group = api.supergroup("S", user)
    first = api.say(group, user, "/fraga a")
    api.say(group, user, "/fraga b", reply_to=first)

    async def work(bot):
        update = (await bot.get_updates(timeout=2))[-1]
        assert update.message.message_thread_id == first.id
        assert not update.message.is_topic_message
        with pytest.raises(BadRequest, match="Message thread not found"):
            await bot.send_message(group.id, "x", message_thread_id=first.id)

    run(api, work)


def test_link_previews_and_silence_are_remembered(api):
    chat = api.private()
    preview = LinkPreviewOptions(is_disabled=True)
    send(api, chat, "https://e.se/", link_preview_options=preview, disable_notification=True)
    (message,) = api.messages(chat)
    assert message.silent
    assert message.link_preview == {"is_disabled": True}


# Updates


def test_polling_honours_offset_limit_and_timeout(api):
    chat = api.private()
    for text in ("a", "b", "c"):
        api.say(chat, text=text)

    async def work(bot):
        first = await bot.get_updates(limit=2)
        assert [u.message.text for u in first] == ["a", "b"]
        rest = await bot.get_updates(offset=first[-1].update_id + 1, timeout=5)
        assert [u.message.text for u in rest] == ["c"]
        begun = time.monotonic()
        assert await bot.get_updates(offset=rest[-1].update_id + 1, timeout=1) == ()
        assert 0.9 < time.monotonic() - begun < 3
        return [u.update_id for u in (*first, *rest)]

    ids = run(api, work)
    assert ids == sorted(ids)
    assert api.acknowledged == set(ids)
    assert api.pending == []


def test_what_is_not_confirmed_comes_again(api):
    message = api.say(api.private(), text="a")
    first = run(api, lambda bot: bot.get_updates())
    again = run(api, lambda bot: bot.get_updates())
    assert [u.update_id for u in first] == [u.update_id for u in again]
    assert api.update_id_of(message) == first[0].update_id
    assert api.acknowledged == set()


def test_a_long_poll_ends_when_something_happens(api):
    chat = api.private()
    timer = threading.Timer(0.3, lambda: api.say(chat, text="nu"))
    timer.start()
    begun = time.monotonic()
    (update,) = run(api, lambda bot: bot.get_updates(timeout=10))
    timer.join()
    assert update.message.text == "nu"
    assert time.monotonic() - begun < 3


def test_a_second_poller_ends_the_first_with_a_conflict(api):
    async def work(bot):
        first = asyncio.create_task(bot.get_updates(timeout=10))
        await asyncio.sleep(0.3)
        async with opened(api) as other:
            assert await other.get_updates(offset=1, timeout=1) == ()
        with pytest.raises(Conflict, match=r"(?i)make sure that only one bot instance is running"):
            await first

    run(api, work)


def test_a_poller_that_went_away_is_no_conflict(api):
    async def work(bot):
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(bot.get_updates(timeout=10), 0.3)

    run(api, work)
    run(api, lambda bot: bot.get_updates(offset=5, timeout=0))
    assert [c.status for c in api.calls("getUpdates")] == [None, 200]


def test_updates_that_were_not_asked_for_are_not_kept(api):
    chat = api.private()

    async def work(bot):
        await bot.get_updates(allowed_updates=["callback_query"])
        api.say(chat, text="a")
        api.press(asked, "x")
        return await bot.get_updates(offset=1, timeout=1)

    send(api, chat, "q", reply_markup=markup({"text": "x", "callback_data": "1"}))
    (asked,) = api.messages(chat)
    (update,) = run(api, work)
    assert update.callback_query.data == "1"


def test_an_edited_question_arrives_as_an_edit(api):
    chat = api.private()
    question = api.say(chat, text="Vem?")
    api.say(chat, text="Vilka?", edit_of=question)
    first, second = run(api, lambda bot: bot.get_updates())
    assert first.message.message_id == second.edited_message.message_id
    assert second.edited_message.text == "Vilka?"
    assert len(question.update_ids) == 2


def test_privacy_mode_hides_what_is_not_meant_for_the_bot(api):
    user = api.add_user()
    group = api.group("G", user)
    own = send(api, group)
    (answer,) = api.messages(group)
    assert answer.id == own.message_id
    for text in ("hej", "/fraga a", "/fraga@annan_bot b", "/fraga@Kallbot_Test_Bot c"):
        api.say(group, user, text)
    api.say(group, user, "hej @kallbot_test_bot")
    api.say(group, user, "hej @kallbot_test_bot2")
    api.say(group, user, "jaså", reply_to=answer)
    api.send_other(group, "photo", user)
    api.send_other(group, "new_chat_members", user)
    updates = run(api, lambda bot: bot.get_updates())
    assert [u.message.text for u in updates] == [
        "/fraga a",
        "/fraga@Kallbot_Test_Bot c",
        "hej @kallbot_test_bot",
        "jaså",
        None,
    ]


def test_without_privacy_mode_or_as_admin_the_bot_sees_all():
    with BotApi(privacy=False) as api:
        api.say(api.group("G", api.add_user()), text="hej")
        assert len(api.pending) == 1
    with BotApi() as api:
        group = api.group("G", api.add_user())
        group.bot_is_admin = True
        api.say(group, text="hej")
        assert len(api.pending) == 1


@pytest.mark.parametrize(
    "kind",
    [
        *("photo", "voice", "sticker", "video", "video_note", "audio", "animation", "location"),
        *("venue", "contact", "poll", "dice", "story", "new_chat_members", "left_chat_member"),
        *("new_chat_title", "pinned_message", "forum_topic_edited", "video_chat_started"),
        "message_auto_delete_timer_changed",
    ],
)
def test_other_content_is_understood_by_the_library(api, kind):
    chat = api.private()
    api.say(chat, text="först")
    api.send_other(chat, kind)
    update = run(api, lambda bot: bot.get_updates())[-1]
    assert getattr(update.message, kind)
    assert update.message.text is None


# Callbacks and inline mode


def test_a_press_is_answered_once(api):
    chat = api.private()
    send(api, chat, "q", reply_markup=markup({"text": "👍", "callback_data": "up"}))
    (message,) = api.messages(chat)
    callback = api.press(message, "👍")
    assert api.unanswered_callbacks() == [callback]

    async def work(bot):
        (update,) = await bot.get_updates()
        assert update.callback_query.data == "up"
        assert update.callback_query.message.text == "q"
        with pytest.raises(BadRequest, match=r"(?i)MESSAGE_TOO_LONG"):
            await update.callback_query.answer("x" * 201)
        await update.callback_query.answer("tack", show_alert=True)
        with pytest.raises(BadRequest, match="Query is too old"):
            await update.callback_query.answer()

    run(api, work)
    assert (callback.text, callback.show_alert) == ("tack", True)
    assert api.unanswered_callbacks() == []


def test_data_can_be_forged_and_old_messages_are_inaccessible(api):
    chat = api.private()
    send(api, chat)
    (message,) = api.messages(chat)
    with pytest.raises(LookupError):
        api.press(message, "admin")
    api.press(message, "admin", forged=True, inaccessible=True)
    callback = api.press(message, "x", forged=True)
    api.expire(callback)

    async def work(bot):
        first, second = await bot.get_updates()
        assert first.callback_query.data == "admin"
        assert not first.callback_query.message.is_accessible
        with pytest.raises(BadRequest, match="Query is too old"):
            await second.callback_query.answer()

    run(api, work)


def article(result_id, text="<b>x</b>", **kwargs):
    content = InputTextMessageContent(text, parse_mode="HTML")
    return InlineQueryResultArticle(result_id, "Rubrik", content, **kwargs)


def test_an_inline_result_can_be_chosen_and_edited(api):
    user = api.add_user()
    chat = api.group("G", user)
    query = api.inline(user, "vem var där")
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Mer", callback_data="m")]])

    async def answer(bot):
        (update,) = await bot.get_updates()
        assert update.inline_query.query == "vem var där"
        await update.inline_query.answer([article("1", reply_markup=keyboard)])
        with pytest.raises(BadRequest, match="Query is too old"):
            await update.inline_query.answer([])
        return update.update_id

    answered = run(api, answer)
    message = api.choose(query, "1", chat)
    assert message.entity_texts("bold") == ["x"]
    api.press(message, "Mer", user)

    async def edit(bot):
        update = (await bot.get_updates(offset=answered + 1))[-1]
        assert update.callback_query.message is None
        await bot.edit_message_text("y", inline_message_id=update.callback_query.inline_message_id)

    run(api, edit)
    assert message.text == "y"


@pytest.mark.parametrize(
    ("results", "reason"),
    [
        ([article(str(n)) for n in range(51)], "Too many inline query results specified"),
        ([article("1"), article("1")], "RESULT_ID_DUPLICATE"),
        ([article("å" * 32 + "x")], "RESULT_ID_INVALID"),
        (
            [article("1", "<b>")],
            "Can't parse inline query result: Can't parse entities: Can't find end tag",
        ),
        ([article("1", "x" * 4097)], "MESSAGE_TOO_LONG"),
    ],
)
def test_wrong_inline_results_are_refused(api, results, reason):
    query = api.inline(api.add_user(), "x")
    payload = [result.to_dict() for result in results]
    description = described(api, "answerInlineQuery", inline_query_id=query.id, results=payload)
    assert description.lower().startswith(f"bad request: {reason}".lower())


# Files, the profile, other methods


def test_a_file_is_described_and_downloaded(api):
    chat = api.private()
    api.send_file(chat, None, "../å.txt", "åäö".encode(), caption="text")

    async def work(bot):
        (update,) = await bot.get_updates()
        assert update.message.document.file_name == "../å.txt"
        assert update.message.caption == "text"
        file = await update.message.document.get_file()
        return bytes(await file.download_as_bytearray())

    assert run(api, work).decode() == "åäö"


def test_a_file_over_twenty_megabytes_cannot_be_fetched(api):
    message = api.send_file(api.private(), None, "a.txt", b"x", size=20 * 1024 * 1024 + 1)
    with pytest.raises(BadRequest, match="File is too big"):
        run(api, lambda bot: bot.get_file(message.document["file_id"]))


def test_the_bot_sends_a_document(api):
    chat = api.private()
    run(api, lambda bot: bot.send_document(chat.id, b"data", filename="a.txt", caption="<b>c</b>"))
    (message,) = api.messages(chat)
    assert message.document["file_name"] == "a.txt"
    assert message.text == "<b>c</b>"
    with pytest.raises(BadRequest, match="Message caption is too long"):
        run(api, lambda bot: bot.send_document(chat.id, b"data", caption="x" * 1025))


def test_commands_are_kept_by_scope_and_language(api):
    async def work(bot):
        await bot.set_my_commands([BotCommand("hjalp", "Hjälp")], language_code="sv")
        await bot.set_my_commands([("help", "Help")])
        await bot.set_my_commands([("fraga", "F")], scope=BotCommandScopeAllGroupChats())
        await bot.set_my_description("Källbot", language_code="sv")
        assert await bot.get_my_commands(language_code="sv") == (BotCommand("hjalp", "Hjälp"),)
        with pytest.raises(BadRequest, match=r"(?i)BOT_COMMAND_INVALID"):
            await bot.set_my_commands([("hjälp", "Hjälp")])
        await bot.delete_my_commands()

    run(api, work)
    assert api.commands("sv") == {"hjalp": "Hjälp"}
    assert api.commands() == {}
    assert api.commands(scope="all_group_chats") == {"fraga": "F"}
    assert api.description(language_code="sv") == "Källbot"


def test_chats_and_members_can_be_asked_for(api):
    user = api.add_user("Eva", username="eva")
    group = api.group("G", user)

    async def work(bot):
        assert (await bot.get_chat(group.id)).title == "G"
        assert (await bot.get_chat_member(group.id, user.id)).status == "member"
        assert (await bot.get_chat_member(group.id, api.private().user.id)).status == "left"
        assert (await bot.get_me()).username == "kallbot_test_bot"

    run(api, work)


def test_a_wrong_token_and_an_unknown_method_are_refused(api):
    with pytest.raises(InvalidToken):
        run(api, lambda bot: bot.get_me(), token="123:wrong-token")
    with pytest.raises(InvalidToken):
        run(api, lambda bot: bot.get_me(), token="nonsense")
    assert post(api, "fooBar") == (
        404,
        {"ok": False, "error_code": 404, "description": "Not Found: method not found"},
    )


@pytest.mark.parametrize("style", ["query", "form", "json"])
def test_parameters_come_in_any_form_and_methods_in_any_case(api, style):
    chat = api.private()
    url = f"{api.base_url}{api.token}/SENDmessage"
    data, headers = None, {}
    if style == "query":
        url += f"?chat_id={chat.id}&text=hej"
    elif style == "form":
        data = f"chat_id={chat.id}&text=hej".encode()
    else:
        data, headers = (
            json.dumps({"chat_id": chat.id, "text": "hej"}).encode(),
            {"Content-Type": "application/json"},
        )
    urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=5).close()
    assert [m.text for m in api.messages(chat)] == ["hej"]


# Webhook


class Hook:
    """A webhook that remembers what it got and fails as often as it is told to."""

    def __init__(self, failures=0):
        self.got, self.secrets, self.failures = [], [], failures
        hook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                hook.secrets.append(self.headers["X-Telegram-Bot-Api-Secret-Token"])
                failed = hook.failures > 0
                hook.failures -= 1
                if not failed:
                    hook.got.append(body)
                self.send_response(500 if failed else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"

    def __enter__(self):
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,))
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def test_a_webhook_gets_updates_in_order_with_its_secret_and_again_after_a_failure(api):
    chat = api.private()
    with Hook(failures=1) as hook:
        run(api, lambda bot: bot.set_webhook(hook.url, secret_token="hemligt"))
        first, second = api.say(chat, text="a"), api.say(chat, text="b")
        api.wait_for(lambda: len(api.acknowledged) == 2)
        assert [update["message"]["text"] for update in hook.got] == ["a", "b"]
        assert hook.secrets == ["hemligt"] * 3
        assert api.acknowledged == {api.update_id_of(first), api.update_id_of(second)}
        info = run(api, lambda bot: bot.get_webhook_info())
        assert (
            info.last_error_message == "Wrong response from the webhook: 500 Internal Server Error"
        )
        with pytest.raises(
            Conflict, match=r"(?i)can't use getUpdates method while webhook is active"
        ):
            run(api, lambda bot: bot.get_updates())
        run(api, lambda bot: bot.delete_webhook())
    assert run(api, lambda bot: bot.get_updates()) == ()


def test_a_public_address_is_forwarded_as_by_a_proxy(api):
    with Hook() as hook:
        api.forward("https://bot.example.org", hook.url.removesuffix("/hook"))
        run(api, lambda bot: bot.set_webhook("https://bot.example.org/hook"))
        api.say(api.private(), text="a")
        api.wait_for(lambda: hook.got)


@pytest.mark.parametrize(
    ("url", "secret", "reason"),
    [
        ("http://bot.example.org/x", "", "bad webhook: An HTTPS URL must be provided for webhook"),
        (
            "https://bot.example.org:8080/x",
            "",
            "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443",
        ),
        ("https://bot.example.org/x", "å", "secret token contains unallowed characters"),
    ],
)
def test_a_wrong_webhook_is_refused(api, url, secret, reason):
    description = described(api, "setWebhook", url=url, secret_token=secret)
    assert description == f"Bad Request: {reason}"


def test_pending_updates_can_be_dropped(api):
    api.say(api.private(), text="a")
    run(api, lambda bot: bot.delete_webhook(drop_pending_updates=True))
    assert api.pending == []
    assert api.acknowledged == set()


# Faults


@pytest.mark.parametrize(
    ("fault", "error", "effect"),
    [
        (Fault.flood(7), RetryAfter, False),
        (Fault.internal(), NetworkError, False),
        (Fault.bad_gateway(), NetworkError, False),
        (Fault.dropped(), NetworkError, False),
        (Fault.dropped_after(), NetworkError, True),
        (Fault.half(), NetworkError, True),
    ],
)
def test_a_fault_looks_as_it_does_from_telegram(api, fault, error, effect):
    chat = api.private()
    api.faults.queue("sendMessage", None, fault)
    send(api, chat, "genom")
    with pytest.raises(error) as caught:
        send(api, chat, "fel")
    assert ([m.text for m in api.messages(chat)] == ["genom", "fel"]) == effect
    assert api.calls("sendMessage")[1].took_effect == effect
    assert api.calls("sendMessage")[1].fault == fault.kind
    if error is RetryAfter:
        assert caught.value.retry_after.seconds == 7


def test_an_empty_answer_is_no_json(api):
    api.faults.queue("getMe", Fault.empty())
    with urllib.request.urlopen(f"{api.base_url}{api.token}/getMe", timeout=5) as response:
        assert (response.status, response.read()) == (200, b"")


def test_slow_calls_time_out_and_still_take_effect(api):
    chat = api.private()
    api.faults.queue("sendMessage", Fault.delay(0.5), Fault.held(0.5))
    for _ in range(2):
        with pytest.raises(TimedOut):
            send(api, chat, read_timeout=0.2)
    assert len(api.wait_for_messages(chat, 2)) == 2


def test_random_faults_are_the_same_for_the_same_seed(api):
    def outcomes():
        api.faults.random(0.3, seed=7, methods=frozenset({"getMe"}))
        return [api.faults.next("getMe") for _ in range(200)]

    first = outcomes()
    assert first == outcomes()
    assert 30 < sum(fault is not None for fault in first) < 90
    assert api.faults.next("sendMessage") is None
    api.faults.clear()
    assert {api.faults.next("getMe") for _ in range(50)} == {None}


def test_one_chat_in_flood_wait_leaves_the_others_alone(api):
    held, other = api.private(), api.private()
    api.flood(held, 30)
    with pytest.raises(RetryAfter) as error:
        send(api, held)
    assert error.value.retry_after.seconds == 30
    send(api, other)


def test_flood_limits_hold_for_one_chat_for_all_and_for_groups():
    limits = FloodLimits(overall_per_second=10, chat_burst=2, group_per_minute=4)
    with BotApi(flood_limits=limits) as api:
        chat = api.private()
        statuses = [post(api, "sendMessage", chat_id=chat.id, text="x")[0] for _ in range(3)]
        assert statuses == [200, 200, 429]
        chats = [api.private() for _ in range(12)]
        statuses = [post(api, "sendMessage", chat_id=c.id, text="x")[0] for c in chats]
        assert statuses.count(429) >= 2
    with BotApi(flood_limits=FloodLimits(chat_burst=99, group_per_minute=4)) as api:
        group = api.group()
        answers = [post(api, "sendMessage", chat_id=group.id, text="x") for _ in range(5)]
        assert [status for status, _ in answers] == [200] * 4 + [429]
        assert 55 <= answers[-1][1]["parameters"]["retry_after"] <= 60


# The server itself


def test_it_starts_again_on_the_same_port_with_all_it_knew():
    api = BotApi()
    api.start()
    port, chat = api.port, api.private()
    send(api, chat, "före")
    api.stop()
    with pytest.raises(NetworkError):
        send(api, chat)
    with api:
        assert api.port == port
        send(api, chat, "efter")
        assert [m.text for m in api.messages(chat)] == ["före", "efter"]


def test_it_stops_at_once_while_a_poll_is_open():
    with BotApi() as api:
        errors = []

        def poll():
            try:
                run(api, lambda bot: bot.get_updates(timeout=30))
            except NetworkError as error:
                errors.append(error)

        poller = threading.Thread(target=poll)
        poller.start()
        api.wait_for(lambda: api.calls("getUpdates"))
        begun = time.monotonic()
    assert time.monotonic() - begun < 3
    poller.join(5)
    assert len(errors) == 1


def test_a_wait_that_fails_shows_the_last_calls(api):
    send(api, api.private(), "hallå")
    with pytest.raises(AssertionError, match=r"sendMessage 200 .*hallå"):
        api.wait_for(lambda: False, timeout=0.1)


def test_a_raw_update_reaches_the_bot_as_it_is(api):
    update_id = api.push({"message": {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "x"}}})
    (update,) = run(api, lambda bot: bot.get_updates())
    assert isinstance(update, Update)
    assert update.update_id == update_id
