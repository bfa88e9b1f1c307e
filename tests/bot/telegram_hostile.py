"""Messages and presses of people who mean no good, the same on every run."""

import itertools
import random

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

PIECES = (
    "<b>", "</b>", "<blockquote expandable>", "</blockquote>", "<a href='javascript:x'>", "<x>",
    "&amp;", "&#0;", "&", "*fet*", "_kursiv_", "`kod`", "[länk](tg://user?id=1)", "||spoiler||",
    "\u202e", "\u2066", "\u200b", "\u200d", "\ufeff", "\u0000", "\u0007", "\r\n", "\u0301" * 40,
    "👩‍👩‍👧‍👦",
    "🇸🇪", "👷🏽‍♀️", "\U000e0067", "å", "Boverket", "12 april", "Vilka", "{missing}", "%s",
    "{0.__class__}", "'; DROP TABLE answers; --", "../../../etc/passwd", "9" * 60, "-1", "/",
    "/start", "/uppdatera", "/status", "/tabort", "/fraga", "/sok", "@kallbot_test_bot", "\n\n",
)  # fmt: skip
TEXTS = st.one_of(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=30).map(" ".join),
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=200),
    st.sampled_from(PIECES).map(lambda piece: (piece * 4096)[:1800]),
    st.sampled_from(["a" * 4096, "å " * 2048, "😀" * 2048, "Vilka? " * 580]),
)
DATA = st.one_of(
    st.text(min_size=1, max_size=16),
    st.builds(
        "{}:{}:{}:{}".format,
        st.sampled_from("smbudkynrxzp"),
        st.integers(-1, 10**20),
        st.integers(-1, 10**6),
        st.sampled_from(["", "0", "ffffffff", "' OR 1=1"]),
    ).map(lambda data: data[:64]),
    st.builds("{}:{}".format, st.sampled_from("kynrxzp"), st.integers(-5, 10**15)),
)


def examples(strategy, count):
    """So many values of a strategy, the same on every run."""
    found = []

    @settings(max_examples=count, database=None, derandomize=True, deadline=None,
              phases=[Phase.generate], suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(strategy)
    def collect(value):
        found.append(value)

    collect()
    return list(itertools.islice(itertools.cycle(found), count))


def attack(api, count, chats=10):
    """Send so many messages, presses and inline queries; returns the strangers' chats.

    Presses carry random data and the data of other people's buttons.
    """
    dice = random.Random(7)
    people = [api.private() for _ in range(chats)]
    victim = api.private()
    api.say(victim, text="Vilka myndigheter deltog den 12 april?")
    [target] = api.wait_for_messages(victim)
    for chat in people:
        api.say(chat, text="/start")
        api.wait_for_messages(chat)
    stolen = [button.data for button in target.buttons]
    texts, data = examples(TEXTS, count), examples(DATA, count)
    for number, (text, press) in enumerate(zip(texts, data, strict=True)):
        chat = dice.choice(people)
        kind = number % 10
        if kind == 7:
            api.press(api.messages(chat)[0], dice.choice([press, *stolen]), forged=True)
        elif kind == 8:
            api.inline(chat.user, text[:256])
        elif kind == 9:
            api.send_file(chat, None, text[:100], text.encode(), mime=None)
        else:
            api.say(chat, text=text, raw=True)
    return people, victim


def wait_until_quiet(api, timeout=60):
    """Wait until every update is fetched and nothing is sent any more."""
    api.wait_for(lambda: not api.pending, timeout)
    count = -1
    while count != (now := len(api.calls("sendMessage"))):
        count = now
        try:
            api.wait_for(lambda: len(api.calls("sendMessage")) > count, 1.5)  # noqa: B023
        except AssertionError:
            return
