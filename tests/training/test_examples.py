import json
import random
import re
from pathlib import Path

import pytest

from embeddings.language.agencies import load_agencies
from tests.fakes import FakeEncoder
from training.examples import (
    Asked,
    QuestionSet,
    read_examples,
    sections,
    swedish_squad,
    write_examples,
)
from training.made_up import made_up_documents
from training.made_up.written import Written
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
    first, second = (list(made_up_documents()) for _ in range(2))
    assert [one.text for one in first] == [one.text for one in second]
    for document in first:
        assert "{" not in document.text
        for question, (start, end), (line, line_end) in document.questions:
            assert "{" not in question
            assert document.text[start:end].strip() == document.text[start:end]
            assert not end or line <= start < end <= line_end


def test_press_releases_borrow_no_wording_from_the_seeds():
    names = {
        name.casefold() for agency in load_agencies() for name in (agency.name, *agency.aliases)
    }

    def runs(text: str) -> set[tuple[str, ...]]:
        words = re.findall(r"\w+", text.casefold())
        return {tuple(words[first : first + 4]) for first in range(len(words) - 3)}

    seeds = set().union(*(runs(file.read_text()) for file in Path("seeds").glob("*.txt")))
    assert seeds
    made_up = set()
    for document in made_up_documents():
        made_up |= runs(document.text).union(*(runs(one.text) for one in document.questions))
    shared = {" ".join(run) for run in seeds & made_up}
    assert not {run for run in shared if not any(run in name for name in names)}


def test_some_questions_on_press_releases_have_no_answer_and_some_mean_nothing_elsewhere():
    documents = list(made_up_documents())
    asked = [(document, one) for document in documents for one in document.questions]
    absent = sum(one.answer == (0, 0) for _, one in asked)
    apart = sum(document.means_something_elsewhere(one.text) for document, one in asked)
    assert 0.1 < absent / len(asked) < 0.3
    assert 0.1 < apart / len(asked) < 0.6


def test_a_capital_at_the_head_of_a_line_does_not_hide_the_answer():
    document = Written({"title": "rektor", "name": "Anna Ek"})
    document.add("{Title} {name} leder skolan.", ("Vilken titel har {name}?", "{title}"))
    ((question, (start, end), _),) = document.questions
    assert question == "Vilken titel har Anna Ek?"
    assert document.text[start:end] == "Rektor"


PAGE = """Bidrag till föreningar

Vem kan söka
Alla föreningar i kommunen som har haft verksamhet i minst ett år och som har en egen styrelse \
och ett eget konto kan söka bidrag till lokaler och utrustning.

Kontakt
Ring oss."""


def test_a_heading_is_a_question_that_the_text_under_it_answers_as_a_whole(tmp_path):
    file = tmp_path / "pages.json"
    start = PAGE.index("Ring oss")
    choice = {"text": "Ring oss", "start": start, "end": start + 8, "type": "Correct answer"}
    file.write_text(json.dumps({"data": [{"context": PAGE, "question": "?", "choices": [choice]}]}))
    (one,) = sections(file).questions
    assert (one.question, one.is_whole) == ("Vem kan söka", True)
    made = write_examples(sections(file), tmp_path, FakeEncoder(), lambda: None)
    (example,) = read_examples(made)
    assert example.readings[0].answers
    assert example.readings[0].end == 0


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
