"""Which bytes and which envelope a mail in an IMAP folder becomes, in batches of bounded size.

Its size is asked first: one that is too large, or that its server does not hand out, is
left behind in the folder with a stand-in in the spool, so that no mail keeps the others
waiting. What breaks the connection again and again counts as not handed out.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from gateway import maillog
from gateway.config.imap import Imap
from gateway.ingest.imap import Session
from gateway.ingest.imap_stand_in import Why, stand_in
from gateway.ingest.imap_trouble import Lost, Secret, Unwilling
from gateway.ingest.pipe import sender_in
from gateway.ingest.recipients import recipients
from gateway.message import Envelope, Source
from gateway.store import Database, Tx
from gateway.store.imap import Cursor

BATCH_BYTES = 8 * 2**20
SMALL_BYTES = 64 * 2**10  # mails up to here are fetched several at once
AT_ONCE_BYTES = 2**20
MAX_TROUBLE = 5  # connections that may break over the same mail before it is left behind

Arrived = tuple[Envelope, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a source needs of the desk. `keep` commits mails with what the callable writes;
    `alarm` tells the admin of a setting's problem and its remedy, not too often."""

    database: Database
    keep: Callable[[Sequence[Arrived], Callable[[Tx], None]], Sequence[int]]
    mailbox_of: Callable[[str], str | None]
    otherwise: str
    max_message_bytes: int
    secret: Callable[[bool], Secret]  # True: a new one, for the last was refused
    look_after: Callable[[], None]  # what is to be done now and then: secrets that end soon
    alarm: Callable[[str, str, str], None]
    now: Callable[[], datetime]


@dataclass(slots=True)
class Batch:
    """Mails on their way into one commit, and the UIDs of those that stay in their folder."""

    arrived: list[Arrived] = field(default_factory=list)
    left_behind: set[int] = field(default_factory=set)
    size_bytes: int = 0

    @property
    def uids(self) -> list[int]:
        return [envelope.imap_uid or 0 for envelope, _ in self.arrived]


@dataclass(slots=True)
class Fetcher:
    """Fetches for one source. `trouble` counts by UID how often it cost us the connection;
    `careful` is set where several at once went wrong, to see which one it was."""

    settings: Imap
    around: Surroundings
    trouble: dict[int, int] = field(default_factory=dict)
    careful: bool = False

    def all_well(self) -> None:
        """The folder could be read to its end."""
        self.trouble.clear()
        self.careful = False

    def batches(self, session: Session, uids: Sequence[int], at: Cursor) -> Iterator[Batch]:
        """The mails, oldest first, without those that are gone meanwhile."""
        sizes = session.sizes(uids)
        batch = Batch()
        ahead: dict[int, bytes] = {}
        for uid in sorted(sizes):
            if batch.arrived and batch.size_bytes + sizes[uid] > BATCH_BYTES:
                yield batch
                batch = Batch()
            if uid not in ahead:
                ahead = self._several(session, uid, sizes)
            content, why = ahead.get(uid), None
            if content is None:
                content, why = self._content(session, uid, sizes[uid])
            if content is None:
                continue
            if why is not None:
                batch.left_behind.add(uid)
                content = self.left_behind(content, why, uid, sizes[uid])
            batch.arrived.append((self._envelope(content, replace(at, last_uid=uid)), content))
            batch.size_bytes += len(content)
        if batch.arrived:
            yield batch

    def _several(self, session: Session, first: int, sizes: Mapping[int, int]) -> dict[int, bytes]:
        """This mail and those that follow while they are small; none where one goes alone."""
        some, size_bytes = [], 0
        for uid in sorted(uid for uid in sizes if uid >= first):
            size_bytes += sizes[uid]
            if sizes[uid] > min(SMALL_BYTES, self._most) or size_bytes > AT_ONCE_BYTES:
                break
            some.append(uid)
        if self.careful or len(some) < 2:
            return {}
        try:
            found = session.mails(some, size_bytes)
        except Unwilling:
            self.careful = True
            return {}
        except Lost:
            self.careful = True
            raise
        return {uid: raw for uid, raw in found.items() if len(raw) <= self._most}

    @property
    def _most(self) -> int:
        return self.around.max_message_bytes

    def _content(
        self, session: Session, uid: int, size_bytes: int
    ) -> tuple[bytes | None, Why | None]:
        """The mail, None when it is gone; or its head alone, and why there is no more."""
        most, trouble = self._most, self.trouble.get(uid, 0)
        try:
            if size_bytes > most:
                return self._head(session, uid), Why.TOO_LARGE
            if trouble >= MAX_TROUBLE:
                return self._head(session, uid), Why.UNREADABLE
            content = session.mail(uid, size_bytes)
            if content is not None and len(content) > most:  # some servers only guess sizes
                return content.replace(b"\r\n\r\n", b"\n\n", 1).partition(b"\n\n")[0], Why.TOO_LARGE
            return content, None
        except Unwilling:
            return self._head(session, uid), Why.UNREADABLE
        except Lost:
            self.trouble[uid] = trouble + 1
            raise

    def _head(self, session: Session, uid: int) -> bytes:
        """The header section as far as it can be had."""
        if self.trouble.get(uid, 0) >= 2 * MAX_TROUBLE:
            return b""
        try:
            return session.head(uid) or b""
        except Unwilling:
            return b""

    def left_behind(self, head: bytes, why: Why, uid: int, size_bytes: int) -> bytes:
        """What stands for a mail that stays in its folder; the admin is told."""
        most, place = self._most, _place(self.settings)
        maillog.imap_left_behind(place=place, uid=uid, size_bytes=size_bytes, cause=why.value)
        problem, remedy = {
            Why.TOO_LARGE: (
                f"a mail in {place} is larger than smtp.max_message_bytes ({most})",
                "it is flagged there, and has a ticket without its text; have somebody read it",
            ),
            Why.UNREADABLE: (
                f"a mail in {place} could not be fetched",
                "it is flagged there, and has a ticket without its text; look at its server's log",
            ),
        }[why]
        self.around.alarm("folder", problem, remedy)
        return stand_in(head, why, size_bytes=size_bytes, max_bytes=most, place=place)

    def _envelope(self, content: bytes, at: Cursor) -> Envelope:
        return Envelope(
            mail_from=sender_in(content),
            rcpt_to=recipients(content, self.around.mailbox_of, (self.around.otherwise,)),
            received_at=self.around.now(),
            source=Source.IMAP,
            peer=self.settings.host,
            tls=self.settings.security != "none-on-localhost",
            imap_folder=at.place,
            imap_uidvalidity=at.uidvalidity,
            imap_uid=at.last_uid,
        )


def _place(settings: Imap) -> str:
    return f"{settings.account}/{settings.folder}"
