import json

import pytest

from evaluation import (
    EvaluationError,
    FileFormat,
    find_format,
    read_spans,
    read_squad,
    read_swefaq,
    read_swequad,
    read_texts,
)


def swequad(path, context, answer, *, others=()):
    start = context.index(answer)
    choices = [{"type": "Distractor", "start": 0, "end": 1} for _ in others]
    choices.append({"type": "Correct answer", "start": start, "end": start + len(answer)})
    entry = {"question": "Vad?", "context": context, "choices": choices}
    path.write_text(json.dumps({"data": [entry]}), encoding="utf-8", newline="")
    return path


def test_span_of_swequad_counts_line_ends_of_windows_as_two_characters(tmp_path):
    context = "Första raden är här.\r\nAndra raden\r\n\r\när längre och har svaret."
    [span] = read_swequad(swequad(tmp_path / "s.json", context, "svaret", others="x"))
    assert span.gold == "svaret"
    assert "\r" not in span.text
    assert span.text[span.start : span.end] == "svaret"


def test_span_over_a_line_end_keeps_its_words(tmp_path):
    context = "Det är\r\nsvaret som\r\ngäller."
    [span] = read_swequad(swequad(tmp_path / "s.json", context, "svaret som\r\ngäller"))
    assert span.gold == "svaret som\ngäller"


@pytest.mark.parametrize(
    "content",
    ["{", "[]", "null", '{"data": 3}', '{"data": []}', '{"data": [1]}', '{"data": [{}]}',
     '{"data": [{"choices": []}]}', '{"data": [{"paragraphs": [{}], "title": "a"}]}',
     '{"data": [{"paragraphs": 1, "title": "a"}]}'],
)  # fmt: skip
def test_other_json_is_of_no_known_format(tmp_path, content):
    path = tmp_path / "s.json"
    path.write_text(content)
    with pytest.raises(EvaluationError, match="neither"):
        read_spans(path, find_format(path))


# SQuAD 2.0

FIRST = "Kvarnen revs 1931. Den låg i Åsby."
SECOND = "Bron byggdes 1948 och 1949."


def asked(identity, context, *answers, impossible=False):
    given = [{"text": words, "answer_start": context.index(words)} for words in answers]
    return {"id": identity, "question": f"{identity}?", "answers": given,
            "is_impossible": impossible}  # fmt: skip


def article(title, *identities):
    paragraphs = [
        {"context": FIRST, "qas": [asked(identities[0], FIRST, "i Åsby", "Åsby", "i Åsby")]},
        {"context": SECOND, "qas": [asked(identities[1], SECOND, impossible=True)]},
    ]
    return {"title": title, "paragraphs": paragraphs}


def squad(path, *articles):
    path.write_text(json.dumps({"version": "v2.0", "data": articles}))
    return path


def test_text_of_a_squad_question_is_its_article_under_its_title(tmp_path):
    [answered, impossible] = read_squad(
        squad(tmp_path / "s.json", article("Åsby_socken", "a", "b"))
    )
    assert answered.text == f"Åsby socken\n\n{FIRST}\n\n{SECOND}\n\n"
    assert impossible.text == answered.text
    assert answered.gold == "i Åsby"
    assert answered.golds == ("i Åsby", "Åsby")
    assert (answered.id, answered.question) == ("a", "a?")


def test_impossible_question_has_no_gold_and_knows_its_paragraph(tmp_path):
    [_, impossible] = read_squad(squad(tmp_path / "s.json", article("Åsby", "a", "b")))
    assert not impossible.answerable
    assert impossible.golds == ()
    assert impossible.line == SECOND


def test_question_that_lost_its_answer_is_left_out(tmp_path):
    paragraph = {"context": FIRST, "qas": [asked("a", FIRST), asked("b", FIRST, "1931")]}
    path = squad(tmp_path / "s.json", {"title": "Åsby", "paragraphs": [paragraph]})
    assert [span.id for span in read_squad(path)] == ["b"]


def test_squad_without_titles_and_impossible_questions_is_read_too(tmp_path):
    question = asked("a", FIRST, "1931")
    del question["is_impossible"]
    path = squad(tmp_path / "s.json", {"paragraphs": [{"context": FIRST, "qas": [question]}]})
    [span] = read_squad(path)
    assert span.gold == "1931"
    assert span.text.startswith(FIRST)


def test_every_fifth_article_is_held_out(tmp_path):
    articles = [article(f"n{number}", f"a{number}", f"b{number}") for number in range(7)]
    path = squad(tmp_path / "s.json", *articles)
    held_out = read_spans(path, FileFormat.SQUAD, held_out=True)
    assert [span.id for span in held_out] == ["a0", "b0", "a5", "b5"]
    assert len(read_texts(path, FileFormat.SQUAD, held_out=True)) == 2
    assert len(read_texts(path, FileFormat.SQUAD)) == 7


def test_nothing_else_has_articles_held_out(tmp_path):
    path = swequad(tmp_path / "s.json", "Åsby är litet.", "Åsby")
    with pytest.raises(EvaluationError, match="leave --held-out"):
        read_spans(path, FileFormat.SWEQUAD, held_out=True)


# SweFAQ


def swefaq(path, *entries):
    lines = ({"question": question, "candidate_answers": answers, "label": label}
             for question, answers, label in entries)  # fmt: skip
    path.write_text("\n".join(json.dumps(line) for line in lines) + "\n")
    return path


def test_swefaq_question_has_the_right_answer_as_its_text(tmp_path):
    answers = ["Ja, på måndagar.", "Nej."]
    path = swefaq(tmp_path / "f.jsonl", ("Öppet?", answers, 0), ("Avgift?", answers, 1))
    assert [span.text for span in read_swefaq(path)] == answers
    assert read_swefaq(path)[0].gold == "Ja, på måndagar."


def test_every_candidate_answer_is_a_text_once(tmp_path):
    path = swefaq(
        tmp_path / "f.jsonl", ("Öppet?", ["Ja.", "Nej."], 0), ("När?", ["Ja.", "I år."], 1)
    )
    assert read_texts(path, FileFormat.SWEFAQ) == {"Ja.", "Nej.", "I år."}


def test_line_of_swefaq_without_its_label_is_named(tmp_path):
    path = swefaq(tmp_path / "f.jsonl", ("Öppet?", ["Ja."], 0), ("När?", ["Ja."], 3))
    with pytest.raises(EvaluationError, match="line 2"):
        read_swefaq(path)


def test_format_is_told_by_what_is_in_the_file(tmp_path):
    cases = tmp_path / "q.jsonl"
    cases.write_text('\n{"id": "1", "question": "Vem?", "answerable": true}\n')
    assert find_format(cases) is None
    written = tmp_path / "w.jsonl"
    written.write_text('{"id": "w1", "text": "Åsby.", "questions": []}\n')
    assert find_format(written) is FileFormat.WRITTEN
    assert find_format(swefaq(tmp_path / "f.jsonl", ("Öppet?", ["Ja."], 0))) is FileFormat.SWEFAQ
    assert find_format(squad(tmp_path / "s.json", article("Åsby", "a", "b"))) is FileFormat.SQUAD
    assert find_format(swequad(tmp_path / "w.json", "Åsby är litet.", "Åsby")) is FileFormat.SWEQUAD
