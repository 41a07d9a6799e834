"""What a mail is: ordinary, or which kind of machine's.

Decides the kind with its evidence; never whether it is answered (`decide` does). The
surprising fact: taking a person for a machine is the worse mistake, so a header that
people's own mail carries (X-Auto-Response-Suppress, Precedence: normal, a loop mark of
somebody else's) is no evidence by itself.
"""

from collections.abc import Callable

from gateway.ingest.bounce_marks import (
    cut_at_returned,
    is_mail_system,
    is_rejection,
    tells_of_failure,
)
from gateway.message import Kind, Message

OUR_MARK = "x-ticket-gateway"  # field that every outgoing mail carries: the desk's name

Verdict = tuple[Kind, tuple[str, ...]]


def classify(
    message: Message, *, null_sender: bool, own_addresses: frozenset[str], own_desk: str
) -> Verdict:
    """The kind, and what it rests on. The first check in CHECKS that holds decides."""
    ours = _ours(message, own_addresses, own_desk)
    if ours:
        return Kind.LOOP, ours
    for kind, check in CHECKS:
        evidence = check(message, null_sender)
        if evidence:
            return kind, evidence
    return Kind.ORDINARY, ()


def _ours(message: Message, own_addresses: frozenset[str], own_desk: str) -> tuple[str, ...]:
    if own_desk and own_desk in message.all_headers(OUR_MARK):
        return (f"X-Ticket-Gateway: {own_desk}",)
    if message.author.key in own_addresses:
        return (f"From: {message.author.key} is an address of ours",)
    return ()


def _receipt(message: Message, null_sender: bool) -> tuple[str, ...]:
    """RFC 8098; but a filter that rejects a mail also says so in this form (RFC 5429 2.1.2)."""
    found = _report_type(message, "disposition-notification")
    return () if found and is_rejection(message.subject) else found


def _bounce(message: Message, null_sender: bool) -> tuple[str, ...]:
    """A delivery report by its type; without one, a mail system that tells of a failure."""
    found = _report_type(message, "delivery-status")
    if found or not is_mail_system(message):
        return found
    told = tells_of_failure(message.subject) or tells_of_failure(cut_at_returned(message.text)[0])
    return (f"From: {message.header('from')[:80]}", "the text tells of a failed delivery") if told else ()


def _abuse(message: Message, null_sender: bool) -> tuple[str, ...]:
    return _report_type(message, "feedback-report")


def _report_type(message: Message, name: str) -> tuple[str, ...]:
    """RFC 6522 section 3: a parameter names the kind of report; the part itself proves it."""
    for file in message.attachments:
        if file.content_type in (f"message/{name}", f"message/global-{name}"):
            return (f"Content-Type: {file.content_type}",)
    value = message.header("content-type").lower()
    marked = value.startswith("multipart/report") and name in value
    return (f"Content-Type: multipart/report; report-type={name}",) if marked else ()


def _auto_submitted(message: Message, null_sender: bool) -> tuple[str, ...]:
    return ()


def _auto_reply(message: Message, null_sender: bool) -> tuple[str, ...]:
    value = message.header("auto-submitted")
    if value.lower().startswith("auto-replied"):
        return (f"Auto-Submitted: {value}",)
    return ()


def _generated(message: Message, null_sender: bool) -> tuple[str, ...]:
    value = message.header("auto-submitted")
    if value and not value.lower().startswith("no"):
        return (f"Auto-Submitted: {value}",)
    return ()


def _list(message: Message, null_sender: bool) -> tuple[str, ...]:
    for name in ("list-id", "list-post", "list-unsubscribe"):
        if message.header(name):
            return (f"{name.title()}: {message.header(name)[:80]}",)
    if message.header("precedence").lower() in ("bulk", "list", "junk"):
        return (f"Precedence: {message.header('precedence')}",)
    return ()


CHECKS: tuple[tuple[Kind, Callable[[Message, bool], tuple[str, ...]]], ...] = (
    (Kind.READ_RECEIPT, _receipt),
    (Kind.REPORT, _abuse),
    (Kind.BOUNCE, _bounce),
    (Kind.AUTO_REPLY, _auto_reply),
    (Kind.AUTO_GENERATED, _generated),
    (Kind.LIST, _list),
)
