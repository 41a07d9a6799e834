"""The day that `demo` plays: who writes what, and everything that must come of it.

A scene is one mail with the whole of its effect: how the delivery ends, how the ticket
stands then, and every mail that leaves because of it. One mail more or less is a failure.

Surprising: no ticket has a number here. A scene calls its ticket by a word, because
numbers are the desk's to give.
"""

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.deliveries import Outcome
from gateway.tickets.actions import Entry

DOMAIN = "example.com"
SUPPORT = f"support@{DOMAIN}"

#    name      address                        in directory.csv
PEOPLE = {
    "Ann":    f"ann@{DOMAIN}",                # employee
    "Carl":   f"carl@{DOMAIN}",               # employee
    "Dora":   f"dora@{DOMAIN}",               # employee
    "Bob":    f"bob@{DOMAIN}",                # agent
    "Lee":    f"lee@{DOMAIN}",                # agent and lead
    "Rack 2": f"rack-2@monitoring.{DOMAIN}",  # a machine, not in it
    "Eve":    "eve@elsewhere.example",        # a stranger, not in it
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class New:
    """A first mail to the support address. With `html_only` the text goes as HTML alone."""

    by: str
    subject: str
    text: str
    html_only: bool = False
    charset: str = "utf-8"
    files: Mapping[str, bytes] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer to the newest mail about the ticket that `by` got; of what `reads` got, where
    that was passed on. An automatic one comes from the null reverse-path."""

    by: str
    text: str
    reads: str = ""
    automatic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounce:
    """A mail server's report that the newest mail about the ticket did not reach `to`."""

    to: str
    says: str


@dataclass(frozen=True, slots=True)
class Again:
    """The mail of the scene before, the same bytes, come by a second path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """`told` and `effect` are what the audience reads; {n} is the ticket's number.

    `ticket` is its status, priority and assignee afterwards, `entry` what its newest
    message is and `kept` words of that, `mails` all that leave, each notice with its reader.
    """

    at: str
    about: str
    told: str
    mail: New | Reply | Bounce | Again
    effect: str
    outcome: Outcome
    ticket: str
    entry: Entry
    kept: str
    mails: str = ""


# One black pixel: the smallest photo there is.
_PHOTO = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABAQAAAAA3bvkkAAAACklEQVR42mNgAAAAAgAB5Sfe/AAAAABJRU5ErkJggg=="
)
_TRAIN = "<p>At home &amp; on the <b>train</b>.</p>"

DAY = (
    Scene(
        at="09:02",
        about="laptop",
        told="Ann writes: My laptop does not start",
        mail=New(by="Ann", subject="My laptop does not start", text="It only beeps."),
        effect="#{n} opened, Ann has its number, Bob and Lee have the mail",
        outcome=Outcome.OPENED,
        ticket="new P3 -",
        entry=Entry.REQUEST,
        kept="It only beeps.",
        mails="confirmation Ann, new-ticket Bob, new-ticket Lee",
    ),
    Scene(
        at="09:10",
        about="printer",
        told="Carl sends a photo: Printer 3 jams",
        mail=New(by="Carl", subject="Printer 3 jams", text="See photo.", files={"jam.png": _PHOTO}),
        effect="#{n} opened, the photo goes along to the agents",
        outcome=Outcome.OPENED,
        ticket="new P3 -",
        entry=Entry.REQUEST,
        kept="See photo.",
        mails="confirmation Carl, new-ticket Bob, new-ticket Lee",
    ),
    Scene(
        at="09:14",
        about="password",
        told="Dora schreibt: Kein Zugang für Köln",
        mail=New(
            by="Dora",
            subject="Kein Zugang für Köln",
            text="Mein Passwort ist abgelaufen. Schöne Grüße, Dora",
            charset="iso-8859-1",
        ),
        effect="#{n} opened, P2 by the rule on “Passwort”",
        outcome=Outcome.OPENED,
        ticket="new P2 -",
        entry=Entry.REQUEST,
        kept="Schöne Grüße",
        mails="confirmation Dora, new-ticket Bob, new-ticket Lee",
    ),
    Scene(
        at="09:21",
        about="vpn",
        told="Carl writes, in HTML only: VPN drops all the time",
        mail=New(by="Carl", subject="VPN drops all the time", text=_TRAIN, html_only=True),
        effect="#{n} opened, a rule gives it to Bob",
        outcome=Outcome.OPENED,
        ticket="new P3 Bob",
        entry=Entry.REQUEST,
        kept="At home & on the train",
        mails="confirmation Carl, new-ticket Bob, new-ticket Lee",
    ),
    Scene(
        at="09:30",
        about="laptop",
        told="Ann replies to her confirmation: three beeps",
        mail=Reply(by="Ann", text="Three beeps, to be exact."),
        effect="joins #{n}, Bob and Lee have it",
        outcome=Outcome.JOINED,
        ticket="new P3 -",
        entry=Entry.FOLLOW_UP,
        kept="Three beeps, to be exact.",
        mails="follow-up Bob, follow-up Lee",
    ),
    Scene(
        at="09:44",
        about="laptop",
        told="Bob just replies: bring it by",
        mail=Reply(by="Bob", text="That is the memory. Bring it by at ten?"),
        effect="Ann has it from the support address; #{n} is Bob's and open",
        outcome=Outcome.JOINED,
        ticket="open P3 Bob",
        entry=Entry.ANSWER,
        kept="That is the memory.",
        mails="answer Ann",
    ),
    Scene(
        at="10:05",
        about="printer",
        told="Lee replies: #take",
        mail=Reply(by="Lee", text="#take"),
        effect="#{n} is Lee's, Carl is told",
        outcome=Outcome.JOINED,
        ticket="open P3 Lee",
        entry=Entry.COMMAND,
        kept="",
        mails="done Lee, taken Carl",
    ),
    Scene(
        at="10:12",
        about="printer",
        told="Lee replies: #note the roller again",
        mail=Reply(by="Lee", text="#note The roller again. Third time; I order a new one."),
        effect="stays inside #{n}: Bob reads it, Carl never does",
        outcome=Outcome.JOINED,
        ticket="open P3 Lee",
        entry=Entry.NOTE,
        kept="The roller again.",
        mails="note Bob",
    ),
    Scene(
        at="10:40",
        about="vpn",
        told="Bob replies: #wait requester: which network?",
        mail=Reply(by="Bob", text="#wait requester: On which network are you then?"),
        effect="#{n} waits for Carl, and he is asked",
        outcome=Outcome.JOINED,
        ticket="waiting-requester P3 Bob",
        entry=Entry.ANSWER,
        kept="On which network are you then?",
        mails="question Carl",
    ),
    Scene(
        at="11:20",
        about="vpn",
        told="Carl replies: mobile, both times",
        mail=Reply(by="Carl", text="Mobile, both times."),
        effect="joins #{n}, which is open again; Bob has it",
        outcome=Outcome.JOINED,
        ticket="open P3 Bob",
        entry=Entry.FOLLOW_UP,
        kept="Mobile, both times.",
        mails="follow-up Bob",
    ),
    Scene(
        at="11:21",
        about="vpn",
        told="The same mail of Carl comes by a second path",
        mail=Again(),
        effect="a duplicate: #{n} stays as it is, nobody hears of it",
        outcome=Outcome.IGNORED,
        ticket="open P3 Bob",
        entry=Entry.FOLLOW_UP,
        kept="Mobile, both times.",
    ),
    Scene(
        at="12:00",
        about="outage",
        told="A machine reports: Mail store is down",
        mail=New(
            by="Rack 2",
            subject="Mail store is down",
            text="No answer for 60 s.",
            headers={"Auto-Submitted": "auto-generated"},
        ),
        effect="#{n} opened, P1 by rule; the agents are told, the machine is not",
        outcome=Outcome.OPENED,
        ticket="new P1 -",
        entry=Entry.REQUEST,
        kept="No answer for 60 s.",
        mails="new-ticket Bob, new-ticket Lee",
    ),
    Scene(
        at="12:31",
        about="laptop",
        told="Ann's mailbox answers Bob: out for lunch",
        mail=Reply(by="Ann", text="I am out for lunch until 13:30.", automatic=True),
        effect="kept with #{n}, answered by nobody",
        outcome=Outcome.JOINED,
        ticket="open P3 Bob",
        entry=Entry.AUTOMATIC,
        kept="out for lunch",
    ),
    Scene(
        at="13:15",
        about="password",
        told="A mail server bounces: Dora's mailbox is full",
        mail=Bounce(to="Dora", says="552 5.2.2 Mailbox full"),
        effect="kept with #{n}; Bob and Lee know that Dora was not reached",
        outcome=Outcome.JOINED,
        ticket="new P2 -",
        entry=Entry.AUTOMATIC,
        kept="Mailbox full",
        mails="undelivered Bob, undelivered Lee",
    ),
    Scene(
        at="14:08",
        about="stranger",
        told="Eve, a stranger, replies to a mail of Carl's that she was passed",
        mail=Reply(by="Eve", text="What is going on with this?", reads="Carl"),
        effect="no way in: #{n} opened, her own",
        outcome=Outcome.OPENED,
        ticket="new P3 -",
        entry=Entry.REQUEST,
        kept="What is going on with this?",
        mails="confirmation Eve, new-ticket Bob, new-ticket Lee",
    ),
    Scene(
        at="15:50",
        about="laptop",
        told="Bob replies: #resolve: new memory",
        mail=Reply(by="Bob", text="#resolve: New memory is in, it starts."),
        effect="#{n} resolved, Ann reads what was done",
        outcome=Outcome.JOINED,
        ticket="resolved P3 Bob",
        entry=Entry.ANSWER,
        kept="New memory is in, it starts.",
        mails="resolved Ann",
    ),
)
