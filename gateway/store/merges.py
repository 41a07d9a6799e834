"""Tickets that lead to others: what was merged goes on elsewhere, be it over several merges.

A chain is followed so far and no further, and one that closes to a circle ends where it began.
"""

from collections.abc import Collection, Iterator

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from gateway.store import tickets
from gateway.store.one_of import one_of
from gateway.store.tables import link, ticket
from gateway.tickets.model import Ticket

MAX_LINKS = 1_000  # that are followed at once, each way
_MERGED = "merged"


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
    """The links of these tickets, each way by itself: so that each has its index."""
    one, other = ticket.alias(), ticket.alias()
    both = link.join(one, one.c.id == link.c.ticket_id).join(other, other.c.id == link.c.other_id)
    for near in (one, other):
        query = sa.select(one.c.number, other.c.number, link.c.how).select_from(both)
        for row in tx.execute(query.where(one_of(near.c.number, numbers)).limit(MAX_LINKS)):
            yield row[0], row[1], row[2]
