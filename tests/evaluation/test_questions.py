import json

import pytest

from evaluation import (
    Case,
    CaseOutcome,
    EvaluationError,
    read_cases,
    summary,
    written_cases,
)
from retrieval import types
from retrieval.question import understand
from retrieval.types import Answer, Citation, Quote
from tests.retrieval.support import hits_of, make_document_of

TEXT = "Samråd om järnvägen\n\nTill samrådet kom Åsby byalag, Överbyns vägförening och tio boende."
DOCUMENT = make_document_of(TEXT, "samråd.txt")
[HIT] = hits_of(DOCUMENT)


def case(**said):
    given = {"id": "1", "question": "?", "kind": "", "history": (), "sources": ("samråd.txt",)}
    holds = {"answer_all": (), "answer_any": (), "answer_none": (), "answerable": True}
    return Case(**{**given, **holds, **said})


def outcome(short="Åsby byalag", *, refused=False, cited=True, rank=1, quoted=TEXT, **said):
    start = TEXT.index(quoted)
    quote = Quote(DOCUMENT, start, start + len(quoted))
    answer = Answer(
        understand("Vilka kom?"),
        types.Outcome.FOUND if refused else types.Outcome.ANSWERED,
        0.9,
        spans=() if refused else (quote,),
        citations=(Citation(1, HIT, quote),) if cited else (),
    )
    return CaseOutcome(case(**said), answer, short, rank)


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


def test_places_that_are_shown_are_no_answer_but_count_as_shown():
    one = outcome("Jag är inte säker", refused=True, answer_all=("tio boende",))
    assert not one.is_right
    assert not one.is_asserted
    assert one.is_shown


@pytest.mark.parametrize(
    "said",
    [{"answer_all": ("Kvarnbyn",)}, {"sources": ("annat.txt",)}, {"cited": False},
     {"answerable": False}, {"quoted": "Åsby byalag"}],
)  # fmt: skip
def test_places_without_the_words_or_of_another_document_show_nothing(said):
    assert not outcome(
        "tio boende", refused=True, **{"answer_all": ("tio boende",), **said}
    ).is_shown


def test_an_answer_shows_what_it_says_and_what_it_quotes():
    assert outcome("Åsby byalag", answer_all=("Åsby byalag", "tio boende")).is_shown
    assert outcome("tio boende", quoted="Åsby byalag", answer_all=("tio boende",)).is_shown
    assert not outcome("tio boende", sources=("annat.txt",), answer_all=("tio boende",)).is_shown


def test_an_answer_where_there_is_none_is_wrong():
    assert not outcome(answerable=False).is_right
    assert outcome(answerable=False).is_asserted


def test_what_is_expected_stands_in_one_line():
    assert case(answer_all=("a", "b")).expected == "a; b"
    assert case(answer_any=("a", "b")).expected == "a or b"
    assert case(answer_all=("a",), answer_any=("b", "c")).expected == "a and one of b or c"
    assert case(answerable=False).expected == "no answer"


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
    [("{", "line 2"), ('{"id": "1"}', "line 2"), ("[]", "line 2"), ('"text"', "line 2"),
     ("7", "line 2"), ("null", "line 2"),
     ('{"id": "1", "question": 5, "answerable": true}', "line 2.*question"),
     ('{"id": "1", "question": "Vem?", "answerable": "no"}', "line 2.*answerable"),
     ('{"id": "1", "question": "Vem?", "answerable": true, "answer_all": "Åsa"}',
      "line 2.*answer_all"),
     ('{"id": "1", "question": "Vem?", "answerable": true, "history": [1]}', "line 2.*history")],
)  # fmt: skip
def test_broken_line_is_named_with_its_number(tmp_path, line, named):
    path = tmp_path / "frågor.jsonl"
    path.write_text('{"id": "1", "question": "Vem?", "answerable": true}\n' + line + "\n")
    with pytest.raises(EvaluationError, match=named):
        read_cases(path)


@pytest.mark.parametrize("key", ["answer", "answers", "Question", "source", "answerAll"])
def test_a_key_that_means_nothing_is_an_error(tmp_path, key):
    path = tmp_path / "frågor.jsonl"
    said = {"id": "1", "question": "Vem?", "answerable": True, key: "Åsa"}
    path.write_text(json.dumps(said))
    with pytest.raises(EvaluationError, match=f"line 1.*unknown key '{key}'"):
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
    known = {"answer": "ett två", "answer_all": ("boende",)}
    outcomes = [
        outcome("ett två boende", rank=1, **known),
        outcome("ett två tre fyra", rank=4, **known),
        outcome("ett", sources=("annat.txt",), rank=7, **known),
        outcome("Jag är inte säker", refused=True, rank=None, **known),
        outcome("Jag är inte säker", refused=True, answerable=False, rank=None),
        outcome(answerable=False, rank=None),
    ]
    figures = summary(outcomes)
    assert figures["questions"] == 6
    assert figures["right"] == pytest.approx(2 / 4)
    assert figures["alone"] == pytest.approx(1 / 4)
    assert figures["token_f1"] == pytest.approx((4 / 5 + 4 / 6 + 2 / 3 + 0) / 4)
    assert figures["asserted_right"] == pytest.approx(2 / 4)
    assert figures["declined"] == pytest.approx(1 / 4)
    assert figures["shown"] == pytest.approx(3 / 4)
    assert figures["absent_asserted"] == pytest.approx(1 / 2)
    assert figures["R@1"] == pytest.approx(1 / 4)
    assert figures["R@5"] == pytest.approx(2 / 4)
    assert figures["R@10"] == pytest.approx(3 / 4)
    assert figures["median_words"] == 3


def test_where_the_whole_answer_is_not_known_it_has_no_f1():
    assert summary([outcome(answer_all=("Åsby byalag",))])["token_f1"] is None


def test_share_of_nothing_is_none():
    figures = summary([outcome(answerable=False)])
    assert figures["right"] is figures["shown"] is figures["median_words"] is None
    assert summary([outcome()])["absent_asserted"] is None
    assert summary([outcome(refused=True)])["asserted_right"] is None


def test_written_questions_become_cases_on_their_own_texts(tmp_path):
    path = tmp_path / "w.jsonl"
    path.write_text(json.dumps({"id": "w1", "text": "Anna och Bo kom.", "questions": [
        {"question": "vilka kom?", "kind": "list", "history": ["när?"],
         "answers": ["Anna", "Bo"], "quote": "Anna och Bo"},
        {"question": "varför?", "kind": "reason", "history": [], "answers": [], "quote": ""},
    ]}))  # fmt: skip
    texts, [listed, absent] = written_cases(path)
    assert texts == {"w1.txt": "Anna och Bo kom."}
    assert (listed.id, listed.kind, listed.history) == ("w1#1", "list", ("när?",))
    assert (listed.answer_all, listed.answer) == (("Anna", "Bo"), "Anna Bo")
    assert listed.sources == ("w1.txt",)
    assert listed.answerable
    assert not absent.answerable
