"""Tickets that lead to others: what was merged goes on elsewhere, be it over several merges.

A chain is followed so far and no further, and one that closes to a circle ends where it began.
"""

from collections.abc import Collection, Iterator

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from gateway.store import tickets
from gateway.store.one_of import one_of_given
from gateway.store.tables import link, ticket
from gateway.tickets.model import Ticket

MAX_LINKS = 1_000  # that are followed at once, each way
_MERGED = "merged"

_one, _other = ticket.alias("one"), ticket.alias("other")
_LINKS = (
    sa.select(_one.c.number, _other.c.number, link.c.how)
    .select_from(
        link.join(_one, _one.c.id == link.c.ticket_id).join(_other, _other.c.id == link.c.other_id)
    )
    .limit(MAX_LINKS)
)
# each way by itself: so that each has its index
_EACH_WAY = [_LINKS.where(one_of_given(near.c.number, "numbers")) for near in (_one, _other)]


def with_targets(tx: Connection, numbers: Collection[int], most: int) -> dict[int, Ticket]:
    """The tickets with these numbers that exist, and those that they were merged into: over
    `most` merges, one after the other."""
    found = tickets.by_number(tx, numbers)
    for _ in range(most):
        targets = {each.merged_into for each in found.values() if each.merged_into}
        if targets <= found.keys():
            break
        found |= tickets.by_number(tx, targets - found.keys())
    return found


def kin(tx: Connection, numbers: Collection[int], most: int) -> dict[int, set[int]]:
    """By number, the tickets whose mails may be quoted in its own: those that it was merged with,
    over `most` merges, and those that are linked with any of these, whichever way."""
    links: dict[int, set[tuple[int, str]]] = {}
    asked: set[int] = set()
    new = set(numbers)
    for _ in range(most):
        if not new:
            break
        for one, other, how in _links(tx, new):
            links.setdefault(one, set()).add((other, how))
            links.setdefault(other, set()).add((one, how))
        asked |= new
        new = {n for each in links.values() for n, how in each if how == _MERGED} - asked
    found: dict[int, set[int]] = {}
    for number in numbers:
        merged, ahead = {number}, [number]
        while ahead:
            of = links.get(ahead.pop(), set())
            further = {n for n, how in of if how == _MERGED} - merged
            merged |= further
            ahead += further
        found[number] = {n for each in merged for n, _ in links.get(each, ())} - {number}
    return found


def _links(tx: Connection, numbers: Collection[int]) -> Iterator[tuple[int, int, str]]:
    """The links of these tickets."""
    for query in _EACH_WAY:
        for row in tx.execute(query, {"numbers": list(numbers)}):
            yield row[0], row[1], row[2]
