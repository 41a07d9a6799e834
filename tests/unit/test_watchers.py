"""Who follows a ticket because of a copy, by whose word, and how they stop."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.decide import mail
from gateway.decide.admission import Grant
from gateway.decide.decision import Decision
from gateway.ingest.trust import Verdict
from gateway.message import Address, Kind
from gateway.outbound.letter import Notice
from gateway.tickets.actions import Entry
from gateway.tickets.changes import MAX_WATCHERS
from gateway.tickets.status import Status
from support.cases import (
    ANN,
    ANNS_ALIAS,
    BOB,
    BY_TAG,
    CARL,
    EVE,
    HANA,
    IDS,
    SUPPORT,
    a_case,
    a_desk,
    a_reading,
    a_ticket,
    by_address,
)

DAN = Address("dan@customer.example", "Dan")
ALL = {**IDS, DAN.key: 50}
LIST = Address("all@lists.example")
NO_REPLY = Address("no-reply@example.com")
OPEN = a_ticket(watchers=(CARL,), status=Status.OPEN)


def opened(
    *cc: Address, policy: str = "directory", verified: bool = False, **more: Any
) -> Decision:
    settings = {"cc_become_watchers": policy, "behind_lists": (LIST.address,)}
    desk = more.pop("desk", None) or a_desk(mailbox=settings)
    reading = a_reading(cc=cc, to=(Address(SUPPORT),), **more)
    case = a_case(reading, desk=desk, ids={**ALL, **{each.key: 60 for each in cc}})
    return mail.decide(replace(case, verdict=Verdict(verified=verified)))


def watchers(decision: Decision) -> list[Address]:
    assert decision.after is not None
    return list(decision.after.watchers)


def told(decision: Decision) -> dict[str, Notice]:
    return {each.to.key: each.notice for each in decision.tellings}


def test_people_on_file_in_copy_follow_and_are_told_so() -> None:
    decision = opened(CARL, EVE, verified=True)
    assert watchers(decision) == [CARL]
    assert told(decision)[CARL.key] is Notice.WATCHING
    assert told(decision)[ANN.key] is Notice.CONFIRMATION
    assert EVE.key not in told(decision)


@pytest.mark.parametrize(
    ("policy", "verified", "following"),
    [
        ("nobody", True, []),
        ("directory", True, [CARL]),
        ("everybody", False, [CARL]),
        ("everybody", True, [CARL, EVE]),
    ],
)
def test_outsiders_follow_only_by_the_word_of_a_requester_who_is_proven(
    policy: str, verified: bool, following: list[Address]
) -> None:
    assert watchers(opened(CARL, EVE, policy=policy, verified=verified)) == following


def test_no_machine_no_list_none_of_us_and_none_who_is_told_anyway_follows() -> None:
    own = Address("support+1042-abc@example.com")
    decision = opened(NO_REPLY, LIST, own, BOB, ANN, ANNS_ALIAS, policy="everybody", verified=True)
    assert watchers(decision) == []


@pytest.mark.parametrize("author", [ANN, EVE])
def test_one_forged_mail_does_not_become_many_of_ours(author: Address) -> None:
    decision = opened(CARL, author=author)
    assert watchers(decision) == [CARL], "they get the answers"
    assert set(told(decision).values()) == {Notice.CONFIRMATION, Notice.NEW_TICKET}
    assert (CARL.address, "author-unproven") in decision.withheld
    assert Notice.WATCHING in told(opened(CARL, author=author, verified=True)).values()


def test_an_agent_of_other_people_follows_like_anybody() -> None:
    assert watchers(opened(HANA)) == [HANA]


def test_in_a_queue_of_members_only_nobody_follows_by_a_copy() -> None:
    desk = a_desk(members_only=("IT",))
    assert watchers(opened(CARL, desk=desk)) == []


def test_a_ticket_has_no_more_watchers_than_it_may_have() -> None:
    crowd = [Address(f"w{n}@customer.example") for n in range(40)]
    decision = opened(*crowd, policy="everybody", verified=True)
    assert len(watchers(decision)) == MAX_WATCHERS


def test_what_a_machine_sends_brings_nobody_in() -> None:
    assert watchers(opened(CARL, kind=Kind.AUTO_GENERATED)) == []


def replied(who: Address, text: str, *cc: Address, ticket: Any = OPEN, **more: Any) -> Decision:
    reading = a_reading(
        author=who, text=text, cc=cc, subject=more.pop("subject", "Re: Printer on fire")
    )
    clues = more.pop("clues", by_address(who))
    return mail.decide(a_case(reading, ticket=ticket, clues=clues, ids=ALL, **more))


def test_a_participants_proven_reply_brings_in_people_on_file() -> None:
    ticket = replace(OPEN, watchers=())
    assert watchers(replied(ANN, "With Carl.", CARL, ticket=ticket)) == [CARL]


def test_a_watcher_brings_in_no_outsider_and_the_requester_does_where_everybody_may() -> None:
    desk = a_desk(mailbox={"cc_become_watchers": "everybody"})
    assert watchers(replied(CARL, "With Dan.", DAN, desk=desk)) == [CARL]
    assert watchers(replied(ANN, "With Dan.", DAN, desk=desk)) == [CARL, DAN]


@pytest.mark.parametrize(
    "words",
    ["unfollow", "#unfollow", "Stop.", "UNFOLLOW!\n\nCarl", "abbestellen", "Ne plus suivre",
     "dejar de seguir", "non seguire più", "niet meer volgen", "Przestań obserwować",
     "deixar de seguir"],
)  # fmt: skip
def test_a_watcher_stops_following_by_one_word_and_nobody_is_told(words: str) -> None:
    decision = replied(CARL, words)
    assert decision.after is not None
    assert (decision.after.watchers, decision.after.left) == ((), (CARL,))
    assert decision.entry is Entry.COMMAND
    assert decision.tellings == ()


def test_the_link_in_the_header_of_a_mail_stops_it_by_its_subject() -> None:
    assert watchers(replied(CARL, "Sent by Mail", subject="unfollow")) == []


def test_more_words_than_that_are_a_message() -> None:
    decision = replied(CARL, "Stop the printer, it burns.")
    assert watchers(decision) == [CARL]
    assert decision.entry is Entry.FOLLOW_UP


def test_whoever_is_not_proven_stops_nobody_from_following() -> None:
    decision = replied(CARL, "unfollow", clues=by_address(ANN))
    assert decision.after is None, "it is held, and Carl is asked"


def test_the_requester_who_says_stop_says_it_to_the_agents() -> None:
    assert replied(ANN, "stop").entry is Entry.FOLLOW_UP


def test_whoever_left_is_not_brought_back_by_a_reply_to_all_but_by_name() -> None:
    gone = replace(OPEN, watchers=(), left=(CARL,))
    assert watchers(replied(ANN, "And now?", CARL, ticket=gone)) == []
    named = replied(ANN, "#watch carl@example.com", ticket=gone)
    assert watchers(named) == [CARL]
    assert named.after is not None
    assert named.after.left == ()
    assert named.entry is Entry.COMMAND


def test_the_requester_names_somebody_and_goes_on_writing() -> None:
    decision = replied(ANN, "#watch dan@customer.example\n\nDan knows more.")
    assert [each.key for each in watchers(decision)] == [CARL.key, DAN.key]
    assert (decision.entry, decision.text) == (Entry.FOLLOW_UP, "Dan knows more.")
    assert told(decision)[DAN.key] is Notice.WATCHING


CLAIMED = a_desk(mailbox={"participant_proof": "claimed"})


@pytest.mark.parametrize(
    "how", [{"grant": Grant.PERSON}, {"desk": CLAIMED}], ids=["let in by an agent", "claimed"]
)
def test_what_somebody_let_in_or_only_claims_is_no_command(how: dict[str, Any]) -> None:
    for who, text in ((ANN, "#watch dan@customer.example"), (ANN, "#unwatch carl@example.com")):
        decision = replied(who, text, clues=BY_TAG, **how)
        assert (watchers(decision), decision.entry) == ([CARL], Entry.FOLLOW_UP)
    stays = replied(CARL, "unfollow", clues=BY_TAG, **how)
    assert (watchers(stays), stays.entry) == ([CARL], Entry.FOLLOW_UP)
    assert watchers(replied(ANN, "With Hana.", HANA, clues=BY_TAG, **how)) == [CARL]


def test_a_yes_of_its_author_makes_it_a_command() -> None:
    text = "#watch dan@customer.example"
    decision = replied(ANN, text, clues=BY_TAG, grant=Grant.AUTHOR)
    assert [each.key for each in watchers(decision)] == [CARL.key, DAN.key]


@pytest.mark.parametrize(("domains", "named"), [([], [CARL]), (["evil.example"], [CARL, DAN])])
def test_whoever_is_nobody_here_names_only_people_on_file(
    domains: list[str], named: list[Address]
) -> None:
    ticket = replace(OPEN, requester=EVE, watchers=())
    desk = a_desk(mailbox={"known_domains": domains})
    for person in (CARL, DAN):
        decision = replied(EVE, f"#watch {person.address}", ticket=ticket, desk=desk)
        keys = [each.key for each in watchers(decision)]
        assert keys == [each.key for each in named if each.key == person.key]


def test_a_requester_commands_nothing_else() -> None:
    decision = replied(ANN, "#watch dan@customer.example\n#resolve: done")
    assert watchers(decision) == [CARL]
    assert decision.entry is Entry.FOLLOW_UP


def test_an_agent_who_names_somebody_has_them_told() -> None:
    decision = replied(BOB, "#watch dan@customer.example")
    assert [each.key for each in watchers(decision)] == [CARL.key, DAN.key]
    assert told(decision)[DAN.key] is Notice.WATCHING


def test_history_brings_nobody_in() -> None:
    reading = a_reading(cc=(CARL,))
    case = a_case(reading, grant=Grant.PERSON)
    assert watchers(mail.decide(replace(case, imported_at=case.now))) == []
