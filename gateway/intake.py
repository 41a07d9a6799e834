"""Taking a mail, by whichever way it came: find its mailboxes, commit, then say yes.

Those who come at the same time share one commit, for it is the disk that is slow. One
that comes alone is committed at once: the group is whatever waits, nobody waits for a
group. Large mails go one at a time between groups of small ones, and hold up no more.
"""

import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field

from gateway import maillog
from gateway.config.settings import Gateway
from gateway.errors import BUSY, MailError, PermanentError, TemporaryError
from gateway.message import Envelope
from gateway.store import Database, Tx, ledger, snapshot, spool, transaction
from gateway.threading.msgid import own_identifier

MAX_GROUP = 256  # mails in one commit
MAX_GROUP_BYTES = 4 * 2**20
LARGE_BYTES = 2**20  # from here on a mail is committed alone
MAX_WAITING = 2_000  # mails that wait for their commit; the next is told to come back
STALL_SECONDS = 3.0  # for one commit; what arrives while one takes longer is told to come back
COUNT_AGAIN_SECONDS = 1.0  # between two looks at how much waits in the spool


@dataclass(frozen=True, slots=True)
class Arrival:
    """A mail at the door, bytes and envelope."""

    envelope: Envelope
    content: bytes


@dataclass(slots=True)
class _Waiting:
    mail: spool.Accepted
    promise: Future[int] = field(default_factory=Future)
    since: float = field(default_factory=time.monotonic)


