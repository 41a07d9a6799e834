"""The database goes away, hangs or is full under load: no 250 is lost, and service resumes.

The clients send again what got no 250, as mail servers do; nobody restarts the daemon.
"""

import contextlib
import os
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.campaign import Campaign
from support.desk import DeskUnderTest
from support.mail import a_mail, send_mail
from support.postgres import OwnPostgres
from support.sink import Sink
from support.waiting import eventually

MAILS = 300


def desk_with(desk: DeskUnderTest, sink: Sink, url: str | None) -> Campaign:
    desk.init(outgoing=f"smtp://127.0.0.1:{sink.port}", database=url)
    return Campaign(desk, sink, None)


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A file system of 24 MiB, without root's reserve."""
    folder = Path(tempfile.mkdtemp(prefix="tg-", dir="/tmp"))
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "none", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        folder.rmdir()
        pytest.skip("only root may mount a small file system, and not everywhere")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)
    folder.rmdir()


def test_postgresql_that_crashes_and_comes_back_under_load_costs_no_mail(
    desk: DeskUnderTest, sink: Sink, own_postgres: OwnPostgres
) -> None:
    campaign = desk_with(desk, sink, own_postgres.url)
    names = [str(number) for number in range(MAILS)]
    desk.run()
    desk.wait_ready()
    with campaign.under_way(names, []):
        for share in (0.25, 0.6):
            eventually(lambda: len(campaign.acknowledged) > MAILS * share, 60)  # noqa: B023 - at once
            own_postgres.stop()
            time.sleep(2)
            own_postgres.start()
    campaign.settle(120)
    campaign.assert_each_is_one_ticket_and_one_confirmation(names)
    desk.stop()


def test_a_database_that_somebody_locks_under_load_costs_no_mail(
    desk: DeskUnderTest, sink: Sink
) -> None:
    campaign = desk_with(desk, sink, None)
    names = [str(number) for number in range(MAILS)]
    desk.run()
    desk.wait_ready()
    with campaign.under_way(names, []):
        eventually(lambda: len(campaign.acknowledged) > MAILS // 4, 60)
        other = sqlite3.connect(desk.folder / "data" / "desk.db", timeout=30, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        time.sleep(8)  # longer than anybody waits for a lock
        other.execute("ROLLBACK")
        other.close()
    campaign.settle(120)
    campaign.assert_each_is_one_ticket_and_one_confirmation(names)
    desk.stop()


def test_a_disk_that_is_full_costs_no_mail_and_is_noticed_when_it_is_no_more(
    desk: DeskUnderTest, sink: Sink, small_disk: Path
) -> None:
    url = f"sqlite:///{small_disk / 'desk.db'}"
    campaign = desk_with(desk, sink, url)
    names = [str(number) for number in range(MAILS)]
    desk.run()
    desk.wait_ready()
    with campaign.under_way(names, []):
        eventually(lambda: len(campaign.acknowledged) > MAILS // 4, 60)
        ballast = small_disk / "ballast"
        with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(b"x" * 4096):
                pass
        assert shutil.disk_usage(small_disk).free < 4096
        taken = len(campaign.acknowledged)
        time.sleep(3)
        assert len(campaign.acknowledged) < MAILS, "the disk was never full"
        grow = ["mount", "-o", "remount,size=128m", str(small_disk)]
        subprocess.run(grow, check=True)
        eventually(lambda: len(campaign.acknowledged) > taken, 60, "mail is taken again")
    campaign.settle(120)
    campaign.assert_each_is_one_ticket_and_one_confirmation(names)
    desk.stop()


def test_mail_that_is_refused_for_a_broken_database_is_told_to_come_back(
    desk: DeskUnderTest, sink: Sink
) -> None:
    desk_with(desk, sink, None)
    with desk.running():
        other = sqlite3.connect(desk.folder / "data" / "desk.db", timeout=30, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        begun = time.monotonic()
        with pytest.raises(Exception, match=r"451|421"):
            send_mail(desk.port, a_mail(), seconds=60)
        assert time.monotonic() - begun < 50, "an answer, never a stall"
        other.execute("ROLLBACK")
        other.close()
        assert send_mail(desk.port, a_mail()).startswith("250")
