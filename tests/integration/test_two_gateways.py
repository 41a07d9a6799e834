"""Two desks that write to each other fall silent, also where a relay takes off every sign."""

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path

import pytest

from support.in_process import ANN, SUPPORT, InProcess
from support.mail import a_mail

OTHER = "help@other.example"
SIGNS = re.compile(
    rb"^(Auto-Submitted|X-Auto-Response-Suppress|X-Ticket-Gateway|Precedence|List-\S+):.*\r\n"
    rb"(?:[ \t].*\r\n)*",
    re.MULTILINE | re.IGNORECASE,
)
THREAD = re.compile(
    rb"^(References|In-Reply-To):.*\r\n(?:[ \t].*\r\n)*", re.MULTILINE | re.IGNORECASE
)
MAX_ROUNDS = 300  # of the exchange; one that is not silent by then never is


class Pair:
    """A desk of ours and one that is set up the same way elsewhere; `takes_off` is what the relay
    between them deletes."""

    def __init__(self, folder: Path, url: str, *takes_off: re.Pattern[bytes]) -> None:
        self.takes_off = takes_off
        self.ours = InProcess(folder / "ours", url)
        self.other = InProcess(folder / "other", f"sqlite:///{folder / 'other.db'}")
        self.other.change("gateway.toml", f'address = "{SUPPORT}"', f'address = "{OTHER}"')
        self.other.change("gateway.toml", 'name = "support.example.com"', 'name = "other.example"')
        self.seen: dict[str, set[int]] = {"ours": set(), "other": set()}
        self.exchanged = 0

    def close(self) -> None:
        self.ours.close()
        self.other.close()

    def until_silent(self) -> int:
        """How many mails they wrote each other until neither had anything to say."""
        for _ in range(MAX_ROUNDS):
            self.ours.work()
            self.other.work()
            if not self._carry("ours", self.ours, self.other) + self._carry(
                "other", self.other, self.ours
            ):
                return self.exchanged
        pytest.fail(f"{self.exchanged} mails in {MAX_ROUNDS} rounds, and they still talk")

    def _carry(self, name: str, of: InProcess, to: InProcess) -> int:
        """Every new mail that is for a mailbox of the other one."""
        seen = self.seen[name]
        rows = [row for row in of.mails() if row.id not in seen]
        seen |= {row.id for row in rows}
        carried = [row for row in rows if row.rcpt_to in (SUPPORT, OTHER)]
        for row in carried:
            raw = row.content
            for pattern in self.takes_off:
                raw = pattern.sub(b"", raw)
            mail_from = row.mail_from if not self.takes_off else row.rcpt_to
            to.accept(raw, row.rcpt_to, mail_from=mail_from)
        self.exchanged += len(carried)
        return len(carried)


def starts(pair: Pair, **fields: str) -> None:
    """Somebody writes to us in the name of the other desk."""
    raw = a_mail(from_=f"Other desk <{OTHER}>", to=SUPPORT, **fields)  # type: ignore[arg-type]
    pair.ours.accept(raw, SUPPORT, mail_from=OTHER)


@pytest.fixture
def pair(tmp_path: Path, url: str) -> Iterator[Pair]:
    made = Pair(tmp_path, url)
    yield made
    made.close()


def test_each_knows_the_others_confirmation_for_a_machines(pair: Pair) -> None:
    starts(pair)
    assert pair.until_silent() == 1
    assert [entry.state for entry in pair.other.deliveries()] == ["ignored"]


def test_an_agents_answer_to_the_other_desk_is_a_follow_up_or_a_ticket_and_no_more(
    pair: Pair,
) -> None:
    starts(pair)
    pair.until_silent()
    pair.ours.reply("bob@example.com", "Have you tried water?", to="new-ticket")
    assert pair.until_silent() <= 3


@pytest.mark.parametrize(
    "takes_off", [(SIGNS,), (SIGNS, THREAD)], ids=["signs gone", "signs and threads gone"]
)
def test_behind_a_hostile_relay_the_limits_stop_it(
    pair: Pair, takes_off: tuple[re.Pattern[bytes], ...]
) -> None:
    pair.takes_off = takes_off
    starts(pair)
    count = pair.until_silent()
    assert count <= 2 * 60 + 2, "what one desk may confirm to whoever answers it"
    told = [row for desk in (pair.ours, pair.other) for row in desk.mails() if row.rcpt_to == ANN]
    assert told == []


def test_the_relay_of_these_tests_takes_off_what_it_says(pair: Pair) -> None:
    starts(pair)
    pair.ours.work()
    [row] = pair.ours.mails(OTHER)
    left = message_from_bytes(SIGNS.sub(b"", row.content), policy=SMTP)
    assert left["Auto-Submitted"] is None
    assert left["X-Ticket-Gateway"] is None
    assert left["Subject"]
