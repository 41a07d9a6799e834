"""What mail systems write when they cannot deliver, where they keep to no standard.

Answers yes or no, and where the returned mail begins. A phrase alone never makes a
bounce: people quote bounces at a help desk every day. It takes a mail system as author.
"""

import re
from collections.abc import Mapping

from gateway.ingest import bounce_words
from gateway.message import Message

MAX_TEXT = 40_000  # letters of a report that are looked at


def _any_of(table: Mapping[str, tuple[str, ...]]) -> str:
    return "|".join(phrase for language in table.values() for phrase in language)


_SYSTEM_LOCAL = re.compile(
    r"^(?:mailer[-_.]?dae?mon|mail[-_.]?daemon|mdaemon|post_?master|poostmaster|mail[-_.]?delivery.*"
    r"|mail[-_.]?system|mail[-_.]?admin.*|bounces?|imss|uucp|smtp|mail-?router"
    r"|microsoftexchange[0-9a-f]{32})$",
    re.IGNORECASE,
)
_SYSTEM_NAME = re.compile(
    r"mailer[- ]?daemon|mail deliver|delivery (?:sub)?system|postmaster|mail administrator"
    r"|internet mail delivery|mail system|delivery service|(?:mail|notes|smtp) router|antivirus"
    r"|interscan|system administrator",
    re.IGNORECASE,
)
_FAILED = re.compile(_any_of(bounce_words.FAILED))
_REFUSED = re.compile(
    r"\bnot (?:a )?(?:list )?member|not allowed to post|post(?:ing)? .{0,40}(?:rejected|denied)"
    r"|request to mailing list .{1,80} rejected|message rejected",
    re.IGNORECASE,
)
_DELAYED = re.compile(_any_of(bounce_words.DELAYED))
_GIVEN_UP = re.compile(_any_of(bounce_words.GIVEN_UP))
_FOLLOWING = re.compile(_any_of(bounce_words.FOLLOWING), re.IGNORECASE)

_REPORT_FIELDS = ("x-failed-recipients", "x-ms-exchange-message-is-ndr", "x-mddsn-message")

# Shown to people, but said by mail servers to each other: a refusal in every language.
_REPLY = re.compile(
    r"(?<![\d.])[45]\d\d[ -]{1,2}#?[45]\.\d{1,3}\.\d{1,3}(?![\d.])"  # RFC 2034 section 4
    r"|^[ \t]{0,8}<[^<>\s@]{1,64}@[^<>\s@]{1,200}>:",  # qmail, Postfix, Courier, Yahoo
    re.MULTILINE,
)

# The line above the mail that a report gives back.
_RETURNED = re.compile(
    rf"^[\s>]{{0,8}}(?:[-=_*#]{{2,}}+[^\n]{{0,20}}|)(?:{_any_of(bounce_words.RETURNED)})",
    re.IGNORECASE | re.MULTILINE,
)
_HEADER_RUN = re.compile(
    r"^[ \t>]{0,8}(?:received|return-path|message-id|mime-version|x-[\w-]{1,40}|dkim-signature"
    r"|delivered-to|reply-to):[^\n]*\n",
    re.IGNORECASE | re.MULTILINE,
)


def is_mail_system(message: Message) -> bool:
    """The author is a program that carries mail.

    >>> from gateway.message import Address
    >>> is_mail_system(Message(author=Address("MAILER-DAEMON@x.example")))
    True
    """
    sender = message.header("from")
    local = message.author.address.partition("@")[0].strip("\"'\\ ")
    return (
        sender.strip() == "<>"  # as in the envelope, RFC 5321 section 4.5.5
        or bool(_SYSTEM_LOCAL.match(local))
        or bool(_SYSTEM_NAME.search(message.author.name or local or sender))
        or "mailer-daemon" in sender.lower()
    )


def is_refusal_by_list(message: Message) -> bool:
    """A list manager says that a post was not let through."""
    local = message.author.key.partition("@")[0]
    manager = local.endswith(("-admin", "-owner", "-request", "-bounces", "listserv", "majordomo"))
    return manager and bool(_REFUSED.search(message.subject))


def is_marked_report(message: Message) -> bool:
    """Fields that only Exim (and whoever learned from it), Exchange and MDaemon write, and only
    in a report."""
    return any(message.header(name).strip() for name in _REPORT_FIELDS)


def tells_of_failure(text: str) -> bool:
    return bool(_FAILED.search(text[:MAX_TEXT].lower()))


def shows_refusal(text: str) -> bool:
    """What a server answered is in it, whatever language stands around it.

    >>> shows_refusal("Tut mir leid.\\n<bo@x.example>: 550 5.1.1 unknown")
    True
    """
    return bool(_REPLY.search(text[:MAX_TEXT]))


def is_rejection(subject: str) -> bool:
    return "rejected" in subject.lower()


def is_delay(text: str) -> bool:
    """A warning that delivery goes on being tried: nothing has failed yet."""
    text = text[:MAX_TEXT].lower()
    return bool(_DELAYED.search(text)) and not _GIVEN_UP.search(text)


def below_announcement(words: str) -> str:
    """What stands below "the following recipients": above it Exchange repeats the To field."""
    told = _FOLLOWING.search(words)
    return words[told.end() :] if told else ""


def cut_at_returned(text: str) -> tuple[str, str]:
    """The mail system's own words, and the mail it gives back.

    Some repeat fields of the mail before they come to the point: a header above the first
    word of a failure is not yet the mail that comes back.

    >>> cut_at_returned("Sorry.\\n--- Below this line is a copy of the message.\\nTo: a@x")
    ('Sorry.\\n', '--- Below this line is a copy of the message.\\nTo: a@x')
    """
    text = text[:MAX_TEXT]
    at = _returned_at(text, 0)
    if at < len(text) and not tells_of_failure(text[:at]):
        told = _FAILED.search(text.lower(), at)
        announced = told and _FOLLOWING.search(text, told.start(), told.end() + 200)
        at = _returned_at(text, told.end()) if told and announced else at
    return text[:at], text[at:]


def _returned_at(text: str, start: int) -> int:
    starts = [
        found.start()
        for found in (_RETURNED.search(text, start), _HEADER_RUN.search(text, start))
        if found
    ]
    return min(starts, default=len(text))
