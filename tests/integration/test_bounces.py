"""Mail that came back: filed, told once, its address suppressed until it can be reached again."""

from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from gateway.cli.main import cli
from gateway.errors import PermanentError
from gateway.outbound.sender import Outgoing
from gateway.reach import HARD_PERIOD, PROBE, Suppression
from gateway.store import snapshot, suppression, transaction
from gateway.workers.dispatch import Dispatch
from support.bounces import a_report
from support.held import make
from support.in_process import ANN, BOB, LEE, InProcess, anns

EVE = "eve@evil.example"


@pytest.fixture
def answered(desk: InProcess) -> InProcess:
    """Ann's ticket, which is Bob's, and Bob's answer to her."""
    desk.accept(anns())
    desk.work()
    desk.reply(BOB, "Which printer?", to="new-ticket")
    desk.work()
    return desk


def known(desk: InProcess) -> dict[str, Suppression]:
    with snapshot(desk.office.database) as tx:
        return {each.key: each for each in suppression.everything(tx)}


def time_passes(desk: InProcess, by: timedelta) -> None:
    """For what is known of addresses, and nothing else."""
    with transaction(desk.office.database) as tx:
        for each in suppression.everything(tx):
            suppression.put(
                tx,
                Suppression(
                    key=each.key,
                    status=each.status,
                    bounces=each.bounces,
                    since=each.since - by,
                    until=each.until - by,
                ),
            )


def bounces(desk: InProcess, **report: str) -> None:
    """The last answer to Ann comes back to its return path."""
    path = desk.mails(ANN, ["answer"])[-1].mail_from
    desk.accept(a_report(ANN, **report), path, mail_from="")
    desk.work()


def answers(desk: InProcess, text: str) -> None:
    desk.reply(BOB, text, to="new-ticket")
    desk.work()


def test_a_bounce_is_filed_and_told_once_with_the_reason(answered: InProcess) -> None:
    bounces(answered)
    bounces(answered)
    [ticket] = answered.tickets()
    assert answered.history(ticket.number).count("mail-bounced") == 2
    assert len(answered.mails(BOB, ["undelivered"])) == 1
    text = answered.text(BOB, "undelivered")
    assert "there is no such mailbox (5.1.1)" in text
    assert "550 5.1.1 User unknown" in text
    assert answered.mails(ANN, ["undelivered"]) == []


def test_who_cannot_be_reached_is_not_written_to_and_the_agent_knows(answered: InProcess) -> None:
    bounces(answered)
    answers(answered, "Is it the red one?")
    answers(answered, "Or the blue one?")
    assert len(answered.mails(ANN, ["answer"])) == 1
    [ticket] = answered.tickets()
    assert answered.history(ticket.number).count("mail-withheld") == 2
    assert len(answered.mails(BOB, ["undelivered"])) == 2, "the bounce, and the first not sent"
    assert "no mail was sent to this address" in answered.text(BOB, "undelivered")


def test_the_time_over_one_mail_goes_out_and_the_next_waits_for_what_becomes_of_it(
    answered: InProcess,
) -> None:
    bounces(answered)
    time_passes(answered, HARD_PERIOD)
    answers(answered, "Is it the red one?")
    answers(answered, "Or the blue one?")
    assert len(answered.mails(ANN, ["answer"])) == 2
    time_passes(answered, PROBE)
    answers(answered, "Or the green one?")
    assert len(answered.mails(ANN, ["answer"])) == 3


def test_a_probe_that_comes_back_renews_it_for_twice_the_time(answered: InProcess) -> None:
    bounces(answered)
    time_passes(answered, HARD_PERIOD)
    answers(answered, "Is it the red one?")
    bounces(answered)
    now = datetime.now(UTC)
    assert timedelta(days=27) < known(answered)[ANN].until - now < timedelta(days=29)


def test_a_full_mailbox_is_written_to_until_it_was_full_thrice(answered: InProcess) -> None:
    for _ in range(3):
        assert not any(each.blocks(datetime.now(UTC)) for each in known(answered).values())
        bounces(answered, status="5.2.2", said="552 5.2.2 mailbox full")
        time_passes(answered, timedelta(hours=2))
    assert known(answered)[ANN].blocks(datetime.now(UTC))


def test_a_mail_of_theirs_ends_it(answered: InProcess) -> None:
    bounces(answered)
    answered.reply(ANN, "I am back.", to="answer")
    answered.work()
    assert known(answered) == {}
    answers(answered, "Is it the red one?")
    assert len(answered.mails(ANN, ["answer"])) == 2


def test_a_mail_in_their_name_is_answered_as_a_probe_and_ends_nothing(answered: InProcess) -> None:
    bounces(answered)
    for subject in ("Something else", "And more"):
        answered.accept(anns(subject=subject))
        answered.work()
    assert list(known(answered)) == [ANN]
    assert len(answered.mails(ANN, ["confirmation"])) == 2, "one of them was a probe"
    assert "mail-withheld" in answered.history(answered.tickets()[-1].number)


