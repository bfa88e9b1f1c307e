from datetime import date

import pytest

from embeddings.errors import QuestionError
from embeddings.vocabulary import Vocabulary
from retrieval.question import MAX_CHARACTERS, check_question, divided, find_names, understand
from retrieval.types import Language, QuestionKind


def alternatives(terms):
    return [term.alternatives for term in terms]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Vilka nämnder yttrade sig?", "list"),
        ("räkna upp remissinstanserna", "list"),
        ("Vad heter de nya förskolorna?", "names"),
        ("Vad heter ledamöterna i nämnden?", "names"),
        ("Vem är rektor på Ekbackaskolan?", "person"),
        ("vad heter rektorn", "person"),
        ("När sammanträdde byggnadsnämnden?", "date"),
        ("vilken dag är sista ansökningsdag", "date"),
        ("Vilket datum är sista ansökningsdag?", "date"),
        ("Vilket antal lärare fick gå?", "number"),
        ("Var hölls samrådet?", "place"),
        ("Var är stationen?", "place"),
        ("var går bussen", "place"),
        ("I vilken kommun ligger gruvan?", "place"),
        ("Hur många elever går på skolan?", "number"),
        ("Vad kostar ett bygglov?", "number"),
        ("telefonnummer till växeln", "phone"),
        ("Vad är registratorns e-post?", "email"),
        ("Vad sa Åsa Öman om budgeten?", "statement"),
        ("Vad tycker rektorn om beslutet?", "statement"),
        ("Varför revs kvarnen?", "reason"),
        ("Fanns det en bilaga?", "yesno"),
        ("Har nämnden svarat?", "yesno"),
        ("Medverkade skolan i övningen?", "yesno"),
        ("Var ordföranden jävig?", "yesno"),
        ("Vad beslutade nämnden?", "fact"),
        ("Hur ansöker man?", "fact"),
        ("ansökan om bygglov", "keywords"),
        ("Which schools will close?", "list"),
        ("Who chairs the board?", "person"),
        ("When was the bridge built?", "date"),
        ("Where is the library?", "place"),
        ("How many pupils are there?", "number"),
        ("Why was the mill torn down?", "reason"),
        ("What did the mayor say about the budget?", "statement"),
    ],
)
def test_kind_is_that_of_the_question_word(text, kind):
    assert understand(text).kind is QuestionKind(kind)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("När och var hölls samrådet?", "date"),
        ("Vem beslutade och när?", "person"),
        ("Vilka var med, och varför?", "list"),
        ("Varför sa nämnden nej, och när?", "reason"),
    ],
)
def test_first_question_word_decides_the_kind(text, kind):
    assert understand(text).kind is QuestionKind(kind)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Vilket telefonnummer har rektorn?", "phone"),
        ("Vem ringer jag om vattnet slutar rinna?", "phone"),
        ("När och på vilken telefon nås växeln?", "phone"),
        ("Vad har registratorn för e-postadress?", "email"),
        ("Vem mejlar jag min ansökan till?", "email"),
    ],
)
def test_telephone_and_email_go_before_the_question_word(text, kind):
    assert understand(text).kind is QuestionKind(kind)


def test_when_it_comes_to_something_asks_for_no_date():
    assert understand("När det gäller skolan, vem beslutar?").kind is QuestionKind.PERSON


@pytest.mark.parametrize("text", ["kommundirektör Umeå", "rektor Ekbackaskolan", "GD SMHI"])
def test_key_words_with_a_title_ask_for_the_person(text):
    assert understand(text).kind is QuestionKind.PERSON


def test_key_words_without_a_title_ask_for_a_passage():
    assert understand("föreningsbidrag ansökan").kind is QuestionKind.KEYWORDS


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
        ("Var bor Lars-Erik Ängmark i Överkalix?", ("Lars-Erik Ängmark", "Överkalix")),
        ("Åsa Öström sa vad?", ("Åsa Öström",)),
        ("Ordföranden sa vad?", ()),  # what opens a sentence has its capital anyway
        ("vad sa åsa öström om förslaget i kiruna", ("åsa öström", "kiruna")),
        ("vad gör annie lööf nu", ("annie lööf",)),
        ("vad sa bo stig om bron", ()),  # which are words as well
        ("vad hände på malmö segregationsmöte", ("malmö",)),
        ("vad kostar det i Sverige", ()),
        ("Vad sa Livsmedelsverket i April?", ()),
    ],
)
def test_names_are_the_capitals_that_nothing_else_explains(text, names):
    assert understand(text).names == names


def test_terms_are_what_the_question_is_about():
    question = understand("Hur många elever fick skolskjuts i Ljusforsa den 3 maj 2019?")
    assert alternatives(question.terms) == [("elev",), ("skolskjut",), ("ljusfors",), ("@-5-3",)]


