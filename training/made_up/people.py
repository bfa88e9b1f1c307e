"""Who came, who is in the picture, and whom to ask."""

from collections.abc import Sequence
from typing import Final

from training.made_up.invented import MINISTERS, TITLES, Invented
from training.made_up.written import Asked, Written, series

# Who came

_HEADINGS: Final = (
    "Myndigheter som medverkade",
    "Medverkande",
    "Deltagare",
    "Organisationer som deltog",
    "Följande deltog:",
    "Inbjudna aktörer:",
    "Vid {the_event} deltog:",
    "Närvarande",
    "Organisationer på plats",
    "Inbjudna talare:",
    "Deltagarlista",
    "På plats {when}",
)
_WHO_CAME: Final = (
    "Vilka myndigheter medverkade {when}?",
    "Vilka var med vid {the_event}?",
    "Vilka deltog?",
    "Vilka organisationer medverkade vid {the_event} om {subject}?",
    "deltagare {the_event}",
    "Vilka aktörer bjöds in {when}?",
    "vilka kom till {the_event} {when}",
    "Vilka fanns på plats i {place}?",
    "Who took part in the meeting about {subject}?",
    "deltagande organisationer {date}",
    "vilka deltog i {the_event} om {subject}",
)


def participants(by: Invented, written: Written) -> None:
    """Organisations, each on its own line."""
    items = by.organisations(by.draw.randint(3, 9))
    written.add(by.one(_HEADINGS))
    bullet = by.one(("", "- ", "• ", "  • "))
    if by.chance(0.4):
        written.gap()
    text = "\n".join(bullet + item for item in items)
    asked = [(question, text.removeprefix(bullet)) for question in _WHO_CAME]
    asked += _whether_they_came(by, items)
    written.add_some(by, text, asked, 3)


def _whether_they_came(by: Invented, items: Sequence[str]) -> list[Asked]:
    """Of some of the organisations, and of one that is not there."""
    there = by.draw.sample(items, 2)
    absent = by.one([one for one in by.organisations(3) if one not in items] or ["Riksdagen"])
    patterns = (
        "Deltog {}?", "Var {} med?", "Var {} på plats {{when}}?", "deltog {} i {{the_event}}",
        "Bjöds {} in till {{the_event}}?", "Fanns {} representerad på {{the_event}}?",
        "Did {} take part in the meeting about {{subject}}?",
    )  # fmt: skip
    return [
        *((by.one(patterns).format(by.short_name(one)), one) for one in there),
        (by.one(patterns).format(absent), ""),
    ]


def in_a_sentence(by: Invented, written: Written) -> None:
    """Organisations that a sentence counts up."""
    items = by.organisations(by.draw.randint(2, 6))
    said = series(items)
    pattern = by.one(
        (
            f"I {{the_event}} deltog bland andra {said}.",
            f"På plats fanns {said}.",
            f"{{Title}} {{name}} hade kallat {said} till samtal om {{subject}}.",
            f"Till {{the_event}} kom företrädare för {said}, liksom flera forskare.",
        )
    )
    asked = [(question, said) for question in _WHO_CAME] + _whether_they_came(by, items)
    written.add_some(by, pattern, asked, 3)


def roster(by: Invented, written: Written) -> None:
    """Organisations with one or two people each, who have titles."""
    written.add(by.one(_HEADINGS))
    written.gap()
    between, bullet, blank = (
        by.one((", ", ", ", ": ", " – ")),
        by.one(("", "• ", "- ")),
        by.chance(0.4),
    )
    title_first, brackets = by.chance(0.25), by.chance(0.2)
    for organisation in by.organisations(by.draw.randint(3, 8)):
        people = by.people(by.draw.choice((1, 2, 2, 2, 3)))
        titles = by.draw.sample(TITLES, len(people))
        if by.chance(0.6) and "generaldirektör" not in titles:
            titles[0] = "generaldirektör"
        rows = [
            f"{title} {person}"
            if title_first
            else f"{person} ({title})"
            if brackets
            else f"{person}, {title}"
            for person, title in zip(people, titles, strict=True)
        ]
        said, known = ", ".join(rows), by.short_name(organisation)
        absent = by.one(
            [title for title in TITLES if not any(title in one or one in title for one in titles)]
        )
        asked = [
            (f"Vilka representerade {known} på {{the_event}}?", said),
            (f"Vem kom från {known}?", said),
            (f"vilka från {known} deltog", said),
            (f"Vem är {absent} på {known}?", ""),
            (f"{absent} {known}", ""),
            (f"vem är {absent} för {known}", ""),
        ]
        for person, title in zip(people, titles, strict=True):
            asked += [
                (f"Vem är {title} {by.one(('på', 'för', 'hos', 'vid'))} {known}?", person),
                (f"{title} {known}", person),
                (f"vem var {title} från {known} på {{the_event}}", person),
                (f"vad heter {known}s {title}", person),
                (f"Vilken titel har {person}?", title),
                (f"Var arbetar {person}?", organisation),
                (f"Who is the {title} at {known}?", person),
                (f"Deltog {person}?", person),
                (f"Kom {known}s {title} till {{the_event}}?", person),
                (f"Vilket parti tillhör {person}?", ""),
            ]
        asked += [(f"Deltog {known}?", organisation), (f"Var {known} med {{when}}?", organisation)]
        if titles[0] == "generaldirektör":
            asked += [
                (f"Vem leder {known}?", people[0]),
                (f"vem är högsta chef på {known}", people[0]),
            ]
        written.add_some(by, bullet + organisation + between + said, asked, 2)
        if blank:
            written.gap()


