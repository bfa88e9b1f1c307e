from datetime import date

import pytest

from embeddings.errors import QuestionError
from retrieval.question import MAX_CHARACTERS, check_question, find_names, understand
from retrieval.types import Contact, Language


def alternatives(terms):
    return [term.alternatives for term in terms]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Where was the meeting held?", Language.ENGLISH),
        ("Who is responsible for the water?", Language.ENGLISH),
        ("Var hölls mötet?", Language.SWEDISH),
        ("budget 2024", Language.SWEDISH),
        ("Vad betyder the green deal för Ljusforsa?", Language.SWEDISH),
    ],
)
def test_language_is_that_of_most_small_words(text, language):
    assert understand(text).language is language


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Vilka deltog den 3 maj 2019?", (2019, 5, 3)),
        ("vilka deltog 3/5", (None, 5, 3)),
        ("Vilka deltog den tredje maj?", (None, 5, 3)),
        ("Vad hände i maj?", (None, 5, None)),
        ("Vad hände 2019?", (2019, None, None)),
    ],
)
def test_dates_are_found_whole_or_partial(text, day):
    [date] = understand(text).dates
    assert (date.year, date.month, date.day) == day


@pytest.mark.parametrize(
    "text",
    [
        "Vad sa Livsmedelsverket?",
        "vad sa livsmedelsverket?",
        "vad sa livsmedelverket",
        "Vad sa livsmedels verket?",
        "vad sa LIVSMEDELSVERKET",
    ],
)
def test_agency_is_found_however_it_is_typed(text):
    assert [mention.agency.name for mention in understand(text).agencies] == ["Livsmedelsverket"]


def test_other_names_of_an_agency_are_searched_for_too():
    question = understand("Vad sa Säpo?")
    assert "Säkerhetspolisen" in question.expansions
    assert "@Säkerhetspolisen" in question.marks
    assert "säpo" not in question.marks


def test_long_form_of_a_short_title_is_searched_for_too():
    question = understand("Vem är GD på verket?")
    assert "generaldirektör" in question.expansions
    assert "generaldirektör" in question.marks
    assert any("generaldirektör" in term for term in alternatives(question.terms))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Vad sa Åsa Öström om förslaget?", ("Åsa Öström",)),
        ("Var bor Lars-Erik Ängmark i Överkalix?", ("Lars-Erik Ängmark",)),
        ("Åsa Öström sa vad?", ("Åsa Öström",)),
        ("Ordföranden sa vad?", ()),  # what opens a sentence has its capital anyway
        ("vad sa åsa öström om förslaget i kiruna", ("åsa öström",)),
        ("vad gör annie lööf nu", ("annie lööf",)),
        ("vad sa bo stig om bron", ()),  # which are words as well
        ("vad hände på malmö segregationsmöte", ()),
        ("vad kostar det i Sverige", ()),
        ("Vad sa Livsmedelsverket i April?", ()),
    ],
)
def test_people_are_names_of_two_words_or_more_with_or_without_capitals(text, names):
    assert understand(text).people == names


def test_terms_are_what_the_question_is_about():
    question = understand("Hur många elever fick skolskjuts i Ljusforsa den 3 maj 2019?")
    assert alternatives(question.terms) == [("elev",), ("skolskjut",), ("ljusfors",), ("@-5-3",)]


def test_topic_of_the_conversation_is_kept_apart_from_the_question():
    question = understand("Vem höll i den?", "samrådet om järnvägen den 3 maj i Åsby")
    alone = understand("Vem höll i den?")
    assert question.topic == "samrådet om järnvägen den 3 maj i Åsby"
    assert (question.text, question.terms, question.marks) == (alone.text, alone.terms, alone.marks)
    assert question.dates == ()
    assert question.people == ()


@pytest.mark.parametrize("text", ["", "   ", "?", "…!?", "\n\t", "—"])
def test_empty_question_is_refused(text):
    with pytest.raises(QuestionError, match="empty"):
        understand(text)


def test_question_of_the_greatest_length_is_read():
    assert check_question("å" * MAX_CHARACTERS) == "å" * MAX_CHARACTERS


