"""Delivery reports: whom a mail did not reach, how bad it is, and which mail it was.

Reads the fields of RFC 3464 wherever they stand, then the words of mail systems that
know no fields (qmail, Exim, Exchange and others). Never decides whether a mail is a
bounce: `classify` does. The surprising fact: a third of all bounces keep to no standard.
"""

import re

from gateway.ingest.bounce_marks import below_announcement, cut_at_returned, is_delay
from gateway.ingest.parse import Parsed
from gateway.ingest.tree import Fields
from gateway.message import Bounce, Message
from gateway.threading.msgid import references

MAX_DIAGNOSTIC = 500  # letters
MAX_FORWARDED = 40_000  # letters of a text in which a forwarded report is looked for

_ROLES = frozenset(("postmaster", "mailer-daemon", "abuse", "support", "helpdesk", "hostmaster"))
_ACTIONS = frozenset(("failed", "delayed", "delivered", "relayed", "expanded"))  # RFC 3464 2.3.3
_ADDRESS = (
    r"(?:\"[^\"\n]{1,64}\"|[A-Za-z0-9._%+=&/!#$'*?^`{|}~-]{1,100})@[A-Za-z0-9_.-]{1,200}"
    r"(?<![.-])(?![A-Za-z0-9_-])(?!\.[A-Za-z0-9])"
)
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_SMTP_CODE = re.compile(r"(?<![\d.])([45]\d\d)[ -](?!\d)")
# A run of fields in a text, quoted or not, that begins with the one every report has.
_FORWARDED = re.compile(
    r"^[ \t>]{0,8}final-recipient:[^\n]{1,400}(?:\n[ \t>]{0,8}[a-z-]{1,40}:[^\n]{0,900}){1,20}",
    re.IGNORECASE | re.MULTILINE,
)
_FIELD_LINE = re.compile(r"^[ \t>]{0,8}([A-Za-z-]{1,40}):([^\n]*)$", re.MULTILINE)
_MESSAGE_ID = re.compile(r"^[ \t>]{0,8}message-id:\s{0,9}(<[^<>\n]{1,500}>)", re.I | re.M)

# Where a mail system names the recipient, best evidence first.
_PLACES = tuple(
    re.compile(pattern.replace("ADDRESS", f"({_ADDRESS})"), re.IGNORECASE | re.MULTILINE)
    for pattern in (
        r"^[ \t]{0,8}(?:final|original)-recipient:[ \t]{0,8}(?:rfc822;)?[ \t]{0,8}<?ADDRESS",
        r"^[ \t]{0,8}(?:failed recipient|recipient|rcpt to|e-?mail address)s?[ \t]{0,8}[:=]"
        r"[ \t]{0,8}<?ADDRESS",
        r"^[ \t>]{0,8}<?ADDRESS>?[ \t]{0,8}[:(]",
        r"^[ \t*-]{0,12}<?(?:mailto:)?ADDRESS>?[ \t,;]{0,8}$",
        r"RCPT TO:[ \t]{0,8}<?ADDRESS",
        r"(?:user|recipient|mailbox|address|to|for|account|addressed,)[ \t:]{1,8}"
        r"[<\"'(]{0,2}ADDRESS",
        r"<ADDRESS>",
        r"\bADDRESS",
    )
)


def read_bounce(parsed: Parsed) -> Bounce | None:
    """What the report says of the first recipient who was not reached; None where it names none."""
    own_words, returned = cut_at_returned(parsed.message.text)
    original = _original_id(parsed, returned)
    reported = _reported(parsed)
    if reported:
        return _from_fields(reported, own_words, original)
    recipient = (
        _named_recipient(parsed.message, own_words)
        or _first(_PLACES[:2], returned, frozenset())  # a report inside of a report
        or _only_recipient(parsed.returned)
    )
    if not recipient:
        return None
    delayed = is_delay(parsed.message.subject) or is_delay(own_words)
    return Bounce(
        recipient=recipient,
        status=_status(own_words, delayed=delayed),
        action="delayed" if delayed else "failed",
        diagnostic=_diagnostic(own_words, recipient),
        original_message_id=original,
    )


def read_forwarded(text: str) -> Bounce | None:
    """What a report says that a person has forwarded or quoted: who asks why a mail came back
    is a person, and the answer stands in what they quote. None without fields of RFC 3464.

    >>> told = "> Final-Recipient: rfc822; bo@x.example\\n> Action: failed\\n> Status: 5.1.1"
    >>> forwarded = read_forwarded(f"Why?\\n{told}")
    >>> forwarded and (forwarded.recipient, forwarded.status, forwarded.action)
    ('bo@x.example', '5.1.1', 'failed')
    """
    found = _FORWARDED.search(text[:MAX_FORWARDED])
    if not found:
        return None
    fields = {name.lower(): value.strip() for name, value in _FIELD_LINE.findall(found[0])}
    if "action" not in fields or not _recipient_of(fields):
        return None
    match = _MESSAGE_ID.search(text, found.end())
    original = references(match[1]) if match else ()
    return _from_fields(fields, found[0], original[0] if original else None)


