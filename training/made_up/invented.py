"""What made-up documents are about: people, organisations, places, days, and subjects.

People are common Swedish names drawn at random; agencies are those of the register.
"""

import random
from collections.abc import Sequence
from typing import Final

from embeddings.language.agencies import Agency, load_agencies

_FIRST = (
    "Anna Erik Maria Lars Karin Anders Eva Johan Birgitta Per Elisabeth Nils Kristina Karl Sara "
    "Mikael Emma Jan Malin Fredrik Jenny Peter Linda Daniel Hanna Magnus Amina Ali Fatima Mehmet "
    "Ingrid Oskar Ebba Gustav Sofia Henrik Åsa Björn Märta Örjan Ulla Bo Lena Tomas Annika Leif "
    "Zahra Samir Katarina Jonas Ylva Stefan Petra Gunnar Elin Ahmed Lovisa Viktor "
    "Anna-Karin Jan-Erik"
).split()
_LAST = (
    "Andersson Johansson Karlsson Nilsson Eriksson Larsson Olsson Persson Svensson Gustafsson "
    "Pettersson Jonsson Jansson Hansson Bengtsson Lindberg Lindström Bergström Axelsson Holm "
    "Sjöberg Wallin Engström Danielsson Håkansson Lundin Björk Bergman Ahmed Yılmaz Nyström "
    "Hedlund Östberg Ek Mattsson Söderberg Dahl Sandström Åkesson Blom Falk Nordin Ström Hassan "
    "Lund Viklund Sundin Norberg Åberg Öhman Hellström Wikström Ali Bergqvist Ramström"
).split()
TITLES: Final = (
    "generaldirektör", "avdelningschef", "enhetschef", "stabschef", "utredare", "handläggare",
    "chefsjurist", "kommunikationschef", "ställföreträdande generaldirektör", "strateg",
    "verksamhetschef", "sakkunnig", "analytiker", "regionchef", "överdirektör", "projektledare",
    "presschef", "samordnare", "kanslichef", "ekonomichef", "utvecklingsledare", "direktör",
    "förbundsjurist", "kommundirektör", "miljöchef", "säkerhetschef", "professor", "rektor",
    "skolchef", "räddningschef", "trafikplanerare", "kurator", "verkställande direktör",
)  # fmt: skip
"""Titles that people at one organisation may have."""
MINISTERS: Final = (
    "socialminister", "utbildningsminister", "finansminister", "landsbygdsminister",
    "kulturminister", "klimatminister", "arbetsmarknadsminister", "bostadsminister",
    "civilminister", "försvarsminister", "statssekreterare", "infrastrukturminister",
)  # fmt: skip
"""Titles that one person alone has at a time."""
LOCAL: Final = (
    "landshövding", "kommunalråd", "regionråd", "ordförande", "oppositionsråd", "borgmästare",
    "kommunstyrelsens ordförande",
)  # fmt: skip
_PLACES = (
    "Stockholm", "Göteborg", "Malmö", "Uppsala", "Umeå", "Luleå", "Örebro", "Linköping", "Visby",
    "Karlstad", "Växjö", "Kiruna", "Gävle", "Halmstad", "Kristianstad", "Östersund", "Norrköping",
    "stadshuset i Borås", "Folkets hus i Eskilstuna", "residenset i Falun", "Kulturhuset",
    "Konserthuset i Västerås", "Finansdepartementet", "regionens hus i Jönköping", "Norra skolan",
    "sessionssalen", "biblioteket i Skövde", "Medborgarhuset", "Hotell Savoy", "brandstationen",
)  # fmt: skip
MUNICIPALITIES: Final = (
    "Borås", "Piteå", "Tierp", "Vellinge", "Härnösand", "Motala", "Lund", "Sollefteå", "Kalmar",
    "Falun", "Mora", "Ystad", "Hudiksvall", "Trollhättan", "Nacka", "Skövde", "Arvika", "Gotland",
)  # fmt: skip
_COMPANIES = (
    "Svenskt Näringsliv", "Röda Korset", "Svensk Handel", "Lärarförbundet", "Fastighetsägarna",
    "Hyresgästföreningen", "LRF", "Rädda Barnen", "Friluftsfrämjandet", "Kommunal", "Vision",
    "Stadsmissionen", "Företagarna", "Akademikerförbundet", "Riksidrottsförbundet",
)  # fmt: skip
MONTHS: Final = (
    "januari februari mars april maj juni juli augusti september oktober november december"
).split()
PARTIES: Final = ("S", "M", "C", "V", "KD", "L", "MP", "SD")
WEEKDAYS: Final = "måndag tisdag onsdag torsdag fredag lördag söndag".split()
_SUBJECTS = (
    "psykisk ohälsa", "skolresultat", "bostadsbristen", "vattenkvalitet", "bredband", "cykelvägar",
    "arbetsmiljö", "lärarbrist", "vårdköer", "hedersvåld", "ensamhet", "läsförståelse", "klimatet",
    "ungdomsidrott", "jordbruk", "biologisk mångfald", "elförsörjning", "krisberedskap",
    "narkotika",
    "digital säkerhet", "turism", "kollektivtrafik", "tågtrafiken", "matsvinn", "äldreomsorg",
    "språkundervisning", "studieavbrott", "hemlöshet", "konsumenträtt", "vargstammen",
    "kompetensförsörjning", "trafiksäkerhet", "buller", "fiske", "kulturarv", "förskolor",
    "personlig assistans", "vaccination", "arbetslöshet", "desinformation", "skuldsättning",
)  # fmt: skip
_AMONG = (
    "", "", "", " bland unga", " i glesbygd", " i kommunerna", " på landsbygden", " i storstäderna",
    " bland äldre", " längs kusten", " i Norrland", " i hela landet", " efter pandemin",
)  # fmt: skip
EVENTS: Final = (
    ("mötet", "ett möte", "möte"), ("rundabordssamtalet", "ett rundabordssamtal", "samtal"),
    ("konferensen", "en konferens", "konferens"), ("samrådet", "ett samråd", "samråd"),
    ("seminariet", "ett seminarium", "seminarium"), ("hearingen", "en hearing", "hearing"),
    ("dialogmötet", "ett dialogmöte", "dialogmöte"), ("toppmötet", "ett toppmöte", "toppmöte"),
    ("utbildningsdagen", "en utbildningsdag", "dag"), ("samtalet", "ett samtal", "samtal"),
)  # fmt: skip
"""An event with its article, without, and alone."""


