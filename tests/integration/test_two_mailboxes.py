"""One mail to two of our mailboxes: a ticket in each that name each other, or one for both."""

from email import message_from_bytes
from email.policy import default

import pytest
import sqlalchemy as sa

from gateway.store import account, snapshot, spool, tables, transaction
from support.in_process import ANN, BOB, HANA, HR, HR_SETTINGS, LEE, SUPPORT, InProcess, anns
from support.stored import column, count

ONE = ('#one_mail_to_two_mailboxes = "a ticket in each, linked"',
       'one_mail_to_two_mailboxes = "one ticket, all told"')  # fmt: skip


@pytest.fixture
def one(desk: InProcess) -> InProcess:
    """A desk that wants one ticket for both."""
    desk.change("gateway.toml", *ONE)
    return desk


def in_time(desk: InProcess) -> None:
    """All of it, also what waits for another delivery."""
    for _ in range(3):
        desk.work()
        desk.let_time_pass()


def balances(desk: InProcess) -> bool:
    with snapshot(desk.office.database) as tx:
        return account.account(tx, None, lambda _: True).balances


def links(desk: InProcess) -> set[tuple[int, int, str]]:
    with snapshot(desk.office.database) as tx:
        found = tx.execute(sa.select(tables.ticket.c.id, tables.ticket.c.number))
        numbers = {row.id: row.number for row in found}
        rows = tx.execute(sa.select(tables.link)).all()
    return {(numbers[row.ticket_id], numbers[row.other_id], row.how) for row in rows}


# a ticket in each, linked


def test_each_mailbox_has_a_ticket_and_they_are_linked(desk: InProcess) -> None:
    desk.accept(anns(), SUPPORT, HR)
    desk.work()
    first, second = desk.tickets()
    assert (first.mailbox, second.mailbox) == (SUPPORT, HR)
    both = {(first.number, second.number, "same-mail"), (second.number, first.number, "same-mail")}
    assert links(desk) == both
    for ticket in (first, second):
        assert desk.history(ticket.number).count("ticket-linked") == 1
    with snapshot(desk.office.database) as tx:
        assert (count(tx, tables.spool), count(tx, tables.raw)) == (1, 1)
    assert balances(desk)


def test_the_requester_gets_one_confirmation_for_each_that_tell_of_each_other(
    desk: InProcess,
) -> None:
    desk.accept(anns(), SUPPORT, HR)
    desk.work()
    first, second = desk.tickets()
    assert len(desk.mails(ANN)) == 2
    confirmed = desk.text(ANN, "confirmation", 0)
    assert f"#{first.number}" in confirmed
    assert f"({HR}) as well: there it gets a number of its own." in confirmed
    confirmed = desk.text(ANN, "confirmation", 1)
    assert f"({SUPPORT}) as well: there it is #{first.number}." in confirmed
    assert f"#{second.number}" in confirmed


def test_each_team_is_told_of_the_other(desk: InProcess) -> None:
    desk.accept(anns(), SUPPORT, HR)
    desk.work()
    first, _ = desk.tickets()
    assert f"({HR}) as well, where it gets a ticket of its own" in desk.text(BOB, "new-ticket")
    assert f"({SUPPORT}) as well, where it is #{first.number}" in desk.text(HANA, "new-ticket")


def test_a_mail_to_one_mailbox_says_nothing_of_others(desk: InProcess) -> None:
    desk.accept(anns())
    desk.work()
    assert "as well" not in desk.text(ANN, "confirmation") + desk.text(BOB, "new-ticket")


@pytest.mark.parametrize("policy", ["each", "one"])
def test_a_reply_that_another_mailbox_gets_a_copy_of_is_not_lost_on_it(
    desk: InProcess, policy: str
) -> None:
    if policy == "one":
        desk.change("gateway.toml", *ONE)
    desk.accept(anns())
    desk.work()
    reply_to = str(desk.mail(ANN, "confirmation")["Reply-To"])
    raw = anns(subject="Re: it", message_id="<second@x.example>", to=reply_to)
    desk.accept(raw, reply_to, HR)
    in_time(desk)
    if policy == "each":
        assert desk.states() == ["opened", "joined", "opened"]
        first, second = desk.tickets()
        assert (second.number, first.number, "same-mail") in links(desk)
    else:
        assert desk.states() == ["opened", "joined", "joined"]
        [first] = desk.tickets()
        assert "ticket-shared" in desk.history(first.number)
    assert len(desk.mails(HANA)) == 1
    assert balances(desk)


def test_two_that_were_there_before_are_not_linked_by_an_answer_to_both(desk: InProcess) -> None:
    for subject, mailbox in (("one", SUPPORT), ("two", HR)):
        desk.accept(anns(subject=subject), mailbox)
        desk.work()
    to = [str(row) for row in (_reply_to(desk, 0), _reply_to(desk, 1))]
    desk.accept(anns(message_id="<both@x.example>", to=", ".join(to)), *to)
    desk.work()
    assert desk.states() == ["opened", "opened", "joined", "joined"]
    assert links(desk) == set()


def _reply_to(desk: InProcess, nth: int) -> str:
    raw = desk.mails(ANN, ["confirmation"])[nth].content
    return str(message_from_bytes(raw, policy=default)["Reply-To"])


# one ticket, all told


