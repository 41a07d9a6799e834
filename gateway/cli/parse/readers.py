"""Several processes that read mails, and their answers in the order of the paths.

Each answers one mail at a time over a pipe of its own, so that what waits in memory is one
answer a process, and so that when one dies it is known which mail it had in hand. Paths go
to the processes in turn, a batch each; nothing waits for a batch to be full.
"""

import contextlib
import signal
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from gateway.cli.parse.paths import Paths
from gateway.cli.parse.read import Told, told
from gateway.errors import GatewayError

ALONE = 300  # mails read here before it pays to start further processes
BATCH = 16  # paths; with MAX_AHEAD batches of the longest paths still fit into a pipe
BATCH_CHARS = 16_384
MAX_AHEAD = 2  # batches that one process has been given
MAX_DEATHS = 20  # then it is not the mails


def in_order(paths: Paths, jobs: int) -> Iterator[Told]:
    """Every path, read; by `jobs` processes once there are many."""
    started = 0
    while (some := paths.more()) is not None:
        if jobs > 1 and started + len(some) > ALONE:
            with contextlib.closing(Readers(jobs)) as readers:
                yield from readers.read(some, paths)
            return
        started += len(some)
        yield from map(told, some)


@dataclass
class _Reader:
    """A process, and the paths it has been given and not answered."""

    process: BaseProcess
    pipe: Connection
    batches: deque[list[str]] = field(default_factory=deque)


class Readers:
    """The processes; `close` ends them."""

    def __init__(self, jobs: int) -> None:
        self.readers = [_started() for _ in range(jobs)]
        self.turns: deque[_Reader] = deque()  # whose batch is answered next, and so on
        self.waiting: deque[str] = deque()
        self.next = 0
        self.deaths = 0

    def read(self, first: list[str], paths: Paths) -> Iterator[Told]:
        self.waiting.extend(first)
        ended = False
        while True:
            self._hand_out()
            if self.waiting:
                yield self._answer()
            elif not ended and self._input_first(paths):
                some = paths.more()
                ended = some is None
                self.waiting.extend(some or ())
            elif self.turns:
                yield self._answer()
            else:
                return

    def close(self) -> None:
        """End the processes, whatever they are doing: nobody wants the answers any more."""
        for reader in self.readers:
            reader.pipe.close()
            reader.process.terminate()
        for reader in self.readers:
            reader.process.join()

    def _input_first(self, paths: Paths) -> bool:
        """Whether to take more paths before the next answer."""
        descriptor = paths.waits_on
        if not self.turns or descriptor is None:
            return True
        return descriptor in wait([descriptor, self.turns[0].pipe])

    def _hand_out(self) -> None:
        while self.waiting:
            reader = self.readers[self.next]
            if len(reader.batches) >= MAX_AHEAD:
                return
            batch: list[str] = []
            chars = 0
            while self.waiting and len(batch) < BATCH and chars < BATCH_CHARS:
                batch.append(self.waiting.popleft())
                chars += len(batch[-1])
            reader.batches.append(batch)
            self.turns.append(reader)
            self.next = (self.next + 1) % len(self.readers)
            with contextlib.suppress(OSError):  # it has died: noticed when it is to answer
                reader.pipe.send(batch)

    def _answer(self) -> Told:
        reader = self.turns[0]
        path = reader.batches[0][0]
        try:
            answer: Told = reader.pipe.recv()
        except (EOFError, OSError):
            answer = Told(path=path, problem=self._buried(reader))
            self._replace(reader)
        self._settle(reader)
        return answer

    def _settle(self, reader: _Reader) -> None:
        """The first path that this process had is answered."""
        reader.batches[0].pop(0)
        if not reader.batches[0]:
            reader.batches.popleft()
            self.turns.popleft()

    def _buried(self, reader: _Reader) -> str:
        reader.pipe.close()
        reader.process.join()
        code = reader.process.exitcode or 0
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        self.deaths += 1
        if self.deaths > MAX_DEATHS:
            raise GatewayError(
                f"{self.deaths} processes that read mails have died ({how}); "
                "say --jobs 1 to read them in this one"
            )
        return f"the process that read it died ({how})"

    def _replace(self, reader: _Reader) -> None:
        """A new process for all that the dead one had, but for the mail it died of."""
        fresh = _started()
        reader.process, reader.pipe = fresh.process, fresh.pipe
        for number, batch in enumerate(reader.batches):
            with contextlib.suppress(OSError):
                reader.pipe.send(batch[1:] if number == 0 else batch)


def _started() -> _Reader:
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs,), daemon=True)
    process.start()
    theirs.close()  # else the end of the process would not be the end of the pipe
    return _Reader(process, ours)


def _work(pipe: Connection) -> None:
    """A process's whole life: a batch of paths comes in, an answer for each goes out."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the first one ends us
    with contextlib.suppress(EOFError, OSError):  # whoever asked is gone
        while True:
            for path in pipe.recv():
                pipe.send(told(path))
