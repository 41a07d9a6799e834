"""What all workers of one desk share: its files as values, its keys, its database."""

import socket
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.desk import keyring_file
from gateway.desk.folder import Desk
from gateway.lookup import Lookup
from gateway.outbound.render import Renderer
from gateway.resolver import resolver
from gateway.settle.correspond import Writer
from gateway.store import Database, Tx, connect, migrate, reserve, transaction
from gateway.threading.tag import KeyRing


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """`worker` names this process on this host in claims; its restart frees them. `lookup` asks
    the name system."""

    desk: Desk
    ring: KeyRing
    database: Database
    writer: Writer
    worker: str
    lookup: Lookup


@dataclass(slots=True)
class Numbers:
    """Numbers reserved and not yet used. What a restart forgets leaves a gap."""

    kept: Mapping[str, deque[int]] = field(
        default_factory=lambda: {"ticket": deque(), "person": deque()}
    )

    def top_up(self, tx: Tx, count: int) -> None:
        """Have at least `count` of each, within a transaction that is under way anyway."""
        for name, numbers in self.kept.items():
            numbers.extend(reserve(tx, name, max(0, count - len(numbers))))

    def has_any(self) -> bool:
        return all(self.kept.values())

    def take(self, name: str) -> int:
        return self.kept[name].popleft()

    def take_people(self, database: Database, count: int) -> list[int]:
        """Numbers for several new people at once, reserved now where there are too few."""
        people = self.kept["person"]
        if len(people) < count:
            with transaction(database) as tx:
                people.extend(reserve(tx, "person", count - len(people)))
        return [people.popleft() for _ in range(count)]

    def give_back(self, name: str, number: int) -> None:
        """It was not used after all."""
        self.kept[name].appendleft(number)


def open_office(desk: Desk) -> Office:
    """The desk's shared parts; nothing is written.

    Raises StoreError for a database that is absent or un-migrated, ConfigError for keys.
    """
    ring = keyring_file.load(desk.key_file, desk.gateway.desk.name)
    database = connect(desk.database_url, desk.database_password)
    migrate.require_current(database)
    worker = f"{socket.gethostname()}:{desk.folder}"
    writer = Writer(desk=desk, ring=ring, renderer=Renderer(desk.templates_folder))
    return Office(
        desk=desk,
        ring=ring,
        database=database,
        writer=writer,
        worker=worker,
        lookup=resolver(desk.gateway.trust.dns_timeout_seconds),
    )
