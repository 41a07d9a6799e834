"""How long one session may go on without sense: errors, and replies that bring no mail.

Says when to slow down and when to stop; a session acts on it. Surprising: a client may send
thousands of commands ahead, and what a pipelined flood costs is the time of everybody else.
"""

from dataclasses import dataclass

MAX_IDLE_REPLIES = 20_000  # between two mails: a list of so many recipients is told 452 for each
SLOWED_SECONDS = 0.5  # for each error in the second half of those that are allowed


@dataclass(slots=True)
class Patience:
    """Counts the replies of one session."""

    max_errors: int
    errors: int = 0
    since_mail: int = 0

    def told(self, reply: str) -> float:
        """Count this reply; the seconds to wait before it is said.

        >>> patience = Patience(max_errors=3)
        >>> patience.told("250 2.1.0 Sender ok"), patience.told("550 5.1.1"), patience.told("550")
        (0.0, 0.0, 0.5)
        >>> patience.is_over, patience.told("500"), patience.is_over
        (False, 0.5, True)
        """
        self.since_mail += 1
        if not reply.startswith("5"):
            return 0.0
        self.errors += 1
        return SLOWED_SECONDS if self.errors * 2 > self.max_errors else 0.0

    @property
    def is_over(self) -> bool:
        """Whether this client is to go: exactly once true, so that it is said once."""
        flooded = self.since_mail == MAX_IDLE_REPLIES
        return self.errors == self.max_errors or flooded

    def mail_came(self) -> None:
        self.since_mail = 0
