"""What was said, and why, what is to be done, and what is so."""

from typing import Final

from training.made_up.invented import MONTHS, TITLES, Invented
from training.made_up.written import Written, series

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
    "Ensamma hinner vi inte särskilt långt",
    "Budgeten växer, men det gör kraven också",
    "Det som görs i förskolan sparar pengar senare",
    "Reglerna behöver bli enklare för den som söker",
)
_SPEECH: Final = ("säger", "sade", "sa", "menar", "framhåller", "betonar", "kommenterar")
_INDIRECT: Final = (
    ("underströk betydelsen av {}", "underströk"),
    ("talade om {}", "talade om"),
    ("efterlyste {}", "efterlyste"),
    ("pekade på behovet av {}", "pekade på"),
    ("betonade {}", "betonade"),
    ("varnade för {}", "varnade för"),
)
_THINGS: Final = (
    "tydligare regler för alla inblandade",
    "läxhjälp efter skoltid",
    "fler gemensamma övningar",
    "bättre statistik om landsbygden",
    "att små kommuner hamnar sist i kön",
    "mer forskning på området",
    "långsiktig finansiering av föreningslivet",
    "stöd till anhöriga",
    "kortare handläggningstider",
    "en årlig kartläggning",
    "att kompetens försvinner från länet",
    "utbildning av personalen",
)


