"""How far a long run is, on standard error, for a person whose mails go into a file."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

SHOWN_FROM = 200  # mails; fewer are done before anybody looks


@contextmanager
def moving() -> Iterator[Callable[[], None]]:
    """Call it for each mail. How many will come is not known: the list is still being read."""
    columns = (SpinnerColumn(), TextColumn("{task.completed:,} mails"), TimeElapsedColumn())
    bar = Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False)
    task, done = bar.add_task("", total=None), 0

    def step() -> None:
        nonlocal done
        done += 1
        if done == SHOWN_FROM:
            bar.start()
        if done >= SHOWN_FROM:
            bar.update(task, completed=done)

    try:
        yield step
    finally:
        bar.stop()
