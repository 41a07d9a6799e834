"""Reports of mail servers that a mail of ours did not arrive, RFC 3464."""

from itertools import count

_numbers = count(1)


def a_report(
    recipient: str,
    *,
    status: str = "5.1.1",
    action: str = "failed",
    said: str = "550 5.1.1 User unknown",
    original: str = "",
    from_: str = "Mail Delivery System <MAILER-DAEMON@mx.example>",
) -> bytes:
    """One recipient's report, each a mail of its own; `original` is the Message-ID it names."""
    number = next(_numbers)
    head = f"""\
From: {from_}
To: support@example.com
Subject: Undelivered Mail Returned to Sender
Message-ID: <bounce-{number}@mx.example>
Date: Mon, 02 Feb 2026 09:00:00 +0100
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

This is the mail system at host mx.example. Queue {number}.

<{recipient}>: host mx.example said: {said}
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {recipient}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {said}
"""
    returned = f"""
--b
Content-Type: text/rfc822-headers

From: support@example.com
To: {recipient}
Message-ID: {original}
Subject: Printer on fire
"""
    return (head + (returned if original else "") + "\n--b--\n").replace("\n", "\r\n").encode()
