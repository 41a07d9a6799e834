"""Letters as they occur, one or more for each notice: for `check`, tests and previews.

Not tidy examples but the hard cases of a real desk: umlauts, a long subject, hostile
text, a very long word, people without a name. Every address in them that must never
reach a requester is at `PRIVATE_DOMAIN`.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from gateway.config import Mailbox
from gateway.message import Address
from gateway.outbound.letter import Enclosure, Letter, Notice, PlainReply
from gateway.threading.quote_marks import REPLY_MARKER
from gateway.tickets.model import Ticket
from gateway.tickets.priority import Priority
from gateway.tickets.status import Status

PRIVATE_DOMAIN = "private.example"

MARKER = REPLY_MARKER
AT = datetime(2026, 11, 23, 13, 5, tzinfo=UTC)
DUE_AT = AT + timedelta(hours=4)

ANN = Address("ann.meyer@customer.example", "Meyer, Ann")
NAMELESS = Address("warehouse.3@customer.example")
BEN = Address(f"ben.weber@{PRIVATE_DOMAIN}", "Ben Weber")
ZOE = Address(f"zoe@{PRIVATE_DOMAIN}")  # an agent without a name on file

MAILBOX = Mailbox(
    address="support@example.com",
    display_name="IT Support",
    queue="IT",
    time_zone="Europe/Berlin",
    signature="IT Support, Example Ltd\nWeekdays 8 to 18, phone 4711",
)

TICKET = Ticket(
    number=1042,
    tag="k3v5xw",
    mailbox=MAILBOX.address,
    queue="IT",
    subject="Printer on the third floor prints only every other page",
    requester=ANN,
    created_at=AT,
    updated_at=AT,
    status=Status.OPEN,
    priority=Priority.P2,
    category="Hardware",
)
TAKEN = replace(TICKET, assignee=BEN, watchers=(ZOE,))

REQUEST = """Hello,

since this morning the printer on the third floor (beside the Küche)
prints only every other page. Room 3.14, asset number HP-0815.

  - switched off and on: no change
  - other paper tray: no change

The manual says https://printers.example/m479?page=12&lang=en (page 12)
might help, but I am not allowed to open the cover.

Viele Grüße
Ann"""

ANSWER = """Hello Ann,

thanks for the clear description. That is the roller of tray two; I have
one here and come by at three this afternoon.

Until then, the printer in 3.02 is yours: https://intranet.example/printers/3-02

