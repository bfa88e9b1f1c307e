"""Which hits may answer: a day, a person or a case number named in the question has to be in the
document, and a section in the passage, regardless of the reading.

Years and months, places and things do not have to be: people mention where they live and when they
ask, and on the written questions each such rule lost more right answers than it prevented wrong
ones.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date

from embeddings.budget import spend
from embeddings.language.dates import DateMention, date_key
from embeddings.language.entities import agree
from embeddings.language.normal import in_normal_form
from embeddings.language.references import find_references, parts_of
from embeddings.language.words import by_ear
from embeddings.types import Document, EntityKind, Passage
from retrieval.intent import title_key
from retrieval.types import Hit, Question

_SAME_EVENT = 0.25
"""Minimum share of people and organisations that two documents about one event have in common."""
_CHAPTER = " kap"  # at the end of the key of a chapter
_NAMED = frozenset({EntityKind.PERSON, EntityKind.ORGANISATION})

_Holds = Callable[[Document], bool]


def confirm(question: Question, hits: Sequence[Hit]) -> tuple[list[Hit], tuple[str, ...]]:
    """The hits whose documents contain everything the question names, and what no document has.

    If everything is in some document but no document has all of it, there are no hits and nothing
    is missing.
    """
    documents = list({hit.passage.document.name: hit.passage.document for hit in hits}.values())
    missing, holders = [], {document.name for document in documents}
    for said, holds in _required(question, documents):
        found = {document.name for document in _in_time(documents) if holds(document)}
        if not found:
            missing.append(said)
        holders &= found
    confirmed = [hit for hit in hits if hit.passage.document.name in holders]
    return _in_sections(question, confirmed), tuple(missing)


def _in_sections(question: Question, hits: list[Hit]) -> list[Hit]:
    """The hits that may be in the sections that a question names ("§ 102"): those in another
    section, which do not mention them either, are left out. All hits if none remains."""
    named = [key for key in question.references if _is_section(key)]
    if not named:
        return hits
    within = []
    for hit in hits:
        spend()
        own, mentioned = _sections(hit.passage)
        if not own or all(_holds_section(key, mentioned) for key in named):
            within.append(hit)
    return within or hits


def _is_section(key: str) -> bool:
    return "§" in key or key.endswith(_CHAPTER)


def _sections(passage: Passage) -> tuple[set[str], set[str]]:
    """The keys of the sections that a passage is in, which begin its headings or its lines, and of
    all references in it and its headings."""
    text = "\n".join([*passage.context.headings, passage.text])
    found = list(find_references(text))
    own = {one.key for one in found
           if not text[text.rfind("\n", 0, one.start) + 1 : one.start].strip()}  # fmt: skip
    return {key for key in own if "§" in key}, {one.key for one in found}


def _holds_section(key: str, keys: set[str]) -> bool:
    """Whether a section or chapter is among these keys; a section also without its chapter, unless
    they name another one."""
    if any(key == other or key in parts_of(other) for other in keys):
        return True
    if not (parts := parts_of(key)):
        return False
    chapter, number = parts
    return number in keys and (
        chapter in keys or not any(other.endswith(_CHAPTER) for other in keys)
    )


def _required(question: Question, documents: Sequence[Document]) -> list[tuple[str, _Holds]]:
    """What a question names, in its own words, each with a predicate for documents that have
    it."""
    required: list[tuple[str, _Holds]] = []
    for mention in question.dates:
        said = question.text[mention.start : mention.end]
        if mention.has_day and any(letter.isdigit() for letter in said):  # not "i morgon"
            required.append((said, _holds_date(mention, documents)))
    required += [
        (question.text[one.start : one.end], _holds_reference(one.key))
        for one in find_references(question.text)
        if one.key in question.references
    ]
    required += [(name, _holds_name(name)) for name in question.people]
    return required


def _holds_date(mention: DateMention, documents: Sequence[Document]) -> _Holds:
    """Whether a document contains a date, was published on it, or has no day of its own and is
    about the same event as a document that contains it."""
    key = date_key(mention)

    def has(document: Document) -> bool:
        return any(agree(key, other) for other in _dates(document))

    dated = [document for document in _in_time(documents) if has(document)]

    def holds(document: Document) -> bool:
        if has(document):
            return True
        return not _has_day(document) and any(_alike(document, other) for other in dated)

    return holds


def _in_time(documents: Iterable[Document]) -> Iterator[Document]:
    """The documents, as long as the budget lasts."""
    for document in documents:
        spend()
        yield document


def _dates(document: Document) -> set[str]:
    found = {one.key for one in document.entities if one.kind is EntityKind.DATE}
    published: date | None = document.metadata.published
    return found | ({published.isoformat()} if published else set())


def _has_day(document: Document) -> bool:
    return any(key.count("-") >= 2 for key in _dates(document))


def _alike(left: Document, right: Document) -> bool:
    """Whether two documents name the same people and organisations (Jaccard)."""
    mine, theirs = _names(left), _names(right)
    return bool(mine and theirs) and len(mine & theirs) >= _SAME_EVENT * len(mine | theirs)


def _names(document: Document) -> set[str]:
    return {one.key for one in document.entities if one.kind in _NAMED}


def _holds_reference(key: str) -> _Holds:
    """Whether a document contains a reference, or has it in its title or its file's name: the two
    columns of a title page may come apart."""
    named = f" {title_key(key)} "

    def holds(document: Document) -> bool:
        if any(one.kind is EntityKind.REFERENCE and agree(key, one.key)
               for one in document.entities):  # fmt: skip
            return True
        name = f" {title_key(f'{document.title} {document.name}')} "
        return not _is_section(key) and named in name

    return holds


def _holds_name(name: str) -> _Holds:
    """Whether a document contains all words of a name, in any form ("Baylans" is Baylan), or names
    people that sound alike ("Kristina Vikström" is Christina Wikström)."""
    words = [word.removesuffix("s") for word in _folded(name).split()]
    heard = {by_ear(word) for word in words}

    def holds(document: Document) -> bool:
        text = _folded(f"{document.title}\n{document.text}")
        return all(word in text for word in words) or heard <= _heard_names(document)

    return holds


def _heard_names(document: Document) -> set[str]:
    """The phonetic keys of the words in the names of a document's people."""
    people = (one.key for one in document.entities if one.kind is EntityKind.PERSON)
    return {by_ear(word.removesuffix("s")) for name in people for word in _folded(name).split()}


def _folded(text: str) -> str:
    return in_normal_form(text).casefold()
