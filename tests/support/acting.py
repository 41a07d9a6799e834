"""What people do to a desk that is worked in this process, as one line each."""

from support.in_process import SUPPORT, InProcess, anns


def opened(
    desk: InProcess, who: str, subject: str, text: str = "It burns.", to: str = SUPPORT
) -> int:
    """Somebody's new ticket; its number."""
    desk.accept(anns(from_=who, subject=subject, to=to, text=text), to, mail_from=who)
    desk.work()
    return desk.tickets()[-1].number


def says(desk: InProcess, who: str, text: str, to: str, *, sure: bool = False) -> None:
    """Somebody's reply, handled; with the yes that it is asked for."""
    desk.reply(who, text, to=to)
    desk.work()
    if sure:
        desk.reply(who, "yes", to="unproven")
        desk.work()


def bare(desk: InProcess, who: str, text: str, to: str = SUPPORT) -> None:
    """A mail of its own, to no address of any ticket."""
    subject = f"Question {len(desk.deliveries())}"
    desk.accept(anns(from_=who, to=to, subject=subject, text=text), to, mail_from=who)
    desk.work()


def states(desk: InProcess) -> list[str]:
    return [each.state for each in desk.deliveries()]
