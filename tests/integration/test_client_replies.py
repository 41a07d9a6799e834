"""Agents' replies as the mail clients of this world write them: what they command is done.

Each is made of the notification that the agent really got, quoted as that client quotes.
"""

from collections.abc import Callable
from email.message import EmailMessage
from html import escape

import pytest

from gateway.threading.quoting import REPLY_MARKER
from support.in_process import ANN, BOB, InProcess, anns

WHEN = "Tue, Oct 1, 2024 at 9:00 AM"
Texts = tuple[str, str]  # plain and HTML; either may be empty


def _plain(got: EmailMessage) -> str:
    body = got.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def _html(got: EmailMessage) -> str:
    body = got.get_body(("html",))
    assert body is not None
    whole = str(body.get_content())
    return whole[whole.index("<body") : whole.index("</body>")].partition(">")[2]


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.splitlines())


def _divs(words: str) -> str:
    return "".join(f"<div>{escape(line) or '<br>'}</div>" for line in words.split("\n"))


def thunderbird(words: str, got: EmailMessage) -> Texts:
    plain = f"{words}\n\nOn 01.10.24 09:00, Support wrote:\n{_quoted(_plain(got))}\n"
    lines = "<br>".join(map(escape, words.split("\n")))
    html = (
        f'<html><body><p>{lines}</p><div class="moz-cite-prefix">On 01.10.24 09:00, Support '
        f'wrote:<br></div><blockquote type="cite">{_html(got)}</blockquote></body></html>'
    )
    return plain, html


def thunderbird_below(words: str, got: EmailMessage) -> Texts:
    return f"On 01.10.24 09:00, Support wrote:\n{_quoted(_plain(got))}\n\n{words}\n", ""


def outlook(words: str, got: EmailMessage) -> Texts:
    head = (
        "From: Support <support@example.com>\nSent: Tuesday, October 1, 2024 9:00 AM\n"
        f"To: Bob Agent <bob@example.com>\nSubject: {got['Subject']}\n"
    )
    paragraphs = "".join(
        f'<p class="MsoNormal">{escape(line) or "&nbsp;"}<o:p></o:p></p>'
        for line in words.split("\n")
    )
    lines = "<br>".join(f"<b>{escape(each)}</b>" for each in head.strip().split("\n"))
    html = (
        f'<html><body><div class="WordSection1">{paragraphs}<div style="border:none;border-top:'
        f'solid #E1E1E1 1.0pt"><p class="MsoNormal">{lines}</p></div>{_html(got)}</div>'
        "</body></html>"
    )
    return f"{words}\n\n\n{head}\n{_plain(got)}", html


def outlook_html_alone(words: str, got: EmailMessage) -> Texts:
    return "", outlook(words, got)[1]


def outlook_web(words: str, got: EmailMessage) -> Texts:
    html = (
        f'<html><body><div class="elementToProof">{_divs(words)}</div><div id="appendonsend"></div>'
        '<hr style="display:inline-block;width:98%"><div id="divRplyFwdMsg" dir="ltr"><font>'
        "<b>From:</b> Support &lt;support@example.com&gt;<br><b>Sent:</b> Tuesday, October 1, 2024 "
        "9:00 AM<br><b>To:</b> Bob Agent &lt;bob@example.com&gt;<br><b>Subject:</b> Printer</font>"
        f"</div>{_html(got)}</body></html>"
    )
    return "", html


def outlook_phone(words: str, got: EmailMessage) -> Texts:
    plain = (
        f"{words}\n\nGet Outlook for iOS<https://aka.ms/o0ukef>\n________________________________\n"
        "From: Support <support@example.com>\nSent: Tuesday, October 1, 2024 9:00:00 AM\n"
        f"To: Bob Agent <bob@example.com>\nSubject: {got['Subject']}\n\n{_plain(got)}"
    )
    return plain, ""