def statements(by: Invented, written: Written) -> None:
    """What two people say, directly and in other words."""
    other, title = by.person(), by.one(TITLES)
    organisation = by.organisation()
    words, more = by.draw.sample(_WORDS, 2)
    words += by.one(("", "", " när det gäller {subject}"))
    speech, sign = by.one(_SPEECH), by.one(("–", "-", "−"))
    line = f"{sign} {words}. {more}, {speech} {{title}} {{name}}."
    said = f"{words}. {more}"
    written.add_some(
        by,
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
        series(by.draw.sample(_THINGS, by.draw.randint(1, 2)))
        if by.chance(0.5)
        else by.one(_THINGS)
    )
    what = things.removeprefix(" och ")
    line = f"{organisation}s {title} {other} {pattern.format(what)}."
    written.add_some(
        by,
        line,
        [
            (f"Vad sa {other} på {{the_event}}?", pattern.format(what)),
            (f"Vad {verb} {other}?", what),
            (f"vad tyckte {organisation}s {title}", pattern.format(what)),
            (f"Vem {verb} {what}?", other),
            (f"Vad tog {other} upp?", what),
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
    "skadegörelse",
    "dålig insyn",
    "dåliga vägar",
    "gamla system",
    "få sökande",
    "hög frånvaro",
    "sjunkande elevantal",
    "bristande kunskap",
    "ojämn tillgång till vård",
)
_MEASURES: Final = (
    "fler utbildningsplatser",
    "uppsökande verksamhet",
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


def items(by: Invented, written: Written) -> None:
    """Problems and measures, counted up in sentences."""
    problems = series(by.draw.sample(_ITEMS, by.draw.randint(2, 5)))
    measures = series(by.draw.sample(_MEASURES, by.draw.randint(2, 5)))
    first = by.one(
        (
            f"Den som arbetar med frågan möter {problems}.",
            f"Under {{the_event}} nämndes {problems} som de största hindren.",
            f"Deltagarna räknade upp {problems}.",
            f"Problemen är {problems}.",
        )
    )
    second = by.one(
        (
            f"Som lösningar föreslogs {measures}.",
            f"Staten ska betala för {measures}.",
            f"Ska det bli bättre krävs {measures}, enligt {{name}}.",
        )
    )
    written.add_some(
        by,
        f"{first} {second}",
        [
            ("Vilka problem togs upp på {the_event}?", problems),
            ("Vilka problem nämndes {when}?", problems),
            ("vilka hinder finns för arbetet med {subject}", problems),
            ("Vilka lösningar föreslogs?", measures),
            ("Vad krävs för att det ska bli bättre?", measures),
            ("vad ska göras åt {subject}", measures),
            ("Vilka åtgärder diskuterades på {the_event}?", measures),
        ],
        3,
    )


def points(by: Invented, written: Written) -> None:
    """A list of points under a sentence that says what they are."""
    items = by.draw.sample((*_MEASURES, *_THINGS), by.draw.randint(3, 6))
    written.add(
        by.one(
            (
                "Uppdraget omfattar följande områden:",
                "Programmet har de här delarna:",
                "Det här föreslår {agency}:",
                "Prioriterade områden",
            )
        )
    )
    bullet = by.one(("- ", "• ", "  • "))
    text = "\n".join(bullet + item[0].upper() + item[1:] for item in items)
    written.add_some(
        by,
        text,
        [
            ("Vilka områden omfattar uppdraget?", text[len(bullet) :]),
            ("Vilka delar har programmet?", text[len(bullet) :]),
            ("Vad föreslår {agency}?", text[len(bullet) :]),
            ("vilka områden prioriteras", text[len(bullet) :]),
        ],
        2,
    )


def assignment(by: Invented, written: Written) -> None:
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
    written.add_some(
        by,
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
            (f"När ska {by.organisation()} redovisa sitt arbete?", ""),
            ("När ska uppdraget avbrytas?", ""),
            (f"Ska {other} samarbeta med {partner}?", f"tillsammans med {partner}"),
            ("Har regeringen avsatt pengar?", f"Regeringen har avsatt {money}"),
        ],
        4,
    )


_OTHERS: Final = ("vårdplatser", "lärare", "tjänster", "bussar")


def trend(by: Invented, written: Written) -> None:
    """A number that went up or down, with the numbers before and after."""
    what = by.one(
        (
            "anmälningar",
            "olyckor",
            "ansökningar",
            "besökare",
            "elever",
            "lediga bostäder",
            "bränder",
        )
    )
    way, share = by.one(("minskat", "ökat")), f"{by.draw.randint(2, 60)} procent"
    year = by.draw.randint(2014, 2024)
    before, after = by.draw.randint(100, 900), by.draw.randint(100, 900)
    source = by.organisation()
    line = (
        f"Enligt {source} har antalet {what} {way} med {share} sedan {year}, från {before} till "
        f"{after}. Värst är läget i {by.place()}."
    )
    written.add_some(
        by,
        line,
        [
            (f"Hur har antalet {what} utvecklats?", f"{way} med {share}"),
            (f"Hur mycket har antalet {what} {way}?", share),
            (f"Hur många {what} var det {year}?", str(before)),
            (f"antal {what} nu", f"{after}"),
            (f"Hur många {what} är det i {by.one(('Tyskland', 'Norge', 'Danmark'))}?", ""),
            (f"Hur många {by.one(_OTHERS)} har tillkommit?", ""),
            (f"Har antalet {what} {way}?", f"{way} med {share}"),
            (
                f"Har det blivit {'fler' if way == 'ökat' else 'färre'} {what}?",
                f"{way} med {share}",
            ),
            (f"Vem säger att antalet {what} har {way}?", source),
            ("Var är läget värst?", line.split("läget i ")[1][:-1]),
        ],
        3,
    )


# Yes and no

_CLEAR: Final = (
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
    ("Är remisstiden slut?", "remisstiden går ut först i augusti"),
    ("Behövs det bygglov?", "bygglov krävs inte för altaner av det här slaget"),
    ("Har alla sökande fått svar?", "hälften av de sökande väntar fortfarande på svar"),
    ("Går bussen på söndagar?", "linjen är inställd på söndagar"),
    ("Ska arbetet utvärderas?", "en utvärdering görs när arbetet är slut"),
    ("Finns det pengar till nästa år?", "medel är avsatta även för nästa år"),
    ("Gäller reglerna även privata skolor?", "de nya reglerna omfattar också fristående skolor"),
    ("Är platserna slut?", "det finns fortfarande lediga platser"),
    ("Har {the_event} hållits tidigare?", "det är första gången som {the_event} ordnas"),
    ("Stöder {agency} förslaget?", "{agency} ställer sig bakom förslaget"),
    ("Får barn delta?", "deltagarna ska ha fyllt 18 år"),
)


def yes_or_no(by: Invented, written: Written) -> None:
    """What is so, and what is not said."""
    first, second, (absent, _) = by.draw.sample(_CLEAR, 3)
    line = f"Sedan i våras gäller att {second[1]}, och {first[1]}."
    if by.chance(0.7):
        line = first[1][0].upper() + first[1][1:] + by.one((".", f", men {second[1]}."))
    asked = [pair for pair in (first, second) if pair[1].lower() in line.lower()]
    written.add_some(by, line, [*asked, (absent, "")], 2)
