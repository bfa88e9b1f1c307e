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


def test_topic_gathers_the_last_questions_in_their_order():
    history = ["Vad sa kultursekreteraren?", "Vad kostar simhallen?", "Vem beslutade om taket?"]
    _, topic = resolve("När avgjordes det?", history)
    places = [topic.index(word) for word in ("kultursekreteraren", "simhallen", "taket")]
    assert places == sorted(places)


def test_older_questions_than_three_are_forgotten():
    history = ["Vad kostar muséet?", "Var är badet?", "Vad sa nämnden?", "När rivs kvarnen?"]
    _, topic = resolve("Och varför?", history)
    assert "muséet" not in topic
    assert "kvarnen" in topic


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