def sides(by: Invented, written: Written) -> None:
    """A caption that names people from the left, in running words."""
    organisations = by.organisations(3)
    people = by.people(3)
    titles = by.draw.sample(TITLES, 3)
    rows = [
        by.one(
            (f"{person}, {title} {organisation}", f"{title.capitalize()} {person}, {organisation}")
        )
        for person, title, organisation in zip(people, titles, organisations, strict=True)
    ]
    where = by.one(("Från vänster", "Fr.v.", "På bilden från vänster"))
    line = f"{where}: {by.one((' ', ', ')).join(rows)}."
    asked = [
        ("Vem står till vänster på bilden?", people[0]),
        ("Vilka syns på bilden?", line.split(": ", 1)[1][:-1]),
        ("Vem står längst till höger?", people[2]),
    ]
    for person, title, organisation in zip(people, titles, organisations, strict=True):
        asked += [
            (f"Vem är {title} på {organisation}?", person),
            (f"{title} {organisation}", person),
            (f"vem representerade {organisation}", person),
        ]
    written.add_some(by, line, asked, 3)
    photographer(by, written)


# Pictures and contacts

_CAPTIONS: Final = (
    "{name}, {title}, vid {the_event} i {place}. Foto: {photographer}/{agency}",
    "Foto: {photographer}",
    "{Title} {name} samtalar med deltagarna. Foto: {photographer}",
    "Bild: {photographer}, {agency}",
    "Foto: {photographer}/{agency}",
    "{The_event} hölls {when} i {place}. Foto: {photographer}/{agency}",
)
_WHOSE_PICTURE: Final = (
    "Vem har tagit bilden?",
    "Vem är fotograf?",
    "vem fotade {name}",
    "fotograf {the_event}",
    "Vem tog bilden från {the_event}?",
    "Vem har fotograferat {the_event} om {subject}?",
    "Who took the picture?",
    "Vem tog bilden från {the_event} i {place}?",
)


def photographer(by: Invented, written: Written) -> None:
    """A caption with a credit."""
    asked = [(question, "{photographer}") for question in _WHOSE_PICTURE]
    written.add_some(by, by.one(_CAPTIONS), asked, 1)


def contacts(by: Invented, written: Written) -> None:
    """Who to call, of whom some have no number."""
    written.add(
        by.one(
            ("Kontakt", "Presskontakt", "Kontaktpersoner", "För mer information", "Kontakta oss")
        )
    )
    people, boss = by.people(by.draw.randint(1, 3)), by.person()
    titles = by.draw.sample(TITLES, len(people))
    if by.chance(0.4):
        titles[0] = "pressekreterare"
    for person, title in zip(people, titles, strict=True):
        role = title + by.one(("", "", f", {by.organisation()}"))
        if title == "pressekreterare":
            role = f"{title} åt {by.one(MINISTERS)} {boss}"
        telephone, mail = by.telephone(), f"{person.split()[0].lower()}@exempel.se"
        rows = [person, role[0].upper() + role[1:]]
        has_telephone, has_mail = by.chance(0.7), by.chance(0.4)
        if has_telephone:
            rows.append(by.one(("Telefon ", "Telefon: ", "Tfn ", "Mobil ", "Växel ")) + telephone)
        if has_mail:
            rows.append(by.one(("E-post: ", "")) + mail)
        line = by.one(("\n", "\n", ", ")).join(rows)
        asked = [
            (f"Vad har {person} för telefonnummer?", telephone if has_telephone else ""),
            (f"telefonnummer till {person}", telephone if has_telephone else ""),
            (f"Vilket nummer ringer man till {title}en?", telephone if has_telephone else ""),
            (f"Vad är {person}s e-postadress?", mail if has_mail else ""),
            (f"mejl till {title}en", mail if has_mail else ""),
            (f"Vem är {title}?", person),
            (f"Vem kan man kontakta som är {title}?", person),
            (f"Hur länge har {person} varit {title}?", ""),
        ]
        if title == "pressekreterare":
            asked += [
                (f"Vem är pressekreterare åt {boss}?", person),
                (f"Vem sköter {boss}s kontakter med medierna?", person),
                ("Vem ska journalister vända sig till?", person),
                ("Vem svarar på frågor från pressen om {subject}?", person),
            ]
        written.add_some(by, line, asked, 2)
        written.gap()
    if by.chance(0.4):
        line = f"Den som vill veta mer ringer {by.one(TITLES)} {by.person()}: {by.telephone()}"
        name, telephone = line.split("ringer ")[1].split(": ")
        written.add(
            line,
            ("Vem svarar den som vill veta mer?", name),
            ("telefon för den som undrar något", telephone),
        )
