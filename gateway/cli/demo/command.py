"""`demo`: a small office day, played against a throwaway desk for whoever wants to see one.

It is a test of the house as well: each mail must have exactly the effect that its scene
says, or the demo ends with 1 and what was expected. Nothing of it is left, neither a
process nor a folder, unless `--keep` asks for the folder.
"""

import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

import click

from gateway.cli.demo import mail as demo_mail
from gateway.cli.demo.day import DAY, SUPPORT, Again, Bounce, New, Reply, Scene
from gateway.cli.demo.mail import Written
from gateway.cli.demo.show import account, screen
from gateway.cli.demo.stage import DemoError, Effect, Shown, Stage, name_of, stage, undisturbed


@click.command("demo")
@click.option(
    "--keep",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Play in this folder, and leave the desk there.",
)
@click.option("--fast", is_flag=True, help="As fast as it goes.")
def demo_command(keep: Path | None, fast: bool) -> None:
    """Play a small office day against a throwaway desk; it ends by itself."""
    click.echo(f"A desk for {SUPPORT}, its daemon, and one day of mail:")
    try:
        with _ended_by_signals(), _folder(keep) as folder, stage(folder) as desk:
            perform(desk, DAY, fast=fast)
            click.echo(f"\n{account(len(DAY), desk.account())}\n")
    except DemoError as error:
        click.echo(f"ticket-gateway demo: {error}", err=True)
        raise click.exceptions.Exit(1) from None
    for line in _next_steps(keep):
        click.echo(line)


def perform(desk: Stage, day: Sequence[Scene], *, fast: bool) -> None:
    """Play the scenes. Raises DemoError at the first without its effect."""
    numbers: dict[str, int] = {}
    written: Written | None = None
    with screen(fast=fast) as shown:
        for scene in day:
            shown.begins(scene)
            written = _written(scene, desk, numbers, written)
            effect = desk.play(written)
            tickets = desk.show()
            if scene.about not in numbers and effect.ticket:
                numbers[scene.about] = effect.ticket
            number = numbers.get(scene.about, 0)
            _check(scene, effect, next((t for t in tickets if t.ticket.number == number), None))
            shown.ends(scene, number, tickets)


def _written(scene: Scene, desk: Stage, numbers: dict[str, int], before: Written | None) -> Written:
    now = datetime.now(UTC)
    match scene.mail:
        case New() as mail:
            return demo_mail.first(mail, now)
        case Reply() as mail:
            about = numbers["printer" if mail.reads else scene.about]
            return demo_mail.reply(mail, desk.newest_mail(mail.reads or mail.by, about), now)
        case Bounce() as mail:
            return demo_mail.bounce(mail, desk.newest_mail(mail.to, numbers[scene.about]), now)
        case Again():
            if before is None:
                raise DemoError("the first scene has no mail before it")
            return before


def _check(scene: Scene, effect: Effect, shown: Shown | None) -> None:
    """Raises DemoError with all that is not as the scene says."""
    newest = shown.messages[-1] if shown else None
    mails = sorted(f"{notice} {name_of(address)}" for notice, address in effect.mails)
    compared = [
        ("outcome", scene.outcome.value, effect.outcome),
        ("ticket", scene.ticket, _standing(shown) if shown else "none"),
        ("message", scene.entry.value, newest.entry.value if newest else "none"),
        ("text", scene.kept, scene.kept if newest and scene.kept in newest.text else
         newest.text if newest else ""),
        ("mails", sorted(filter(None, scene.mails.split(", "))), mails),
    ]  # fmt: skip
    if isinstance(scene.mail, New) and shown and newest:
        compared.append(("subject", scene.mail.subject, shown.ticket.subject))
        files = [file.filename for file in newest.attachments]
        compared.append(("files", list(scene.mail.files), files))
    wrong = [f"{name}: expected {want!r}, found {got!r}" for name, want, got in compared
             if want != got]  # fmt: skip
    if wrong:
        raise DemoError("\n  ".join([f"{scene.at} {scene.told}", *wrong]))


def _standing(shown: Shown) -> str:
    ticket = shown.ticket
    assignee = name_of(ticket.assignee) if ticket.assignee else "-"
    return f"{ticket.status} {ticket.priority} {assignee}"


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    """Where the desk stands; a temporary folder is removed whatever happens."""
    if keep:
        yield keep.absolute()
        return
    folder = Path(tempfile.mkdtemp(prefix="ticket-gateway-demo-"))
    try:
        yield folder
    finally:
        with undisturbed():
            shutil.rmtree(folder)


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """SIGTERM and a closed terminal end us as Ctrl-C does, so that nothing is left behind."""

    def end(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _next_steps(keep: Path | None) -> list[str]:
    """Three lines: where to go from here."""
    us = _our_command()
    if keep:
        return [
            f"  look   {us} --desk {keep} ticket show 1001",
            f"  ask    {us} --desk {keep} explain 4",
            f"  go on  {us} --desk {keep} run --hints",
        ]
    return [
        f"  again  {us} demo --keep DIR   (and the desk stays, to look around)",
        f"  begin  {us} init DIR --address support@YOUR.DOMAIN",
        f"  run    {us} --desk DIR run --hints",
    ]


def _our_command() -> str:
    """What to type for us: the name where the shell knows it, else the path we came by."""
    name = "ticket-gateway"
    is_known = shutil.which(name) or Path(sys.argv[0]).name != name
    return name if is_known else sys.argv[0]
