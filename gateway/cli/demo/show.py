"""What the audience of `demo` sees: a table that changes while the day goes on, and its story.

Without a terminal there is a line for each mail and one table at the end.
"""

import sys
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Protocol

from rich import box
from rich.console import Console, Group, JustifyMethod
from rich.live import Live
from rich.table import Table
from rich.text import Text

from gateway.cli import show
from gateway.cli.demo.day import Scene
from gateway.cli.demo.stage import Shown, name_of
from gateway.store.conversation import Happened

BEAT_SECONDS = 0.4  # from what somebody does to what comes of it
PAUSE_SECONDS = 0.6  # from there to the next mail
MIN_STORY_LINES = 4

#   column       its width
COLUMNS = {
    "#":          4,
    "status":     17,
    "priority":   8,
    "queue":      5,
    "assignee":   8,
    "requester":  9,
    "subject":    24,
    "last event": 25,
}  # fmt: skip
WIDE = sum(COLUMNS.values()) + 2 * len(COLUMNS)
ONLY_WIDE = ("queue", "last event")

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
            out.print(board(self._desk, None, out.width))

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
        self._story.append(_told(scene))
        self._show()
        self._pause(BEAT_SECONDS)

    def ends(self, scene: Scene, number: int, desk: Sequence[Shown]) -> None:
        self._story[-1] = _told(scene, number, self._console.size.width)
        self._desk, self._changed = desk, number
        self._show()
        self._pause(PAUSE_SECONDS)

    def _show(self) -> None:
        size = self._console.size
        # a frame that is higher than the terminal cannot be drawn over
        room = max(size.height - len(self._desk) - 7, MIN_STORY_LINES)
        story = [line for told in self._story for line in told.wrap(self._console, size.width)]
        table = board(self._desk, self._changed, size.width)
        self._live.update(Group(table, Text(), *story[-room:]), refresh=True)

    def _pause(self, seconds: float) -> None:
        """For the audience; nothing waits for it."""
        if not self._fast:
            time.sleep(seconds)


def _told(scene: Scene, number: int | None = None, width: int = 0) -> Text:
    """What happened in one line, or in two where the terminal is too narrow."""
    line = Text.assemble((f"{scene.at}  ", "dim"), scene.told)
    if number is None:
        return line
    effect = Text.assemble(("→  ", "dim"), (scene.effect.format(n=number), "green"))
    fits = line.cell_len + effect.cell_len + 2 <= width
    return Text.assemble(line, "  " if fits else "\n    ", effect)


def board(desk: Sequence[Shown], changed: int | None, width: int) -> Table:
    """All tickets, the oldest first; the one that has just changed stands out."""
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, padding=(0, 1, 0, 0))
    columns = [column for column in COLUMNS if width >= WIDE or column not in ONLY_WIDE]
    for column in columns:
        # at least as wide as it will be, so that nothing moves but what changes
        justify: JustifyMethod = "right" if column == "#" else "left"
        table.add_column(column, justify=justify, no_wrap=True, overflow="ellipsis",
                         min_width=COLUMNS[column] if column != "subject" else 0)  # fmt: skip
    for each in desk:
        ticket = each.ticket
        cells = {
            "#": str(ticket.number),
            "status": ticket.status.value,
            "priority": ticket.priority.value,
            "queue": ticket.queue,
            "assignee": name_of(ticket.assignee) if ticket.assignee else "-",
            "requester": name_of(ticket.requester),
            "subject": ticket.subject,
            "last event": last_event(each),
        }
        row = [Text(cells[column], show.STYLES.get(cells[column], "")) for column in columns]
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
        "message-added": f"{detail.get('entry')} by {who}" if who else f"{event.why} kept",
        "mail-bounced": f"mail to {name_of(str(detail.get('to')))} came back",
        "mail-withheld": f"no answer: {detail.get('cause')}",
    }
    return words.get(event.name, event.name)


def account(mails: int, counted: Mapping[str, int]) -> str:
    """The day in one line."""
    ways = ", ".join(f"{counted[way]} {way}" for way in ("opened", "joined", "ignored"))
    lost = counted["waiting"] + counted["quarantined"]
    return f"{mails} mails in: {ways}. {counted['sent']} mails out. {lost or 'None'} lost."
