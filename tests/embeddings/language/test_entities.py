import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings.language.entities import agree, find_entities

PUBLISHED = date(2019, 9, 20)


def found(text, kind=None, published=None):
    return [
        (text[one.start : one.end], one.key)
        for one in find_entities(text, published)
        if kind is None or one.kind == kind
    ]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("den 12 april 2018", "2018-04-12"),
        ("12/4 2018", "2018-04-12"),
        ("den tolfte april", "--04-12"),
        ("april 2018", "2018-04"),
        ("november", "--11"),
        ("2018", "2018"),
        ("12–14 april", "--04-12/--04-14"),
        ("28 april till 3 maj 2020", "2020-04-28/2020-05-03"),
        ("hösten 2020", "2020-09/2020-11"),
        ("i går", "2019-09-19"),
        ("förra året", "2018"),
    ],
)
def test_date_has_one_key_however_it_is_written(text, key):
    assert [one for _, one in found(f"Det var {text}.", "date", PUBLISHED)] == [key]


def test_relative_date_is_none_without_a_day_of_publication():
    assert found("Det var i går.", "date") == []


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("2018-04-12", "--04-12"),
        ("--04", "2018-04-12"),
        ("2018", "2018-04-12"),
        ("--04-12/--04-14", "2018-04-13"),
        ("2018-12/2018-02", "2018-01-07"),
        ("bn 2026-0123", "2026-0123"),
        ("ks 2019/12", "ks 2019-12"),
        ("§ 8", "1 kap 8 §"),
        ("1 kap", "1 kap 8 §"),
        ("eu 2016/679", "2016/679"),
        ("maja lind", "maja linds"),
    ],
)
def test_keys_agree_where_one_says_less(left, right):
    assert agree(left, right)
    assert agree(right, left)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("2018-04-12", "2019-04-12"),
        ("--04-12", "2018-04-13"),
        ("2018", "--04-12"),
        ("--04-12/--04-14", "2018-04-15"),
        ("bn 2026-0123", "bn 2026-0124"),
        ("bn 2026-0123", "ks 2026-0123"),
        ("bn 2026-0123", "2026-123"),
        ("§ 8", "§ 18"),
        ("§ 8", "§ 8 a"),
        ("§ 1", "1 kap 8 §"),
        ("1 kap", "11 kap 8 §"),
        ("2007:10", "nfs 2007:10"),
        ("maja lind", "maja lindberg"),
    ],
)
def test_keys_of_others_do_not_agree(left, right):
    assert not agree(left, right)
    assert not agree(right, left)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("dnr BN 2026-0123", "bn 2026-0123"),
        ("dnr: bn 2026-0123", "bn 2026-0123"),
        ("i ärende ÖKS 2024-0815", "öks 2024-0815"),
        ("diarienummer 3.1-2044/2017", "3.1-2044/2017"),
        ("(Ju2016/05789/L4)", "ju 2016/05789/l4"),
        ("KS/2021-455", "ks 2021-455"),
        ("enligt KS/2024:117 och", "ks 2024:117"),
        ("i ärende 2024/11-BUN", "2024/11-bun"),
        ("i mål 4127-21", "4127-21"),
        ("mål nr T 3592-13", "t 3592-13"),
        ("PMT 7262-18", "pmt 7262-18"),
        ("mål nr 2411-19", "2411-19"),
        ("AD 2013 nr 63", "ad 2013 nr 63"),
        ("ad 2013 nr 63", "ad 2013 nr 63"),
        ("HFD 2016 ref. 49", "hfd 2016 ref 49"),
        ("NJA 2013 s. 502", "nja 2013 s 502"),
        ("SFS 2010:110", "2010:110"),
        ("lagen (2010:110)", "2010:110"),
        ("dir. 1994:103", "dir 1994:103"),
        ("kommittédirektiv 1994:103", "dir 1994:103"),
        ("proposition 2013/14:51", "prop 2013/14:51"),
        ("bet. 2013/14:KU5", "bet 2013/14:ku5"),
        ("SOU 2017:66", "sou 2017:66"),
        ("HSLF-FS 2017:80", "hslf-fs 2017:80"),
        ("(EU) 2016/679", "eu 2016/679"),
        ("direktiv 95/46/EG", "95/46/eg"),
        ("§ 8", "§ 8"),
        ("8 a §", "§ 8 a"),
        ("paragraf 12", "§ 12"),
        ("1 kap. 2 §", "1 kap 2 §"),
        ("1 kap 2 §", "1 kap 2 §"),
        ("kapitel 7", "7 kap"),
    ],
)
def test_reference_has_one_key_however_it_is_written(text, key):
    assert [one for _, one in found(f"Vad sägs om {text} i lagen?", "reference")] == [key]


