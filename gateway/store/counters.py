"""Numbers handed out in order and never again, also when what had them is gone.

They are reserved before the decision that uses them, because a confirmation is
rendered and signed before its ticket is recorded. What is not used leaves a gap.
"""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from gateway.store.tables import counter


def reserve(tx: Connection, name: str, count: int) -> range:
    """The next `count` numbers of this name."""
    if not count:
        return range(0)
    taken = sa.update(counter).where(counter.c.name == name)
    taken = taken.values(value=counter.c.value + count)
    last = tx.execute(taken.returning(counter.c.value)).scalar_one()
    return range(last - count + 1, last + 1)
