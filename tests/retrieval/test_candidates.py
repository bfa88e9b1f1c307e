import numpy as np
import pytest

from embeddings.language.entities import find_entities
from embeddings.passages.cutting import cut_passages
from retrieval.candidates import best_pairs, find_candidates, quote_around, tagged_spans, ticked
from retrieval.reader import Reading
from retrieval.types import Contact, Hit, Question
from tests.retrieval.support import make_document_of

NAMES = "Närvarande var Märta Åkerblom (ordförande), Örjan Sjöqvist och Ebba Lindgren-Ek."


def hit_of(text, *answers, relevance=3.0, name="d.txt"):
    """A hit of the passage that a text is, read with a finger at the answers."""
    document = make_document_of(text, name)
    [passage] = cut_passages(document)
    return Hit(passage, 0.0, 0.8, 1.0, 1.0, reading_at(passage, answers, relevance))


def reading_at(passage, answers, relevance):
    text = passage.document.text
    where = np.array([(at, at + 1) for at in range(passage.start, passage.end)], np.int64)
    tags = np.tile([5.0, -5.0, -5.0], (len(where), 1))
    starts, ends = np.full(len(where), -5.0), np.full(len(where), -5.0)
    for answer in answers:
        at = text.index(answer) - passage.start
        tags[at] = [-5.0, 5.0, -5.0]
        tags[at + 1 : at + len(answer)] = [-5.0, -5.0, 5.0]
        starts[at] = ends[at + len(answer) - 1] = 5.0
    return Reading(relevance, np.zeros(3), tags, starts, ends, where)


def said(candidates):
    return [[span.text for span in one.spans] for one in candidates]


def test_tags_of_several_parts_are_one_candidate_in_the_order_of_the_text():
    people = ["Märta Åkerblom", "Örjan Sjöqvist", "Ebba Lindgren-Ek"]
    found = find_candidates(Question("vilka var där"), [hit_of(NAMES, *people)])
    assert said(found)[0] == people


def test_a_tag_that_goes_on_begins_nothing():
    hit = hit_of(NAMES)
    tags = hit.reading.tags.copy()
    tags[10:14] = [-1.0, -9.0, 1.0]  # inside, without a beginning
    reading = Reading(1.0, hit.reading.answer_type, tags, hit.reading.starts, hit.reading.ends,
                      hit.reading.where)  # fmt: skip
    starts = {start for start, _ in tagged_spans(reading)}
    assert all(tags[start][1] > -9.5 for start in starts)
    assert len(starts) <= 1


def test_a_part_of_a_word_is_widened_to_the_whole():
    found = find_candidates(Question("vem"), [hit_of(NAMES, "Sjöqv")])
    assert said(found)[0] == ["Sjöqvist"]


def test_punctuation_around_an_answer_is_left_out_and_its_brackets_are_whole():
    found = find_candidates(Question("vem"), [hit_of(NAMES, "Märta Åkerblom (ordförande")])
    assert said(found)[0] == ["Märta Åkerblom (ordförande)"]


def test_the_pairs_of_beginning_and_end_do_not_overlap():
    pairs = best_pairs(hit_of(NAMES, "Örjan Sjöqvist", "Märta Åkerblom").reading)
    (_, end), (start, _) = sorted(pairs)
    assert end <= start


def test_the_sentence_around_an_answer_is_a_candidate():
    text = "Mötet hölls i mars. Badet stängs för att reningen byts. Det öppnar i maj."
    found = find_candidates(Question("stängs badet"), [hit_of(text, "reningen byts")])
    assert ["Badet stängs för att reningen byts."] in said(found)


def test_the_whole_list_is_a_candidate_with_every_item():
    text = "Medlemmar\n\n- Ale\n- Bor\n- Cid\n- Dal"
    document = make_document_of(text)
    passage = next(one for one in cut_passages(document) if one.kind == "list")
    hit = Hit(passage, 0.0, 0.8, 1.0, 1.0, reading_at(passage, ["Bor"], 2.0))
    assert ["Ale", "Bor", "Cid", "Dal"] in said(find_candidates(Question("vilka"), [hit]))


@pytest.mark.parametrize(
    ("contact", "expected"),
    [(Contact.PHONE, "0270-55 12 34"), (Contact.EMAIL, "siv.berg@lan.example")],
)
def test_a_contact_is_answered_by_nothing_else(contact, expected):
    text = "Siv Berg svarar på 0270-55 12 34 eller siv.berg@lan.example hela dagen."
    document = make_document_of(text)
    document = type(document)(document.name, text, document.metadata, document.blocks,
                              entities=tuple(find_entities(text)))  # fmt: skip
    [passage] = cut_passages(document)
    hit = Hit(passage, 0.0, 0.8, 1.0, 1.0, reading_at(passage, ["hela dagen"], 3.0))
    assert said(find_candidates(Question("nr", contact=contact), [hit])) == [[expected]]


def test_a_passage_without_contacts_gives_no_candidate_for_one():
    hit = hit_of("Siv Berg svarar hela dagen.", "Siv Berg")
    assert find_candidates(Question("telefon", contact=Contact.PHONE), [hit]) == []


def test_what_was_not_read_gives_no_candidate():
    hit = hit_of(NAMES)
    unread = Hit(hit.passage, 0.0, 0.8, 1.0, 1.0)
    assert find_candidates(Question("vem"), [unread]) == []


def test_a_quote_grows_by_whole_sentences_as_far_as_there_is_room():
    text = "Ett två tre. Fyra fem sex. Sju åtta nio. Tio elva tolv."
    [passage] = cut_passages(make_document_of(text))
    at = text.index("fem")
    assert quote_around(passage, [(at, at + 3)]).text == "Fyra fem sex."
    assert quote_around(passage, [(at, at + 3)], 6).text == "Fyra fem sex. Sju åtta nio."
    assert quote_around(passage, [(at, at + 3)], 100).text == text


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("☒ Rollator ☐ Rullstol ☑ Käpp", ["Rollator", "Käpp"]),
        ("Hjälpmedel: ☒ Rollator ☐ Rullstol ☑ Käpp", ["Rollator", "Käpp"]),
        ("☐ Rullstol ☑ Käpp", ["Käpp"]),
        ("Rollator", ["Rollator"]),
        ("Rullstol", []),
    ],
)
def test_of_the_boxes_of_a_form_only_what_is_ticked_is_an_answer(answer, expected):
    form = "Hjälpmedel: ☒ Rollator ☐ Rullstol ☑ Käpp"
    passage = hit_of(form).passage
    at = form.index(answer)
    assert [form[a:b] for a, b in ticked(passage, ((at, at + len(answer)),))] == expected
