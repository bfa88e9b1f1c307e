"""Press releases put together by rule, with questions, since the question sets hold none.

What they teach: an answer that is a list, a lead sentence whose date holds for all that follows,
a caption and its photographer, a statement and who made it. Subjects are headings of the training
texts; people are common Swedish names drawn at random; agencies are those of the register.
"""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from embeddings.language.agencies import load_agencies

RELEASES: Final = 180
SEED: Final = 7

_FIRST = (
    "Anna Erik Maria Lars Karin Anders Eva Johan Birgitta Per Elisabeth Nils Kristina Karl Sara "
    "Mikael Emma Jan Malin Fredrik Jenny Peter Linda Daniel Hanna Magnus Amina Ali Fatima Mehmet "
    "Ingrid Oskar Ebba Gustav Sofia Henrik Åsa Björn Märta Örjan"
).split()
_LAST = (
    "Andersson Johansson Karlsson Nilsson Eriksson Larsson Olsson Persson Svensson Gustafsson "
    "Pettersson Jonsson Jansson Hansson Bengtsson Lindberg Lindström Bergström Axelsson Holm "
    "Sjöberg Wallin Engström Danielsson Håkansson Lundin Björk Bergman Ahmed Yılmaz Nyström "
    "Hedlund Östberg Ek Mattsson Söderberg Dahl Sandström Åkesson Blom"
).split()
_TITLES = (
    "generaldirektör", "statssekreterare", "socialminister", "utbildningsminister",
    "finansminister", "landsbygdsminister", "landshövding", "kommunalråd", "regionråd",
    "enhetschef", "avdelningschef", "pressekreterare", "professor", "rektor", "ordförande",
    "kommundirektör", "miljöchef", "säkerhetschef", "biträdande länspolismästare", "förbundsjurist",
)  # fmt: skip
_PLACES = (
    "Stockholm", "Göteborg", "Malmö", "Uppsala", "Umeå", "Luleå", "Örebro", "Linköping", "Visby",
    "Karlstad", "Växjö", "Kiruna", "Gävle", "Halmstad", "Rosenbad", "Kristianstad", "Östersund",
    "Stadshuset i Borås", "Folkets hus i Eskilstuna", "residenset i Falun",
    "Konserthuset i Västerås",
)  # fmt: skip
_MONTHS = (
    "januari februari mars april maj juni juli augusti september oktober november december"
).split()
_WEEKDAYS = "måndagen tisdagen onsdagen torsdagen fredagen lördagen söndagen".split()
_MEETINGS = (
    ("mötet", "ett möte", "möte"), ("rundabordssamtalet", "ett rundabordssamtal", "samtal"),
    ("konferensen", "en konferens", "konferens"), ("samrådet", "ett samråd", "samråd"),
    ("seminariet", "ett seminarium", "seminarium"), ("hearingen", "en hearing", "hearing"),
    ("dialogmötet", "ett dialogmöte", "dialogmöte"),
    ("utbildningsdagen", "en utbildningsdag", "dag"),
)  # fmt: skip
_OPENING = (
    "{When} {held} {who} {a_meeting} om {topic} i {place}.",
    "{When} träffade {who} företrädare för {number} organisationer vid {a_meeting} om {topic}.",
    "{Who} bjöd {when} in till {a_meeting} om {topic} i {place}.",
    "I {place} hölls {when} {a_meeting} om {topic}, under ledning av {who}.",
    "{When} samlades {number} deltagare i {place} för {a_meeting} om {topic}.",
)
_HEADINGS = (
    "Deltagande myndigheter", "Medverkande", "Deltagare", "Myndigheter som deltog",
    "Följande myndigheter deltog:", "Inbjudna aktörer:", "Vid {the_meeting} deltog:",
    "Närvarande", "Organisationer på plats", "Remissinstanser", "Inbjudna talare:",
)  # fmt: skip
_WHO_CAME = (
    "Vilka myndigheter deltog {when}?", "Vilka var med på {the_meeting}?", "Vilka deltog?",
    "Vilka organisationer medverkade vid {the_meeting} om {topic}?", "deltagare {the_meeting}",
    "Vilka aktörer bjöds in {when}?", "vilka kom till {the_meeting} {when}",
    "Vilka fanns på plats i {place}?", "Who took part in the meeting {english}?",
)  # fmt: skip
_SPEECH = ("säger", "sade", "menar", "framhåller", "betonar", "kommenterar")
_STATEMENT = (
    "Vad {said} {name} om {topic}?", "Vad sa {title}en?", "vad tycker {name}",
    "Hur kommenterar {name} {the_meeting}?", "Vad {said} {name}?", "What did {name} say?",
)  # fmt: skip
_CAPTIONS = (
    "{name}, {title}, vid {the_meeting} i {place}. Foto: {photographer}/{agency}",
    "Foto: {photographer}", "{Title} {name} samtalar med deltagarna. Foto: {photographer}",
    "Bild: {photographer}, {agency}",
)  # fmt: skip
_PHOTOGRAPHER = (
    "Vem har tagit bilden?", "Vem är fotograf?", "vem fotade {name}",
    "Vem tog bilden från {place}?",
    "Who took the picture?", "fotograf {the_meeting}",
)  # fmt: skip
_AGENCIES: Final = tuple(agency.name for agency in load_agencies())
_SLOT = re.compile(r"\{(\w+)\}")


