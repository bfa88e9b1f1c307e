import time
from datetime import date

import pytest

from embeddings.language.dates import DateMention, find_dates, spelt_out


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


@pytest.mark.parametrize(
    "text",
    ["30 april–2 maj", "30 april till den 2 maj", "mellan 30 april och 2 maj"],
)
def test_a_range_over_months_holds_the_days_of_both(text):
    assert [(d.month, d.day, d.last_month, d.last_day) for d in find_dates(text)] == [(4, 30, 5, 2)]
    assert find_dates("1 maj")[0].agrees_with(find_dates(text)[0])
    assert not find_dates("3 maj")[0].agrees_with(find_dates(text)[0])


def test_a_long_range_is_two_dates():
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
    assert own.agrees_with(other, year and (year,)) is agrees


# Spans, seasons and weekdays


def test_two_days_of_a_month_are_two_dates_unless_they_are_bounds():
    assert said("den 12 och 14 april") == [(None, 4, 12, None), (None, 4, 14, None)]
    assert said("mellan den 12 och 14 april") == [(None, 4, 12, 14)]
    assert said("12-14/4") == [(None, 4, 12, 14)]
    assert said("från den 12 april till den 14 april 2020") == [(2020, 4, 12, 14)]


@pytest.mark.parametrize(
    ("asked", "written", "agrees"),
    [
        ("mellan 10 och 14 april", "12 april", True),
        ("10–14 april", "14–20 april", True),
        ("10–14 april", "i april", False),
        ("våren 2024", "12 april 2024", True),
        ("våren 2024", "12 april 2023", False),
        ("våren 2024", "12 juni 2024", False),
        ("våren 2024", "våren 2024", True),
        ("april 2024", "våren 2024", False),
        ("vintern 2024", "3 januari 2024", True),
        ("vintern 2024", "3 maj 2024", False),
        ("spring of 2024", "12 april 2024", True),
    ],
)
def test_a_span_agrees_with_what_lies_in_it(asked, written, agrees):
    [own], [other] = find_dates(asked), find_dates(written)
    assert own.agrees_with(other) is agrees


@pytest.mark.parametrize("text", ["fredagen den 12 april", "fredag 12 april", "Friday 12 April"])
def test_a_weekday_belongs_to_its_date(text):
    [found] = find_dates(f"Mötet hölls {text} i Åmål.")
    assert (found.weekday, found.month, found.day) == (4, 4, 12)
    assert found.end - found.start == len(text)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("12 april -24", (2024, 4, 12)),
        ("12 apr -24", (2024, 4, 12)),
        ("20240412", (2024, 4, 12)),
        ("12/4/2024", (2024, 4, 12)),
        ("12-04-2024", (2024, 4, 12)),
        ("2024/04/12", (2024, 4, 12)),
        ("12:te april 2024", (2024, 4, 12)),
    ],
)
def test_a_date_in_figures_is_found_with_its_year(text, day):
    assert said(f"Mötet hölls {text}.") == [(*day, None)]


@pytest.mark.parametrize("text", ["12.4", "den 12.4", "april 12", "april 12:e"])
def test_a_question_has_forms_that_are_no_dates_in_a_document(text):
    [found] = find_dates(f"vilka kom {text}?", typed=True)
    assert (found.month, found.day) == (4, 12)


@pytest.mark.parametrize(
    "text", ["kl 12.04", "klockan 12.04", "punkt 3.4", "12.4 procent", "version 2.1", "1.2.3"]
)
def test_figures_of_something_else_are_no_date_in_a_question_either(text):
    assert find_dates(f"vad sägs om {text}?", typed=True) == []


@pytest.mark.parametrize("rest", ["mötet", "sammanträdet", "\u00adsammanträdet", "protokollet"])
@pytest.mark.parametrize("month", ["mars", "maj", "april"])
def test_a_month_is_found_in_what_is_held_in_it(month, rest):
    [found] = find_dates(f"Vad hände på {month}{rest}?")
    assert found.month in {3, 4, 5}


# Dates that are said from another day; 22 November 2026 is a Sunday.

SUNDAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("igår", (2026, 11, 21)),
        ("i går", (2026, 11, 21)),
        ("i förrgår", (2026, 11, 20)),
        ("i morgon", (2026, 11, 23)),
        ("i fredags", (2026, 11, 20)),
        ("i söndags", (2026, 11, 15)),
        ("förra fredagen", (2026, 11, 20)),
        ("på torsdag", (2026, 11, 26)),
        ("nästa torsdag", (2026, 11, 26)),
        ("yesterday", (2026, 11, 21)),
        ("last Friday", (2026, 11, 20)),
    ],
)
def test_a_day_is_counted_from_the_day_that_is_given(text, day):
    [found] = find_dates(f"Vad hände {text} i Åmål?", SUNDAY)
    assert (found.year, found.month, found.day, found.last_day) == (*day, None)
    assert find_dates(f"Vad hände {text} i Åmål?") == []


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("förra veckan", (2026, 11, 9, 15)),
        ("den här veckan", (2026, 11, 16, 22)),
        ("nästa vecka", (2026, 11, 23, 29)),
        ("förra månaden", (2026, 10, None, None)),
        ("nästa månad", (2026, 12, None, None)),
        ("förra året", (2025, None, None, None)),
        ("i fjol", (2025, None, None, None)),
        ("i år", (2026, None, None, None)),
        ("last month", (2026, 10, None, None)),
    ],
)
def test_a_week_a_month_or_a_year_is_counted_too(text, days):
    [found] = find_dates(f"Vad hände {text}?", SUNDAY)
    assert (found.year, found.month, found.day, found.last_day) == days


@pytest.mark.parametrize(
    ("text", "year", "months"), [("i våras", 2026, {3, 4, 5}), ("i vintras", 2025, {12, 1, 2})]
)
def test_a_season_that_has_been_is_the_last_one_that_began(text, year, months):
    [found] = find_dates(f"Det var {text}.", SUNDAY)
    assert found.year == year
    assert set(found.months()) == months


def test_today_is_no_date_since_it_may_mean_nowadays():
    assert find_dates("Så är det i dag, och idag, and today.", SUNDAY) == []


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("12/4 2024", "12 april 2024"),
        ("mellan 12 och 14 april", "12–14 april"),
        ("28/4 2024", "28 april 2024"),
        ("april 2024", "april 2024"),
        ("2024", "2024"),
        ("28 april–3 maj", "28 april–3 maj"),
    ],
)
def test_a_date_can_be_spelt_out(text, written):
    [found] = find_dates(text)
    assert spelt_out(found) == written


def test_a_date_can_be_spelt_out_in_english():
    assert spelt_out(find_dates("2024-04-12")[0], english=True) == "12 April 2024"


@pytest.mark.parametrize(
    "piece", ["12 april, ", "mellan 3 och 5 maj ", "i går ", "1 ", "maj " * 3, "den  ", "torsdag "]
)
def test_text_of_twice_the_length_takes_about_twice_the_time(piece):
    text = piece * (60_000 // len(piece))

    def seconds(text):
        began = time.process_time()
        find_dates(text, SUNDAY)
        return time.process_time() - began

    assert seconds(text * 4) < 0.2 + 8 * min(seconds(text) for _ in range(2))


def test_weekday_and_word_of_a_span_count_wherever_the_date_stands():
    text = "x " * 500 + "mellan den 3 och 5 maj, torsdagen den 12 april"
    span, day = find_dates(text)
    assert (span.day, span.last_day, day.weekday) == (3, 5, 3)
