"""What a ticket has become says who may act: not what it was when a mail of it came, or a command.

A ticket was merged into one of HR's, whose queue is for members only, or has gone to HR itself;
or its requester is another. Whoever had to do with what it was has nothing to do with that.
"""

import pytest

from support.held import list_held, press, state
from support.in_process import ANN, BOB, HANA, HR, LEE, InProcess, anns
from support.two_teams import (
    commands,
    hr_is_for_members_only,
    merge,
    opened,
    says,
    tagged,
    ticket,
    told,
)

CARL, DORA, EVE = "carl@example.com", "dora@customer.example", "eve@evil.example"


def forges(desk: InProcess, number: int, who: str = ANN) -> int:
    """A mail that nothing proves; its delivery."""
    raw = anns(from_=who, subject=tagged(desk, number), text="Forged", message_id=f"<{number}@e>")
    desk.accept(raw, mail_from=EVE)
    desk.work()
    assert desk.deliveries()[-1].state == "held"
    return desk.deliveries()[-1].id


def held_of_a_ticket_merged_into_hrs(desk: InProcess) -> int:
    hr_is_for_members_only(desk)
    one, two = opened(desk), opened(desk, who=DORA, subject="Secret", to=HR)
    merge(desk, LEE, one, two)
    return forges(desk, one)


def test_no_agent_of_it_lets_mail_into_a_ticket_of_hr(sqlite_desk: InProcess) -> None:
    held = held_of_a_ticket_merged_into_hrs(sqlite_desk)
    its = forges(sqlite_desk, opened(sqlite_desk, who=CARL, subject="Toner"), who=CARL)
    list_held(sqlite_desk)
    sqlite_desk.reply(BOB, f"release {held}\nrelease {its}", to="held")
    sqlite_desk.work()
    assert (state(sqlite_desk, held), state(sqlite_desk, its)) == ("held", "joined")


def test_hr_decides_about_what_it_is_told_of(desk: InProcess) -> None:
    held = held_of_a_ticket_merged_into_hrs(desk)
    list_held(desk)
    [listed] = desk.mails(notices=["held"])
    assert listed.rcpt_to == HANA
    press(desk, HANA, "release", held)
    desk.work()
    assert state(desk, held) == "joined"


def test_who_lets_mail_into_a_merged_ticket_is_proven_as_its_mailbox_asks(
    sqlite_desk: InProcess,
) -> None:
    held = held_of_a_ticket_merged_into_hrs(sqlite_desk)
    ask_hrs_agents_for_more(sqlite_desk)
    list_held(sqlite_desk)
    press(sqlite_desk, HANA, "release", held)
    assert state(sqlite_desk, held) == "held"


def ask_hrs_agents_for_more(desk: InProcess) -> None:
    desk.change(
        "gateway.toml",
        f'address = "{HR}"\n',
        f'address = "{HR}"\nagent_proof = "verified"\nparticipant_proof = "token"\n',
    )


def test_what_was_held_before_a_merge_is_hrs_to_decide(desk: InProcess) -> None:
    hr_is_for_members_only(desk)
    one, two = opened(desk, subject="One"), opened(desk, who=DORA, subject="Two")
    commands(desk, LEE, two, "#queue hr")
    held = forges(desk, one)
    merge(desk, LEE, one, two)
    list_held(desk)
    assert [mail.rcpt_to for mail in desk.mails(notices=["held"])] == [HANA]
    press(desk, HANA, "release", held)
    desk.work()
    assert state(desk, held) == "joined"


@pytest.mark.parametrize("is_watcher", [False, True])
def test_a_question_does_not_tell_the_subject_of_the_ticket_that_goes_on(
    desk: InProcess, is_watcher: bool
) -> None:
    hr_is_for_members_only(desk)
    one, two = opened(desk, subject="One"), opened(desk, DORA, "Lay-off of Ann", to=HR)
    tag = ticket(desk, two).tag
    merge(desk, LEE, one, two)
    if not is_watcher:
        says(desk, HANA, "new-ticket", two, f"#unwatch {ANN}")
    assert bool(ticket(desk, two).watchers) is is_watcher
    held = forges(desk, one)
    assert "One" in str(desk.mail(ANN, "unproven")["Subject"])
    assert not [secret for secret in ("Lay-off", tag) if secret in told(desk, ANN)]
    desk.reply(ANN, "yes", to="unproven")
    desk.work()
    assert state(desk, held) == "joined"
    assert desk.said(two)[-1].text.strip() == "Forged"


def test_whose_ticket_it_was_no_more_hears_nothing_by_way_of_a_merged_one(desk: InProcess) -> None:
    one, two = opened(desk, subject="One"), opened(desk, subject="Two")
    merge(desk, BOB, one, two)
    commands(desk, BOB, two, f"#requester {CARL}")
    assert ticket(desk, two).requester.address == CARL
    says(desk, ANN, "confirmation", one, "And?", subject="Re: One")
    assert desk.said(two)[-1].text.strip() == "And?"
    says(desk, BOB, "new-ticket", two, "Your password is hunter2.")
    assert "hunter2" in told(desk, CARL)
    assert "hunter2" not in told(desk, ANN)


def test_a_merge_is_no_way_round_the_proof_that_a_mailbox_asks_of_agents(
    sqlite_desk: InProcess,
) -> None:
    desk = sqlite_desk
    hana, bob = "hana@example.com,Hana Agent,agent", "bob@example.com,Bob Agent,agent"
    desk.change("directory.csv", f"{hana},hr,hr,,", f"{hana},hr it,hr,,")
    desk.change("directory.csv", f"{bob},it,,,", f"{bob},it hr,,,")
    one, two = opened(desk, HANA), opened(desk, HANA, "Two", to=HR)
    merge(desk, BOB, one, two)
    ask_hrs_agents_for_more(desk)
    for number in (two, one):  # straight, and by way of what was merged
        says(desk, HANA, "confirmation", number, "#priority P1 because I say so")
        assert ticket(desk, two).priority == "P3"


@pytest.mark.parametrize("command", ["#link", "#merge"])
def test_an_undo_changes_no_ticket_that_is_hrs_by_now(sqlite_desk: InProcess, command: str) -> None:
    desk = sqlite_desk
    hr_is_for_members_only(desk)
    one, two = opened(desk, subject="One"), opened(desk, who=DORA, subject="Two")
    commands(desk, BOB, one, f"{command} {two}")
    commands(desk, LEE, two, "#queue hr")
    had = desk.history(two)
    says(desk, BOB, "new-ticket", one, "#undo")
    assert desk.history(two) == had
    assert "ticket-unlinked" not in desk.history(one)
