"""Who is told what: the table of notices, tried against one kept by hand."""

from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.desk.directory_file import parse_directory
from gateway.directory import Directory
from gateway.message import Address
from gateway.outbound.letter import Notice, PlainReply
from gateway.outbound.notify import TABLE, Telling, tellings
from gateway.tickets.actions import Entry
from gateway.tickets.events import (
    Actor,
    Assigned,
    By,
    CategorySet,
    Escalated,
    Event,
    Fact,
    MailBounced,
    MailFailed,
    MailWithheld,
    MessageAdded,
    PrioritySet,
    QueueSet,
    RequesterSet,
    StatusChanged,
    TagAdded,
    TagRemoved,
    TicketLinked,
    TicketMerged,
    TicketOpened,
    TicketShared,
    TicketUnlinked,
    TicketUnmerged,
    Unassigned,
    WatcherAdded,
    WatcherRemoved,
)
from gateway.tickets.model import Ticket
from gateway.tickets.priority import Priority
from gateway.tickets.status import Status
from support.cases import ANN, BOB, CARL, HANA, LEE, NOW, SUPPORT, a_desk, a_ticket

DIRECTORY = a_desk().directory
NEW, OPEN, RESOLVED = Status.NEW, Status.OPEN, Status.RESOLVED


def told(
    *facts: Fact,
    by: Address | None = None,
    actor: Actor = Actor.GATEWAY,
    ticket: Ticket | None = None,
    directory: Directory = DIRECTORY,
) -> tuple[Telling, ...]:
    """Who is told of these facts of Ann's ticket."""
    events = [Event(NOW, By(actor, by), "test", fact) for fact in facts]
    return tellings(events, ticket or a_ticket(), directory, "it")


def shown(told: tuple[Telling, ...]) -> list[str]:
    return [f"{each.notice} to {each.to.name}, {each.plain_reply}" for each in told]


