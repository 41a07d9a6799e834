"""kill -9 wherever it hurts: every mail that got a 250 is one ticket with one confirmation.

The clients do what mail servers do: what got no 250 is sent again. So a mail that was
committed and never acknowledged arrives twice, and must be one ticket all the same.
"""

import random
import smtplib
import threading
import time
from collections import Counter

import pytest

from support.crash_points import BACKROOM, POINTS
from support.desk import DeskUnderTest
from support.mail import SUPPORT, a_mail, send_mail
from support.sink import Sink
from support.waiting import eventually

BACKROOM_POINTS = [
    "after-claim", "after-reading", "after-decision", "after-writing-mails", "within-record",
    "after-record",
]  # fmt: skip
MAIL_POINTS = [point for point in POINTS if "timer" not in point and "imap" not in point]


@pytest.fixture
def ready_desk(desk: DeskUnderTest, sink: Sink, database_url: str) -> DeskUnderTest:
    desk.init(outgoing=f"smtp://127.0.0.1:{sink.port}", database=database_url)
    desk.confirm_all()
    return desk


def deliver(desk: DeskUnderTest, name: str) -> bool:
    """Send the mail of this name once; whether it got its 250."""
    raw = a_mail(subject=f"mail {name}.", message_id=f"<{name}@client.example>")
    try:
        send_mail(desk.port, raw, rcpt_to=SUPPORT, seconds=10)
    except (smtplib.SMTPException, OSError):
        return False
    return True


def settle(desk: DeskUnderTest) -> None:
    """Until nothing waits, in or out."""

    def nothing_waits() -> bool:
        waiting = desk.cli("spool", "list", "--state", "waiting", "--json")
        return not waiting and not desk.cli("outbox", "list", "--state", "waiting", "--json")

    eventually(nothing_waits, 60, "spool and outbox worked off")


def assert_each_is_one_ticket_and_one_confirmation(
    desk: DeskUnderTest, sink: Sink, names: list[str]
) -> None:
    wanted = Counter(f"mail {name}." for name in names)
    assert Counter(ticket["subject"] for ticket in desk.tickets()) == wanted
    queued = desk.cli("outbox", "list", "--limit", "100000", "--json")
    confirmations = [row for row in queued if row["notice"] == "confirmation"]
    assert sorted(row["ticket"] for row in confirmations) == sorted(
        ticket["number"] for ticket in desk.tickets()
    )
    assert all(row["state"] == "sent" for row in queued)
    arrived = {line for mail in sink.mails for line in mail.content.split(b"\r\n")
               if line.startswith(b"Message-ID: ")}  # fmt: skip
    assert len(arrived) == len(queued), "each mail arrived; twice only with its own Message-ID"


@pytest.mark.parametrize("point", MAIL_POINTS)
def test_killed_at_this_point_no_mail_is_lost_or_doubled(
    ready_desk: DeskUnderTest, sink: Sink, point: str
) -> None:
    desk, names = ready_desk, ["one", "two", "three"]
    desk.run(crash_at=(point, 2))
    desk.wait_ready()
    acknowledged = {name for name in names if deliver(desk, name)}
    assert desk.wait_ended() == -9, f"it never came to {point}"

    with desk.running():
        for name in names:
            assert name in acknowledged or deliver(desk, name)
        settle(desk)
        assert_each_is_one_ticket_and_one_confirmation(desk, sink, names)


@pytest.mark.parametrize("point", BACKROOM_POINTS)
def test_a_process_that_dies_with_its_batch_is_replaced_and_no_mail_is_lost_or_doubled(
    ready_desk: DeskUnderTest, sink: Sink, point: str
) -> None:
    desk, names = ready_desk, [str(number) for number in range(12)]
    desk.run(crash_at=(f"{BACKROOM}{point}", 1))
    desk.wait_ready()
    assert all(deliver(desk, name) for name in names)
    eventually(lambda: "killed by SIGKILL" in desk.output(), what=f"it comes to {point}")
    settle(desk)
    assert_each_is_one_ticket_and_one_confirmation(desk, sink, names)
    desk.stop()


@pytest.mark.parametrize("point", ["timer-claimed", "within-timer-record"])
def test_killed_while_a_timer_fires_the_lead_is_told_once(
    ready_desk: DeskUnderTest, sink: Sink, point: str
) -> None:
    desk = ready_desk
    desk.configure("respond_within: 4h", "respond_within: 1s", "priorities.yaml")
    desk.run(crash_at=(point, 1))
    desk.wait_ready()
    assert deliver(desk, "slow")
    assert desk.wait_ended() == -9, f"it never came to {point}"

    with desk.running():
        eventually(lambda: escalations(desk), what="the escalation")
        settle(desk)
        assert len(escalations(desk)) == 1
        assert [e["name"] for e in desk.tickets()[0]["events"]].count("escalated") == 1


def escalations(desk: DeskUnderTest) -> list[dict[str, object]]:
    rows = desk.cli("outbox", "list", "--limit", "1000", "--json")
    return [row for row in rows if row["notice"] == "escalation"]


def test_killed_at_random_in_two_hundred_mails(ready_desk: DeskUnderTest, sink: Sink) -> None:
    desk, names = ready_desk, [str(number) for number in range(200)]
    todo, seed = list(names), random.randrange(10**6)
    chance, lock = random.Random(seed), threading.Lock()
    print(f"seed {seed}")

    def client() -> None:
        while True:
            with lock:
                if not todo:
                    return
                name = todo.pop()
            deadline = time.monotonic() + 120
            while not deliver(desk, name):
                assert time.monotonic() < deadline, f"mail {name} was never taken"
                time.sleep(0.05)

    desk.run()
    desk.wait_ready()
    clients = [threading.Thread(target=client, daemon=True) for _ in range(4)]
    for each in clients:
        each.start()
    for _ in range(8):
        before = len(todo)
        pause = chance.uniform(0.05, 0.6)
        eventually(lambda: not todo or len(todo) < before, 60)  # noqa: B023 - called at once
        time.sleep(pause)
        desk.kill()
        desk.run()
        desk.wait_ready()
    for each in clients:
        each.join(150)
        assert not each.is_alive()
    settle(desk)
    assert_each_is_one_ticket_and_one_confirmation(desk, sink, names)
    desk.stop()
