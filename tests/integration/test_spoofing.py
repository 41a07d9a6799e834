"""A campaign of forgers against one ticket: none joins, none commands, none learns anything.

The forger has seen everything that travels in the open: the tag, every Message-ID, who is who.
With a stolen reply address and its owner's From, and with nothing less, they get in, marked;
and not even so where the mailbox asks for `verified`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from email import message_from_bytes
from email.policy import default

import pytest

from gateway.tickets.model import Ticket
from support.in_process import ANN, BOB, HANA, HR, LEE, SUPPORT, InProcess, anns
from support.mail import a_mail

EVE = "eve@evil.example"
SECRET, NOTE = "the safe is behind cupboard four", "her badge was cloned on Tuesday"
MX = "mx.example.com; dmarc=pass (p=reject) header.from=example.com"
OUR_MX = "192.0.2.1"
RECEIVED = "from evil.example (evil.example [203.0.113.9]) by mx.example.com; Mon, 2 Feb 2026"


@dataclass(frozen=True, kw_only=True)
class Loot:
    """What a forger may know. The reply addresses are what they would have to steal."""

    ticket: Ticket
    anns_address: str
    bobs_address: str
    bobs_note_address: str
    anns_id: str
    our_id: str

    @property
    def tag(self) -> str:
        return f"[#{self.ticket.number}-{self.ticket.tag}]"


@dataclass(frozen=True)
class Forged:
    name: str
    raw: bytes
    to: str = SUPPORT
    sender: str = EVE


def conversation(desk: InProcess) -> Loot:
    """Ann wrote, Bob left a note and answered."""
    desk.accept(anns(text=f"Please help: {SECRET}.\n"))
    desk.work()
    desk.reply(BOB, f"#note {NOTE}", to="new-ticket")
    desk.work()
    desk.reply(BOB, "We look into it.", to="new-ticket")
    desk.work()
    [ticket] = desk.tickets()
    return Loot(
        ticket=ticket,
        anns_address=str(desk.mail(ANN, "answer")["Reply-To"]),
        bobs_address=str(desk.mail(BOB, "new-ticket")["Reply-To"]),
        bobs_note_address=str(desk.mail(LEE, "note")["Reply-To"]),
        anns_id="<Printer@x.example>",
        our_id=str(desk.mail(ANN, "answer")["Message-ID"]),
    )


def forged_mails(loot: Loot) -> Iterator[Forged]:
    """Everything but the theft of a reply address together with its owner's From."""
    yield from _in_somebodys_name(loot)
    yield from _altered_addresses(loot)
    yield from _guessed_tags(loot)
    yield from _forged_results(loot)
    yield from _names_and_letters(loot)
    yield from _injected(loot)


def _in_somebodys_name(loot: Loot) -> Iterator[Forged]:
    for who in (ANN, BOB, LEE, HANA, SUPPORT, HR, EVE):
        for text in ("Send me the file.", "#take", "#resolve: all done", "#note x", "#full", "yes"):
            head = {"from_": who, "text": text}
            yield Forged(f"{who} by tag: {text}", a_mail(subject=f"Re: x {loot.tag}", **head))
            for known in (loot.anns_id, loot.our_id):
                yield Forged(f"{who} by id: {text}", a_mail(in_reply_to=known, **head))
    both = {"headers": {"From": f"Ann <{ANN}>", "Sender": EVE, "Reply-To": EVE}, "from_": None}
    yield Forged("Reply-To", a_mail(subject=loot.tag, **both))


def _altered_addresses(loot: Loot) -> Iterator[Forged]:
    local, _, domain = loot.anns_address.partition("@")
    head, _, token = local.rpartition("-")
    others = {
        "a letter changed": f"{head}-{'b' if token[0] == 'a' else 'a'}{token[1:]}@{domain}",
        "the end changed": f"{local[:-1]}{'b' if local[-1] == 'a' else 'a'}@{domain}",
        "another number": f"support+{loot.ticket.number + 1}-{token}@{domain}",
        "cut": f"{local[:-4]}@{domain}",
        "longer": f"{local}a@{domain}",
        "of another mailbox": loot.anns_address.replace("support+", "hr+"),
        "of Bob": loot.bobs_address,
    }
    for name, address in others.items():
        yield Forged(name, a_mail(from_=ANN, to=address, message_id=f"<{name}@e>"), address)
    # the agent's words in the name of the agent, by an address that was made for another
    for name, address in (("Ann's", loot.anns_address), ("Lee's", loot.bobs_note_address)):
        raw = a_mail(from_=BOB, to=address, text="#resolve: by me", message_id=f"<{name}@b>")
        yield Forged(f"Bob by {name} address", raw, address)
    for address in (loot.anns_address, loot.bobs_address):
        raw = a_mail(from_=EVE, to=address, message_id=f"<{address[-40:]}@eve>")
        yield Forged("a stolen address without its owner's From", raw, address)
    two = a_mail(from_=ANN, to=loot.anns_address, message_id="<two@e>")
    yield Forged("two From fields", b"From: " + EVE.encode() + b"\r\n" + two, loot.anns_address)
    names = {"from_": f"{ANN}, {EVE}", "message_id": "<several@e>"}
    yield Forged("two authors", a_mail(to=loot.anns_address, **names), loot.anns_address)


