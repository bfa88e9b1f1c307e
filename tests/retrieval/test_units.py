import pytest

from embeddings.types import BlockKind
from retrieval.question import understand
from retrieval.units import announced, find_units, list_items
from tests.retrieval.corpus import DOCUMENTS
from tests.retrieval.support import hits_of, make_document_of, make_documents


def equal(_mark):
    return 1.0


def units(question, *documents, kind=None):
    hits = [hit for hit in hits_of(*documents) if kind in (None, hit.passage.kind)]
    return [unit for hit in hits for unit in find_units(understand(question), hit, equal)]


def texts(found):
    return [
        tuple(unit.hit.passage.document.text[start:end] for start, end in unit.spans)
        for unit in found
    ]


def best(found):
    return max(found, key=lambda unit: (unit.own, unit.form))


@pytest.fixture(scope="module")
def papers():
    return make_documents(DOCUMENTS)


def test_unit_of_prose_is_a_sentence():
    document = make_document_of("Kvarnen i Åsby revs i går. Ån leds om i vår. Alla är nöjda.")
    assert texts(units("Vad hände med kvarnen?", document)) == [
        ("Kvarnen i Åsby revs i går.",),
        ("Ån leds om i vår.",),
        ("Alla är nöjda.",),
    ]


def test_unit_that_only_repeats_the_question_says_nothing():
    document = make_document_of("När rivs kvarnen? Kvarnen rivs i höst.")
    assert texts(units("När rivs kvarnen?", document)) == [("Kvarnen rivs i höst.",)]


def test_yes_or_no_may_be_said_in_the_words_of_the_question():
    document = make_document_of("Kvarnen rivs i höst. Ån leds om.")
    assert ("Kvarnen rivs i höst.",) in texts(units("Rivs kvarnen i höst?", document)) or (
        ("Kvarnen rivs i höst.",) in texts(units("Ska kvarnen rivas i höst?", document))
    )


def test_credit_of_a_picture_is_no_unit():
    document = make_document_of("Kvarnen i Åsby revs redan i går kväll.\nFoto: Åsa Ek/Ljusforsa")
    assert not any("Foto" in text for [text] in texts(units("Vem är Åsa Ek?", document)))


def test_list_is_one_unit_for_who_or_which(papers):
    found = units("Vilka myndigheter medverkade?", papers["pressmeddelande.txt"])
    lists = [spans for spans in texts(found) if "SMHI" in spans]
    assert lists == [("Trafikverket", "Kustbevakningen", "Livsmedelsverket", "SMHI",
                      "Försvarsmakten")]  # fmt: skip


def test_each_item_is_a_unit_for_a_person(papers):
    found = units("Vem är ordförande?", papers["protokoll.md"], kind=BlockKind.LIST)
    assert ("Märta Åkerblom, ordförande",) in texts(found)
    assert ("Yusuf Demirci",) in texts(found)


def test_row_that_holds_the_organisation_is_singled_out(papers):
    found = units("Vilka från SMHI deltog?", papers["artikel.txt"], kind=BlockKind.LIST)
    assert texts(found) == [("SMHI, Ellen Sjöö, generaldirektör, anna Dahlberg, hydrolog",)]


def test_term_in_the_head_of_a_list_singles_out_nothing(papers):
    found = units("Vilka myndigheter medverkade?", papers["artikel.txt"], kind=BlockKind.LIST)
    [spans] = texts(found)
    assert len(spans) == 5


def test_items_are_in_the_order_of_the_source_without_their_bullets(papers):
    [passage] = [
        hit.passage for hit in hits_of(papers["protokoll.md"]) if hit.passage.kind is BlockKind.LIST
    ]
    items = [DOCUMENTS["protokoll.md"][start:end] for start, end in list_items(passage)]
    assert items == ["Märta Åkerblom, ordförande", "Örjan Sjöqvist, vice ordförande",
                     "Ebba Lindgren-Ek, sekreterare", "Yusuf Demirci"]  # fmt: skip


def test_line_that_announces_a_list_is_found(papers):
    [passage] = [
        hit.passage for hit in hits_of(papers["artikel.txt"]) if hit.passage.kind is BlockKind.LIST
    ]
    [(start, end)] = announced(passage)
    assert DOCUMENTS["artikel.txt"][start:end] == "Medverkande myndigheter"


def test_list_without_an_announcement_has_none():
    document = make_document_of("- Åsby\n- Överbyn\n- Ljusforsa")
    [hit] = [hit for hit in hits_of(document) if hit.passage.kind is BlockKind.LIST]
    assert announced(hit.passage) == []


def test_unit_that_holds_more_of_the_question_covers_more():
    document = make_document_of("Kvarnen i Åsby revs i går. Ån i Överbyn leds om i vår.")
    mill, stream = units("När revs kvarnen?", document)
    assert mill.own > stream.own


