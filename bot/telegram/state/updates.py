"""The updates that have arrived, in lanes that are handled in parallel."""

from collections.abc import Iterable
from dataclasses import asdict

import sqlalchemy as sa

from bot.telegram.records import Arrival
from bot.telegram.state.database import Database
from bot.telegram.tables import DONE, IS_PENDING, OUTBOX, PENDING, SET_ASIDE, UPDATES

OPEN_LANES = (
    sa.select(UPDATES.c.lane, sa.func.count())
    .where(IS_PENDING)
    .group_by(UPDATES.c.lane)
    .order_by(sa.func.min(UPDATES.c.id))
)
"""The lanes with pending updates and the number of them, the lane of the oldest update first."""


class Updates(Database):
    """Stores updates until they are handled, and counts the attempts that crash a process."""

    # Claims: each process claims a lane before it takes updates from it.

    def renew_lease(self) -> int:
        """Show other processes that this one is running; returns the number of running ones."""
        return 1

    def claim(self, lane: str) -> bool:
        """Claim a lane for this process; False if another process has claimed it."""
        return True

    def release(self, lane: str) -> None:
        """Release the claim to a lane."""
        return

    # Updates

    def accept(self, updates: Iterable[Arrival]) -> None:
        """Store the new ones of some updates; on return they survive a power failure."""
        with self._durable_transaction():
            for arrival in updates:
                self._add(UPDATES, **asdict(arrival))

    def open_lanes(self) -> dict[str, int]:
        """The lanes that no other process has claimed, and the number of pending updates."""
        return dict(self._all(OPEN_LANES))

    def next_update(self, lane: str) -> tuple[int, str] | None:
        """The first pending update of a lane, as id and JSON."""
        query = sa.select(UPDATES.c.id, UPDATES.c.body).where(IS_PENDING, UPDATES.c.lane == lane)
        rows = self._all(query.order_by(UPDATES.c.id).limit(1))
        return rows[0] if rows else None

    def begin_attempt(self, update_id: int) -> int:
        """Count an attempt to handle an update; returns its number, from 1.

        An attempt stays counted if the process ends during it: see `forgive_attempt`.
        """
        with self._transaction():
            self._lock_claim(update_id)
            self._change_update(update_id, tries=UPDATES.c.tries + 1)
            return self.tries(update_id)

    def tries(self, update_id: int) -> int:
        """The number of attempts during which a process ended, and of the current one."""
        rows = self._all(sa.select(UPDATES.c.tries).where(UPDATES.c.id == update_id))
        return int(rows[0].tries) if rows else 0

    def forgive_attempt(self, update_id: int) -> None:
        """Do not count an attempt that failed without ending the process."""
        self._change_update(update_id, tries=UPDATES.c.tries - 1)

    def finish(self, update_id: int) -> None:
        """Mark an update as done, and delete its content and that of its reply."""
        with self._transaction():
            self._lock_claim(update_id)
            self._change_update(update_id, done=DONE, body=None)
            self._run(sa.update(OUTBOX).where(OUTBOX.c.update_id == update_id).values(body=None))

    def set_aside(self, update_id: int) -> None:
        """Skip an update that cannot be handled, until `reopen`."""
        with self._transaction():
            self._lock_claim(update_id)
            self._change_update(update_id, done=SET_ASIDE)

    def reopen(self) -> None:
        """Make the updates that were set aside pending again."""
        self._run(sa.update(UPDATES).where(UPDATES.c.done == SET_ASIDE).values(done=PENDING))

    def _change_update(self, update_id: int, **values: object) -> None:
        self._run(sa.update(UPDATES).where(UPDATES.c.id == update_id).values(**values))
