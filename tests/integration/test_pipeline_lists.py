"""A support address that is a Google Group: who writes through it is answered, and by name."""

import pytest

from support.in_process import ANN, SUPPORT, InProcess

SETTING = f'address = "{SUPPORT}"\n'
THROUGH_THE_GROUP = """\
From: 'Ann' via Support <support@example.com>
Reply-To: Ann <ann@example.com>
To: support@example.com
Subject: {subject}
Message-ID: <{subject}@mail.example>
X-Original-From: Ann <ann@example.com>
X-Original-Sender: ann@example.com
Precedence: list
Mailing-list: list support@example.com; contact support+owners@example.com
List-ID: <support.example.com>
X-Google-Group-Id: 123456789
List-Post: <https://groups.example.net/a/example.com/group/support/post>,
 <mailto:support@example.com>
List-Unsubscribe: <mailto:googlegroups-manage+123456789+unsubscribe@groups.example.net>

It burns.
"""


@pytest.fixture
def named(desk: InProcess) -> InProcess:
    """A desk whose settings name the group."""
    desk.change("gateway.toml", SETTING, f'{SETTING}behind_lists = ["{SUPPORT}"]\n')
    return desk


def accept(desk: InProcess, subject: str, more: str = "") -> None:
    raw = more + THROUGH_THE_GROUP.format(subject=subject)
    desk.accept(raw.encode(), mail_from="support+bncBC123@groups.example.net")
    desk.work()


def test_mail_through_a_group_of_ours_is_confirmed_to_the_person(named: InProcess) -> None:
    accept(named, "Printer")
    [ticket] = named.tickets()
    assert (ticket.requester.address, ticket.requester.name) == (ANN, "Ann")
    assert named.mail(ANN, "confirmation")["To"] == "Ann <ann@example.com>"
    assert not named.mails(SUPPORT)


def test_person_who_answers_past_the_group_joins_their_ticket(named: InProcess) -> None:
    accept(named, "Printer")
    named.reply(ANN, "Still burning.", "confirmation")
    named.work()
    [ticket] = named.tickets()
    texts = [said.text.strip() for said in named.said(ticket.number)]
    assert texts == ["It burns.", "Still burning."]


def test_newsletter_through_a_group_of_ours_is_not_confirmed(named: InProcess) -> None:
    accept(named, "Offers", "List-Id: <news.shop.example>\n")
    assert len(named.tickets()) == 1
    assert not named.mails(notices=["confirmation"])


def test_mail_through_a_group_that_is_not_named_is_not_confirmed(desk: InProcess) -> None:
    accept(desk, "Printer")
    assert not desk.mails(notices=["confirmation"])
