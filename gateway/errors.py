"""What can go wrong with a message, as seen by whoever handed it to us.

    GatewayError
    +- MailError
    |  +- TemporaryError   try again later: SMTP 4yz, spool row kept, retry
    |  +- PermanentError   never will work: SMTP 5yz, no retry
    +- ConfigError         a desk file is wrong: names file, line, key, value and remedy
    +- StoreError          the database is absent, un-migrated or not ours

A MailError carries the reply we would give an SMTP client. The reply text is for
strangers and says nothing about our insides; the cause goes to the log.
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Reply:
    """An SMTP reply: RFC 5321 section 4.2, enhanced status code RFC 3463."""

    code: int
    status: str
    text: str

    def __str__(self) -> str:
        return f"{self.code} {self.status} {self.text}"


TRY_LATER = Reply(451, "4.3.0", "Local error in processing, try again later")
BUSY = Reply(451, "4.3.2", "Too busy for more mail, try again later")
SHUTTING_DOWN = Reply(421, "4.3.2", "Service shutting down, try again later")
IDLE_TOO_LONG = Reply(421, "4.4.2", "Silent for too long, closing the connection")
TOO_MANY_CONNECTIONS = Reply(421, "4.3.2", "Too many connections, try again later")
TOO_LARGE = Reply(552, "5.3.4", "Message too large")
BAD_SENDER = Reply(553, "5.1.7", "Bad sender's mailbox address syntax")
NO_SUCH_ADDRESS = Reply(550, "5.1.1", "No such support address")
LINE_TOO_LONG = Reply(500, "5.5.2", "Line too long")
NO_ROOM_NOW = Reply(452, "4.3.1", "Too much mail at once, try again later")
TOO_MANY_ERRORS = Reply(421, "4.7.0", "Too many errors, closing the connection")
TOO_LONG_A_SESSION = Reply(421, "4.4.2", "The session took too long, closing the connection")
TOO_MANY_RECIPIENTS = Reply(
    452, "4.5.3", "Too many recipients, send the rest in another transaction"
)


class GatewayError(Exception):
    """The root, so that the command line can tell our errors from bugs."""


class MailError(GatewayError):
    """A message could not be taken; `reply` is what its sender is told."""

    reply: Reply

    def __init__(self, cause: str, reply: Reply) -> None:
        super().__init__(cause)
        self.reply = reply


class TemporaryError(MailError):
    """Try again later, for example the database is locked. RFC 5321 section 4.2.1: 4yz."""

    def __init__(self, cause: str, reply: Reply = TRY_LATER) -> None:
        super().__init__(cause, reply)


class PermanentError(MailError):
    """It will never work, for example no such support address. 5yz."""

    def __init__(self, cause: str, reply: Reply = NO_SUCH_ADDRESS) -> None:
        super().__init__(cause, reply)


class StoreError(GatewayError):
    """The database is absent, un-migrated or refuses us; the text says what to type."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a desk's file, in the form an admin can act on.

    >>> print(Fault(Path("gateway.toml"), 14, "smtp.listen", '"0.0.0.0" has no port',
    ...             'write for example "0.0.0.0:25"'))
    gateway.toml:14: smtp.listen: "0.0.0.0" has no port; write for example "0.0.0.0:25"
    """

    file: Path
    line: int | None
    key: str
    problem: str
    remedy: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else str(self.file)
        key = f"{self.key}: " if self.key else ""
        return f"{place}: {key}{self.problem}" + (f"; {self.remedy}" if self.remedy else "")


class ConfigError(GatewayError):
    """One or more faults in the files of a desk; every fault found is named at once."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults
