"""An outgoing mail that shows only what matters."""

from collections.abc import Callable

from gateway.outbound.sender import Outgoing, SmtpSender
from support.mail import ANN, SUPPORT, a_mail
from support.sink import Sink

NewSender = Callable[..., SmtpSender]
NewSink = Callable[..., Sink]


def an_outgoing(
    mail_from: str = SUPPORT, rcpt_to: str = ANN, content: bytes | None = None
) -> Outgoing:
    return Outgoing(mail_from=mail_from, rcpt_to=rcpt_to, content=content or a_mail())
