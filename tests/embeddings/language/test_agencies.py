import re
import time
import tomllib
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from embeddings.language import agencies
from embeddings.language.agencies import (
    Agency,
    expand_titles,
    find_agencies,
    load_agencies,
    names_of,
)


def named(text: str, *, fuzzy: bool = False) -> list[tuple[str, str]]:
    return [(text[m.start : m.end], m.agency.name) for m in find_agencies(text, fuzzy=fuzzy)]


def agency(name: str) -> Agency:
    return next(agency for agency in load_agencies() if agency.name == name)


def test_the_register_holds_agencies_departments_and_all_county_boards():
    names = [agency.name for agency in load_agencies()]
    assert len(names) == len(set(names)) >= 200
    assert sum(name.startswith("Länsstyrelsen i ") for name in names) == 21
    assert {"Justitiedepartementet", "Statsrådsberedningen", "Polismyndigheten"} <= set(names)


def test_the_data_names_its_source_and_its_limits():
    data = Path(agencies.__file__).with_name("agencies.toml").read_text(encoding="utf-8")
    header = data.partition("[[agency]]")[0]
    assert "Allmänna myndighetsregistret, SCB" in header
    assert "November 2026" in header
    assert "not complete" in header


def test_no_form_points_to_two_agencies():
    forms = Counter(
        form if form in listed.acronyms else form.casefold()
        for listed in load_agencies()
        for form in names_of(listed)
    )
    assert [form for form, count in forms.items() if count > 1] == []


def test_acronyms_in_any_case_are_not_also_listed_as_written():
    rows = tomllib.loads(
        Path(agencies.__file__).with_name("agencies.toml").read_text(encoding="utf-8")
    )["agency"]
    assert [r["name"] for r in rows if set(r.get("aliases", [])) & set(r.get("acronyms", []))] == []


def test_every_name_in_the_register_is_found_whole_and_as_its_own_agency():
    for listed in load_agencies():
        for name in names_of(listed):
            text = f"Vad säger {name}?"
            (mention,) = find_agencies(text)
            assert (mention.agency, mention.by_title) == (listed, False)
            assert text[mention.start : mention.end] == name


def test_every_title_in_the_register_points_to_its_own_agency():
    for listed in load_agencies():
        for title in listed.titles:
            (mention,) = find_agencies(f"Vad säger {title} om det?")
            assert mention.agency is listed


@pytest.mark.parametrize("name", ["Brå", "brå", "BRÅ", "Brottsförebyggande rådet"])
def test_short_and_full_name_are_the_same_agency_in_any_case(name):
    assert named(f"Vem var högsta chefen från {name} på mötet?") == [
        (name, "Brottsförebyggande rådet")
    ]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Brås", "Brottsförebyggande rådet"),
        ("Brottsförebyggande rådets", "Brottsförebyggande rådet"),
        ("Skolinspektionens", "Skolinspektionen"),
        ("Polismyndighetens", "Polismyndigheten"),
        ("SKR:s", "Sveriges Kommuner och Regioner"),
        ("SKR’s", "Sveriges Kommuner och Regioner"),
        ("JO:s", "Riksdagens ombudsmän"),
        ("JOs", "Riksdagens ombudsmän"),
        ("Sveriges Kommuner och Regioners", "Sveriges Kommuner och Regioner"),
        ("Ministry of Justice's", "Justitiedepartementet"),
    ],
)
def test_the_genitive_belongs_to_the_name(written, name):
    assert named(f"Här är {written} nya förslag.") == [(written, name)]


def test_an_indefinite_official_name_is_also_found_in_the_definite():
    assert named("enligt Statens kulturrådet") == [("Statens kulturrådet", "Kulturrådet")]


@pytest.mark.parametrize(
    "sentence",
    [
        "Vi ska jo göra det och do it, ko för ko.",
        "Kom fi, sis, so och ur med ki och si.",
        "Det är bra att allt går BRA.",
        "Läs mer på sida fyra om hur planer formas i havet, hav efter hav.",
        "Ett lo gick förbi ett vattenfall, who knows.",
        "En trafikanalys bromsas, så broms och salar kontrolleras.",
        "Ett ordinärt ord, ej ett namn: ei, su, lu, gu, fra, must, forte.",
    ],
)
def test_ordinary_words_are_no_acronyms(sentence):
    assert named(sentence) == []


