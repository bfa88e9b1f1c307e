from dataclasses import replace
from datetime import date

import pytest

from embeddings.types import BlockKind, Metadata
from retrieval.evidence import confirmed
from retrieval.held import agencies_in, dated_source, dates_in, years_of
from retrieval.question import understand
from retrieval.types import Refusal, RefusalReason
from tests.retrieval.corpus import DOCUMENTS
from tests.retrieval.support import hits_of, make_document_of, make_documents

MEETING = "Samråd om järnvägen\n\nDen 3 maj höll Trafikverket ett samråd om järnvägen i Åsby."
OTHER_MEETING = "Samråd om bron\n\nDen 4 juni höll Trafikverket ett samråd om bron i Överbyn."


def documents_kept(question, *documents):
    evidence = confirmed(understand(question), hits_of(*documents))
    assert not isinstance(evidence, Refusal), evidence
    return {hit.passage.document.name for hit in evidence}


def refused(question, *documents):
    evidence = confirmed(understand(question), hits_of(*documents))
    assert isinstance(evidence, Refusal)
    return evidence


@pytest.fixture(scope="module")
def papers():
    return make_documents(DOCUMENTS)


# Dates


def test_document_of_another_date_falls_away():
    documents = [make_document_of(MEETING, "may.txt"), make_document_of(OTHER_MEETING, "june.txt")]
    assert documents_kept("Vilka kom den 3 maj?", *documents) == {"may.txt"}
    assert documents_kept("Vilka kom 4/6?", *documents) == {"june.txt"}
    assert documents_kept("Vilka kom till samrådet i juni?", *documents) == {"june.txt"}


def test_date_that_no_document_has_is_a_reason_to_decline():
    refusal = refused("Vilka kom den 5 maj?", make_document_of(MEETING))
    assert (refusal.reason, refusal.missing) == (RefusalReason.DATE, ("den 5 maj",))


@pytest.mark.parametrize("question", ["Vilka kom den 3 maj 2019?", "Vilka kom i maj 2019?"])
def test_year_of_publication_fills_in_for_a_date_without_a_year(question):
    documents = [
        make_document_of(MEETING, "2018.txt", published=date(2018, 5, 4)),
        make_document_of(MEETING, "2019.txt", published=date(2019, 5, 6)),
    ]
    assert documents_kept(question, *documents) == {"2019.txt"}


def test_year_in_the_text_goes_before_that_of_publication():
    text = "Den 3 maj 2017 höll Trafikverket ett samråd i Åsby."
    document = make_document_of(text, published=date(2019, 1, 1))
    assert documents_kept("Vilka kom den 3 maj 2017?", document)
    assert refused("Vilka kom den 3 maj 2019?", document).reason is RefusalReason.DATE


def test_date_without_any_year_agrees_with_every_year():
    assert documents_kept("Vilka kom den 3 maj 2019?", make_document_of(MEETING))


def test_day_of_publication_counts_as_a_date_of_the_document():
    document = make_document_of("Kvarnen ska rivas.", published=date(2020, 2, 29))
    assert documents_kept("Vad meddelades den 29 februari 2020?", document)
    assert refused("Vad meddelades den 28 februari 2020?", document)


def test_day_of_publication_is_no_day_of_what_is_told_where_the_text_names_one():
    document = make_document_of(MEETING, published=date(2018, 5, 7))
    refusal = refused("Vilka kom den 7 maj 2018?", document)
    assert (refusal.reason, refusal.held) == (RefusalReason.DATE, ("den 3 maj",))
    assert documents_kept("Vad säger pressmeddelandet från den 7 maj 2018?", document)


def test_line_about_the_publication_answers_only_who_asks_of_it():
    document = make_document_of(f"Publicerad 7 maj 2018\n\n{MEETING}")
    kinds = {hit.passage.kind for hit in confirmed(understand("Vilka kom?"), hits_of(document))}
    assert BlockKind.METADATA not in kinds
    asked = understand("Vad publicerades?")
    assert BlockKind.METADATA in {hit.passage.kind for hit in confirmed(asked, hits_of(document))}


def test_dates_that_the_calendar_lacks_are_not_found_to_agree():
    refusal = refused("Vilka kom den 31 april?", make_document_of(MEETING))
    assert refusal.missing == ("den 31 april",)


def test_undated_account_takes_the_date_of_its_dated_twin(papers):
    kept = documents_kept("Vilka deltog den 9 september?", *papers.values())
    assert kept == {"pressmeddelande.txt", "artikel.txt"}


