import re

from hypothesis import given
from hypothesis import strategies as st

from embeddings.model.tokenizer import PairTokens
from embeddings.passages.cutting import cut_passages
from retrieval.reader import MAX_TOKENS, Input, join_topic, make_inputs, make_windows, reading_text
from tests.retrieval.support import make_document_of

TEXT = "Rubrik\nDeltagande myndigheter\nBoverket\nSkolverket"
BODY = len("Rubrik\n")


def by_words(question, text):
    words = [(found.start(), found.end()) for found in re.finditer(r"\s*\S+", text)]
    before = [0, *(1 for _ in question.split()), 2, 2]
    ids = [*before, *(1 for _ in words), 2]
    return PairTokens(ids, [*((0, 0) for _ in before), *words, (0, 0)])


def test_a_token_stands_for_words_of_the_text_as_it_was_given():
    (one,) = make_inputs(by_words, [("Vilka?", "")], [(TEXT, BODY)])
    words = [TEXT[start:end] for start, end in one.where if end]
    assert words == ["Deltagande", "myndigheter", "Boverket", "Skolverket"]


def test_what_is_too_long_is_cut_off_and_ends_all_the_same():
    (one,) = make_inputs(by_words, [("Vilka?", "")], [("ord " * 500, 0)])
    assert len(one.ids) == len(one.where) == MAX_TOKENS
    assert one.ids[-1] == 2
    assert one.where[-1] == (0, 0)


def test_question_and_context_are_no_answer():
    (one,) = make_inputs(by_words, [("Rubrik?", "")], [(TEXT, BODY)])
    assert all(start >= BODY for start, end in one.where if end)


@given(st.text(alphabet="ab \n", max_size=40), st.integers(0, 40))
def test_offsets_survive_every_line_break(text, body):
    (one,) = make_inputs(by_words, [("q", "")], [(text, min(body, len(text)))])
    spans = [(start, end) for start, end in one.where if end]
    assert spans == sorted(spans)
    for start, end in spans:
        assert body <= start < end <= len(text)
        assert text[start:end].strip() == text[start:end]
        assert "\n" not in text[start:end]


def test_what_was_asked_before_stands_behind_the_question():
    seen = []

    def keep(question, text):
        seen.append(question)
        return by_words(question, text)

    make_inputs(keep, [("och då?", "vem leder skolan"), ("vem?", "")], [(TEXT, BODY)] * 2)
    assert seen == ["query: och då? | vem leder skolan", "query: vem?"]


def test_only_the_last_two_questions_are_the_topic():
    assert join_topic(["a", "b", "c"]) == "b c"
    assert join_topic([]) == ""


def test_what_stands_around_a_passage_is_read_before_it_and_is_no_part_of_it():
    text = "# Badet\n\n## Öppettider\n\nVi har öppet.\n\nVi öppnar klockan nio varje dag."
    document = make_document_of(text, "bad.md", publisher="Umeå")
    passage = next(one for one in cut_passages(document) if "nio" in one.text)
    text, body = reading_text(passage)
    assert text[body:] == passage.text
    assert text[:body].split("\n")[:3] == ["Badet", "Umeå", "Öppettider"]


def test_what_is_too_long_is_read_in_parts_that_leave_out_no_word():
    text = "Rubrik\n" + " ".join(f"ord{number}" for number in range(900))
    asked = by_words("query: vad ?", text.replace("\n", " | "))
    where = [(0, 0) if end < 12 else (start, end) for start, end in asked.spans]
    windows = make_windows(Input(asked.ids, where))
    assert len(windows) > 2
    assert all(len(one.ids) <= MAX_TOKENS for one, _ in windows)
    taken = [span for one, part in windows for span in one.where[part] if span[1]]
    assert taken == [span for span in where if span[1]]