class Invented:
    """Draws what a document is about."""

    def __init__(self, draw: random.Random) -> None:
        self.draw = draw
        self._agencies = load_agencies()

    def one(self, of: Sequence[str]) -> str:
        """Any of these."""
        return self.draw.choice(of)

    def chance(self, share: float) -> bool:
        """True this often."""
        return self.draw.random() < share

    def person(self) -> str:
        """A first name and a family name."""
        return f"{self.one(_FIRST)} {self.one(_LAST)}"

    def people(self, count: int) -> list[str]:
        """As many people, no two of the same family name."""
        return [f"{self.one(_FIRST)} {last}" for last in self.draw.sample(_LAST, count)]

    def agencies(self, count: int) -> list[Agency]:
        """As many agencies of the register."""
        return self.draw.sample(self._agencies, count)

    def organisation(self) -> str:
        """An agency, an association or a municipality."""
        return self.organisations(1)[0]

    def organisations(self, count: int) -> list[str]:
        """As many organisations: mostly agencies, now and then a mix, or municipalities."""
        kind = self.draw.random()
        agencies = [agency.name for agency in self.agencies(count)]
        if kind < 0.6:
            return agencies
        mixed = {*agencies[: count // 2], *self.draw.sample(_COMPANIES, min(count, 6))}
        towns = {f"{name} kommun" for name in self.draw.sample(MUNICIPALITIES, count)}
        chosen = sorted(mixed | towns if kind < 0.85 else towns)
        return self.draw.sample(chosen, count)

    def short_name(self, organisation: str) -> str:
        """What people call an organisation: an alias, if the register has one and luck has it."""
        agency = next((one for one in self._agencies if one.name == organisation), None)
        aliases = (*agency.aliases, *agency.acronyms) if agency else ()
        return self.one(aliases) if aliases and self.chance(0.4) else organisation

    def date(self) -> str:
        """A day, now and then with its year."""
        year = f" {self.draw.randint(2012, 2026)}" if self.chance(0.3) else ""
        return f"{self.draw.randint(1, 28)} {self.one(MONTHS)}{year}"

    def place(self) -> str:
        """A town, or a house in it."""
        return self.one(_PLACES)

    def subject(self) -> str:
        """What a meeting or a grant is about."""
        return self.one(_SUBJECTS) + self.one(_AMONG)

    def sum_of_money(self) -> str:
        """An amount as documents write it."""
        return self.one((
            f"{self.draw.randint(2, 900)} miljoner kronor",
            f"{self.draw.randint(10, 990)} 000 kronor",
            f"{self.draw.randint(1, 9)},{self.draw.randint(1, 9)} miljarder kronor",
        ))  # fmt: skip

    def telephone(self) -> str:
        """A telephone number in one of the ways of writing it."""
        digits = "".join(str(self.draw.randint(0, 9)) for _ in range(7))
        return self.one((
            f"070-{digits[:3]} {digits[3:5]} {digits[5:]}", f"08-{digits[:3]} {digits[3:5]} 00",
            f"0{self.draw.randint(11, 98)}-{digits[:2]} {digits[2:4]} {digits[4:6]}",
            f"076-{digits}", f"+46 73 {digits[:3]} {digits[3:5]} {digits[5:]}",
        ))  # fmt: skip
