"""What a sentence may say of its quotes, and what it may not."""

import itertools

import pytest

from embeddings.language.sentences import split_sentences
from retrieval.support import fault, find_words, holds
from tests.retrieval.corpus import DOCUMENTS

POOL = "Nämnden beslutade att rusta upp simhallen för 14,5 miljoner kronor."
CLOSED = "Simhallen stängs under sommaren eftersom reningsverket måste bytas ut."
DRILL = (
    "Den 9 september håller landshövding Ingegerd Wallströmer en övning om översvämning i Åsby "
    "tillsammans med fem myndigheter."
)
OPEN = "Det är ännu inte klart vilka uteserveringar som får plats på torget."
MAYBE = "Biblioteket kan få fler öppettider."
PHONE = "Vid frågor kontakta Håkan Ängström: 0270-55 12 34, hakan.angstrom@lst.example"
ROW = "Säkerhetspolisen, Johan Olsson, avdelningschef"


@pytest.mark.parametrize(
    ("sentence", "quotes"),
    [
        (POOL, [POOL]),
        ("Simhallen rustas upp för 14,5 miljoner kronor.", [POOL]),
        ("Simhallen stängs i sommar, eftersom reningsverket måste bytas ut.", [CLOSED]),
        ("Ja, simhallen stängs under sommaren.", [CLOSED]),
        ("Övningen om översvämning hålls den 9 september.", [DRILL]),
        ("Övningen om översvämning hålls 9/9.", [DRILL]),
        ("Ingegerd Wallströmers övning handlar om översvämning.", [DRILL]),
        ("Nej, det är inte klart vilka uteserveringar som får plats.", [OPEN]),
        ("Biblioteket kan få fler öppettider.", [MAYBE]),
        ("Kontakta Håkan Ängström på 0270-55 12 34.", [PHONE]),
        ("Kontakta Håkan Ängström, hakan.angstrom@lst.example, vid frågor.", [PHONE]),
        ("Johan Olsson är avdelningschef på Säpo.", [ROW]),
        ("Simhallen rustas upp och stängs under sommaren.", [POOL, CLOSED]),
    ],
)
def test_sentence_that_says_no_more_than_its_quotes_stands(sentence, quotes):
    assert fault(sentence, quotes) is None


