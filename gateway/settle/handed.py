"""What a mail brings besides itself: people who are new here, and the mail or request that it
passes on."""

from gateway.decide.case import Case
from gateway.decide.decision import Decision
from gateway.ingest.parse import attachment_bytes
from gateway.outbound.letter import Notice
from gateway.settle.correspond import At, Request
from gateway.settle.known import Asked, Known
from gateway.settle.office import Numbers
from gateway.store import Database, conversation, snapshot, spool
from gateway.threading.msgid import as_written


def strangers(each: Asked, known: Known) -> list[str]:
    """Those whom the mail may bring in besides its author, and who have no id, by `Address.key`."""
    keys = dict.fromkeys(person.key for person in each.invited if person.key not in known.ids)
    return [key for key in keys if key != each.author.key]


def ids_for_strangers(
    database: Database, numbers: Numbers, each: Asked, known: Known
) -> dict[str, int]:
    """An id for each of them, in case that they are."""
    keys = strangers(each, known)
    return dict(zip(keys, numbers.take_people(database, len(keys)), strict=True)) if keys else {}


def passed_on(decision: Decision, delivery: spool.Delivery, case: Case) -> At | None:
    """The message at hand, where it is one that was passed on, with its files where it is
    attached; None where it is the mail itself."""
    passed, raw = decision.passed_on, delivery.content
    if passed is None:
        return None
    mail, part = passed.mail, passed.part
    return At(
        author=passed.author,
        delivery=delivery.id,
        message_id=as_written(mail.header("message-id")),
        attachments=mail.files,
        raw=raw if part is None else attachment_bytes(raw, part),
        spool_id=delivery.spool_id if part is None else None,
        file_bytes=case.reading.file_bytes if part is None else {},
        mailbox=case.mailbox,
        grant=case.grant,
        copied=(*mail.to, *mail.cc),
    )


def request(database: Database, decision: Decision) -> Request | None:
    """What the ticket began with, where a mail of an agent's hands it to somebody."""
    is_told_anew = any(telling.notice is Notice.NEW_TICKET for telling in decision.tellings)
    if decision.before is None or decision.entry is None or not is_told_anew:
        return None
    with snapshot(database) as tx:
        said = conversation.messages(tx, decision.before.number)
    return Request(author=said[0].author, text=said[0].text, at=said[0].at) if said else None
