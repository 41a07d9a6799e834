"""The spool, the timers and the outbox: what is kept, how it ends, and what is counted."""

import pytest

from gateway.deliveries import Outcome
from gateway.message import Source
from gateway.store import (
    Conflict,
    Database,
    Tx,
    account,
    counts,
    ledger,
    outbox,
    snapshot,
    spool,
    tables,
    timers,
    transaction,
)
from gateway.store.claims import LostClaim
from gateway.store.counts import Count
from gateway.store.ledger import Wanted
from support.cases import HR, NOW, SUPPORT
from support.stored import (
    AFTER_LEASE,
    LATER,
    a_stored_ticket,
    accepted,
    an_outgoing,
    claimed,
    column,
    count,
    in_state,
    make_due,
    spooled,
)


def finished(tx: Tx, delivery: spool.Delivery, **values: object) -> None:
    spool.finish(tx, delivery.claimed, "a", NOW, Outcome.OPENED, reason="test", **values)


def test_a_delivery_comes_with_its_bytes_and_its_envelope_as_they_were(database: Database) -> None:
    content = bytes(range(256)) * 40 + b"\r\n\n\r\0"
    envelope = {
        "mail_from": "",
        "rcpt_to": (SUPPORT, "Support+1@Example.com"),
        "source": Source.IMAP,
        "peer": "192.0.2.1",
        "helo": "mx.example",
        "tls": True,
        "auth_user": "ann",
        "imap_folder": "INBOX",
        "imap_uidvalidity": 2**32 - 1,
        "imap_uid": 2**32 - 1,
    }
    with transaction(database) as tx:
        spool_id = accepted(tx, content, message_id="m@x", **envelope)
    [delivery] = claimed(database)
    assert delivery.content == content
    assert (delivery.spool_id, delivery.mailbox, delivery.rcpt_to) == (
        spool_id,
        SUPPORT,
        (SUPPORT,),
    )
    for name, value in envelope.items():
        assert getattr(delivery.envelope, name) == value, name


def test_one_mail_to_two_mailboxes_is_kept_once_and_delivered_to_each(database: Database) -> None:
    with transaction(database) as tx:
        accepted(tx, mailboxes=(SUPPORT, HR))
        assert (count(tx, tables.spool), count(tx, tables.raw)) == (1, 1)
        assert column(tx, tables.delivery.c.mailbox) == [SUPPORT, HR]


def test_one_fingerprint_has_an_effect_once_in_each_mailbox(database: Database) -> None:
    with transaction(database) as tx:
        accepted(tx, mailboxes=(SUPPORT, HR))
        accepted(tx)
    first, other, copy = claimed(database, limit=3)
    with transaction(database) as tx:
        finished(tx, first, fingerprint="f")
        finished(tx, other, fingerprint="f")
        assert spool.first_with(tx, {(SUPPORT, "f")}) == {(SUPPORT, "f"): first.id}
        assert spool.first_with(tx, {(SUPPORT, "g")}) == {}
    with pytest.raises(Conflict), transaction(database) as tx:
        finished(tx, copy, fingerprint="f")
    with transaction(database) as tx:
        finished(tx, copy, fingerprint=None, duplicate_of=first.id)


def test_a_forgiven_attempt_is_not_counted(database: Database) -> None:
    spooled(database)
    for forgive, attempts in ((True, 0), (False, 1)):
        [delivery] = claimed(database)
        with transaction(database) as tx:
            spool.defer(tx, delivery.claimed, "a", NOW, "busy", forgive=forgive)
            [entry] = ledger.entries(tx)
        assert (entry.attempts, entry.state, entry.reason) == (attempts, "waiting", "busy")


def test_the_account_of_outcomes_and_waiting_is_all_that_was_accepted(database: Database) -> None:
    spooled(database, len(Outcome) + 2)
    with transaction(database) as tx:
        accepted(tx, mailboxes=(SUPPORT, HR), received_at=LATER)
    for delivery, outcome in zip(claimed(database, limit=len(Outcome)), Outcome, strict=True):
        with transaction(database) as tx:
            spool.finish(tx, delivery.claimed, "a", NOW, outcome, reason="test")
    with snapshot(database) as tx:
        counted = account.outcomes(tx)
        assert counted == {**dict.fromkeys(map(str, Outcome), 1), "waiting": 4}
        assert sum(counted.values()) == count(tx, tables.delivery)
        assert sum(account.outcomes(tx, LATER).values()) == 2


def test_deliveries_are_listed_by_state_newest_first(database: Database) -> None:
    spooled(database, 3)
    with transaction(database) as tx:
        finished(tx, spool.claim(tx, "a", NOW, 1)[0])
        everything = [each.id for each in ledger.entries(tx)]
        assert everything == sorted(everything, reverse=True)
        assert [each.id for each in ledger.entries(tx, Wanted(state="opened"))] == everything[-1:]
        assert [each.id for each in ledger.entries(tx, Wanted(state="waiting"))] == everything[:2]
        assert [each.id for each in ledger.entries(tx, limit=1)] == everything[:1]
        assert len(ledger.entries(tx, Wanted(ids=[everything[1]]))) == 1