@dataclass
class Release:
    """A press release as it grows: its text, and questions with the span of their answer."""

    date: str
    topic: str
    text: str = ""
    questions: list[tuple[str, int, int]] = field(default_factory=list)

    def add(self, text: str, *questions: tuple[str, str]) -> None:
        """Append a line; `questions` are pairs of a question and an answer that is in the line."""
        offset = len(self.text)
        for question, answer in questions:
            start = offset + text.index(answer)
            self.questions.append((question, start, start + len(answer)))
        self.text += text + "\n"


def press_releases(headings: Sequence[str]) -> Iterator[Release]:
    """`RELEASES` press releases on subjects taken from these lines; the same ones every time."""
    draw = random.Random(SEED)
    topics = [line for line in headings if _is_subject(line)]
    for _ in range(RELEASES):
        yield _release(draw, topics)


def _is_subject(line: str) -> bool:
    return 2 <= len(line.split()) <= 6 and line[0].isupper() and line.replace(" ", "").isalpha()


def _release(draw: random.Random, topics: Sequence[str]) -> Release:
    said = _facts(draw, topics)
    release = Release(said["date"], said["topic"])
    release.add(
        _fill(draw.choice(("{Meeting} om {topic}", "{Title} höll {meeting} om {topic}")), said)
    )
    release.add("")
    _lead(draw, release, said)
    parts = [_body, _list, _statement, _caption]
    draw.shuffle(parts)
    for part in parts:
        release.add("")
        part(draw, release, said)
    return release


def _facts(draw: random.Random, topics: Sequence[str]) -> dict[str, str]:
    the_meeting, a_meeting, meeting = draw.choice(_MEETINGS)
    day, month = draw.randint(1, 28), draw.choice(_MONTHS)
    date = f"{day} {month}" + (f" {draw.randint(2015, 2026)}" if draw.random() < 0.3 else "")
    when = draw.choice(("den {}", "den {}", f"{draw.choice(_WEEKDAYS)} den {{}}")).format(date)
    topic = draw.choice(topics)
    topic = topic[0].lower() + topic[1:]
    title = draw.choice(_TITLES)
    return {
        "the_meeting": the_meeting, "a_meeting": a_meeting, "meeting": meeting,
        "Meeting": meeting.capitalize(), "date": date, "when": when,
        "When": when[0].upper() + when[1:], "english": "on " + date, "topic": topic,
        "title": title, "Title": title.capitalize(), "name": _name(draw),
        "photographer": _name(draw), "place": draw.choice(_PLACES),
        "agency": draw.choice(_AGENCIES), "number": str(draw.randint(5, 140)),
        "held": draw.choice(("höll", "arrangerade", "ledde")),
        "who": "", "Who": "", "said": draw.choice(("säger", "sa", "sade")),
    }  # fmt: skip


def _name(draw: random.Random) -> str:
    return f"{draw.choice(_FIRST)} {draw.choice(_LAST)}"


