"""The part of docs/decisions.md that says who may add to a ticket: the table as the code has it."""

from collections.abc import Iterator

from gateway.decide.admission import MEANING, PROOFS, Admission, Role, admit
from gateway.decide.placing import WHY, Link
from gateway.threading.match import Evidence

_HEAD = """\
## Who may add to a ticket

What a mail points at a ticket with is evidence which ticket, never who wrote it. What becomes of
a person's mail is one table: evidence, who its From: says it is, and what proves that.

- `verified`: a server that the desk trusts, or our own check, vouches for the From:
  ([trust](trust.md)).
- `token`: it came From the very person to the reply address that was made for them.
- `claimed`: nothing but the From: itself.

A mailbox says what it takes: `agent_proof` for agents, `participant_proof` for requesters and
watchers. A proof that is not enough counts as `claimed`.

| evidence | who | verified | token | claimed |
|---|---|---|---|---|"""

_WORDS = """
A signed address counts as such only for the person whom it was made for, and while it is valid;
else like a Message-ID of ours. An agent's mail is an answer or a command only in a reply to their
own copy of our mail, because that copy said what a plain reply does. An agent of another queue is
a colleague, and a stranger where the queue is `members_only`.

| word | what becomes of the mail |
|---|---|"""

_PLACES = """
## Which ticket, beyond that

A mail that points at a ticket has one of its own all the same, linked to that one, where:

| link | why | but |
|---|---|---|"""

_BUT = {
    Link.QUOTED: "",
    Link.FORWARDED: "to a valid signed address it joins; the prefix that was added last counts, in "
    "some twenty languages",
    Link.FOLLOWS: "thanks open nothing, and agents may still write; the mailbox's `reopen_within` "
    "says how long a reply reopens",
    Link.NEW_SUBJECT: 'where the mailbox has `new_subject = "open"`, or its author says so when '
    "asked; without either it joins, and the agents see the new subject",
}

_ORDER = """
Nobody is asked for a yes to a mail that opens a ticket of its own.

- A merged ticket leads to the one that it is part of now, over several merges if need be.
  Participants of either may write in, and hear what is written from then on, nothing before;
  but who was its requester and is no more hears nothing.
- A reply that comes before the mail it replies to waits for it, some minutes at most, while that
  one is in the spool. Where it comes later still, it finds the ticket of its reply; who may
  add to that is the same table.
- A bare number in a subject, `#1042` without its key, is a hint that the agents are told.
- The requester of a ticket changes by nobody's reply.
"""

_HELD = """
## Mail that is held

Whoever could not be believed gets a mail at the address on file, not at whatever the mail says:
it shows what is held and asks whether it is theirs. A reply that begins with *yes* lets it in as
if it had been `verified`; *no* drops it. Of an agent's mail, that makes commands count, and a
plain text a note, unless it went to an address of theirs that says it is an answer. An agent of
the ticket, or the admin, can do the same as its author (`ticket-gateway held`), and what they let
in is marked. No machine is asked. Nothing that is held ever expires.
"""


def lines() -> Iterator[str]:
    """The section, line by line."""
    yield from _HEAD.splitlines()
    for evidence in Evidence:
        for role in Role:
            cells = (admit(evidence, role, proof).name.lower() for proof in PROOFS)
            yield f"| {evidence} | {role} | {' | '.join(cells)} |"
    yield from _WORDS.splitlines()
    yield from (f"| {each.name.lower()} | {MEANING[each]} |" for each in reversed(Admission))
    yield from _PLACES.splitlines()
    yield from (f"| {each} | {WHY[each]} | {_BUT[each]} |" for each in Link)
    yield from _ORDER.splitlines()
    yield from _HELD.splitlines()
