"""The database shared by several bot processes: PostgreSQL.

A process whose lease expires is deleted by the next process that renews its own, which releases its
lanes. It may still be running, after a lost connection or on a suspended machine: each step of a
reply is therefore a transaction that locks the claim, or fails with ClaimLost.
"""

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from bot.settings import SettingsError
from bot.telegram.limits import Bucket, Buckets
from bot.telegram.state import OPEN_LANES, ClaimLost, State, StateUnavailable
from bot.telegram.tables import ALLOWANCES, CLAIMS, PROCESSES, SHARED, UPDATES, make_tables

LEASE = 10.0  # seconds after which a lease expires unless it is renewed

_BY_TIME = (
    "CREATE INDEX IF NOT EXISTS updates_by_time ON updates (at)",
    "CREATE INDEX IF NOT EXISTS outbox_by_time ON outbox (at)",
)
_SCHEMA_LOCK = 0x6B616C6C626F74  # "kallbot": simultaneous CREATE … IF NOT EXISTS would fail
_NOW = sa.func.clock_timestamp(type_=sa.DateTime(timezone=True))
_PAUSE = 3.0  # seconds between two attempts to reach a server
# Defaults for the URI: a lost server is noticed after seconds instead of a quarter of an hour.
_DEFAULTS: dict[str, Any] = {
    "application_name": "kallbot",
    "connect_timeout": 3,
    "tcp_user_timeout": 5000,
}
# Ends the transaction of a process that has crashed or is suspended, and with it its locks.
_LIMITS = "SET idle_in_transaction_session_timeout = '10s'; SET lock_timeout = '2s'"


