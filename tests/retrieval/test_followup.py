import pytest

from retrieval.followup import is_follow_up, resolve
from retrieval.question import MAX_CHARACTERS, understand


@pytest.mark.parametrize(
    ("question", "history", "resolved"),
    [
        ("Och för SMHI?", "Vem är chef för Kustbevakningen?", "Vem är chef för SMHI?"),
        ("men för Säpo då?", "Vem är chef för Kustbevakningen?", "Vem är chef för Säpo?"),
        ("Och den 4 maj?", "Vilka deltog den 3 maj?", "Vilka deltog den 4 maj?"),
        ("och i juni", "Vad beslutades i mars?", "Vad beslutades i juni?"),
    ],
)
def test_what_is_new_takes_the_place_of_what_was_named(question, history, resolved):
    assert resolve(question, [history]) == (resolved, "")


@pytest.mark.parametrize(
    "question",
    ["Vem höll i det?", "Var hölls det?", "När var den?", "Vad sa han?", "Och varför?", "Varför?"],
)
def test_pronoun_or_connective_leans_on_the_topic(question):
    _, topic = resolve(question, ["Vad handlade samrådet om vattentäkten om?"])
    assert "samrådet" in topic
    assert "vattentäkten" in topic


def test_topic_has_no_question_word_of_its_own():
    _, topic = resolve("Och varför?", ["Vilka skolor i Åsby ska stängas?"])
    assert topic == "skolor i Åsby ska stängas"


def test_topic_gathers_the_questions_since_it_was_opened_in_their_order():
    history = ["Vad kostar simhallen?", "Vad sa kultursekreteraren?", "Vem beslutade om taket?"]
    _, topic = resolve("När avgjordes det?", history)
    places = [topic.index(word) for word in ("simhallen", "kultursekreteraren", "taket")]
    assert places == sorted(places)


@pytest.mark.parametrize(
    "opening", ["När hölls mötet om simhallen?", "vad blev beslutet kring simhallen"]
)
def test_what_a_meeting_was_about_opens_a_topic(opening):
    history = ["Vilka skolor i Åsby ska stängas?", opening]
    _, topic = resolve("Vilka deltog?", history)
    assert "simhallen" in topic
    assert "Åsby" not in topic
    _, topic = resolve("Vilka deltog?", [*history[:1], "Vad är en simhall?"])
    assert "Åsby" in topic


def test_question_about_something_else_changes_the_topic():
    history = ["Vad kostar simhallen?", "Vilka skolor i Åsby ska stängas?"]
    _, topic = resolve("Och varför?", history)
    assert topic == "skolor i Åsby ska stängas"


@pytest.mark.parametrize("question", ["Vilka var med?", "vilka aktörer deltog", "När är mötet?"])
def test_question_that_could_be_of_any_event_is_of_the_one_that_was_talked_of(question):
    asked, topic = resolve(question, ["Vad handlade samrådet i Rosenvik om?"])
    assert asked == question
    assert "Rosenvik" in topic


@pytest.mark.parametrize(
    "question",
    [
        "Vilka föreningar fick bidrag för sommaren?",
        "Vad beslutade nämnden den 3 maj?",
        "Hur många var de tolv kommunernas invånare i fjol?",
        "Är det klart vilka skolor i Åsby som ska stängas?",
        "rektor Ekbackaskolan",
    ],
)
def test_question_that_stands_by_itself_is_left_alone(question):
    assert resolve(question, ["Vem är chef för Kustbevakningen?"]) == (question, "")


@pytest.mark.parametrize("question", ["Och för SMHI?", "Vem höll i det?"])
def test_without_history_nothing_is_added(question):
    assert resolve(question, []) == (question, "")
    assert resolve(question, ["", "  "]) == (question, "")


def test_article_in_front_of_a_noun_refers_to_nothing():
    assert not is_follow_up("Vad sa den nya rektorn?")
    assert is_follow_up("Vad sa den?")


def test_same_question_after_the_same_history_is_understood_the_same_way():
    history = ["Var låg kvarnen?", "Vem ägde den?"]
    assert resolve("Och när revs den?", history) == resolve("Och när revs den?", history)


def test_topic_stays_the_same_however_long_the_conversation():
    asked = ["Vad beslutade kulturnämnden om simhallen i Åsby?"]
    for question in ["Och varför?", "Och när?", "Vem sa det?"] * 5:
        asked.append(understand(*resolve(question, asked)).text)
    assert asked[-1].count("kulturnämnden") == 1
    assert len(asked[-1]) < 200


@pytest.mark.parametrize("before", ["Vad, då?", "—", "?", "(…)"])
def test_question_about_nothing_gives_no_topic(before):
    assert resolve("Och varför?", [before]) == ("varför?", "")


def test_long_questions_before_do_not_make_this_one_too_long():
    long = "Vad sa nämnden om " + "å" * (MAX_CHARACTERS - 100)
    question = understand(*resolve("Och varför?", ["Var är badet?", long, f"{long} i Åsby"]))
    assert question.background
    assert resolve("Och varför?", ["ö" * 10 * MAX_CHARACTERS]) == ("varför?", "")


def test_long_question_before_is_not_asked_again():
    long = "Vem är chef för Kustbevakningen " + "å" * MAX_CHARACTERS
    question = understand(*resolve("Och för Boverket?", [long]))
    assert [mention.agency.name for mention in question.agencies] == ["Boverket"]