def test_heading_counts_for_what_stands_below_it(papers):
    found = units("Vilka skäl anges för beslutet?", papers["beslut/elsparkcyklar.md"])
    assert "Synskadades" in best(found).quote.text


@pytest.mark.parametrize(
    ("question", "with_form", "without"),
    [
        ("Vem beslutade?", "Det gjorde Rut Hallengren.", "Det gjorde nämnden."),
        ("När beslutade nämnden?", "Det var den 3 maj.", "Det var i onödan."),
        ("Hur många kom?", "Det kom 37 föreningar.", "Det kom föreningar."),
        ("Vilket telefonnummer?", "Ring 08-405 10 00.", "Ring oss."),
        ("Vilken e-post?", "Skriv till a@b.se.", "Skriv till oss."),
        ("Varför revs kvarnen?", "Det skedde eftersom den läckte.", "Det skedde i går."),
        ("Vad sa rektorn?", "Skolan är full, säger rektorn.", "Skolan är full i år."),
    ],
)
def test_form_of_what_is_asked_for_is_told(question, with_form, without):
    [has] = units(question, make_document_of(with_form))
    [lacks] = units(question, make_document_of(without))
    assert has.form > lacks.form


def test_detail_that_the_question_holds_itself_is_no_answer():
    document = make_document_of("Rut Hallengren talade.")
    [unit] = units("Vem är Rut Hallengren och vem chefar?", document)
    assert unit.form == 0


def test_statement_block_has_the_form_of_a_statement(papers):
    found = units("Vad sa Tallkvist om torget?", papers["nyhet.txt"])
    assert best(found).hit.passage.kind is BlockKind.STATEMENT
    assert best(found).form == 1


def test_list_of_what_is_asked_for_goes_before_another_list(papers):
    question = "Vilka ledamöter var närvarande?"
    [members] = units(question, papers["protokoll.md"], kind=BlockKind.LIST)
    others = units(question, papers["artikel.txt"], kind=BlockKind.LIST)
    assert members.form > max(other.form for other in others)


def test_enumeration_in_a_sentence_has_the_form_of_a_list():
    [has] = units("Vilka färdmedel?", make_document_of("Där går bussar, tåg och båtar."))
    [lacks] = units("Vilka färdmedel?", make_document_of("Där går allt."))
    assert has.form > lacks.form


def test_unit_says_what_another_document_says_in_other_case(papers):
    release = units("medverkande myndigheter", papers["pressmeddelande.txt"], kind=BlockKind.LIST)
    article = units("medverkande myndigheter", papers["artikel.txt"], kind=BlockKind.LIST)
    [listed] = [unit for unit in release if "SMHI" in unit.quote.text]
    [rows] = article
    assert rows.says([listed.quote]) is False
    assert rows.says(spans_of(listed)) is True
    assert listed.says(spans_of(rows)) is False


def spans_of(unit):
    from retrieval.types import Quote

    document = unit.hit.passage.document
    return [Quote(document, start, end) for start, end in unit.spans]


def test_one_item_with_the_sort_of_thing_asked_for_is_not_singled_out_in_the_plural():
    document = make_document_of(
        "Planen i Åsby\n\nPlanen har fokus på detta:\n\n• Bättre gator\n• Nya parker\n"
        "• Samverkan i alla områden\n"
    )
    [spans] = texts(units("Vilka områden har planen fokus på?", document, kind=BlockKind.LIST))
    assert len(spans) == 3


def test_who_stands_in_a_caption_with_another_organisation_does_not_have_the_title():
    document = make_document_of(
        "Mötet i Åsby\n\n• Skolverket, Bo Ek\n• Boverket, Eva Dal\n\n"
        "Från vänster: Åsa Dahl, stabschef Boverket. Foto: Eva Ek/Åsby\n"
    )
    kinds = {hit.passage.kind for hit in hits_of(document)}
    assert BlockKind.CAPTION in kinds
    for agency, form in (("Boverket", 1.0), ("Skolverket", 0.0)):
        found = units(f"Vem är stabschef på {agency}?", document, kind=BlockKind.CAPTION)
        assert {unit.form for unit in found if "stabschef" in unit.quote.text} == {form}


def test_one_item_with_the_title_asked_for_is_singled_out():
    document = make_document_of(
        "Mötet i Åsby\n\nDeltagare\n\n• Bo Ek, avdelningschef\n• Eva Dal, utredare\n• Åsa Vik\n"
    )
    found = units("Vilka avdelningschefer var med?", document, kind=BlockKind.LIST)
    assert texts(found) == [("Bo Ek, avdelningschef",)]
