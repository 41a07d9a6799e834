"""The way of one mail, in process: every mail has one effect, and no mail stops another."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from gateway.store import ledger, snapshot, spool, tables, transaction
from support.in_process import ANN, BOB, HR, HR_SETTINGS, LEE, SUPPORT, InProcess, anns
from support.stored import column


def test_a_mail_that_cannot_be_handled_is_set_aside_and_hurts_no_neighbour(desk: InProcess) -> None:
    """What cannot be handled here is a mail to a mailbox that has left gateway.toml since."""
    desk.accept(anns(subject="one"))
    desk.accept(anns(subject="lost"), HR)
    desk.accept(anns(subject="two"))
    desk.change("gateway.toml", HR_SETTINGS, "")
    desk.work()
    assert desk.states() == ["opened", "waiting", "opened"]
    for attempt in range(2, spool.MAX_ATTEMPTS + 1):
        desk.let_time_pass()
        desk.work()
        assert desk.deliveries()[1].attempts == attempt
    poison = desk.deliveries()[1]
    assert (poison.state, poison.attempts) == ("quarantined", spool.MAX_ATTEMPTS)
    assert HR in poison.reason
    assert "Traceback" in poison.trouble
    desk.let_time_pass()
    desk.work()
    assert desk.states() == ["opened", "quarantined", "opened"]


def test_what_was_set_aside_is_handled_when_it_is_replayed(desk: InProcess) -> None:
    desk.accept(anns(), HR)
    desk.change("gateway.toml", HR_SETTINGS, "")
    for _ in range(spool.MAX_ATTEMPTS):
        desk.work()
        desk.let_time_pass()
    assert desk.states() == ["quarantined"]
    desk.change("gateway.toml", "[[queue]]", f"{HR_SETTINGS}\n[[queue]]")
    with transaction(desk.office.database) as tx:
        assert ledger.replay(tx, desk.deliveries()[0].id, datetime.now(UTC))
    desk.work()
    [ticket] = desk.tickets()
    assert (ticket.mailbox, ticket.queue, desk.states()) == (HR, "HR", ["opened"])


def test_a_mail_whose_worker_died_with_it_five_times_is_set_aside_unread(desk: InProcess) -> None:
    desk.accept(anns())
    with transaction(desk.office.database) as tx:
        tx.execute(sa.update(tables.delivery).values(attempts=spool.MAX_ATTEMPTS))
    desk.work()
    [entry] = desk.deliveries()
    assert entry.state == "quarantined"
    assert "died" in entry.reason


def test_a_ticket_whose_queue_has_left_the_file_goes_on(desk: InProcess) -> None:
    desk.accept(anns())
    desk.work()
    desk.change("gateway.toml", '"IT"', '"Helpdesk"')
    desk.reply(ANN, "It still burns.", to="confirmation")
    desk.work()
    assert desk.states() == ["opened", "joined"]
    assert len(desk.mails(BOB, ["follow-up"])) == 1


def test_a_ticket_whose_mailbox_has_left_the_file_is_answered_all_the_same(desk: InProcess) -> None:
    desk.accept(anns(), HR)
    desk.work()
    [before] = desk.tickets()
    desk.change("gateway.toml", HR_SETTINGS, "")
    desk.accept(anns(subject=f"Re: [#{before.number}-{before.tag}]"), SUPPORT)
    desk.work()
    assert desk.states()[-1] == "held"
    assert [row.rcpt_to for row in desk.mails(notices=["unproven"])] == [ANN]


BROKEN = "Subject: x\n\n{{ letter.nonsense }}\n"


def test_a_broken_template_of_the_desk_is_replaced_and_the_admin_told_where(
    desk: InProcess,
) -> None:
    (desk.folder / "templates" / "confirmation.txt.j2").write_text(BROKEN)
    for subject in ("one", "two", "three"):
        desk.accept(anns(subject=subject))
    desk.work()
    assert len(desk.mails(ANN, ["confirmation"])) == 3
    [alert] = desk.mails(notices=["alert"])
    assert alert.rcpt_to == LEE
    assert "templates/confirmation.txt.j2:3" in desk.text(LEE, "alert")


def test_the_admin_is_told_again_a_day_later(desk: InProcess) -> None:
    (desk.folder / "templates" / "confirmation.txt.j2").write_text(BROKEN)
    desk.accept(anns(subject="one"))
    desk.work()
    with transaction(desk.office.database) as tx:
        tx.execute(sa.update(tables.alert).values(told_at=datetime.now(UTC) - timedelta(hours=25)))
    desk.accept(anns(subject="two"))
    desk.work()
    assert len(desk.mails(notices=["alert"])) == 2


def test_a_mail_with_much_to_complain_about_in_templates_is_a_ticket_nevertheless(
    desk: InProcess,
) -> None:
    """The fault quotes what the template was given, which may be a whole mail."""
    template = "Subject: x\n\n{{ letter.text.split()[0][letter.text] }}\n{{ {}[letter.text].x }}\n"
    (desk.folder / "templates" / "confirmation.txt.j2").write_text(template)
    words = " ".join(f"{number * 7919:x}" for number in range(3000))
    desk.accept(anns(text=words))
    desk.work()
    assert desk.states() == ["opened"]


def test_many_pipelines_at_once_make_one_ticket_of_each_mail(desk: InProcess) -> None:
    for number in range(12):
        desk.accept(anns(subject=f"mail {number}"))
    desk.work_in_parallel(4)
    desk.let_time_pass()  # for what met a conflict too often
    desk.work()
    assert sorted(each.subject for each in desk.tickets()) == sorted(
        f"mail {number}" for number in range(12)
    )
    assert len(desk.mails(ANN, ["confirmation"])) == 12
    assert len({each.number for each in desk.tickets()}) == 12


def test_many_copies_of_one_mail_at_once_make_one_ticket(desk: InProcess) -> None:
    for _ in range(6):
        desk.accept(anns())
    desk.work_in_parallel(3)
    desk.let_time_pass()
    desk.work()
    assert sorted(desk.states()) == ["ignored"] * 5 + ["opened"]
    assert len(desk.tickets()) == 1
    assert len(desk.mails(ANN)) == 1


def test_a_stranger_who_writes_twice_at_once_becomes_one_person(desk: InProcess) -> None:
    for subject in "abcdef":
        desk.accept(anns(subject=subject, from_="New <new@x.example>"), mail_from="new@x.example")
    desk.work_in_parallel(3)
    desk.let_time_pass()
    desk.work()
    assert desk.states() == ["opened"] * 6
    with snapshot(desk.office.database) as tx:
        assert column(tx, tables.person.c.key).count("new@x.example") == 1
