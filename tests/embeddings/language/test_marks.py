from datetime import date

from embeddings.language.dates import find_dates
from embeddings.language.marks import SIGN, exact_date_marks, find_marks


def named(text):
    return {mark for mark in find_marks(text) if mark.startswith(SIGN)}


def test_an_organisation_has_one_mark_whatever_it_is_called():
    assert named("Säpo deltog") == named("Säkerhetspolisen deltog") != set()
    assert named("Säpo deltog") != named("Skolverket deltog")


def test_a_date_has_the_same_marks_however_it_is_written():
    assert named("12/4") == named("den tolfte april") == {"@-4", "@-4-12"}
    assert named("2018-04-12") == {"@2018", "@-4", "@-4-12"}


def test_a_range_has_the_mark_of_each_of_its_days():
    assert named("12–14 april") == {"@-4", "@-4-12", "@-4-13", "@-4-14"}


def test_a_vague_date_has_only_the_marks_that_it_says():
    assert named("i april") == {"@-4"}
    assert named("under 2018") == {"@2018"}


def test_words_keep_their_stems_and_no_word_looks_like_a_mark():
    assert find_marks("Äpplen på Öland") == find_marks("äpple på öland")
    assert named("@skolan mejla a@ö.se") == set()


def test_what_is_said_from_a_day_has_the_marks_of_its_date():
    assert set(find_marks("i går", date(2024, 4, 13))) >= {"@2024", "@-4", "@-4-12"}


def test_the_exact_marks_of_a_date_are_its_finest():
    def exact(text):
        [mention] = find_dates(text)
        return exact_date_marks(mention)

    assert exact("12 april 2024") == ["@-4-12"]
    assert exact("28 april–1 maj") == ["@-4-28", "@-4-29", "@-4-30", "@-4-31", "@-5-1"]
    assert exact("våren 2024") == ["@-3", "@-4", "@-5"]
    assert exact("2024") == ["@2024"]


def test_a_reference_has_one_mark_and_that_of_what_it_may_leave_out():
    assert named("dnr BN 2026-0123") == named("i bn 2026-0123") == {"@2026-0123", "@bn 2026-0123"}
    assert named("1 kap. 8 §") == {"@1 kap", "@§ 8", "@1 kap 8 §"}
    assert named("BN 2026-0123") & named("BN 2026-0124") == set()
