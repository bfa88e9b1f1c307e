import pytest

from retrieval.llm.quotes import find_quote

TEXT = (
    "Deltagande\n• Arbetsförmedlingen\n• Boverket\n\n"
    "Bron över Klarälven kostade 87 miljoner kronor, säger ”Anna Berg”. Kom\u00admunen betalade."
)


def quoted(quote):
    return [TEXT[start:end] for start, end in find_quote(TEXT, quote)]


@pytest.mark.parametrize(
    ("quote", "words"),
    [
        ("kostade 87 miljoner kronor", "kostade 87 miljoner kronor"),
        ("Kostade  87\nmiljoner kronor", "kostade 87 miljoner kronor"),
        ('säger "Anna Berg".', "säger ”Anna Berg”."),
        ("Arbetsförmedlingen Boverket", "Arbetsförmedlingen\n• Boverket"),
        ("Kommunen betalade", "Kom\u00admunen betalade"),
        ("Boverket", "Boverket"),
    ],
)
def test_quote_is_found_whatever_its_white_space_and_marks(quote, words):
    assert quoted(quote) == [words]


@pytest.mark.parametrize(
    ("quote", "words"),
    [
        ("Bron över Klaräven kostade 87", "Bron över Klarälven kostade 87"),
        ("Bron över Klarälven kostade 86 miljoner", "Bron över Klarälven kostade 87 miljoner"),
        ("Bron över Klarälven kostad", "Bron över Klarälven kostade"),
    ],
)
def test_near_miss_is_mended_to_the_words_of_the_document(quote, words):
    assert quoted(quote) == [words]


def test_words_left_out_make_two_quotes_that_follow_on_each_other():
    assert quoted("Bron över Klarälven … 87 miljoner kronor") == [
        "Bron över Klarälven", "87 miljoner kronor",
    ]  # fmt: skip
    assert quoted("87 miljoner kronor … Bron över Klarälven") == []


@pytest.mark.parametrize(
    "quote",
    [
        "",
        " … ",
        "”“",
        "och",  # says nothing by itself
        "overket",  # half a word
        "7 miljoner",
        "Anna Borg",  # too short to be nearly right
        "Bron över Klarälven kostade 123 miljoner euro",
        "Bron byggdes av kommunen och invigdes av kungen",
    ],
)
def test_what_does_not_stand_there_is_not_found(quote):
    assert quoted(quote) == []


def test_number_that_begins_inside_another_is_not_found_as_it_is():
    assert find_quote("Totalt deltar 15 länder i samarbetet.", "5 länder") == []