def test_one_ticket_is_the_first_mailboxs_and_both_teams_know_it(one: InProcess) -> None:
    one.accept(anns(), SUPPORT, HR)
    one.work()
    [ticket] = one.tickets()
    assert (ticket.mailbox, ticket.queue) == (SUPPORT, "IT")
    assert one.states() == ["opened", "joined"]
    assert one.history(ticket.number).count("ticket-shared") == 1
    for agent in (BOB, LEE, HANA):
        [mail] = one.mails(agent)
        assert mail.notice == "new-ticket"
        assert "whose team is told of this ticket" in one.text(agent, "new-ticket")
    assert "A reply to this mail opens a ticket of its own there" in one.text(HANA, "new-ticket")
    assert len(one.said(ticket.number)) == 1
    assert balances(one)


def test_the_requester_of_one_ticket_gets_one_confirmation(one: InProcess) -> None:
    one.accept(anns(), SUPPORT, HR)
    one.work()
    [mail] = one.mails(ANN)
    assert mail.notice == "confirmation"
    assert "as well" not in one.text(ANN, "confirmation")


def test_the_first_mailbox_is_the_first_recipient(one: InProcess) -> None:
    one.accept(anns(), HR, SUPPORT)
    one.work()
    [ticket] = one.tickets()
    assert ticket.mailbox == HR


def test_the_second_mailbox_waits_for_the_first(one: InProcess) -> None:
    one.accept(anns(), SUPPORT, HR)
    first, second = one.deliveries()
    only(one, second.id)
    one.work()
    assert one.states() == ["waiting", "waiting"]
    assert f"delivery {first.id}" in one.deliveries()[1].reason
    assert one.deliveries()[1].attempts == 0, "it is not the mail's fault"
    in_time(one)
    assert one.states() == ["opened", "joined"]
    assert len(one.tickets()) == 1


def only(desk: InProcess, delivery_id: int) -> None:
    """The others wait for their turn a while longer."""
    with transaction(desk.office.database) as tx:
        others = tables.delivery.c.id != delivery_id
        later = sa.text("'2999-01-01 00:00:00.000000'")
        tx.execute(sa.update(tables.delivery).where(others).values(due_at=later))


def test_where_nothing_comes_of_the_first_the_second_has_its_own(one: InProcess) -> None:
    one.accept(anns(), HR, SUPPORT)
    one.change("gateway.toml", HR_SETTINGS, "")
    for _ in range(spool.MAX_ATTEMPTS + 1):
        one.let_time_pass()
        one.work()
    assert one.states() == ["quarantined", "opened"]
    assert one.tickets()[0].mailbox == SUPPORT


def test_what_is_ignored_is_ignored_in_both(one: InProcess) -> None:
    one.accept(anns(headers={"Auto-Submitted": "auto-replied"}), SUPPORT, HR)
    one.work()
    assert one.states() == ["ignored", "ignored"]


# whoever comes first


@pytest.mark.parametrize("policy", ["each", "one"])
def test_two_workers_at_once_make_the_same_of_it_as_one(desk: InProcess, policy: str) -> None:
    if policy == "one":
        desk.change("gateway.toml", *ONE)
    mails = 8
    for number in range(mails):
        desk.accept(anns(subject=f"mail {number}"), SUPPORT, HR)
    desk.work_in_parallel(4)
    in_time(desk)
    tickets = desk.tickets()
    with snapshot(desk.office.database) as tx:
        shared = column(tx, tables.event.c.name).count("ticket-shared")
    if policy == "each":
        assert desk.states() == ["opened"] * 2 * mails
        assert len(links(desk)) == 2 * mails
        assert all(desk.history(each.number).count("ticket-linked") == 1 for each in tickets)
        assert len(desk.mails(ANN)) == 2 * mails
    else:
        assert desk.states() == ["opened", "joined"] * mails
        assert {each.mailbox for each in tickets} == {SUPPORT}
        assert (len(tickets), shared, len(desk.mails(ANN))) == (mails, mails, mails)
        assert len(desk.mails(HANA)) == mails
    assert balances(desk)


def test_a_copy_of_a_mail_to_both_has_no_effect_in_either(desk: InProcess) -> None:
    for _ in range(2):
        desk.accept(anns(), SUPPORT, HR)
    desk.work()
    assert desk.states() == ["opened", "opened", "ignored", "ignored"]
    assert len(desk.mails(ANN)) == 2
    assert balances(desk)


# aliases


ALIAS = ('[[mailbox]]\naddress = "hr@example.com"',
         '[[mailbox]]\naddress = "hr@example.com"\naliases = ["people@example.com"]')  # fmt: skip


def test_mail_to_an_alias_is_the_mailboxs_and_answered_by_it(desk: InProcess) -> None:
    desk.change("gateway.toml", *ALIAS)
    desk.accept(anns(to="people@example.com"), "People@Example.com")
    desk.work()
    [ticket] = desk.tickets()
    assert (ticket.mailbox, ticket.queue) == (HR, "HR")
    confirmation = desk.mail(ANN, "confirmation")
    assert HR in str(confirmation["From"])
    assert str(confirmation["Reply-To"]).startswith("hr+")


def test_mail_to_a_mailbox_and_its_alias_is_one_delivery(desk: InProcess) -> None:
    desk.change("gateway.toml", *ALIAS)
    desk.accept(anns(), HR, "people@example.com")
    desk.work()
    assert desk.states() == ["opened"]
    assert "as well" not in desk.text(ANN, "confirmation")


def test_mail_from_an_alias_of_ours_is_a_loop(desk: InProcess) -> None:
    desk.change("gateway.toml", *ALIAS)
    desk.accept(anns(from_="people@example.com"), mail_from="people@example.com")
    desk.work()
    assert [(entry.state, entry.cause) for entry in desk.deliveries()] == [("ignored", "loop")]
