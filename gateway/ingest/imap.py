"""One conversation with an IMAP server (RFC 3501); with `imap_login` the door to imapclient.

Says what a folder holds, hands out one mail at a time, files mails away, waits for news.
Never decides which mail is taken: that is `imap_source`. Surprising: news that the server
sends together with its "go on" to IDLE is never announced by imapclient, only kept.
"""

import contextlib
import imaplib
import socket
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from time import monotonic

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from gateway.config.imap import Imap
from gateway.errors import GatewayError
from gateway.ingest.imap_login import connected, log_in, secure
from gateway.ingest.imap_trouble import NOT_NOW, Lost, Refused, Secret, Unwilling
from gateway.ingest.imap_watchdog import Watchdog

STEP_TIMEOUTS = 5  # timeouts that one step may take: what trickles in is hung too
SLOWEST = 20_000  # octets a second; slower is hung
WINDOW = 50_000  # UIDs in one answer; imaplib takes none above a million octets
_UIDS_AT_ONCE = 500  # in one command: servers limit its length


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A folder as SELECT tells of it. `next_uid` is above every UID there is."""

    uidvalidity: int
    next_uid: int
    mails: int


class Session:
    """A connection that is logged in. Used by one worker, but `hang_up` by anybody."""

    def __init__(self, settings: Imap, secret: Secret) -> None:
        """Raises Lost, or Refused."""
        self._settings = settings
        self._gone = False
        self._watchdog = Watchdog(self.hang_up)
        self._client: IMAPClient | None = None
        try:
            self._client = client = connected(settings)
            with self._step("login"):
                secure(client, settings)
                log_in(client, settings, secret)
                self._has = frozenset(map(bytes.decode, client.capabilities()))
        except BaseException:
            self.close()
            raise

    def has(self, capability: str) -> bool:
        return capability in self._has

    def open(self) -> Folder:
        """The folder as it is now. Raises Refused when it is not there."""
        name = self._settings.folder
        try:
            with self._step("SELECT"):
                said = self._ours.select_folder(name)
        except Unwilling as error:
            if NOT_NOW.search(str(error)):
                raise Lost(str(error)) from error
            raise Refused("folder", f'"{name}" cannot be opened: {error}', "name another") from None
        uidvalidity = said.get(b"UIDVALIDITY")
        if not isinstance(uidvalidity, int):
            problem = "the server numbers no mails (UIDVALIDITY), so none can be taken just once"
            raise Refused("host", problem, "take mail from another server")
        return Folder(
            uidvalidity=uidvalidity,
            next_uid=int(said.get(b"UIDNEXT", 0)),
            mails=int(said.get(b"EXISTS", 0)),
        )

    def uids(self, folder: Folder, first: int, last: int, *criteria: str) -> Iterator[list[int]]:
        """The UIDs from `first` to `last` that fit the criteria, ascending; piece by piece
        where the folder has so many mails that one answer could not hold them."""
        last = last if folder.next_uid == 0 else min(last, folder.next_uid - 1)
        width = WINDOW if folder.mails > WINDOW and folder.next_uid else last - first + 1
        for start in range(first, last + 1, max(width, 1)):
            end = min(start + width - 1, last)
            with self._step("SEARCH"):
                found = self._ours.search(["UID", f"{start}:{end}", *criteria])
            yield sorted(uid for uid in found if start <= uid <= end)

    def sizes(self, uids: Sequence[int]) -> dict[int, int]:
        """Octets of each mail that is still there."""
        with self._step("FETCH sizes"):
            fetched = self._ours.fetch(list(uids), ["RFC822.SIZE"])
        return {uid: int(data.get(b"RFC822.SIZE", 0)) for uid, data in fetched.items()}

    def mail(self, uid: int, size_bytes: int) -> bytes | None:
        """The whole mail, unchanged and still unread; None when it is no longer there."""
        return self._fetched(uid, "BODY.PEEK[]", b"BODY[]", size_bytes / SLOWEST)

    def mails(self, uids: Sequence[int], size_bytes: int) -> dict[int, bytes]:
        """Several at once, for small ones: a question each would cost more than the mails."""
        with self._step("FETCH", size_bytes / SLOWEST):
            fetched = self._ours.fetch(list(uids), ["BODY.PEEK[]"])
        found = {uid: data.get(b"BODY[]") for uid, data in fetched.items()}
        return {uid: bytes(raw) for uid, raw in found.items() if isinstance(raw, bytes)}

    def head(self, uid: int) -> bytes | None:
        """Its header section alone, with the empty line."""
        return self._fetched(uid, "BODY.PEEK[HEADER]", b"BODY[HEADER]")

    def _fetched(self, uid: int, item: str, key: bytes, seconds: float = 0.0) -> bytes | None:
        with self._step("FETCH", seconds):
            data = self._ours.fetch([uid], [item]).get(uid)
        if data is None:
            return None
        if not isinstance(data.get(key), bytes):
            raise Unwilling(f"the server has no {key.decode()} of mail {uid}")
        return bytes(data[key])

    def mark(self, uids: Sequence[int], flag: str) -> None:
        with self._step("STORE"):
            for some in _by(_UIDS_AT_ONCE, uids):
                self._ours.add_flags(some, [flag], silent=True)

    def move(self, uids: Sequence[int], to: str) -> None:
        """Into the folder `to`, which is made when absent. Raises Unwilling.

        Without MOVE (RFC 6851) they are copied and flagged; a second time makes a second copy
        and does no other harm.
        """
        with self._step("MOVE"):
            if not self._ours.folder_exists(to):
                self._ours.create_folder(to)
        for some in _by(_UIDS_AT_ONCE, uids):
            with self._step("MOVE"):
                if self.has("MOVE"):
                    self._ours.move(some, to)
                    continue
                self._ours.copy(some, to)
            self.delete(some)

    def delete(self, uids: Sequence[int]) -> None:
        """For good where the server can do so to these alone (UIDPLUS, RFC 4315); else they
        stay flagged, for EXPUNGE would take what others have flagged with them."""
        for some in _by(_UIDS_AT_ONCE, uids):
            self.mark(some, "\\Deleted")
            if self.has("UIDPLUS"):
                with self._step("EXPUNGE"):
                    self._ours.uid_expunge(some)

    def wait(self, seconds: float, still: Callable[[], bool]) -> bool:
        """Whether the server told of something within the time, by IDLE (RFC 2177). Raises Lost."""
        client, until = self._ours, monotonic() + seconds
        with self._step("IDLE"):
            client.idle()
        news = _already_read(client)
        # Nothing within the time is [], and so is a connection that ended: DONE tells which.
        while not news and still() and (left := until - monotonic()) > 0:
            began = monotonic()
            with self._step("IDLE", left):
                news = bool(client.idle_check(timeout=left))
            if not news and monotonic() - began < left:
                break
        with self._step("DONE"):
            _, late = client.idle_done()
        return news or bool(late)

    def hang_up(self) -> None:
        """Whoever waits for the server gets an error at once. From any thread, at any time."""
        self._gone = True
        client = self._client
        if client is not None:
            # not SSLSocket's own shutdown: it takes the TLS layer from under whoever reads
            with contextlib.suppress(OSError):
                socket.socket.shutdown(client.socket(), socket.SHUT_RDWR)

    def close(self) -> None:
        """Say goodbye where somebody listens still."""
        self._watchdog.stop()
        client, self._client = self._client, None
        if client is None:
            return
        with contextlib.suppress(IMAPClientError, OSError, ValueError):
            if self._gone:
                client.shutdown()
            else:
                client.socket().settimeout(1.0)
                client.logout()

    @property
    def _ours(self) -> IMAPClient:
        if self._client is None or self._gone:
            raise Lost("hung up")
        return self._client

    @contextlib.contextmanager
    def _step(self, what: str, seconds: float = 0.0) -> Iterator[None]:
        """One question and its answer, within `seconds` and a few timeouts. What goes wrong is
        Lost, or Unwilling where the server says no and the connection is whole."""
        limit = seconds + STEP_TIMEOUTS * self._settings.timeout_seconds
        try:
            with self._watchdog.within(limit):
                yield
        except GatewayError:
            self._gone = True
            raise
        except imaplib.IMAP4.abort as error:
            self._gone = True
            raise Lost(f"{what}: {error}") from error
        except IMAPClientError as error:
            if self._gone:
                raise Lost(f"{what}: no answer in time") from error
            raise Unwilling(f"{what}: {error}") from error
        except (OSError, ValueError, AttributeError, IndexError, TypeError) as error:
            # imaplib's and imapclient's own, over an answer that is none
            self._gone = True
            raise Lost(f"{what}: {type(error).__name__}: {error}") from error


def _already_read(client: IMAPClient) -> bool:
    """Whether something came in one packet with the server's "go on" to IDLE: it is in the
    reader's buffer, and no poll of the socket would tell of it."""
    imap, sock = client._imap, client.socket()
    reader = getattr(imap, "_file", None) or imap.file
    timeout = sock.gettimeout()
    sock.setblocking(False)
    try:
        return bool(reader.peek(1))
    except OSError:  # nothing there
        return False
    finally:
        sock.settimeout(timeout)


def _by(count: int, uids: Sequence[int]) -> Iterator[list[int]]:
    for start in range(0, len(uids), count):
        yield list(uids[start : start + count])
