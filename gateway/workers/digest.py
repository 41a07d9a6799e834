"""The mails that are held, told once a day to those who may let them in.

Every morning, or later on the day if nobody was there, each team's leads get the list of what
waits for them. The surprising fact: no two of them get the same mail, for the links in it are
their own, and whoever passes it on passes on no right to use them.
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from gateway import maillog
from gateway.config.mailboxes import Mailbox
from gateway.decide import hold, placing
from gateway.deliveries import ALL_HELD, Cause
from gateway.ingest.parse import parse
from gateway.message import Address
from gateway.outbound import mailto
from gateway.outbound.compose import Reader
from gateway.outbound.letter import Letter, Notice, PlainReply, Waiting
from gateway.settle import record
from gateway.settle.correspond import Written
from gateway.settle.office import Office
from gateway.settle.record import Alert, Recording
from gateway.store import Conflict, Tx, decisions, held, merges, people, snapshot, transaction
from gateway.store.ledger import EVERYTHING
from gateway.threading import tag
from gateway.threading.quote_marks import REPLY_MARKER
from gateway.threading.tag import Purpose

MORNING_HOUR = 7  # in the mailbox's time zone
MAX_LISTED = 100  # in one mail: the newest, for the others were in one before


_WHY = {
    Cause.UNPROVEN.value: "nothing proves that they wrote it",
    Cause.NEEDS_YES.value: "what it commands asks for a yes of theirs",
    Cause.NEW_SUBJECT.value: "its subject is not its ticket's",
    Cause.UNKNOWN_SENDER.value: "we do not know their address",
}


@dataclass(frozen=True, slots=True)
class Pile:
    """What waits in one mailbox for the leads of one team."""

    mailbox: Mailbox
    team: str

    @property
    def key(self) -> str:
        """By which it is kept that they were told."""
        return sha256(f"held: {self.mailbox.address} {self.team}".encode()).hexdigest()

    def since(self, now: datetime) -> datetime:
        """From when on a list is enough."""
        return listed_since(now, self.mailbox.zone)


def listed_since(now: datetime, zone: ZoneInfo) -> datetime:
    """The beginning of the day whose list is the newest that is due: today's from the morning
    on, yesterday's before.

    >>> at = datetime(2026, 7, 2, 4, 59, tzinfo=UTC)
    >>> listed_since(at, ZoneInfo("Europe/Berlin")).isoformat()
    '2026-06-30T22:00:00+00:00'
    >>> listed_since(at + timedelta(minutes=1), ZoneInfo("Europe/Berlin")).isoformat()
    '2026-07-01T22:00:00+00:00'
    """
    local = now.astimezone(zone)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    if local.hour < MORNING_HOUR:
        midnight -= timedelta(days=1)
    return midnight.astimezone(UTC)


def send(office: Office, now: datetime) -> int:
    """Queue the lists that are due; how many mails that are. Raises TemporaryError."""
    with snapshot(office.database) as tx:
        piles = _piles(tx, office)
        told = {pile for pile in piles if decisions.told(tx, [pile.key], pile.since(now))}
    count = 0
    for pile, waiting in piles.items():
        with suppress(Conflict):  # another host tells them at this very moment
            count += 0 if pile in told else _told(office, pile, waiting, now)
    return count


def _piles(tx: Tx, office: Office) -> Mapping[Pile, list[held.Waiting]]:
    ids = held.ids(tx, EVERYTHING)
    waiting = held.waiting(tx, ids, with_heads=False) if ids else []
    numbers = {each.ticket for each in waiting if each.ticket}
    found = merges.with_targets(tx, numbers, placing.MAX_MERGES) if numbers else {}
    piles: dict[Pile, list[held.Waiting]] = {}
    for each in waiting:
        mailbox = office.desk.gateway.mailbox_for(each.mailbox)
        team = hold.team_for(office.desk, each.mailbox, hold.goes_on_in(found, each.ticket))
        piles.setdefault(Pile(mailbox, team), []).append(each)
    return piles


def _told(office: Office, pile: Pile, waiting: Sequence[held.Waiting], now: datetime) -> int:
    """Write to each who may decide, and remember it with the same commit."""
    newest = [each.delivery for each in waiting[-MAX_LISTED:]]
    with snapshot(office.database) as tx:
        listed = held.waiting(tx, newest)
    if not listed:
        return 0
    directory, admin = office.desk.directory, Address(office.desk.gateway.desk.admin)
    leads = [person.address for person in directory.leads_of(pile.team)]
    readers = leads or [directory.known_as(admin)]
    ids = _ids(office, readers)
    written = [
        _written(office, pile, listed, Reader(address=each, person=ids[each.key]), now)
        for each in readers
    ]
    mails = tuple(mail for each in written for mail in each.mails)
    alert = None
    if faults := tuple(fault for each in written for fault in each.faults):
        alert = Alert(faults=faults, mail=office.writer.alert(faults, _cause(pile, now), now))
    done = Recording(worker=office.worker, now=now, mails=mails, alert=alert)
    with transaction(office.database) as tx:
        decisions.tell_once(tx, pile.key, pile.since(now), now)
        record.alarm(tx, done)
    maillog.held_told(mailbox=pile.mailbox.address, held=len(waiting), mails=len(mails))
    return len(mails)


def _ids(office: Office, readers: Collection[Address]) -> dict[str, int]:
    """Of all readers; whoever was never written to, such as the admin, gets one."""
    with snapshot(office.database) as tx:
        ids = people.ids_of(tx, readers)
    missing = [each for each in readers if each.key not in ids]
    if missing:
        with transaction(office.database) as tx:
            people.enroll(tx, missing)
            ids |= people.ids_of(tx, missing)
    return ids


def _written(
    office: Office, pile: Pile, listed: Sequence[held.Waiting], reader: Reader, now: datetime
) -> Written:
    all_of_them = f"ticket-gateway held list --mailbox {pile.mailbox.address}"
    letter = Letter(
        notice=Notice.HELD,
        mailbox=pile.mailbox,
        plain_reply=PlainReply.CONFIRMS,
        held=ALL_HELD,
        waiting=tuple(_line(office, pile, each, reader, now) for each in listed),
        text=f'Older ones may wait as well: see "{all_of_them}".' * (len(listed) == MAX_LISTED),
        at=now,
        marker=REPLY_MARKER,
    )
    return office.writer.plain(letter, reader, _cause(pile, now))


def _cause(pile: Pile, now: datetime) -> str:
    return f"held {pile.mailbox.address} {pile.team} {now.isoformat()}"


def _line(
    office: Office, pile: Pile, waiting: held.Waiting, reader: Reader, now: datetime
) -> Waiting:
    message, number = parse(waiting.head), waiting.delivery
    named = message.author.name if message.author.key == waiting.author else ""

    def link(verb: str) -> str:
        mailbox = pile.mailbox
        if not mailbox.separator or mailbox.address != waiting.mailbox:
            return ""  # and of a mailbox that has left the file nobody decides by mail
        token = tag.sign(office.ring, mailbox.address, number, Purpose.ACTION, reader.person, now)
        address = tag.signed_address(mailbox.address, mailbox.separator, number, token)
        line = f"{verb} {number}"
        return mailto.link(address, line.capitalize(), line)

    return Waiting(
        delivery=number,
        author=Address(waiting.author, named),
        subject=tag.without_tags(message.subject),
        ticket=waiting.ticket,
        why=_WHY.get(waiting.cause) or waiting.reason,
        since=waiting.received_at,
        release=link("release"),
        drop=link("drop"),
    )
