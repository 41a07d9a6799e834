"""What the audience of `demo` sees: a table that changes while the day goes on, and its story.

Without a terminal there is a line for each mail and one table at the end.
"""

import sys
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Protocol

from rich import box
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from gateway.cli import show
from gateway.cli.demo_day import Scene
from gateway.cli.demo_stage import Shown, name_of
from gateway.store.conversation import Happened

BEAT_SECONDS = 0.4  # from what somebody does to what comes of it
PAUSE_SECONDS = 0.6  # from there to the next mail
MIN_STORY_LINES = 4

# Events that have a column of their own, or that nobody but the rules caused.
_SEEN_ELSEWHERE = ("status-changed", "assigned", "ticket-opened")


class Screen(Protocol):
    """Where the day is shown. `begins`, then `ends`, for each scene."""

    def __enter__(self) -> "Screen": ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def begins(self, scene: Scene) -> None: ...

    def ends(self, scene: Scene, number: int, desk: Sequence[Shown]) -> None: ...


def screen(*, fast: bool) -> Screen:
    """A live table on a terminal, plain lines elsewhere."""
    return LiveScreen(show.console(), fast=fast) if sys.stdout.isatty() else PlainScreen()


class PlainScreen:
    """One line for each mail, and the table at the end."""

    def __init__(self) -> None:
        self._desk: Sequence[Shown] = ()

    def __enter__(self) -> "PlainScreen":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._desk:
            out = show.console()
            out.print()
            out.print(board(self._desk, changed=None))

    def begins(self, scene: Scene) -> None:
        """Told together with its effect."""

    def ends(self, scene: Scene, number: int, desk: Sequence[Shown]) -> None:
        self._desk = desk
        print(f"{scene.at}  {scene.told} -> {scene.effect.format(n=number)}", flush=True)


class LiveScreen:
    """The table, with the story below as far as it fits."""

    def __init__(self, console: Console, *, fast: bool) -> None:
        self._console, self._fast = console, fast
        self._live = Live(console=console, auto_refresh=False)
        self._desk: Sequence[Shown] = ()
        self._story: list[Text] = []
        self._changed: int | None = None

    def __enter__(self) -> "LiveScreen":
        self._live.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._changed = None
        self._show()
        self._live.__exit__(kind, error, trace)

    def begins(self, scene: Scene) -> None:
        self._story.append(Text.assemble((f"{scene.at}  ", "dim"), scene.told))
        self._show()
        self._pause(BEAT_SECONDS)

    def ends(self, scene: Scene, number: int, desk: Sequence[Shown]) -> None:
        effect = scene.effect.format(n=number)
        self._story[-1].append("  →  ", "dim").append(effect, "green")
        self._desk, self._changed = desk, number
        self._show()
        self._pause(PAUSE_SECONDS)

    def _show(self) -> None:
        # a frame that is higher than the terminal cannot be drawn over
        room = self._console.size.height - len(self._desk) - 7
        story = self._story[-max(room, MIN_STORY_LINES) :]
        frame = Group(board(self._desk, self._changed), Text(), *map(self._fitted, story))
        self._live.update(frame, refresh=True)

    def _fitted(self, line: Text) -> Text:
        shown = line.copy()
        shown.truncate(self._console.size.width - 1, overflow="ellipsis")
        return shown

    def _pause(self, seconds: float) -> None:
        """For the audience; nothing waits for it."""
        if not self._fast:
            time.sleep(seconds)


def board(desk: Sequence[Shown], changed: int | None) -> Table:
    """All tickets, the oldest first; the one that has just changed stands out."""
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, expand=False)
    for column in ("#", "status", "priority", "queue", "assignee", "requester"):
        table.add_column(column, justify="right" if column == "#" else "left", no_wrap=True)
    table.add_column("subject", no_wrap=True, overflow="ellipsis", ratio=2)
    table.add_column("last event", no_wrap=True, overflow="ellipsis", ratio=1)
    for each in desk:
        ticket = each.ticket
        cells = (
            str(ticket.number),
            ticket.status.value,
            ticket.priority.value,
            ticket.queue,
            name_of(ticket.assignee) if ticket.assignee else "-",
            name_of(ticket.requester),
            ticket.subject,
            last_event(each),
        )
        row = [Text(cell, show.STYLES.get(cell, "")) for cell in cells]
        table.add_row(*row, style="bold on grey19" if ticket.number == changed else "")
    return table


def last_event(shown: Shown) -> str:
    """The newest event that no column tells already, in words."""
    events = [
        event
        for event in shown.events
        if event.name not in _SEEN_ELSEWHERE and not event.actor.startswith("rule")
    ]
    return _in_words(events[-1]) if events else ""


def _in_words(event: Happened) -> str:
    who = name_of(event.actor.partition(" ")[2])
    detail: Mapping[str, object] = event.detail
    words = {
        "message-added": f"{detail.get('entry')} {f'by {who}' if who else ''}".rstrip(),
        "mail-bounced": f"mail to {name_of(str(detail.get('to')))} came back",
        "mail-withheld": f"not answered: {detail.get('cause')}",
        "ticket-linked": f"{detail.get('how')} #{detail.get('other')}",
    }
    return words.get(event.name, event.name)


def account(mails: int, counted: Mapping[str, int]) -> str:
    """The day in one line."""
    ways = ", ".join(f"{counted[way]} {way}" for way in ("opened", "joined", "ignored"))
    lost = counted["waiting"] + counted["quarantined"]
    return f"{mails} mails in: {ways}. {counted['sent']} mails out. {lost or 'None'} lost."
