"""Mail that waits for a yes: who may say it, how often it counts, and what becomes of the mail."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from gateway.store import account, held, ledger, snapshot, spool, tables, transaction
from gateway.threading import tag
from gateway.workers.pipeline import Pipeline
from support.held import answer, balances, hold_one, list_held, press, state, texts
from support.in_process import ANN, BOB, LEE, SUPPORT, InProcess, anns
from support.mail import a_mail

CARL = "carl@example.com"
AWAY = {"Auto-Submitted": "auto-replied"}


def test_a_claimed_follow_up_is_held_and_its_author_asked_at_the_address_on_file(
    desk: InProcess,
) -> None:
    hold_one(desk)
    [asked] = desk.mails(notices=["unproven"])
    assert asked.rcpt_to == ANN
    assert "And it smells." in desk.text(ANN, "unproven")
    assert texts(desk) == ["The printer on floor 3 is on fire."]
    assert balances(desk)
    with snapshot(desk.office.database) as tx:
        told = account.account(tx, None, lambda _: True)
    assert (told.outcomes["held"], told.causes["held"]) == (1, {"unproven": 1})


def test_a_yes_of_its_author_lets_it_in(desk: InProcess) -> None:
    waiting = hold_one(desk)
    answer(desk, "Yes, that was me.\n\n-- \nAnn Example\nRoom 3.14")
    assert state(desk, waiting) == "joined"
    assert texts(desk) == ["The printer on floor 3 is on fire.", "And it smells."]
    assert desk.states() == ["opened", "joined", "answered"]
    assert balances(desk)


@pytest.mark.parametrize("word", ["Ja", "oui, c'est moi", "Sí.", "はい", "是的。", "ok"])
def test_a_yes_is_understood_in_other_languages(desk: InProcess, word: str) -> None:
    waiting = hold_one(desk)
    answer(desk, word)
    assert state(desk, waiting) == "joined"


def test_a_no_drops_it(desk: InProcess) -> None:
    waiting = hold_one(desk)
    answer(desk, "Nein, das war ich nicht!")
    dropped = desk.deliveries()[-2]
    assert (dropped.id, dropped.state, dropped.cause) == (waiting, "rejected", "dropped")
    answer(desk, "Yes, it was")
    assert state(desk, waiting) == "rejected"
    assert texts(desk) == ["The printer on floor 3 is on fire."]
    assert balances(desk)


def test_what_is_neither_yes_nor_no_is_asked_about_again(desk: InProcess) -> None:
    waiting = hold_one(desk)
    answer(desk, "Which mail?")
    assert state(desk, waiting) == "held"
    assert "yes or no" in desk.text(ANN, "unproven")
    answer(desk, "Yes")
    assert state(desk, waiting) == "joined"


def test_two_mails_that_say_yes_let_it_in_once(desk: InProcess) -> None:
    waiting = hold_one(desk)
    desk.reply(ANN, "Yes", to="unproven")
    desk.reply(ANN, "Yes, yes", to="unproven")
    desk.work()
    assert state(desk, waiting) == "joined"
    assert sorted(desk.states()) == ["answered", "ignored", "joined", "opened"]
    assert len(texts(desk)) == 2
    assert balances(desk)


def test_two_workers_who_read_a_yes_each_let_it_in_once(desk: InProcess) -> None:
    waiting = hold_one(desk)
    for number in range(4):
        desk.reply(ANN, "Yes", to="unproven", message_id=f"<yes-{number}@client.example>")
    desk.work_in_parallel(2)
    for _ in range(3):  # whoever met a conflict waits its turn
        desk.let_time_pass()
        desk.work()
    assert state(desk, waiting) == "joined"
    assert sorted(desk.states()) == ["answered"] + ["ignored"] * 3 + ["joined", "opened"]
    assert len(texts(desk)) == 2


def test_a_second_yes_that_comes_before_the_mail_is_worked_again_is_without_effect(
    desk: InProcess,
) -> None:
    waiting = hold_one(desk)
    with transaction(desk.office.database) as tx:
        held.release(tx, waiting, "person", datetime.now(UTC) + timedelta(hours=1))
    answer(desk, "Yes")
    assert desk.states() == ["opened", "waiting", "ignored"]
    assert desk.deliveries()[-1].cause == "no-question"


def test_a_worker_that_dies_between_yes_and_joining_costs_nothing(desk: InProcess) -> None:
    waiting = hold_one(desk)
    desk.reply(ANN, "Yes", to="unproven")
    Pipeline(replace(desk.office, worker="first")).step()
    assert state(desk, waiting) == "waiting"
    with transaction(desk.office.database) as tx:  # claimed by one who is never heard of again
        assert spool.claim(tx, "second", datetime.now(UTC), 1)
        spool.release(tx, "second", datetime.now(UTC))
    desk.work(Pipeline(replace(desk.office, worker="third")))
    assert state(desk, waiting) == "joined"
    assert len(texts(desk)) == 2


def test_a_copy_that_comes_while_the_mail_is_held_is_a_copy(desk: InProcess) -> None:
    waiting = hold_one(desk)
    [ticket] = desk.tickets()
    again = anns(subject=f"Re: Printer [#{ticket.number}-{ticket.tag}]", text="And it smells.")
    desk.accept(again)
    desk.work()
    assert desk.deliveries()[-1].duplicate_of == waiting
    with transaction(desk.office.database) as tx:
        held.release(tx, waiting, "person", datetime.now(UTC))
    desk.accept(again)
    desk.work()
    assert desk.states() == ["opened", "joined", "ignored", "ignored"]
    assert balances(desk)


def test_the_yes_of_another_person_counts_for_nothing(desk: InProcess) -> None:
    waiting = hold_one(desk)
    question = str(desk.mail(ANN, "unproven")["Reply-To"])
    for who in (CARL, "eve@evil.example"):
        desk.accept(a_mail(from_=who, to=question, text="Yes", message_id=f"<{who}>"), question,
                    mail_from=who)  # fmt: skip
    desk.work()
    assert state(desk, waiting) == "held"
    assert [each.cause for each in desk.deliveries()[-2:]] == ["no-question"] * 2
    assert not desk.mails(CARL)


def test_a_yes_to_an_altered_address_lets_nothing_in(desk: InProcess) -> None:
    waiting = hold_one(desk)
    question = str(desk.mail(ANN, "unproven")["Reply-To"])
    local, _, domain = question.partition("@")
    altered = f"{local[:-1]}{'a' if local[-1] != 'a' else 'b'}@{domain}"
    other = question.replace(f"+{waiting}-", f"+{waiting + 1}-")
    for number, to in enumerate((altered, other)):
        desk.accept(a_mail(from_=ANN, to=to, text="Yes", message_id=f"<{number}@x>"), to)
    desk.work()
    assert state(desk, waiting) == "held"


def test_a_yes_that_comes_after_its_time_lets_nothing_in(desk: InProcess) -> None:
    waiting = hold_one(desk)
    with snapshot(desk.office.database) as tx:
        [ann] = [row.id for row in tx.execute(tables.person.select()) if row.key == ANN]
    long_ago = datetime.now(UTC) - timedelta(days=tag.ANSWER_WITHIN_DAYS + 2)
    token = tag.sign(desk.office.ring, SUPPORT, waiting, tag.Purpose.ACTION, ann, long_ago)
    to = tag.signed_address(SUPPORT, "+", waiting, token)
    desk.accept(a_mail(from_=ANN, to=to, text="Yes", message_id="<late@x.example>"), to)
    desk.work()
    assert state(desk, waiting) == "held"
    assert desk.deliveries()[-1].cause == "no-question"


def test_a_machine_says_no_yes(desk: InProcess) -> None:
    waiting = hold_one(desk)
    answer(desk, "Yes, I am away until Monday.", headers=AWAY)  # type: ignore[arg-type]
    assert state(desk, waiting) == "held"
    assert len(desk.mails(notices=["unproven"])) == 1


MORE = "Yes, that was me. It also burns in room 4!"
BEGUN = "The printer on floor 3 is on fire."


def test_what_is_written_with_a_yes_joins_the_ticket_as_well(desk: InProcess) -> None:
    waiting = hold_one(desk)
    answer(desk, MORE)
    assert state(desk, waiting) == "joined"
    assert sorted(texts(desk)) == sorted([BEGUN, "And it smells.", MORE])
    assert len(desk.mails(BOB, ["follow-up"])) == 2
    assert balances(desk)


def test_a_photo_with_a_yes_joins_the_ticket_as_well(desk: InProcess) -> None:
    hold_one(desk)
    question = str(desk.mail(ANN, "unproven")["Reply-To"])
    photo = a_mail(from_=ANN, to=question, text="Yes", message_id="<photo@client.example>",
                   attachments={"fire.jpg": b"x"})  # fmt: skip
    desk.accept(photo, question)
    desk.work()
    assert sorted(texts(desk)) == sorted([BEGUN, "And it smells.", "Yes"])


def test_what_is_written_with_a_no_joins_although_the_mail_is_dropped(desk: InProcess) -> None:
    waiting = hold_one(desk)
    answer(desk, "No.\n\nBut now the toner is empty as well.")
    assert state(desk, waiting) == "rejected"
    assert len(texts(desk)) == 2
    assert "toner is empty" in texts(desk)[1]


def test_a_late_answer_that_says_more_joins_the_ticket(desk: InProcess) -> None:
    hold_one(desk)
    answer(desk, "Yes")
    answer(desk, "Please order three new toners, too.", message_id="<late@client.example>")
    assert texts(desk) == [BEGUN, "And it smells.", "Please order three new toners, too."]
    answer(desk, "Yes, that was me", message_id="<bare@client.example>")
    assert desk.deliveries()[-1].cause == "no-question"


def test_what_is_written_with_a_yes_joins_once_in_a_rush(desk: InProcess) -> None:
    waiting = hold_one(desk)
    for number in range(3):
        desk.reply(ANN, f"{MORE} {number}", to="unproven", message_id=f"<{number}@client.example>")
    desk.work_in_parallel(2)
    for _ in range(4):
        desk.let_time_pass()
        desk.work()
    assert state(desk, waiting) == "joined"
    assert len(desk.tickets()) == 1
    assert sorted(texts(desk))[2:] == [f"{MORE} {number}" for number in range(3)]
    assert balances(desk)


def test_more_than_a_yes_by_somebody_else_is_no_follow_up(desk: InProcess) -> None:
    waiting = hold_one(desk)
    question = str(desk.mail(ANN, "unproven")["Reply-To"])
    desk.accept(a_mail(from_=CARL, to=question, text=MORE, message_id="<carl@x>"), question,
                mail_from=CARL)  # fmt: skip
    desk.work()
    assert state(desk, waiting) == "held"
    assert texts(desk) == [BEGUN]


def test_a_yes_that_speaks_of_forgery_lets_nothing_in(desk: InProcess) -> None:
    waiting = hold_one(desk)
    answer(desk, "Yes? Somebody uses my name, this is phishing!")
    assert state(desk, waiting) == "held"
    assert len(desk.mails(ANN, ["unproven"])) == 2


def test_an_agents_word_lets_it_in_as_marked(desk: InProcess) -> None:
    waiting = hold_one(desk)
    list_held(desk)
    press(desk, LEE, "release", waiting)
    assert state(desk, waiting) == "joined"
    assert balances(desk)


def test_what_is_held_is_neither_deleted_nor_tried_again(desk: InProcess) -> None:
    waiting = hold_one(desk)
    with transaction(desk.office.database) as tx:
        long_ago = datetime.now(UTC) - timedelta(days=4000)
        tx.execute(tables.delivery.update().values(finished_at=long_ago))
        assert not ledger.replay(tx, waiting, datetime.now(UTC))
    list_held(desk)
    assert desk.deliveries()[-1].has_bytes
    assert state(desk, waiting) == "held"
