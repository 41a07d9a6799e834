"""What an agent's commands do to a ticket, who is told, and what is refused."""

from itertools import product
from typing import Any

import pytest

from gateway.decide import agent, commanded, mail
from gateway.decide.admission import Admission, Grant
from gateway.decide.decision import CancelTimer, Decision, Trace
from gateway.ingest.trust import Proof
from gateway.message import Address
from gateway.outbound.letter import Notice, PlainReply
from gateway.outbound.notify import Telling
from gateway.rules.commands import FORMS, TABLE, Needs, Verb, parse
from gateway.threading.tag import Purpose
from gateway.tickets.actions import Entry
from gateway.tickets.events import Actor
from gateway.tickets.model import Ticket
from gateway.tickets.priority import Priority
from gateway.tickets.status import Status
from support.cases import (
    ANN,
    ANNS_ALIAS,
    BOB,
    CARL,
    HANA,
    LEE,
    a_case,
    a_desk,
    a_reading,
    a_ticket,
    by_address,
)

DESK = a_desk(rules="[{name: net, when: {subject: vpn}, then: {category: network}}]")
BOBS = a_ticket(assignee=BOB, status=Status.OPEN)
ASKS_MORE = {verb for verb, row in TABLE.items() if row.needs is Needs.SURE}


def wrote(
    text: str,
    ticket: Ticket = BOBS,
    purpose: Purpose = Purpose.REPLY,
    author: Address = BOB,
    **about: Any,
) -> Decision:
    """What a proven agent's mail with this text does."""
    reading = a_reading(author=author, text=text)
    clues = by_address(author, purpose)
    return mail.decide(a_case(reading, ticket=ticket, clues=clues, desk=DESK, **about))


def after(decision: Decision) -> Ticket:
    assert decision.problems == ()
    assert decision.after is not None
    return decision.after


def happened(decision: Decision) -> list[str]:
    return [f"{event.name} ({event.why})" for event in decision.events]


def told(decision: Decision) -> list[tuple[Notice, Address]]:
    """Who is told, but whoever commanded it of what was done."""
    tellings = [each for each in decision.tellings if each.notice is not Notice.DONE]
    return [(each.notice, each.to) for each in tellings]


DONE: list[tuple[str, dict[str, Any], Entry]] = [
    ("#assign lee", {"assignee": LEE}, Entry.COMMAND),
    ("#assign nobody", {"assignee": None}, Entry.COMMAND),
    ("#category net", {"category": "network"}, Entry.COMMAND),
    ("#priority P1 because the door is locked", {"priority": Priority.P1}, Entry.NOTE),
    ("#tag vpn floor-3", {"tags": ("vpn", "floor-3")}, Entry.COMMAND),
    ("#watch", {"watchers": (BOB,)}, Entry.COMMAND),
    ("#watch ann.private@home.example", {"watchers": ()}, Entry.COMMAND),
    ("#watch carl@example.com", {"watchers": (CARL,)}, Entry.COMMAND),
    ("#wait vendor: the part", {"status": Status.WAITING_VENDOR}, Entry.NOTE),
    ("#wait approval: the part", {"status": Status.WAITING_APPROVAL}, Entry.NOTE),
    ("#wait requester: which?", {"status": Status.WAITING_REQUESTER}, Entry.ANSWER),
    ("#resolve: done", {"status": Status.RESOLVED}, Entry.ANSWER),
    ("#close: done", {"status": Status.CLOSED}, Entry.ANSWER),
    ("#close\n\nIt was the fuse.", {"status": Status.CLOSED}, Entry.ANSWER),
    ("#reopen", {"status": Status.OPEN}, Entry.COMMAND),
    ("#resolve: done\n#tag x", {"status": Status.RESOLVED, "tags": ("x",)}, Entry.ANSWER),
]


@pytest.mark.parametrize(("text", "changes", "entry"), DONE, ids=[row[0] for row in DONE])
def test_a_command_changes_what_it_says_and_the_mail_is_what_it_makes_of_it(
    text: str, changes: dict[str, Any], entry: Entry
) -> None:
    decision = wrote(text)
    changed = {name: getattr(after(decision), name) for name in changes}
    assert (changed, decision.entry) == (changes, entry)
    by = {(event.by.actor, event.by.person) for event in decision.events}
    assert by == {(Actor.AGENT, BOB)}


def test_every_event_says_which_command_it_came_from() -> None:
    assert happened(wrote("#tag vpn\n#wait vendor: the part")) == [
        "message-added (mail)",
        "tag-added (command #tag)",
        "status-changed (command #wait)",
    ]


