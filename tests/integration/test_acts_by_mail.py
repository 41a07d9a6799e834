"""Merge, split, link and undo by mail, from the mail to the database."""

import random
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default

import pytest
import sqlalchemy as sa

from gateway.store import history, snapshot, tables, transaction
from support.acting import opened, says, states
from support.in_process import ANN, BOB, HANA, HR, InProcess, anns
from support.stored import make_due

CARL, DORA = "carl@customer.example", "dora@customer.example"
EVE = "eve@evil.example"
WORDS = ("alpha", "bravo", "delta", "gamma", "kilo", "lima", "oscar", "tango", "victor", "zulu")


def answers(desk: InProcess, notice: str, nth: int, text: str) -> None:
    """Bob's reply to the nth mail of this notice that he got, not handled yet."""
    to = str(desk.mail(BOB, notice, nth)["Reply-To"])
    subject = f"Re {len(desk.deliveries())}"
    desk.accept(anns(from_=BOB, to=to, text=text, subject=subject), to, mail_from=BOB)


def links(desk: InProcess) -> list[tuple[int, int, str]]:
    with snapshot(desk.office.database) as tx:
        rows = tx.execute(
            sa.select(tables.link.c.ticket_id, tables.link.c.other_id, tables.link.c.how)
        )
        return sorted((row[0], row[1], row[2]) for row in rows)


def timers(desk: InProcess) -> list[bool]:
    """Which still run, oldest first."""
    with snapshot(desk.office.database) as tx:
        ends = sa.select(tables.timer.c.finished_at).order_by(tables.timer.c.id)
        return [each is None for each in tx.execute(ends).scalars()]


def test_two_tickets_become_one_and_two_again(desk: InProcess) -> None:
    into = opened(desk, CARL, "Printer")
    merged = opened(desk, ANN, "Printer of Ann")
    says(desk, BOB, f"#merge {into}", to="new-ticket", sure=True)
    target, closed = desk.tickets()
    assert (closed.merged_into, closed.status) == (into, "closed")
    assert [each.address for each in target.watchers] == [ANN]
    assert f"goes on in #{into}" in desk.text(ANN, "merged")
    assert [how for _, _, how in links(desk)] == ["merged", "merged"]
    assert timers(desk) == [True, False]
    says(desk, BOB, "#undo", to="done")
    target, apart = desk.tickets()
    assert (target.watchers, apart.merged_into, apart.status) == ((), None, "open")
    assert links(desk) == []
    assert timers(desk) == [True, False, True]
    assert "Taken back" in desk.text(BOB, "report")
    assert "ticket-unmerged" in desk.history(merged)
    assert states(desk).count("quarantined") == 0


def test_whoever_answers_in_a_merged_ticket_is_heard_where_it_goes_on(desk: InProcess) -> None:
    into = opened(desk, CARL, "Printer", "Carl's own words.")
    opened(desk, ANN, "Printer of Ann", "Ann's own words.")
    says(desk, BOB, f"#merge {into}", to="new-ticket", sure=True)
    says(desk, ANN, "It smells as well.", to="merged")
    assert desk.said(into)[-1].text == "It smells as well."
    says(desk, BOB, "We have ordered a new one.", to="follow-up")
    for who in (ANN, CARL):
        assert "We have ordered a new one." in desk.text(who, "answer")
    assert "Carl's" not in "".join(row.content.decode() for row in desk.mails(ANN))
    assert "Ann's" not in "".join(row.content.decode() for row in desk.mails(CARL))


def test_a_merge_across_mailboxes_leads_on(desk: InProcess) -> None:
    desk.change(
        "directory.csv",
        "hana@example.com,Hana Agent,agent,hr,hr",
        "hana@example.com,Hana Agent,agent,hr it,hr",
    )
    into = opened(desk, CARL, "Printer")
    opened(desk, ANN, "Contract for a printer", to=HR)
    says(desk, HANA, f"#merge {into}", to="new-ticket", sure=True)
    assert [each.merged_into for each in desk.tickets()] == [None, into]
    says(desk, ANN, "Any news?", to="merged")
    assert desk.said(into)[-1].text == "Any news?"
    assert "Any news?" in desk.text(BOB, "follow-up")


def test_two_mails_that_merge_into_each_other_end_as_one_merge(desk: InProcess) -> None:
    one, two = opened(desk, CARL, "Printer"), opened(desk, ANN, "Printer of Ann")
    for nth, other in enumerate((two, one)):
        answers(desk, "new-ticket", nth, f"#merge {other}")
    desk.work()
    for nth in range(2):
        answers(desk, "unproven", nth, "yes")
    desk.work()
    assert sorted(each.merged_into or 0 for each in desk.tickets()) in ([0, one], [0, two])
    assert "merged" in desk.text(BOB, "refused")


