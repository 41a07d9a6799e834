"""The deliveries of one mail to several mailboxes, as they see each other."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from gateway.deliveries import Outcome, Sibling
from gateway.store.tables import delivery, spool, ticket


def of(tx: Connection, spool_id: int, delivery_id: int) -> tuple[Sibling, ...]:
    """The mail's other deliveries, in the order of its recipients."""
    query = (
        sa.select(
            delivery.c.id,
            delivery.c.mailbox,
            delivery.c.state,
            delivery.c.outcome,
            ticket.c.number,
        )
        .select_from(delivery.outerjoin(ticket, ticket.c.id == delivery.c.ticket_id))
        .where(delivery.c.spool_id == spool_id, delivery.c.id != delivery_id)
        .order_by(delivery.c.id)
    )
    return tuple(
        Sibling(
            delivery=row.id,
            mailbox=row.mailbox,
            waiting=row.state == "waiting",
            opened=row.outcome == Outcome.OPENED.value,
            ticket=row.number,
        )
        for row in tx.execute(query)
    )


def hold(tx: Connection, spool_id: int) -> None:
    """Let no sibling be recorded until this transaction ends. (On SQLite none is anyway.)"""
    row = sa.select(spool.c.id).where(spool.c.id == spool_id)
    tx.execute(row.with_for_update(key_share=True))
