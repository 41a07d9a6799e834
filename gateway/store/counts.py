"""How many mails people had lately: by ticket, by person, in several spans of time at once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from gateway.store.one_of import one_of_given
from gateway.store.tables import outbox, ticket

_Form = tuple[tuple[tuple[str, ...], int], ...]
"""Of each count, the notices and how many moments: a query is made once for it."""


Counts = Mapping[str, tuple[int, ...]]
"""Under each name, one count for each moment that was asked for."""


@dataclass(frozen=True, slots=True)
class Count:
    """Mails of these notices (none: of all) that were queued since each of the moments."""

    name: str
    notices: frozenset[str]
    since: tuple[datetime, ...]


def by_ticket(
    tx: Connection, numbers: Collection[int], wanted: Sequence[Count]
) -> dict[int, dict[int, Counts]]:
    """Per ticket number and person id; whoever had none is not there."""
    found: dict[int, dict[int, Counts]] = {}
    moments = _moments(wanted)
    if not numbers or not moments:
        return found
    query, values = _of_tickets(_form(wanted)), {"wanted": list(numbers), **moments}
    for number, person_id, *sums in tx.execute(query, values):
        found.setdefault(number, {})[person_id] = _named(wanted, sums)
    return found


def by_person(
    tx: Connection, people: Collection[int], wanted: Sequence[Count]
) -> dict[int, Counts]:
    """Per person id; whoever had none is not there."""
    moments = _moments(wanted)
    if not people or not moments:
        return {}
    query, values = _of_people(_form(wanted)), {"wanted": list(people), **moments}
    return {person_id: _named(wanted, sums) for person_id, *sums in tx.execute(query, values)}


def by_requester(
    tx: Connection, people: Collection[int], wanted: Sequence[Count]
) -> dict[int, Counts]:
    """Per person id: mails about the tickets that are theirs, to whomever."""
    moments = _moments(wanted)
    if not people or not moments:
        return {}
    query, values = _of_requesters(_form(wanted)), {"wanted": list(people), **moments}
    return {person_id: _named(wanted, sums) for person_id, *sums in tx.execute(query, values)}


def _form(wanted: Sequence[Count]) -> _Form:
    return tuple((tuple(sorted(each.notices)), len(each.since)) for each in wanted)


def _moments(wanted: Sequence[Count]) -> dict[str, datetime]:
    """Values of the query's parameters: each moment, and the first of all."""
    flat = [since for each in wanted for since in each.since]
    return {f"m{n}": since for n, since in enumerate(flat)} | ({"first": min(flat)} if flat else {})


@cache
def _of_tickets(form: _Form) -> sa.Select[Any]:
    return (
        sa.select(ticket.c.number, outbox.c.person_id, *_sums(form))
        .select_from(outbox.join(ticket, ticket.c.id == outbox.c.ticket_id))
        .where(
            one_of_given(ticket.c.number, "wanted"), outbox.c.created_at >= sa.bindparam("first")
        )
        .where(outbox.c.person_id.is_not(None))
        .group_by(ticket.c.number, outbox.c.person_id)
    )


@cache
def _of_people(form: _Form) -> sa.Select[Any]:
    notices = {notice for notices, _ in form for notice in notices}
    return (
        sa.select(outbox.c.person_id, *_sums(form))
        .where(
            one_of_given(outbox.c.person_id, "wanted"), outbox.c.created_at >= sa.bindparam("first")
        )
        .where(outbox.c.notice.in_(sorted(notices)))
        .group_by(outbox.c.person_id)
    )


@cache
def _of_requesters(form: _Form) -> sa.Select[Any]:
    """Whatever told somebody of a ticket has changed it: old tickets need no look."""
    notices = {notice for notices, _ in form for notice in notices}
    first = sa.bindparam("first", type_=outbox.c.created_at.type)
    return (
        sa.select(ticket.c.requester_id, *_sums(form))
        .select_from(outbox.join(ticket, ticket.c.id == outbox.c.ticket_id))
        .where(one_of_given(ticket.c.requester_id, "wanted"), ticket.c.updated_at >= first)
        .where(outbox.c.notice.in_(sorted(notices)), outbox.c.created_at >= first)
        .group_by(ticket.c.requester_id)
    )


def _sums(form: _Form) -> list[sa.ColumnElement[Any]]:
    columns: list[sa.ColumnElement[Any]] = []
    for notices, count in form:
        meant = outbox.c.notice.in_(notices) if notices else sa.true()
        for _ in range(count):
            since = sa.bindparam(f"m{len(columns)}", type_=outbox.c.created_at.type)
            counts = sa.and_(meant, outbox.c.created_at >= since)
            columns.append(sa.func.sum(sa.case((counts, 1), else_=0)))
    return columns


def _named(wanted: Sequence[Count], sums: Sequence[Any]) -> Counts:
    left = iter(sums)
    return {each.name: tuple(int(next(left)) for _ in each.since) for each in wanted}