def _guessed_tags(loot: Loot) -> Iterator[Forged]:
    number = loot.ticket.number
    for key in ("aaaaaa", "222222", loot.ticket.tag[::-1], loot.ticket.tag[:5]):
        raw = a_mail(from_=ANN, subject=f"[#{number}-{key}]", message_id=f"<{key}@e>")
        yield Forged("guessed tag", raw)
    yield Forged("number", a_mail(from_=ANN, subject=f"Re: #{number}", message_id="<number@e>"))


def _forged_results(loot: Loot) -> Iterator[Forged]:
    """Fields that say the From is true, written by the forger: below what our server adds."""
    results = {
        "plain": MX,
        "folded": MX.replace("; ", ";\r\n\t"),
        "with comments": MX.replace("dmarc", "(by (the) border) dmarc"),
        "upper case": MX.upper(),
        "with a version": MX.replace(";", " 1;", 1),
        "two": f"{MX}\r\nAuthentication-Results: {MX}",
    }
    for who, text in ((ANN, "Hello"), (BOB, "#resolve: done")):
        for name, value in results.items():
            raw = a_mail(
                from_=who, subject=f"Re: {loot.tag}", text=text, message_id=f"<ar {name} {who}>"
            )
            field = f"Authentication-Results: {value}\r\n".encode()
            below = f"Received: {RECEIVED}\r\n".encode()
            theirs = f"Received: by evil.example; Mon, 2 Feb 2026 {MX}\r\n".encode()
            yield Forged(f"results {name}, {who}", below + field + raw)
            yield Forged(f"results {name} further below, {who}", below + theirs + field + raw)
            said = b"Authentication-Results: mx.example.com; dmarc=fail header.from=example.com\r\n"
            yield Forged(f"results {name} beside ours", said + below + field + raw)
            other = b"Authentication-Results: evil.example; (mx.example.com;) dmarc=pass\r\n"
            yield Forged(f"results of another, {who}", other + below + raw)


def _names_and_letters(loot: Loot) -> Iterator[Forged]:
    likenesses = (
        f'"{ANN}" <{EVE}>',
        f"Ann <{EVE}> <{ANN}>",
        f'"Bob Agent <{BOB}>" <{EVE}>',
        f"=?utf-8?q?{ANN.replace('@', '=40')}?= <{EVE}>",
        "Ann <\u0430nn@example.com>",  # a Cyrillic a
        "Ann <ann@ex\u0430mple.com>",
        "Ann <ann@xn--exmple-4nf.com>",
        "Ann <ann@example.com.evil.example>",
        "Ann <ann@example.com@evil.example>",
        f"Ann <{ANN}\u200b>",
        f"Support <{SUPPORT.replace('o', '0')}>",
    )
    for number, author in enumerate(likenesses):
        head = f"From: {author}\r\nTo: {loot.anns_address}\r\nSubject: Re: {loot.tag}\r\n"
        raw = f"{head}Message-ID: <like{number}@e>\r\n\r\nSend me the file.\r\n".encode()
        yield Forged(f"likeness {author!r}", raw, loot.anns_address)


def _injected(loot: Loot) -> Iterator[Forged]:
    lines = "x\r\nBcc: eve@evil.example\r\nX-Ticket-Gateway: x"
    encoded = "=?utf-8?q?x=0D=0ABcc:_eve=40evil.example=0D=0AReply-To:_eve=40evil.example?="
    for number, value in enumerate((lines, encoded, lines.replace("\r", ""), "x\0y\rBcc: z")):
        raw = f"From: Eve <{EVE}>\r\nSubject: {value}\r\nMessage-ID: <i{number}@e>\r\n\r\nHi\r\n"
        yield Forged("subject", raw.encode())
        raw = (
            f"From: {value} <{EVE}>\r\nSubject: {loot.tag}\r\nMessage-ID: <j{number}@e>\r\n\r\n\r\n"
        )
        yield Forged("name", raw.encode())
    report = (
        f"From: MAILER-DAEMON@evil.example\r\nSubject: failed {loot.tag}\r\n"
        "MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status;"
        ' boundary="b"\r\nMessage-ID: <dsn@e>\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nno\r\n'
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; evil.example\r\n"
        f"\r\nFinal-Recipient: rfc822; {ANN}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "\r\n--b--\r\n"
    )
    yield Forged("a report", report.encode(), sender="")
    yield Forged("a report to Ann's address", report.encode(), loot.anns_address, sender="")


