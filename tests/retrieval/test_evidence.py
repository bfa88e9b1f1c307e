from datetime import date

import pytest

from embeddings.types import BlockKind, Metadata
from retrieval.evidence import agencies_in, confirmed, dated_source, dates_in
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


def test_place_that_no_document_names_is_a_reason_to_decline():
    refusal = refused("Vad händer i Kiruna?", make_document_of(MEETING))
    assert (refusal.reason, refusal.missing) == (RefusalReason.NAME, ("Kiruna",))


def test_what_is_held_only_apart_is_not_said_to_be_missing():
    other = make_document_of("I Åsby talade Boverket.", "b.txt", published=date(2001, 1, 1))
    refusal = refused("Var Boverket med den 3 maj 2019?", make_document_of(MEETING), other)
    assert (refusal.reason, refusal.missing) == (RefusalReason.APART, ("Boverket", "den 3 maj 2019"))


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
