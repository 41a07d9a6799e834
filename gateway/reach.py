"""Whether somebody can be reached by mail: what a bounce says of an address, and for how long.

An address whose mail came back for good is not written to for two weeks; then one mail goes
out as a probe, and a new bounce doubles the time. The surprising fact: most refusals that are
permanent say nothing about the address, but about the mail, or about us.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

SOFT_BOUNCES = 3  # of those that may pass, until the address counts as one that cannot be reached
ONE_SOFT_PER = timedelta(hours=1)  # a full mailbox refuses ten mails at once, and is full once
HARD_PERIOD, SOFT_PERIOD = timedelta(days=14), timedelta(days=2)  # doubled each time
MAX_DOUBLINGS = 3
PROBE = timedelta(minutes=15)  # in which a bounce of the probe would come
FORGET = timedelta(days=30)  # after which a bounce is the first again

# RFC 3463 sections 3.2, 3.3 and 3.5, RFC 7505 section 4: no such mailbox, system or syntax; moved
# away; a domain without mail; disabled; and 5.4.4, with which Postfix says "host not found".
_GONE = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.4"})
# About the mail: too large (5.2.3, 5.3.4), or in a form that was not understood (5.6.x).
_OF_THE_MAIL = re.compile(r"[45]\.(2\.3|3\.4|6\.\d+)")

_WORDS = {
    "1.1": "there is no such mailbox",
    "1.2": "there is no such domain",
    "1.3": "the address is not a valid one",
    "1.6": "the mailbox has moved, and nobody knows where to",
    "1.10": "the domain takes no mail at all",
    "2.1": "the mailbox is switched off",
    "2.2": "the mailbox is full",
    "2.3": "the mail is too large for this mailbox",
    "3.4": "the mail is too large for this mail server",
    "4.1": "the mail server did not answer",
    "4.4": "no mail server was found for the domain",
    "4.6": "the mail went round in circles between mail servers",
    "4.7": "the mail could not be delivered in time",
    "7.1": "the mail server does not take this mail from us",
}
_CLASSES = {
    "1": "the address could not be used",
    "2": "the mailbox does not take this mail",
    "3": "the mail server does not take this mail",
    "4": "the way to the mail server is broken",
    "5": "the two mail servers did not understand each other",
    "6": "the mail is in a form that was not taken",
    "7": "the mail server refused it by its policy",
}
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """What is known of an address whose mail came back. Not written to before `until`; as long as
    bounces are only counted, `until` is `since`. `key` is the address's `Address.key`."""

    key: str
    status: str
    bounces: int
    since: datetime
    until: datetime

    def blocks(self, now: datetime) -> bool:
        return now < self.until

    def is_to_be_probed(self, now: datetime, *, early: bool = False) -> bool:
        """Whether the next mail shows if the address can be reached again. It may do so `early`,
        before the time is over, where somebody writes from there."""
        return (early or now >= self.until) and self.until - self.since > PROBE

    def probed(self, now: datetime) -> "Suppression":
        """A mail goes out now; others wait until it could have come back."""
        return replace(self, since=now, until=now + PROBE)


def bounced(old: Suppression | None, key: str, status: str, now: datetime) -> Suppression | None:
    """What is known of the address now that a mail to it came back; None for nothing at all.

    >>> from datetime import UTC
    >>> now = datetime(2026, 1, 5, tzinfo=UTC)
    >>> (bounced(None, "ann@x.example", "5.1.1", now).until - now).days
    14
    >>> bounced(None, "ann@x.example", "5.2.2", now).blocks(now)
    False
    """
    if _OF_THE_MAIL.fullmatch(status):
        return old
    if old is not None and now > old.until + FORGET:
        old = None
    if old is not None and old.blocks(now) and old.until - old.since > PROBE:
        return old  # of a mail that was on its way before
    gone = status in _GONE
    if old is not None and not gone and old.until == old.since and now - old.since < ONE_SOFT_PER:
        return old
    bounces = (old.bounces if old else 0) + 1
    if gone:
        bounces = max(bounces, SOFT_BOUNCES)
    period = timedelta(0)
    if bounces >= SOFT_BOUNCES:
        doublings = min(bounces - SOFT_BOUNCES, MAX_DOUBLINGS)
        period = (HARD_PERIOD if gone else SOFT_PERIOD) * 2**doublings
    return Suppression(key=key, status=status, bounces=bounces, since=now, until=now + period)


def in_words(status: str) -> str:
    """What a status code of RFC 3463 says, for a person.

    >>> in_words("5.1.1"), in_words("4.7.28"), in_words("")
    ('there is no such mailbox (5.1.1)', 'the mail server refused it by its policy (4.7.28)', '')
    """
    _, _, detail = status.partition(".")
    words = _WORDS.get(detail) or _CLASSES.get(detail.partition(".")[0])
    return f"{words} ({status})" if words else ""


def status_in(reply: str) -> str:
    """The status code of RFC 3463 in a mail server's answer, "" where it has none.

    >>> status_in("550 5.1.1 <ann@x.example>: no such user"), status_in("550 no")
    ('5.1.1', '')
    """
    match = _STATUS.search(reply)
    return match[1] if match else ""
