"""For whoever runs the bot: updating, adding and removing documents."""

import threading
import time

import pytest

from tests.bot.telegram_documents import BRIDGE_ANSWER, BRIDGE_QUESTION
from tests.bot.telegram_process import bot_fixture

ADMIN = 77
LIGHTHOUSE = (
    "# Fyren på Stora Karlsö\n\nFyrvaktaren Selma Gyllenpil tände fyren på Stora Karlsö år 1887.\n"
)
LIGHTHOUSE_QUESTION = "Vem tände fyren på Stora Karlsö?"


bot = bot_fixture(admins=ADMIN, delay=0.05)


@pytest.fixture(scope="module")
def admin(api):
    return api.private(api.add_user("Sköterska", user_id=ADMIN))


def reply(api, chat, act):
    """The bot's next message in a chat after `act`."""
    before = len(api.messages(chat))
    act()
    return api.wait_for_messages(chat, before + 1)[before]


def wait_until_said(api, chat, text):
    """Waits until the newest message in a chat holds a text."""
    api.wait_for(lambda: any(text in one.text for one in api.messages(chat)[-1:]), timeout=30)


def bring_up_to_date(api, admin):
    """What is told once the index is up to date."""
    told = reply(api, admin, lambda: api.say(admin, text="/uppdatera"))
    api.wait_for(lambda: not told.text.startswith(("Läser", "Räknar", "Skriver")), timeout=30)
    return told.text


def ask(api, chat, text):
    return reply(api, chat, lambda: api.say(chat, text=text)).text


def send(api, chat, name, data, **given):
    return reply(api, chat, lambda: api.send_file(chat, None, name, data, **given))


def test_status_tells_how_things_are(api, admin):
    text = ask(api, admin, "/status")
    assert "Frågor: " in text
    assert "7 dokument" in text


def test_a_document_is_added_after_a_yes_and_answered_from(api, bot, admin):
    offer = send(api, admin, "../../Fyren på Karlsö.txt", LIGHTHOUSE.encode())
    assert "Lägga till" in offer.text
    assert not list((bot.folder / "documents").glob("fyren*"))
    api.press(offer, "Ja, lägg till")
    api.wait_for(lambda: any("nya: 1" in sent.text.lower() for sent in api.messages(admin)))
    [stored] = (bot.folder / "documents").glob("fyren*")
    assert stored.name.startswith("fyren-pa-karlso-")
    assert stored.read_text() == LIGHTHOUSE
    assert "Selma Gyllenpil" in ask(api, api.private(), LIGHTHOUSE_QUESTION)
    again = send(api, admin, "igen.txt", LIGHTHOUSE.encode())
    assert "finns redan" in again.text


def test_a_document_is_removed_after_a_yes_and_kept_in_a_folder(api, bot, admin):
    [name] = [path.name for path in (bot.folder / "documents").glob("fyren*")]
    sure = reply(api, admin, lambda: api.say(admin, text=f"/tabort {name}"))
    api.press(sure, "Ja, ta bort")
    api.wait_for(lambda: any("borttagna: 1" in sent.text for sent in api.messages(admin)))
    assert not list((bot.folder / "documents").glob("fyren*"))
    assert (bot.folder / "state" / "removed" / name).read_text() == LIGHTHOUSE
    assert "Gyllenpil" not in ask(api, api.private(), LIGHTHOUSE_QUESTION)


def test_a_no_leaves_everything_as_it_was(api, bot, admin):
    before = sorted((bot.folder / "documents").iterdir())
    offer = send(api, admin, "ny.txt", b"# Nytt\n\nNytt dokument.\n")
    api.press(offer, "Nej")
    api.wait_for(lambda: "låter jag bli" in offer.text)
    chosen = reply(api, admin, lambda: api.say(admin, text="/tabort"))
    assert len(chosen.buttons) == 7
    api.press(chosen, chosen.buttons[0].text)
    api.wait_for(lambda: "Ta bort" in chosen.text)
    api.press(chosen, "Nej, behåll")
    api.wait_for(lambda: "vara kvar" in chosen.text)
    assert sorted((bot.folder / "documents").iterdir()) == before


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("rapport.txt", b"%PDF-1.7\n%\xe2\xe3", "den är skadad"),
        ("bild.txt", b"\x89PNG\r\n\x1a\n\0\0", "en bild"),
        ("brev.docx", b"PK\x03\x04\x14\0", "den är skadad"),
        ("arkiv.zip", b"PK\x03\x04\x14\0", "arkiv"),
        ("data.md", b"abc\0def", "det är ingen text"),
        ("tom.txt", b"  \n ", "tom"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_the_reason(api, admin, name, data, expected):
    assert expected in send(api, admin, name, data).text


def test_a_file_over_20_mb_is_refused_without_fetching_it(api, admin):
    before = len(api.calls("getFile"))
    assert "20 MB" in send(api, admin, "stor.txt", b"x", size=21 * 1024 * 1024).text
    assert len(api.calls("getFile")) == before


def test_nobody_else_can_add_decide_or_remove(api, bot, admin):
    stranger = api.add_user("Främling")
    chat = api.private(stranger)
    text = send(api, chat, "fyren.txt", LIGHTHOUSE.encode()).text
    assert "Jag läser bara text" in text
    offer = send(api, admin, "fyren.txt", LIGHTHOUSE.encode())
    yes = offer.button("Ja, lägg till").data
    bait = reply(api, chat, lambda: api.say(chat, text=BRIDGE_QUESTION))
    for data in (yes, "x:0123456789abcdef", "r:0123456789abcdef"):
        pressed = api.press(bait, data, stranger, forged=True)
        api.wait_for(lambda: pressed.answered)  # noqa: B023 - waited for at once
        assert "för den som sköter" in pressed.text
    assert not list((bot.folder / "documents").glob("fyren*"))


def test_updating_during_questions_fails_none_and_answers_from_the_new_document(api, bot, admin):
    chats = [api.private() for _ in range(6)]
    stop = threading.Event()

    def keep_asking():
        while not stop.is_set():
            for chat in chats:
                api.say(chat, text=BRIDGE_QUESTION)
            time.sleep(0.4)

    people = threading.Thread(target=keep_asking)
    people.start()
    for number in range(3):
        (bot.folder / "documents" / f"ny{number}.md").write_text(
            f"# Sjön Glimmen {number}\n\nSjön Glimmen{number} är {number + 40} meter djup.\n"
        )
        before = len(api.messages(admin))
        api.say(admin, text="/uppdatera")
        api.wait_for(
            lambda: any("Klart" in sent.text for sent in api.messages(admin)[before:]),  # noqa: B023
            20,
        )
        assert f"{number + 40} meter" in ask(api, api.private(), f"Hur djup är Glimmen{number}?")
    stop.set()
    people.join()
    for chat in chats:
        asked = sum(call.parameters.get("chat_id") == str(chat.id) for call in api.calls())
        assert asked
        api.wait_for(lambda: len(api.messages(chat)) == said(api, chat), 30)  # noqa: B023
        assert all(BRIDGE_ANSWER in sent.text for sent in api.messages(chat))


def said(api, chat):
    """How many messages a person has written in a private chat."""
    return len([one for one in api._world.messages[chat.id].values() if one.sender is chat.user])


def test_no_handler_failed(api, bot):
    """The last test of the file."""
    assert "incident" not in bot.log
    assert api.unanswered_callbacks() == []


def test_updating_holds_up_nothing_else_in_the_chat_however_it_is_spelt(api, bot, admin):
    for number in range(60):
        (bot.folder / "documents" / f"många-{number}.txt").write_text(f"Ärende {number} avgjordes.")
    before = len(api.messages(admin))
    api.say(admin, text="/UPPDATERA")
    api.say(admin, text="/om")
    api.wait_for(lambda: len(api.messages(admin)) > before + 1)
    texts = [sent.text for sent in api.messages(admin)[before:]]
    assert "Klart på" not in texts[0]
    assert "Integritet" in texts[1]
    api.wait_for(lambda: "Klart på" in api.messages(admin)[before].text, timeout=30)
    for number in range(60):
        (bot.folder / "documents" / f"många-{number}.txt").unlink()
    bring_up_to_date(api, admin)


def test_updating_tells_in_swedish_which_files_cannot_be_read(api, bot, admin):
    (bot.folder / "documents" / "brev & <b>.docx").write_bytes(b"PK\x03\x04\x14\0")
    (bot.folder / "documents" / "tom.txt").write_bytes(b" ")
    text = bring_up_to_date(api, admin)
    assert "• brev & <b>.docx: den är skadad" in text
    assert "• tom.txt: den är tom" in text
    assert "save it again" not in text
    for name in ("brev & <b>.docx", "tom.txt"):
        (bot.folder / "documents" / name).unlink()


def test_a_report_on_many_files_fits_one_message(api, bot, admin):
    for number in range(30):
        (bot.folder / "documents" / f"{number:0235}.txt").write_text(" ")
    text = bring_up_to_date(api, admin)
    for number in range(30):
        (bot.folder / "documents" / f"{number:0235}.txt").unlink()
    assert (text.count("• 000"), "10 till" in text) == (20, True)


def test_yes_and_no_at_once_are_taken_one_after_the_other(api, bot, admin):
    offer = send(api, admin, "hamnen.txt", "Hamnen på Ön byggs ut 2031.".encode())
    yes, no = api.press(offer, "Ja, lägg till"), api.press(offer, "Nej")
    api.wait_for(lambda: yes.answered and no.answered, timeout=30)
    assert "finns inte kvar" in no.text
    [added] = (bot.folder / "documents").glob("hamnen*")
    added.unlink()


def test_every_document_can_be_chosen_for_removal_page_by_page_and_told_from_the_others(
    api, bot, admin
):
    for number in range(14):
        text = f"# Protokoll från nämnden\n\nNämnden beslutade om ärende {number} den 3 maj.\n"
        (bot.folder / "documents" / f"protokoll-{number}.md").write_text(text)
    bring_up_to_date(api, admin)
    chosen = reply(api, admin, lambda: api.say(admin, text="/tabort"))
    labels, page = [], 1
    while True:
        api.wait_for(lambda: f"Sida {page} av" in chosen.text)  # noqa: B023
        labels += [button.text for button in chosen.buttons if button.data.startswith("r:")]
        if not any(button.text == "Fler ▶" for button in chosen.buttons):
            break
        api.press(chosen, "Fler ▶")
        page += 1
    assert len(labels) == len(set(labels)) == len(list((bot.folder / "documents").iterdir()))
    assert sum("Protokoll från nämnden (protokoll-" in label for label in labels) == 14
    api.press(chosen, "◀ Förra")
    api.wait_for(lambda: f"Sida {page - 1} av" in chosen.text)
    stranger = api.private()
    bait = reply(api, stranger, lambda: api.say(stranger, text=BRIDGE_QUESTION))
    pressed = api.press(bait, "p:0", forged=True)
    api.wait_for(lambda: pressed.answered)
    assert "för den som sköter" in pressed.text


def test_a_web_page_is_added_as_one_and_answered_from(api, bot, admin):
    page = "<h1>Fyren p&aring; Gotska Sand&ouml;n</h1><p>Fyrvaktaren Bror Lundkvist kom 1921.</p>"
    offer = send(api, admin, "Gotska.html", page.encode())
    api.press(offer, "Ja, lägg till")
    api.wait_for(lambda: list((bot.folder / "documents").glob("gotska-*.html")))
    wait_until_said(api, admin, "Klart på")
    asked = ask(api, api.private(), "Vem kom till fyren på Gotska Sandön 1921?")
    assert "Bror Lundkvist" in asked
    [stored] = (bot.folder / "documents").glob("gotska-*.html")
    sure = reply(api, admin, lambda: api.say(admin, text=f"/tabort {stored.name}"))
    before = len(api.messages(admin))
    api.press(sure, "Ja, ta bort")
    api.wait_for(lambda: not stored.exists())
    api.wait_for(lambda: len(api.messages(admin)) > before)
    wait_until_said(api, admin, "Klart på")
