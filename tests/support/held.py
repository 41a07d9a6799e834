"""Mail that waits for a yes, and the people who say it."""

import re

from gateway.store import account, snapshot
from gateway.workers.upkeep import Upkeep
from support.in_process import ANN, InProcess, anns
from support.mail import a_mail

EVE = "eve@evil.example"


def hold_one(desk: InProcess, text: str = "And it smells.") -> int:
    """Somebody who knows the tag of Ann's ticket writes in her name; the delivery's id."""
    if not desk.tickets():
        desk.accept(anns())
        desk.work()
    [ticket, *_] = desk.tickets()
    desk.accept(anns(subject=f"Re: Printer [#{ticket.number}-{ticket.tag}]", text=text))
    desk.work()
    held_one = desk.deliveries()[-1]
    assert (held_one.state, held_one.cause, held_one.ticket) == ("held", "unproven", None)
    return held_one.id


def answer(desk: InProcess, text: str, who: str = ANN, **fields: str) -> None:
    desk.reply(who, text, to="unproven", **fields)
    desk.work()


def state(desk: InProcess, delivery: int) -> str:
    [found] = [each for each in desk.deliveries() if each.id == delivery]
    return found.state


def texts(desk: InProcess) -> list[str]:
    return [each.text.strip() for each in desk.said(desk.tickets()[0].number)]


def balances(desk: InProcess) -> bool:
    gateway = desk.office.desk.gateway
    with snapshot(desk.office.database) as tx:
        told = account.account(tx, None, lambda each: gateway.mailbox_of(each) is not None)
    assert sum(told.outcomes.values()) == told.accepted
    return told.balances


def list_held(desk: InProcess) -> None:
    upkeep = Upkeep(desk.office)
    while upkeep.step():
        pass


def links(desk: InProcess, who: str) -> dict[tuple[str, int], str]:
    """By word and delivery, the address that the link in this reader's list is to."""
    body = desk.mail(who, "held").get_body(("html",))
    assert body is not None
    found = re.findall(r'href="mailto:([^"?]+)\?([^"]*)"', body.get_content())
    pressed = {}
    for address, rest in found:
        [said] = re.findall(r"body=(\w+)%20(\d+)", rest)
        pressed[said[0], int(said[1])] = address.replace("%2B", "+")
    return pressed


def press(desk: InProcess, who: str, word: str, delivery: int) -> None:
    to = links(desk, who)[word, delivery]
    raw = a_mail(from_=who, to=to, subject="Release", text=f"{word} {delivery}\n\n-- \nLee",
                 message_id=f"<{who}-{word}-{delivery}@client.example>")  # fmt: skip
    desk.accept(raw, to, mail_from=who)
    desk.work()


def make(desk: InProcess, *settings: str) -> None:
    lines = "\n".join(settings)
    desk.change("gateway.toml", 'address = "support@example.com"',
                f'address = "support@example.com"\n{lines}')  # fmt: skip


def eves(desk: InProcess, subject: str = "Offer", *, mail_from: str = EVE, **fields: str) -> None:
    raw = a_mail(
        **{
            "from_": f"Eve <{EVE}>",
            "subject": subject,  # type: ignore[arg-type]
            "message_id": f"<{len(desk.deliveries())}@evil.example>",
            **fields,
        }
    )
    desk.accept(raw, mail_from=mail_from)
    desk.work()
