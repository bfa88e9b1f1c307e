import json
import random

import pytest

from tests.fakes import FakeEncoder
from training.examples import (
    Asked,
    QuestionSet,
    read_examples,
    swedish_squad,
    write_examples,
)
from training.press import press_releases
from training.typing_habits import as_typed

TEXTS = {
    "skola.txt": "Skolan\n\nSkolan i Umeå leds av rektor Anna Berg sedan i våras.",
    "bad.txt": "Badet\n\nBadet i Lund är stängt för reparation hela sommaren.",
    "torg.txt": "Torget\n\nTorget i Lund får nya bänkar och träd till hösten.",
}


def asked(question, document, answer, **more):
    start = TEXTS[document].index(answer)
    return Asked(question, document, start, start + len(answer), answer=answer, **more)


def examples_of(tmp_path, *questions):
    file = write_examples(
        QuestionSet("test", TEXTS, list(questions)), tmp_path, FakeEncoder(), lambda: None
    )
    return read_examples(file)


def test_the_passage_that_answers_comes_first_and_holds_the_answer_to_the_letter(tmp_path):
    (one,) = examples_of(tmp_path, asked("Vem leder skolan?", "skola.txt", "Anna Berg"))
    first, *others = one.readings
    assert first.text[first.start : first.end] == "Anna Berg"
    assert others
    assert not any(reading.answers for reading in others)


def test_a_passage_that_holds_the_words_of_the_answer_is_not_called_wrong(tmp_path):
    (one,) = examples_of(tmp_path, asked("Var ligger badet?", "bad.txt", "Lund"))
    assert not any("Torget" in reading.text for reading in one.readings)


def test_a_question_without_answer_gets_the_passage_it_was_written_on_first(tmp_path):
    question = Asked("Vem målade torget?", "torg.txt", around=(8, 60))
    (one,) = examples_of(tmp_path, question)
    assert "Torget" in one.readings[0].text
    assert not any(reading.answers for reading in one.readings)


def test_a_question_that_means_nothing_elsewhere_has_no_wrong_passages_there(tmp_path):
    question = asked("Vem är rektor?", "skola.txt", "Anna Berg", local=True)
    (one,) = examples_of(tmp_path, question)
    assert len(one.readings) == 1


def test_examples_that_are_written_are_not_made_again(tmp_path):
    before = examples_of(tmp_path, asked("Vem leder skolan?", "skola.txt", "Anna Berg"))
    assert examples_of(tmp_path) == before


def test_every_fifth_article_is_held_out(tmp_path):
    articles = [
        {"title": f"T{number}", "paragraphs": [{"context": f"Text {number}.", "qas": [
            {"id": str(number), "question": "?", "is_impossible": False,
             "answers": [{"text": "Text", "answer_start": 0}]}]}]}
        for number in range(11)
    ]  # fmt: skip
    file = tmp_path / "squad.json"
    file.write_text(json.dumps({"data": articles}))
    held_out = {one.id for one in swedish_squad(file, held_out=True).questions}
    assert held_out == {"0", "5", "10"}
    assert not held_out & {one.id for one in swedish_squad(file, held_out=False).questions}


def test_press_releases_are_the_same_every_time_and_answers_stand_in_them():
    subjects = ["Stöd till föreningar", "Visum för besök"]
    first, second = (list(press_releases(subjects)) for _ in range(2))
    assert [one.text for one in first] == [one.text for one in second]
    for release in first:
        for question, start, end in release.questions:
            assert "{" not in question
            assert release.text[start:end].strip() == release.text[start:end] != ""


@pytest.mark.parametrize("seed", range(30))
def test_a_question_as_typed_is_still_a_question(seed):
    question = "Vilka myndigheter deltog på mötet i Malmö?"
    typed = as_typed(question, random.Random(seed))
    assert abs(len(typed) - len(question)) < 25
    assert "m" in typed.lower()


def test_some_questions_are_typed_in_small_letters_and_some_without_å():
    typed = {as_typed("Är Åre öppet?", random.Random(seed)) for seed in range(200)}
    assert "Är Åre öppet?" in typed
    assert any(one.islower() for one in typed)
    assert any("å" not in one.lower() for one in typed)
