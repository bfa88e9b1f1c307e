"""Press releases, articles and minutes put together by rule, since no question set holds any.

What they teach: a list of participants, and which of two people at an agency has the title that is
asked for; a lead sentence whose date holds for all that follows; captions and photographers;
contacts; what was said and by whom; items within a sentence; yes and no; decisions, sums, days and
columns of which one is asked for; and that the like of an answer is none.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from training.invented import EVENTS, LOCAL, MINISTERS, MONTHS, TITLES, WEEKDAYS, Invented
from training.written import Written

DOCUMENTS: Final = 330
SEED: Final = 7

Asked = tuple[str, str]
Part = Callable[[Invented, Written], None]


def press_releases() -> Iterator[Written]:
    """`DOCUMENTS` documents; the same ones every time."""
    by = Invented(random.Random(SEED))
    for _ in range(DOCUMENTS):
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
    for part in dict.fromkeys(by.draw.sample(_PARTS, 6)):  # two of a kind would answer the same
        written.gap()
        part(by, written)
    return written


def _add(by: Invented, written: Written, line: str, asked: Sequence[Asked], most: int) -> None:
    """A line with some of its questions."""
    written.add(line, *by.draw.sample(asked, min(most, len(asked))))


# How documents begin

_TITLES: Final = (
    "{Event} om {subject}",
    "{Title} höll {event} om {subject}",
    "Så ska {subject} tas på allvar",
    "{Name}: ”Nu krävs det mer”",
    "Nya insatser för {subject}",
    "{Subject} i fokus på {event}",
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
    _add(by, written, pattern, asked, 4)


def _other(by: Invented, written: Written) -> str:
    """A title that the document does not have."""
    return by.one([one for one in MINISTERS if one != written.facts["title"]])


# Who came

_HEADINGS: Final = (
    "Deltagande myndigheter",
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
    "Vilka myndigheter deltog {when}?",
    "Vilka var med på {the_event}?",
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


def _participants(by: Invented, written: Written) -> None:
    items = by.organisations(by.draw.randint(3, 9))
    written.add(by.one(_HEADINGS))
    bullet = by.one(("", "- ", "• ", "  • "))
    if by.chance(0.4):
        written.gap()
    text = "\n".join(bullet + item for item in items)
    asked = [(question, text.removeprefix(bullet)) for question in _WHO_CAME]
    _add(by, written, text, asked, 2)


def _in_a_sentence(by: Invented, written: Written) -> None:
    items = by.organisations(by.draw.randint(2, 6))
    series = _series(items)
    pattern = by.one(
        (
            f"I {{the_event}} deltog bland andra {series}.",
            f"På plats fanns {series}.",
            f"{{Title}} {{name}} hade bjudit in {series} för att diskutera {{subject}}.",
            f"Till {{the_event}} kom företrädare för {series}, liksom flera forskare.",
        )
    )
    _add(by, written, pattern, [(question, series) for question in _WHO_CAME], 2)


def _series(items: Sequence[str]) -> str:
    return ", ".join(items[:-1]) + " och " + items[-1]


def _roster(by: Invented, written: Written) -> None:
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
            ]
        _add(by, written, bullet + organisation + between + said, asked, 2)
        if blank:
            written.gap()


def _sides(by: Invented, written: Written) -> None:
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
    where = by.one(("Från vänster", "Fr.v.", "Från vänster i bild"))
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
    _add(by, written, line, asked, 3)
    _photographer(by, written)


# Pictures and contacts

_CAPTIONS: Final = (
    "{name}, {title}, vid {the_event} i {place}. Foto: {photographer}/{agency}",
    "Foto: {photographer}",
    "{Title} {name} samtalar med deltagarna. Foto: {photographer}",
    "Bild: {photographer}, {agency}",
    "Foto: {photographer}/{agency}",
    "{The_event} ägde rum i {place} {when}. Foto: {photographer}/{agency}",
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


def _photographer(by: Invented, written: Written) -> None:
    asked = [(question, "{photographer}") for question in _WHOSE_PICTURE]
    _add(by, written, by.one(_CAPTIONS), asked, 1)


def _contacts(by: Invented, written: Written) -> None:
    """Who to call, of whom some have no number."""
    written.add(
        by.one(
            ("Kontakt", "Presskontakt", "Kontaktpersoner", "För mer information", "Kontakta oss")
        )
    )
    people = by.people(by.draw.randint(1, 3))
    for person, title in zip(people, by.draw.sample(TITLES, len(people)), strict=True):
        role = title + by.one(("", "", f", {by.organisation()}"))
        telephone, mail = by.telephone(), f"{person.split()[0].lower()}@exempel.se"
        rows = [person, role[0].upper() + role[1:]]
        has_telephone, has_mail = by.chance(0.7), by.chance(0.4)
        if has_telephone:
            rows.append(
                by.one(("Telefon ", "Telefon: ", "Tfn ", "Mobil ", "Telefon (växel) ")) + telephone
            )
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
        ]
        _add(by, written, line, asked, 2)
        written.gap()
    if by.chance(0.4):
        line = f"Vid intresse kontakta {by.one(TITLES)} {by.person()}: {by.telephone()}"
        name, telephone = line.split("kontakta ")[1].split(": ")
        written.add(
            line,
            ("Vem ska man kontakta vid intresse?", name),
            ("telefon för intresserade", telephone),
        )


# What was said

_WORDS: Final = (
    "Det är viktigt att vi hittar lösningar tillsammans",
    "Barnens rätt måste stå i centrum",
    "Vi ser att behoven skiljer sig åt mellan landets kommuner",
    "Kunskapen måste nå fler",
    "Nu tar vi nästa steg för att korta väntetiderna",
    "Vi har väntat länge på det här beslutet",
    "Det här är en fråga som berör många människor i vardagen",
    "Resurserna räcker inte längre",
    "Jag är glad över det engagemang som deltagarna visade",
    "Det kommer att ta tid",
    "Vi kommer att följa upp arbetet redan till hösten",
    "Ingen ska behöva känna sig utanför",
    "Utan samverkan når vi inte målen",
    "Vi skjuter till mer pengar och ställer högre krav",
    "Tidiga insatser lönar sig i längden",
    "Reglerna behöver bli enklare för den som söker",
)
_SPEECH: Final = ("säger", "sade", "sa", "menar", "framhåller", "betonar", "kommenterar")
_INDIRECT: Final = (
    ("lyfte fram vikten av {}", "lyfte"),
    ("talade om {}", "talade om"),
    ("efterlyste {}", "efterlyste"),
    ("pekade på behovet av {}", "pekade på"),
    ("betonade {}", "betonade"),
    ("varnade för {}", "varnade för"),
)
_THINGS: Final = (
    "tydligare regler för alla inblandade",
    "tidiga insatser i skolan",
    "en djupare samverkan",
    "bättre statistik om landsbygden",
    "att små kommuner lämnas ensamma",
    "mer forskning på området",
    "långsiktig finansiering av föreningslivet",
    "stöd till anhöriga",
    "kortare handläggningstider",
    "gemensamma lägesbilder",
    "att kompetens försvinner från länet",
    "utbildning av personalen",
)


def _statements(by: Invented, written: Written) -> None:
    """What two people say, directly and in other words."""
    other, title = by.person(), by.one(TITLES)
    organisation = by.organisation()
    words, more = by.draw.sample(_WORDS, 2)
    words += by.one(("", "", " när det gäller {subject}"))
    speech, sign = by.one(_SPEECH), by.one(("–", "-", "−"))
    line = f"{sign} {words}. {more}, {speech} {{title}} {{name}}."
    said = f"{words}. {more}"
    _add(
        by,
        written,
        line,
        [
            ("Vad sa {name} om {subject}?", said),
            ("Vad säger {the_title}?", said),
            ("vad tycker {name}", said),
            ("Hur kommenterar {name} {the_event}?", said),
            ("What did {name} say?", said),
            (f"Vem säger att {words[0].lower()}{words[1:]}?", "{name}"),
            (f"Vad sa {other} om {{subject}}?", ""),
            (f"Vad anser {by.person()}?", ""),
        ],
        3,
    )
    written.gap()
    pattern, verb = by.draw.choice(_INDIRECT)
    things = (
        _series(by.draw.sample(_THINGS, by.draw.randint(1, 2)))
        if by.chance(0.5)
        else by.one(_THINGS)
    )
    what = things.removeprefix(" och ")
    line = f"{organisation}s {title} {other} {pattern.format(what)}."
    _add(
        by,
        written,
        line,
        [
            (f"Vad sa {other} på {{the_event}}?", pattern.format(what)),
            (f"Vad {verb} {other}?", what),
            (f"vad tyckte {organisation}s {title}", pattern.format(what)),
            (f"Vem {verb} {what}?", other),
            (f"Vad lyfte {other} fram?", what),
        ],
        2,
    )


# Items and reasons

_ITEMS: Final = (
    "brist på personal",
    "långa avstånd",
    "trånga lokaler",
    "oklara regler",
    "höga kostnader",
    "svag ekonomi",
    "otrygghet",
    "låg tillit",
    "dåliga vägar",
    "gamla system",
    "få sökande",
    "hög frånvaro",
    "stora klassklyftor",
    "bristande kunskap",
    "ojämn tillgång till vård",
)
_MEASURES: Final = (
    "fler utbildningsplatser",
    "tidiga insatser",
    "en nationell samordnare",
    "höjda bidrag",
    "regelbundna besök",
    "stöd till föräldrar",
    "öppna förskolor",
    "ett gemensamt register",
    "skärpt tillsyn",
    "nya cykelbanor",
    "mobila team",
    "lägre avgifter",
    "sommarjobb för unga",
)
_REASONS: Final = (
    "behovet har ökat sedan i våras",
    "reglerna har tolkats på olika sätt i landet",
    "många kommuner har bett om stöd",
    "handläggningstiderna har blivit för långa",
    "kunskapen om frågan är för låg",
    "läget i omvärlden har förändrats",
    "lokalen är för liten",
    "flera barn har kommit till skada",
    "underlaget inte räcker för ett beslut",
)


def _items(by: Invented, written: Written) -> None:
    problems = _series(by.draw.sample(_ITEMS, by.draw.randint(2, 5)))
    measures = _series(by.draw.sample(_MEASURES, by.draw.randint(2, 5)))
    first = by.one(
        (
            f"Från flera håll beskrevs {problems} som stora problem.",
            f"Under {{the_event}} nämndes {problems} som de största hindren.",
            f"Deltagarna beskrev {problems}.",
            f"Problemen är {problems}.",
        )
    )
    second = by.one(
        (
            f"Som lösningar föreslogs {measures}.",
            f"Nu satsar regeringen på {measures}.",
            f"För att vända utvecklingen behövs {measures}, enligt {{name}}.",
        )
    )
    _add(
        by,
        written,
        f"{first} {second}",
        [
            ("Vilka problem togs upp på {the_event}?", problems),
            ("Vilka problem beskrevs {when}?", problems),
            ("vilka hinder finns för arbetet med {subject}", problems),
            ("Vilka lösningar föreslogs?", measures),
            ("Vad behövs för att vända utvecklingen?", measures),
            ("vad ska göras åt {subject}", measures),
            ("Vilka åtgärder diskuterades på {the_event}?", measures),
        ],
        3,
    )


def _points(by: Invented, written: Written) -> None:
    """A list of points under a sentence that says what they are."""
    items = by.draw.sample((*_MEASURES, *_THINGS), by.draw.randint(3, 6))
    written.add(
        by.one(
            (
                "Uppdraget omfattar följande områden:",
                "Arbetet har fokus på dessa punkter:",
                "Det här föreslår {agency}:",
                "Prioriterade områden",
            )
        )
    )
    bullet = by.one(("- ", "• ", "  • "))
    text = "\n".join(bullet + item[0].upper() + item[1:] for item in items)
    _add(
        by,
        written,
        text,
        [
            ("Vilka områden omfattar uppdraget?", text[len(bullet) :]),
            ("Vilka punkter har arbetet fokus på?", text[len(bullet) :]),
            ("Vad föreslår {agency}?", text[len(bullet) :]),
            ("vilka områden prioriteras", text[len(bullet) :]),
        ],
        2,
    )


def _assignment(by: Invented, written: Written) -> None:
    """Who is to do what by when, for how much, and why: other days and sums stand beside."""
    other, partner = by.organisations(2)
    money, more = by.sum_of_money(), by.sum_of_money()
    start, end = by.date(), by.one((by.date(), f"{by.one(MONTHS)} {by.draw.randint(2023, 2027)}"))
    reason, purpose = by.one(_REASONS), by.one(_MEASURES)
    line = (
        f"{other} får i uppdrag att tillsammans med {partner} ta fram {purpose}. Arbetet "
        f"börjar den {start} och ska redovisas senast {end}. Regeringen har avsatt {money} för "
        f"insatserna, eftersom {reason}. Året innan var anslaget {more}."
    )
    _add(
        by,
        written,
        line,
        [
            ("Vem får uppdraget?", other),
            ("Vilken myndighet ska redovisa arbetet?", other),
            (f"Vem samarbetar {other} med?", partner),
            ("Hur mycket pengar har avsatts?", money),
            ("hur stort är anslaget för {subject}", money),
            ("Hur stort var anslaget året innan?", more),
            ("När börjar arbetet?", start),
            ("När ska arbetet redovisas?", end),
            ("senaste datum för redovisning", end),
            ("Varför har regeringen avsatt pengar?", reason),
            ("Varför görs insatserna?", reason),
            (f"Vad ska {other} ta fram?", purpose),
            ("När beslutade regeringen om uppdraget?", ""),
            ("Hur många anställda berörs av uppdraget?", ""),
        ],
        4,
    )


def _trend(by: Invented, written: Written) -> None:
    what = by.one(
        ("anmälningar", "olyckor", "ansökningar", "besökare", "elever", "lediga bostäder", "brott")
    )
    way, share = by.one(("minskat", "ökat")), f"{by.draw.randint(2, 60)} procent"
    year = by.draw.randint(2014, 2024)
    before, after = by.draw.randint(100, 900), by.draw.randint(100, 900)
    source = by.organisation()
    line = (
        f"Enligt {source} har antalet {what} {way} med {share} sedan {year}, från {before} till "
        f"{after}. Värst är läget i {by.place()}."
    )
    _add(
        by,
        written,
        line,
        [
            (f"Hur har antalet {what} utvecklats?", f"{way} med {share}"),
            (f"Hur mycket har antalet {what} {way}?", share),
            (f"Hur många {what} var det {year}?", str(before)),
            (f"antal {what} nu", f"{after}"),
            (f"Hur många {what} är det i {by.one(('Tyskland', 'Norge', 'Danmark'))}?", ""),
            (f"Vem säger att antalet {what} har {way}?", source),
            ("Var är läget värst?", line.split("läget i ")[1][:-1]),
        ],
        3,
    )


# Yes and no

_CLEAR: Final = (
    ("Är det klart vilka som ingår i gruppen?", "det är ännu inte klart vilka som ingår i gruppen"),
    ("Har beslutet fattats?", "något beslut har ännu inte fattats"),
    ("Är {the_event} öppen för allmänheten?", "dörrarna är öppna för allmänheten"),
    ("Kan man söka bidraget på nätet?", "bidraget söks på nätet"),
    ("Måste man anmäla sig?", "ingen anmälan behövs"),
    ("Får föreningar söka pengar?", "även föreningar får söka pengar"),
    ("Blir det en fortsättning?", "fler träffar av samma slag är planerade"),
    ("Sänds {the_event} på webben?", "samtalen kan följas på webben"),
    ("Är deltagandet gratis?", "deltagandet är kostnadsfritt"),
    ("Kommer avgiften att höjas?", "avgiften höjs inte i år"),
    ("Är alla nöjda med förslaget?", "flera remissinstanser är kritiska till förslaget"),
)


def _yes_or_no(by: Invented, written: Written) -> None:
    first, second, (absent, _) = by.draw.sample(_CLEAR, 3)
    line = f"Sedan i våras gäller att {second[1]}, och {first[1]}."
    if by.chance(0.7):
        line = first[1][0].upper() + first[1][1:] + by.one((".", f", men {second[1]}."))
    asked = [pair for pair in (first, second) if pair[1].lower() in line.lower()]
    _add(by, written, line, [*asked, (absent, "")], 2)


# Minutes, and what stands in rows


def _minutes(by: Invented, written: Written) -> None:
    """Decisions, each in its own paragraph, and who signs."""
    board = by.one(
        (
            "Kommunstyrelsen",
            "Socialnämnden",
            "Barn- och utbildningsnämnden",
            "Kulturnämnden",
            "Styrelsen",
        )
    )
    people = by.people(4)
    present = "\n".join(
        f"{person} ({by.one(('S', 'M', 'C', 'V', 'KD', 'L', 'MP', 'SD'))}), {role}"
        for person, role in zip(
            people, ("ordförande", "vice ordförande", "ledamot", "ersättare"), strict=True
        )
    )
    written.add("Beslutande")
    _add(
        by,
        written,
        present,
        [
            (f"Vem är ordförande i {board.lower()}?", people[0]),
            ("Vem är vice ordförande?", people[1]),
            ("Vilka beslutade?", present),
            ("vilka var närvarande", present),
            ("Vem är sekreterare?", ""),
        ],
        2,
    )
    written.gap()
    number = by.draw.randint(3, 90)
    for _ in range(by.draw.randint(1, 3)):
        number += 1
        who, money, case = (
            by.one(
                (
                    "Friluftsfrämjandet",
                    "Hembygdsföreningen",
                    "Bågskytteklubben",
                    "Teaterföreningen",
                    "Ryttarsällskapet",
                    "Byalaget",
                )
            ),
            by.sum_of_money(),
            by.subject(),
        )
        written.add(f"§ {number} Bidrag till {who}")
        decision = by.one(
            (
                f"bevilja {who} {money} för arbete med {case}",
                f"avslå ansökan från {who} om {money} till {case}",
                f"återremittera ansökan från {who} om {money}",
            )
        )
        mover = by.person()
        _add(
            by,
            written,
            f"{board} beslutar att {decision}. {mover} reserverar sig mot beslutet.",
            [
                (f"Vad beslutade {board.lower()} om {who}?", decision),
                (f"beslut {who}", decision),
                (f"Hur mycket pengar gällde ansökan från {who}?", money),
                (f"Vem reserverade sig mot beslutet om {who}?", mover),
                (f"När grundades {who}?", ""),
                (f"Vad handlar § {number} om?", decision),
            ],
            2,
        )
        written.gap()
    _add(
        by,
        written,
        f"Protokollet justeras av {people[2]} den {by.date()}.",
        [("Vem justerar protokollet?", people[2])],
        1,
    )


def _table(by: Invented, written: Written) -> None:
    """Rows whose cells are named, as tables are read."""
    columns = by.draw.sample(
        (
            "Antal elever",
            "Budget",
            "Kontaktperson",
            "Telefon",
            "Öppnar",
            "Ansvarig",
            "Antal platser",
            "Avgift",
        ),
        4,
    )
    makers: dict[str, Callable[[], str]] = {
        "Antal elever": lambda: str(by.draw.randint(20, 900)),
        "Budget": by.sum_of_money,
        "Kontaktperson": by.person,
        "Telefon": by.telephone,
        "Öppnar": by.date,
        "Ansvarig": by.person,
        "Antal platser": lambda: str(by.draw.randint(2, 80)),
        "Avgift": lambda: f"{by.draw.randint(1, 40) * 25} kronor",
    }
    questions = {
        "Antal elever": "Hur många elever har {}?",
        "Budget": "Vilken budget har {}?",
        "Kontaktperson": "Vem är kontaktperson för {}?",
        "Telefon": "Vilket telefonnummer har {}?",
        "Öppnar": "När öppnar {}?",
        "Ansvarig": "Vem ansvarar för {}?",
        "Antal platser": "Hur många platser finns det på {}?",
        "Avgift": "Vad kostar {}?",
    }
    for place in by.draw.sample(
        (
            "Norra skolan",
            "Björkbacken",
            "Sjövillan",
            "Hamnhallen",
            "Solgården",
            "Ängsgården",
            "Kvarnen",
            "Lärkan",
        ),
        3,
    ):
        cells = {column: makers[column]() for column in columns}
        line = f"Namn: {place}; " + "; ".join(f"{column}: {cell}" for column, cell in cells.items())
        missing = by.one([column for column in questions if column not in columns])
        asked = [
            (questions[column].format(place), cell)
            for column, cell in cells.items()
            if line.index(cell) >= line.index(f"{column}: ")
        ]
        asked += [
            (f"{column.lower()} {place}", cell)
            for column, cell in cells.items()
            if line.index(cell) >= line.index(f"{column}: ")
        ]
        asked.append((questions[missing].format(place), ""))
        _add(by, written, line, asked, 3)


def _hours(by: Invented, written: Written) -> None:
    first, second, third = (f"{by.draw.randint(7, 11)}–{by.draw.randint(14, 20)}" for _ in range(3))
    price, age = f"{by.draw.randint(2, 20) * 10} kronor", str(by.draw.randint(6, 65))
    last = by.date()
    place = by.one(
        (
            "Badhuset",
            "Biblioteket",
            "Återvinningscentralen",
            "Medborgarkontoret",
            "Simhallen",
            "Museet",
        )
    )
    written.add(
        f"{place} har öppet måndag–torsdag {first}, fredag {second} och lördag {third}. "
        "Söndagar är det stängt.",
        *by.draw.sample(
            [
                (f"När har {place.lower()} öppet på fredagar?", second),
                (f"öppettider {place.lower()} lördag", third),
                (f"Vilka tider har {place.lower()} öppet på tisdagar?", first),
                (f"Är {place.lower()} öppet på söndagar?", "Söndagar är det stängt"),
                (f"När har {by.one(('Systembolaget', 'apoteket', 'vårdcentralen'))} öppet?", ""),
            ],
            2,
        ),
    )
    written.add(
        f"Inträdet kostar {price}, men för den som är under {age} år är det gratis. "
        f"Årskort säljs till och med den {last}.",
        *by.draw.sample(
            [
                ("Vad kostar inträdet?", price),
                ("hur dyrt är det att gå in", price),
                ("Till när säljs årskort?", last),
                ("Hur gammal får man vara för att komma in gratis?", f"under {age} år"),
                ("Vad kostar ett årskort?", ""),
            ],
            2,
        ),
    )


_PARTS: Final[tuple[Part, ...]] = (
    _participants,
    _participants,
    _in_a_sentence,
    _roster,
    _roster,
    _sides,
    _photographer,
    _contacts,
    _statements,
    _statements,
    _items,
    _items,
    _points,
    _assignment,
    _assignment,
    _trend,
    _yes_or_no,
    _yes_or_no,
    _minutes,
    _table,
    _hours,
)