def test_undated_account_of_something_else_takes_no_date(papers):
    other = make_document_of("Ebba Lind och Bo Ek vann sångtävlingen i Skolverket.", "sång.txt")
    assert dated_source(other, [*papers.values()]) is None
    kept = documents_kept("Vilka deltog den 9 september?", *papers.values(), other)
    assert "sång.txt" not in kept


def test_line_about_the_publication_gives_no_date_of_an_event():
    kept = "Innehållet publicerades under perioden 3 maj 2019 till den 20 juni 2022"
    document = make_document_of(
        f"{kept}\n\nSamråd om bron\n\nTrafikverket höll ett samråd om bron."
    )
    refusal = refused("Vilka deltog den 3 maj?", document)
    assert (refusal.reason, refusal.missing) == (RefusalReason.DATE, ("den 3 maj",))


def test_twin_is_the_one_that_shares_the_most_names(papers):
    source = dated_source(papers["artikel.txt"], [*papers.values()])
    assert source is papers["pressmeddelande.txt"]


@pytest.mark.parametrize(
    ("written", "published", "year"),
    [
        ("Den 20 december höll", date(2024, 1, 8), 2023),  # looks back over the turn of the year
        ("Den 14 januari håller", date(2023, 12, 20), 2024),  # looks ahead
        ("Den 3 maj höll", date(2024, 5, 4), 2024),
    ],
)
def test_date_without_a_year_is_the_nearest_to_the_publication(written, published, year):
    document = make_document_of(f"{written} Trafikverket ett samråd i Åsby.", published=published)
    [day] = [found for found in dates_in(document) if found.has_day]
    assert list(years_of(day, document)) == [year]


def test_date_without_a_year_is_of_a_year_that_the_document_speaks_of():
    text = f"{MEETING} Förra samrådet var i juni 2019."
    document = make_document_of(text)
    assert documents_kept("Vilka kom den 3 maj 2020?", document)
    assert refused("Vilka kom den 3 maj 2023?", document).reason is RefusalReason.DATE
    assert refused("Vilka kom den 3 maj 2011?", document).reason is RefusalReason.DATE


def test_period_that_a_page_was_kept_bounds_its_years():
    kept = "Innehållet publicerades under perioden 3 oktober 2014 till den 20 januari 2019"
    document = make_document_of(f"{kept}\n\n{MEETING}")
    assert documents_kept("Vilka kom den 3 maj 2018?", document)
    assert refused("Vilka kom den 3 maj 2023?", document).reason is RefusalReason.DATE


def test_name_of_the_file_may_tell_the_year():
    document = make_document_of(MEETING, "protokoll 2019-05-03.txt")
    assert refused("Vilka kom den 3 maj 2023?", document).reason is RefusalReason.DATE


@pytest.mark.parametrize("written", ["I går", "I fredags", "Förra fredagen"])
def test_day_that_is_said_from_the_publication_is_a_date_of_the_document(written):
    text = f"{written} samlades nämnden i Åsby bibliotek för att tala om bron över Ån."
    document = make_document_of(text, published=date(2024, 4, 13))  # a Saturday
    assert documents_kept("Vilka kom den 12 april?", document)
    assert documents_kept("Vilka kom den 12 april 2024?", document)
    assert refused("Vilka kom den 13 april 2023?", document).reason is RefusalReason.DATE
    assert refused("Vilka kom den 11 april?", document).reason is RefusalReason.DATE


def test_day_that_is_said_from_today_has_to_be_a_date_of_the_document():
    today = date(2024, 4, 13)
    document = make_document_of(MEETING, published=date(2024, 5, 4))
    question = understand("Vilka kom igår?", today=today)
    refusal = confirmed(question, hits_of(document))
    assert refusal.missing == ("igår (12 april 2024)",)
    assert not isinstance(confirmed(understand("Vilka kom igår?", today=date(2024, 5, 4)),
                                    hits_of(document)), Refusal)  # fmt: skip


def test_span_of_days_is_held_by_a_day_in_it():
    assert documents_kept("Vad hände mellan 1 och 5 maj?", make_document_of(MEETING))
    assert refused("Vad hände mellan 4 och 9 maj?", make_document_of(MEETING))


# Which date


YEARLY = {
    f"{year}.txt": f"Kulturnämndens vårmöte {year}\n\n"
    f"Den 12 april {year} möttes kulturnämnden i Åsby. Med på mötet var {who}."
    for year, who in ((2023, "Anna Öberg"), (2024, "Bo Ekman"))
}


def which(question, *documents):
    refusal = refused(question, *documents)
    assert refusal.reason is RefusalReason.WHICH_DATE
    return refusal