MINE, BOBS, WATCHED = a_ticket(), a_ticket(assignee=BOB), a_ticket(watchers=(CARL,))
A = Actor.AGENT
TOLD = [
    # what happened, by whom, to which ticket, and who is told of it
    ("opened by mail", TicketOpened(SUPPORT, "IT"), ANN, MINE,
     ["confirmation to Ann, follows-up",
      "new-ticket to Bob Agent, answers", "new-ticket to Lee Lead, answers"]),
    ("opened, assigned elsewhere", TicketOpened(SUPPORT, "IT"), ANN, a_ticket(assignee=HANA),
     ["confirmation to Ann, follows-up", "new-ticket to Bob Agent, answers",
      "new-ticket to Lee Lead, answers", "new-ticket to Hana Agent, answers"]),
    ("a follow-up, nobody's", MessageAdded(Entry.FOLLOW_UP), ANN, MINE,
     ["follow-up to Bob Agent, answers", "follow-up to Lee Lead, answers"]),
    ("a follow-up, Bob's", MessageAdded(Entry.FOLLOW_UP), ANN, BOBS,
     ["follow-up to Bob Agent, answers"]),
    ("an answer", MessageAdded(Entry.ANSWER), BOB, BOBS, ["answer to Ann, follows-up"]),
    ("an answer, watched", MessageAdded(Entry.ANSWER), BOB, WATCHED,
     ["answer to Ann, follows-up", "answer to Carl, follows-up"]),
    ("a note", MessageAdded(Entry.NOTE), BOB, WATCHED, ["note to Lee Lead, is-noted"]),
    ("a command", MessageAdded(Entry.COMMAND), BOB, BOBS, []),
    ("a machine's mail", MessageAdded(Entry.AUTOMATIC), None, BOBS, []),
    ("a request", MessageAdded(Entry.REQUEST), ANN, MINE, []),
    ("waits on the requester", StatusChanged(OPEN, Status.WAITING_REQUESTER), BOB, MINE,
     ["question to Ann, follows-up"]),
    ("resolved", StatusChanged(OPEN, RESOLVED), BOB, MINE, ["resolved to Ann, follows-up"]),
    ("open again", StatusChanged(RESOLVED, OPEN), ANN, MINE, []),
    ("taken", Assigned(None, BOB), BOB, BOBS, ["taken to Ann, follows-up"]),
    ("taken from Lee", Assigned(LEE, BOB), BOB, BOBS,
     ["taken to Ann, follows-up", "handed-over to Lee Lead, is-noted"]),
    ("given by Lee, who had it", Assigned(LEE, BOB), LEE, BOBS,
     ["new-ticket to Bob Agent, answers"]),
    ("bounced to Ann", MailBounced(ANN, "5.1.1"), None, MINE,
     ["undelivered to Bob Agent, is-noted", "undelivered to Lee Lead, is-noted"]),
    ("bounced to Ann, Bob's", MailBounced(ANN, "5.1.1"), None, BOBS,
     ["undelivered to Bob Agent, is-noted"]),
    ("refused to Carl", MailFailed(CARL, 1), None, WATCHED,
     ["undelivered to Bob Agent, is-noted", "undelivered to Lee Lead, is-noted"]),
    ("bounced to an agent", MailBounced(LEE, "5.1.1"), None, MINE, []),
    ("refused to an agent", MailFailed(BOB, 1), None, BOBS, []),
    ("a target passed", Escalated("response"), None, BOBS, ["escalation to Lee Lead, answers"]),
    ("given to Bob by Lee", Assigned(None, BOB), LEE, BOBS, ["new-ticket to Bob Agent, answers"]),
    ("nobody's again", Unassigned(BOB), BOB, MINE, []),
    ("another queue, by a rule", QueueSet("HR", "IT"), None, MINE, []),
    ("another queue, by an agent", QueueSet("HR", "IT"), HANA, BOBS,
     ["new-ticket to Bob Agent, answers", "new-ticket to Lee Lead, answers"]),
    ("another requester", RequesterSet(CARL, ANN), BOB, MINE, []),
    ("a watcher more", WatcherAdded(CARL), BOB, WATCHED, ["watching to Carl, follows-up"]),
    ("a watcher more who is one no more", WatcherAdded(CARL), BOB, MINE, []),
    ("who follows by their own word", WatcherAdded(CARL), CARL, WATCHED, []),
    ("a watcher less", WatcherRemoved(CARL), BOB, MINE, []),
    ("a tag less", TagRemoved("vpn"), BOB, MINE, []),
    ("merged", TicketMerged(7), BOB, MINE, []),
    ("merged no more", TicketUnmerged(7), BOB, MINE, []),
    ("another category", CategorySet("", "x"), None, MINE, []),
    ("another priority", PrioritySet(Priority.P3, Priority.P1), None, MINE, []),
    ("a tag", TagAdded("vpn"), None, MINE, []),
    ("a mail withheld", MailWithheld("limit"), None, MINE, []),
    ("its mail went to hr@ too", TicketShared("hr@example.com"), ANN, BOBS,
     ["new-ticket to Bob Agent, nothing", "new-ticket to Lee Lead, nothing"]),
    ("a link", TicketLinked(7, "quoted"), None, MINE, []),
    ("a link no more", TicketUnlinked(7, "command"), BOB, MINE, []),
]  # fmt: skip


@pytest.mark.parametrize(("fact", "by", "ticket", "readers"), [row[1:] for row in TOLD],
                         ids=[row[0] for row in TOLD])  # fmt: skip
def test_the_table_of_who_is_told(
    fact: Fact, by: Address | None, ticket: Ticket, readers: list[str]
) -> None:
    actor = A if by in (BOB, LEE, HANA) else Actor.REQUESTER
    assert shown(told(fact, by=by, actor=actor, ticket=ticket)) == readers


def test_every_fact_is_tried_in_the_table() -> None:
    assert {type(row[1]) for row in TOLD} == set(get_args(Fact))


def test_a_ticket_that_a_rule_assigned_is_not_told_as_taken() -> None:
    assert told(Assigned(None, BOB), actor=Actor.RULE) == ()


def test_one_mail_in_is_at_most_one_mail_to_each() -> None:
    facts = (Assigned(None, BOB), MessageAdded(Entry.ANSWER), StatusChanged(OPEN, RESOLVED))
    assert shown(told(*facts, by=BOB, actor=A)) == ["resolved to Ann, follows-up"]


def test_an_agent_who_opens_a_ticket_is_confirmed_and_not_told_twice() -> None:
    mine = a_ticket(requester=BOB)
    assert shown(told(TicketOpened(SUPPORT, "IT"), by=BOB, ticket=mine)) == [
        "confirmation to Bob Agent, follows-up",
        "new-ticket to Lee Lead, answers",
    ]


def test_only_whoever_opened_it_is_confirmed() -> None:
    got = told(TicketOpened(SUPPORT, "IT"), by=ANN, ticket=WATCHED)
    assert [each.to for each in got if each.notice is Notice.CONFIRMATION] == [ANN]