def test_a_message_becomes_a_ticket_of_its_own(desk: InProcess) -> None:
    number = opened(desk, ANN, "Printer")
    says(desk, BOB, "#split: The door\n\nThe door does not close.", to="new-ticket")
    old, new = desk.tickets()
    assert (old.number, new.subject, new.requester.address) == (number, "The door", ANN)
    assert f"#{new.number}" in str(desk.mail(ANN, "confirmation")["Subject"])
    assert [each.text for each in desk.said(new.number)] == ["The door does not close."]
    assert [how for _, _, how in links(desk)] == ["split", "split"]
    says(desk, ANN, "It creaks, too.", to="confirmation")
    assert desk.said(new.number)[-1].text == "It creaks, too."


def test_tickets_are_linked_both_ways_and_once(desk: InProcess) -> None:
    one = opened(desk, CARL, "Printer")
    two = opened(desk, ANN, "Printer of Ann")
    for _ in range(2):
        says(desk, BOB, f"#link {one}", to="new-ticket")
    assert len(links(desk)) == 2
    assert all("ticket-linked" in desk.history(number) for number in (one, two))


def test_an_agent_takes_back_what_they_did(desk: InProcess) -> None:
    number = opened(desk, CARL, "Printer")
    says(desk, BOB, "#take\n#tag vpn\n#priority P1 because it burns", to="new-ticket")
    says(desk, BOB, "#undo", to="new-ticket")
    [ticket] = desk.tickets()
    assert (ticket.assignee, ticket.tags, ticket.priority) == (None, (), "P3")
    assert "Priority P1 → P3." in desk.text(BOB, "report")
    with snapshot(desk.office.database) as tx:
        [events] = history.events(tx, [number]).values()
    assert [event.name for event in events] == desk.history(number)


@pytest.mark.parametrize("seed", range(6))
def test_a_merge_shows_nobody_what_they_were_not_told(desk: InProcess, seed: int) -> None:
    """Whatever is written and merged: no mail to a person has words of a message that was
    written before they took part in its ticket."""
    dice = random.Random(seed)
    people = [ANN, CARL, DORA]
    told: dict[str, set[str]] = {each: set() for each in people}  # words that they may know
    of = {
        who: opened(desk, who, f"Of {who[:4]}", f"{who[:4]}-{dice.choice(WORDS)}") for who in people
    }
    goes_on = {number: number for number in of.values()}

    def room(number: int) -> int:
        return number if goes_on[number] == number else room(goes_on[number])

    for who in people:
        told[who].add(desk.said(of[who])[0].text)
    for turn in range(8):
        who = dice.choice(people)
        word = f"{turn}-{dice.choice(WORDS)}-{who[:4]}"
        act = dice.randrange(3)
        if act == 0:  # the person writes: only they and the agents know
            desk.reply(who, word, to="confirmation")
            told[who].add(word)
        elif act == 1:  # an agent answers: all who take part by now are told
            reply_to = str(_newest(desk, room(of[who])))
            desk.accept(
                anns(from_=BOB, to=reply_to, text=word, subject=f"Re {turn}"),
                reply_to,
                mail_from=BOB,
            )
            for each in people:
                if room(of[each]) == room(of[who]):
                    told[each].add(word)
        else:
            one, other = room(of[who]), room(of[dice.choice(people)])
            if one != other:
                reply_to = str(_newest(desk, one))
                text = f"#merge {other}"
                raw = anns(from_=BOB, to=reply_to, text=text, subject=f"Re {turn}")
                desk.accept(raw, reply_to, mail_from=BOB)
                desk.work()
                desk.reply(BOB, "yes", to="unproven")
                goes_on[one] = other
        desk.work()
    everything = set().union(*told.values())
    for who in people:
        for row in desk.mails(who):
            body = message_from_bytes(row.content, policy=default).get_body(("plain",))
            assert body is not None
            seen = {word for word in everything if word in body.get_content()}
            assert seen <= told[who], (seed, who, seen - told[who])
    assert "quarantined" not in states(desk)


def _newest(desk: InProcess, number: int) -> str:
    """Bob's own reply address of that ticket."""
    rows = [
        message_from_bytes(row.content, policy=default) for row in desk.mails(BOB, ["new-ticket"])
    ]
    return next(str(each["Reply-To"]) for each in rows if f"+{number}-" in str(each["Reply-To"]))


def test_mails_that_change_the_same_two_tickets_are_all_obeyed(desk: InProcess) -> None:
    one, two = opened(desk, CARL, "Printer"), opened(desk, ANN, "Door")
    for nth, other in enumerate((two, one) * 3):
        answers(desk, "new-ticket", nth % 2, f"#link {other}")
    desk.work_in_parallel(3)
    with transaction(desk.office.database) as tx:
        make_due(tx, tables.delivery, datetime.now(UTC))
    desk.work()
    assert len(links(desk)) == 2
    assert set(states(desk)) == {"opened", "joined"}
