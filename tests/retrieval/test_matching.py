import pytest

from embeddings.language.words import stems
from retrieval.matching import Term, coverage, mark_set, match


def stem(word):
    [one] = stems(word)
    return one


def equal(_mark):
    return 1.0


@pytest.mark.parametrize(
    ("asked", "written"),
    [("skolorna", "skola"), ("ÖVNINGEN", "övningar"), ("bröt", "bryta"), ("SKR:s", "SKR")],
)
def test_forms_of_one_word_match_wholly(asked, written):
    assert match(stem(asked), mark_set(written)) == 1


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        ("buss", "biblioteksbuss"),  # the last part of a compound
        ("vatten", "vattentäkt"),  # the first
        ("ministertitel", "skolminister"),  # a part that both have
        ("översvämmning", "översvämning"),  # a slip
        ("förskloa", "förskola"),  # two letters that changed places
    ],
)
def test_compound_or_slip_matches_in_part(asked, written):
    assert 0 < match(stem(asked), mark_set(written)) < 1


@pytest.mark.parametrize(
    ("asked", "written"),
    [("bil", "bilaga"), ("hav", "havre"), ("å", "ål"), ("katt", "natt"), ("torg", "tåg")],
)
def test_short_words_that_only_look_alike_do_not_match(asked, written):
    assert match(stem(asked), mark_set(written)) == 0


def test_organisation_matches_under_any_of_its_names_but_no_other():
    assert match("@Säkerhetspolisen", mark_set("Säpo var på plats")) == 1
    assert match("@Säkerhetspolisen", mark_set("Polismyndigheten var på plats")) == 0


def test_date_matches_as_it_is_written_anywhere():
    assert match("@-5-3", mark_set("den tredje maj")) == 1
    assert match("@-5-3", mark_set("3/5")) == 1
    assert match("@-5-3", mark_set("den 13 maj")) == 0


def test_day_within_a_span_of_days_matches():
    assert match("@-5-4", mark_set("den 3–5 maj")) == 1
    assert match("@-5-6", mark_set("den 3–5 maj")) == 0


def test_term_is_found_by_the_best_of_its_alternatives():
    term = Term(("gd", "generaldirektör"))
    assert term.match(mark_set("generaldirektören kom")) == 1
    assert term.match(mark_set("rektorn kom")) < 1


def test_coverage_is_the_share_that_is_found():
    terms = [Term(("skol",)), Term(("buss",))]
    assert coverage(terms, mark_set("skola och buss"), equal) == 1
    assert coverage(terms, mark_set("skola"), equal) == pytest.approx(0.5)
    assert coverage(terms, mark_set("kvarn"), equal) == 0
    assert coverage([], mark_set("kvarn"), equal) == 0


def test_coverage_counts_a_rare_word_for_more():
    terms = [Term(("skol",)), Term(("kvarn",))]
    weight = {"skol": 0.5, "kvarn": 4.5}.__getitem__
    assert coverage(terms, mark_set("kvarn"), weight) == pytest.approx(0.9)


def test_name_is_worth_as_much_as_the_rarest_word_however_common():
    terms = [Term(("skol",)), Term(("@Livsmedelsverket",))]
    weight = {"skol": 1.0, "@": 4.0, "@Livsmedelsverket": 0.01}.__getitem__
    assert coverage(terms, mark_set("Livsmedelsverket"), weight) == pytest.approx(0.8)
