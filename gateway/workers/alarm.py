"""What the admin is told by mail, because no person would see it otherwise.

One fault is one mail a day, however many mails it meets: the key of an alert is what went
wrong, and not whom it befell. What exactly befell the first stands in the mail.
"""

from datetime import datetime

from gateway.settle.office import Office
from gateway.settle.record import Alert, cause_of, told_of
from gateway.store import spool
from gateway.store.account import Account


def quarantined(office: Office, delivery: spool.Delivery, error: Exception, now: datetime) -> Alert:
    """A mail that we gave up on waits for a person."""
    cause = cause_of(error)
    problem = (
        f"Delivery {delivery.id} (from <{delivery.envelope.mail_from}> to {delivery.mailbox}) "
        f"failed {delivery.attempt} times and is set aside: {told_of(error)}"
    )
    remedy = (
        f'Other mail goes on, and this one is kept. "ticket-gateway spool show {delivery.id}" has '
        f'the stack trace. When you have mended the cause, "ticket-gateway spool replay --cause '
        f'{cause}" lets all that failed so try again. Of more for this cause you hear a day from '
        'now at the earliest: "ticket-gateway spool list --state quarantined" has them all.'
    )
    # of this very time: after a replay it may fail again
    told = f"quarantined delivery {delivery.id} at {now.isoformat()}"
    mail = office.writer.alarm([problem], remedy, told, now)
    return Alert(faults=(f"quarantined: {cause}",), mail=mail)


def unbalanced(office: Office, account: Account, now: datetime) -> Alert:
    """Mail that was accepted is not where it ought to be."""
    problems = [str(each) for each in account.mismatches]
    since = f"{account.since:%Y-%m-%d %H:%M} UTC" if account.since else "the beginning"
    remedy = (
        f"The account of incoming mail since {since} does not add up: mail may be lost, by a bug "
        "or by a hand in the database. Keep a copy of the database before you mend anything. "
        '"ticket-gateway spool account --since 24h" has the whole account, "ticket-gateway spool '
        'show ID" each delivery.'
    )
    mail = office.writer.alarm(problems, remedy, f"account at {now.isoformat()}", now)
    return Alert(faults=tuple(each.what for each in account.mismatches), mail=mail)
