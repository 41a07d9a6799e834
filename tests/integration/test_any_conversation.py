"""Any conversation keeps the promises: people, machines and forgers at random, in any order.

Mails pile up before they are worked, come twice, come out of order; the daemon dies in the middle
of a commit, is started anew, and finds a file of its admin's broken. Every note has words of its
own, so that a note that leaves is seen wherever it comes out.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from gateway.errors import ConfigError
from gateway.settle import asking, batch
from gateway.store import account, bulk, outbox, snapshot, tables
from support.in_process import ANN, BOB, LEE, SUPPORT, InProcess
from support.mail import a_mail

CARL, EVE, ROBOT = "carl@example.com", "eve@evil.example", "robot@example.com"
AGENTS = (BOB, LEE)
EVERYBODY = (ANN, BOB, LEE, CARL, EVE)
NTH = st.integers(min_value=0, max_value=10_000)
COMMANDS = (
    "#take",
    "#wait requester: which one?",
    "#resolve: it prints again",
    "#priority P1 because the hall is dark",
    "#watch carl@example.com",
    "#tag printer",
    "#reopen",
    "#nonsense",
    "#take\n#resolve",
)


WORDS_OF_AN_AGENT = {"answer", "question", "resolved"}  # who may write to a machine if they like
BROKEN_RULES = ("- nmae: x\n", "- name: x\n  then: {queue: Nowhere}\n", "  - [\n", "\0\n")
MAX_DEATHS = 3  # of one run: at the fifth a mail is set aside
PLACES = ((asking, "read_delivery"), (batch, "write"), (bulk, "_write"), (batch.maillog, "ended"))


class Killed(BaseException):
    """Nothing catches it, as nothing catches a SIGKILL."""


class Conversations(RuleBasedStateMachine):
    """One desk on the database at `url`, and whatever happens to it."""

    url = ""

    @initialize()
    def there_is_a_ticket_with_a_note(self) -> None:
        self.folder = TemporaryDirectory()
        self.desk = InProcess(Path(self.folder.name), self.url)
        self.sent: list[tuple[bytes, str, str]] = []
        self.notes: list[str] = []
        self.count = self.deaths = 0
        self.somebody_writes(ANN, cc=False)
        self.desk.work()
        self.an_agent_leaves_a_note(BOB, 0)
        self.desk.work()

    def teardown(self) -> None:
        if hasattr(self, "desk"):
            self.desk.close()
            self.folder.cleanup()

    # what people do

    @rule(who=st.sampled_from(EVERYBODY), cc=st.booleans())
    def somebody_writes(self, who: str, cc: bool) -> None:
        self._send(who, SUPPORT, "My screen is dark.", headers={"Cc": CARL} if cc else {})

    @rule(who=st.sampled_from(EVERYBODY), nth=NTH, quotes=st.booleans())
    def somebody_replies(self, who: str, nth: int, quotes: bool) -> None:
        got = self._got(who, nth)
        if got is not None:
            text = "It is still dark." + (f"\n\n{_quoted(got)}" if quotes else "")
            self._reply(who, got, text)

    @rule(who=st.sampled_from(AGENTS), nth=NTH)
    def an_agent_leaves_a_note(self, who: str, nth: int) -> None:
        got = self._got(who, nth)
        if got is not None:
            self.count += 1
            note = f"between us zebra{self.count} walnut{self.count} quartz{self.count} comet"
            self.notes.append(f"zebra{self.count} walnut{self.count}")
            self._reply(who, got, f"#note {note}")

    @rule(who=st.sampled_from(AGENTS), nth=NTH, command=st.sampled_from(("", *COMMANDS)))
    def an_agent_answers_between_the_lines_of_a_note(
        self, who: str, nth: int, command: str
    ) -> None:
        got = self._got(who, nth, ("new-ticket", "follow-up"))
        note = self._got(who, nth, ("note",))
        if got is not None and note is not None:
            lines = _quoted(note).splitlines()
            between = f"{command}\n\n{lines[0]}\n{lines[1]}\nYes.\n"
            for line in lines[2:]:
                between += f"{line}\n" + ("I see.\n" if "zebra" in line else "")
            self._reply(who, got, f"{between}\nThat is all.")

    @rule(who=st.sampled_from(AGENTS), nth=NTH, command=st.sampled_from(COMMANDS))
    def an_agent_commands(self, who: str, nth: int, command: str) -> None:
        got = self._got(who, nth)
        if got is not None:
            self._reply(who, got, command)

    @rule(who=st.sampled_from(EVERYBODY), nth=NTH, word=st.sampled_from(("yes", "no", "perhaps")))
    def somebody_answers_our_question(self, who: str, nth: int, word: str) -> None:
        asked = self.desk.mails(who, ["unproven"])
        if asked:
            self._reply(who, asked[nth % len(asked)].content, word)

    # what is not as it seems

    @rule(who=st.sampled_from((ANN, BOB, LEE, EVE)), nth=NTH)
    def somebody_claims_to_be(self, who: str, nth: int) -> None:
        tickets = self.desk.tickets()
        if tickets:
            ticket = tickets[nth % len(tickets)]
            self._send(who, SUPPORT, "#take", subject=f"Re: [#{ticket.number}-{ticket.tag}]")

    @rule(owner=st.sampled_from((ANN, BOB)), thief=st.sampled_from((EVE, CARL, LEE)), nth=NTH)
    def an_address_is_stolen(self, owner: str, thief: str, nth: int) -> None:
        got = self._got(owner, nth)
        if got is not None:
            self._reply(thief, got, "#resolve: by me")

    @rule(who=st.sampled_from((ANN, BOB)), nth=NTH)
    def a_machine_answers(self, who: str, nth: int) -> None:
        got = self._got(who, nth)
        if got is not None:
            vacation = {"Auto-Submitted": "auto-replied", "Precedence": "bulk"}
            self._reply(who, got, "I am away until Monday.", subject="Out of office", **vacation)

    @rule()
    def a_robot_reports(self) -> None:
        headers = {"Auto-Submitted": "auto-generated"}
        self._send(ROBOT, SUPPORT, "disk full", headers=headers)

    # what happens to mail on its way

    @rule(nth=NTH)
    def a_mail_comes_twice(self, nth: int) -> None:
        if self.sent:
            self.desk.accept(*self._at(nth)[:2], mail_from=self._at(nth)[2])

    @rule()
    def what_waits_is_worked(self) -> None:
        self.desk.work()
        self.desk.let_time_pass()
        self.desk.work()

    # what happens to the desk

    @rule()
    def the_daemon_is_started_anew(self) -> None:
        self.desk.start_anew()

    @rule(place=st.sampled_from(PLACES))
    def the_daemon_dies(self, place: tuple[object, str]) -> None:
        """Between two steps, or with all rows written and nothing committed."""

        def dies(*_: object, **__: object) -> None:
            raise Killed

        if self.deaths < MAX_DEATHS:
            self.deaths += 1
            with pytest.MonkeyPatch.context() as patch, suppress(Killed):
                patch.setattr(*place, dies)
                self.desk.work()
            self.desk.start_anew()

    @rule(broken=st.sampled_from(BROKEN_RULES))
    def the_admin_breaks_the_rules(self, broken: str) -> None:
        """Such rules never go live: they are refused by line, and the last good ones decide."""
        [path] = (self.desk.folder / "rules").iterdir()
        good, version = path.read_text(), self.desk.office.desk.rules.version
        path.write_text(good + broken)
        with pytest.raises(ConfigError, match=rf"rules/{re.escape(path.name)}:\d+: "):
            self.desk.start_anew()
        self.desk.work()
        assert self.desk.office.desk.rules.version == version
        path.write_text(good)

    @rule(who=st.sampled_from(EVERYBODY), nth=NTH, command=st.sampled_from(("", *COMMANDS)))
    def what_explain_foresees_comes(self, who: str, nth: int, command: str) -> None:
        """One brain: nothing is written by asking, and what is asked is what is done then."""
        self.what_waits_is_worked()
        got = self._got(who, nth)
        if got is None or "waiting" in self.desk.states():
            return
        self._reply(who, got, command or "And now?")
        tickets, mails = self.desk.tickets(), len(self.desk.mails())
        foreseen = self.desk.foreseen()
        assert (self.desk.tickets(), len(self.desk.mails())) == (tickets, mails)
        self.desk.work()
        came = dict(self.desk.account(self.desk.deliveries()[-1].id))
        if came["outcome"] == "opened":  # a number is reserved for none but the real one
            del came["ticket"], foreseen["ticket"]
        assert came == foreseen

    # what must hold at every moment

    @invariant()
    def no_note_has_left(self) -> None:
        for to, text in self._told():
            if to not in AGENTS:
                assert not [note for note in self.notes if note in text], (to, text)

    @invariant()
    def only_people_with_proof_are_in_a_conversation(self) -> None:
        let_in = self._let_in()
        for ticket in self._tickets():
            for number, said in enumerate(self.desk.said(ticket.number)):
                if number and not said.entry.internal and said.spool_id not in let_in:
                    assert said.proof != "claimed", said
                assert said.author.address != EVE or ticket.requester.address == EVE
                assert said.author.address not in (ROBOT,) or ticket.requester.address == ROBOT

    @invariant()
    def everything_is_accounted_for(self) -> None:
        if hasattr(self, "desk"):
            with snapshot(self.desk.office.database) as tx:
                found = account.account(tx, None, lambda _: True)
            assert found.balances, found.mismatches
            for each in self.desk.deliveries():
                assert each.state != "quarantined", each
                assert each.state == "waiting" or each.reason, each

    @invariant()
    def each_ticket_is_confirmed_once_and_no_machine_is_answered(self) -> None:
        if hasattr(self, "desk"):
            mails = self._outgoing()
            confirmed = [row.ticket for row in mails if row.notice == "confirmation"]
            assert len(confirmed) == len(set(confirmed))
            told = {row.notice for row in mails if row.rcpt_to == ROBOT}
            assert told <= WORDS_OF_AN_AGENT, told

    @invariant()
    def the_requester_never_changes(self) -> None:
        for ticket in self._tickets():
            first = self.desk.said(ticket.number)[0]
            assert ticket.requester.key == first.author.key

    def _tickets(self) -> list:  # type: ignore[type-arg]
        return self.desk.tickets() if hasattr(self, "desk") else []

    def _let_in(self) -> set[int]:
        """Mails that were held until somebody's yes, by their spool ids."""
        query = select(tables.delivery.c.spool_id).where(tables.delivery.c.granted != "")
        if not hasattr(self, "desk"):
            return set()
        with snapshot(self.desk.office.database) as tx:
            return set(tx.execute(query).scalars())

    def _outgoing(self) -> list[outbox.Row]:
        return self.desk.mails() if hasattr(self, "desk") else []

    def _told(self) -> Iterator[tuple[str, str]]:
        for row in self._outgoing():
            mail = message_from_bytes(row.content, policy=default)
            parts = (part for part in mail.walk() if part.get_content_maintype() == "text")
            yield row.rcpt_to, " ".join(str(part.get_content()) for part in parts)

    def _got(self, who: str, nth: int, notices: Sequence[str] = ()) -> bytes | None:
        got = self.desk.mails(who, notices)
        return got[nth % len(got)].content if got else None

    def _at(self, nth: int) -> tuple[bytes, str, str]:
        return self.sent[nth % len(self.sent)]

    def _reply(self, who: str, got: bytes, text: str, subject: str = "", **headers: str) -> None:
        mail = message_from_bytes(got, policy=default)
        to = str(mail["Reply-To"] or SUPPORT)
        answered = {"In-Reply-To": str(mail["Message-ID"]), **headers}
        self._send(who, to, text, subject=subject or f"Re: {mail['Subject']}", headers=answered)

    def _send(self, who: str, to: str, text: str, **fields: object) -> None:
        self.count += 1
        given = {"subject": "Help", **fields, "message_id": f"<{self.count}@client.example>"}
        raw = a_mail(from_=who, to=to, text=f"{text}\n", **given)  # type: ignore[arg-type]
        self.sent.append((raw, to, who))
        self.desk.accept(raw, to, mail_from=who)


def _quoted(mail: bytes) -> str:
    body = message_from_bytes(mail, policy=default).get_body(("plain",))
    text = str(body.get_content()) if body else ""
    return re.sub(r"^", "> ", text, flags=re.MULTILINE)


def test_any_conversation_keeps_the_promises(url: str) -> None:
    chosen = settings(
        phases=(Phase.generate,),  # with a step for each mail, shrinking takes hours
        max_examples=12 if url.startswith("sqlite") else 6,
        stateful_step_count=30,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    here = type("Here", (Conversations,), {"url": url})
    run_state_machine_as_test(here, settings=chosen)
