"""What happened lately that a decision depends on: mails sent, mails that came back, absences.

As of one moment, like all facts. Nothing here is needed to know what a mail is about; it only
says what is not to be written, or to whom a ticket is not to be given.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from gateway.decide.limits import Counts
from gateway.reach import Suppression

TOLD_ONCE_PER = timedelta(days=1)
"""The same bounce of the same address, on the same ticket."""

SUPPRESSED = ("", "suppressed")
FAILED = "failed"  # in place of a status: our own mail server refused it


@dataclass(frozen=True, slots=True, kw_only=True)
class Lately:
    """`mails` are counts per ticket number and person id, `answers` those of the author over all
    tickets. `invited` are those of people whom the mail may bring in, by person id, `inviting`
    those of requesters: how many heard that they follow their tickets. `suppressed` has addresses
    whose mail came back, `away` the agents who are away and until when, both by
    `Address.key`. `told` is, per ticket number, which bounces its agents heard of within
    TOLD_ONCE_PER: address and status, or SUPPRESSED for a mail not sent."""

    mails: Mapping[int, Mapping[int, Counts]] = field(default_factory=dict)
    answers: Counts = field(default_factory=dict)
    invited: Mapping[int, Counts] = field(default_factory=dict)
    inviting: Mapping[int, Counts] = field(default_factory=dict)
    suppressed: Mapping[str, Suppression] = field(default_factory=dict)
    away: Mapping[str, datetime | None] = field(default_factory=dict)
    told: Mapping[int, frozenset[tuple[str, str]]] = field(default_factory=dict)
