"""Whatever arrives is one ticket, whoever wrote it; and nothing in it gets out of hand."""

import email.policy
from email import message_from_bytes
from itertools import count

import pytest

from gateway.store import outbox
from support.in_process import ANN, BOB, LEE, SUPPORT, InProcess, anns
from support.mail import a_mail

_numbers = count(1)


def header(*lines: bytes) -> bytes:
    """These fields, and a text of the mail's own: a copy would have no effect."""
    return b"\r\n".join((*lines, b"", b"It burns %d times." % next(_numbers), b""))


def from_(author: str) -> bytes:
    return header(f"From: {author}".encode(), b"Subject: x", b"Message-ID: <a@x.example>")


def hexadecimal(octets: int) -> bytes:
    """So many that no database compresses them away."""
    return b"".join(b"%x" % (n * 7919) for n in range(octets))[:octets]


ODD = {
    "no bytes at all": b"",
    "not a mail": bytes(range(256)) * 20,
    "a picture": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0" * 500,
    "text without a header": b"Hello,\r\nit burns.\r\n",
    "no From": header(b"Subject: x", b"Message-ID: <a@x.example>"),
    "an empty From": from_(""),
    "a From without an address": from_("Ann"),
    "From undisclosed": from_("undisclosed-recipients:;"),
    "no Message-ID": header(b"From: ann@example.com", b"Subject: x"),
    "no Subject": header(b"From: ann@example.com"),
    "8-bit garbage in the header": header(
        b"From: J\xfcrgen \xff\xfe <ann@example.com>",
        b"Subject: Gr\xfc\xdfe \x80\x81 \xe2\x82",
        b"Message-ID: <\xfc\xff@x.example>",
        b"X-\xff: \xff",
    ),
    "a wrong charset": header(
        b"From: ann@example.com", b'Content-Type: text/plain; charset="utf-7-klingon"'
    ).replace(b"burns", b"br\xfcnnt"),
    "NUL everywhere": header(b"From: ann\0@example.com", b"Subject: a\0b", b"X: \0") + b"\0" * 99,
    "a lone surrogate": header(b"From: ann@example.com", b"Subject: \xed\xa0\x80 =?utf-8?b?7aCA?="),
    "a very long From": header(b"From: ann." + hexadecimal(20_000) + b"@x.example"),
    "a very long name": from_("y" * 20_000 + " <ann@example.com>"),
    "a very long Message-ID": header(
        b"From: ann@example.com", b"Message-ID: <" + hexadecimal(20_000) + b"@x.example>"
    ),
    "a very long subject": header(b"From: ann@example.com", b"Subject: " + b"ab " * 30_000),
    "an address in no alphabet of ours": from_("j\u00f6rg@m\u00fcller.example"),
    "two From fields": header(b"From: ann@example.com", b"From: eve@evil.example"),
    "a multipart without end": header(
        b"From: ann@example.com", b"Content-Type: multipart/mixed; boundary=x"
    ) + b"--x\r\nContent-Type: message/rfc822\r\n\r\n",
    **{
        f"From {author}": from_(author)
        for author in (
            "<ann@x..example>", "<.ann@x.example>", "<a@b@c.example>", '<"a b"@x.example>',
            "<ann@>", "<@x.example>", "<ann@[192.0.2.1]>", "<ann@x.example.>", "<ann@localhost>",
            "<ann@x_y.example>", "<ann\\,b@x.example>", "<=?utf-8?q?=0D=0ABcc:_e?=@x.example>",
            "<ann@x.example> <eve@evil.example>", "<ann(comment)@x.example>", "<ann;@x.example>",
            "<\u200bann@x.example>", "<ann@\u202ex.example>", '"a\\"b" <ann@x.example>',
        )
    },
}  # fmt: skip


def test_every_odd_mail_is_one_ticket(desk: InProcess) -> None:
    for raw in ODD.values():
        desk.accept(raw)
    desk.work()
    ended = dict(zip(ODD, [f"{e.state}: {e.reason}" for e in desk.deliveries()], strict=True))
    assert {name: said for name, said in ended.items() if not said.startswith("opened")} == {}
    assert len(desk.tickets()) == len(ODD)


