"""Several bot processes behind one webhook, with one PostgreSQL database."""

import threading
import time

import psycopg
import pytest

from bot.telegram.postgres_state import LEASE
from bot.wording import SWEDISH
from tests.bot.balancer import Balancer
from tests.bot.bot_api import BotApi, Fault
from tests.bot.postgres_server import PASSWORD
from tests.bot.servers import free_port
from tests.bot.telegram_documents import BRIDGE_ANSWER, BRIDGE_QUESTION, write_documents
from tests.bot.telegram_process import BotProcess

PUBLIC = "https://bot.example.org/telegram/krok"
QUESTIONS = [BRIDGE_QUESTION, "Vem invigde bron?", "Vilka myndigheter deltog den 12 april?"]
ANSWERS = [BRIDGE_ANSWER, "Karin Ek", "Skolverket"]


class Fleet:
    """Bot processes with one database, a Bot API server and a balancer between."""

    def __init__(self, folder, uri, processes=2, **given):
        self.api = BotApi()
        self.uri = uri
        self.ports = [free_port() for _ in range(processes)]
        self.balancer = Balancer(self.ports)
        self.bots = []
        self.folder = folder
        self._given = given

    def __enter__(self):
        self.api.start()
        self.balancer.__enter__()
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _start(self):
        self.api.forward(PUBLIC, self.balancer.url)
        documents = write_documents(self.folder / "documents")
        self.bots = [
            BotProcess(self.api, self.folder / str(port), documents=documents,
                       index=self.folder / "index", postgres_uri=self.uri,
                       telegram_webhook_url=PUBLIC, telegram_webhook_port=port, **self._given)
            for port in self.ports
        ]  # fmt: skip
        for bot in self.bots:  # the first makes the index
            bot.start()
        self.api.wait_for(lambda: self.api.webhook.get("url"))

    def __exit__(self, *_):
        for bot in self.bots:
            if bot.process is not None:
                bot.__exit__()
            assert self.api.token not in bot.log
            assert PASSWORD not in bot.log
            assert self.uri not in bot.log
            assert "Traceback" not in bot.log
        self.balancer.__exit__()
        self.api.stop()

    def via(self, *places):
        """Deliver to these processes alone from now on."""
        self.balancer.ports = [self.ports[place] for place in places]

    def ask_all(self, chats, pause=0.0):
        """Every chat asks every question."""
        for question in QUESTIONS:
            for chat in chats:
                self.api.say(chat, text=question)
                time.sleep(pause)

    def check_all(self, chats, timeout=20):
        """Every chat has one answer to every question, in order."""
        for chat in chats:
            self.api.wait_for_messages(chat, len(QUESTIONS), timeout)
        time.sleep(1)
        for chat in chats:
            sent = [message.text for message in self.api.messages(chat)]
            assert len(sent) == len(QUESTIONS)
            assert all(words in text for words, text in zip(ANSWERS, sent, strict=True))


@pytest.fixture(scope="module")
def fleet(postgres, tmp_path_factory):
    """Two processes; a test that stops one starts it again."""
    folder = tmp_path_factory.mktemp("fleet")
    with Fleet(folder, postgres.make_database(), delay=0.1) as made:
        yield made


@pytest.fixture(autouse=True)
def both(fleet):
    """Every test begins with both processes, in turn."""
    fleet.via(0, 1)
    fleet.balancer.to_all = False


def test_processes_share_the_questions_and_each_chat_is_answered_in_order(fleet):
    chats = [fleet.api.private() for _ in range(10)]
    fleet.ask_all(chats)
    fleet.check_all(chats)
    assert min(fleet.balancer.delivered.values()) >= 10
    assert not fleet.api.calls("getUpdates")


def test_an_update_that_is_delivered_to_both_is_answered_once(fleet):
    fleet.balancer.to_all = True
    chats = [fleet.api.private() for _ in range(10)]
    fleet.ask_all(chats)
    fleet.check_all(chats)


def test_buttons_feedback_and_forgetting_work_in_another_process(fleet):
    api, user = fleet.api, fleet.api.add_user()
    chat = api.private(user)
    fleet.via(0)
    api.say(chat, text=BRIDGE_QUESTION)
    [sent] = api.wait_for_messages(chat)
    fleet.via(1)
    liked = api.press(sent, "👎")
    api.wait_for(lambda: liked.answered)
    assert "Tack" in liked.text
    api.press(sent, "Visa i källan")
    assert api.wait_for_messages(chat, 3)[2].quote
    api.say(chat, text="/glom")
    api.wait_for_messages(chat, 4)
    fleet.via(0)
    forgotten = api.press(sent, "Visa i källan")
    api.wait_for(lambda: forgotten.answered)
    assert "fungerar inte längre" in forgotten.text
    with psycopg.connect(fleet.uri) as database:
        for table in ("answers", "feedback"):
            query = f'SELECT count(*) FROM {table} WHERE "user" = %s'
            assert database.execute(query, (user.id,)).fetchone() == (0,)