def _fill(pattern: str, said: dict[str, str]) -> str:
    return _SLOT.sub(lambda slot: said[slot[1]], pattern)


def _lead(draw: random.Random, release: Release, said: dict[str, str]) -> None:
    who = f"{said['title']} {said['name']}"
    said |= {"who": who, "Who": who[0].upper() + who[1:]}
    pattern = draw.choice(_OPENING)
    text = _fill(pattern, said)
    asked = [
        ("När hölls {the_meeting}?", said["date"]),
        ("vilket datum var {the_meeting} om {topic}", said["date"]),
    ]
    if "{place}" in pattern:
        asked += [
            ("Var hölls {the_meeting}?", said["place"]),
            ("var träffades man {when}", said["place"]),
        ]
    if "{number}" in pattern:
        asked.append(("Hur många deltog i {the_meeting}?", f"{said['number']} "))
    if "ho}" in pattern:
        asked.append(("Vem ledde {the_meeting} {when}?", said["name"]))
        asked.append(("Vem är {title}?", said["name"]))
    asked.append(("Vad handlade {the_meeting} {when} om?", said["topic"]))
    chosen = draw.sample(asked, 3)
    release.add(text, *((_fill(question, said), answer.strip()) for question, answer in chosen))


def _body(draw: random.Random, release: Release, said: dict[str, str]) -> None:
    other, sum_ = draw.choice(_AGENCIES), f"{draw.randint(2, 900)} miljoner kronor"
    reason = draw.choice((
        "behovet har ökat sedan i våras", "reglerna har tolkats på olika sätt i landet",
        "många kommuner har bett om stöd", "handläggningstiderna har blivit för långa",
        "kunskapen om frågan är för låg", "läget i omvärlden har förändrats",
    ))  # fmt: skip
    text = (
        f"{other} får i uppdrag att redovisa arbetet senast den {draw.randint(1, 28)} "
        f"{draw.choice(_MONTHS)}. Regeringen har avsatt {sum_} för insatserna, eftersom {reason}."
    )
    asked = [
        ("Vem ska redovisa arbetet?", other), ("Vilken myndighet får uppdraget?", other),
        ("Hur mycket pengar har avsatts?", sum_), ("hur stort är anslaget", sum_),
        ("Varför har regeringen avsatt pengar?", reason), ("Varför görs insatserna?", reason),
    ]  # fmt: skip
    release.add(text, *draw.sample(asked, 2))


def _list(draw: random.Random, release: Release, said: dict[str, str]) -> None:
    items = draw.sample(_AGENCIES, draw.randint(3, 9))
    release.add(_fill(draw.choice(_HEADINGS), said))
    bullet = draw.choice(("", "- ", "• "))
    text = "\n".join(bullet + item for item in items)
    answer = text.removeprefix(bullet)
    release.add(text, *((_fill(asked, said), answer) for asked in draw.sample(_WHO_CAME, 2)))


def _statement(draw: random.Random, release: Release, said: dict[str, str]) -> None:
    words = draw.choice((
        "Det är viktigt att vi hittar lösningar tillsammans",
        "Vi ser att behoven skiljer sig åt mellan landets kommuner",
        "Nu tar vi nästa steg för att korta väntetiderna",
        "Det här är en fråga som berör många människor i vardagen",
        "Jag är glad över det engagemang som deltagarna visade",
        "Vi kommer att följa upp arbetet redan till hösten",
        "Utan samverkan når vi inte målen",
        "Barnens rätt måste stå i centrum för allt vi gör",
    )) + f" när det gäller {said['topic']}"  # fmt: skip
    text = f"– {words}, {draw.choice(_SPEECH)} {said['title']} {said['name']}."
    release.add(text, (_fill(draw.choice(_STATEMENT), said), words),
                (f"Vem säger att {words[0].lower()}{words[1:]}?", said["name"]))  # fmt: skip


def _caption(draw: random.Random, release: Release, said: dict[str, str]) -> None:
    text = _fill(draw.choice(_CAPTIONS), said)
    release.add(text, (_fill(draw.choice(_PHOTOGRAPHER), said), said["photographer"]))
