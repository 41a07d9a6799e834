"""The addresses that people write to, and the queues where their tickets land.

Part of gateway.toml; `config` has the whole of it. Settings that contradict each other are
found here as values, so that a file with other faults in it can be asked too.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from gateway.faults import Loc, choices_are, shown
from gateway.formats import endpoint, list_name, mail_address, one_line

MAX_MAILBOX_LOCAL_PART = 20
"""Octets of a mailbox's local part: 64 (RFC 5321 section 4.5.3.1.1) less a signed address's."""

MailAddress = Annotated[str, AfterValidator(mail_address)]
Endpoint = Annotated[str, AfterValidator(endpoint)]
Line = Annotated[str, AfterValidator(one_line)]
ListName = Annotated[str, AfterValidator(list_name)]


class Settings(BaseModel):
    """Every table of the file: closed to unknown keys, frozen once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Queue(Settings):
    """Where a team finds its tickets."""

    name: Line = Field(
        min_length=1, max_length=80, examples=["IT"], description="Name of the queue."
    )
    team: Line = Field(
        min_length=1,
        max_length=80,
        examples=["it"],
        description="Team whose members are the agents of this queue: a word of the column "
        "`teams` in directory.csv.",
    )


class Mailbox(Settings):
    """One support address."""

    address: MailAddress = Field(
        examples=["support@example.com"], description="The address that people write to."
    )
    aliases: tuple[MailAddress, ...] = Field(
        (),
        strict=False,
        examples=["help@example.com"],
        description="Further addresses whose mail is this mailbox's. What we send always bears "
        "the main address.",
    )
    display_name: Line = Field("Support", description="Name in the From: of our mails.")
    queue: str = Field(
        examples=["IT"], description="Queue of its tickets, unless a rule says another."
    )
    language: str = Field(
        "en",
        pattern=r"^[a-z]{2,3}(-[A-Z]{2})?$",
        examples=["pt-BR"],
        description="Language of the mails it sends: templates named NAME.LANGUAGE.txt.j2 are "
        "preferred to NAME.txt.j2.",
    )
    time_zone: str = Field("UTC", description="Time zone of the times it tells.")
    signature: str = Field("", description="Text under the mails it sends to requesters.")
    separator: str = Field(
        "+",
        pattern=r"^[+=-]?$",
        examples=["+"],
        description="What parts the mailbox from the signature in a signed address "
        "(support+1042-...@). Empty where the mail server has none: then Message-IDs alone "
        "carry the signature.",
    )

    behind_lists: tuple[ListName, ...] = Field(
        (),
        strict=False,
        examples=["support@groups.example.com"],
        description="Mailing lists and groups that this address stands behind, each by its "
        "address or its List-Id. A person who writes through one of them is answered like any "
        "other: the marks that such a list puts on a mail do not count, and where it writes "
        "in its own name, the author is whom it names. Marks of other lists count.",
    )

    @field_validator("address")
    @classmethod
    def _short(cls, value: str) -> str:
        if len(value.partition("@")[0]) > MAX_MAILBOX_LOCAL_PART:
            raise ValueError(
                f"has more than {MAX_MAILBOX_LOCAL_PART} octets before the @, which leaves no "
                "room for signed addresses; use a shorter one, and this one as an alias"
            )
        return value

    @field_validator("time_zone")
    @classmethod
    def _zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError('is no time zone we know; write for example "Europe/Berlin"')
        return value

    @property
    def addresses(self) -> tuple[str, ...]:
        """The main address and the aliases."""
        return (self.address, *self.aliases)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


def inconsistencies(
    queues: Sequence[str], mailboxes: Sequence[tuple[Sequence[str], str]]
) -> Iterator[tuple[Loc, str, str]]:
    """What does not fit together, as place, problem and remedy.

    Takes names, and of each mailbox its addresses (main one first) with its queue, rather than
    settings, so that a file with other faults in it can be asked too. Something empty is a
    fault already and is left alone.
    """
    for index, name in enumerate(queues):
        if name and name in queues[:index]:
            yield ("queue", index, "name"), f"{shown(name)} is there twice", "keep one"
    seen: set[str] = set()
    for index, (addresses, queue) in enumerate(mailboxes):
        for position, address in enumerate(addresses):
            if address and address.lower() in seen:
                loc = ("mailbox", index, "aliases" if position else "address")
                yield loc, f"{shown(address)} is there twice", "keep one"
            seen.add(address.lower())
        if queue and queue not in queues:
            remedy = choices_are("queues", queues, queue)
            yield ("mailbox", index, "queue"), f"unknown queue {shown(queue)}", remedy
