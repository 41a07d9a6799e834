"""What must hold of every mail, each as a query for those that break it.

A proof names ids of deliveries or of mails (spool rows), as its words say. It looks at rows
which another statement wrote than the one it is about: otherwise it would prove itself.
"""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from gateway.deliveries import Cause, Outcome
from gateway.store.tables import (
    delivery,
    event,
    excerpt,
    imap_cursor,
    message,
    outbox,
    raw,
    spool,
    ticket_message,
)

Proof = tuple[str, sa.Select[Any]]

_WITHOUT_EFFECT = (Outcome.IGNORED.value, Outcome.REJECTED.value)
_opened = delivery.c.outcome == Outcome.OPENED.value
_other = delivery.alias("other")


def proofs() -> Iterator[Proof]:
    """Words of what is broken, and a query for the ids; `spool` is in each of them."""
    yield from _of_outcomes()
    yield from _of_tickets()
    yield from _of_confirmations()
    yield from _of_bytes()
    yield from _of_imap()


def needed() -> sa.ColumnElement[bool]:
    """Whether somebody still needs the bytes of a spool row: a ticket has the mail, a mail of
    ours has excerpts of it, or one of its deliveries did not end for good without effect."""
    in_ticket = sa.select(message.c.id).where(message.c.spool_id == spool.c.id)
    alive = sa.select(_other.c.id).where(
        _other.c.spool_id == spool.c.id,
        sa.or_(_other.c.state != "done", _other.c.outcome.not_in(_WITHOUT_EFFECT),
               _other.c.outcome.is_(None)),
    )  # fmt: skip
    in_outbox = sa.select(excerpt.c.body_id).where(excerpt.c.spool_id == spool.c.id)
    return sa.or_(in_ticket.exists(), in_outbox.exists(), alive.exists())


def _of_outcomes() -> Iterator[Proof]:
    none = sa.select(delivery.c.id).where(delivery.c.spool_id == spool.c.id)
    yield "mails without any delivery", sa.select(spool.c.id).where(~none.exists())
    ended = delivery.c.state == "done"
    yield (
        "deliveries that ended without an outcome",
        _deliveries(ended, delivery.c.outcome.is_(None)),
    )
    yield (
        "deliveries that wait and have an outcome",
        _deliveries(~ended, delivery.c.outcome.is_not(None)),
    )
    yield (
        "deliveries with an outcome that there is not",
        _deliveries(delivery.c.outcome.not_in([each.value for each in Outcome])),
    )
    ignored = delivery.c.outcome == Outcome.IGNORED.value
    yield (
        "deliveries that were ignored for a cause that there is not",
        _deliveries(ignored, delivery.c.cause.not_in([each.value for each in Cause])),
    )
    original = sa.select(_other.c.id).where(
        _other.c.id == delivery.c.duplicate_of, _other.c.mailbox == delivery.c.mailbox
    )
    yield (
        "duplicates of no delivery to the same mailbox",
        _deliveries(delivery.c.cause == Cause.DUPLICATE.value, ~original.exists()),
    )


def _of_tickets() -> Iterator[Proof]:
    in_ticket = (
        sa.select(message.c.id)
        .select_from(message.join(ticket_message))
        .where(
            message.c.spool_id == delivery.c.spool_id,
            ticket_message.c.ticket_id == delivery.c.ticket_id,
        )
    )
    request = in_ticket.where(message.c.entry == "request")
    yield (
        "deliveries opened without a ticket that has their mail",
        _deliveries(_opened, ~request.exists()),
    )
    yield (
        "deliveries joined to no ticket that has their mail",
        _deliveries(delivery.c.outcome == Outcome.JOINED.value, ~in_ticket.exists()),
    )
    has_one = (
        sa.select(delivery.c.id)
        .where(delivery.c.spool_id == message.c.spool_id, delivery.c.state == "done")
        .where(delivery.c.ticket_id == ticket_message.c.ticket_id)
    )
    yield (
        "mails in a ticket that no delivery knows of",
        (
            sa.select(spool.c.id)
            .distinct()
            .select_from(spool.join(message).join(ticket_message))
            .where(~has_one.exists())
        ),
    )


def _of_confirmations() -> Iterator[Proof]:
    """History (source import) opens tickets of which nobody hears."""
    withheld = sa.select(event.c.seq).where(
        event.c.ticket_id == delivery.c.ticket_id,
        event.c.name == "mail-withheld",
        event.c.why == "confirmation",
    )
    is_one = outbox.c.notice == "confirmation"
    confirmed = sa.select(outbox.c.id).where(outbox.c.delivery_id == delivery.c.id, is_one)
    yield (
        "deliveries opened with neither a confirmation nor a reason for none",
        _deliveries(_opened, ~confirmed.exists(), ~withheld.exists(), spool.c.source != "import"),
    )
    counted = sa.select(sa.func.count()).where(outbox.c.ticket_id == delivery.c.ticket_id, is_one)
    yield (
        "deliveries opened and confirmed more than once",
        _deliveries(_opened, counted.scalar_subquery() > 1),
    )


def _of_bytes() -> Iterator[Proof]:
    row = sa.select(raw.c.spool_id).where(raw.c.spool_id == spool.c.id)
    yield "mails without their bytes", sa.select(spool.c.id).where(~row.exists())
    deleted = row.where(spool.c.size_bytes > 0, sa.func.length(raw.c.content) == 0)
    yield (
        "mails whose bytes were deleted though they are needed",
        (sa.select(spool.c.id).where(deleted.exists(), needed())),
    )


def _of_imap() -> Iterator[Proof]:
    below = sa.select(imap_cursor.c.id).where(
        imap_cursor.c.account + "/" + imap_cursor.c.folder == spool.c.imap_folder,
        imap_cursor.c.uidvalidity == spool.c.imap_uidvalidity,
        imap_cursor.c.last_uid < spool.c.imap_uid,
    )
    yield (
        "mails from above the cursor of their IMAP folder",
        sa.select(spool.c.id).where(spool.c.imap_uid.is_not(None), below.exists()),
    )


def _deliveries(*conditions: sa.ColumnElement[bool]) -> sa.Select[Any]:
    return sa.select(delivery.c.id).select_from(delivery.join(spool)).where(*conditions)