def test_each_section_of_a_list_is_a_reference():
    text = "Enligt 4, 5 och 8 a §§ samt 2 kap. 3–5 §§ och §§ 11"
    assert [key for _, key in found(text, "reference")] == [
        "§ 4", "§ 5", "§ 8 a", "2 kap 3 §", "2 kap 5 §", "§ 11",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "läsåret 2018/19", "åren 2018-2020", "VT 2019-20", "den 2018-04-12", "kl. 10.15-12.00",
        "12 500 kronor", "PERIODEN 2018-04-12", "förhållandet 3:1",
    ],
)  # fmt: skip
def test_years_times_and_sums_are_no_references(text):
    assert found(text, "reference") == []


def test_number_in_a_reference_is_no_date_and_no_telephone_number():
    text = "AD 2013 nr 63, prop. 2013/14:51, dnr 08-4051000"
    assert found(text, "date") == found(text, "contact") == []


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("08-405 10 00", "+4684051000"),
        ("+46 (0)8 405 10 00", "+4684051000"),
        ("+46-8-405 10 00", "+4684051000"),
        ("0701234567", "+46701234567"),
        ("+47 22 12 34 56", "+4722123456"),
        ("Registrator@Skatteverket.se", "registrator@skatteverket.se"),
        ("https://www.Digg.se/om/", "digg.se/om"),
        ("digg.se/om", "digg.se/om"),
    ],
)
def test_contact_has_one_key_however_it_is_written(text, key):
    assert found(f"Det är {text}, eller?", "contact") == [(text, key)]


def test_short_number_is_a_contact_after_a_word_that_says_so():
    text = "Ring 114 14, larma 112, telefon 1177. Det kom 112 personer till 1177 Vårdguiden."
    assert [key for _, key in found(text, "contact")] == ["11414", "112", "1177"]


@pytest.mark.parametrize("text", ["2018-04-12", "556016-0680", "12 000 000", "0,75", "10.15-12.00"])
def test_other_numbers_are_no_contacts(text):
    assert found(f"Det är {text} här", "contact") == []


@pytest.mark.parametrize(
    "name",
    [
        "Łukasz Žižek", "Søren Ærø", "A\u030asa O\u0308hrn", "Han\u00adna Berg\u00adström",
        "Iba\u200bn Çelik", "Carlos de la Cruz", "Ursula von der Leyen", "O’Brien Flynn",
    ],
)  # fmt: skip
def test_person_is_found_in_any_latin_letters_and_in_any_form(name):
    text = f"Vi frågade {name} om saken."
    [(written, key)] = found(text, "person")
    assert written == name
    assert key == found(f"Vi frågade {clean(name)} om saken.", "person")[0][1]


def clean(name):
    import unicodedata

    return unicodedata.normalize("NFC", name.replace("\u00ad", "").replace("\u200b", ""))


def test_organisation_has_its_official_name_also_broken_at_the_end_of_a_line():
    text = "Enligt Arbets-\nmarknadsdepartementet och Brå"
    assert found(text, "organisation") == [
        ("Arbets-\nmarknadsdepartementet", "Arbetsmarknadsdepartementet"),
        ("Brå", "Brottsförebyggande rådet"),
    ]


def test_entities_are_in_the_order_of_the_text():
    text = "Den 3 maj ringde Rut Hallengren, Skolverket, 08-405 10 00 om dnr KS 2019/123 och § 8."
    assert [one.kind for one in find_entities(text)] == [
        "date", "person", "organisation", "contact", "reference", "reference",
    ]  # fmt: skip


PIECES = st.sampled_from(
    [
        "12 april 2018 ", "i går ", "Anna Berg ", "Skolverket, ", "dnr BN 2026-0123 ", "maj ",
        "08-405 10 00 ", "1 kap. 2, 3 och 4 §§ ", "www.digg.se ", "2010:110 ", "a\u0308ng\u00ad",
        "ord-\nbruten ", "- ", "0", "7 ", "§ ", "\n", " ", "A", "mars ", "/", ".se ", "@", "i ",
    ]
)  # fmt: skip


@settings(max_examples=8, deadline=None)
@given(st.lists(PIECES, min_size=1, max_size=8).map("".join))
def test_text_of_twice_the_length_takes_about_twice_the_time(piece):
    once = piece * (15_000 // len(piece))

    def seconds(text):
        began = time.process_time()
        find_entities(text, PUBLISHED)
        return time.process_time() - began

    assert min(seconds(once * 4) for _ in range(2)) < 0.3 + 8 * min(seconds(once) for _ in range(2))


@settings(deadline=None)
@given(st.lists(PIECES, max_size=20).map("".join))
def test_entities_lie_within_the_text_and_have_a_key(text):
    for one in find_entities(text, PUBLISHED):
        assert 0 <= one.start < one.end <= len(text)
        assert one.key
