"""What mail systems write when they cannot deliver, where they keep to no standard.

Answers yes or no, and where the returned mail begins. A phrase alone never makes a
bounce: people quote bounces at a help desk every day. It takes a mail system as author.
"""

import re

from gateway.message import Message

MAX_TEXT = 40_000  # letters of a report that are looked at
MAX_LINE = 1_000

_SYSTEM_LOCAL = re.compile(
    r"^(?:mailer[-_.]?dae?mon|mail[-_.]?daemon|mdaemon|post_?master|poostmaster|mail[-_.]?delivery.*"
    r"|mail[-_.]?system|mail[-_.]?admin.*|bounces?|imss|uucp|smtp|mail-?router)$",
    re.IGNORECASE,
)
_SYSTEM_NAME = re.compile(
    r"mailer[- ]?daemon|mail deliver|delivery (?:sub)?system|postmaster|mail administrator"
    r"|internet mail delivery|mail system|delivery service|mail router|antivirus|interscan"
    r"|system administrator",
    re.IGNORECASE,
)
_FAILED = re.compile(
    r"undeliver|un-deliverable|not (?:be )?deliver|delivery (?:status|fail|has failed|report"
    r"|problem|notif|error|warning|delay|incomplete|attempt)"
    r"|deliver(?:y|ed)? (?:to the following|failed)"
    r"|(?:mail|message|nachricht) (?:delivery|fail|error|system|status|delayed|not)|returned mail"
    r"|failure notice|failed delivery|delivery of|non[- ]?(?:delivery|remis)|returned to sender"
    r"|returning (?:message )?to sender|unable to (?:deliver|send|process)|cannot be delivered"
    r"|could ?n.?t (?:be )?(?:deliver|send|find|reach)|did not reach|user unknown|unknown user"
    r"|no such (?:user|mailbox|address)|mailbox (?:full|unavailable|is full|over)|over quota"
    r"|recipient (?:address )?rejected|permanent (?:error|fatal|failure|delivery)|transient error"
    r"|processing error|temporary problem|error sending|nameserver error|still being retried"
    r"|automatically rejected|failed mail|delayed|retour|unzustellbar|nicht zugestellt"
    r"|fehlgeschlagen|non recapitabile|mancato recapito|no se (?:ha podido|pudo) entregar"
    r"|não (?:foi|pode) (?:entreg|ser)|kan niet worden (?:bezorgd|afgeleverd)|niet bezorgd"
    r"|nie(?:dostarcz| można dostarczyć)|не (?:доставлен|может быть доставлен)|недоставлен"
    r"|невозможно доставить|配信(?:でき|不能|エラー)|配送(?:でき|エラー)|送信エラー|配達"
    r"|エラーメール|退信|无法投递|無法(?:傳|投)遞|投递失败|メール(?:が送信|をお届け)",
    re.IGNORECASE,
)
_REFUSED = re.compile(
    r"\bnot (?:a )?(?:list )?member|not allowed to post|post(?:ing)? .{0,40}(?:rejected|denied)"
    r"|request to mailing list .{1,80} rejected|message rejected",
    re.IGNORECASE,
)
_DELAYED = re.compile(
    r"will be retried|still (?:being|trying)|\bdelay(?:ed)?\b|not yet been delivered|postponed"
    r"|warning message only|no action is required|(?:do not|don.t) need to resend"
    r"|attempts will|continue to (?:try|be made|attempt)|will (?:keep|continue) (?:to )?try"
    r"|could not be delivered for the last|verzögert|retrasad|ritardo|vertraagd|retard[ée]"
    r"|opóźni|fördröj|задерж|задержан|遅延|延迟|延遲",
    re.IGNORECASE,
)
_GIVEN_UP = re.compile(
    r"giving up|given up|gave up|permanent|not going to try|time(?:out)? exceeded|will be deleted"
    r"|has expired|has been returned",
    re.IGNORECASE,
)

# The line above the mail that a report gives back.
_RETURNED = re.compile(
    r"^[\s>]{0,8}(?:[-=_*#]{2,}[^\n]{0,20}|)"
    r"(?:below this line is a copy|this is a copy of|copy of (?:the|your) message|original message"
    r"|the header of the original|(?:returned|undelivered|unsent|original|enclosed) (?:mail"
    r"|message)|(?:your |message )?(?:original )?message (?:follows|headers?)"
    r"|headers? of (?:the|your)"
    r"|start of (?:the )?(?:returned|original)|included is a copy|here is a copy"
    r"|---+ ?(?:original|returned|undelivered|forwarded)|message text follows"
    r"|unsent message (?:follows|below)|this message is attached|元のメッセージ|返送メール"
    r"|the body of the message is|begin of|message headers? follow|text of the message"
    r"|received: (?:from|by) |return-path: ?<)",
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


def tells_of_failure(text: str) -> bool:
    return bool(_FAILED.search(text[:MAX_TEXT]))


def is_rejection(subject: str) -> bool:
    return "rejected" in subject.lower()


def is_delay(text: str) -> bool:
    """A warning that delivery goes on being tried: nothing has failed yet."""
    text = text[:MAX_TEXT]
    return bool(_DELAYED.search(text)) and not _GIVEN_UP.search(text)


def cut_at_returned(text: str) -> tuple[str, str]:
    """The mail system's own words, and the mail it gives back.

    >>> cut_at_returned("Sorry.\\n--- Below this line is a copy of the message.\\nTo: a@x")
    ('Sorry.\\n', '--- Below this line is a copy of the message.\\nTo: a@x')
    """
    text = text[:MAX_TEXT]
    starts = [
        found.start() for found in (_RETURNED.search(text), _HEADER_RUN.search(text)) if found
    ]
    at = min(starts, default=len(text))
    return text[:at], text[at:]