def test_a_resolution_has_the_last_word_wherever_it_stands() -> None:
    for text in ("#take\n#resolve: done", "#resolve: done\n#take"):
        assert after(wrote(text, a_ticket())).status is Status.RESOLVED


def test_what_is_resolved_is_closed_without_a_word() -> None:
    resolved = a_ticket(assignee=BOB, status=Status.RESOLVED)
    decision = wrote("#close", resolved)
    assert (after(decision).status, decision.entry) == (Status.CLOSED, Entry.COMMAND)
    assert told(decision) == []


@pytest.mark.parametrize("status", [each for each in Status if not each.is_over], ids=str)
def test_nothing_is_closed_without_a_word_to_the_requester(status: Status) -> None:
    decision = wrote("#close", a_ticket(status=status))
    [problem] = decision.problems
    assert f"the ticket is {status}, and #close does not say what was done" in problem
    assert told(decision) == [(Notice.REFUSED, BOB)]


def test_a_summary_in_a_note_is_none() -> None:
    decision = wrote("#close\n\nBetween us, she broke it.", purpose=Purpose.NOTE)
    assert decision.problems
    assert told(decision) == [(Notice.REFUSED, BOB)]


def test_closing_with_a_summary_tells_the_requester_once_and_stops_the_clock() -> None:
    decision = wrote("#close: it was the fuse")
    assert told(decision) == [(Notice.RESOLVED, ANN)]
    assert decision.timers == (CancelTimer("response"),)


@pytest.mark.parametrize(
    "text",
    ["#priority P1 because she is angry", "#wait vendor: they are slow", "#wait approval: Lee's"],
)
def test_reasons_and_what_others_are_waited_for_stay_among_colleagues(text: str) -> None:
    decision = wrote(f"{text}\n\nBetween us.")
    assert decision.entry is Entry.NOTE
    assert told(decision) == [(Notice.NOTE, LEE)]
    assert decision.text.endswith("Between us.")


def test_text_below_goes_where_a_plain_reply_would() -> None:
    answered = wrote("#tag vpn\n\nTry again, please.")
    assert (answered.entry, answered.text) == (Entry.ANSWER, "Try again, please.")
    assert told(answered) == [(Notice.ANSWER, ANN)]
    noted = wrote("#tag vpn\n\nShe is angry.", purpose=Purpose.NOTE)
    assert (noted.entry, told(noted)) == (Entry.NOTE, [(Notice.NOTE, LEE)])


def test_another_queue_tells_its_agents_and_is_nobodys_there() -> None:
    decision = wrote("#queue hr")
    assert (after(decision).queue, after(decision).assignee) == ("HR", None)
    assert told(decision) == [(Notice.NEW_TICKET, HANA)]
    assert decision.timers == ()


@pytest.mark.parametrize(
    ("text", "assignee"),
    [("#queue hr\n#assign hana", HANA), ("#queue hr\n#take", BOB), ("#queue it", BOB)],
)
def test_another_queue_leaves_whom_the_mail_names_and_whom_it_has(
    text: str, assignee: Address
) -> None:
    assert after(wrote(text)).assignee == assignee


def test_a_ticket_given_away_with_an_answer_is_not_the_authors() -> None:
    decision = wrote("#queue hr\n#wait requester: who is your manager?", a_ticket())
    assert after(decision).assignee is None
    assert (Notice.QUESTION, ANN) in told(decision)


def test_whom_a_ticket_is_given_to_is_told_and_the_requester_is_not() -> None:
    decision = wrote("#assign lee")
    assert told(decision) == [(Notice.NEW_TICKET, LEE)]
    assert told(wrote("#assign me", a_ticket())) == [(Notice.TAKEN, ANN)]


@pytest.mark.parametrize("text", ["#take", "#tag vpn\n\nTry again.", "#wait vendor: a fuse"])
def test_whoever_commands_hears_what_was_done(text: str) -> None:
    decision = wrote(text, a_ticket())
    assert decision.tellings[-1] == Telling(Notice.DONE, BOB, PlainReply.IS_NOTED)


@pytest.mark.parametrize("text", ["Try again.", "#resolve: a fuse", "#note Between us", "#close"])
def test_what_other_mails_show_is_not_told_again(text: str) -> None:
    assert Notice.DONE not in {each.notice for each in wrote(text).tellings}


def test_a_new_watcher_gets_the_answer_that_comes_with_them() -> None:
    decision = wrote("#watch carl@example.com\n\nTry again, please.")
    assert told(decision) == [(Notice.ANSWER, ANN), (Notice.ANSWER, CARL)]