@pytest.fixture(scope="module")
def yearly():
    return list(make_documents(YEARLY).values())


def test_date_of_two_years_is_asked_back_with_the_nearest_of_both(yearly):
    refusal = which("Vilka var med 12 april?", *yearly)
    assert refusal.missing == ("12 april 2023", "12 april 2024")
    assert [hit.passage.document.name for hit in refusal.nearest] == ["2023.txt", "2024.txt"]


def test_month_of_two_years_is_asked_back_too(yearly):
    assert which("Vad hände i april?", *yearly).missing == ("april 2023", "april 2024")


def test_english_question_is_asked_back_in_english(yearly):
    refusal = which("Who was there on 12 April?", *yearly)
    assert refusal.missing == ("12 April 2023", "12 April 2024")


@pytest.mark.parametrize(
    ("question", "kept"),
    [
        ("Vilka var med 12 april 2023?", {"2023.txt"}),
        ("Vilka var med 12 april, den senaste?", {"2024.txt"}),
        ("Vilka var med på det senaste mötet 12 april?", {"2024.txt"}),
        ("Vilka var med 12 april, den tidigare?", {"2023.txt"}),
        ("Vilka var med fredagen den 12 april?", {"2024.txt"}),  # it was a Wednesday in 2023
        ("Vad sa Bo Ekman 12 april?", {"2024.txt"}),
    ],
)
def test_question_that_says_which_is_not_asked_back(yearly, question, kept):
    assert documents_kept(question, *yearly) == kept


def test_document_that_tells_no_year_makes_nothing_ambiguous(yearly):
    undated = make_document_of("Den 12 april möttes kulturnämnden i Åsby.", "utan år.txt")
    assert documents_kept("Vilka var med 12 april?", yearly[0], undated) == {
        "2023.txt",
        "utan år.txt",
    }


def test_document_that_is_far_from_the_question_makes_nothing_ambiguous(yearly):
    near, far = hits_of(yearly[0]), [replace(hit, score=-9.0) for hit in hits_of(yearly[1])]
    evidence = confirmed(understand("Vilka var med 12 april?"), [*near, *far])
    assert {hit.passage.document.name for hit in evidence} == {"2023.txt"}


# What is nearest


def test_nearest_date_is_named_with_its_document():
    documents = [make_document_of(MEETING, "may.txt"), make_document_of(OTHER_MEETING, "june.txt")]
    refusal = refused("Vilka kom den 1 juni?", *documents)
    assert refusal.held == ("den 4 juni",)
    assert [hit.passage.document.name for hit in refusal.nearest] == ["june.txt"]
    assert refused("Vilka kom den 1 maj?", *documents).held == ("den 3 maj",)


def test_nearest_date_of_a_year_is_the_nearest_in_time(yearly):
    assert refused("Vilka kom den 14 april 2024?", *yearly).held == ("den 12 april 2024",)
    assert refused("Vilka kom den 1 april 2023?", *yearly).held == ("den 12 april 2023",)


def test_date_of_a_known_year_is_nearer_to_a_year_than_one_of_any():
    known = make_document_of(MEETING, "känt.txt", published=date(2020, 5, 4))
    unknown = make_document_of("Den 5 maj höll Trafikverket ett samråd.", "okänt.txt")
    refusal = refused("Vad hände i Trafikverket den 4 juni 2021?", unknown, known)
    assert refusal.nearest[0].passage.document is known


def test_nearest_name_is_that_of_a_person_who_is_called_alike():
    document = make_document_of("I Åsby talade Anna Öberg. Sedan talade Bengt Ekman.")
    assert refused("Vad sa Anna Wikström?", document).held == ("Anna Öberg",)
    assert refused("Vad sa Cecilia Ekman?", document).held == ("Bengt Ekman",)
    assert refused("Vad sa Olof Palme?", document).held == ()


# Organisations and names


@pytest.mark.parametrize("name", ["Säpo", "Säkerhetspolisen", "säkerhetspolisen", "SÄPO"])
@pytest.mark.parametrize("written", ["Säpo", "Säkerhetspolisen"])
def test_organisation_is_held_under_any_of_its_names(name, written):
    document = make_document_of(f"I Åsby berättade {written} om hoten mot riksdagen.")
    assert documents_kept(f"Vad sa {name}?", document)


def test_organisation_that_no_document_names_is_a_reason_to_decline():
    refusal = refused("Vad sa Skatteverket om järnvägen?", make_document_of(MEETING))
    assert (refusal.reason, refusal.missing) == (RefusalReason.AGENCY, ("Skatteverket",))


