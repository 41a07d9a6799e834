"""The process of pipeline and clock: replaced when it dies, killed when it hangs, never left."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.daemon import watch
from gateway.daemon.watch import Watch
from support.desk import DeskUnderTest
from support.in_process import LEE, InProcess, anns
from support.mail import send_mail
from support.waiting import eventually

HEAD = """import pickle, socket, sys
pickle.load(sys.stdin.buffer)
line = socket.socket(fileno=int(sys.argv[1]))
"""
HANGS = f"{HEAD}line.send(b'P')\nline.recv(1)\nimport time\ntime.sleep(1000)\n"
IDLE = f"{HEAD}line.send(b'PCpc')\nwhile line.recv(1) != b's': pass\n"
RINGS = f"{HEAD}line.recv(1)\nline.send(b'r')\nline.recv(1)\n"
DIES = f"{HEAD}import os\nos.kill(os.getpid(), 9)\n"

# the real one, but for a mail whose reading never ends
NEVER_READS_ONE = """import threading
from gateway.daemon import backroom
from gateway.settle import asking
read = asking.read_delivery
def read_or_hang(office, delivery):
    if b"Subject: endless" in delivery.content:
        threading.Event().wait()
    return read(office, delivery)
asking.read_delivery = read_or_hang
backroom.main()
"""


@pytest.fixture
def rang() -> threading.Event:
    return threading.Event()


@pytest.fixture
def watching(
    sqlite_desk: InProcess, rang: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Watch]:
    monkeypatch.setattr(watch, "FIRST_PAUSE_SECONDS", 0.01)
    made = Watch(sqlite_desk.office, rings=rang.set, limit_seconds=0.3)
    yield made
    made.stop()
    made.join(5)


def running(watching: Watch, monkeypatch: pytest.MonkeyPatch, program: str) -> int:
    """Start this program in the place of the real one; its process."""
    monkeypatch.setattr(watch, "COMMAND", (sys.executable, "-c", program))
    watching.start()
    return eventually(lambda: watching.pid or 0, what="it is started")


def is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()


@pytest.mark.parametrize("program", [HANGS, DIES], ids=["hangs", "dies"])
def test_a_process_that_hangs_or_dies_is_replaced(
    watching: Watch, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    first = running(watching, monkeypatch, program)
    eventually(lambda: watching.pid != first, what="another one")
    assert not is_there(first)


def test_one_that_has_nothing_to_do_is_left_alone(
    watching: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = running(watching, monkeypatch, IDLE)
    assert not threading.Event().wait(1.0), "three times the limit"
    assert watching.pid == first


def test_it_is_woken_and_wakes_the_sender(
    watching: Watch, monkeypatch: pytest.MonkeyPatch, rang: threading.Event
) -> None:
    running(watching, monkeypatch, RINGS)

    def heard() -> bool:
        watching.wake(1)
        return rang.is_set()

    eventually(heard, what="the sender is woken")


@pytest.mark.parametrize("program", [IDLE, HANGS], ids=["drains", "hangs"])
def test_none_is_left_after_a_stop(
    sqlite_desk: InProcess, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    made = Watch(sqlite_desk.office, rings=lambda: None, limit_seconds=60)
    pid = running(made, monkeypatch, program)
    made.stop()
    made.join(1)
    assert not is_there(pid)


def test_the_real_one_makes_a_ticket_of_what_is_accepted(
    sqlite_desk: InProcess, watching: Watch, rang: threading.Event
) -> None:
    watching._limit = 60
    watching.start()
    sqlite_desk.accept(anns())
    watching.wake(1)
    eventually(lambda: sqlite_desk.states() == ["opened"], what="the ticket")
    eventually(rang.is_set, what="the sender is woken")


def test_a_mail_that_hangs_its_process_ends_in_quarantine_and_keeps_no_other(
    sqlite_desk: InProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = sqlite_desk
    for subject in ("one", "endless", "other"):
        desk.accept(anns(subject=subject))
    made = Watch(desk.office, rings=lambda: None, limit_seconds=1.0)
    running(made, monkeypatch, NEVER_READS_ONE)

    def all_ended() -> bool:
        desk.let_time_pass()  # between two tries it would wait for seconds
        made.wake(1)
        return "waiting" not in desk.states()

    try:
        eventually(all_ended, 100, "each has its outcome")
    finally:
        made.stop()
        made.join(5)
    assert desk.states() == ["opened", "quarantined", "opened"]
    assert desk.deliveries()[1].cause == "worker-died"
    assert len(desk.mails(LEE, ["alert"])) == 1, "the admin is told"


@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="one core, one process")
def test_no_process_outlives_a_daemon_that_is_killed(tmp_path: Path) -> None:
    desk = DeskUnderTest(tmp_path / "desk")
    desk.init()
    try:
        desk.run()
        desk.wait_ready()
        send_mail(desk.port, anns())
        eventually(lambda: desk.tickets(), what="the ticket")
        children = Path(f"/proc/{desk.pid}/task").glob("*/children")
        child = int(" ".join(each.read_text() for each in children).split()[0])
        os.kill(desk.pid, signal.SIGKILL)
        assert desk.wait_ended() == -9
        eventually(lambda: not is_there(child), what="its process is gone as well")
    finally:
        desk.close()
