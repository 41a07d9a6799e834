"""Agents who are away: by a notice that their own mail server vouches for, or by a command.

Until a day that plainly stands in the notice, else until they write again; any mail that they
write themselves ends it. The surprising fact: nobody asks a machine whether it is away, for it
would answer that it is; hence an unproven notice has no effect at all.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from gateway.decide.admission import Grant
from gateway.decide.case import Case
from gateway.decide.decision import Absence, Decision, Trace
from gateway.decide.done import Done
from gateway.ingest.trust import Proof
from gateway.message import Address, Kind
from gateway.rules.commands import Command, Verb
from gateway.tickets.actions import Action, Assign
from gateway.tickets.model import Ticket

MAX_DAYS = 366  # further away is no day of return, but a year of birth or a date of expiry

_MONTHS = (
    "jan januar janvier enero gennaio janeiro januari styczeń stycznia ledna januára",
    "feb februar février febrero febbraio fevereiro februari lutego února februára",
    "mar mär mrz märz mars marzo março maart marca března",
    "apr april avril abril aprile kwietnia dubna apríla",
    "may mai maj mayo maggio maio mei maja května mája",
    "jun juni juin junio giugno junho june czerwca června júna",
    "jul juli juillet julio luglio julho july lipca července júla",
    "aug august août agosto augustus augusti sierpnia srpna augusta",
    "sep sept september septembre septiembre settembre setembro września září septembra",
    "oct okt october oktober octobre octubre ottobre outubro października října októbra",
    "nov november novembre noviembre novembro listopada listopadu novembra",
    "dec dez december dezember décembre diciembre dicembre dezembro grudnia prosince decembra",
)
_MONTH_OF = {name: number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
_MONTH_OF |= {"january": 1, "february": 2, "march": 3}
_NAME = "|".join(sorted(_MONTH_OF, key=len, reverse=True))
_YEAR = r"(?:,?\s+(?:de\s+)?(?P<y>\d{4}))?(?!\d)"
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        r"(?<!\d)(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})(?!\d)",
        r"(?<!\d)(?P<d>\d{1,2})\.\s?(?P<m>\d{1,2})\.(?:\s?(?P<y>\d{4}|\d{2}))?(?!\d)",
        rf"(?<!\d)(?P<d>\d{{1,2}})(?:st|nd|rd|th|\.|er|º)?\s+(?:of\s+|de\s+)?(?P<n>{_NAME})\b\.?{_YEAR}",
        rf"\b(?P<n>{_NAME})\b\.?\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?!\d){_YEAR}",
        r"(?<!\d)(?P<a>\d{1,2})/(?P<b>\d{1,2})/(?P<y>\d{4})(?!\d)",
    )
)


def noticed(decision: Decision, case: Case) -> Decision:
    """The decision, with what the mail says of its author's absence."""
    if not case.is_agent or case.imported_at is not None:
        return decision
    is_away = case.author.key in case.facts.lately.away
    proof, kind = decision.trace.proof, case.reading.kind
    if kind is Kind.ORDINARY and not case.null_sender:
        proven = proof is not Proof.CLAIMED or case.grant is Grant.AUTHOR
        back = is_away and proven and decision.absence is None
        return replace(decision, absence=Absence(away=False)) if back else decision
    if kind is not Kind.AUTO_REPLY or proof is not Proof.VERIFIED:
        return decision
    until = until_in(case.reading.new_text, case.now)
    return replace(decision, absence=Absence(away=True, until=until))


def away(case: Case, ticket: Ticket, trace: Trace, command: Command, done: Done) -> Done:
    """`#away`: until the end of that day, or until they write again."""
    return replace(done, absence=said_by(command))


def back(case: Case, ticket: Ticket, trace: Trace, command: Command, done: Done) -> Done:
    """`#back`."""
    return replace(done, absence=said_by(command))


def said_by(command: Command) -> Absence | None:
    """What a command says of its author's absence; None for any other."""
    last = command.argument.detail
    if command.verb is Verb.AWAY:
        return Absence(away=True, until=_end_of(last) if isinstance(last, date) else None)
    return Absence(away=False) if command.verb is Verb.BACK else None


def without_absent(
    actions: Sequence[tuple[Action, str]], case: Case
) -> tuple[list[tuple[Action, str]], str]:
    """What rules do, without giving the ticket to somebody who is away; and a word about each."""
    away = case.facts.lately.away
    kept, left = [], []
    for action, rule in actions:
        if isinstance(action, Assign) and action.agent.key in away:
            left.append(f"; rule {rule} assigns it to {said(action.agent, away[action.agent.key])}")
        else:
            kept.append((action, rule))
    return kept, "".join(left)


def refusal(person: Address, case: Case) -> str:
    """Why somebody else's ticket cannot become theirs now; "" where it can."""
    away = case.facts.lately.away
    if person.key not in away or case.is_author(person):
        return ""
    return f"{said(person, away[person.key])}; assign it to somebody else, or to nobody"


def said(person: Address, until: datetime | None) -> str:
    """
    >>> said(Address("kim@x.example", "Kim"), datetime(2026, 12, 2, tzinfo=UTC))
    'Kim, who is away until 2026-12-01'
    """
    when = f"until {(until - timedelta(days=1)):%Y-%m-%d}" if until else "until they write again"
    return f"{person.shown}, who is away {when}"


def until_in(text: str, now: datetime) -> datetime | None:
    """The end of the last day that the notice names, UTC; None where no day to come is plain.

    >>> now = datetime(2026, 11, 20, tzinfo=UTC)
    >>> until_in("I am away from 20 November to 1 December 2026.", now).isoformat()
    '2026-12-02T00:00:00+00:00'
    >>> until_in("Back on 03/04/2027", now) is None
    True
    """
    today = now.date()
    days = {day for day in _days(text, today) if 0 <= (day - today).days <= MAX_DAYS}
    if not 0 < len(days) <= 2:  # from and to; more is a list of something else
        return None
    return _end_of(max(days))


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time(), UTC) + timedelta(days=1)


def _days(text: str, today: date) -> Iterator[date]:
    for form in _FORMS:
        for match in form.finditer(text):
            found = match.groupdict()
            if "a" in found:
                day, month = _day_and_month(int(found["a"]), int(found["b"]))
            else:
                day = int(found["d"])
                month = int(found.get("m") or 0) or _MONTH_OF[found["n"].lower()]
            written = found.get("y")
            year = int(written) + (2000 if written and len(written) == 2 else 0) if written else 0
            made = _date(year, month, day, today)
            if made:
                yield made


def _day_and_month(first: int, second: int) -> tuple[int, int]:
    """Of a date with slashes, which is plain only where one of the two can be no month."""
    if first > 12 or first == second:
        return first, second
    return (second, first) if second > 12 else (0, 0)


def _date(year: int, month: int, day: int, today: date) -> date | None:
    """Without a year, the next such day."""
    try:
        if year:
            return date(year, month, day)
        near = date(today.year, month, day)
        return near if near >= today else date(today.year + 1, month, day)
    except ValueError:
        return None
