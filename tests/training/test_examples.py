import json
import random

import pytest

from tests.fakes import FakeEncoder
from training.examples import (
    Asked,
    Example,
    QuestionSet,
    draw_topics,
    read_examples,
    swedish_squad,
    swequad,
    write_examples,
    written_set,
)

TEXTS = {
    "skola.txt": "Skolan\n\nSkolan i Umeå leds av rektor Anna Berg och av Olle Lind sedan i våras.",
    "bad.txt": "Badet\n\nBadet i Lund är stängt för reparation hela sommaren.",
    "torg.txt": "Torget\n\nTorget i Lund får nya bänkar och träd till hösten.",
    "park.txt": "Ny park i Umeå\n\nParken ritas av ANNA BERG och får en damm.\n\nVäxter\n\n"
    "- ekar\n- lindar\n- tallar\n\nSlut på listan.",
}


def asked(question, document, *answers, **more):
    text = TEXTS[document]
    spans = [(text.index(answer), text.index(answer) + len(answer)) for answer in answers]
    return Asked(question, document, tuple(spans), **more)


def examples_of(tmp_path, *questions):
    file = write_examples(
        QuestionSet("test", TEXTS, list(questions)), tmp_path, FakeEncoder(), lambda: None
    )
    return read_examples(file)


def answers_of(example):
    return [one.text[start:end] for one in example.right for start, end in one.spans]


# From a set to examples


def test_every_part_of_an_answer_stands_in_what_is_right_to_the_letter(tmp_path):
    question = asked("Vilka leder skolan?", "skola.txt", "Anna Berg", "Olle Lind")
    [one] = examples_of(tmp_path, question)
    assert answers_of(one) == ["Anna Berg", "Olle Lind"]
    assert one.wrong
    assert not any(reading.spans for reading in one.wrong)
    for reading in (*one.right, *one.wrong):
        assert any(reading.text[reading.body :] in text for text in TEXTS.values())


def test_the_parts_of_an_answer_may_stand_in_several_passages(tmp_path):
    [one] = examples_of(tmp_path, asked("Vad får parken?", "park.txt", "en damm", "ekar", "tallar"))
    assert answers_of(one) == ["en damm", "ekar", "tallar"]
    assert len(one.right) == 2


def test_a_passage_that_holds_the_words_of_the_answer_is_not_called_wrong(tmp_path):
    [one] = examples_of(tmp_path, asked("Var ligger badet?", "bad.txt", "Lund"))
    assert one.wrong
    assert not any("i Lund" in reading.text for reading in one.wrong)


def test_the_words_of_the_answer_are_known_in_any_case(tmp_path):
    [one] = examples_of(tmp_path, asked("Vem leder skolan?", "skola.txt", "Anna Berg"))
    assert one.wrong
    assert not any("anna berg" in reading.text[reading.body :].casefold() for reading in one.wrong)


@pytest.mark.parametrize("document", ["torg.txt", "skola.txt", "bad.txt"])
def test_a_question_without_answer_gets_the_passage_it_was_written_on_first(tmp_path, document):
    around = (TEXTS[document].index("\n\n") + 2, len(TEXTS[document]))
    [one] = examples_of(tmp_path, Asked("Vem målade torget i Lund?", document, around=around))
    first = one.wrong[0]
    assert first.text[first.body :] in TEXTS[document]
    assert one.right == ()
    assert not any(reading.spans for reading in one.wrong)
    assert len(set(one.wrong)) == len(one.wrong)


def test_a_question_keeps_what_was_asked_before_and_its_polarity(tmp_path):
    question = asked("Är den öppen?", "bad.txt", "Badet i Lund är stängt", topic="badet i lund",
                     polarity="nej")  # fmt: skip
    [one] = examples_of(tmp_path, question)
    assert (one.question, one.topic, one.polarity) == ("Är den öppen?", "badet i lund", "nej")
    assert one.origin == "test"


def test_examples_that_are_written_are_not_made_again(tmp_path):
    before = examples_of(tmp_path, asked("Vilka leder skolan?", "skola.txt", "Anna Berg"))
    assert examples_of(tmp_path) == before


# Topics


def plain(question, topic=""):
    return Example("a", question, topic, (), ())


