"""One answer that never ends does not keep all other mail waiting."""

import contextlib
import socketserver
import threading
from collections.abc import Iterator

import pytest

from gateway.errors import TemporaryError
from support.outgoing import an_outgoing


class _Dripping(socketserver.StreamRequestHandler):
    """Takes its time with RCPT: a line within every timeout, and never the last one."""

    def handle(self) -> None:
        self.wfile.write(b"220 drip.example\r\n")
        stopping: threading.Event = self.server.stopping  # type: ignore[attr-defined]
        for line in self.rfile:
            if not line.upper().startswith(b"RCPT"):
                self.wfile.write(b"250 2.0.0 ok\r\n")
                continue
            with contextlib.suppress(OSError):
                while not stopping.wait(0.2):
                    self.wfile.write(b"250-still thinking\r\n")
            return


@pytest.fixture
def dripping() -> Iterator[int]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Dripping) as server:
        server.daemon_threads = True
        server.stopping = threading.Event()  # type: ignore[attr-defined]
        worker = threading.Thread(target=server.serve_forever)
        worker.start()
        yield server.server_address[1]
        server.stopping.set()  # type: ignore[attr-defined]
        server.shutdown()
        worker.join()


@pytest.mark.timeout(60)
def test_a_server_that_answers_for_ever_is_cut_off(dripping: int, new_sender) -> None:  # type: ignore[no-untyped-def]
    sender = new_sender(dripping, timeout_seconds=1)
    with pytest.raises(TemporaryError, match="connection lost at RCPT"):
        sender.send(an_outgoing())