class PostgresState(State):
    """The database at a URI; raises StateUnavailable if it cannot be reached.

    The next statement after a lost connection opens a new one.
    """

    is_shared = True

    def __init__(self, uri: str) -> None:
        try:
            self._parameters = _DEFAULTS | conninfo_to_dict(uri)
        except psycopg.Error:  # its message may contain a part of the password
            raise SettingsError(
                "KALLBOT_POSTGRES_URI is no connection URI of PostgreSQL: "
                "write postgresql://USER:PASSWORD@HOST:PORT/DATABASE"
            ) from None
        self._not_before = 0.0
        self._process = uuid.uuid4().hex
        super().__init__("postgresql+psycopg")
        # Otherwise each would be a transaction, with three round trips to the server.
        self._statements = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        try:
            self._make_tables()
        except DBAPIError as error:
            self._engine.dispose()
            raise StateUnavailable(
                f"the tables cannot be made in PostgreSQL ({_reason(error)}): let the user of "
                "KALLBOT_POSTGRES_URI make tables, or own the database"
            ) from None

    def close(self) -> None:
        """Release all lanes, and close the connection."""
        with suppress(StateUnavailable):  # then the lease expires
            self._delete(PROCESSES, PROCESSES.c.id == self._process)
        super().close()

    def renew_lease(self) -> int:
        """Renew the lease, and delete the processes whose lease has expired."""
        until = _NOW + timedelta(seconds=LEASE)
        insert = self._insert(PROCESSES).values(id=self._process, until=until)
        again = {"until": insert.excluded.until}
        self._run(insert.on_conflict_do_update(index_elements=PROCESSES.primary_key, set_=again))
        self._delete(PROCESSES, PROCESSES.c.until < _NOW)
        [(count,)] = self._all(sa.select(sa.func.count()).select_from(PROCESSES))
        return int(count)

    def claim(self, lane: str) -> bool:
        """Claim a lane that is free, or keep one that this process has claimed."""
        me = sa.select(sa.literal(lane), PROCESSES.c.id).where(PROCESSES.c.id == self._process)
        insert = self._insert(CLAIMS).from_select(["lane", "owner"], me)
        owner = insert.excluded.owner
        claim = insert.on_conflict_do_update(
            index_elements=CLAIMS.primary_key, set_={"owner": owner}, where=CLAIMS.c.owner == owner
        )
        return self._run(claim) == 1

    def release(self, lane: str) -> None:
        """Release a lane, if this process still has the claim."""
        self._delete(CLAIMS, CLAIMS.c.lane == lane, CLAIMS.c.owner == self._process)

    def _lock_claim(self, update_id: int) -> None:
        query = (
            sa.select(CLAIMS.c.lane)
            .join(UPDATES, UPDATES.c.lane == CLAIMS.c.lane)
            .where(UPDATES.c.id == update_id, CLAIMS.c.owner == self._process)
            .with_for_update(of=CLAIMS)
        )
        if not self._all(query):
            raise ClaimLost(f"another process has taken over update {update_id}")

    def buckets(self, kind: str) -> Buckets:
        """The allowances of one kind, shared by all processes."""
        return _SharedBuckets(self, kind)

    def open_lanes(self) -> dict[str, int]:
        """The lanes with pending updates that no other process has claimed."""
        query = OPEN_LANES.outerjoin(CLAIMS, CLAIMS.c.lane == UPDATES.c.lane)
        free = sa.or_(CLAIMS.c.owner.is_(None), CLAIMS.c.owner == self._process)
        return dict(self._all(query.where(free)))

    def next_answer(self) -> int:
        """The next value of the sequence of ids."""
        sequence = sa.func.pg_get_serial_sequence("answers", "id")
        [(number,)] = self._all(sa.select(sa.func.nextval(sequence)))
        return int(number)

    def forget_old(self, history_minutes: int) -> None:
        """Delete what is no longer needed, including allowances that are full again."""
        super().forget_old(history_minutes)
        self._delete(ALLOWANCES, ALLOWANCES.c.since < sa.extract("epoch", _NOW) - 60)

    @contextmanager
    def bucket(self, kind: str, user: int) -> Iterator[Bucket]:
        """A person's allowance, locked until the block ends."""
        row = sa.and_(ALLOWANCES.c.kind == kind, ALLOWANCES.c.user == user)
        with self._transaction():
            self._add(ALLOWANCES, kind=kind, user=user, **_values(Bucket()))
            columns = ALLOWANCES.c["left_over", "since", "told"]
            [found] = self._all(sa.select(*columns).where(row).with_for_update())
            bucket = Bucket(*found)
            yield bucket
            self._run(sa.update(ALLOWANCES).where(row).values(**_values(bucket)))

    # SQL

    def _make_tables(self) -> None:
        with self._transaction() as connection:
            connection.execute(sa.text("SET LOCAL lock_timeout = '30s'"))
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_SCHEMA_LOCK)))
            make_tables(connection, SHARED)
            for statement in _BY_TIME:
                connection.execute(sa.text(statement))

    def _insert(self, table: sa.Table) -> postgresql.Insert:
        return postgresql.insert(table)

    def _connect(self) -> psycopg.Connection[Any]:
        if time.monotonic() < self._not_before:
            raise StateUnavailable("PostgreSQL could not be reached a moment ago")
        self._not_before = time.monotonic() + _PAUSE
        connection = psycopg.connect(**self._parameters, autocommit=True)
        connection.execute(_LIMITS)
        connection.autocommit = False
        self._not_before = 0.0
        return connection

    @contextmanager
    def _translated_errors(self) -> Iterator[None]:
        try:
            yield
        except (OperationalError, InterfaceError) as error:
            self._engine.dispose()
            raise StateUnavailable(
                f"PostgreSQL cannot be used ({_reason(error)}): start it, or mend "
                "KALLBOT_POSTGRES_URI"
            ) from None


class _SharedBuckets:
    """The allowances of one kind."""

    def __init__(self, state: PostgresState, kind: str) -> None:
        self._state = state
        self._kind = kind

    @contextmanager
    def of(self, user: int) -> Iterator[Bucket]:
        """A person's allowance, locked until the block ends."""
        with self._state.bucket(self._kind, user) as bucket:
            yield bucket


def _values(bucket: Bucket) -> dict[str, float]:
    return {"left_over": bucket.left, "since": bucket.since, "told": bucket.told}


def _reason(error: DBAPIError) -> str:
    """The error message of PostgreSQL, in one line."""
    return " ".join(str(error.orig).split()) or type(error.orig).__name__