def test_nobody_is_made_a_watcher_whom_we_have_no_id_of() -> None:
    decision = wrote("#watch new@x.example")
    assert "nobody here knows new@x.example yet" in decision.problems[0]


def test_one_watcher_too_many_is_refused() -> None:
    crowd = tuple(Address(f"w{n:02}@x.example") for n in range(25))
    decision = wrote("#watch carl@example.com", a_ticket(watchers=crowd))
    assert decision.problems == ("a ticket has 25 watchers at most",)


def test_a_wrong_command_undoes_the_right_ones_beside_it() -> None:
    decision = wrote("#tag vpn\n#queue Hr2\n#take", a_ticket())
    assert happened(decision) == ["message-added (refused)"]
    assert decision.after is not None
    assert (decision.after.tags, decision.after.assignee) == ((), None)
    assert decision.problems == (
        '"#queue Hr2": there is no queue "Hr2", did you mean "HR"?; '
        'write for example "#queue Billing"',
    )


def test_a_merged_ticket_refuses_commands_and_says_where_all_goes_on() -> None:
    decision = wrote("#tag vpn", a_ticket(status=Status.CLOSED, merged_into=7))
    assert "was merged into #7" in decision.problems[0]


@pytest.mark.parametrize("verb", sorted(ASKS_MORE), ids=str)
@pytest.mark.parametrize(
    ("proof", "grant", "asks"),
    [
        (Proof.TOKEN, Grant.NOBODY, True),
        (Proof.TOKEN, Grant.PERSON, True),
        (Proof.TOKEN, Grant.AUTHOR, False),
        (Proof.VERIFIED, Grant.NOBODY, False),
    ],
)
def test_what_can_hardly_be_taken_back_waits_for_a_yes(
    verb: Verb, proof: Proof, grant: Grant, asks: bool
) -> None:
    case = a_case(a_reading(author=BOB, text=FORMS[verb]), ticket=BOBS, desk=DESK, grant=grant)
    trace = Trace(proof=proof, admission=Admission.JOIN)
    assert agent.needs_yes(case, trace) is asks


@pytest.mark.parametrize("text", ["#take", "Hello", "#requester nobody", "#merge 7\n#take"])
def test_nobody_is_asked_for_a_yes_to_what_needs_none_or_is_wrong(text: str) -> None:
    case = a_case(a_reading(author=BOB, text=text), ticket=BOBS, desk=DESK)
    assert not agent.needs_yes(case, Trace(proof=Proof.TOKEN, admission=Admission.JOIN))


def test_with_a_yes_the_ticket_has_another_requester() -> None:
    decision = wrote("#requester carl@example.com", grant=Grant.AUTHOR)
    assert after(decision).requester == CARL
    assert "requester-set (command #requester)" in happened(decision)


def test_no_two_commands_bring_a_note_to_the_requester_nor_undo_a_refusal() -> None:
    forms = [form for row in TABLE.values() for form in row.forms]
    for one, other in product(forms, repeat=2):
        decision = wrote(f"{one}\n{other}\n\nText below.")
        empty = (Notice.TAKEN, Notice.WATCHING)
        carried = [each for each in decision.tellings if each.notice not in empty]
        if decision.entry and decision.entry.internal:
            assert all(each.notice.for_agents for each in carried), (one, other)
        if decision.problems:
            assert happened(decision) == ["message-added (refused)"], (one, other)
            assert told(decision) == [(Notice.REFUSED, BOB)], (one, other)


def test_every_command_is_obeyed_here_or_elsewhere() -> None:
    here = set(Verb) - set(agent.HANDLED_ELSEWHERE) - {Verb.NOTE}
    assert all(parse(FORMS[verb]).commands[0].actions for verb in here)


def test_what_is_obeyed_elsewhere_is_given_what_the_mail_did(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen = []

    def handler(case: Any, ticket: Any, trace: Any, command: Any, done: agent.Done) -> agent.Done:
        seen.append((command.verb, command.argument.detail, done.entry))
        return done

    monkeypatch.setattr(agent, "HANDLED_ELSEWHERE", {Verb.LINK: handler})
    assert after(wrote("#link 7\n#tag vpn")).tags == ("vpn",)
    assert seen == [(Verb.LINK, 7, Entry.COMMAND)]


def test_whom_commands_name_is_known_before_it_is_decided() -> None:
    text = "#watch new@x.example, ann.private@home.example\n#watch"
    assert commanded.people_named(text, DESK) == (Address("new@x.example"), ANN)
    assert commanded.people_named("Please watch new@x.example", DESK) == ()
    assert ANNS_ALIAS not in commanded.people_named(text, DESK)
