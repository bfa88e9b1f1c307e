import json

import pytest

from bot.batch import BatchError, Inquiry, read_batch


def test_lines_become_questions_in_their_order():
    lines = [
        '{"id": "b", "question": "Vem är rektor?"}\n',
        '{"id": 3, "question": "Och var?", "history": ["Vem är rektor?", "När?"]}\n',
        '{"question": "Är det öppet?", "history": null}\n',
    ]
    assert list(read_batch(lines)) == [
        Inquiry("b", "Vem är rektor?", ()),
        Inquiry(3, "Och var?", ("Vem är rektor?", "När?")),
        Inquiry(None, "Är det öppet?", ()),
    ]


def test_question_is_kept_as_it_was_written():
    [asked] = read_batch([json.dumps({"question": "  Vem   är rektor? "})])
    assert asked.question == "  Vem   är rektor? "


def test_blank_lines_count_in_the_numbers_but_are_passed_over():
    [error] = read_batch(["\n", "  \n", "{\n", ""])
    assert isinstance(error, BatchError)
    assert "line 3" in str(error)


def test_broken_line_does_not_stop_the_others():
    kinds = [type(one) for one in read_batch(["{", '{"question": "Vem?"}', "[]"])]
    assert kinds == [BatchError, Inquiry, BatchError]


@pytest.mark.parametrize(
    ("line", "identity"),
    [
        ('{"id": "a", "question": "?"}', "a"),
        ('{"id": 7, "question": null}', 7),
        ('{"id": ["å"]}', ["å"]),
        ('{"question": "?"}', None),
        ('{"id": "\\ud800", "question": "Vem?"}', None),
        ('["id"]', None),
        ("{", None),
    ],
)
def test_error_knows_the_id_of_its_line_where_there_is_one(line, identity):
    [error] = read_batch([line])
    assert isinstance(error, BatchError)
    assert error.id == identity


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "is not a question"),
        ("[1]", "is not a question"),
        ('{"id": "1"}', "'question'"),
        ('{"question": ["Vem?"]}', "has to be text"),
        ('{"question": "Vem?", "history": "Var?"}', "a list of texts"),
        ('{"question": "Vem?", "history": [null]}', "a list of texts"),
        ('{"question": " "}', "empty"),
        (json.dumps({"question": "å" * 1001}), "1001"),
        ('{"question": "\\udce5"}', "UTF-8"),
    ],
)
def test_error_says_what_is_wrong_with_the_line(line, said):
    [error] = read_batch([line])
    assert "line 1" in str(error)
    assert said in str(error)
    assert "\n" not in str(error)


def test_lines_are_read_one_at_a_time():
    def lines():
        yield '{"question": "Vem?"}'
        raise AssertionError("read ahead")

    assert next(read_batch(lines())).question == "Vem?"