def test_acronyms_that_are_words_count_as_written():
    assert named("Anmälan till JO, DO, JK och SiS") == [
        ("JO", "Riksdagens ombudsmän"),
        ("DO", "Diskrimineringsombudsmannen"),
        ("JK", "Justitiekanslern"),
        ("SiS", "Statens institutionsstyrelse"),
    ]


def test_one_letter_case_tells_the_ministry_from_the_authority():
    assert named("Svar från Fi och från FI") == [
        ("Fi", "Finansdepartementet"),
        ("FI", "Finansinspektionen"),
    ]


@pytest.mark.parametrize(
    "sentence",
    ["Ju mer, desto bättre.", "Så är det. Ju fler, desto bättre.", "– Ju förr, desto bättre."],
)
def test_a_short_word_that_begins_a_sentence_is_no_ministry(sentence):
    assert named(sentence) == []
    assert named("En remiss från Ju om brott") == [("Ju", "Justitiedepartementet")]


def test_a_page_number_is_no_agency():
    assert named("Rapporten, Sida 3") == []
    assert named("Vad gör Sida i år?") == [("Sida", "Sida")]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Säpo-chefen talade", "Säkerhetspolisen"),
        ("SKR-ordföranden talade", "Sveriges Kommuner och Regioner"),
        ("ett EU-land", "Europeiska unionen"),
    ],
)
def test_a_hyphen_compound_names_its_organisation(text, name):
    ((written, found),) = named(text)
    assert found == name
    assert f"{written}-" in text


@pytest.mark.parametrize(
    "word", ["polisenheten", "säpokaka", "SKRiva", "förpolisen", "Ju2023", "JO_9"]
)
def test_a_name_inside_a_longer_word_is_not_named(word):
    assert named(f"Det var {word} igen") == []


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Sakerhetspolisen", "Säkerhetspolisen"),
        ("forsakringskassan", "Försäkringskassan"),
        ("sapo", "Säkerhetspolisen"),
        ("Forsäkringskassan", "Försäkringskassan"),
        ("Brottsforebyggande radets", "Brottsförebyggande rådet"),
        ("Lansstyrelsen i Skane", "Länsstyrelsen i Skåne län"),
    ],
)
def test_names_are_found_without_swedish_letters(written, name):
    assert named(f"vad sa {written} da") == [(written, name)]


@pytest.mark.parametrize("word", ["bra", "BRA", "bras", "BRAS", "mods", "RAA"])
def test_a_short_name_keeps_its_swedish_letters(word):
    assert named(f"Det var {word}", fuzzy=True) == []


@pytest.mark.parametrize("word", ["samhälls", "talmännen", "pölisen"])
def test_a_word_with_swedish_letters_is_not_a_name_without_them(word):
    assert named(f"Det var {word} tur", fuzzy=True) == []


def test_letters_composed_of_two_characters_are_the_same_letters():
    text = unicodedata.normalize("NFD", "Vad säger Brå och Säkerhetspolisen?")
    assert [m.agency.name for m in find_agencies(text)] == [
        "Brottsförebyggande rådet",
        "Säkerhetspolisen",
    ]


def test_a_soft_hyphen_does_not_hide_a_name():
    text = "enligt Arbetsmiljö\xadverket"
    assert named(text) == [("Arbetsmiljö\xadverket", "Arbetsmiljöverket")]


def test_the_longest_name_wins_and_mentions_never_overlap():
    assert named("Totalförsvarets plikt- och prövningsverk, EU-kommissionen och EU") == [
        ("Totalförsvarets plikt- och prövningsverk", "Totalförsvarets plikt- och prövningsverk"),
        ("EU-kommissionen", "Europeiska kommissionen"),
        ("EU", "Europeiska unionen"),
    ]
    assert named("FN:s flyktingorgan och FN:s råd") == [
        ("FN:s flyktingorgan", "UNHCR"),
        ("FN:s", "Förenta nationerna"),
    ]


