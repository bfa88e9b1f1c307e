import pytest

from embeddings.reading.formats.tables import name_cells, split_table, spread


def written(rows, heads=None):
    names, body = split_table(rows, heads)
    return [name_cells(names, row) for row in body]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (
            [["Nämnd", "2023", "2024"], ["Skola", "1", "2"]],
            ["Nämnd: Skola; 2023: 1; 2024: 2"],
        ),
        ([["", "2023", "2024"], ["Skola", "1", "2"]], ["Skola; 2023: 1; 2024: 2"]),
        ([["Post", "Belopp"], ["Skola", "12 000"]], ["Post: Skola; Belopp: 12 000"]),
        ([["Namn", "Roll"], ["Åsa Ek", "Ordförande"]], ["Namn: Åsa Ek; Roll: Ordförande"]),
        (
            [["Datum", "Händelse"], ["3 maj", "Möte"], ["4 maj", "Resa"]],
            ["Datum: 3 maj; Händelse: Möte", "Datum: 4 maj; Händelse: Resa"],
        ),
        (
            [["Plats", "Kommunhuset"], ["Tid", "klockan 9"], ["Beslutande", "Åsa Ek"]],
            ["Plats: Kommunhuset", "Tid: klockan 9", "Beslutande: Åsa Ek"],
        ),
        ([["Syfte:", "Spara"], ["Mål:", "Mindre el"]], ["Syfte: Spara", "Mål: Mindre el"]),
        ([["Skola", "12 000"], ["Vård", "9 000"]], ["Skola: 12 000", "Vård: 9 000"]),
        (
            [["Vi vill att det ska bli bättre för alla", "Ja"], ["Åsa", "Nej"]],
            ["Vi vill att det ska bli bättre för alla: Ja", "Åsa: Nej"],
        ),
        ([["a", "1", "x"], ["b", "2", "y"]], ["a; 1; x", "b; 2; y"]),
        ([["a", "b", "c"]], ["a; b; c"]),
        (
            [["Biljett", "Vardag", "Helg", "Lov"], ["Vuxen", "60 kr", "60 kr", "70 kr"]],
            ["Biljett: Vuxen; Vardag, Helg: 60 kr; Lov: 70 kr"],
        ),
        (
            [["Skola", "2023", "2023"], ["Skola", "Män", "Kvinnor"], ["Norr", "3", "4"]],
            ["Skola: Norr; 2023 Män: 3; 2023 Kvinnor: 4"],
        ),
        (
            [["Ort", "Jan", "Feb"], ["Norra länet", "Norra länet", "Norra länet"], ["5", "5", "5"]],
            ["Norra länet", "Ort, Jan, Feb: 5"],
        ),
        ([[], ["", ""]], []),
        (
            [["Nämnd", "Nämnd", "År"], ["Skola", "Skola", "2024"]],
            ["Nämnd; År", "Skola; 2024"],
        ),
    ],
)
def test_rows_name_their_columns_where_the_first_row_does(rows, expected):
    assert written(rows) == expected


def test_names_over_two_rows_are_joined():
    rows = [["", "Budget", "Budget"], ["Nämnd", "2023", "2024"], ["Skola", "1", "2"]]
    assert written(rows, 2) == ["Nämnd: Skola; Budget 2023: 1; Budget 2024: 2"]


def test_a_table_of_nothing_but_names_says_them():
    assert written([["Namn", "Roll", "Ort"]], 1) == ["Namn; Roll; Ort"]


def test_a_cell_over_columns_and_rows_is_read_in_all_of_them():
    rows = [
        [("Kontor", 1, 2), ("Telefon", 2, 1)],
        [("Dag", 1, 1), ("Kväll", 1, 1)],
        [("Teknik", 1, 2), ("11", 1, 1), ("12", 1, 1)],
        [("21", 1, 1), ("22", 1, 1)],
    ]
    assert list(spread(rows)) == [
        ["Kontor", "Telefon", "Telefon"],
        ["Kontor", "Dag", "Kväll"],
        ["Teknik", "11", "12"],
        ["Teknik", "21", "22"],
    ]


def test_a_cell_of_running_text_is_not_repeated_in_the_rows_below():
    text = "ett " * 30
    assert list(spread([[(text, 1, 2), ("a", 1, 1)], [("b", 1, 1)]])) == [[text, "a"], ["", "b"]]
