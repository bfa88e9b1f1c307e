import time

import pytest

from embeddings.passages.markup import plain, without_markup
from embeddings.types import Document, Metadata


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("Läs [vår guide](../a/b.md \"Guide\") om *ån* och **Åsas** bro.",
         "Läs vår guide om ån och Åsas bro."),
        ("- [ ] **SKA**: Filen `CONTRIBUTING.md` finns.", "- SKA: Filen CONTRIBUTING.md finns."),
        ("| [Digg](https://digg.se) | `a` | Åsa<br>Örjan |", "Digg; a; Åsa Örjan"),
        ("{{< note >}}Åsa kom.{{< /note >}} <!-- sent -->", "Åsa kom."),
        ("### Öppettider", "Öppettider"),
        ("> citerat ur <https://ån.se>", "citerat ur https://ån.se"),
        ("![Bild på ån](ån.png), snake_case_namn, 3 * 4", "Bild på ån, snake_case_namn, 3 * 4"),
        ("5 \\* 3", "5 * 3"),
        ("Läs [ån](http://å.se/a_(b)).[^1] ~~Förr~~ ==nu==, a == b", "Läs ån. Förr nu, a == b"),
        ("[^1]: Noten säger 5 m.", "Noten säger 5 m."),
        ("## Priser {#priser .stor}", "Priser"),
        ("Priser\n------", "Priser"),
        ("::: varning\nHalt på ån.\n:::", "Halt på ån."),
        ("{% include a.html %}Åsa {{ site.namn }}kom &amp; gick.", "Åsa kom & gick."),
    ],
)  # fmt: skip
def test_the_words_are_kept_and_the_marks_are_not(written, said):
    assert without_markup(written) == said


def test_only_what_is_written_in_markdown_has_marks():
    text = "# Åsa *kom*"
    for name, shown in (("a.md", "Åsa kom"), ("a.txt", text)):
        document = Document(name, text, Metadata(), ())
        assert plain(document, text) == shown


@pytest.mark.parametrize(
    "piece", ["[", "*a", "_", "`", "<a", "{{<", "{%", "<!--", "[a](", "[a](b(", "**å ", "~~", "=="]
)
def test_marks_that_never_end_take_no_time(piece):
    began = time.process_time()
    without_markup(piece * 5000)
    assert time.process_time() - began < 5