def test_a_share_of_the_questions_comes_after_one_of_another():
    examples = [plain(f"fråga {number}") for number in range(400)]
    drawn = draw_topics(examples, 0.25, random.Random(0))
    topics = [one.topic for one in drawn if one.topic]
    assert 60 < len(topics) < 140
    assert set(topics) <= {one.question for one in examples}
    assert [one.question for one in drawn] == [one.question for one in examples]


def test_a_follow_up_keeps_its_own_topic_after_an_unrelated_one():
    examples = [plain("och då", "vem leder skolan"), plain("vem är rektor")]
    drawn = draw_topics(examples, 1.0, random.Random(0))
    assert drawn[0].topic in {f"{one.question} vem leder skolan" for one in examples}
    assert drawn[1].topic


# The sets


def test_written_questions_are_asked_of_all_documents_of_their_folder(tmp_path):
    documents = [
        {"id": f"w{number}", "text": f"Rubrik\r\n\r\nAnna och Bo åt {number} ägg.", "questions": [
            {"question": "vilka?", "kind": "list", "history": ["vad åts?", "hur många?", "när?"],
             "answers": ["Anna", "Bo"], "quote": "Anna och Bo åt", "polarity": ""},
            {"question": "varför?", "kind": "reason", "history": [], "answers": [], "quote": "Bo"},
        ]} for number in (1, 2)
    ]  # fmt: skip
    for document in documents:
        (tmp_path / f"{document['id']}.jsonl").write_text(json.dumps(document), encoding="utf-8")
    made = written_set("written-0", tmp_path)
    assert set(made.texts) == {"w1.txt", "w2.txt"}
    assert len(made.questions) == 4
    listed, absent = made.questions[:2]
    text = made.texts[listed.document]
    assert [text[start:end] for start, end in listed.spans] == ["Anna", "Bo"]
    assert listed.topic == "hur många? när?"
    assert absent.spans == ()
    assert text[slice(*absent.around)] == "Bo"


def test_every_fifth_article_is_held_out(tmp_path):
    articles = [
        {"title": f"T{number}", "paragraphs": [{"context": f"Text {number}.", "qas": [
            {"id": str(number), "question": "?", "is_impossible": False,
             "answers": [{"text": "Text", "answer_start": 0}]}]}]}
        for number in range(11)
    ]  # fmt: skip
    file = tmp_path / "squad.json"
    file.write_text(json.dumps({"data": articles}))
    held_out, learnt = (swedish_squad(file, held_out=flag) for flag in (True, False))
    assert {one.id for one in held_out.questions} == {"0", "5", "10"}
    assert {one.id for one in learnt.questions} == {str(number) for number in range(11)} - {
        "0", "5", "10"}  # fmt: skip
    assert not set(held_out.texts.values()) & set(learnt.texts.values())


def test_a_squad_question_without_answer_knows_its_paragraph(tmp_path):
    article = {"title": "T", "paragraphs": [
        {"context": "Första stycket.", "qas": []},
        {"context": "Andra stycket.", "qas": [
            {"id": "a", "question": "?", "is_impossible": True, "answers": []},
            {"id": "b", "question": "?", "is_impossible": False,
             "answers": [{"text": "stycket", "answer_start": 6}]}]}]}  # fmt: skip
    file = tmp_path / "squad.json"
    file.write_text(json.dumps({"data": [article]}))
    made = swedish_squad(file, held_out=True)
    absent, present = made.questions
    text = made.texts[absent.document]
    assert absent.spans == ()
    assert text[slice(*absent.around)] == "Andra stycket."
    assert [text[slice(*span)] for span in present.spans] == ["stycket"]


def test_a_page_of_swequad_is_one_text_however_often_it_is_asked(tmp_path):
    page = "Badet\r\nBadet är stängt.\r\nTorget är öppet."
    entries = [
        {"context": page, "question": question, "choices": [
            {"text": word, "start": page.index(word), "end": page.index(word) + len(word),
             "type": "Correct answer"}]}
        for question, word in (("Hur är badet?", "stängt"), ("Hur är torget?", "öppet"))
    ]  # fmt: skip
    file = tmp_path / "swequad.json"
    file.write_text(json.dumps({"data": entries}))
    made = swequad(file)
    [text] = made.texts.values()
    assert [text[slice(*span)] for one in made.questions for span in one.spans] == [
        "stängt", "öppet"]  # fmt: skip
