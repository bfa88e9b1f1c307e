"""Boards and groups, who sits in them, and what is known of a person: much is left open.

Half of what is asked here has no answer: a body that does something else, a person of whom that is
not said. It looks like what is there, which is what a reader has to learn to see.
"""

from typing import Final

from training.made_up.invented import LOCAL, MONTHS, MUNICIPALITIES, PARTIES, Invented
from training.made_up.written import Asked, Written

# Boards and groups

_KINDS: Final = (
    "panelen", "arbetsgruppen", "samordningsgruppen", "kommittén", "delegationen", "rådet",
    "styrgruppen", "utredningen", "expertgruppen", "referensgruppen", "nämnden", "kommissionen",
)  # fmt: skip
_MEMBERS: Final = (
    "{Body} ska ha {count} {members}, och varje {part} får nominera.",
    "I {body} ingår {count} {members}.",
    "{Body} har {count} {members} och leds av {title} {name}.",
    "{Count} {members} ska ingå i {body}.",
)
_OPEN: Final = (
    "{Chooser} väljer {members}, och namnen är inte klara än.",
    "Vem som får plats i {body} är ännu inte bestämt.",
    "Vilka {members} det blir presenteras senare.",
    "Det är inte beslutat vem som blir ordförande för {body}.",
)
_DUE: Final = (
    "{Receiver} väntar på {genitive} rapport, som kommer {due}.",
    "{Body} ska lämna sitt förslag till {receiver} {due}.",
    "{Body} slutredovisar sitt uppdrag till {receiver} {due}.",
)
_NUMBERS: Final = (
    "tre", "fyra", "fem", "sex", "sju", "åtta", "nio", "tio", "elva", "tolv", "15", "18", "21",
)  # fmt: skip


def body(by: Invented, written: Written) -> None:
    """A body, how many sit in it, what is not decided yet, and when it is to report."""
    name, other = by.draw.sample(_KINDS, 2)
    facts = {
        "body": name,
        "genitive": f"{name}s",
        "members": by.one(("ledamöter", "experter", "medlemmar", "personer", "företrädare")),
        "count": by.one(_NUMBERS),
        "part": by.one(("region", "kommun", "myndighet", "förening", "län")),
        "chooser": by.one(("departementet", "regeringen", "kommunfullmäktige", by.organisation())),
        "receiver": by.one(("regeringen", "departementet", "riksdagen", by.organisation())),
        "due": by.one((
            f"den {by.date()}", f"i {by.one(MONTHS)} {by.draw.randint(2019, 2027)}",
            f"senast den {by.date()}", "till hösten", "i början av nästa år",
        )),
    }  # fmt: skip
    written.facts |= facts
    if by.chance(0.8):
        _members(by, written, other)
    if by.chance(0.6):
        _open(by, written)
        if by.chance(0.5):
            written.gap()
    if by.chance(0.8):
        _due(by, written, other)


def _members(by: Invented, written: Written, other: str) -> None:
    absent: Asked = (by.one((f"Hur många sitter i {other}?", f"Vem leder {other}?")), "")
    pattern = by.one(_MEMBERS)
    asked = [
        ("Hur många sitter i {body}?", "{count}"),
        ("hur många platser har {body}", "{count}"),
        ("Hur många {members} har {body}?", "{count}"),
        ("Hur stor är {body}?", "{count} {members}"),
        ("antal {members} {body}", "{count}"),
        ("How many members does {body} have?", "{count}"),
        absent,
        absent,
        ("Vilka sitter i {body}?", ""),
        ("Var håller {body} till?", ""),
        ("Vad kostar {body}?", ""),
    ]
    if "{name}" in pattern:
        asked += [("Vem leder {body}?", "{name}"), ("vem är ordförande för {body}", "{name}")]
    written.add_some(by, pattern, asked, 3)


