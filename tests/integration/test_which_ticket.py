"""Which ticket a mail lands in: merges, what is long over, and replies that come too early."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
import sqlalchemy as sa

from gateway.ingest.recipients import recipients
from gateway.store import spool, tables, tickets, transaction
from gateway.tickets.model import Ticket
from gateway.tickets.status import Status
from support.in_process import ANN, BOB, HR, LEE, SUPPORT, InProcess
from support.mail import a_mail

CARL = "carl@example.com"
PROVEN = (
    b"Authentication-Results: mx.example.com; dmarc=pass header.from=example.com\r\n"
    b"Received: from out.example.com by mx.example.com; Mon, 02 Feb 2026 09:00:00 +0100\r\n"
)
OUR_MX = "192.0.2.1"


@pytest.fixture
def desk(desk: InProcess) -> InProcess:
    """One behind a mail server whose word it takes, so that nobody has to be asked."""
    desk.change(
        "gateway.toml",
        "\n[trust]\n",
        '\n[trust]\nservers = ["mx.example.com"]\nrelays = ["192.0.2.1"]\n',
    )
    return desk


def write(desk: InProcess, name: str, *refers: str, who: str = ANN, **fields: Any) -> int:
    """A proven mail with this Message-ID that refers to those, the oldest first."""
    told = {"subject": f"Re: {name}" if refers else name, **fields}
    if refers:
        told["in_reply_to"] = f"<{refers[-1]}@x>"
        told["references"] = " ".join(f"<{each}@x>" for each in refers)
    raw = a_mail(from_=who, message_id=f"<{name}@x>", text=f"Text of {name}.", **told)
    return desk.accept(PROVEN + raw, mail_from=who, peer=OUR_MX)


def places(desk: InProcess) -> dict[str, int | None]:
    """By Message-ID, the number of the ticket that the mail is in."""
    return {(each.message_id or "").removesuffix("@x"): each.ticket for each in desk.deliveries()}


def conversations(desk: InProcess, names: Sequence[str]) -> set[frozenset[str]]:
    """The mails by ticket."""
    found = places(desk)
    return {
        frozenset(name for name in names if found[name] == number)
        for number in {found[name] for name in names}
    }


def change(desk: InProcess, number: int, **changes: Any) -> Ticket:
    """The ticket becomes another by some hand."""
    with transaction(desk.office.database) as tx:
        old = tickets.by_number(tx, [number])[number]
        ids = {row.key: row.id for row in tx.execute(sa.select(tables.person))}
        tickets.update(tx, old, replace(old, **changes), ids)
    return old


def test_a_reply_to_a_merged_ticket_joins_the_target_and_shows_nobody_what_was_said_there(
    desk: InProcess,
) -> None:
    write(desk, "anns")
    write(desk, "carls", who=CARL, subject="My secret of the other ticket")
    desk.work()
    one, other = (each.number for each in desk.tickets())
    change(desk, one, merged_into=other, status=Status.CLOSED)
    write(desk, "more", "anns")
    desk.work()
    assert places(desk)["more"] == other
    target = desk.tickets()[-1]
    assert (target.requester.address, [each.address for each in target.watchers]) == (CARL, [ANN])
    assert len(desk.said(one)) == 1
    for mail in desk.mails(to=ANN):
        assert b"Text of carls" not in mail.content


def test_tickets_merged_in_a_circle_take_mail_all_the_same(desk: InProcess) -> None:
    write(desk, "a")
    write(desk, "b")
    desk.work()
    one, other = (each.number for each in desk.tickets())
    change(desk, one, merged_into=other, status=Status.CLOSED)
    change(desk, other, merged_into=one, status=Status.CLOSED)
    write(desk, "more", "a")
    desk.work()
    assert places(desk)["more"] == other


def test_a_late_reply_opens_a_ticket_that_follows_the_old_one_and_says_so(
    desk: InProcess,
) -> None:
    write(desk, "first")
    desk.work()
    [old] = desk.tickets()
    over_at = datetime.now(UTC) - timedelta(days=15)
    change(desk, old.number, status=Status.CLOSED, over_at=over_at)
    write(desk, "late", "first")
    desk.work()
    assert places(desk)["late"] != old.number
    assert desk.tickets()[0].status is Status.CLOSED
    assert f"Your earlier request, #{old.number}, was finished" in desk.text(ANN, "confirmation")
    assert f"Points at: #{old.number}, which was over" in desk.text(BOB, "new-ticket")


def test_a_reply_in_time_reopens_and_forgets_when_it_was_over(desk: InProcess) -> None:
    write(desk, "first")
    desk.work()
    [old] = desk.tickets()
    over_at = datetime.now(UTC) - timedelta(days=13)
    change(desk, old.number, status=Status.RESOLVED, over_at=over_at)
    write(desk, "soon", "first")
    desk.work()
    [ticket] = desk.tickets()
    assert (ticket.status, ticket.over_at) == (Status.OPEN, None)


@pytest.mark.parametrize("answer", ["new", "No, that is another matter", "nein"])
def test_whoever_says_so_gets_a_ticket_of_its_own_for_a_new_subject(
    desk: InProcess, answer: str
) -> None:
    asks(desk)
    desk.reply(ANN, answer, to="unproven")
    desk.work()
    assert [each.subject for each in desk.tickets()] == ["printer", "The lift"]
    assert desk.states() == ["opened", "opened", "answered"]


def test_whoever_says_that_a_new_subject_belongs_there_is_right(desk: InProcess) -> None:
    asks(desk)
    desk.reply(ANN, "Yes", to="unproven")
    desk.work()
    assert desk.states() == ["opened", "joined", "answered"]
    assert "New subj.: The lift" in desk.text(BOB, "follow-up")


def asks(desk: InProcess) -> None:
    desk.change("gateway.toml", 'queue = "IT"\n', 'queue = "IT"\nnew_subject = "ask"\n')
    write(desk, "printer")
    write(desk, "lift", "printer", subject="The lift")
    desk.work()
    assert desk.states() == ["opened", "held"]
    asked = desk.text(ANN, "unproven")
    assert 'Your mail "The lift" came as an answer to' in asked
    assert "is dropped" not in asked


def test_a_bare_number_in_the_subject_is_told_to_the_agents(desk: InProcess) -> None:
    write(desk, "printer")
    desk.work()
    [first] = desk.tickets()
    write(desk, "other", subject=f"Again #{first.number} and #1")
    desk.work()
    assert len(desk.tickets()) == 2
    assert f"Mentions:  #{first.number}, in its subject" in desk.text(BOB, "new-ticket")


def test_a_reply_that_overtook_what_it_replies_to_waits_for_it(desk: InProcess) -> None:
    write(desk, "parent")
    with transaction(desk.office.database) as tx:  # another worker is at it
        [taken] = spool.claim(tx, "another worker", datetime.now(UTC), 1)
    write(desk, "child", "parent")
    desk.work()
    assert desk.states() == ["waiting", "waiting"]
    assert "waits for what it replies to" in str(desk.deliveries()[-1].reason)
    with transaction(desk.office.database) as tx:
        spool.give_back(tx, "another worker", datetime.now(UTC))
    desk.let_time_pass()
    desk.work()
    assert desk.states() == ["opened", "joined"]
    assert taken.id == desk.deliveries()[0].id


def test_a_reply_waits_no_longer_than_a_few_minutes(desk: InProcess) -> None:
    child = write(desk, "child", "parent")
    write(desk, "parent")
    with transaction(desk.office.database) as tx:
        row = tables.spool.c.id == child
        ago = datetime.now(UTC) - timedelta(minutes=11)
        tx.execute(sa.update(tables.spool).where(row).values(received_at=ago))
        first, second = (row.id for row in tx.execute(
            sa.select(tables.delivery.c.id).order_by(tables.delivery.c.id)))  # fmt: skip
        later = datetime.now(UTC) + timedelta(hours=1)
        tx.execute(
            sa.update(tables.delivery).where(tables.delivery.c.id == second).values(due_at=later)
        )
    desk.work()
    assert desk.states() == ["opened", "waiting"]
    desk.let_time_pass()
    desk.work()
    assert desk.states() == ["opened", "joined"]
    assert first < second


def test_mails_that_reply_to_each_other_do_not_wait_for_ever(desk: InProcess) -> None:
    write(desk, "egg", "hen")
    write(desk, "hen", "egg")
    desk.work()
    assert sorted(desk.states()) == ["joined", "opened"]


def test_what_came_too_late_for_its_reply_is_found_the_other_way_round(desk: InProcess) -> None:
    write(desk, "child", "parent")
    desk.work()
    write(desk, "parent")
    desk.work()
    write(desk, "grandchild", "parent")
    desk.work()
    assert desk.states() == ["opened", "joined", "joined"]


def test_a_stranger_whose_mail_was_overtaken_by_a_reply_does_not_join(desk: InProcess) -> None:
    write(desk, "child", "parent")
    desk.work()
    write(desk, "parent", who=CARL)
    desk.work()
    assert desk.states() == ["opened", "opened"]
    one, other = desk.tickets()
    assert (one.requester.address, other.requester.address) == (ANN, CARL)


def test_two_who_answer_the_same_newsletter_have_a_ticket_each(desk: InProcess) -> None:
    write(desk, "anns", "newsletter")
    write(desk, "carls", "newsletter", who=CARL)
    desk.work()
    assert desk.states() == ["opened", "opened"]


THREAD = {"a": (), "b": ("a",), "c": ("a", "b"), "d": ("a", "b")}
"""Each with all that it refers to, as RFC 5322 section 3.6.4 asks."""


def test_the_same_mails_in_any_order_are_the_same_conversations(desk: InProcess) -> None:
    """One after the other, and all at once."""
    chance = random.Random(5322)
    orders = chance.sample(list(permutations([*THREAD, "alone"])), 30)
    for number, order in enumerate(orders):
        for name in order:
            refers = THREAD.get(name, ())
            write(desk, f"{name}.{number}", *(f"{each}.{number}" for each in refers))
            if number % 2:
                desk.work()
    desk.work()
    names = [f"{name}.{number}" for number in range(len(orders)) for name in [*THREAD, "alone"]]
    expected = {frozenset(f"{name}.{n}" for name in THREAD) for n in range(len(orders))}
    expected |= {frozenset([f"alone.{n}"]) for n in range(len(orders))}
    assert conversations(desk, names) == expected


def test_several_workers_put_a_thread_together_as_one_would(desk: InProcess) -> None:
    rounds = 8
    for number in range(rounds):
        for name in reversed(THREAD):
            write(desk, f"{name}.{number}", *(f"{each}.{number}" for each in THREAD[name]))
    for _ in range(5):
        desk.work_in_parallel(3)
        desk.let_time_pass()
    names = [f"{name}.{number}" for number in range(rounds) for name in THREAD]
    assert conversations(desk, names) == {
        frozenset(f"{name}.{n}" for name in THREAD) for n in range(rounds)
    }


def test_the_requester_stays_whoever_replies(desk: InProcess) -> None:
    write(desk, "first", headers={"Cc": CARL})
    desk.work()
    for name, who in (("bobs", BOB), ("carls", CARL), ("again", ANN)):
        write(desk, name, "first", who=who)
        desk.work()
    assert desk.tickets()[0].requester.address == ANN


def test_a_reply_address_is_good_in_the_folder_of_another_mailbox(desk: InProcess) -> None:
    write(desk, "first")
    desk.work()
    reply_to = str(desk.mail(ANN, "confirmation")["Reply-To"])
    raw = PROVEN + a_mail(from_=ANN, to=reply_to, subject="Re: first", message_id="<moved@x>")
    mailbox_of = desk.office.desk.gateway.mailbox_of
    found = recipients(raw, lambda each: (box := mailbox_of(each)) and box.address, (HR,))
    desk.accept(raw, *found, peer=OUR_MX)
    desk.work()
    [ticket] = desk.tickets()
    assert (desk.states(), ticket.mailbox) == (["opened", "joined"], SUPPORT)


def test_a_mail_to_both_mailboxes_joins_only_that_of_its_reply_address(desk: InProcess) -> None:
    write(desk, "first")
    desk.work()
    reply_to = str(desk.mail(ANN, "confirmation")["Reply-To"])
    raw = a_mail(from_=ANN, to=f"{reply_to}, {HR}", subject="Re: first", message_id="<both@x>")
    desk.accept(PROVEN + raw, reply_to, HR, peer=OUR_MX)
    desk.work()
    assert sorted(desk.states()) == ["joined", "opened", "opened"]


SECRET = "her badge was cloned last Tuesday by the man from the third floor"


def test_no_note_of_a_merged_ticket_gets_out_by_way_of_its_target(desk: InProcess) -> None:
    write(desk, "anns")
    desk.work()
    desk.reply(BOB, f"#note\n{SECRET}", to="new-ticket")
    desk.work()
    write(desk, "carls", who=CARL, subject="Badge")
    desk.work()
    one, other = (each.number for each in desk.tickets())
    change(desk, one, merged_into=other, status=Status.CLOSED)
    assert SECRET in desk.text(LEE, "note")
    between = (
        f"#resolve: The badge is new.\n\nBob wrote:\n> {SECRET}\n\nSo it is.\n\n> more\n\nYes."
    )
    desk.reply(LEE, between, to="note")
    desk.work()
    assert desk.deliveries()[-1].ticket == other
    assert "The badge is new." in desk.text(CARL, "resolved")
    for mail in (*desk.mails(to=CARL), *desk.mails(to=ANN)):
        assert b"cloned" not in mail.content


@pytest.mark.parametrize(("who", "state"), [(CARL, "joined"), ("eve@evil.example", "opened")])
def test_a_partner_that_drops_all_references_is_known_by_its_own_number(
    desk: InProcess, who: str, state: str
) -> None:
    numbers = 'queue = "IT"\npartner_numbers = ["INC\\\\d{7}"]\n'
    desk.change("gateway.toml", 'queue = "IT"\n', numbers)
    write(desk, "first", who=CARL)
    desk.work()
    write(desk, "theirs", "first", who=CARL, subject="INC0012345 opened: first")
    desk.work()
    write(desk, "later", who=who, subject="Your case INC0012345 was updated")
    desk.work()
    assert desk.states() == ["opened", "joined", state]