def test_what_answers_an_odd_mail_has_only_our_fields(desk: InProcess) -> None:
    evil = "=?utf-8?q?=0D=0ABcc:_evil@x.example?="
    twice = "=?utf-8?q?=3D=3Futf-8=3Fq=3F=3D0D=3D0ABcc:=5Fevil=40x.example=3F=3D?="
    fields = (f'From: "{evil}" <{ANN}>', f"Subject: {twice}", f"Message-ID: <{evil}>")
    types = ("text/plain", f'{twice}/x; name="{twice}"')
    parts = (f"--b\r\nContent-Type: {each}\r\n\r\nIt burns.\r\n" for each in types)
    mime = ("MIME-Version: 1.0", "Content-Type: multipart/mixed; boundary=b")
    desk.accept("\r\n".join((*fields, *mime, "", *parts, "--b--", "")).encode())
    desk.work()
    mails = desk.mails()
    assert len(mails) == 3
    for row in mails:
        made = message_from_bytes(row.content, policy=email.policy.default)
        assert made["Bcc"] is None
        assert b"\nBcc:" not in row.content
        assert made["To"].addresses[0].addr_spec == row.rcpt_to


ALIAS = "ann.private@home.example"


def test_a_person_who_writes_from_an_alias_is_the_person_on_file(desk: InProcess) -> None:
    desk.change(
        "directory.csv", "ann@example.com,Ann,employee,,,,", f"{ANN},Ann,employee,,,,{ALIAS}"
    )
    desk.accept(anns(from_=f"Annie <{ALIAS}>"), mail_from=ALIAS)
    desk.work()
    [ticket] = desk.tickets()
    assert str(ticket.requester) == f"Ann <{ANN}>"
    assert len(desk.mails(ANN, ["confirmation"])) == 1, "answers go to addresses on file only"
    desk.reply(ANN, "It still burns.", to="confirmation", from_=ALIAS)
    desk.work()
    assert [each.proof for each in desk.said(ticket.number)] == ["claimed", "token"]


def test_whoever_gets_an_alias_later_keeps_their_tickets(desk: InProcess) -> None:
    desk.accept(anns(from_=f"Annie <{ALIAS}>"), mail_from=ALIAS)
    desk.work()
    desk.change(
        "directory.csv", "ann@example.com,Ann,employee,,,,", f"{ANN},Ann,employee,,,,{ALIAS}"
    )
    desk.reply(ALIAS, "It still burns.", to="confirmation")
    desk.work()
    assert desk.states() == ["opened", "joined"]


def test_a_bounce_of_a_mail_to_an_agent_who_has_left_is_filed(desk: InProcess) -> None:
    """Nobody's mailbox bounces more than that of somebody who left."""
    desk.accept(anns())
    desk.work()
    [sent] = desk.mails(BOB, ["new-ticket"])
    desk.change("rules/10-examples.yaml", "assignee: bob@example.com", "assignee: lee@example.com")
    desk.change("directory.csv", "bob@example.com,Bob Agent,agent,it,,,\n", "")
    desk.accept(a_bounce(), sent.mail_from, mail_from="")
    desk.work()
    assert desk.states() == ["opened", "joined"]
    assert desk.history(desk.tickets()[0].number)[-1] == "mail-bounced"


def a_bounce() -> bytes:
    return a_mail(
        from_="Mail Delivery System <MAILER-DAEMON@mx.example>",
        subject="Undelivered Mail Returned to Sender",
        text="<bob@example.com>: host mx said: 550 5.1.1 User unknown\n",
        message_id="<bounce@mx.example>",
        headers={"Auto-Submitted": "auto-replied"},
    )


