from tests.fakes import make_documents, make_one

PEOPLE = ["Åsa", "Örjan", "Märta", "Göran", "Älva"]


def notices(document):
    return [document.text_of(block) for block in document.blocks if block.kind == "notice"]


def articles(top="", bottom="", middle="", count=5):
    """Articles of their own, with something that they share."""
    return {
        f"{n}.txt": "\n\n".join(
            filter(
                None,
                [
                    top,
                    f"Rubrik nummer {n} om {person}",
                    f"{person} kom till mötet och sa {n} kloka saker om ån, i lugn och ro.",
                    middle,
                    f"Sedan gick {person} hem över ängen, ensam, medan de {n} andra satt kvar.",
                    bottom,
                ],
            )
        )
        for n, person in enumerate(PEOPLE[:count])
    }


def test_what_many_pages_begin_or_end_with_is_furniture():
    top, bottom = "Öppna menyn.", "Vi använder kakor för att göra sidan bättre."
    for document in make_documents(articles(top, bottom)):
        assert notices(document) == [top, bottom]


def test_furniture_may_be_a_heading_with_what_it_heads():
    bottom = "Om kakor\n\nVi använder kakor för att göra sidan bättre, året om."
    for document in make_documents(articles(bottom=bottom)):
        assert notices(document) == bottom.split("\n\n")


def test_a_heading_that_heads_content_is_no_furniture():
    pages = articles(top="Nyheter")
    assert all(notices(document) == [] for document in make_documents(pages))


def test_what_many_articles_say_in_the_middle_is_content():
    said = "Kommunstyrelsen beslutar att lägga informationen till handlingarna."
    assert all(notices(d) == [] for d in make_documents(articles(middle=said)))


def test_what_a_few_pages_of_many_share_is_content():
    pages = articles(bottom="Anmäl dig till mötet senast på fredag, i receptionen.", count=2)
    assert all(notices(document) == [] for document in make_documents(pages))


def test_copies_of_a_document_are_content():
    text = articles()["0.txt"]
    copies = {f"{n}.txt": text for n in range(5)}
    assert all(notices(document) == [] for document in make_documents(copies))


def test_copies_that_differ_at_their_end_are_content():
    text = articles()["0.txt"]
    copies = {f"{n}.txt": f"{text}\n\nVersion {n}, rättad av {p}." for n, p in enumerate(PEOPLE)}
    assert all(notices(document) == [] for document in make_documents(copies))


def test_what_repeats_at_the_edges_of_one_page_is_furniture():
    notice = "Sidan är inte längre aktuell.\n\nDen gällde under förra året, på ön."
    document = make_one(f"{notice}\n\n{articles()['0.txt']}\n\n{notice}")
    assert notices(document) == notice.split("\n\n") * 2


def test_what_repeats_inside_a_page_is_content_also_where_it_is_the_last_word():
    said = "Styrelsen beslutar enligt förslaget, utan reservationer."
    minutes = "\n\n".join(
        f"§ {n} Ärende om {person}\n\nOrdföranden {person} redogör.\n\n{said}"
        for n, person in enumerate(PEOPLE)
    )
    assert notices(make_one(minutes)) == []


def test_a_statement_and_how_to_reach_someone_are_never_furniture():
    for said in (
        "– Vi är glada, säger Åsa Öberg.",
        "Presskontakt: Åsa Öberg, 070-123 45 67",
        "Mejla asa@ån.se om du undrar.",
    ):
        assert all(notices(d) == [] for d in make_documents(articles(bottom=said)))


def test_repeats_are_found_whatever_their_bullets_case_and_spaces():
    pages = articles()
    for number, line in enumerate(["Öppna menyn.", "ÖPPNA MENYN.", "Öppna  menyn."] * 2):
        if f"{number}.txt" in pages:
            pages[f"{number}.txt"] = f"{line}\n\n{pages[f'{number}.txt']}"
    assert all(len(notices(document)) == 1 for document in make_documents(pages))


def test_furniture_is_no_title():
    documents = make_documents(articles(top="Välkommen hit.\n\nDu är på vår sida, året om."))
    assert [d.title for d in documents] == [
        f"Rubrik nummer {n} om {p}" for n, p in enumerate(PEOPLE)
    ]