@pytest.mark.parametrize("outcome", Outcome, ids=str)
def test_only_what_had_no_effect_is_replayed(database: Database, outcome: Outcome) -> None:
    spooled(database)
    [delivery] = claimed(database)
    with transaction(database) as tx:
        assert not ledger.replay(tx, delivery.id, NOW), "it is under way"
        spool.finish(tx, delivery.claimed, "a", NOW, outcome, reason="test", fingerprint="f")
        had_none = outcome in (Outcome.QUARANTINED, Outcome.IGNORED)
        assert ledger.replay(tx, delivery.id, NOW) is had_none
        assert len(spool.claim(tx, "b", NOW, 1)) == had_none
        assert not ledger.replay(tx, 999_999, NOW)


def test_a_timer_is_one_for_each_ticket_name_and_generation(database: Database) -> None:
    with transaction(database) as tx:
        ticket_id, _ = a_stored_ticket(tx)
        timers.start(tx, ticket_id, "response", 1, NOW)
        timers.start(tx, ticket_id, "response", 2, NOW)
        timers.start(tx, ticket_id, "closing", 1, NOW)
    with pytest.raises(Conflict), transaction(database) as tx:
        timers.start(tx, ticket_id, "response", 1, LATER)


def test_a_timer_fires_once_and_never_after_it_was_cancelled(database: Database) -> None:
    with transaction(database) as tx:
        ticket_id, _ = a_stored_ticket(tx)
        timers.start(tx, ticket_id, "response", 1, NOW)
        timers.start(tx, ticket_id, "closing", 1, NOW)
        due = timers.claim(tx, "a", NOW, 2)
        assert [(each.number, each.name, each.attempt) for each in due] == [
            (1042, "response", 1), (1042, "closing", 1),
        ]  # fmt: skip
        timers.cancel(tx, ticket_id, "response", NOW)
        timers.finish(tx, due[1].claimed, "a", NOW)
    with pytest.raises(LostClaim), transaction(database) as tx:
        timers.finish(tx, due[0].claimed, "a", NOW)
    with transaction(database) as tx:
        assert timers.claim(tx, "a", AFTER_LEASE, 9) == []
        assert column(tx, tables.timer.c.state) == ["cancelled", "fired"]


def test_what_several_are_sent_is_stored_once(database: Database) -> None:
    with transaction(database) as tx:
        mails = [an_outgoing(f"{n}@x", body) for n, body in enumerate((b"one", b"one", b"two"))]
        outbox.add(tx, mails, NOW, ticket_id=None)
        assert count(tx, tables.outbox_body) == 2
        got = [row.content for row in outbox.claim(tx, "a", NOW, 9)]
        assert got == [b"Subject: x\r\n\r\n" + body for body in (b"one", b"one", b"two")]


def test_the_same_cause_cannot_queue_a_mail_twice(database: Database) -> None:
    with transaction(database) as tx:
        outbox.add(tx, [an_outgoing()], NOW, ticket_id=None)
    with pytest.raises(Conflict), transaction(database) as tx:
        outbox.add(tx, [an_outgoing()], NOW, ticket_id=None)


def test_a_mail_ends_sent_or_failed_and_only_what_was_not_sent_is_retried(
    database: Database,
) -> None:
    with transaction(database) as tx:
        outbox.add(tx, [an_outgoing(f"{number}@x") for number in range(3)], NOW, ticket_id=None)
        first, second, third = outbox.claim(tx, "a", NOW, 3)
        outbox.sent(tx, first.claimed, "a", NOW, "250 ok")
        outbox.fail(tx, second.claimed, "a", NOW, "550 no")
        outbox.defer(tx, third.claimed, "a", LATER, "450 later")
        assert [row.state for row in outbox.rows(tx)] == ["waiting", "failed", "sent"]
        again = [outbox.retry(tx, row.id, NOW) for row in (first, second, third)]
        assert again == [False, True, True]
        assert [row.attempts for row in outbox.claim(tx, "a", NOW, 9)] == [1, 1]


def test_mails_to_a_person_are_counted_by_notice_and_time(database: Database) -> None:
    with transaction(database) as tx:
        outbox.add(
            tx, [an_outgoing("1@x"), an_outgoing("2@x", notice="taken")], NOW, ticket_id=None
        )
        [person] = {row.person_id for row in outbox.rows(tx)}
        assert person is not None
        wanted = [Count("confirmations", frozenset({"confirmation"}), (NOW, LATER))]
        assert counts.by_person(tx, [person], wanted) == {person: {"confirmations": (1, 0)}}
        assert counts.by_person(tx, [person + 1], wanted) == {}


def test_what_ended_is_never_claimed_again(database: Database) -> None:
    spooled(database, 2)
    with transaction(database) as tx:
        finished(tx, spool.claim(tx, "a", NOW, 1)[0])
        make_due(tx, tables.delivery, NOW)
        assert len(spool.claim(tx, "b", NOW, 9)) == 1
        assert in_state(tx, tables.delivery, "done") == 1