def strictly(desk: InProcess, policy: str) -> InProcess:
    """The desk with this proof asked of agents, and a mail server that it trusts."""
    desk.change("gateway.toml", 'queue = "IT"\n', f'queue = "IT"\nagent_proof = "{policy}"\n')
    desk.change(
        "gateway.toml",
        "\n[trust]\n",
        '\n[trust]\nservers = ["mx.example.com"]\nrelays = ["192.0.2.1"]\n',
    )
    return desk


def _as_a_mail_of_its_own(number: int, forged: Forged) -> Forged:
    """So that none is taken for a copy of another: what differs may be trace fields alone."""
    head, field, rest = forged.raw.partition(b"Message-ID: <")
    assert field, forged.name
    return replace(forged, raw=b"%b%bn%d." % (head, field, number) + rest)


@pytest.mark.parametrize("policy", ["token", "verified"])
def test_no_forger_joins_commands_or_learns_anything(desk: InProcess, policy: str) -> None:
    loot = conversation(desk)
    strictly(desk, policy)
    before = [ticket for ticket in desk.tickets() if ticket.number == loot.ticket.number]
    said, had = desk.said(loot.ticket.number), len(desk.mails())
    forged = [_as_a_mail_of_its_own(n, each) for n, each in enumerate(forged_mails(loot))]
    assert len(forged) > 150
    first = len(desk.deliveries())
    for each in forged:
        desk.accept(each.raw, each.to, mail_from=each.sender, peer=OUR_MX)
    desk.work()
    tried = desk.deliveries()[first:]
    assert len(tried) == len(forged)
    assert not [each for each in tried if each.duplicate_of], "every one of them was judged"
    after = [ticket for ticket in desk.tickets() if ticket.number == loot.ticket.number]
    assert [(t.status, t.assignee, t.queue, t.requester) for t in after] == [
        (t.status, t.assignee, t.queue, t.requester) for t in before
    ]
    assert desk.said(loot.ticket.number) == said
    assert not [entry for entry in desk.deliveries() if entry.state == "waiting"]
    for mail in desk.mails()[had:]:
        read = message_from_bytes(mail.content, policy=default)
        told = "".join(part.get_content() for part in read.walk() if not part.is_multipart())
        assert SECRET not in told
        assert NOTE not in told
        if mail.rcpt_to not in (ANN, BOB, LEE, HANA):
            assert mail.ticket != loot.ticket.number
        assert (read["Bcc"], len(read.get_all("Reply-To", [])) <= 1) == (None, True)


@pytest.mark.parametrize(("policy", "state"), [("token", "joined"), ("verified", "held")])
def test_a_stolen_reply_address_with_its_owners_from_gets_in_marked_at_most(
    desk: InProcess, policy: str, state: str
) -> None:
    loot = conversation(desk)
    strictly(desk, policy)
    for number, (who, address) in enumerate(((ANN, loot.anns_address), (BOB, loot.bobs_address))):
        stolen = a_mail(from_=who, to=address, text="By me.", message_id=f"<s{number}@e>")
        desk.accept(stolen, address, mail_from=EVE)
    desk.work()
    assert desk.states()[-2:] == [state, state]
    if state == "joined":
        assert [each.proof for each in desk.said(loot.ticket.number)[-2:]] == ["token", "token"]
    else:
        assert {row.rcpt_to for row in desk.mails(notices=["unproven"])} == {ANN, BOB}


def test_whom_a_trusted_server_vouches_for_joins_without_a_reply_address(desk: InProcess) -> None:
    loot = conversation(desk)
    strictly(desk, "verified")
    said = f"Authentication-Results: {MX}\r\nReceived: {RECEIVED}\r\n".encode()
    for who, text in ((ANN, "One more thing."), (BOB, "#resolve: by tag alone")):
        raw = said + a_mail(from_=who, subject=f"Re: {loot.tag}", text=text, message_id=f"<{who}>")
        desk.accept(raw, mail_from=who, peer=OUR_MX)
    desk.work()
    last = desk.said(loot.ticket.number)[-2:]
    assert [(each.proof, each.entry) for each in last] == [
        ("verified", "follow-up"),
        ("verified", "note"),
    ]
    assert "mx.example.com says" in str(desk.account(desk.deliveries()[-1].id)["trust"])
