"""How much anybody is written to: several windows at once, and a person's word goes out."""

from typing import Any

import pytest

from gateway.config.limits import Limits
from gateway.decide import mail
from gateway.decide.decision import Decision
from gateway.decide.lately import Lately
from gateway.decide.limits import CEILING, of_people, of_requesters, of_tickets, one_more
from gateway.message import Address
from gateway.outbound.letter import Notice
from gateway.tickets.events import MailWithheld
from gateway.tickets.status import Status
from support.cases import (
    ANN,
    BOB,
    BY_TAG,
    CARL,
    EVE,
    IDS,
    LEE,
    NUMBER,
    a_case,
    a_desk,
    a_reading,
    a_ticket,
    by_address,
)

QUIET = (0, 0, 0)


def notices(decision: Decision) -> list[tuple[Notice, str]]:
    return [(each.notice, each.to.name) for each in decision.tellings]


def withheld(decision: Decision) -> list[str]:
    facts = [each.fact for each in decision.events if isinstance(each.fact, MailWithheld)]
    assert [each.cause for each in facts] == [cause for _, cause in decision.withheld]
    return [f"{to}: {cause}" for to, cause in decision.withheld]


@pytest.mark.parametrize("counts", [(20, 20, 20), (0, 60, 60), (0, 0, 100)])
def test_each_window_of_a_ticket_stops_its_mails(counts: tuple[int, ...]) -> None:
    lately = Lately(mails={NUMBER: {IDS[BOB.key]: {"mails": counts}}})
    case = a_case(a_reading(), ticket=a_ticket(), clues=by_address(ANN), lately=lately)
    decision = mail.decide(case)
    assert notices(decision) == [(Notice.FOLLOW_UP, LEE.name)]
    assert withheld(decision) == [f"{BOB.address}: limit"]


def test_below_every_window_all_are_told() -> None:
    lately = Lately(mails={NUMBER: {IDS[BOB.key]: {"mails": (19, 59, 99)}}})
    case = a_case(a_reading(), ticket=a_ticket(), clues=by_address(ANN), lately=lately)
    assert len(mail.decide(case).tellings) == 2


@pytest.mark.parametrize(
    ("counts", "is_confirmed"),
    [
        ({"confirmations": (499, 1999)}, True),
        ({"confirmations": (500, 500)}, False),
        ({"confirmations": (0, 2000)}, False),
        ({"replies": (499, 499, 499)}, True),
        ({"answers": (600, 600)}, False),
        ({"answers": (0, 2400)}, False),
        ({"questions": (30, 30)}, True),
    ],
)
def test_each_window_of_a_person_stops_confirmations(
    counts: dict[str, tuple[int, ...]], is_confirmed: bool
) -> None:
    decision = mail.decide(a_case(lately=Lately(answers=counts)))
    assert (Notice.CONFIRMATION, ANN.name) in notices(decision) or not is_confirmed
    assert withheld(decision) == ([] if is_confirmed else [f"{ANN.address}: limit"])
    assert (Notice.NEW_TICKET, BOB.name) in notices(decision), "agents are told"


@pytest.mark.parametrize(
    ("fields", "is_confirmed"),
    [
        ({}, True),
        ({"subject": "VPN: it fails"}, True),
        ({"subject": "Re: Your request"}, False),
        ({"subject": "AW: Your request"}, False),
        ({"subject": "[#1001-abcdef] Your request"}, False),
        ({"in_reply_to": ("x@x.example",)}, False),
        ({"references": ("x@x.example",)}, False),
    ],
)
def test_what_looks_like_a_reply_is_confirmed_less_often(
    fields: dict[str, Any], is_confirmed: bool
) -> None:
    lately = Lately(answers={"replies": (60, 60, 60), "confirmations": (60, 60)})
    decision = mail.decide(a_case(a_reading(**fields), lately=lately))
    assert withheld(decision) == ([] if is_confirmed else [f"{ANN.address}: limit"])


@pytest.mark.parametrize(
    ("author", "known", "is_confirmed"),
    [
        (ANN, [], True),
        (EVE, [], False),
        (EVE, ["evil.example"], True),
    ],
)
def test_whoever_is_nobody_here_is_confirmed_less_often(
    author: Address, known: list[str], is_confirmed: bool
) -> None:
    lately = Lately(answers={"strangers": (60, 60), "confirmations": (60, 60)})
    desk = a_desk(mailbox={"known_domains": known})
    decision = mail.decide(a_case(a_reading(author=author), desk=desk, lately=lately))
    assert withheld(decision) == ([] if is_confirmed else [f"{author.address}: limit"])


def named(*people: Address, by: Address = ANN, **lately: Any) -> Decision:
    text = "\n".join(f"#watch {each.address}" for each in people)
    reading = a_reading(author=by, text=text, subject="Re: Printer on fire")
    ids = {**IDS, **{each.key: 50 + n for n, each in enumerate(people)}}
    known = Lately(**lately)
    case = a_case(reading, ticket=a_ticket(), clues=by_address(by), ids=ids, lately=known)
    return mail.decide(case)