def test_a_full_name_and_its_acronym_are_two_mentions_of_one_agency():
    mentions = find_agencies("Sveriges Kommuner och Regioner (SKR) svarar.")
    assert [m.agency.name for m in mentions] == ["Sveriges Kommuner och Regioner"] * 2


def test_a_name_may_break_over_a_line_but_not_over_a_sentence_or_paragraph():
    assert named("enligt Brottsförebyggande\nrådet") == [
        ("Brottsförebyggande\nrådet", "Brottsförebyggande rådet")
    ]
    assert named("Brottsförebyggande. Rådet") == []
    assert named("Brottsförebyggande\n\nrådet") == []


def test_long_blank_runs_cost_no_time():
    started = time.perf_counter()
    assert named("Statens" + " " * 50_000 + "(kulturråd") == []
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("rikspolischefen", "Polismyndigheten"),
        ("rikspolischef", "Polismyndigheten"),
        ("Rikspolischefens", "Polismyndigheten"),
        ("riksåklagaren", "Åklagarmyndigheten"),
        ("riksåklagare", "Åklagarmyndigheten"),
        ("överbefälhavaren", "Försvarsmakten"),
        ("ÖB", "Försvarsmakten"),
        ("säpochefen", "Säkerhetspolisen"),
        ("justitieminister", "Justitiedepartementet"),
        ("landshövdingen i Skåne", "Länsstyrelsen i Skåne län"),
        ("landshövding i Skåne län", "Länsstyrelsen i Skåne län"),
    ],
)
def test_a_title_points_to_its_agency_and_says_so(written, name):
    text = f"Vem är {written}?"
    (mention,) = find_agencies(text)
    assert (text[mention.start : mention.end], mention.agency.name) == (written, name)
    assert mention.by_title


@pytest.mark.parametrize(
    "word", ["GD", "generaldirektören", "ordförande", "presschefen", "vd", "minister", "kanslichef"]
)
def test_generic_roles_are_no_agencies(word):
    assert named(f"Vem är {word} där?", fuzzy=True) == []


@pytest.mark.parametrize(
    ("former", "name"),
    [
        ("Myndigheten för samhällsskydd och beredskap", "Myndigheten för civilt försvar"),
        ("MSB:s", "Myndigheten för civilt försvar"),
        ("SKL", "Sveriges Kommuner och Regioner"),
        ("Datainspektionen", "Integritetsskyddsmyndigheten"),
    ],
)
def test_a_renamed_agency_is_found_by_its_former_name(former, name):
    assert named(f"Vad sa {former} om det?") == [(former, name)]


def test_merged_agencies_stay_apart():
    assert agency("Ekonomistyrningsverket") is not agency("Statskontoret")
    assert named("Vägverket och Trafikverket") == [
        ("Vägverket", "Vägverket"),
        ("Trafikverket", "Trafikverket"),
    ]


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("migratonsverket", "Migrationsverket"),
        ("migratonsverkets", "Migrationsverket"),
        ("arbetsformedligen", "Arbetsförmedlingen"),
        ("försäkringskasan", "Försäkringskassan"),
        ("försäkingskasan", "Försäkringskassan"),
        ("polismyndihgeten", "Polismyndigheten"),
        ("skolinspetkionen", "Skolinspektionen"),
        ("brotsförebyggande rådet", "Brottsförebyggande rådet"),
        ("justiteminister", "Justitiedepartementet"),
        ("boverkt", "Boverket"),
        ("riksbnaken", "Sveriges riksbank"),
        ("riksdgens", "Sveriges riksdag"),
        ("riksgldens", "Riksgälden"),
        ("Försäkrings kassan", "Försäkringskassan"),
        ("skol inspektionens", "Skolinspektionen"),
    ],
)
def test_slips_of_the_pen_are_forgiven_in_questions_only(typed, name):
    question = f"vem kom från {typed} till mötet"
    assert named(question, fuzzy=True) == [(typed, name)]
    assert named(question) == []


@pytest.mark.parametrize(
    "typed", ["Bråå", "Säppo", "Samhull", "polizen", "skovrkt", "trafkvrkt", "po lisen"]
)
def test_short_names_and_many_slips_are_not_forgiven(typed):
    assert named(f"vem kom från {typed}", fuzzy=True) == []


