"""LMTP, RFC 2033: SMTP for the last hop, with one answer to a mail for each recipient.

The peer waits for as many lines as it had recipients accepted, whatever the answer is: a
refusal for size and a bug are said as often as a yes. Surprising: a recipient that was named
twice is answered twice, although the mail is kept once.
"""

from aiosmtpd.smtp import syntax

from gateway.ingest.smtp_session import SmtpSession
from gateway.message import Source


class LmtpSession(SmtpSession):
    """A session with the mail server in front."""

    source = Source.LMTP
    _greets_as = "LMTP"

    @syntax("LHLO hostname")
    async def smtp_LHLO(self, hostname: str) -> None:
        """RFC 2033 section 4.1: instead of HELO and EHLO."""
        await self._welcome(hostname, "LHLO")

    async def smtp_HELO(self, hostname: str) -> None:
        """RFC 2033 section 4.1: a server of LMTP has none."""
        await self.push('500 5.5.1 Error: command "HELO" not recognized, say LHLO')

    async def smtp_EHLO(self, hostname: str) -> None:
        """RFC 2033 section 4.1: a server of LMTP has none."""
        await self.push('500 5.5.1 Error: command "EHLO" not recognized, say LHLO')

    async def _answer(self, reply: str) -> None:
        """RFC 2033 section 4.2: one reply for each accepted recipient, in their order."""
        await self.push("\r\n".join([reply] * len(self.envelope.rcpt_tos)))
