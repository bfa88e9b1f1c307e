"""Measure the bot under load against the strict Bot API server of the tests.

    python benchmarks/telegram_load.py                     every proof at full size
    python benchmarks/telegram_load.py load kill           some of them
    python benchmarks/telegram_load.py --scale 0.1         smaller
    python benchmarks/telegram_load.py --model bundled     with the real model
    python benchmarks/telegram_load.py --model bundled idle

Needs a checkout: the server is part of the tests.
"""

import argparse
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.bot.bot_api import BotApi, Chat, Fault, Message
from tests.bot.telegram_documents import write_documents
from tests.bot.telegram_hostile import attack, wait_until_quiet
from tests.bot.telegram_process import BotProcess

FAILING = 0.05
AT_A_TIME = 40
LAKES = 40
ADMIN = 77


@dataclass
class Run:
    """A server, a bot process, and the measurements."""

    api: BotApi
    bot: BotProcess
    folder: Path
    scale: float
    seconds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def times(self, count: int) -> int:
        """A count of the proof, scaled."""
        return max(1, round(count * self.scale))


def write_lakes(folder: Path) -> None:
    """Write documents with facts that cannot be confused."""
    write_documents(folder)
    for number in range(LAKES):
        text = f"# Sjön Glimmen{number}\n\nSjön Glimmen{number} är {depth(number)} djup.\n"
        (folder / f"glimmen{number}.md").write_text(text)


def depth(number: int) -> str:
    """The depth of a lake in its document."""
    return f"{number + 1040} meter"


def question(number: int) -> str:
    """A question that one document answers."""
    return f"Hur djup är Glimmen{number}?"


def converse(run: Run, chat: Chat, numbers: list[int], timeout: float) -> None:
    """Ask one question after another, the last two at once; record the response times."""
    for place, number in enumerate(numbers):
        asked = time.monotonic()
        run.api.say(chat, text=question(number))
        if place == len(numbers) - 2:
            continue  # the next question follows at once
        sent = run.api.wait_for_messages(chat, place + 1, timeout)
        run.seconds.append(sent[place].versions[0].time - asked)


def check(run: Run, chat: Chat, numbers: list[int]) -> None:
    """Record a failure unless every question was answered once, in order."""
    answers = [sent.text for sent in run.api.messages(chat)]
    fits = len(answers) == len(numbers) and all(
        depth(number) in text for number, text in zip(numbers, answers, strict=True)
    )
    if not fits:
        run.wrong.append(f"chat {chat.id}: asked {numbers}, got {[text[:40] for text in answers]}")


def talk(run: Run, chats: int, each: int, during: Callable[[], None] | None = None) -> float:
    """Let `chats` chats ask `each` questions, forty at a time; returns the seconds it took."""
    people = [run.api.private() for _ in range(chats)]
    numbers = {chat.id: [(place * 7 + at) % LAKES for at in range(each)]
               for place, chat in enumerate(people)}  # fmt: skip
    began = time.monotonic()
    with ThreadPoolExecutor(AT_A_TIME) as crowd:
        asked = [crowd.submit(converse, run, chat, numbers[chat.id], 120) for chat in people]
        if during:
            during()
        for one in asked:
            one.result()
    took = time.monotonic() - began
    time.sleep(2)  # for duplicate answers to arrive
    for chat in people:
        check(run, chat, numbers[chat.id])
    return took


def report(run: Run, name: str, took: float, asked: int) -> None:
    """Print the figures of a proof."""
    ranked = sorted(run.seconds)
    p50, p95 = statistics.median(ranked), ranked[int(len(ranked) * 0.95)]
    print(f"{name}: {asked} questions in {took:.1f} s, p50 {p50:.2f} s, p95 {p95:.2f} s, "
          f"not exactly once and in order: {len(run.wrong)}", flush=True)  # fmt: skip
    for line in run.wrong[:5]:
        print("   ", line)


def faults(run: Run) -> str:
    """The number of failed calls by kind of failure."""
    counts: dict[str, int] = {}
    for call in run.api.calls():
        if call.fault:
            counts[call.fault] = counts.get(call.fault, 0) + 1
    return ", ".join(f"{kind} {count}" for kind, count in sorted(counts.items()))


def prove_load(run: Run) -> None:
    """200 chats, 5 questions each, 5 % of the calls failing."""
    run.api.faults.random(FAILING, seed=1)
    chats = run.times(200)
    took = talk(run, chats, 5)
    report(run, "load", took, chats * 5)
    print(f"    calls that failed: {faults(run)}")


def prove_lost(run: Run) -> None:
    """The same, with failures that leave open whether the call took effect."""
    kinds = (Fault.flood(1), Fault.bad_gateway(), Fault.dropped(), Fault.dropped_after(),
             Fault.half(), Fault.empty())  # fmt: skip
    run.api.faults.random(FAILING, *kinds, seed=3)
    chats = run.times(200)
    took = talk(run, chats, 5)
    report(run, "lost responses too", took, chats * 5)
    print(f"    calls that failed: {faults(run)}; edits that only looked: "
          f"{sum(call.status == 400 for call in run.api.calls('editMessageText'))}")  # fmt: skip