def test_question_that_is_too_long_is_refused_with_both_numbers():
    with pytest.raises(QuestionError, match=rf"{MAX_CHARACTERS + 1}.*{MAX_CHARACTERS}"):
        understand("å" * (MAX_CHARACTERS + 1))


def test_white_space_is_folded_and_does_not_count():
    assert check_question("  vem \n\t är  rektor" + " " * MAX_CHARACTERS) == "vem är rektor"


def test_bytes_that_are_no_utf_8_are_refused():
    with pytest.raises(QuestionError, match="UTF-8"):
        check_question("vem är rektor p\udce5 skolan")


# Other words


def test_english_words_are_looked_for_in_swedish():
    question = understand("Which municipalities attended the meeting?")
    assert ("municipaliti", "kommun") in alternatives(question.terms)
    assert {"kommun", "möt"} <= set(question.marks)


# Dates said from today


def test_day_is_counted_from_today_if_that_is_given():
    today = date(2024, 4, 15)
    [found] = understand("Vilka kom i fredags?", today=today).dates
    assert (found.year, found.month, found.day) == (2024, 4, 12)
    assert understand("Vilka kom i fredags?").dates == ()


@pytest.mark.parametrize("text", ["Vilka kom 12.4?", "vilka kom april 12", "vilka kom 240412"])
def test_dates_are_read_as_they_are_typed(text):
    [found] = understand(text).dates
    assert (found.month, found.day) == (4, 12)


@pytest.mark.parametrize(
    ("text", "names"),
    [("Tomislavka Barisic?", ["Tomislavka Barisic"]), ("Kommunen växte snabbt", [])],
)
def test_a_name_may_open_a_question(text, names):
    assert [text[start:end] for start, end in find_names(text, [], Language.SWEDISH)] == names


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Ledde Bo Ek mötet?", ("Bo Ek",)),
        ("Får Åsby skola ny rektor?", ()),
        ("Hette hon Eva Dal? Eller Ida Alm?", ("Eva Dal", "Ida Alm")),
        ("”Vem är Eva Dal?”", ("Eva Dal",)),
        ("Är det Annie Lööf som bestämmer?", ("Annie Lööf",)),
        ("Who is Eva Dal?", ("Eva Dal",)),
    ],
)
def test_a_name_is_found_after_the_word_that_opens_a_question(text, names):
    assert understand(text).people == names


# References and contacts


@pytest.mark.parametrize(
    ("text", "references"),
    [
        ("Vad beslutades i mål T 3592-13?", 1),
        ("vad gäller enligt 3 kap. 5 §", 1),
        ("Vad står i dnr 2019/1234?", 1),
        ("Hur skiljer sig SOU 2013:75 från prop. 2017/18:86?", 2),
        ("Vad beslutade nämnden 2019?", 0),
        ("Hur många av 48 butiker sa ja?", 0),
    ],
)
def test_numbers_of_cases_and_sections_are_references(text, references):
    found = understand(text).references
    assert len(found) == references
    assert all(found)


@pytest.mark.parametrize(
    ("text", "contact"),
    [
        ("Vilket telefonnummer har rektorn?", Contact.PHONE),
        ("telefonnummer till växeln", Contact.PHONE),
        ("När och på vilken telefon nås växeln?", Contact.PHONE),
        ("tel kommunen", Contact.PHONE),
        ("Vart ska jag ringa?", Contact.PHONE),
        ("What is the phone number of the school?", Contact.PHONE),
        ("Vad har registratorn för e-postadress?", Contact.EMAIL),
        ("vilken mejladress har nämnden", Contact.EMAIL),
        ("What is the e-mail of the registrar?", Contact.EMAIL),
        ("Vem ringer i kyrkklockan på söndagar?", None),
        ("What is the telephone number?", Contact.PHONE),
        ("När är telefontiden?", None),
        ("Hur många telefoner såldes?", None),
        ("hur många e-postmeddelanden kom in", None),
        ("Vem är rektor på Ekbackaskolan?", None),
        ("Vilken adress har skolan?", None),
    ],
)
def test_a_question_may_ask_for_what_only_a_contact_answers(text, contact):
    assert understand(text).contact is contact
