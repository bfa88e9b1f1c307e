import json

import pytest

from evaluation import EvaluationError
from evaluation.written import read_written, read_written_file

TEXT = "Mötet\n\nAnna Berg och Olle Lind kom. Anna Berg ledde mötet.\nDet slutade klockan tre."


def question(*answers, quote="Anna Berg och Olle Lind kom.", **said):
    return {"question": "vilka kom?", "kind": "list", "history": [], "answers": list(answers),
            "quote": quote, **said}  # fmt: skip


def document(*questions, text=TEXT, name="w1"):
    return {"id": name, "text": text, "questions": list(questions)}


def write(path, *documents):
    lines = [one if isinstance(one, str) else json.dumps(one) for one in documents]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def read(tmp_path, *documents):
    return read_written_file(write(tmp_path / "w.jsonl", *documents))


def answers_of(one, number=0):
    return [one.text[start:end] for start, end in one.questions[number].spans]


def test_the_parts_of_an_answer_are_spans_of_the_text_in_order(tmp_path):
    [one] = read(tmp_path, document(question("Anna Berg", "Olle Lind")))
    assert answers_of(one) == ["Anna Berg", "Olle Lind"]
    spans = one.questions[0].spans
    assert list(spans) == sorted(spans)
    assert one.text[slice(*one.questions[0].quote)] == "Anna Berg och Olle Lind kom."


def test_a_part_is_sought_in_the_quote_and_not_before_it(tmp_path):
    [one] = read(tmp_path, document(question("Anna Berg", quote="Anna Berg ledde mötet")))
    assert one.questions[0].spans[0][0] == TEXT.index("Anna Berg ledde")


def test_the_same_words_twice_are_two_places(tmp_path):
    quote = "Anna Berg och Olle Lind kom. Anna Berg ledde"
    [one] = read(tmp_path, document(question("Anna Berg", "Anna Berg", quote=quote)))
    (first, _), (second, _) = one.questions[0].spans
    assert first < second


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_line_ends_of_every_kind_count_as_one_character(tmp_path, end):
    quote = f"ledde mötet.{end}Det slutade"
    [one] = read(tmp_path, document(question(f"mötet.{end}Det", quote=quote),
                                    text=TEXT.replace("\n", end)))  # fmt: skip
    assert one.text == TEXT
    assert answers_of(one) == ["mötet.\nDet"]


def test_a_question_without_answer_may_quote_what_tempts_or_nothing(tmp_path):
    [one] = read(tmp_path, document(question(), question(quote="")))
    tempting, bare = one.questions
    assert tempting.spans == bare.spans == ()
    assert one.text[slice(*tempting.quote)].startswith("Anna")
    assert bare.quote == (0, 0)


def test_history_and_polarity_are_kept(tmp_path):
    [one] = read(tmp_path, document(question("Anna Berg", history=["när?"], polarity="ja")))
    assert (one.questions[0].history, one.questions[0].polarity) == (("när?",), "ja")


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (document(question("Olle Lind", "Anna Berg")), "'Anna Berg' does not follow in the quote"),
        (document(question("klockan tre")), "'klockan tre' does not follow in the quote"),
        (document(question("")), "'' does not follow in the quote"),
        (document(question("anna berg")), "'anna berg' does not follow in the quote"),
        (document(question(quote="Bo kom.")), "the quote of 'vilka kom\\?' is not in the text"),
        (document(question(answers="Anna Berg")), "'answers' is no list of texts"),
        (document(question(history="när?")), "'history' is no list of texts"),
        (document(question(quote=None)), ""),
        (document("vilka kom?"), ""),
        (document(text=None), ""),
        ({"id": "w2", "text": TEXT}, "questions"),
        (document(name="../w2"), "cannot be the name of a file"),
        (document(name=""), "cannot be the name of a file"),
        (document(name="w0"), "'w0' is the id of another document"),
        ("{", ""), ("[]", ""), ("7", ""), ('"text"', ""), ("null", ""),
    ],
)  # fmt: skip
def test_what_breaks_the_format_is_named_with_its_line(tmp_path, broken, said):
    with pytest.raises(EvaluationError, match=f"(?s)w.jsonl, line 3 .*{said}.*: expected is"):
        read(tmp_path, document(question("Anna Berg"), name="w0"), "", broken)


def test_a_folder_is_read_file_by_file_in_the_order_of_names(tmp_path):
    write(tmp_path / "b.jsonl", document(name="b"))
    write(tmp_path / "a.jsonl", document(name="a"), document(name="c"))
    (tmp_path / "README.md").write_text("# Frågor")
    assert [one.id for one in read_written(tmp_path)] == ["a", "c", "b"]


def test_a_file_without_documents_is_refused(tmp_path):
    with pytest.raises(EvaluationError, match="no question"):
        read(tmp_path)