@pytest.mark.parametrize(
    ("text", "focus"),
    [
        ("Vilka remissinstanser sa nej till förslaget?", "remissinstans"),
        ("Till förslaget sa vilka remissinstanser nej?", "remissinstans"),
        ("Hur många butiker stängde?", "butik"),
    ],
)
def test_focus_is_what_stands_after_the_question_word(text, focus):
    assert understand(text).focus.alternatives == (focus,)


def test_who_says_it_is_no_term_of_a_statement_but_a_name_is():
    by_title = understand("Vad sa skolchefen om nedläggningen?")
    by_name = understand("Vad sa Åsa Öström om nedläggningen?")
    assert alternatives(by_title.terms) == [("nedläggning",)]
    assert ("nedläggning",) in alternatives(by_name.terms)
    assert ("öström",) in alternatives(by_name.terms)


def test_topic_of_the_conversation_is_kept_apart_from_the_question():
    question = understand("Vem höll i den?", "samrådet om järnvägen den 3 maj")
    assert question.text == "Vem höll i den (samrådet om järnvägen den 3 maj)"
    assert ("järnväg",) in alternatives(question.background)
    assert ("järnväg",) not in alternatives(question.terms)
    assert "järnväg" in question.marks
    assert [(date.month, date.day) for date in question.dates] == [(5, 3)]


def test_what_the_question_names_goes_before_the_topic():
    question = understand("Och den 4 maj?", "mötet den 3 maj")
    assert [date.day for date in question.dates] == [4]


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


def test_everyday_word_stands_for_that_of_the_documents():
    [chief] = [
        term for term in understand("Vem är chef för badet?").terms if "chef" in term.alternatives
    ]
    assert "direktör" in chief.related
    [meeting] = understand("möten").terms
    assert "sammanträd" in meeting.related
    assert "sammanträd" in understand("möten").marks


def test_english_words_are_looked_for_in_swedish():
    question = understand("Which municipalities attended the meeting?")
    assert ("municipaliti", "kommun") in alternatives(question.terms)
    assert {"kommun", "möt"} <= set(question.marks)


def test_compound_that_the_documents_lack_is_looked_for_in_its_parts():
    vocabulary = Vocabulary({}, {"krisberedskap": 3, "möt": 5, "skolmöt": 9, "skol": 2})
    question = divided(understand("Vilka kom till krisberedskapsmötet och skolmötet?"), vocabulary)
    parts = {term.alternatives[0]: term.parts for term in question.terms}
    assert parts["krisberedskapsmöt"] == ("krisberedskap", "möt")
    assert parts["skolmöt"] == ()
    assert {"krisberedskap", "möt"} <= set(question.marks)


# Dates said from today


def test_day_is_counted_from_today_if_that_is_given():
    today = date(2024, 4, 15)
    [found] = understand("Vilka kom i fredags?", today=today).dates
    assert (found.year, found.month, found.day) == (2024, 4, 12)
    assert understand("Vilka kom i fredags?").dates == ()
    topic = understand("Vem höll i det?", "mötet i fredags", today)
    assert topic.text[topic.dates[0].start : topic.dates[0].end] == "i fredags"


@pytest.mark.parametrize("text", ["Vilka kom 12.4?", "vilka kom april 12", "vilka kom 240412"])
def test_dates_are_read_as_they_are_typed(text):
    [found] = understand(text).dates
    assert (found.month, found.day) == (4, 12)


@pytest.mark.parametrize(
    ("text", "names"),
    [("Tomislavka Barisic?", ["Tomislavka Barisic"]), ("Vilka Skolor deltog?", []),
     ("Kommunen Växte snabbt", [])],
)  # fmt: skip
def test_a_name_may_open_a_question(text, names):
    assert [text[start:end] for start, end in find_names(text, [], Language.SWEDISH)] == names


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Vad heter rektorn?", QuestionKind.PERSON), ("Vad heter hon?", QuestionKind.PERSON),
        ("vad heter fotografen", QuestionKind.PERSON), ("Vad heter läraren?", QuestionKind.PERSON),
        ("Vad heter rapporten om ån?", QuestionKind.FACT), ("vad heter bron", QuestionKind.FACT),
        ("Vem är det som bron heter efter?", QuestionKind.PERSON),
        ("Vems telefonnummer är 08-123 45 67?", QuestionKind.PERSON),
        ("Vad har Eva Dal för telefonnummer?", QuestionKind.PHONE),
    ],
)  # fmt: skip
def test_who_or_what_a_name_is_asked_of(question, kind):
    assert understand(question).kind is kind
