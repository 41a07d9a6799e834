"""One mail on standard input, as an MTA's pipe or a person hands it to `inject`.

Keeps every byte as it came, line ends included. Only the "From " line that mbox
files and some MTAs put on top is taken off: it is no part of the message
(RFC 4155), and it may be the only place that names the envelope's sender.
"""

import contextlib
from collections.abc import Sequence
from datetime import datetime
from email.parser import BytesHeaderParser
from email.policy import compat32
from email.utils import parseaddr
from typing import BinaryIO

from gateway.errors import TOO_LARGE, MailError, PermanentError
from gateway.ingest.path import reverse_path
from gateway.message import Envelope, Source

_MAX_HEADER_BYTES = 2**20  # as much of a mail as is searched for its sender


def read_mail(stream: BinaryIO, max_bytes: int) -> bytes:
    """All of the stream, untouched. Raises PermanentError (552) above the limit.

    Reads one byte more than the limit at most: the rest of a mail that is refused
    never enters memory.
    """
    raw = stream.read(max_bytes + 1)
    if len(raw) > max_bytes:
        raise PermanentError(f"larger than smtp.max_message_bytes ({max_bytes})", TOO_LARGE)
    return raw


def envelope(
    raw: bytes, *, sender: str | None, recipients: Sequence[str], now: datetime
) -> tuple[Envelope, bytes]:
    """The envelope of a piped mail, and the mail without its "From " line.

    `sender` when given ("" or "<>" is the null reverse-path), else the mail's own word
    for it. Raises PermanentError when it is given and is no address.
    """
    postmark, content = split_from_line(raw)
    given = sender if sender is not None else postmark
    return (
        Envelope(
            mail_from=sender_in(content) if given is None else reverse_path(given),
            rcpt_to=tuple(dict.fromkeys(recipients)),
            received_at=now,
            source=Source.PIPE,
        ),
        content,
    )


def split_from_line(raw: bytes) -> tuple[str | None, bytes]:
    """The sender in a leading mbox "From " line, None without one; and the rest.

    >>> split_from_line(b"From ann@example.org Thu Jan  1 00:00:00 2026\\nSubject: x\\n")
    ('ann@example.org', b'Subject: x\\n')
    >>> split_from_line(b"From MAILER-DAEMON Thu Jan  1 00:00:00 2026\\r\\nSubject: x\\r\\n")
    ('', b'Subject: x\\r\\n')
    >>> split_from_line(b"From: ann@example.org\\n")
    (None, b'From: ann@example.org\\n')
    """
    if not raw.startswith(b"From "):
        return None, raw
    line, _, content = raw.partition(b"\n")
    words = line.decode("utf-8", "replace").split()
    name = words[1] if len(words) > 1 else ""
    if name.upper() == "MAILER-DAEMON":  # how MTAs write the null reverse-path in mbox
        return "", content
    try:
        return reverse_path(name) or None, content
    except MailError:  # "From ann Thu Jan ...": a local user, whom the header names better
        return None, content


def sender_in(content: bytes) -> str:
    """The sender as the header tells it: Return-Path, then From, then "".

    Return-Path is what the MTA before us wrote down of the envelope (RFC 5321
    section 4.4). Without one, the author is the best guess: a null reverse-path
    would be one too, and the author would never be answered.
    """
    header = BytesHeaderParser(policy=compat32).parsebytes(content[:_MAX_HEADER_BYTES])
    fields = {name.lower(): text for name, text in reversed(list(header.raw_items()))}
    for name in ("return-path", "from"):
        text = fields.get(name, "").encode("utf-8", "surrogateescape").decode("utf-8", "replace")
        address = parseaddr(text)[1]
        if not address and "<>" not in text:
            continue
        with contextlib.suppress(MailError):
            return reverse_path(address)
    return ""