def prove_kill(run: Run) -> None:
    """The same, with kill -9 in the middle."""
    run.api.faults.random(FAILING, seed=2)
    chats = run.times(200)

    def kill() -> None:
        half = chats * 5 // 2
        run.api.wait_for(lambda: len(sent_answers(run)) >= half, 300)
        run.bot.kill()
        run.bot.start()

    took = talk(run, chats, 5, kill)
    report(run, "kill -9 in the middle", took, chats * 5)


def sent_answers(run: Run) -> list[Any]:
    """The calls that have sent a message."""
    return [call for call in run.api.calls("sendMessage") if call.took_effect]


def prove_hostile(run: Run) -> None:
    """1,000 hostile messages."""
    count = run.times(1000)
    before = sorted((run.folder / "documents").iterdir())
    people, _ = attack(run.api, count, 40)
    wait_until_quiet(run.api, 300)
    texts = [sent.text for chat in people for sent in run.api.messages(chat)]
    reached = sum("Läser dokumenten" in text or "Uppe sedan" in text for text in texts)
    changed = sorted((run.folder / "documents").iterdir()) != before
    refused = [call.description for call in run.api.calls() if call.status == 400]
    print(f"hostile: {count} messages, {len(texts)} replies, "
          f"unhandled exceptions {run.bot.log.count('incident ')}, "
          f"refused by Telegram {len(refused)} {refused[:3]}, "
          f"unanswered presses {len(run.api.unanswered_callbacks())}, "
          f"admin functions reached {reached + changed}", flush=True)  # fmt: skip


def prove_update(run: Run) -> None:
    """/uppdatera three times during load."""
    admin = run.api.private(run.api.add_user("Sköterska", user_id=ADMIN))
    chats, found = run.times(60), []

    def update() -> None:
        for number in range(3):
            name = f"Nysjön{number}"
            (run.folder / "documents" / f"ny{number}.md").write_text(
                f"# Sjön {name}\n\nSjön {name} är {number + 2000} meter djup.\n"
            )
            count = len(done(run, admin))
            run.api.say(admin, text="/uppdatera")
            run.api.wait_for(partial(has_more, run, admin, count), 60)
            asker = run.api.private()
            run.api.say(asker, text=f"Hur djup är {name}?")
            sent = run.api.wait_for_messages(asker, 1, 30)
            found.append(f"{number + 2000} meter" in sent[0].text)

    took = talk(run, chats, 5, update)
    report(run, "/uppdatera three times during load", took, chats * 5)
    print(f"    answers from the new document right after: {sum(found)} of {len(found)}")


def has_more(run: Run, chat: Chat, count: int) -> bool:
    """Whether another update has been reported as done."""
    return len(done(run, chat)) > count


def done(run: Run, chat: Chat) -> list[Message]:
    """The messages that report an update as done."""
    return [sent for sent in run.api.messages(chat) if "Klart" in sent.text]


def prove_memory(run: Run) -> None:
    """Memory after 5,000 questions compared with memory after 500."""
    few, many = run.times(500), run.times(5000)
    talk(run, few // 5, 5)
    after_few = run.bot.memory
    talk(run, (many - few) // 5, 5)
    after_many = run.bot.memory
    print(f"memory: {after_few:.0f} MB after {few} questions, {after_many:.0f} MB after {many}; "
          f"not exactly once: {len(run.wrong)}", flush=True)  # fmt: skip


def prove_idle(run: Run) -> None:
    """Memory when idle after a few questions."""
    talk(run, run.times(10), 2)
    print(f"idle: {run.bot.memory:.0f} MB; not exactly once: {len(run.wrong)}", flush=True)


PROOFS: dict[str, tuple[Callable[[Run], None], dict[str, Any]]] = {
    "load": (prove_load, {}),
    "lost": (prove_lost, {}),
    "kill": (prove_kill, {}),
    "hostile": (prove_hostile, {"telegram_questions_per_minute": 20}),
    "update": (prove_update, {"telegram_chat_interval": 0}),
    "idle": (prove_idle, {}),
    "memory": (prove_memory, {"telegram_chat_interval": 0, "telegram_messages_per_second": 1000}),
}


def main() -> None:
    """Run the named proofs, or all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("proofs", nargs="*", default=list(PROOFS), metavar="PROOF",
                        help=f"of {', '.join(PROOFS)}")  # fmt: skip
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--model", choices=["fake", "bundled"], default="fake")
    given = parser.parse_args()
    threading.stack_size(1 << 19)
    for name in given.proofs:
        proof, settings = PROOFS[name]
        real = given.model == "bundled"
        defaults = {"telegram_chat_interval": 1, "access": "open", "admins": ADMIN} | settings
        with tempfile.TemporaryDirectory() as place, BotApi() as api:
            folder = Path(place)
            write_lakes(folder / "documents")
            documents = folder / "documents"
            with BotProcess(api, folder, documents=documents, real_model=real, **defaults) as bot:
                proof(Run(api, bot, folder, given.scale))


if __name__ == "__main__":
    main()
