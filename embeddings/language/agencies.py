"""Recognition of Swedish agencies by the acronyms, names and titles that people use for them."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from embeddings.language.normal import in_normal_form, normal_form
from embeddings.language.words import plain

_WORD = re.compile(r"\w+|,")
_GAP = re.compile(r"[:'’]|[^\S\n]*+[-‐‑–]?[^\S\n]*+\n?[^\S\n]*+")  # never across a blank line
_SUFFIX = re.compile(r"[:'’](?:s|t|ts|ns?|ens?|ets?)(?!\w)")
_SENTENCE_START = re.compile(r"(?:^|[\n.!?:;•–—])[\s\"'”’»(\-]*$")
_NUMBER_NEXT = re.compile(r"\s+\d")

_SHORTEST_PLAIN = 4  # "Sapo" is Säpo, but "bra" is a word and never Brå
_SHORTEST_FUZZY = 8
_SHORTEST_TWO_EDITS = 12
_LONGEST_TITLE = 3

# A name in the indefinite form also occurs in the definite: "Statens kulturråd", "kulturrådet".
_DEFINITE = (
    ("styrelse", "n"),
    ("högskola", "n"),
    ("verk", "et"),
    ("råd", "et"),
    ("institut", "et"),
    ("bibliotek", "et"),
    ("universitet", "et"),
    ("nämnd", "en"),
    ("myndighet", "en"),
    ("inspektion", "en"),
    ("rätt", "en"),
)
_INDEFINITE_TITLE = (("mannen", 3), ("aren", 1), ("ern", 1), ("orn", 1), ("en", 2))
# Endings of ordinary nouns, by the ending of the definite form that a name shares.
_OTHER_ENDINGS = {
    "en": ("", "e", "ar", "arna", "er", "erna", "are", "aren"),
    "et": ("", "en"),
    "an": ("a", "or", "orna"),
    "er": ("rar", "rarna"),
    "": ("et", "en", "n", "er", "erna"),
}
# Words that many agency names end in; the part before them distinguishes two agencies.
_HEADS = (
    "departementet",
    "inspektionen",
    "myndigheten",
    "institutet",
    "styrelsen",
    "domstolen",
    "universitet",
    "hogskolan",
    "kontoret",
    "namnden",
    "verket",
    "radet",
)


@dataclass(frozen=True, slots=True)
class Agency:
    """An organisation, and what people and documents call it."""

    name: str
    aliases: tuple[str, ...] = ()
    acronyms: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    former: tuple[str, ...] = ()
    english: tuple[str, ...] = ()


class Mention(NamedTuple):
    """An organisation named in a text, with the character offsets of the naming words."""

    agency: Agency
    start: int
    end: int
    by_title: bool


class _Form(NamedTuple):
    text: str
    by_title: bool = False
    as_written: bool = False


class _Entry(NamedTuple):
    agency: Agency
    by_title: bool


@dataclass(slots=True)
class _Node:
    children: dict[str, "_Node"] = field(default_factory=dict)
    # Spelling to organisation; case-sensitive spellings contain a capital, the others never do.
    forms: dict[str, _Entry] = field(default_factory=dict)


class _Word(NamedTuple):
    start: int
    end: int
    key: str
    corrected: bool = False


class _Candidate(NamedTuple):
    word: str
    letters: int


class _Register(NamedTuple):
    root: _Node
    known: frozenset[str]
    candidates: dict[tuple[str, int], tuple[_Candidate, ...]]
    never: frozenset[str]


@lru_cache(maxsize=1)
def load_agencies() -> tuple[Agency, ...]:
    """Read the register shipped with the package."""
    rows = _data()["agency"]
    lists = ({key: value for key, value in row.items() if key != "name"} for row in rows)
    return tuple(
        Agency(row["name"], **{key: tuple(value) for key, value in names.items()})
        for row, names in zip(rows, lists, strict=True)
    )


def names_of(agency: Agency) -> tuple[str, ...]:
    """Return every name that a document may use for an agency, the official one first; no
    titles."""
    names = (agency.name, *agency.aliases, *agency.acronyms, *agency.former, *agency.english)
    return tuple(dict.fromkeys(names))


def find_agencies(text: str, *, fuzzy: bool = False) -> list[Mention]:
    """Find the organisations named in a text; `fuzzy` tolerates typos, for questions as typed."""
    normal = normal_form(text)
    mentions = _mentions(normal.text, fuzzy=fuzzy)
    if normal.text == text:
        return mentions
    spans = (normal.span_of(mention.start, mention.end) for mention in mentions)
    return [
        mention._replace(start=start, end=end)
        for mention, (start, end) in zip(mentions, spans, strict=True)
    ]


def _mentions(text: str, *, fuzzy: bool) -> list[Mention]:
    root = _register().root
    words = [_Word(m.start(), m.end(), _key(m.group())) for m in _WORD.finditer(text)]
    if fuzzy:
        words = _mended(text, words)
    mentions: list[Mention] = []
    end = 0
    for index, word in enumerate(words):
        if word.start >= end and word.key in root.children:
            mention = _longest_at(text, words, index)
            if mention:
                mentions.append(mention)
                end = mention.end
    return mentions


def expand_titles(text: str) -> list[str]:
    """Return the words that documents use for the short titles in a question ("GD:n")."""
    found = (form for _, _, long in find_short_titles(text) for form in long)
    return list(dict.fromkeys(found))


def find_short_titles(text: str) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Yield the spans of short titles in a question, each with the words that documents use."""
    any_case, as_written = _title_words()
    words = list(_WORD.finditer(text))
    index = 0
    while index < len(words):
        for length in range(_LONGEST_TITLE, 0, -1):
            part = words[index : index + length]
            short = " ".join(word.group() for word in part)
            if long := as_written.get(short) or any_case.get(_fold(short)):
                yield part[0].start(), part[-1].end(), long
                break
        index += length


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("agencies.toml").read_text(encoding="utf-8"))


