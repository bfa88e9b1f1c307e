from training.titles import documents, is_title


def test_a_title_is_right_if_it_holds_a_line_that_names_the_document():
    assert is_title("Avfallstaxa 2024.", ["avfallstaxa  2024"])
    assert is_title("Protokoll, nämnden, 3 maj 2024", ["Protokoll"])
    assert not is_title("Bakgrund", ["Avfallstaxa 2024"])
    assert not is_title("", ["Avfallstaxa 2024"])


def test_documents_are_made_of_the_written_texts(tmp_path):
    line = '{"id": "a1", "genre": "", "text": "Nya taxor\\n\\nTaxan är 5 kr.", "questions": []}\n'
    (tmp_path / "a.jsonl").write_text(line)
    [document] = documents([tmp_path])
    assert (document.name, document.metadata.title) == ("a1", "Nya taxor")