DAN = Address("dan@customer.example", "Dan")
FRIENDS = tuple(Address(f"f{n}@customer.example") for n in range(3))


@pytest.mark.parametrize(("had", "is_told"), [((4, 19), True), ((5, 5), False), ((0, 20), False)])
@pytest.mark.parametrize("by", [ANN, BOB])
def test_nobody_hears_of_more_tickets_that_they_follow_than_they_can_read(
    by: Address, had: tuple[int, ...], is_told: bool
) -> None:
    decision = named(DAN, by=by, invited={50: {"watching": had}})
    assert decision.after is not None
    assert [each.key for each in decision.after.watchers] == [DAN.key], "they follow it"
    assert withheld(decision) == ([] if is_told else [f"{DAN.address}: limit"])


def test_one_requester_cannot_make_us_write_to_ever_more_people() -> None:
    had = {IDS[ANN.key]: {"watching": (23, 23)}}
    decision = named(*FRIENDS, inviting=had)
    told = [each for each in decision.tellings if each.notice is Notice.WATCHING]
    assert len(told) == 2, "those of this very mail count"
    assert withheld(decision) == [f"{FRIENDS[-1].address}: limit"]
    assert withheld(named(*FRIENDS, by=BOB, inviting=had)) == [], "an agent may"


def test_what_the_author_had_is_not_held_against_others() -> None:
    full = {"confirmations": (999,) * 2, "answers": (9999,) * 2, "questions": (999,) * 2}
    case = a_case(
        a_reading(), ticket=a_ticket(), clues=by_address(ANN), lately=Lately(answers=full)
    )
    assert len(mail.decide(case).tellings) == 2


@pytest.mark.parametrize(
    ("of_ticket", "of_person", "is_asked"),
    [
        ({}, {}, True),
        ({"questions": (2, 9)}, {"questions": (9, 29)}, True),
        ({"questions": (3, 3)}, {}, False),
        ({"questions": (0, 10)}, {}, False),
        ({}, {"questions": (10, 10)}, False),
        ({}, {"questions": (0, 30)}, False),
    ],
)
def test_whoever_writes_in_anns_name_cannot_flood_her_with_questions(
    of_ticket: dict[str, Any], of_person: dict[str, Any], is_asked: bool
) -> None:
    lately = Lately(mails={NUMBER: {IDS[ANN.key]: of_ticket}}, answers=of_person)
    case = a_case(a_reading(), ticket=a_ticket(), clues=BY_TAG, lately=lately)
    decision = mail.decide(case)
    assert notices(decision) == ([(Notice.UNPROVEN, ANN.name)] if is_asked else [])
    assert decision.outcome == "held", "the mail waits all the same"
    assert decision.withheld == (() if is_asked else ((ANN.address, "limit"),))


@pytest.mark.parametrize(
    ("text", "notice"),
    [
        ("Have you tried water?", Notice.ANSWER),
        ("#wait requester: which printer?", Notice.QUESTION),
        ("#resolve: it is out", Notice.RESOLVED),
    ],
)
def test_what_an_agent_writes_goes_out_until_the_ceiling(text: str, notice: Notice) -> None:
    def decided(count: int) -> Decision:
        counts = {"mails": (count,) * 3, "ceiling": (count,)}
        lately = Lately(mails={NUMBER: {IDS[each.key]: counts for each in (ANN, CARL)}})
        ticket = a_ticket(assignee=BOB, status=Status.OPEN)
        reading = a_reading(author=BOB, text=text)
        return mail.decide(a_case(reading, ticket=ticket, clues=by_address(BOB), lately=lately))

    assert notices(decided(CEILING.most - 1)) == [(notice, ANN.name)]
    assert notices(decided(CEILING.most)) == []
    assert withheld(decided(CEILING.most)) == [f"{ANN.address}: limit"]


def test_an_empty_list_is_no_limit() -> None:
    desk = a_desk(limits={"confirmations": [], "answers_per_person": []})
    full = Lately(answers={"confirmations": (), "answers": ()})
    assert (Notice.CONFIRMATION, ANN.name) in notices(mail.decide(a_case(desk=desk, lately=full)))


def test_one_more_mail_counts_in_each_window_it_belongs_to() -> None:
    counts = one_more(of_people(Limits()), {"answers": (1, 2)}, Notice.CONFIRMATION.value)
    assert counts == {
        "confirmations": (1, 1),
        "replies": (1, 1, 1),
        "answers": (2, 3),
        "questions": (0, 0),
        "lists": (0, 0),
        "strangers": (1, 1),
        "watching": (0, 0),
    }
    assert one_more(of_people(Limits()), counts, Notice.NEW_TICKET.value) == counts


def test_every_limit_has_a_name_of_its_own() -> None:
    for limits in (of_tickets(Limits()), of_people(Limits()), of_requesters(Limits())):
        assert len({each.name for each in limits}) == len(limits)