@lru_cache(maxsize=1)
def _title_words() -> tuple[dict[str, tuple[str, ...]], dict[str, tuple[str, ...]]]:
    any_case, as_written = _data()["titles"], _data()["titles_as_written"]
    return (
        {_fold(short) + s: tuple(long) for short, long in any_case.items() for s in ("", "s")},
        {short + s: tuple(long) for short, long in as_written.items() for s in ("", "s")},
    )


def _fold(text: str) -> str:
    return in_normal_form(text).casefold()


@lru_cache(maxsize=1 << 14)
def _key(word: str) -> str:
    return plain(_fold(word))


def _forms(agency: Agency) -> Iterator[_Form]:
    """Yield the forms to match, before inflection; names come before titles, and take
    precedence."""
    for name in names_of(agency):
        # A name such as Formas is also a verb: listed as an acronym, it requires its capital.
        yield _Form(name, as_written=name in agency.acronyms)
    for title in agency.titles:
        yield from (_Form(form, by_title=True) for form in (title, _indefinite(title)))


def _indefinite(title: str) -> str:
    """Put the first word of a title into the indefinite: "rikspolischefen", "rikspolischef"."""
    first, space, rest = title.partition(" ")
    for ending, length in _INDEFINITE_TITLE:
        if first.endswith(ending):
            return first[:-length] + space + rest
    return title


def _inflected(form: _Form) -> Iterator[str]:
    bases = [form.text]
    if not (form.by_title or form.as_written):
        bases += [form.text + ending for noun, ending in _DEFINITE if form.text.endswith(noun)]
    for base in bases:
        yield base
        if not base.endswith("s"):
            yield base + "s"


def _add(root: _Node, spelling: str, form: _Form, entry: _Entry) -> None:
    words = _WORD.findall(spelling)
    node = root
    for word in words:
        node = node.children.setdefault(_key(word), _Node())
    spelt = " ".join(words)
    node.forms.setdefault(spelt if form.as_written else _fold(spelt), entry)
    if not form.as_written and len(form.text) >= _SHORTEST_PLAIN:
        node.forms.setdefault(_key(spelt), entry)


@lru_cache(maxsize=1)
def _register() -> _Register:
    root, known, long_words = _Node(), set[str](), set[str]()
    for agency in load_agencies():
        for form in _forms(agency):
            for spelling in _inflected(form):
                _add(root, spelling, form, _Entry(agency, form.by_title))
                known.update(map(_key, _WORD.findall(spelling)))
            if not form.as_written:
                long_words.update(map(_key, _WORD.findall(form.text)))
    long_words = {word for word in long_words if len(word) >= _SHORTEST_FUZZY}
    ordinary = {form for word in long_words for form in _ordinary_forms(word)}
    never = frozenset(ordinary | {_key(word) for word in _data()["lookalikes"]})
    return _Register(root, frozenset(known), _bucketed(long_words), never)


def _longest_at(text: str, words: list[_Word], first: int) -> Mention | None:
    """Walk the register from one word on, and return the longest name found."""
    node = _register().root
    found: Mention | None = None
    for last in range(first, len(words)):
        if last > first and not _GAP.fullmatch(text, words[last - 1].end, words[last].start):
            break
        if words[last].key not in node.children:
            break
        node = node.children[words[last].key]
        if entry := _entry(text, words[first : last + 1], node.forms):
            end = words[last].end
            suffix = _SUFFIX.match(text, end)
            end = suffix.end() if suffix else end
            found = Mention(entry.agency, words[first].start, end, entry.by_title)
    return found


def _entry(text: str, words: list[_Word], forms: dict[str, _Entry]) -> _Entry | None:
    """Look the words up in their original spelling, since the register's keys lack å, ä and ö."""
    if not forms:
        return None
    spelt = " ".join(text[word.start : word.end] for word in words)
    entry = forms.get(spelt)
    folded = spelt.casefold()
    if entry and (spelt == folded or not _is_word_or_page(text, words[0].start, words[-1].end)):
        return entry
    if any(word.corrected for word in words):
        folded = " ".join(word.key for word in words)
    return forms.get(folded) or _partly_plain(folded, forms)


