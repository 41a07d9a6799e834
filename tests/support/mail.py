"""Make a mail that shows only what matters, and send it like any mail client."""

import smtplib
from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from email.policy import SMTP as CRLF

ANN = "ann@customer.example"
SUPPORT = "support@example.com"

_KEEP_LONG_LINES = CRLF.clone(max_line_length=998)  # long Message-IDs stay in one piece


def a_mail(
    *,
    from_: str | None = f"Ann Example <{ANN}>",
    to: str = SUPPORT,
    subject: str | None = "Printer on fire",
    text: str = "The printer on floor 3 is on fire.\n",
    html: str | None = None,
    message_id: str | None = "<first@customer.example>",
    in_reply_to: str | None = None,
    references: str | None = None,
    date: str = "Mon, 02 Feb 2026 09:00:00 +0100",
    headers: Mapping[str, str] | None = None,
    attachments: Mapping[str, bytes] | None = None,
) -> bytes:
    """A mail as it is on the wire. None leaves a field out.

    >>> b"Subject: Help\\r\\n" in a_mail(subject="Help")
    True
    """
    mail = EmailMessage(policy=_KEEP_LONG_LINES)
    fields = {
        "From": from_,
        "To": to,
        "Subject": subject,
        "Date": date,
        "Message-ID": message_id,
        "In-Reply-To": in_reply_to,
        "References": references,
        **(headers or {}),
    }
    for name, value in fields.items():
        if value is not None:
            mail[name] = value
    mail.set_content(text)
    if html is not None:
        mail.add_alternative(html, subtype="html")
    for name, content in (attachments or {}).items():
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return mail.as_bytes()


def send_mail(
    port: int,
    raw: bytes | None = None,
    *,
    mail_from: str = ANN,
    rcpt_to: str | Sequence[str] = SUPPORT,
    seconds: float = 30.0,
    **fields: str | None,
) -> str:
    """Send over SMTP to loopback; the server's answer to DATA, for example "250 2.0.0 …".

    Without `raw` the mail is `a_mail(**fields)`. A refusal is an smtplib exception
    (SMTPRecipientsRefused, SMTPDataError), as any client meets it.
    """
    recipients = [rcpt_to] if isinstance(rcpt_to, str) else list(rcpt_to)
    content = raw if raw is not None else a_mail(**{"to": recipients[0], **fields})  # type: ignore[arg-type]
    with smtplib.SMTP("127.0.0.1", port, local_hostname="client.example", timeout=seconds) as smtp:
        smtp.ehlo()
        code, text = smtp.mail(mail_from, ["SMTPUTF8"] if not mail_from.isascii() else [])
        if code != 250:
            raise smtplib.SMTPSenderRefused(code, text, mail_from)
        refused = {}
        for recipient in recipients:
            code, text = smtp.rcpt(recipient)
            if code not in (250, 251):
                refused[recipient] = (code, text)
        if refused:
            raise smtplib.SMTPRecipientsRefused(refused)
        code, text = smtp.data(content)
        if code != 250:
            raise smtplib.SMTPDataError(code, text)
        return f"{code} {text.decode()}"