def test_date_after_its_article_refers_to_nothing():
    assert not is_follow_up("Vilka deltog den 3 maj?")
    assert not is_follow_up("Vad hände den tredje maj?")


@pytest.mark.parametrize("question", ["Och?", "men", "Då?"])
def test_connective_alone_is_a_question_about_the_topic(question):
    asked, topic = resolve(question, ["Vad beslutade nämnden om simhallen?"])
    assert asked == question
    assert "simhallen" in topic
    assert understand(asked, topic)


# Who, how many, more


@pytest.mark.parametrize(
    ("question", "resolved"),
    [
        ("Vem är hen?", "Vem är Anna Berg?"),
        ("Vad heter hennes chef?", "Vad heter Anna Bergs chef?"),
        ("vad gjorde hon sedan", "vad gjorde Anna Berg sedan"),
    ],
)
def test_pronoun_for_a_person_is_the_one_who_was_named(question, resolved):
    assert resolve(question, ["Vad sa Anna Berg om budgeten?"]) == (resolved, "")


def test_place_is_not_taken_for_a_person():
    asked, topic = resolve("Vad sa hon?", ["Vem är rektor på Ekbackaskolan?"])
    assert (asked, topic) == ("Vad sa hon?", "rektor på Ekbackaskolan")


@pytest.mark.parametrize("question", ["mer?", "Vilka fler?", "några andra?", "och fler då?"])
def test_more_asks_the_same_again(question):
    asked = "Vilka skolor deltog i mötet om bron?"
    assert resolve(question, [asked]) == (asked, "")


def test_how_many_counts_what_was_asked_for():
    asked, _ = resolve("Hur många?", ["Vilka skolor deltog i mötet om bron?"])
    assert asked == "Hur många skolor deltog i mötet om bron?"


def test_place_takes_the_place_of_another():
    assert resolve("och i Kiruna?", ["Vad händer i Åsby?"]) == ("Vad händer i Kiruna?", "")


# Dates, and which of them is meant


@pytest.mark.parametrize(
    ("question", "history", "resolved"),
    [
        ("och den 14?", "Vilka deltog den 12 april?", "Vilka deltog den 14 april?"),
        ("den 14:e då?", "Vilka deltog den 12 april?", "Vilka deltog den 14 april?"),
        ("2024", "Vilka deltog den 12 april?", "Vilka deltog den 12 april 2024?"),
        ("jag menar 2024", "Vilka deltog 12/4?", "Vilka deltog 12 april 2024?"),
        ("12 april 2024", "Vilka deltog den 12 april?", "Vilka deltog den 12 april 2024?"),
        ("och i maj?", "Vilka deltog den 12 april?", "Vilka deltog i maj?"),
        ("den 3 maj", "Vad beslutades i mars?", "Vad beslutades den 3 maj?"),
        ("den senaste", "Vilka deltog 12 april?", "Vilka deltog 12 april, den senaste?"),
        ("det senaste mötet", "Vem kom 12/4?", "Vem kom 12/4, det senaste mötet?"),
        ("the latter", "Who came on 12 April?", "Who came on 12 April, the latter?"),
    ],
)
def test_date_alone_says_which_one_is_meant(question, history, resolved):
    assert resolve(question, [history]) == (resolved, "")


def test_choice_of_one_of_several_is_understood():
    assert understand("Vilka deltog 12 april, den senaste?").latest is True
    assert understand("Vilka deltog 12 april, den tidigare?").latest is False
    assert understand("Vilka deltog 12 april?").latest is None
    assert understand("Vad sa den förra rektorn?").latest is None


# Chains


def test_chain_is_followed_from_question_to_question():
    history = ["Vem är chef för Kustbevakningen?", "Och för SMHI?"]
    assert resolve("och Skolverket?", history) == ("Vem är chef för Skolverket?", "")
    history = ["Vilka deltog den 12 april?", "och den 14?", "2024"]
    assert resolve("varför?", history) == ("varför?", "deltog den 14 april 2024")


def test_topic_lasts_through_questions_that_lean_on_it():
    history = ["Vilka skolor deltog i mötet om bron?", "När var det?", "Var?", "Hur många?"]
    assert "bron" in resolve("Vem höll i det?", history)[1]


def test_chain_is_the_same_whether_it_is_kept_as_typed_or_as_understood():
    typed = ["Vad beslutade nämnden om simhallen i Åsby?", "Och när?", "Vem sa det?"]
    understood = []
    for question in typed:
        understood.append(understand(*resolve(question, understood)).text)
    assert resolve("Och varför?", typed) == resolve("Och varför?", understood)


@pytest.mark.parametrize(
    ("question", "history", "expected"),
    [
        ("What about Boverket?", "Who is the head of SMHI?", "Who is the head of Boverket?"),
        ("And how many?", "Which schools took part in it?", "how many schools took part in it?"),
        ("Who is she?", "What did Anna Berg say?", "Who is Anna Berg?"),
    ],
)
def test_english_follow_ups_are_understood(question, history, expected):
    assert resolve(question, [history]) == (expected, "")


@pytest.mark.parametrize("question", ["Why?", "And when was it?", "When did they meet?"])
def test_english_follow_ups_lean_on_the_topic(question):
    _, topic = resolve(question, ["Which schools took part in the meeting on the bridge?"])
    assert "bridge" in topic
