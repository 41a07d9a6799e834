"""What a bounce says of an address, how long it is not written to, and what ends that."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from gateway.decide import failure, mail
from gateway.decide.admission import Grant
from gateway.decide.decision import Decision
from gateway.decide.lately import FAILED, SUPPRESSED, Lately
from gateway.deliveries import Outcome
from gateway.message import Address, Bounce, Kind
from gateway.outbound.letter import Notice
from gateway.reach import (
    FORGET,
    HARD_PERIOD,
    ONE_SOFT_PER,
    PROBE,
    SOFT_BOUNCES,
    SOFT_PERIOD,
    Suppression,
    bounced,
    in_words,
)
from gateway.threading.match import Clues
from gateway.threading.tag import Purpose
from gateway.tickets.events import MailBounced
from gateway.tickets.status import Status
from support.cases import (
    ANN,
    BOB,
    BY_TAG,
    CARL,
    EVE,
    LEE,
    NOW,
    NUMBER,
    a_case,
    a_desk,
    a_reading,
    a_ticket,
    by_address,
    by_message_id,
)

GONE = ["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.4"]
MAY_PASS = ["4.2.2", "5.2.2", "4.4.1", "4.4.7", "5.7.1", "5.7.26", "5.0.0", "5.1.0", ""]
OF_THE_MAIL = ["5.2.3", "5.3.4", "5.6.0", "5.6.1"]


def many(status: str, moments: list[datetime]) -> Suppression | None:
    known = None
    for each in moments:
        known = bounced(known, ANN.key, status, each)
    return known


@pytest.mark.parametrize("status", GONE)
def test_an_address_that_is_gone_is_suppressed_at_once(status: str) -> None:
    known = bounced(None, ANN.key, status, NOW)
    assert known
    assert known.until == NOW + HARD_PERIOD
    assert known.blocks(NOW)
    assert not known.blocks(NOW + HARD_PERIOD)


@pytest.mark.parametrize("status", MAY_PASS)
def test_what_may_pass_suppresses_after_several_times(status: str) -> None:
    moments = [NOW + ONE_SOFT_PER * n for n in range(SOFT_BOUNCES)]
    almost = many(status, moments[:-1])
    assert almost
    assert not almost.blocks(moments[-2])
    known = many(status, moments)
    assert known
    assert known.until == moments[-1] + SOFT_PERIOD


@pytest.mark.parametrize("status", MAY_PASS)
def test_many_at_once_count_as_one(status: str) -> None:
    known = many(status, [NOW + timedelta(seconds=n) for n in range(50)])
    assert known
    assert (known.bounces, known.blocks(NOW)) == (1, False)


@pytest.mark.parametrize("status", OF_THE_MAIL)
def test_a_mail_that_is_too_large_or_odd_says_nothing_of_its_reader(status: str) -> None:
    assert many(status, [NOW + timedelta(days=n) for n in range(9)]) is None


def test_each_time_it_is_twice_as_long_up_to_a_limit() -> None:
    known, now, days = None, NOW, []
    for _ in range(6):
        known = bounced(known, ANN.key, "5.1.1", now)
        assert known
        days.append((known.until - now).days)
        now = known.until
        known = known.probed(now)
    assert days == [14, 28, 56, 112, 112, 112]


def test_a_bounce_of_a_mail_that_was_on_its_way_changes_nothing() -> None:
    known = bounced(None, ANN.key, "5.1.1", NOW)
    assert bounced(known, ANN.key, "5.1.1", NOW + timedelta(hours=1)) == known
    assert bounced(known, ANN.key, "4.2.2", NOW + timedelta(hours=1)) == known


def test_one_mail_goes_out_as_a_probe_and_the_others_wait_for_what_becomes_of_it() -> None:
    known = bounced(None, ANN.key, "5.1.1", NOW)
    assert known
    later = known.until
    assert known.is_to_be_probed(later)
    probed = known.probed(later)
    assert probed.blocks(later + PROBE / 2)
    assert not probed.blocks(later + PROBE)
    assert not probed.is_to_be_probed(later + PROBE), "it did not come back: she is there"


def test_after_a_long_time_a_bounce_is_the_first_again() -> None:
    known = bounced(None, ANN.key, "5.1.1", NOW)
    assert known
    later = known.until + FORGET + timedelta(seconds=1)
    assert bounced(known, ANN.key, "5.2.2", later) == Suppression(
        key=ANN.key, status="5.2.2", bounces=1, since=later, until=later
    )


@pytest.mark.parametrize("status", [*GONE, "4.2.2", "5.3.0", "5.5.2", "5.6.6", "5.7.99"])
def test_a_status_is_said_in_words(status: str) -> None:
    assert in_words(status).endswith(f" ({status})")


# what a mail does

DAEMON = Address("mailer-daemon@mx.example")
ANNS_PATH = by_address(ANN, Purpose.BOUNCE)
TICKET = a_ticket(status=Status.OPEN, watchers=(CARL,))
SUPPRESSED_ANN = bounced(None, ANN.key, "5.1.1", NOW - timedelta(days=1))


def a_bounce(
    clues: Clues = ANNS_PATH,
    *,
    status: str = "5.1.1",
    action: str = "failed",
    recipient: str = ANN.address,
    author: Address = DAEMON,
    lately: Lately | None = None,
    separator: str = "+",
) -> Decision:
    bounce = Bounce(recipient=recipient, status=status, action=action, diagnostic="550 no")
    reading = a_reading(author=author, kind=Kind.BOUNCE, bounce=bounce)
    desk = a_desk(mailbox={"separator": separator})
    case = a_case(reading, ticket=TICKET, clues=clues, null_sender=True, desk=desk,
                  lately=lately or Lately())  # fmt: skip
    return mail.decide(case)


def test_a_bounce_is_filed_told_in_plain_words_and_its_address_suppressed() -> None:
    decision = a_bounce()
    assert decision.outcome is Outcome.JOINED
    assert [(each.notice, each.to) for each in decision.tellings] == [
        (Notice.UNDELIVERED, BOB),
        (Notice.UNDELIVERED, LEE),
    ]
    assert [each.key for each in decision.suppressions] == [ANN.key]
    assert decision.text == (
        "ann@example.com: there is no such mailbox (5.1.1)\nThe mail server said: 550 no\n\n"
        "No mail goes to ann@example.com before 2026-02-16, unless they write to us."
    )


def test_the_same_bounce_is_told_once_a_day_and_stands_in_the_history_each_time() -> None:
    told = Lately(told={NUMBER: frozenset({(ANN.key, "5.1.1")})})
    decision = a_bounce(lately=told)
    assert decision.tellings == ()
    assert MailBounced(ANN, "5.1.1") in [each.fact for each in decision.events]
    assert a_bounce(status="5.2.2", lately=told).tellings == (), "a forger has many reasons"


def test_a_delay_is_filed_and_has_no_effect() -> None:
    decision = a_bounce(action="delayed", status="4.4.1")
    assert decision.outcome is Outcome.JOINED
    assert (decision.tellings, decision.suppressions) == ((), ())


FORGED = {
    "no token at all": Clues(),
    "a subject tag": BY_TAG,
    "an address for replies": by_address(ANN),
    "an address for notes": by_address(ANN, Purpose.NOTE),
    "a Message-ID that Ann had": by_message_id(ANN),
    "Eve's own return path": by_address(EVE, Purpose.BOUNCE),
    "Carl's return path": by_address(CARL, Purpose.BOUNCE),
    "Ann's, long expired": by_address(ANN, Purpose.BOUNCE, expired=True),
}


@pytest.mark.parametrize("clues", FORGED.values(), ids=FORGED)
@pytest.mark.parametrize("author", [EVE, DAEMON], ids=["eve", "mx"])
def test_a_forged_bounce_does_not_keep_mail_from_ann(clues: Clues, author: Address) -> None:
    decision = a_bounce(clues, author=author)
    assert ANN.key not in [each.key for each in decision.suppressions]


@pytest.mark.parametrize("recipient", [CARL.address, "anybody@x.example"])
def test_whatever_a_bounce_says_it_is_about_whom_our_mail_was_for(recipient: str) -> None:
    """A forwarded mail bounces for an address that we have never heard of."""
    assert [each.key for each in a_bounce(recipient=recipient).suppressions] == [ANN.key]


def test_without_signed_addresses_a_bounce_is_told_and_suppresses_nobody() -> None:
    decision = a_bounce(by_message_id(ANN), separator="")
    assert decision.suppressions == ()
    assert MailBounced(ANN, "5.1.1") in [each.fact for each in decision.events]


def test_agents_are_never_suppressed() -> None:
    assert a_bounce(by_address(BOB, Purpose.BOUNCE)).suppressions == ()


def an_answer(lately: Lately, ticket_changes: dict[str, object] | None = None) -> Decision:
    ticket = a_ticket(status=Status.OPEN, assignee=BOB, **(ticket_changes or {}))
    reading = a_reading(author=BOB, text="Have you tried water?")
    return mail.decide(a_case(reading, ticket=ticket, clues=by_address(BOB), lately=lately))


def test_who_is_suppressed_is_not_written_to_and_the_agent_is_told_so_once() -> None:
    assert SUPPRESSED_ANN
    lately = Lately(suppressed={ANN.key: SUPPRESSED_ANN})
    decision = an_answer(lately)
    assert decision.withheld == ((ANN.address, "suppressed"),)
    assert [(each.notice, each.to) for each in decision.tellings] == [(Notice.UNDELIVERED, BOB)]
    assert "there is no such mailbox (5.1.1)" in decision.unheard
    again = replace(lately, told={NUMBER: frozenset({SUPPRESSED})})
    assert an_answer(again).tellings == ()
    assert an_answer(again).withheld == ((ANN.address, "suppressed"),)


def test_watchers_hear_although_the_requester_cannot() -> None:
    assert SUPPRESSED_ANN
    lately = Lately(suppressed={ANN.key: SUPPRESSED_ANN})
    told = [each.to for each in an_answer(lately, {"watchers": (CARL,)}).tellings]
    assert told == [CARL, BOB]


def test_the_first_mail_after_the_time_is_a_probe() -> None:
    assert SUPPRESSED_ANN
    over = replace(SUPPRESSED_ANN, until=NOW, since=NOW - HARD_PERIOD)
    decision = an_answer(Lately(suppressed={ANN.key: over}))
    assert [each.to for each in decision.tellings] == [ANN]
    assert decision.suppressions == (over.probed(NOW),)


@pytest.mark.parametrize(
    ("clues", "grant", "kind", "is_over"),
    [
        (by_address(ANN), Grant.NOBODY, Kind.ORDINARY, True),
        (BY_TAG, Grant.AUTHOR, Kind.ORDINARY, True),
        (BY_TAG, Grant.PERSON, Kind.ORDINARY, False),
        (BY_TAG, Grant.NOBODY, Kind.ORDINARY, False),
        (Clues(), Grant.NOBODY, Kind.ORDINARY, False),
        (by_address(ANN), Grant.NOBODY, Kind.AUTO_GENERATED, False),
        (by_address(ANN), Grant.NOBODY, Kind.AUTO_REPLY, False),
    ],
)
def test_a_proven_mail_of_theirs_ends_it(
    clues: Clues, grant: Grant, kind: Kind, is_over: bool
) -> None:
    assert SUPPRESSED_ANN
    reading = a_reading(kind=kind, evidence=("Auto-Submitted: yes",))
    lately = Lately(suppressed={ANN.key: SUPPRESSED_ANN})
    decision = mail.decide(a_case(reading, ticket=TICKET, clues=clues, grant=grant, lately=lately))
    assert decision.reached == (ANN.key if is_over else "")


def test_a_refusal_by_our_mail_server_counts_like_a_bounce() -> None:
    reply = "550 5.1.1 no such user"
    decision = failure.decide(a_ticket(), ANN, 7, reply, a_desk(), NOW)
    assert [each.key for each in decision.suppressions] == [ANN.key]
    told = Lately(told={NUMBER: frozenset({(ANN.key, FAILED)})})
    again = failure.decide(a_ticket(), ANN, 8, reply, a_desk(), NOW, told)
    assert again.tellings == ()
    assert failure.decide(a_ticket(), BOB, 9, reply, a_desk(), NOW).suppressions == ()


def test_a_refusal_without_a_reason_has_to_come_again() -> None:
    decision = failure.decide(a_ticket(), ANN, 7, "550 no", a_desk(), NOW)
    assert [each.blocks(NOW) for each in decision.suppressions] == [False]
