import json

import pytest

from retrieval.evaluation import Case, EvaluationError, Outcome, read_cases, summary
from retrieval.question import understand
from retrieval.types import Answer, Citation, Quote, Refusal, RefusalReason
from tests.retrieval.support import hits_of, make_document_of

TEXT = "Samråd om järnvägen\n\nTill samrådet kom Åsby byalag, Överbyns vägförening och tio boende."
DOCUMENT = make_document_of(TEXT, "samråd.txt")
[HIT] = hits_of(DOCUMENT)


def case(**said):
    given = {"id": "1", "question": "?", "kind": "", "history": (), "sources": ("samråd.txt",)}
    holds = {"answer_all": (), "answer_any": (), "answer_none": (), "answerable": True}
    return Case(**{**given, **holds, **said})


def outcome(short="Åsby byalag", *, refused=False, cited=True, rank=1, **said):
    quote = Quote(DOCUMENT, HIT.passage.start, HIT.passage.end)
    answer = Answer(
        understand("Vilka kom?"),
        0.9,
        spans=(quote,),
        citations=(Citation(1, HIT, quote),) if cited else (),
        refusal=Refusal(RefusalReason.WEAK) if refused else None,
    )
    return Outcome(case(**said), answer, short, rank)


def test_answer_is_right_where_it_holds_all_that_it_must():
    assert outcome("Åsby byalag", answer_all=("Åsby byalag",)).is_right


def test_quotes_count_as_well_as_the_short_answer():
    one = outcome("Åsby byalag", answer_all=("Åsby byalag", "Överbyns vägförening"))
    assert one.is_right
    assert not one.is_right_alone


def test_answer_is_wrong_where_one_of_all_is_missing():
    assert not outcome(answer_all=("Åsby byalag", "Kvarnbyn")).is_right


def test_one_of_any_is_enough_and_none_is_wrong():
    assert outcome(answer_any=("Kvarnbyn", "tio boende")).is_right
    assert not outcome(answer_any=("Kvarnbyn", "Ljusforsa")).is_right


def test_case_of_letters_does_not_count():
    assert outcome(answer_all=("ÅSBY BYALAG",), answer_any=("ÖVERBYNS",)).is_right


def test_what_must_not_be_there_counts_in_the_short_answer_alone():
    assert outcome("Åsby byalag", answer_none=("tio boende",)).is_right
    assert not outcome("Åsby byalag och Tio boende", answer_none=("tio boende",)).is_right


def test_first_citation_has_to_be_of_a_source_that_may_be_cited():
    assert not outcome(sources=("annat.txt",)).is_right
    assert not outcome(cited=False).is_right


def test_refusal_is_never_right_for_what_can_be_answered():
    assert not outcome(refused=True).is_right
    assert outcome(refused=True).is_refused


def test_question_file_is_read_line_by_line(tmp_path):
    path = tmp_path / "frågor.jsonl"
    lines = [
        {"id": 7, "question": "Vem?", "answerable": True, "answer_all": ["Åsa"], "kind": "person",
         "sources": ["a.txt"], "history": ["Var?"]},
        {"id": "b", "question": "Hur?", "answerable": False},
    ]  # fmt: skip
    path.write_text("\n\n".join(json.dumps(line) for line in lines) + "\n")
    first, second = read_cases(path)
    assert (first.id, first.answer_all, first.history) == ("7", ("Åsa",), ("Var?",))
    assert (second.kind, second.answer_any, second.answerable) == ("", (), False)


@pytest.mark.parametrize(
    ("line", "named"),
    [("{", "line 2"), ('{"id": "1"}', "line 2"), ("[]", "line 2"), ('"text"', "line 2")],
)
def test_broken_line_is_named_with_its_number(tmp_path, line, named):
    path = tmp_path / "frågor.jsonl"
    path.write_text('{"id": "1", "question": "Vem?", "answerable": true}\n' + line + "\n")
    with pytest.raises(EvaluationError, match=named):
        read_cases(path)


def test_file_without_questions_is_refused(tmp_path):
    path = tmp_path / "frågor.jsonl"
    path.write_text("\n\n")
    with pytest.raises(EvaluationError, match="no question"):
        read_cases(path)


def test_file_that_is_not_there_or_not_text_is_refused(tmp_path):
    with pytest.raises(EvaluationError, match="cannot be read"):
        read_cases(tmp_path / "saknas.jsonl")
    (tmp_path / "bild.jsonl").write_bytes(b"\xff\xd8\xff")
    with pytest.raises(EvaluationError, match="cannot be read"):
        read_cases(tmp_path / "bild.jsonl")


def test_summary_counts_the_answerable_and_the_others_apart():
    outcomes = [
        outcome("ett två", rank=1),
        outcome("ett två tre fyra", sources=("annat.txt",), rank=4),
        outcome(refused=True, rank=None),
        outcome(refused=True, answerable=False, rank=None),
        outcome(answerable=False, rank=None),
    ]
    figures = summary(outcomes)
    assert figures["questions"] == 5
    assert figures["right"] == pytest.approx(1 / 3)
    assert figures["right_citation"] == pytest.approx(1 / 3)
    assert figures["right_refusal"] == pytest.approx(1 / 2)
    assert figures["hit@1"] == pytest.approx(1 / 3)
    assert figures["hit@3"] == pytest.approx(1 / 3)
    assert figures["hit@10"] == pytest.approx(2 / 3)
    assert figures["median_words"] == 3


def test_share_of_nothing_is_none():
    figures = summary([outcome(answerable=False)])
    assert figures["right"] is None
    assert figures["median_words"] is None
    assert summary([outcome()])["right_refusal"] is None
