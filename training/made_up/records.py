"""Minutes, tables and opening hours: of many numbers one is asked for."""

from collections.abc import Callable
from typing import Final

from training.made_up.invented import PARTIES, Invented
from training.made_up.written import Written

# Minutes, and what stands in rows


def minutes(by: Invented, written: Written) -> None:
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
        f"{person} ({by.one(PARTIES)}), {role}"
        for person, role in zip(
            people, ("ordförande", "vice ordförande", "ledamot", "ersättare"), strict=True
        )
    )
    written.add("Beslutande")
    written.add_some(
        by,
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
        written.add_some(
            by,
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
    written.add_some(
        by,
        f"Protokollet justeras av {people[2]} den {by.date()}.",
        [("Vem justerar protokollet?", people[2])],
        1,
    )


def table(by: Invented, written: Written) -> None:
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
        written.add_some(by, line, asked, 3)


_ELSEWHERE: Final = ("bilprovningen", "apoteket", "tandvården")


def hours(by: Invented, written: Written) -> None:
    """Opening hours and prices: other days and tickets stand beside."""
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
                (f"Vilka tider gäller för {by.one(_ELSEWHERE)}?", ""),
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
