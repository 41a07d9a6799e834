"""Fetch what happened lately: how much was written to whom, what came back, and who is away.

Each table is asked once for a whole batch, however many windows a limit has. The surprising
fact: the history of bounces is asked only where there is an address that cannot be reached.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.config_limits import Limits
from gateway.decide import limits as of_limits
from gateway.decide.lately import TOLD_ONCE_PER, Lately
from gateway.decide.limits import Limit
from gateway.reach import HARD_PERIOD, Suppression
from gateway.store import Tx, away, counts, suppression
from gateway.store.counts import Count, Counts


@dataclass(slots=True, kw_only=True)
class KnownLately:
    """What was found for several deliveries; added to by whoever decides them one by one."""

    limits: Limits
    mails: Mapping[int, Mapping[int, Counts]]
    answers: dict[int, Counts]
    suppressed: dict[str, Suppression]
    away: Mapping[str, datetime | None]
    told: Mapping[int, frozenset[tuple[str, str]]]

    def facts(self, author_id: int, numbers: Collection[int]) -> Lately:
        """What of it one delivery may depend on."""
        return Lately(
            mails={n: self.mails[n] for n in numbers if n in self.mails},
            answers=self.answers.get(author_id, {}),
            suppressed=self.suppressed,
            away=self.away,
            told={n: self.told[n] for n in numbers if n in self.told},
        )

    def wrote(self, person: int, notice: str) -> None:
        """One more mail to this person: the next delivery is to know of it."""
        before = self.answers.get(person, {})
        self.answers[person] = of_limits.one_more(self.limits, before, notice)


def known(
    tx: Tx,
    limits: Limits,
    now: datetime,
    *,
    authors: Collection[int],
    numbers: Collection[int],
    keys: Collection[str],
    has_bounce: bool,
) -> KnownLately:
    """Of these authors' ids, tickets, and everybody's `Address.key` who may be written to."""
    suppressed = suppression.by_key(tx, keys)
    blocks = any(each.blocks(now) for each in suppressed.values())
    told = (
        suppression.told(tx, numbers, now - TOLD_ONCE_PER, now - HARD_PERIOD)
        if has_bounce or blocks
        else {}
    )
    return KnownLately(
        limits=limits,
        mails=counts.by_ticket(tx, numbers, _wanted(of_limits.of_tickets(limits), now)),
        answers=counts.by_person(tx, authors, _wanted(of_limits.of_people(limits), now)),
        suppressed=suppressed,
        away=away.now_away(tx, now),
        told=told,
    )


def _wanted(limits: Iterable[Limit], now: datetime) -> list[Count]:
    return [
        Count(
            limit.name,
            limit.notices,
            tuple(now - timedelta(seconds=window.seconds) for window in limit.windows),
        )
        for limit in limits
    ]
