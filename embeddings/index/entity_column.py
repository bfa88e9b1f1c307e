"""The entities of a document as stored in the index, parsed on first access."""

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain
from typing import Any, Final, overload

from embeddings.types import Entity, EntityKind

NO_ENTITIES: Final = "[]"


def dump_entities(entities: Iterable[Entity]) -> str:
    """Serialize entities as one flat JSON list, four values each: kind, start, length and key."""
    values = ((one.kind, one.start, one.end - one.start, one.key) for one in entities)
    return json.dumps([*chain.from_iterable(values)], ensure_ascii=False, separators=(",", ":"))


class StoredEntities(Sequence[Entity]):
    """The entities that `dump_entities` wrote; each is built on access, most of them never."""

    def __init__(self, dumped: str) -> None:
        self._dumped = dumped

    def __len__(self) -> int:
        return len(self._values) // 4

    @overload
    def __getitem__(self, place: int) -> Entity: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[Entity, ...]: ...

    def __getitem__(self, place: int | slice) -> Entity | tuple[Entity, ...]:
        if isinstance(place, slice):
            return tuple(map(self._entity, range(len(self))[place]))
        return self._entity(range(len(self))[place])

    def __iter__(self) -> Iterator[Entity]:
        return map(self._entity, range(len(self)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(self._dumped)

    @cached_property
    def _values(self) -> list[Any]:
        values: list[Any] = json.loads(self._dumped)
        return values

    def _entity(self, number: int) -> Entity:
        kind, start, length, key = self._values[4 * number : 4 * number + 4]
        return Entity(EntityKind(kind), start, start + length, key)
