"""The vocabulary of the documents, which distinguishes the words of a question from typos."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from embeddings.language.marks import SIGN
from embeddings.language.words import has_digit, plain, stem_words

_ONE_EDIT_LETTERS, _TWO_EDIT_LETTERS = 4, 9  # letters, the least for one edit and for two
_CACHED_FORMS = 1 << 12


class Vocabulary:
    """The word forms and stems of an index, with their frequencies."""

    def __init__(self, forms: Mapping[str, int], stems: Mapping[str, int]) -> None:
        self._forms = forms
        self._stems = {stem: count for stem, count in stems.items()
                       if stem and not stem.startswith(SIGN)}  # fmt: skip
        self._spelt_forms = _by_plain(forms)
        self._spelt_stems = _by_plain(self._stems)
        self._near_forms = _by_length(forms)
        self._near_stems = _by_length(self._stems)
        self.corrected = lru_cache(_CACHED_FORMS)(self._corrected)

    def count(self, form: str) -> int:
        """How often this form occurs in the documents."""
        return self._forms.get(form, 0)

    def knows(self, stem: str) -> bool:
        """Whether a word occurs in the documents in any form."""
        return stem in self._stems

    def with_diacritics(self, form: str) -> str | None:
        """The word for a form typed without å, ä and ö, if the documents contain one."""
        if spelt := self._spelt_forms.get(plain(form)):
            return spelt if spelt != form else None
        [stem] = stem_words([form])
        return _inflected(form, stem, self._spelt_stems.get(plain(stem)))

    def _corrected(self, form: str) -> str | None:
        """The word of the documents that a form is a typo of, if any; numbers are never
        corrected."""
        if has_digit(form):
            return None
        if nearest := _nearest(form, self._forms, self._near_forms):
            return nearest
        [stem] = stem_words([form])
        return _inflected(form, stem, _nearest(stem, self._stems, self._near_stems))


def _by_plain(counts: Mapping[str, int]) -> dict[str, str]:
    """The most common of the words that are equal without their diacritics."""
    spelt: dict[str, str] = {}
    for word in counts:
        key = plain(word)
        if key != word:
            other = spelt.get(key, word)
            spelt[key] = min(word, other, key=lambda one: (-counts[one], one))
    return spelt


def _by_length(words: Iterable[str]) -> dict[tuple[str, int], list[str]]:
    """The words by first letter, which is seldom mistyped, and length."""
    found: dict[tuple[str, int], list[str]] = {}
    for word in words:
        if not has_digit(word):
            found.setdefault((word[0], len(word)), []).append(word)
    return found


def _nearest(
    typed: str, counts: Mapping[str, int], near: Mapping[tuple[str, int], Sequence[str]]
) -> str | None:
    """The word with the fewest edits from the typed one; the most common on a tie."""
    most = (len(typed) >= _ONE_EDIT_LETTERS) + (len(typed) >= _TWO_EDIT_LETTERS)
    lengths = range(len(typed) - most, len(typed) + most + 1)
    choices = [word for length in lengths for word in near.get((typed[:1], length), ())]
    found = extract(typed, choices, scorer=OSA.distance, score_cutoff=most, limit=None)
    best = min(found, key=lambda hit: (hit[1], -counts[hit[0]], hit[0]), default=None)
    return best[0] if best and most else None


def _inflected(form: str, stem: str, other: str | None) -> str | None:
    """Another stem with the ending of this form."""
    if other is None or other == stem:
        return None
    return other + form.removeprefix(stem) if form.startswith(stem) else other
