"""Press releases, articles and minutes put together by rule, since no question set holds any.

What they teach: a list of participants, and which of two people at an agency has the title that is
asked for; a lead sentence whose date holds for all that follows; captions and photographers;
contacts; what was said and by whom; items within a sentence; yes and no; decisions, sums, days and
columns of which one is asked for; that what is not decided yet is an answer; and that the like of
an answer is none.
"""

import random
from collections.abc import Callable, Iterator
from typing import Final

from training.made_up import bodies, matters, people, records
from training.made_up.invented import EVENTS, LOCAL, MINISTERS, TITLES, WEEKDAYS, Invented
from training.made_up.written import Written

DOCUMENTS: Final = 400
SEED: Final = 7

Part = Callable[[Invented, Written], None]


def made_up_documents(seed: int = SEED, count: int = DOCUMENTS) -> Iterator[Written]:
    """So many documents; the same ones every time for a seed."""
    by = Invented(random.Random(seed))
    for _ in range(count):
        yield _document(by)


def _document(by: Invented) -> Written:
    the_event, an_event, event = by.draw.choice(EVENTS)
    date, subject, title = by.date(), by.subject(), by.one((*MINISTERS, *LOCAL, *TITLES[:2]))
    day = by.one(("den {}", "den {}", f"{by.one(WEEKDAYS)}en den {{}}"))
    written = Written(
        {
            "the_event": the_event,
            "an_event": an_event,
            "event": event,
            "date": date,
            "when": day.format(date),
            "subject": subject,
            "title": title,
            "name": by.person(),
            "the_title": title if title.endswith("ordförande") else f"{title}en",
            "place": by.place(),
            "number": str(by.draw.randint(5, 140)),
            "agency": by.organisation(),
            "photographer": by.person(),
        },
        apart=(date, subject),
    )
    written.add(by.one(_TITLES))
    written.gap()
    if by.chance(0.2):
        written.add(by.one(("Publicerad", f"Publicerad {by.date()}", "Pressmeddelande", "Artikel")))
        written.gap()
    if by.chance(0.75):
        _lead(by, written)
    for part in dict.fromkeys(by.draw.sample(_PARTS, 7)):  # two of a kind would answer the same
        written.gap()
        part(by, written)
    return written


# How documents begin

_TITLES: Final = (
    "{Event} om {subject}",
    "{Title} höll {event} om {subject}",
    "Så ska {subject} tas på allvar",
    "{Name}: ”Nu krävs det mer”",
    "Nya insatser för {subject}",
    "{Event}: {subject} på dagordningen",
    "Protokoll från {the_event} om {subject}",
    "{Agency} om {subject}",
)
_LEADS: Final = (
    "{When} höll {title} {name} {an_event} om {subject} i {place}.",
    "{When} träffade {title} {name} {number} organisationer vid {an_event} om {subject}.",
    "{Title} {name} bjöd {when} in till {an_event} om {subject} i {place}.",
    "I {place} hölls {when} {an_event} om {subject}, under ledning av {title} {name}.",
    "{When} samlades {number} deltagare i {place} för {an_event} om {subject}.",
    "Hur kan arbetet med {subject} bli bättre? Det diskuterade {title} {name} med {number} "
    "företrädare för {agency} i {place} {when}.",
    "{The_event} om {subject} ägde rum {when} i {place}. {Title} {name} var värd.",
)


def _lead(by: Invented, written: Written) -> None:
    pattern = by.one(_LEADS)
    asked = [
        ("När hölls {the_event}?", "{date}"),
        ("vilket datum var {the_event} om {subject}", "{date}"),
        ("Vilken dag var {the_event} om {subject}?", "{date}"),
        ("datum {subject} {event}", "{date}"),
        ("When was the meeting about {subject}?", "{date}"),
        ("Vad handlade {the_event} {when} om?", "{subject}"),
        ("Vad diskuterades {when}?", "{subject}"),
    ]
    if "{place}" in pattern:
        asked += [
            ("Var hölls {the_event}?", "{place}"),
            ("var träffades man {when}", "{place}"),
            ("Var ägde {the_event} om {subject} rum?", "{place}"),
        ]
    if "{number}" in pattern:
        asked += [
            ("Hur många deltog i {the_event}?", "{number}"),
            ("antal deltagare {when}", "{number}"),
        ]
    if "{name}" in pattern:
        asked += [
            ("Vem ledde {the_event} {when}?", "{name}"),
            ("Vem höll i {the_event}?", "{name}"),
            ("Vem är {title}?", "{name}"),
            ("vem är {the_title}", "{name}"),
            ("Vilken titel har {name}?", "{title}"),
            ("Vem är " + _other(by, written) + "?", ""),
            ("vad heter " + _other(by, written), ""),
        ]
    written.add_some(by, pattern, asked, 4)


def _other(by: Invented, written: Written) -> str:
    """A title that the document does not have."""
    return by.one([one for one in MINISTERS if one != written.facts["title"]])


_PARTS: Final[tuple[Part, ...]] = (
    people.participants,
    people.participants,
    people.in_a_sentence,
    people.roster,
    people.roster,
    people.sides,
    people.photographer,
    people.contacts,
    matters.statements,
    matters.statements,
    matters.items,
    matters.items,
    matters.points,
    matters.assignment,
    matters.assignment,
    matters.trend,
    matters.yes_or_no,
    matters.yes_or_no,
    bodies.body,
    bodies.body,
    bodies.portrait,
    bodies.portrait,
    bodies.roles,
    records.minutes,
    records.table,
    records.hours,
)
