"""Fetch what happened lately: how much was written to whom, what came back, and who is away.

Each table is asked once for a whole batch, however many windows a limit has. The surprising
fact: the history of bounces is asked only where there is an address that cannot be reached.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.config.limits import Limits
from gateway.decide import limits as of_limits
from gateway.decide import unknown
from gateway.decide.lately import TOLD_ONCE_PER, Lately
from gateway.decide.limits import Limit
from gateway.desk.folder import Desk
from gateway.message import Address
from gateway.reach import HARD_PERIOD, Suppression
from gateway.store import Tx, away, counts, decisions, suppression
from gateway.store.counts import Count, Counts
from gateway.tickets.model import Ticket


@dataclass(slots=True, kw_only=True)
class KnownLately:
    """What was found for several deliveries; added to by whoever decides them one by one."""

    limits: Limits
    mails: Mapping[int, Mapping[int, Counts]]
    answers: dict[int, Counts]
    inviting: dict[int, Counts]
    suppressed: dict[str, Suppression]
    away: Mapping[str, datetime | None]
    told: Mapping[int, frozenset[tuple[str, str]]]

    def facts(
        self,
        ids: Mapping[str, int],
        author: Address,
        tickets: Mapping[int, Ticket],
        invited: Iterable[Address],
    ) -> Lately:
        """What of it one delivery may depend on; `invited` are people whom it may bring in."""
        named = _ids(ids, invited)
        requesters = _ids(ids, _requesters((author,), tickets)) if named else ()
        return Lately(
            mails={n: self.mails[n] for n in tickets if n in self.mails},
            answers=self.answers.get(ids.get(author.key, 0), {}),
            invited={n: self.answers[n] for n in named if n in self.answers},
            inviting={n: self.inviting[n] for n in requesters if n in self.inviting},
            suppressed=self.suppressed,
            away=self.away,
            told={n: self.told[n] for n in tickets if n in self.told},
        )

    def wrote(self, person: int, notice: str, requester: int | None) -> None:
        """One more mail to this person, about a ticket of that one's: the next delivery is to
        know of it."""
        for counted, who, by in (
            (self.answers, person, of_limits.of_people),
            (self.inviting, requester, of_limits.of_requesters),
        ):
            if who and any(notice in limit.notices for limit in by(self.limits)):
                before = counted.get(who, {})
                counted[who] = of_limits.one_more(by(self.limits), before, notice)


def known(
    tx: Tx,
    limits: Limits,
    now: datetime,
    *,
    ids: Mapping[str, int],
    authors: Collection[Address],
    invited: Collection[Address],
    tickets: Mapping[int, Ticket],
    keys: Collection[str],
    has_bounce: bool,
) -> KnownLately:
    """Of these authors, people whom a mail names, tickets and their requesters, and
    everybody's `Address.key` who may be written to."""
    suppressed = suppression.by_key(tx, keys)
    requesters = _ids(ids, _requesters(authors, tickets)) if invited else ()
    blocks = any(each.blocks(now) for each in suppressed.values())
    told = (
        suppression.told(tx, tickets.keys(), now - TOLD_ONCE_PER, now - HARD_PERIOD)
        if has_bounce or blocks
        else {}
    )
    return KnownLately(
        limits=limits,
        mails=counts.by_ticket(tx, tickets.keys(), _wanted(of_limits.of_tickets(limits), now)),
        answers=counts.by_person(
            tx, _ids(ids, (*authors, *invited)), _wanted(of_limits.of_people(limits), now)
        ),
        inviting=counts.by_requester(tx, requesters, _wanted(of_limits.of_requesters(limits), now)),
        suppressed=suppressed,
        away=away.now_away(tx, now),
        told=told,
    )


def refused(
    tx: Tx, desk: Desk, wrote: Iterable[tuple[str, Address]], now: datetime
) -> frozenset[str]:
    """Of those who wrote, each with the mailbox, and may be refused, those who were told so
    today, as `refusal_key` has them."""
    refusing = {each.address for each in desk.gateway.mailbox if each.unknown_senders == "refuse"}
    keys = {unknown.refusal_key(author) for mailbox, author in wrote if mailbox in refusing}
    return decisions.told(tx, keys, now - unknown.ONE_REFUSAL_PER) if keys else frozenset()


def _ids(ids: Mapping[str, int], people: Iterable[Address]) -> set[int]:
    return {ids[each.key] for each in people if each.key in ids}


def _requesters(authors: Iterable[Address], tickets: Mapping[int, Ticket]) -> set[Address]:
    """Whose tickets somebody may be brought into; a new one is its author's."""
    return {*authors, *(each.requester for each in tickets.values())}


def _wanted(limits: Iterable[Limit], now: datetime) -> list[Count]:
    return [
        Count(
            limit.name,
            limit.notices,
            tuple(now - timedelta(seconds=window.seconds) for window in limit.windows),
        )
        for limit in limits
    ]