def _partly_plain(folded: str, forms: dict[str, _Entry]) -> _Entry | None:
    """Accept a name with some diacritics missing ("forsäkringskassan"), but none added."""
    if folded.isascii() or _key(folded) not in forms:
        return None
    for spelling, entry in forms.items():
        if all(typed in (own, _key(own)) for typed, own in zip(folded, spelling, strict=False)):
            return entry
    return None


def _is_word_or_page(text: str, start: int, end: int) -> bool:
    """Distinguish "Ju mer" and "Sida 3" from the organisations spelled the same way."""
    form = text[start:end]
    if not form.istitle():
        return False
    begins = len(form) <= 3 and _SENTENCE_START.search(text[max(0, start - 8) : start])
    return bool(begins or _NUMBER_NEXT.match(text, end))


def _mended(text: str, words: list[_Word]) -> list[_Word]:
    """Correct misspelt long words, and names split in two ("försäkrings kassan")."""
    corrected: list[_Word] = []
    for word in words:
        joined = _joined(text, corrected[-1], word) if corrected else None
        if joined:
            corrected[-1] = joined
        else:
            key = _closest(word.key)
            corrected.append(word._replace(key=key, corrected=True) if key else word)
    return corrected


def _joined(text: str, left: _Word, right: _Word) -> _Word | None:
    key = left.key + right.key
    node = _register().root.children.get(key)
    is_name = node is not None and key in node.forms and len(key) >= _SHORTEST_FUZZY
    if is_name and text[left.end : right.start] == " ":
        return _Word(left.start, right.end, key, corrected=True)
    return None


@lru_cache(maxsize=1 << 12)
def _closest(word: str) -> str | None:
    """Return the one word of the register closest to a misspelt word, if there is one."""
    register = _register()
    if len(word) < _SHORTEST_FUZZY - 1 or word in register.known or word in register.never:
        return None
    # The whole word first: some names begin with a genitive ("Riksdagens ombudsmän").
    return _nearest(word) or _nearest(word.removesuffix("s"))


def _nearest(typed: str) -> str | None:
    slips = {name: _slips(typed, name) for name in _near(typed)}
    allowed = {name: edits for name, edits in slips.items() if edits is not None}
    nearest = [name for name, edits in allowed.items() if edits == min(allowed.values())]
    return nearest[0] if len(nearest) == 1 else None


def _near(typed: str) -> Iterator[str]:
    """Prefilter the candidates by length and letters; the first letter must be right."""
    letters, candidates = _letters(typed), _register().candidates
    for length in range(len(typed) - 2, len(typed) + 3):
        room = _room(length)
        if abs(length - len(typed)) <= room:
            for candidate in candidates.get((typed[0], length), ()):
                if (candidate.letters ^ letters).bit_count() <= 2 * room:
                    yield candidate.word


def _room(length: int) -> int:
    """Return the number of edits tolerated for a name of this length."""
    return (length >= _SHORTEST_FUZZY) + (length >= _SHORTEST_TWO_EDITS)


def _slips(typed: str, name: str) -> int | None:
    """Count the edits between a typed word and a name; None if there are too many for the name."""
    limit = _room(len(name))
    head = next((head for head in _HEADS if name.endswith(head)), "")
    if head and typed.endswith(head):
        # "skolstyrelsen" is no misspelt "skogsstyrelsen": a short first part tolerates fewer edits.
        limit = min(limit, (len(name) - len(head)) // 4)
    edits = _edits(typed, name)
    return edits if edits <= limit else None


def _edits(left: str, right: str) -> int:
    """Count insertions, deletions, substitutions and transpositions (optimal string alignment)."""
    before: list[int] = []
    above = list(range(len(right) + 1))
    for i, a in enumerate(left):
        row = [i + 1]
        for j, b in enumerate(right):
            edits = min(above[j + 1] + 1, row[j] + 1, above[j] + (a != b))
            if i and j and a == right[j - 1] and b == left[i - 1]:
                edits = min(edits, before[j - 1] + 1)
            row.append(edits)
        before, above = above, row
    return above[-1]


def _letters(word: str) -> int:
    bits = 0
    for letter in word:
        bits |= 1 << (ord(letter) & 31)
    return bits


def _bucketed(words: set[str]) -> dict[tuple[str, int], tuple[_Candidate, ...]]:
    buckets: dict[tuple[str, int], list[_Candidate]] = {}
    for word in sorted(words):
        buckets.setdefault((word[0], len(word)), []).append(_Candidate(word, _letters(word)))
    return {bucket: tuple(candidates) for bucket, candidates in buckets.items()}


def _ordinary_forms(word: str) -> Iterator[str]:
    """Yield the other inflections of a definite noun: "polismyndighet" is not a typo."""
    ending = word[-2:] if word[-2:] in _OTHER_ENDINGS else ""
    stem = word.removesuffix(ending)
    for other in _OTHER_ENDINGS[ending]:
        yield stem + other
        yield stem + other + "s"
