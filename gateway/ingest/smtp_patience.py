"""How long one session may go on without sense: errors, and replies that bring no mail.

Says when to slow down and when to stop; a session acts on it. Surprising: a client may send
thousands of commands ahead, and what a pipelined flood costs is the time of everybody else.
"""

from dataclasses import dataclass

MAX_ANSWER_OCTETS = 12288  # of a client that logs in, RFC 4954 section 4
MAX_COMMAND_OCTETS = 2048  # RFC 5321 section 4.5.3.1.4 has 512 and more with extensions
FREE_REPLIES = 20  # between two mails, beside one for each recipient; then each waits its turn
MAX_IDLE_REPLIES = 20_000  # between two mails: a list of so many recipients is told 452 for each
MAX_GOOD_REPLIES = 400  # of these, beside one for each recipient: HELP, NOOP and RSET without end
SLOWED_SECONDS = 0.5  # for each error in the second half of those that are allowed


@dataclass(slots=True)
class Patience:
    """Counts the replies of one session."""

    max_errors: int
    max_recipients: int
    errors: int = 0
    since_mail: int = 0
    good: int = 0  # of those since the last mail

    def told(self, reply: str) -> float | None:
        """Count this reply; the seconds to wait before it is said, 0 to let others go first.

        None for the answer to a mail, which has waited for its commit already.

        >>> patience = Patience(max_errors=3, max_recipients=100)
        >>> patience.told("250 2.1.0 Sender ok"), patience.told("550 5.1.1"), patience.told("550")
        (None, 0.0, 0.5)
        >>> patience.is_over, patience.told("500"), patience.is_over
        (False, 0.5, True)
        """
        self.since_mail += 1
        self.good += reply.startswith("2")
        if not reply.startswith("5"):
            return None if self.since_mail == 1 else 0.0
        self.errors += 1
        return SLOWED_SECONDS if self.errors * 2 > self.max_errors else 0.0

    def is_flood(self, recipients: int) -> bool:
        """Whether the reply last counted is one of many that bring no mail.

        `recipients` are those of the mail that is coming, who are answered one by one.

        >>> patience = Patience(max_errors=3, max_recipients=100, since_mail=FREE_REPLIES + 1)
        >>> patience.is_flood(recipients=0), patience.is_flood(recipients=1)
        (True, False)
        """
        return self.since_mail > FREE_REPLIES + recipients

    @property
    def is_over(self) -> bool:
        """Whether this client is to go."""
        enough = self.max_recipients + MAX_GOOD_REPLIES
        flooded = self.since_mail >= MAX_IDLE_REPLIES or self.good >= enough
        return flooded or self.errors >= self.max_errors

    def mail_came(self) -> None:
        self.since_mail = self.good = 0


class CommandSizes(dict[str, int]):
    """Octets of a command. aiosmtpd's own table is one for all sessions, and each EHLO and each
    unknown command made it grow."""

    def __missing__(self, command: str) -> int:
        return MAX_ANSWER_OCTETS if command == "AUTH" else MAX_COMMAND_OCTETS