def test_a_lost_response_is_found_though_another_process_has_read_since(fleet):
    """The private chats of a bot share one counter, and each process sees but a part of it."""
    api, chat = fleet.api, fleet.api.private()
    others = [api.private() for _ in range(40)]
    api.faults.queue("sendMessage", Fault.bad_gateway(), Fault.dropped_after())
    fleet.via(0)
    before = len(api.calls("sendMessage"))
    api.say(chat, text=BRIDGE_QUESTION)
    api.wait_for(lambda: len(api.calls("sendMessage")) > before)
    fleet.via(1)
    for other in others:
        api.send_other(other, "message_auto_delete_timer_changed")
    api.wait_for_messages(chat)
    api.say(chat, text="/ny")
    api.wait_for(lambda: any("börjar vi om" in sent.text for sent in api.messages(chat)), 20)
    assert [BRIDGE_ANSWER in sent.text for sent in api.messages(chat)] == [True, False]


def test_a_message_that_cannot_be_noted_as_sent_is_not_sent_again(fleet):
    api, chat = fleet.api, fleet.api.private()
    with psycopg.connect(fleet.uri, autocommit=True) as database:
        database.execute("CREATE SEQUENCE tries")
        database.execute(
            "CREATE FUNCTION fail_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "IF nextval('tries') = 1 THEN RAISE EXCEPTION 'away' USING ERRCODE = '57P01'; END IF; "
            "RETURN NEW; END $$"
        )
        database.execute(
            "CREATE TRIGGER failing BEFORE UPDATE ON outbox FOR EACH ROW "
            "WHEN (NEW.state = 'sent') EXECUTE FUNCTION fail_once()"
        )
        api.say(chat, text=BRIDGE_QUESTION)
        api.say(chat, text="/ny")
        api.wait_for(lambda: any("börjar vi om" in sent.text for sent in api.messages(chat)), 20)
        assert database.execute("SELECT last_value > 1 FROM tries").fetchone() == (True,)
        database.execute("DROP TRIGGER failing ON outbox")
    assert [BRIDGE_ANSWER in sent.text for sent in api.messages(chat)] == [True, False]


def test_the_connections_are_made_again_and_nothing_is_lost_or_twice(fleet):
    chats = [fleet.api.private() for _ in range(10)]
    people = threading.Thread(target=fleet.ask_all, args=(chats, 0.05))
    people.start()
    for _ in range(3):
        time.sleep(0.4)
        with psycopg.connect(fleet.uri, autocommit=True) as database:
            database.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid != pg_backend_pid()"
            )
    people.join()
    fleet.check_all(chats)


def test_the_database_comes_back_and_what_was_refused_is_answered_once(fleet, postgres):
    api, chat = fleet.api, fleet.api.private()
    postgres.stop()
    try:
        api.say(chat, text=BRIDGE_QUESTION)
        api.wait_for(lambda: "503" in api.webhook.get("error", {}).get("last_error_message", ""))
        assert api.pending
    finally:
        postgres.start()
    api.wait_for_messages(chat, 1, 20)
    time.sleep(1)
    [sent] = api.messages(chat)
    assert BRIDGE_ANSWER in sent.text


def test_a_limit_holds_over_both_processes(fleet):
    api, chat = fleet.api, fleet.api.private()
    api.say(chat, text=BRIDGE_QUESTION)
    [sent] = api.wait_for_messages(chat)
    presses = [api.press(sent, "odd", forged=True) for _ in range(110)]
    api.say(chat, text="/ny")  # handled after the presses, which get no more than one notice
    api.wait_for_messages(chat, 2, 20)
    api.wait_for(lambda: sum(press.answered for press in presses) > 90, 20)
    assert 90 <= sum(press.text == SWEDISH.stale_button for press in presses) < 110


def test_a_process_that_ends_leaves_the_rest_to_another_soon(fleet):
    fleet.via(0)
    chats = [fleet.api.private() for _ in range(10)]
    fleet.ask_all(chats)
    fleet.api.wait_for(lambda: not fleet.api.pending)
    assert sum(len(fleet.api.messages(chat)) for chat in chats) < 20
    status, seconds = fleet.bots[0].terminate()
    assert status == 0
    assert seconds < 10
    fleet.check_all(chats, LEASE / 2)
    fleet.bots[0].start()


def test_a_process_that_is_killed_is_stood_in_for(fleet):
    chats = [fleet.api.private() for _ in range(10)]
    people = threading.Thread(target=fleet.ask_all, args=(chats, 0.05))
    people.start()
    time.sleep(0.6)
    fleet.bots[0].kill()
    people.join()
    fleet.check_all(chats, LEASE + 20)
    fleet.bots[0].start()


def test_a_database_that_is_away_at_the_start_is_one_clear_line(fleet, tmp_path):
    uri = f"postgresql://kallbot:hemligt@127.0.0.1:{free_port()}/kallbot"
    bot = BotProcess(fleet.api, tmp_path, index=fleet.folder / "index", postgres_uri=uri)
    bot.start(ready=False)
    assert bot.wait() == 1
    assert "PostgreSQL cannot be used" in bot.log.splitlines()[-1]
    assert "hemligt" not in bot.log
    assert "Traceback" not in bot.log
