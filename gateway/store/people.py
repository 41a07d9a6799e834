"""People by id: everybody who ever wrote or was written to."""

from collections.abc import Collection, Iterable

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from gateway.message import Address
from gateway.store import bulk
from gateway.store.counters import reserve
from gateway.store.one_of import one_of_given
from gateway.store.tables import person

_BY_KEY = sa.select(person.c.key, person.c.id).where(one_of_given(person.c.key, "keys"))
_BY_ID = sa.select(person.c.id, person.c.address, person.c.name).where(
    one_of_given(person.c.id, "ids")
)


def ids_of(tx: Connection, addresses: Collection[Address]) -> dict[str, int]:
    """The ids of those we know, by `Address.key`."""
    keys = list({address.key for address in addresses})
    return {row.key: row.id for row in tx.execute(_BY_KEY, {"keys": keys})}


def with_ids(tx: Connection, ids: Collection[int]) -> dict[int, Address]:
    """The people with these ids."""
    rows = tx.execute(_BY_ID, {"ids": list(ids)})
    return {row.id: Address(row.address, row.name) for row in rows}


def add(tx: Connection, person_id: int, address: Address) -> None:
    """Somebody new, under an id that was reserved. Raises Conflict (with the commit) when
    another worker has just met the same person."""
    values = {"id": person_id, "key": address.key, "address": address.address}
    bulk.add(tx, person, {**values, "name": address.name})


def enroll(tx: Connection, addresses: Iterable[Address]) -> None:
    """Know all of these, under the names the directory gives them."""
    wanted = {address.key: address for address in addresses}
    known = ids_of(tx, wanted.values())
    for key, address in wanted.items():
        if key in known:
            named = sa.update(person).where(
                person.c.id == known[key], person.c.name != address.name
            )
            tx.execute(named.values(name=address.name))
    new = [address for key, address in wanted.items() if key not in known]
    for person_id, address in zip(reserve(tx, "person", len(new)), new, strict=True):
        add(tx, person_id, address)