class Intake:
    """The one way into the spool. `on_accepted` wakes whoever works on the mail, and tells how
    many have come."""

    def __init__(
        self,
        database: Database,
        gateway: Gateway,
        on_accepted: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._database, self._gateway, self._on_accepted = database, gateway, on_accepted

    @property
    def max_waiting(self) -> int:
        """Deliveries that may wait in the spool."""
        return self._gateway.smtp.max_waiting

    def waiting(self) -> int:
        """Deliveries that do. Raises TemporaryError."""
        with snapshot(self._database) as tx:
            return ledger.waiting(tx)

    def is_ours(self, recipient: str) -> bool:
        """Whether mail to this address is taken."""
        return self._gateway.mailbox_of(recipient) is not None

    def accept(self, envelope: Envelope, content: bytes) -> int:
        """The spool id, once bytes and envelope are committed, and not before (promise 1).

        Raises TemporaryError when the database cannot, PermanentError for no mailbox of ours.
        """
        [spool_id] = self.accept_batch([Arrival(envelope, content)])
        return spool_id

    def accept_batch(
        self, arrivals: Sequence[Arrival], within: Callable[[Tx], None] = lambda tx: None
    ) -> list[int]:
        """The spool ids of all, in one commit together with what `within` writes. Raises the
        same as `accept`, and then none is in the spool."""
        mails = [self.addressed(each) for each in arrivals]
        spool_ids = self.commit(mails, within)
        self.tell(spool_ids, mails)
        return spool_ids

    def addressed(self, arrival: Arrival) -> spool.Accepted:
        """The mail with the mailboxes it is for. Raises PermanentError when it is for none."""
        mailboxes: dict[str, list[str]] = {}
        for recipient in arrival.envelope.rcpt_to:
            mailbox = self._gateway.mailbox_of(recipient)
            if mailbox is not None:
                mailboxes.setdefault(mailbox.address, []).append(recipient)
        if not mailboxes:
            raise PermanentError(f"no mailbox for {', '.join(arrival.envelope.rcpt_to)}")
        return spool.Accepted(
            envelope=arrival.envelope,
            content=arrival.content,
            mailboxes=mailboxes,
            message_id=own_identifier(arrival.content),
        )

    def commit(
        self, mails: Sequence[spool.Accepted], within: Callable[[Tx], None] = lambda tx: None
    ) -> list[int]:
        """`accept_batch` of mails whose mailboxes are known, and nobody is told yet."""
        with transaction(self._database) as tx:
            spool_ids = spool.accept(tx, mails)
            within(tx)
        return spool_ids

    def tell(self, spool_ids: Sequence[int], mails: Sequence[spool.Accepted]) -> None:
        """The log, and whoever works on the mail, of what was committed."""
        for spool_id, mail in zip(spool_ids, mails, strict=True):
            maillog.accepted(
                spool=spool_id,
                source=mail.envelope.source.value,
                mail_from=mail.envelope.mail_from,
                rcpt=",".join(mail.envelope.rcpt_to),
                size_bytes=len(mail.content),
                peer=mail.envelope.peer,
            )
        if mails:
            self._on_accepted(len(mails))


class GroupCommit:
    """Commits together what several sessions hand in at the same time.

    `submit` is called from any thread, `step` from one alone. `on_submitted` wakes it.
    """

    def __init__(self, intake: Intake) -> None:
        self.on_submitted: Callable[[], None] = lambda: None
        self._intake = intake
        self._small: deque[_Waiting] = deque()
        self._large: deque[_Waiting] = deque()
        self._large_next = False
        self._at_work_since: float | None = None
        self._counted_at = time.monotonic()
        self._spooled = 0

    def submit(self, envelope: Envelope, content: bytes) -> Future[int]:
        """The promise of a spool id. It ends in a MailError where the mail is not taken, at
        once where the store does not keep up: who waits too long sends his mail twice."""
        promise: Future[int] = Future()
        queue = self._large if len(content) >= LARGE_BYTES else self._small
        try:
            cause = self._overload(queue)
            if cause:
                raise TemporaryError(cause, BUSY)
            queue.append(_Waiting(self._intake.addressed(Arrival(envelope, content)), promise))
        except MailError as error:
            promise.set_exception(error)
        else:
            self.on_submitted()
        return promise

    def _overload(self, queue: "deque[_Waiting]") -> str | None:
        """Why no more can be taken now; None when it can."""
        if len(queue) >= MAX_WAITING:
            return f"{len(queue)} mails wait for their commit"
        if self._spooled >= self._intake.max_waiting:
            return f"{self._spooled} deliveries wait in the spool (smtp.max_waiting)"
        since = self._at_work_since
        with suppress(IndexError):  # the committer has just taken it
            since = since or queue[0].since
        if since and time.monotonic() - since > STALL_SECONDS:
            return f"a commit takes more than {STALL_SECONDS:g} s"
        return None

    def step(self) -> bool:
        """Commit the next group and keep its promises; False when nobody waits."""
        self._at_work_since = time.monotonic()
        try:
            group = self._next_group()
            if group:
                self._settle(group)
            if group or self._spooled >= self._intake.max_waiting:
                self._count()  # never idly: a lock would hold it up, and the next mail behind it
        finally:
            self._at_work_since = None
        return bool(group or self._small or self._large)

    def _count(self) -> None:
        """How much waits in the spool, as of now or of a moment ago."""
        now = time.monotonic()
        if now - self._counted_at >= COUNT_AGAIN_SECONDS:
            self._counted_at = now
            with suppress(TemporaryError):  # said to whoever comes next
                self._spooled = self._intake.waiting()

    def _next_group(self) -> list[_Waiting]:
        """All small ones that wait, within bounds, and after each such group one large one.

        Nobody's who has gone: a promise is cancelled when its session gave up.
        """
        if self._large and (self._large_next or not self._small):
            self._large_next = False
            waiting = self._large.popleft()
            return [waiting] if waiting.promise.set_running_or_notify_cancel() else []
        self._large_next = True
        group: list[_Waiting] = []
        size = 0
        while self._small and len(group) < MAX_GROUP and size < MAX_GROUP_BYTES:
            waiting = self._small.popleft()
            if waiting.promise.set_running_or_notify_cancel():
                group.append(waiting)
                size += len(waiting.mail.content)
        return group

    def _settle(self, group: Sequence[_Waiting]) -> None:
        mails = [each.mail for each in group]
        try:
            spool_ids = self._intake.commit(mails)
        except TemporaryError as error:
            for each in group:
                each.promise.set_exception(error)
        except Exception as error:  # one mail of the group may be to blame: each on its own
            if len(group) == 1:
                group[0].promise.set_exception(error)
                return
            for each in group:
                self._settle([each])
        else:
            for each, spool_id in zip(group, spool_ids, strict=True):
                each.promise.set_result(spool_id)  # who waits for a 250 comes before the log
            self._intake.tell(spool_ids, mails)
