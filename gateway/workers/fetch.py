"""The IMAP folders of a desk, each as a source of mail with all that it needs of the desk.

Here the settings' relative paths become absolute, secrets find their account, and an
alarm of a source becomes a mail to the admin, once a day at most for the same trouble.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from gateway.config.imap import Imap
from gateway.config.settings import Gateway
from gateway.desk.config_file import line_of
from gateway.desk.folder import GATEWAY_TOML, Desk, fault_within
from gateway.desk.imap_secrets import ImapSecrets
from gateway.errors import Fault, TemporaryError
from gateway.ingest.imap_fetch import Arrived, Surroundings
from gateway.ingest.imap_source import ImapSource
from gateway.ingest.imap_trouble import Refused, Secret
from gateway.intake import Arrival, Intake
from gateway.oauth import SCOPES, Client, Denied, Tokens, token_url
from gateway.settle import record
from gateway.settle.office import Office
from gateway.settle.record import ONE_ALERT_PER, Alert, Recording
from gateway.store import Conflict, Tx, transaction

WARN_DAYS = 14  # before a secret ends


def sources(office: Office, intake: Intake) -> list[ImapSource]:
    """One for each `[[imap]]` of the desk, in the order of the file."""
    desk = office.desk
    pairs = zip(desk.gateway.imap, desk.imap_secrets, strict=True)
    return [
        ImapSource(
            with_paths(desk, settings),
            surroundings(office, intake, settings, secrets, Alarm(office, index)),
        )
        for index, (settings, secrets) in enumerate(pairs)
    ]


def with_paths(desk: Desk, settings: Imap) -> Imap:
    """The settings with the path of `ca_file` made absolute."""
    if settings.ca_file is None:
        return settings
    return settings.model_copy(update={"ca_file": desk.folder / settings.ca_file})


def surroundings(
    office: Office,
    intake: Intake,
    settings: Imap,
    secrets: ImapSecrets,
    alarm: Callable[[str, str, str], None],
) -> Surroundings:
    """What a source of this account needs of the desk."""
    gateway = office.desk.gateway
    tokens = _tokens(office.desk, settings, secrets) if settings.oauth_provider else None

    def keep(arrived: Sequence[Arrived], within: Callable[[Tx], None]) -> Sequence[int]:
        return intake.accept_batch([Arrival(*each) for each in arrived], within)

    return Surroundings(
        database=office.database,
        keep=keep,
        mailbox_of=mailbox_of(gateway),
        otherwise=settings.mailbox or gateway.mailbox[0].address,
        max_message_bytes=gateway.smtp.max_message_bytes,
        secret=lambda anew: _secret(settings, secrets, tokens, anew),
        look_after=lambda: _warn(settings, tokens, alarm),
        alarm=alarm,
        now=lambda: datetime.now(UTC),
    )


def mailbox_of(gateway: Gateway) -> Callable[[str], str | None]:
    """Which mailbox of ours an address belongs to, by the mailbox's own address."""

    def found(address: str) -> str | None:
        mailbox = gateway.mailbox_of(address)
        return mailbox.address if mailbox else None

    return found


def _tokens(desk: Desk, settings: Imap, secrets: ImapSecrets) -> Tokens:
    provider, grant = settings.oauth_provider, settings.oauth_grant
    client = Client(
        token_url=token_url(provider, settings.oauth_tenant, settings.oauth_token_url),
        client_id=settings.oauth_client_id,
        grant=grant,
        scope=settings.oauth_scope or SCOPES.get((provider, grant), ""),
        client_secret=secrets.client_secret,
        refresh_token=secrets.refresh_token,
    )
    name = sha256(settings.account.encode()).hexdigest()[:16]
    return Tokens(client, desk.data_folder / f"oauth-{name}.json", lambda: datetime.now(UTC))


def _secret(settings: Imap, secrets: ImapSecrets, tokens: Tokens | None, anew: bool) -> Secret:
    """What logs in now. Raises TemporaryError, or Refused where the provider says never."""
    if tokens is None:
        return Secret(password=secrets.password)
    try:
        return Secret(token=tokens.access(anew=anew))
    except Denied as error:
        key = "oauth_client_secret_file"
        if settings.oauth_grant == "refresh-token":
            key = "oauth_refresh_token_file"
        remedy = "renew what that file holds, or mend the registration, then restart"
        raise Refused(key, f"no access token: {error}", remedy) from error


def _warn(settings: Imap, tokens: Tokens | None, alarm: Callable[[str, str, str], None]) -> None:
    """Tell the admin of what ends within WARN_DAYS, or has."""
    now = datetime.now(UTC)
    ends = settings.secret_expires_on
    if ends and ends - now.date() <= timedelta(days=WARN_DAYS):
        problem = f"the client's secret of {settings.account} ends on {ends}"
        alarm("oauth_secret_expires", problem, "have a new one made, and write down its day")
    refresh_ends_at = tokens.refresh_ends_at if tokens else None
    if refresh_ends_at and refresh_ends_at - now <= timedelta(days=WARN_DAYS):
        problem = f"the refresh token of {settings.account} ends on {refresh_ends_at.date()}"
        alarm("oauth_refresh_token_file", problem, "have its person agree anew before that day")


class Alarm:
    """Tells the admin by mail of what is wrong with one account: key, problem, remedy."""

    def __init__(self, office: Office, index: int) -> None:
        self._office, self._index = office, index
        self._told_at: dict[str, datetime] = {}

    def __call__(self, key: str, problem: str, remedy: str) -> None:
        """Never raises because the database is away: the log has said it already."""
        office, now = self._office, datetime.now(UTC)
        file = office.desk.folder / GATEWAY_TOML
        line = line_of(file, ("imap", self._index, key))
        if now - self._told_at.get(problem, datetime.min.replace(tzinfo=UTC)) < ONE_ALERT_PER:
            return
        fault = fault_within(office.desk.folder, Fault(file, line, f"imap.{key}", problem))
        remedy = f"{remedy[:1].upper()}{remedy[1:]}."
        # of this very time: after a day it may be told again
        cause = f"{fault} at {now.isoformat()}"
        alert = Alert(faults=(fault,), mail=office.writer.alarm([str(fault)], remedy, cause, now))
        with suppress(TemporaryError, Conflict), transaction(office.database) as tx:
            record.alarm(tx, Recording(worker=office.worker, now=now, alert=alert))
            self._told_at[problem] = now
