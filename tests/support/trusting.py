"""A mail before `ingest.trust`: only what matters, the rest as a desk would have it."""

from datetime import UTC, datetime
from typing import Any

from gateway.config.trust import Trust
from gateway.ingest.parse import parse_parts
from gateway.ingest.trust import judge
from gateway.ingest.trust_weigh import Verdict
from gateway.lookup import Lookup, Unanswered
from gateway.message import Address, Envelope, Source
from support.mail import a_mail

FROM = "Ann <ann@example.com>"
RECEIVED = "Received: from out.example.com by mx.desk.example; Mon, 02 Feb 2026 09:00:00 +0100"
BORDER = Trust(servers=("mx.desk.example",))
CHECKED = Trust(check=True)


def no_dns(name: str, kind: str) -> tuple[str, ...]:
    raise AssertionError(f"{kind} of {name} was asked for")


def silent_dns(name: str, kind: str) -> tuple[str, ...]:
    raise Unanswered(f"{kind} of {name}: timed out")


def behind_border(*results: str, from_: str = FROM, mail: bytes | None = None) -> bytes:
    """A mail with these Authentication-Results of the border above its Received field."""
    top = "".join(f"Authentication-Results: {each}\r\n" for each in results)
    mail = mail if mail is not None else a_mail(from_=from_)
    return f"{top}{RECEIVED}\r\n".encode() + mail


def verdict(
    raw: bytes,
    settings: Trust = BORDER,
    lookup: Lookup = no_dns,
    *,
    author: str = "",
    own: frozenset[str] = frozenset(),
    **envelope: Any,
) -> Verdict:
    """The judgement of a mail as it came by IMAP, unless `envelope` says otherwise."""
    message = parse_parts(raw).message
    plain: dict[str, Any] = {
        "mail_from": "ann@example.com",
        "rcpt_to": ("support@desk.example",),
        "received_at": datetime(2026, 2, 2, 8, tzinfo=UTC),
        "source": Source.IMAP,
    }
    who = Address(author) if author else message.author
    return judge(message, Envelope(**{**plain, **envelope}), raw, who, settings, lookup, own=own)