@pytest.mark.parametrize(
    ("sentence", "quote", "why"),
    [
        ("Simhallen rustas upp för 15 miljoner kronor.", POOL, "number"),
        ("Simhallen rustas upp för 14,5 miljarder kronor.", POOL, "number"),
        ("Simhallen rustas upp för 14,5 miljoner euro.", POOL, "number"),
        ("Simhallen rustas upp för drygt 14,5 miljoner kronor.", POOL, "number"),
        ("Landshövdingen håller övning med sex myndigheter.", DRILL, "number"),
        ("Kontakta Håkan Ängström på 0270-55 34 12.", PHONE, "or address"),
        ("Kontakta Håkan Ängström på 0270-55 12 35.", PHONE, "or address"),
        ("Adressen till Håkan Ängström är ange@lst.example.", PHONE, "or address"),
        ("Övningen om översvämning hålls den 10 september.", DRILL, "date"),
        ("Övningen om översvämning hålls den 9 oktober.", DRILL, "date"),
        ("Övningen om översvämning hålls den 9 september 2021.", DRILL, "date"),
        ("Övningen om översvämning hålls den 9–12 september.", DRILL, "date"),
        ("Övningen om översvämning hölls 2021.", DRILL, "date"),
        ("Boverket håller en övning om översvämning.", DRILL, "organisation"),
        ("Johan Olsson är avdelningschef på Polisen.", ROW, "organisation"),
        ("Ingegerd Wallström håller en övning om översvämning.", DRILL, "name"),
        ("Ingegerd Olsson håller en övning om översvämning.", DRILL, "name"),
        ("Övningen om översvämning hålls i Gävle.", DRILL, "name"),
        ("Gävle håller en övning om översvämning.", DRILL, "name"),
        ("Tillsammans med Gävle håller landshövdingen en övning.", DRILL, "name"),
        ("Simhallen stängs inte under sommaren.", CLOSED, "negation"),
        ("Det är klart vilka uteserveringar som får plats.", OPEN, "negation"),
        ("Ja, uteserveringar får plats på torget.", OPEN, "negation"),
        ("Biblioteket får fler öppettider.", MAYBE, "reservation"),
        ("Alla simhallen stängs under sommaren.", CLOSED, "extent"),
        ("Ja, simhallen är öppen.", CLOSED, "words"),
        ("Nu blir skatten högre.", CLOSED, "words"),
        ("Det beror på att skatten blir högre.", CLOSED, "words"),
        ("Adressen till Håkan Ängström är angstrom@lst.example.", PHONE, "or address"),
        ("Simhallen stängs under sommaren, se www.example.org.", CLOSED, "or address"),
        ("Simhallen stängs under sommaren, se simma.example.", CLOSED, "markup or speech"),
        ("Simhallen stängs under **sommaren**.", CLOSED, "markup or speech"),
        ("Simhallen stängs <b>under sommaren</b>.", CLOSED, "markup or speech"),
        ("<|im_start|>simhallen stängs under sommaren.", CLOSED, "markup or speech"),
        ('Simhallen stängs "för alltid" under sommaren.', CLOSED, "markup or speech"),
        ("Simhallen stängs\u202e under sommaren.", CLOSED, "print"),
        ("Simhallen stängs \x1b[31munder sommaren.", CLOSED, "print"),
        ("Simhallen stängs. " * 40, CLOSED, "print"),
        ("Simhallen är öppen under sommaren.", CLOSED, "words"),
        ("Nämnden beslutade att riva simhallen.", POOL, "words"),
        ("Ja.", CLOSED, "words"),
        ("…", CLOSED, "words"),
        ("", CLOSED, "words"),
    ],
)
def test_sentence_that_says_more_than_its_quote_falls(sentence, quote, why):
    assert why in (fault(sentence, [quote]) or "nothing")


def test_negation_in_one_of_two_quotes_is_not_lent_to_the_other():
    assert "negation" in fault("Simhallen stängs inte under sommaren.", [CLOSED, OPEN])


def test_what_stands_around_makes_words_known_and_no_names():
    quotes = ["Deltagande myndigheter", ROW]
    assert fault("Säpo deltog i mötet.", quotes) == "other words"
    assert fault("Säpo deltog i mötet.", quotes, "Ett möte mot segregation") is None
    assert "name" in fault("Säpo deltog i Malmö.", quotes, "Möte i Malmö")


def test_first_word_is_a_name_unless_it_is_written_small_around():
    sentence = "Regionen håller en övning om översvämning."
    assert "name" in fault(sentence, [DRILL])
    assert "name" in fault(sentence, [DRILL], "Regionen övar")
    assert fault(sentence, [DRILL], "Så övar regionen") is None


def sentences():
    for text in DOCUMENTS.values():
        body = text.rpartition("---\n")[2]
        found = (" ".join(body[start:end].split()) for start, end in split_sentences(body))
        yield from (one for one in found if one.endswith(".") and len(one.split()) >= 7)


def test_every_sentence_says_no_more_than_itself_and_more_than_any_other():
    every = list(dict.fromkeys(sentences()))
    assert len(every) > 10
    assert [one for one in every if fault(one, [one])] == []
    pairs = itertools.permutations(every, 2)
    assert [pair for pair in pairs if fault(pair[0], [pair[1]]) is None] == []


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("två rader", (4, 13)),
        ("på två", (1, 7)),
        ("på  två\nrader.", (1, 14)),
        ("På två", None),
        ("på tv", None),
        ("å två", None),
        ("på tre", None),
        ("", None),
        (" ", None),
        ("på två rader. Och mer än så", None),
        ("(.*)", None),
    ],
)
def test_words_are_found_whole_and_letter_by_letter(words, found):
    assert find_words("(på två\nrader.)", words) == found
    assert holds("(på två\nrader.)", words) == (found is not None)
