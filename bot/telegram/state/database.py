"""The database connection of the bot, and the statements that all its tables have in common."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Self

import sqlalchemy as sa

from embeddings.errors import KallbotError

if TYPE_CHECKING:
    from sqlalchemy.dialects import postgresql, sqlite


class StateUnavailable(KallbotError):  # noqa: N818 - a state of the database
    """The database cannot be reached or is full at the moment; the call can be repeated."""


class ClaimLost(Exception):  # noqa: N818 - says what happened
    """Another process has taken over the update that this one is handling."""


class Database(ABC):
    """A connection for use from one thread; without one, every method raises StateUnavailable."""

    is_shared: ClassVar[bool] = False
    """Whether several processes may use the database at the same time."""

    def __init__(self, dialect: str) -> None:
        self._engine = sa.create_engine(
            f"{dialect}://",
            creator=self._connect,
            poolclass=sa.QueuePool,
            pool_size=1,
            max_overflow=0,
            hide_parameters=True,  # errors must not contain what people write
            execution_options={"preserve_rowcount": True},  # of an INSERT too
        )
        # The same connection, for single statements and for transactions.
        self._statements = self._engine.execution_options()
        self._transactions = self._engine.execution_options()
        self._connection: sa.Connection | None = None  # that of the current transaction

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection, and release all claims."""
        self._engine.dispose()

    def _lock_claim(self, update_id: int) -> None:
        """Hold the claim to an update until the transaction ends; raises ClaimLost."""
        return

    # Differences between databases

    @abstractmethod
    def _connect(self) -> Any:
        """Open a connection of the driver."""

    @abstractmethod
    def _insert(self, table: sa.Table) -> "sqlite.Insert | postgresql.Insert":
        """An INSERT with an ON CONFLICT clause."""

    @abstractmethod
    def _translated_errors(self) -> AbstractContextManager[object]:
        """Raise the temporary errors of the driver as StateUnavailable."""

    # Statements

    def _run(self, statement: sa.Executable) -> int:
        """Execute a statement; returns the number of rows that it wrote."""
        with self._use_connection(self._statements) as connection:
            return connection.execute(statement).rowcount

    def _all(self, query: sa.Executable) -> Sequence[Any]:
        """The rows that a query returns."""
        with self._use_connection(self._statements) as connection:
            return connection.execute(query).all()

    def _add(self, table: sa.Table, **values: object) -> int:
        """Insert a row unless it exists already; returns the number of rows that were inserted."""
        return self._run(self._insert(table).values(**values).on_conflict_do_nothing())

    def _delete(self, table: sa.Table, *conditions: sa.ColumnElement[bool]) -> None:
        self._run(sa.delete(table).where(*conditions))

    def _transaction(self) -> AbstractContextManager[sa.Connection]:
        """Execute all statements in the block, or none."""
        return self._use_connection(self._transactions)

    def _durable_transaction(self) -> AbstractContextManager[object]:
        """A transaction that survives a power failure once it is committed."""
        return self._transaction()

    @contextmanager
    def _use_connection(self, engine: sa.Engine) -> Iterator[sa.Connection]:
        """The connection of the current transaction, else one from an engine."""
        if self._connection is not None:
            yield self._connection
            return
        with self._translated_errors(), engine.begin() as self._connection:
            try:
                yield self._connection
            finally:
                self._connection = None