def _reported(parsed: Parsed) -> dict[str, str]:
    """The group of fields of the worst fate, RFC 3464 section 2.3; empty when there is none."""
    found = [
        dict(reversed(group))
        for kind, groups in parsed.reports
        for group in groups
        if kind.endswith(("delivery-status", "disposition-notification"))
    ]
    found = [group for group in found if _recipient_of(group)]
    for action in ("failed", "delayed", ""):
        for group in found:
            if group.get("action", "").lower().startswith(action):
                return group
    return {}


def _from_fields(group: dict[str, str], words: str, original: str | None) -> Bounce:
    diagnostic = group.get("diagnostic-code", "")
    action = group.get("action", "").lower().partition(" ")[0]
    action = action if action in _ACTIONS else "failed"
    found = _STATUS.search(group.get("status", "")) or _STATUS.search(diagnostic)
    return Bounce(
        recipient=_as_addressed(_recipient_of(group), words),
        status=found[1] if found else _status(words, delayed=action == "delayed"),
        action=action,
        diagnostic=diagnostic[:MAX_DIAGNOSTIC],
        original_message_id=original,
    )


def _recipient_of(group: dict[str, str]) -> str:
    """RFC 3464 section 2.3.2: Final-Recipient is `rfc822; address`; some leave out the type.

    An address outside of ASCII has the type `utf-8`, RFC 6533 section 3.
    """
    for name in ("final-recipient", "original-recipient", "x-actual-recipient"):
        value = group.get(name, "")
        kind, _, rest = value.partition(";")
        value = rest or value
        if rest and kind.strip().lower() == "utf-8" and "@" in rest:
            return rest.strip(" <>")
        found = re.findall(_ADDRESS, value)  # the last: a route may stand before it
        if found or "@" in value:
            return str(found[-1]) if found else value.strip(" <>")
    return ""


def _as_addressed(recipient: str, words: str) -> str:
    """The address the author used, where a gateway reports the one it made of it."""
    local = recipient.partition("@")[0].lower()
    if not local or recipient.lower() in words.lower():
        return recipient
    found = _first(_PLACES, below_announcement(words), frozenset())
    return found if found.lower().startswith(f"{local}@") else recipient


def _named_recipient(message: Message, words: str) -> str:
    """The best-placed address that is neither who gets the report nor who wrote it."""
    header = re.findall(_ADDRESS, message.header("x-failed-recipients"))
    if header:
        return str(header[0])
    own = frozenset((message.author.key, *(each.key for each in message.to)))
    return (
        _first(_PLACES[:2], words, frozenset())  # plain: no matter whose it is
        or _first(_PLACES, below_announcement(words), own)
        or _first(_PLACES, words, own)
        or _first(_PLACES[:4], words, frozenset())
        or _first(_PLACES[:4], words, frozenset((message.author.key,)), roles=True)
    )


def _first(
    places: tuple[re.Pattern[str], ...],
    words: str,
    not_meant: frozenset[str],
    *,
    roles: bool = False,
) -> str:
    for place in places:
        for address in place.findall(words):
            if address.lower() not in not_meant and (roles or not _is_system(address)):
                return str(address)
    return ""


def _only_recipient(returned: Fields) -> str:
    """Of the mail that came back, where it was for one alone."""
    found = re.findall(_ADDRESS, dict(returned).get("to", ""))
    return str(found[0]) if len(found) == 1 else ""


def _is_system(address: str) -> bool:
    """An address of those who run a mail system or a list, named where one may ask."""
    local = address.lower().partition("@")[0]
    return local in _ROLES or local.endswith(("-ctl", "-admin", "-owner", "-request", "-help"))


def _status(words: str, *, delayed: bool) -> str:
    found = _STATUS.search(words)
    if found:
        return found[1]
    code = _SMTP_CODE.search(words)
    if code:
        return f"{code[1][0]}.0.0"
    return "4.0.0" if delayed else "5.0.0"


def _diagnostic(words: str, recipient: str) -> str:
    """The lines after the recipient, where such reports put the other server's answer."""
    at = words.find(recipient)
    return " ".join(words[max(at, 0) :].split())[:MAX_DIAGNOSTIC]


def _original_id(parsed: Parsed, returned: str) -> str | None:
    found = references(dict(reversed(parsed.returned)).get("message-id", ""))
    if not found:
        match = _MESSAGE_ID.search(returned) or _MESSAGE_ID.search(parsed.message.text)
        found = references(match[1]) if match else ()
    for _, groups in parsed.reports:  # RFC 8098 section 3.2.5, and Exchange's own name for it
        for group in groups:
            for name in ("original-message-id", "x-original-message-id"):
                found = found or references(dict(group).get(name, ""))
    return found[0] if found else None