def test_a_forged_bounce_has_no_effect(answered: InProcess) -> None:
    [sent] = answered.mails(ANN, ["answer"])
    [ticket] = answered.tickets()
    tag = f"[#{ticket.number}-{ticket.tag}]"
    local, _, domain = sent.mail_from.partition("@")
    wrong = f"{local[:-1]}{'a' if local[-1] != 'a' else 'b'}@{domain}"
    bobs = answered.mails(BOB, ["new-ticket"])[-1].mail_from
    of_reply = str(answered.mail(ANN, "answer")["Reply-To"])
    before = answered.history(ticket.number)
    report = a_report(ANN).replace(b"Subject: ", f"Subject: {tag} ".encode())
    answered.accept(a_report(ANN), wrong, mail_from="")
    answered.accept(report, mail_from="")
    answered.accept(a_report(ANN, from_=EVE), of_reply, mail_from=EVE)
    answered.work()
    assert answered.history(ticket.number) == before
    answered.accept(a_report(ANN), bobs, mail_from="")  # right, but Bob's
    answered.work()
    assert known(answered) == {}
    assert answered.mails(LEE, ["undelivered"]) == answered.mails(BOB, ["undelivered"]) == []


def test_whoever_has_seen_a_message_id_cannot_silence_its_reader(answered: InProcess) -> None:
    original = str(answered.mail(ANN, "answer")["Message-ID"])
    answered.accept(a_report(ANN, original=original), mail_from="")
    answered.work()
    assert known(answered) == {}
    answers(answered, "Is it the red one?")
    assert len(answered.mails(ANN, ["answer"])) == 2


def forged(desk: InProcess, number: int) -> None:
    """By somebody in copy of the answer to Ann, each with a status of its own."""
    original = str(desk.mail(ANN, "answer")["Message-ID"])
    for each in range(number):
        report = a_report(ANN, status=f"5.{each % 8}.{each}", original=original)
        desk.accept(report, mail_from="")
    desk.work()


def test_bounces_that_name_a_message_id_are_filed_and_told_to_nobody(answered: InProcess) -> None:
    [ticket] = answered.tickets()
    forged(answered, 3)
    assert answered.states()[-3:] == ["joined"] * 3
    assert answered.mails(BOB, ["undelivered"]) == []
    assert "mail-bounced" not in answered.history(ticket.number)
    bounces(answered)
    assert len(answered.mails(BOB, ["undelivered"])) == 1, "the true one is told all the same"


def test_forged_bounces_do_not_silence_the_agent(answered: InProcess) -> None:
    forged(answered, 30)
    answered.reply(ANN, "The fire has reached floor 4!", to="answer")
    answered.work()
    assert len(answered.mails(BOB, ["follow-up"])) == 1


def test_bounces_are_told_once_a_day_whatever_their_status(answered: InProcess) -> None:
    for status in ("5.2.2", "5.7.1", "4.4.7", "5.1.1"):
        bounces(answered, status=status)
    assert len(answered.mails(BOB, ["undelivered"])) == 1


def test_without_separator_a_bounce_is_told_once_and_keeps_no_mail_back(desk: InProcess) -> None:
    make(desk, 'separator = ""')
    desk.accept(anns())
    desk.work()
    [sent] = desk.mails(ANN, ["confirmation"])
    original = str(desk.mail(ANN, "confirmation")["Message-ID"])
    for status in ("5.1.1", "5.1.1", "5.2.1"):
        report = a_report(sent.rcpt_to, status=status, original=original)
        desk.accept(report, mail_from="")
    desk.work()
    assert len(desk.mails(BOB, ["undelivered"])) == 1
    assert known(desk) == {}


class Refuses:
    """A smarthost that knows nobody of this name."""

    def send(self, mail: Outgoing) -> str:
        if mail.rcpt_to == ANN:
            raise PermanentError("550 5.1.1 no such user")
        return "250 2.0.0 ok"

    def close(self) -> None: ...


def test_a_refusal_of_the_smarthost_counts_like_a_bounce(answered: InProcess) -> None:
    dispatch = Dispatch(answered.office, Refuses())
    while dispatch.step():
        pass
    assert known(answered)[ANN].blocks(datetime.now(UTC))
    assert len(answered.mails(BOB, ["undelivered"])) == 1, "of the confirmation and the answer"
    answers(answered, "Is it the red one?")
    assert len(answered.mails(ANN, ["answer"])) == 1


def test_the_admin_sees_and_lifts_it(answered: InProcess) -> None:
    bounces(answered)
    folder = str(answered.folder)
    listed = CliRunner().invoke(cli, ["--desk", folder, "suppressed", "list"])
    assert ANN in listed.output
    assert "there is no such mailbox" in listed.output
    lifted = CliRunner().invoke(cli, ["--desk", folder, "suppressed", "lift", ANN.upper()])
    assert lifted.exit_code == 0
    assert known(answered) == {}
    again = CliRunner().invoke(cli, ["--desk", folder, "suppressed", "lift", ANN])
    assert again.exit_code != 0