def apple_mail(words: str, got: EmailMessage) -> Texts:
    plain = f"{words}\n\n> On 1 Oct 2024, at 09:00, Support <support@example.com> wrote:\n> \n"
    html = (
        f'<html><body style="overflow-wrap: break-word;">{_divs(words)}<div><br><blockquote '
        'type="cite"><div>On 1 Oct 2024, at 09:00, Support &lt;support@example.com&gt; wrote:</div>'
        f"<br>{_html(got)}</blockquote></div></body></html>"
    )
    return plain + _quoted(_plain(got)), html


def iphone(words: str, got: EmailMessage) -> Texts:
    """With the quotation marks and capital letters that its keyboard makes."""
    words = words.replace("#take", "#Take")
    plain = (
        f"{words}\n\nSent from my iPhone\n\n> On 1 Oct 2024, at 09:00, Support "
        f"<support@example.com> wrote:\n> \n> {_quoted(_plain(got))}\n"
    )
    return plain, ""


def gmail(words: str, got: EmailMessage) -> Texts:
    said = f"On {WHEN} Support <support@example.com> wrote:"
    html = (
        f'<div dir="ltr">{_divs(words)}</div><br><div class="gmail_quote"><div dir="ltr" '
        f'class="gmail_attr">{escape(said)}<br></div><blockquote class="gmail_quote" '
        f'style="margin:0px 0px 0px 0.8ex">{_html(got)}</blockquote></div>'
    )
    return f"{words}\n\n{said}\n\n{_quoted(_plain(got))}\n", html


def gmail_phone(words: str, got: EmailMessage) -> Texts:
    html = gmail(words, got)[1].replace('<div dir="ltr">', '<div dir="auto">', 1)
    return gmail(words, got)[0].replace(" ", "\u00a0", 1), html


CLIENTS: list[Callable[[str, EmailMessage], Texts]] = [
    thunderbird,
    thunderbird_below,
    outlook,
    outlook_html_alone,
    outlook_web,
    outlook_phone,
    apple_mail,
    iphone,
    gmail,
    gmail_phone,
]


def reply(desk: InProcess, client: Callable[[str, EmailMessage], Texts], words: str) -> None:
    got = desk.mail(BOB, "new-ticket")
    plain, html = client(words, got)
    mail = EmailMessage()
    mail["From"], mail["To"] = f"Bob Agent <{BOB}>", str(got["Reply-To"])
    mail["Subject"] = f"Re: {got['Subject']}"
    mail["Message-ID"] = f"<{len(desk.deliveries())}@client.example>"
    mail["In-Reply-To"] = str(got["Message-ID"])
    if plain:
        mail.set_content(plain)
        if html:
            mail.add_alternative(html, subtype="html")
    else:
        mail.set_content(html, subtype="html")
    desk.accept(mail.as_bytes(), str(got["Reply-To"]), mail_from=BOB)
    desk.work()


@pytest.mark.parametrize("client", CLIENTS, ids=lambda each: each.__name__)
def test_commands_and_text_do_what_they_say(
    desk: InProcess, client: Callable[[str, EmailMessage], Texts]
) -> None:
    desk.accept(anns(subject="Printer"))
    desk.work()
    reply(desk, client, "#take\n#tag printer\n\nI am on my way.")
    [ticket] = desk.tickets()
    assert ticket.assignee is not None
    assert (ticket.assignee.address, ticket.tags) == (BOB, ("printer",))
    answer = desk.text(ANN, "answer")
    assert "I am on my way." in answer
    assert answer.count(REPLY_MARKER) == 1, "that of the answer itself"
    assert "start it with one of these lines" not in answer

    reply(desk, client, "#note She is the CEO.")
    reply(desk, client, "#resolve: new toner")
    [ticket] = desk.tickets()
    assert str(ticket.status) == "resolved"
    assert [each.entry for each in desk.said(ticket.number)] == [
        "request",
        "answer",
        "note",
        "answer",
    ]
    assert desk.said(ticket.number)[2].text.strip() == "She is the CEO."
    assert "new toner" in desk.text(ANN, "resolved")
    assert all(b"CEO" not in row.content for row in desk.mails(ANN))
