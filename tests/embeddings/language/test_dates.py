from datetime import date

import pytest

from embeddings.language.dates import DateMention, find_dates


def said(text):
    """What each date in a text says: year, month, day, last day."""
    return [(d.year, d.month, d.day, d.last_day) for d in find_dates(text)]


@pytest.mark.parametrize(
    "text",
    [
        "12 april",
        "12 APRIL",
        "den 12:e april",
        "den tolfte april",
        "Den Tolfte April",
        "12/4",
        "fredag 12/4, i Åmål",
        "12 apr",
        "april 12",
        "the 12th of April",
        "12  april",
        "12\u00a0april",
        "12\napril",
    ],
)
def test_a_day_of_a_month_is_found_however_it_is_written(text):
    assert said(f"Vilka kom {text}?") == [(None, 4, 12, None)]


@pytest.mark.parametrize(
    "text",
    [
        "2023-09-23",
        "2023-09-23T10:15",
        "23 september 2023",
        "23 sept. 2023",
        "den tjugotredje september 2023",
        "23/9 2023",
        "23/9-23",
        "23/9 -23",
        "23.9.2023",
        "September 23, 2023",
        "23rd of September, 2023",
    ],
)
def test_a_whole_date_is_found_however_it_is_written(text):
    assert said(f"Mötet på Öland hölls {text}.") == [(2023, 9, 23, None)]
    [found] = find_dates(f"({text})")
    assert found.as_date() == date(2023, 9, 23)


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("i april", 4),
        ("i mars", 3),
        ("i Mars", 3),
        ("i maj", 5),
        ("under december", 12),
        ("in October", 10),
        ("februarimötet", 2),
        ("aprilmötets", 4),
        ("marsmötet", 3),
        ("julinatten", 7),
        ("augustinatten", 8),
        ("Novembermörkret", 11),
    ],
)
def test_a_month_is_found_alone_and_in_compounds(text, month):
    assert said(f"Det var {text}") == [(None, month, None, None)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("april 2018", (2018, 4, None, None)),
        ("Mars 2019", (2019, 3, None, None)),
        ("februarimötet 2020", (2020, 2, None, None)),
        ("under 1998", (1998, None, None, None)),
    ],
)
def test_a_date_may_be_partial(text, expected):
    [found] = find_dates(text)
    assert said(text) == [expected]
    assert not found.has_day
    assert found.as_date() is None


@pytest.mark.parametrize(
    "text",
    ["12–14 april", "12-14 april", "12 till 14 april", "den 12 till den 14 april", "12 — 14 april"],
)
def test_a_range_holds_its_days(text):
    assert said(text) == [(None, 4, 12, 14)]
    [found] = find_dates(text)
    assert DateMention(0, 0, month=4, day=13).agrees_with(found)
    assert not DateMention(0, 0, month=4, day=15).agrees_with(found)


def test_a_range_over_months_is_two_dates():
    assert said("30 april–2 maj") == [(None, 4, 30, None), (None, 5, 2, None)]
    assert said("1 januari 2018 till den 31 december 2019") == [
        (2018, 1, 1, None),
        (2019, 12, 31, None),
    ]
    assert said("åren 2018–2020") == [(2018, None, None, None), (2020, None, None, None)]


@pytest.mark.parametrize(
    "text",
    [
        "kl 15.30",
        "kl. 12.45–14.00",
        "klockan 12:04",
        "tel 08-405 10 00",
        "072-5457079",
        "0911-12 34 56",
        "3/4 av eleverna",
        "1/2 %",
        "1/3 del",
        "dnr 2018/123",
        "SFS 2018:585",
        "läsåret 2018/19",
        "12/13",
        "0/4",
        "2023-13-01",
        "majoritet",
        "Majoriteten",
        "majestätet",
        "marscherade",
        "Mars är röd",
        "livet på Mars",
        "Maj Sjöwall",
        "Julia Åberg",
        "Julius Öman",
        "juniorlaget",
        "Junior",
        "Augustin Ehrensvärd",
        "Augusta",
        "may",
        "they march on",
        "§ 12",
        "§ 3.4",
        "avsnitt 12.4",
        "2 kap. 3 §",
        "12 kronor",
        "2 018 kronor",
        "1930-talet",
        "12 545 personer",
        "1 500,50",
        "",
    ],
)
def test_what_is_no_date_is_not_taken_for_one(text):
    assert said(text) == []


def test_each_date_knows_its_place():
    text = "Från den 3:e maj, på Ås, till 2020-06-01 och i juni."
    assert [text[d.start : d.end] for d in find_dates(text)] == ["3:e maj", "2020-06-01", "juni"]


def test_a_day_that_the_calendar_has_not_is_kept_but_is_no_calendar_date():
    [found] = find_dates("31 april 2020")
    assert (found.month, found.day) == (4, 31)
    assert found.as_date() is None


@pytest.mark.parametrize(
    ("asked", "written", "year", "agrees"),
    [
        ("12 april", "12 april 2018", None, True),
        ("12 april 2018", "12 april", None, True),
        ("12 april 2019", "12 april", 2018, False),
        ("12 april 2018", "12 april", 2018, True),
        ("12 april 2019", "12 april 2018", None, False),
        ("12 april", "12 maj", None, False),
        ("12 april", "i april", None, False),
        ("i april", "12 april", None, True),
        ("2018", "12 april 2018", None, True),
        ("2018", "12 april 2019", None, False),
    ],
)
def test_a_date_agrees_with_one_that_says_all_that_it_says(asked, written, year, agrees):
    [own], [other] = find_dates(asked), find_dates(written)
    assert own.agrees_with(other, year) is agrees