def test_a_misspelt_word_between_two_agencies_is_neither():
    # One letter from Spelinspektionen and one from Skolinspektionen.
    assert named("vad gör skelinspektionen", fuzzy=True) == []
    assert named("vad gör spolinspektionen", fuzzy=True) == []


def test_an_exact_name_is_never_corrected_to_another():
    for listed in load_agencies():
        question = f"vad säger {listed.name} om det"
        assert [m.agency for m in find_agencies(question, fuzzy=True)] == [listed]


@pytest.mark.parametrize(
    "words",
    [
        "polismyndighet polismyndigheter försäkringskassa försäkringskassor kriminalvård",
        "arbetsförmedling arbetsförmedlare säkerhetspolis åklagarmyndighet systembolag",
        "skolstyrelsen stadskontoret elinspektionen målmannen systerbolaget riksvägen",
        "vetenskapsområdet kulturområdet högskoleområdet regeringsmakten fastighetsvärdet",
        "utrikesministrar justitieministrarna domstolar departement verksamheten skolverksamhet",
        "inspektionen myndigheten styrelsen rådet nämnden verket departementet kommunerna",
        "av myndigheten vid myndigheten val myndighet bo verk skola",
        "trygghetsberedningen segregation kommunstyrelseordförande brottsförebyggande arbete",
        "universitets- och högskoleområdet samhällsskydd beredskap folkhälsan socialtjänsten",
        "migration pension transport trafik konsument konkurrens bolaget tillväxten boendet",
        "försvaret försvarsmakt myndigheter ordföranden samverkan möte ministern ministrarna",
        "analyser institutionen regioner nationella produkter historiska undersökningar standard",
    ],
)
def test_ordinary_words_are_never_corrected_to_an_agency(words):
    assert named(words, fuzzy=True) == []


def test_names_of_gives_every_name_once_the_official_first_and_no_title():
    names = names_of(agency("Polismyndigheten"))
    assert names[0] == "Polismyndigheten"
    assert {"polisen", "Swedish Police Authority"} <= set(names)
    assert "rikspolischefen" not in names
    assert "Sveriges Kommuner och Landsting" in names_of(agency("Sveriges Kommuner och Regioner"))
    assert all(len(set(names_of(a))) == len(names_of(a)) for a in load_agencies())


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("GD Socialstyrelsen", ["generaldirektör"]),
        ("Vem är GD:n på Brå?", ["generaldirektör"]),
        ("gd:s kalender", ["generaldirektör"]),
        ("gds kalender", ["generaldirektör"]),
        ("vem är stf GD", ["ställföreträdande generaldirektör"]),
        ("ÖB:s tal", ["överbefälhavare"]),
        ("vad sa vd:n", ["verkställande direktör"]),
        ("verkställande direktören eller verkställande direktör", ["vd"]),
        ("KSO:n", ["kommunstyrelsens ordförande", "kommunstyrelseordförande"]),
        ("Enligt RÅ", ["riksåklagare"]),
        ("Who is the Director-General?", ["generaldirektör"]),
        ("GD, gd och GD:n", ["generaldirektör"]),
        ("rå potatis, ordföranden och presschefen", []),
    ],
)
def test_short_titles_expand_to_the_words_of_documents(question, words):
    assert expand_titles(question) == words


def test_an_empty_text_names_nothing():
    assert find_agencies("") == find_agencies("…  \n", fuzzy=True) == []
    assert expand_titles("") == []


def test_agencies_cannot_be_changed():
    with pytest.raises(AttributeError):
        agency("SJ").name = "Statens Järnvägar"  # type: ignore[misc]
    assert load_agencies() is load_agencies()


def test_long_texts_are_read_fast():
    sentence = "Kommunerna och Polismyndigheten träffade Statens råd för att tala om trygghet. "
    text = sentence * 2_000
    find_agencies(sentence)
    started = time.perf_counter()
    mentions = find_agencies(text)
    assert len(mentions) == 2_000
    # Ten times what it takes: a guard against work that grows with the register.
    assert time.perf_counter() - started < len(re.findall(r"\w+", text)) * 1e-4
