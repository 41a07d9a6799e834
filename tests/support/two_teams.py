"""IT and HR, whose queue is for members only; tickets that go from the one to the other."""

from email import message_from_bytes

from gateway.tickets.model import Ticket
from support.in_process import ANN, SUPPORT, InProcess, anns
from support.mail import a_mail


def hr_is_for_members_only(desk: InProcess) -> None:
    """Lee works for both teams, Bob leads IT, and HR is Hana's and Lee's alone."""
    desk.change("gateway.toml", 'name = "HR"\n', 'name = "HR"\nmembers_only = true\n')
    lee, bob = "lee@example.com,Lee Lead,agent", "bob@example.com,Bob Agent,agent"
    desk.change("directory.csv", f"{lee},it,it,,", f"{lee},it hr,,,")
    desk.change("directory.csv", f"{bob},it,,,", f"{bob},it,it,,")


def opened(desk: InProcess, who: str = ANN, subject: str = "Printer", to: str = SUPPORT) -> int:
    """The number of a new ticket."""
    desk.accept(anns(from_=who, subject=subject, text="It burns.", to=to), to, mail_from=who)
    desk.work()
    return desk.tickets()[-1].number


def ticket(desk: InProcess, number: int) -> Ticket:
    return {each.number: each for each in desk.tickets()}[number]


def tagged(desk: InProcess, number: int) -> str:
    """The subject of a reply."""
    found = ticket(desk, number)
    return f"Re: {found.subject} [#{number}-{found.tag}]"


def says(desk: InProcess, who: str, notice: str, number: int, text: str, subject: str = "") -> None:
    """What somebody answers to the first mail of this notice about this ticket."""
    mail = next(each for each in desk.mails(who, [notice]) if each.ticket == number)
    to = str(message_from_bytes(mail.content)["Reply-To"])
    mail_id = f"<s{len(desk.deliveries())}@client.example>"
    raw = a_mail(from_=who, to=to, subject=subject or "Re: x", text=text, message_id=mail_id)
    desk.accept(raw, to, mail_from=who)
    desk.work()


def commands(desk: InProcess, who: str, number: int, text: str) -> None:
    """An agent commands, and says yes when asked whether it was they."""
    asked = len(desk.mails(who, ["unproven"]))
    says(desk, who, "new-ticket", number, text)
    if len(desk.mails(who, ["unproven"])) > asked:
        desk.reply(who, "yes", to="unproven")
        desk.work()


def merge(desk: InProcess, who: str, one: int, into: int) -> None:
    commands(desk, who, one, f"#merge {into}")
    assert ticket(desk, one).merged_into == into


def told(desk: InProcess, who: str) -> str:
    """All that this person was ever sent, with its subjects."""
    said = []
    for each in desk.mails(who):
        mail = message_from_bytes(each.content)
        said.append(str(mail["Subject"]))
        parts = (part for part in mail.walk() if not part.is_multipart())
        for part in parts:
            payload = part.get_payload(decode=True)
            said.append(payload.decode("utf-8", "replace") if isinstance(payload, bytes) else "")
    return "\n".join(said)
