"""kill -9 at random under load: 16 clients by SMTP and a mailbox by IMAP, both databases.

`make test` kills CRASH_KILLS=20 times, `make crash` a hundred.
"""

import os
import random

import pytest

from support.campaign import Campaign
from support.desk import DeskUnderTest
from support.dovecot import Dovecot
from support.imap import settings
from support.sink import Sink
from support.waiting import eventually

KILLS = int(os.environ.get("CRASH_KILLS", "20"))
MAILS = 60  # by SMTP from one kill to the next; a third as many by IMAP


@pytest.fixture
def campaign(desk: DeskUnderTest, sink: Sink, database_url: str, own_dovecot: Dovecot) -> Campaign:
    """A desk that takes mail by SMTP and from an account of its own."""
    desk.init(outgoing=f"smtp://127.0.0.1:{sink.port}", database=database_url)
    account = own_dovecot.account()
    account.make("INBOX")
    secret = desk.folder / "secrets" / "imap"
    secret.parent.mkdir(exist_ok=True)
    secret.write_text("secret\n")
    secret.chmod(0o600)
    with (desk.folder / "gateway.toml").open("a") as file:
        file.write(settings(account))
    return Campaign(desk, sink, account)


@pytest.mark.timeout(120 + 30 * KILLS)  # a guard against hanging, ten times what it takes
def test_killed_at_random_every_mail_is_one_ticket_and_one_confirmation(
    campaign: Campaign,
) -> None:
    seed = random.randrange(10**6)
    chance = random.Random(seed)
    desk, count = campaign.desk, KILLS * MAILS
    print(f"seed {seed}")
    names = [str(number) for number in range(count)]
    by_imap = [str(number) for number in range(count, count + count // 3)]
    desk.run()
    desk.wait_ready()
    killed = []
    with campaign.under_way(names, by_imap):
        for kill in range(1, KILLS + 1):
            due = count * kill // (KILLS + 1)
            eventually(lambda: len(campaign.acknowledged) >= due, 120)  # noqa: B023 - at once
            killed.append(campaign.kill_something(chance))
    print(f"killed: {' '.join(killed)}")
    eventually(lambda: not campaign.account or not campaign.account.uids(), 120, "INBOX is empty")
    campaign.settle()
    campaign.assert_each_is_one_ticket_and_one_confirmation(names + by_imap)
    desk.stop()