def test_publisher_counts_as_named():
    document = make_document_of("Kvarnen ska rivas.", publisher="Boverket")
    assert documents_kept("Vad säger Boverket?", document)


def test_title_that_points_to_an_organisation_does_not_require_its_name():
    document = make_document_of("Rikspolischef Anna Öberg kom till Åsby.")
    assert documents_kept("Vem är rikspolischef?", document)


def test_name_has_to_be_held_whole():
    document = make_document_of("I Åsby talade Anna Öberg. Sedan talade Bengt Ekman.")
    assert documents_kept("Vad sa Anna Öberg?", document)
    refusal = refused("Vad sa Anna Wikström?", document)
    assert (refusal.reason, refusal.missing) == (RefusalReason.NAME, ("Anna Wikström",))


def test_word_that_is_only_a_part_of_a_name_does_not_hold_it():
    document = make_document_of("I Åsby möttes 37 föreningar. De talade om skogen.")
    refusal = refused("Vad tycker man i Skogsföreningen?", document)
    assert (refusal.reason, refusal.missing) == (RefusalReason.NAME, ("Skogsföreningen",))


def test_surname_alone_or_with_a_slip_is_held():
    document = make_document_of("I Åsby talade Ingegerd Wallströmer.")
    assert documents_kept("Vad sa Wallströmer?", document)
    assert documents_kept("Vad sa Ingegerd Wallstömer?", document)


def test_whose_words_are_asked_for_has_to_be_there_by_the_title():
    document = make_document_of("I Åsby talade energiminister Anna Öberg om bron.")
    assert documents_kept("Vad sa ministern om bron?", document)
    assert documents_kept("Vad sa energiministern om bron?", document)
    assert refused("Vad sa statsministern om bron?", document).missing == ("statsministern",)
    assert documents_kept("Vad sa Anna Öberg om statsministern?", document)


def test_name_that_sounds_the_same_is_held():
    document = make_document_of("I Åsby talade Kristina Vikström och Karl Hjalmarson.")
    assert documents_kept("Vad sa Christina Wikström?", document)
    assert documents_kept("Vad sa Carl Hjalmarsson?", document)


def test_another_name_is_no_slip_of_the_pen():
    document = make_document_of("I Åsby talade Anna Nelsson.")
    refusal = refused("Vad sa Anna Nilsson?", document)
    assert (refusal.reason, refusal.held) == (RefusalReason.NAME, ("Anna Nelsson",))


def test_name_without_capitals_has_to_be_held():
    document = make_document_of("I Åsby talade Anna Öberg.")
    assert documents_kept("vad sa anna öberg", document)
    assert refused("vad sa anna wikström", document).missing == ("anna wikström",)
    assert refused("vad händer i kiruna", document).missing == ("kiruna",)


def test_place_that_no_document_names_is_a_reason_to_decline():
    refusal = refused("Vad händer i Kiruna?", make_document_of(MEETING))
    assert (refusal.reason, refusal.missing) == (RefusalReason.NAME, ("Kiruna",))


def test_what_is_held_only_apart_is_not_said_to_be_missing():
    other = make_document_of("I Åsby talade Boverket.", "b.txt", published=date(2001, 1, 1))
    refusal = refused("Var Boverket med den 3 maj 2019?", make_document_of(MEETING), other)
    assert (refusal.reason, refusal.missing) == (
        RefusalReason.APART,
        ("Boverket", "den 3 maj 2019"),
    )


# Notices


def test_notices_are_no_evidence(papers):
    evidence = confirmed(understand("Vem var generalsekreterare?"), hits_of(papers["artikel.txt"]))
    assert evidence
    assert all(hit.passage.kind is not BlockKind.NOTICE for hit in evidence)


def test_date_in_a_notice_is_no_date_of_the_document(papers):
    assert "2 maj 2011" in DOCUMENTS["artikel.txt"]
    assert dates_in(papers["artikel.txt"]) == ()
    refusal = refused("Vem slutade den 2 maj 2011?", papers["artikel.txt"])
    assert refusal.reason is RefusalReason.DATE


def test_organisation_in_a_notice_is_not_named_by_the_document():
    notice = "Boverket ansvarar för sidan."
    texts = {"a.txt": f"{notice}\n\nKvarnen i Åsby ska rivas redan före sommaren.\n\n{notice}\n"}
    [document] = make_documents(texts, a=Metadata(title="Kvarnen")).values()
    assert agencies_in(document) == frozenset()


def test_notices_alone_are_too_weak():
    assert confirmed(understand("Vem?"), []) == Refusal(RefusalReason.WEAK)