Best regards
Ben"""

HOSTILE_SUBJECT = (
    "Re: AW: <script>alert('subject')</script> & \"quotes\" — Größenänderung der "
    "Außenstellenverbindungsübersicht für Łódź, Αθήνα und 東京, bitte bis Freitag erledigen, "
    "sonst steht die Auslieferung im ganzen Haus still"
)

HOSTILE = f"""<script>alert(1)</script> <img src=x onerror=alert(2)> </p></div></table>
{{{{ letter.mailbox }}}} {{% for x in y %}} {{# #}}
javascript:alert(3) data:text/html,x https://evil.example/"onmouseover="alert(4)
Subject: not a header
{MARKER}


{"Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz" * 8}

مرحبا، الطابعة لا تعمل منذ الصباح. שלום
\ttabs\tand    columns
"""

FAULT = (
    'templates/confirmation.txt.j2:7: letter has no "nummer"; did you mean letter.ticket.number?'
)


def sample_letters() -> tuple[Letter, ...]:
    """At least one for each notice, in the order in which a ticket meets them."""
    return (*_to_requester(), *_to_agents(), *_when_it_goes_wrong())


def a_letter(notice: Notice, **changes: object) -> Letter:
    """The plain case of one notice, with what matters changed."""
    plain = next(letter for letter in sample_letters() if letter.notice is notice)
    return replace(plain, **changes)  # type: ignore[arg-type]  # the callers name real fields


def _to_requester() -> tuple[Letter, ...]:
    plain = Letter(
        notice=Notice.CONFIRMATION,
        mailbox=MAILBOX,
        plain_reply=PlainReply.FOLLOWS_UP,
        ticket=TAKEN,
        author=BEN,
        text=ANSWER,
        at=AT,
        marker=MARKER,
    )
    confirmation = replace(plain, ticket=TICKET, author=ANN, text=REQUEST, due_at=DUE_AT)
    bare = Mailbox(address="hr@example.com", queue="HR")
    anonymous = replace(TAKEN, requester=NAMELESS, assignee=ZOE, subject=HOSTILE_SUBJECT)
    nameless = replace(plain, author=ZOE, ticket=anonymous, text=HOSTILE, mailbox=bare)
    question = (
        "Hello Ann,\n\nwhich cable do you use: the grey one or the blue one?\nA photo is fine too."
    )
    solved = "The roller of tray two is new, and the printer prints every page again."
    return (
        confirmation,
        replace(confirmation, due_at=None, mailbox=bare, ticket=anonymous, author=NAMELESS),
        replace(plain, notice=Notice.ANSWER, enclosures=(_PLAN,)),
        replace(nameless, notice=Notice.ANSWER, marker="", enclosures=(_PLAN, _FILM)),
        replace(plain, notice=Notice.QUESTION, text=question),
        replace(nameless, notice=Notice.QUESTION),
        replace(plain, notice=Notice.RESOLVED, text=solved),
        replace(nameless, notice=Notice.RESOLVED),
        replace(plain, notice=Notice.TAKEN, text=""),
        replace(nameless, notice=Notice.TAKEN, text="I start right away."),
    )


_PLAN = Enclosure(filename="Etagenplan 3. OG.pdf", size_bytes=218_233, attached=True)
_FILM = Enclosure(filename="der Drucker spricht <laut>.mov", size_bytes=48_100_000, attached=False)


def _to_agents() -> tuple[Letter, ...]:
    new = Letter(
        notice=Notice.NEW_TICKET,
        mailbox=MAILBOX,
        plain_reply=PlainReply.ANSWERS,
        ticket=replace(TICKET, status=Status.NEW),
        author=ANN,
        text=REQUEST,
        enclosures=(_PLAN, _FILM),
        at=AT,
        due_at=DUE_AT,
        marker=MARKER,
    )
    hostile = replace(TICKET, requester=NAMELESS, subject=HOSTILE_SUBJECT, category="")
    later = replace(new, ticket=TAKEN, at=AT + timedelta(hours=2), enclosures=())
    note = replace(
        later,
        notice=Notice.NOTE,
        author=BEN,
        plain_reply=PlainReply.IS_NOTED,
        text="Spare roller is in cupboard 4.\nIf that does not help, the maker comes on Thursday.",
    )
    return (
        new,
        replace(new, ticket=hostile, author=NAMELESS, text=HOSTILE, due_at=None, marker=""),
        replace(later, notice=Notice.FOLLOW_UP, text="It squeaks now, too.\n\nAnn"),
        replace(later, notice=Notice.FOLLOW_UP, text="", enclosures=(_FILM,), due_at=None),
        note,
        replace(note, author=ZOE, plain_reply=PlainReply.ANSWERS, text=HOSTILE),
    )


def _when_it_goes_wrong() -> tuple[Letter, ...]:
    refused = Letter(
        notice=Notice.REFUSED,
        mailbox=MAILBOX,
        plain_reply=PlainReply.ANSWERS,
        ticket=TAKEN,
        author=BEN,
        text="#wait\n#resolv: new roller",
        problems=(
            "#wait has no question; write #wait requester: which cable do you use?",
            "#resolv is no command; did you mean #resolve: what was done",
        ),
        at=AT,
        marker=MARKER,
    )
    late = replace(TICKET, created_at=AT - timedelta(hours=6), status=Status.NEW)
    escalation = replace(
        refused,
        notice=Notice.ESCALATION,
        ticket=late,
        author=ANN,
        text=REQUEST,
        problems=(),
        due_at=AT - timedelta(hours=2),
    )
    refusal = "550 5.1.1 <ann.meyer@customer.example>: Recipient address rejected: User unknown"
    undelivered = replace(
        refused,
        notice=Notice.UNDELIVERED,
        plain_reply=PlainReply.IS_NOTED,
        author=None,
        text=refusal,
        problems=(),
    )
    alert = replace(
        refused,
        notice=Notice.ALERT,
        plain_reply=PlainReply.NOTHING,
        ticket=None,
        author=None,
        text="",
        problems=(FAULT,),
        marker="",
    )
    alarm = replace(
        alert,
        problems=("Delivery 17 (from <ann@customer.example> to support@example.com) failed",),
        text='Other mail goes on. "ticket-gateway spool show 17" has the stack trace.',
    )
    claimed = replace(
        refused,
        notice=Notice.UNPROVEN,
        plain_reply=PlainReply.IS_NOTED,
        problems=(),
        text="#resolve: all done, Ben",
    )
    return (
        claimed,
        refused,
        replace(refused, ticket=replace(TAKEN, subject=HOSTILE_SUBJECT), text=HOSTILE, marker=""),
        escalation,
        replace(escalation, ticket=replace(late, assignee=BEN), text=HOSTILE),
        undelivered,
        replace(undelivered, text="", ticket=replace(TAKEN, requester=NAMELESS)),
        alert,
        alarm,
    )
