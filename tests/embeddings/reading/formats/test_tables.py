import pytest

from embeddings.reading.formats.tables import name_cells, split_table


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
