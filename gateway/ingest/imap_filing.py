"""What becomes of a mail in its IMAP folder once it is in the spool.

Every step may be repeated: what is moved, flagged or deleted twice is so once. A server
that cannot file is the admin's to mend, and no reason to take no more mail.
"""

from collections.abc import Sequence

from gateway import maillog
from gateway.config.imap import Imap
from gateway.ingest.imap import Folder, Session
from gateway.ingest.imap_fetch import Surroundings
from gateway.ingest.imap_trouble import Unwilling
from gateway.store import imap, snapshot
from gateway.store.imap import Cursor

_AT_ONCE = 500  # UIDs looked for in the spool by one query


def file_away(
    session: Session,
    settings: Imap,
    around: Surroundings,
    done: Sequence[int],
    left: Sequence[int] = (),
) -> None:
    """Do with `done` as configured; flag those that are `left` where they are. Raises Lost."""
    try:
        if left:
            session.mark(left, "\\Flagged")
        if not done:
            return
        match settings.when_done:
            case "move":
                session.move(done, settings.done_folder)
            case "delete":
                session.delete(done)
            case "mark-read":
                session.mark(done, "\\Seen")
    except Unwilling as error:
        place = f"{settings.account}/{settings.folder}"
        maillog.imap_not_filed(place=place, mails=len(done) + len(left), cause=str(error))
        problem = f"mail that was taken from {place} stays there: {error}"
        around.alarm("when_done", problem, "correct when_done or done_folder, then restart")


def file_rest(
    session: Session, settings: Imap, around: Surroundings, folder: Folder, seen: Cursor | None
) -> None:
    """File what a former connection has committed, and came no further with."""
    how = settings.when_done
    if seen is None or seen.uidvalidity != folder.uidvalidity or how == "leave":
        return
    # flagged is what was left behind; deleted, what this server cannot expunge alone
    criteria = ["UNDELETED", "UNFLAGGED", *(["UNSEEN"] if how == "mark-read" else [])]
    for uids in session.uids(folder, 1, seen.last_uid, *criteria):
        for start in range(0, len(uids), _AT_ONCE):
            some = uids[start : start + _AT_ONCE]
            with snapshot(around.database) as tx:
                ours = imap.spooled(tx, seen.place, seen.uidvalidity, some)
            file_away(session, settings, around, sorted(ours))