def test_an_answer_keeps_its_quote_of_the_request_though_a_command_quoted_it_too(
    desk: InProcess,
) -> None:
    """A command is internal, and every client quotes the mail below it: what it quotes is the
    requester's own words, which are no secret to them."""
    request = "The printer on floor three is on fire."
    quote = f"On Mon, 2 Feb 2026 at 09:05, Support wrote:\n> {request}\n"
    desk.accept(anns(text=request))
    desk.work()
    desk.reply(BOB, f"#take\n\n{quote}", to="new-ticket")
    desk.work()
    desk.reply(BOB, f"Which one?\n\n> {request}\n\nThe red one?", to="new-ticket")
    desk.work()
    assert request in desk.text(ANN, "answer")


def test_a_note_never_reaches_the_requester_by_a_later_quote(desk: InProcess) -> None:
    desk.accept(anns())
    desk.work()
    desk.reply(BOB, "#note she always calls us idiots on Fridays", to="new-ticket")
    desk.work()
    desk.reply(LEE, "Hello.\n\n> she always calls us\n> idiots on Fridays\n\nBye.", to="new-ticket")
    desk.work()
    assert desk.history(desk.tickets()[0].number).count("message-added") == 3
    for row in desk.mails(ANN):
        assert b"idiots" not in row.content


@pytest.mark.parametrize("kind", ["html", "enriched", "x-amp-html", "plain"])
def test_a_note_never_leaves_as_a_file_of_an_answer(desk: InProcess, kind: str) -> None:
    assert _files_told_to_ann(desk, "", "answer", kind) == ["offer.pdf"]


@pytest.mark.parametrize(
    ("command", "notice"), [("#wait requester:\n", "question"), ("#resolve\n", "resolved")]
)
def test_a_note_never_leaves_as_a_file_of_a_command(
    desk: InProcess, command: str, notice: str
) -> None:
    assert _files_told_to_ann(desk, command, notice, "html") == ["offer.pdf"]


def _files_told_to_ann(desk: InProcess, command: str, notice: str, kind: str) -> list[str]:
    """Names of the files in what Ann is told, when an agent answers with that command first; the
    reply has two files, and one of them repeats a note."""
    note = "The laptop was stolen by her own brother, police informed."
    desk.accept(anns())
    desk.work()
    desk.reply(BOB, f"#note {note}", to="new-ticket")
    desk.work()
    reply_to = str(desk.mail(BOB, "new-ticket")["Reply-To"])
    parts = (
        f"--b\r\nContent-Type: text/plain\r\n\r\n{command}We send you a new one.\r\n"
        f'--b\r\nContent-Type: text/{kind}; name="ATT1.htm"\r\n\r\n'
        f"<p>We send you a new one.</p><blockquote>{note}</blockquote>\r\n"
        '--b\r\nContent-Type: application/pdf; name="offer.pdf"\r\n\r\n%PDF-1.7\r\n--b--\r\n'
    )
    head = (
        f"From: {BOB}\r\nTo: {reply_to}\r\nSubject: Re: x\r\nMessage-ID: <k@c.example>\r\n"
        "Date: Mon, 2 Feb 2026 12:00:00 +0000\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
    )
    desk.accept((head + parts).encode(), reply_to, mail_from=BOB)
    desk.work()
    names = (part.get_filename() for part in desk.mail(ANN, notice).walk())
    return [name for name in names if name]


def test_mail_to_one_mailbox_by_two_addresses_is_one_ticket(desk: InProcess) -> None:
    desk.accept(anns(), SUPPORT, "Support+x@EXAMPLE.com")
    desk.work()
    assert desk.states() == ["opened"]


def test_every_mail_of_a_ticket_leads_back_to_it(desk: InProcess) -> None:
    desk.accept(anns())
    desk.work()
    mails: list[outbox.Row] = desk.mails()
    assert {row.rcpt_to for row in mails} == {ANN, BOB, LEE}
    for number, row in enumerate(mails):
        answers = f"<{row.message_id}>"
        desk.accept(
            anns(
                message_id=f"<r{number}@x>", subject="Re: x", in_reply_to=answers, from_=row.rcpt_to
            )
        )
    desk.work()
    assert desk.states() == ["opened", *["held"] * 3]
    number = desk.tickets()[0].number
    assert {row.ticket for row in desk.mails(notices=["unproven"])} == {number}