def _open(by: Invented, written: Written) -> None:
    """What the document says that nobody knows is an answer: the question was foreseen."""
    pattern = by.one(_OPEN)
    line = written.fill(pattern)
    start = line.index("namnen") if "namnen" in line else 0
    unknown = line[start:-1]
    if "ordförande" in pattern:
        asked = [
            ("Vem blir ordförande för {body}?", unknown),
            ("Har {body} fått någon ordförande?", unknown),
            ("ordförande {body}", unknown),
            ("Vilka sitter i {body}?", ""),
        ]
    else:
        asked = [
            ("Vilka sitter i {body}?", unknown),
            ("Vilka är {members} i {body}?", unknown),
            ("Vilka ska ingå i {body}?", unknown),
            ("vilka {members} är med i {body}", unknown),
            ("Finns namnen på {members} i {body}?", unknown),
            ("Who will sit on {body}?", unknown),
            ("Hur gamla är {members} i {body}?", ""),
        ]
    if "{Chooser}" in pattern:
        asked += [("Vem väljer {members}?", "{chooser}"), ("Vem väljer vilka som sitter i {body}?",
                                                          "{chooser}")]  # fmt: skip
    written.add_some(by, line, asked, 2)


def _due(by: Invented, written: Written, other: str) -> None:
    written.add_some(
        by,
        by.one(_DUE),
        [
            ("När ska {body} vara klar?", "{due}"),
            ("När ska {genitive} arbete redovisas?", "{due}"),
            ("när lämnar {body} sitt förslag", "{due}"),
            ("Vem ska {body} redovisa för?", "{receiver}"),
            ("Till vem lämnar {body} sitt förslag?", "{receiver}"),
            (f"När ska {other} redovisa sitt arbete?", ""),
            (f"När ska {by.organisation()} redovisa sitt uppdrag?", ""),
            ("Var håller {body} till?", ""),
            ("När tillsattes {body}?", ""),
            ("När inledde {body} sitt arbete?", ""),
        ],
        3,
    )


# What is known of a person


def portrait(by: Invented, written: Written) -> None:
    """Some of a person's age, party, home, start and forerunner; the rest is asked for too."""
    person, before = by.people(2)
    title, place, start = by.one(LOCAL), by.one(MUNICIPALITIES), by.date()
    age, party = str(by.draw.randint(29, 67)), by.one(PARTIES)
    known = set(by.draw.sample(("age", "party", "home", "start", "before"), by.draw.randint(1, 3)))
    said = f"{person}{f' ({party})' if 'party' in known else ''}"
    said += f", {age} år," * ("age" in known)
    said += by.one((f" blir ny {title}", f" är {title}", f" har valts till {title}"))
    said += f" och bor i {place}" * ("home" in known) + "."
    said += f" Det nya uppdraget börjar den {start}." * ("start" in known)
    said += f" Företrädaren heter {before}." * ("before" in known)
    answers = {
        "age": (age, (f"Hur gammal är {person}?", f"ålder {person}")),
        "party": (party, (f"Vilket parti tillhör {person}?", f"vilket parti är {person} med i")),
        "home": (place, (f"Var bor {person}?", f"bostadsort {person}")),
        "start": (start, (f"När börjar {person}?", f"När tillträder {person}?")),
        "before": (before, (f"Vem efterträder {person}?", f"Vem hade {person}s uppdrag tidigare?")),
    }
    asked = [
        (question, answer if fact in known else "")
        for fact, (answer, questions) in answers.items()
        for question in questions
    ]
    asked += [
        (f"Vilken titel har {person}?", title),
        (f"Vem är {title}?", person),
        (f"Vem ersätter {person}?", ""),
        (f"Vad tjänar {person}?", ""),
        (f"Vilken utbildning har {person}?", ""),
    ]
    written.add_some(by, said, asked, 4)


# Who has which role, with nothing but the role beside the name

_ROLES: Final = (
    "Ordförande", "Sekreterare", "Redaktör", "Fotograf", "Ansvarig utgivare", "Projektledare",
    "Föredragande", "Vice ordförande", "Moderator", "Kassör", "Justerare", "Utredare", "Kontakt",
)  # fmt: skip


def roles(by: Invented, written: Written) -> None:
    """Roles with a name each, behind a colon or on the next line; some role is not filled."""
    chosen = by.draw.sample(_ROLES, 4)
    between = by.one((": ", "\n", " – "))
    for role, person in zip(chosen[:-1], by.people(3), strict=True):
        low = role.lower()
        asked = [
            (f"Vem är {low}?", person),
            (f"vem var {low} på {{the_event}}", person),
            (low, person),
            (f"Vad heter {low}n?", person),
            (f"Vilken roll har {person}?", role),
            (f"Vem är {chosen[-1].lower()}?", ""),
            (f"Vilket telefonnummer har {low}n?", ""),
        ]
        written.add_some(by, role + between + person, asked, 2)
        if between == "\n":
            written.gap()
