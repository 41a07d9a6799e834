"""Writes the mails of `demo` as people's clients and servers do, to the byte.

What is answered is always a mail as it lies in the Maildir: to its Reply-To, in its thread,
with its text quoted below, which is all that a mail client knows as well.
"""

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage, Message
from email.mime.multipart import MIMEMultipart
from email.mime.nonmultipart import MIMENonMultipart
from email.mime.text import MIMEText
from email.policy import SMTP
from email.utils import format_datetime, make_msgid

from gateway.cli.demo.day import PEOPLE, SUPPORT, Bounce, New, Reply

# The default folds a long References field into an encoded word, which breaks the thread.
_POLICY = SMTP.clone(max_line_length=998)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A mail with its envelope, ready to be sent."""

    mail_from: str
    rcpt_to: str
    content: bytes


def first(mail: New, now: datetime) -> Written:
    """A first mail to the support address."""
    made = _begun(mail.by, SUPPORT, mail.subject, now)
    for name, value in mail.headers.items():
        made[name] = value
    made.set_content(mail.text, "html" if mail.html_only else "plain", charset=mail.charset)
    for name, content in mail.files.items():
        made.add_attachment(content, maintype="image", subtype="png", filename=name)
    return Written(mail_from=PEOPLE[mail.by], rcpt_to=SUPPORT, content=made.as_bytes())


def reply(mail: Reply, to: EmailMessage, now: datetime) -> Written:
    """The answer to a mail that was read."""
    body = to.get_body(("plain",))
    quoted = "".join(
        f"> {line}\n" for line in (str(body.get_content()) if body else "").split("\n")
    )
    address = str(to["Reply-To"] or to["From"])
    made = _begun(mail.by, address, f"Re: {str(to['Subject']).removeprefix('Re: ')}", now)
    made["In-Reply-To"] = str(to["Message-ID"])
    made["References"] = f"{to['References'] or ''} {to['Message-ID']}".strip()
    if mail.automatic:
        made["Auto-Submitted"] = "auto-replied"  # RFC 3834 section 5
    made.set_content(f"{mail.text}\n\nOn {to['Date']}, {to['From']} wrote:\n{quoted}")
    mail_from = "" if mail.automatic else PEOPLE[mail.by]
    return Written(mail_from=mail_from, rcpt_to=address, content=made.as_bytes())


def bounce(mail: Bounce, lost: EmailMessage, now: datetime) -> Written:
    """The report of RFC 3464 that a mail was lost, sent to its return path."""
    recipient, return_path = PEOPLE[mail.to], str(lost["Return-Path"]).strip("<> ")
    made = MIMEMultipart("report", report_type="delivery-status", policy=_POLICY)
    made["From"] = f"Mail Delivery System <MAILER-DAEMON@{recipient.partition('@')[2]}>"
    made["To"] = return_path
    made["Subject"] = "Undelivered Mail Returned to Sender"
    made["Date"] = format_datetime(now)
    made["Message-ID"] = make_msgid(domain=recipient.partition("@")[2])
    made["Auto-Submitted"] = "auto-replied"
    made.attach(MIMEText(f"Your mail did not reach <{recipient}>: {mail.says}\n"))
    status = MIMENonMultipart("message", "delivery-status")
    status.set_payload(
        [
            _fields(("Reporting-MTA", f"dns; mx.{recipient.partition('@')[2]}")),
            _fields(
                ("Final-Recipient", f"rfc822; {recipient}"),
                ("Action", "failed"),
                ("Status", mail.says.split()[1]),
                ("Diagnostic-Code", f"smtp; {mail.says}"),
            ),
        ]
    )
    made.attach(status)
    headers = f"Message-ID: {lost['Message-ID']}\nSubject: {lost['Subject']}\n"
    made.attach(MIMEText(headers, "rfc822-headers"))
    return Written(mail_from="", rcpt_to=return_path, content=made.as_bytes())


def _begun(by: str, to: str, subject: str, now: datetime) -> EmailMessage:
    made = EmailMessage(policy=_POLICY)
    made["From"] = f"{by} <{PEOPLE[by]}>"
    made["To"] = to
    made["Subject"] = subject
    made["Date"] = format_datetime(now)
    made["Message-ID"] = make_msgid(domain=PEOPLE[by].partition("@")[2])
    return made


def _fields(*fields: tuple[str, str]) -> Message:
    group = Message()
    for name, value in fields:
        group[name] = value
    return group