@pytest.mark.parametrize(
    "fact",
    [
        MessageAdded(Entry.ANSWER),
        StatusChanged(OPEN, RESOLVED),
        StatusChanged(OPEN, Status.WAITING_REQUESTER),
        WatcherAdded(LEE),
    ],
)
@pytest.mark.parametrize(("assignee", "agent"), [(None, LEE), (HANA, HANA)])
def test_an_agent_who_follows_is_told_that_their_reply_to_a_copy_is_a_note(
    fact: Fact, assignee: Address | None, agent: Address
) -> None:
    fact = WatcherAdded(agent) if isinstance(fact, WatcherAdded) else fact
    ticket = a_ticket(watchers=(CARL, agent), assignee=assignee)
    got = {each.to: each.plain_reply for each in told(fact, by=BOB, ticket=ticket)}
    assert got.pop(agent) is PlainReply.IS_NOTED
    assert set(got.values()) <= {PlainReply.FOLLOWS_UP}


def test_an_agent_whose_own_request_it_is_writes_as_the_requester() -> None:
    ticket = a_ticket(requester=LEE, watchers=(LEE,))
    [telling] = told(MessageAdded(Entry.ANSWER), by=BOB, ticket=ticket)
    assert telling.plain_reply is PlainReply.FOLLOWS_UP


def test_a_watcher_who_wrote_is_not_told_and_the_agents_are() -> None:
    got = told(MessageAdded(Entry.FOLLOW_UP), by=CARL, actor=Actor.WATCHER, ticket=WATCHED)
    assert {each.to for each in got} == {BOB, LEE}


@pytest.mark.parametrize("fact", [MailBounced(HANA, "5.1.1"), MailFailed(HANA, 1)], ids=str)
def test_a_mail_that_could_not_reach_the_assignee_is_not_told_to_the_assignee(fact: Fact) -> None:
    """Hana is of another team, assigned by a rule. What tells her would come back as well."""
    assert HANA not in {each.to for each in told(fact, ticket=a_ticket(assignee=HANA))}


def test_a_lead_who_is_no_agent_is_told_of_what_passed_its_target() -> None:
    text = (
        "address,name,role,teams,leads\nbob@x.example,B,agent,it,\nlea@x.example,Lea,employee,,it"
    )
    people = parse_directory(text, __file__)  # type: ignore[arg-type]  # a name for faults
    assert shown(told(Escalated("response"), directory=people)) == ["escalation to Lea, answers"]


def test_a_team_without_a_lead_is_told_itself() -> None:
    people = parse_directory("address,name,role,teams\nbob@x.example,B,agent,it", __file__)  # type: ignore[arg-type]
    assert shown(told(Escalated("response"), directory=people)) == ["escalation to B, answers"]


people = st.sampled_from([ANN, BOB, LEE, HANA, CARL])
facts = st.sampled_from([row[1] for row in TOLD])


@settings(max_examples=200, deadline=None)
@given(
    st.lists(facts, min_size=1, max_size=4), st.none() | people, st.sampled_from(Actor),
    people, st.none() | people, st.sets(people, max_size=2),
)  # fmt: skip
def test_the_laws_of_telling(
    facts: list[Fact], by: Address | None, actor: Actor, requester: Address,
    assignee: Address | None, watchers: set[Address],
) -> None:  # fmt: skip
    ticket = a_ticket(requester=requester, assignee=assignee, watchers=tuple(sorted(watchers)))
    got = told(*facts, by=by, actor=actor, ticket=ticket)
    readers = [each.to for each in got]
    assert len(readers) == len(set(readers)), "one mail to each"
    own = [e.notice for e in got if e.to == by and e.notice is not Notice.CONFIRMATION]
    undelivered = [each for each in own if each is Notice.UNDELIVERED]
    assert own == undelivered, "whoever did it is not told"
    public = {requester, *watchers}
    for each in got:
        assert each.notice.for_agents or each.to in public, "what requesters get, they alone get"
        if each.notice in (Notice.NOTE, Notice.UNDELIVERED):
            assert each.to in {BOB, LEE, assignee}, "what is internal stays with the agents"


def test_what_agents_get_says_that_a_reply_is_an_answer_or_a_note() -> None:
    for happened, _, notice, plain_reply in TABLE:
        wanted = {PlainReply.ANSWERS, PlainReply.IS_NOTED} if notice.for_agents else {
            PlainReply.FOLLOWS_UP}  # fmt: skip
        if happened(Event(NOW, By(A), "", TicketShared("hr@example.com"))):
            wanted = {PlainReply.NOTHING}  # they are of another team
        assert plain_reply in wanted
