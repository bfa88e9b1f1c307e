"""Named entities: dates, organisations, people, references and contacts, each with a key.

The same function is used for documents, when they are read, and for questions.
"""

from collections.abc import Iterator
from datetime import date

from embeddings.language.agencies import find_agencies
from embeddings.language.contacts import find_contacts
from embeddings.language.dates import date_key, find_dates, keys_agree
from embeddings.language.normal import normal_form
from embeddings.language.people import find_people, person_key
from embeddings.language.references import find_references, references_agree
from embeddings.types import Entity, EntityKind

# On overlap the first kind of these wins: "2013" in "AD 2013 nr 63" is not a date.
_NUMBERS = (EntityKind.REFERENCE, EntityKind.CONTACT, EntityKind.DATE)


def find_entities(text: str, published: date | None = None) -> list[Entity]:
    """Find the entities of a text, in order; runs in time linear in its length.

    Relative dates ("i går") are found if the day of publication is given. An organisation may be
    inside a reference; no others overlap.
    """
    normal = normal_form(text)
    named = list(_names(normal.text))
    numbers = _apart([*_numbers(normal.text, published)])
    found = sorted([*named, *numbers], key=lambda one: (one.start, one.end))
    if normal.text == text:
        return found
    spans = (normal.span_of(one.start, one.end) for one in found)
    return [Entity(one.kind, *span, one.key) for one, span in zip(found, spans, strict=True)]


def agree(left: str, right: str) -> bool:
    """Whether two keys of one kind may denote the same entity; one may be less specific.

    A missing year matches any, and a month matches its days; a case number may lack its register
    and a section its chapter; a name may be in the genitive. Digits present must be equal.
    """
    if left == right:
        return True
    dates_agree = keys_agree(left, right)
    if dates_agree is not None:
        return dates_agree
    if any(character.isdigit() for character in left + right):
        return references_agree(left, right)
    return left.removesuffix("s") == right.removesuffix("s")


def _names(text: str) -> Iterator[Entity]:
    agencies = find_agencies(text)
    for mention in agencies:
        yield Entity(EntityKind.ORGANISATION, mention.start, mention.end, mention.agency.name)
    for start, end in find_people(text, [(one.start, one.end) for one in agencies]):
        yield Entity(EntityKind.PERSON, start, end, person_key(text[start:end]))


def _numbers(text: str, published: date | None) -> Iterator[Entity]:
    for contact in find_contacts(text):
        yield Entity(EntityKind.CONTACT, *contact)
    for reference in find_references(text):
        yield Entity(EntityKind.REFERENCE, *reference)
    for mention in find_dates(text, published):
        yield Entity(EntityKind.DATE, mention.start, mention.end, date_key(mention))


def _apart(numbers: list[Entity]) -> list[Entity]:
    """The entities that do not overlap one of a kind with precedence."""
    kept: list[Entity] = []
    for one in sorted(numbers, key=lambda one: (one.start, _NUMBERS.index(one.kind))):
        while kept and _gives_way(kept[-1], one):
            kept.pop()
        if not kept or kept[-1].end <= one.start:
            kept.append(one)
    return kept


def _gives_way(before: Entity, after: Entity) -> bool:
    overlap = after.start < before.end
    return overlap and _NUMBERS.index(after.kind) < _NUMBERS.index(before.kind)
