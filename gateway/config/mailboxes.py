"""The addresses that people write to, and the queues where their tickets land.

Part of gateway.toml; `config` has the whole of it. Settings that contradict each other are
found here as values, so that a file with other faults in it can be asked too.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from gateway.config.faults import Loc, choices_are, shown
from gateway.config.formats import (
    duration_seconds,
    list_name,
    mail_address,
    mail_domain,
    number_pattern,
    one_line,
)

MAX_MAILBOX_LOCAL_PART = 20
"""Octets of a mailbox's local part: 64 (RFC 5321 section 4.5.3.1.1) less a signed address's."""

MailAddress = Annotated[str, AfterValidator(mail_address)]
Line = Annotated[str, AfterValidator(one_line)]
ListName = Annotated[str, AfterValidator(list_name)]
Domain = Annotated[str, AfterValidator(mail_domain)]
Pattern = Annotated[str, AfterValidator(number_pattern)]


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
    members_only: bool = Field(
        False,
        description="Whether its tickets are nobody's business but its team's, such as HR's. "
        "Agents of other queues who write about one are strangers to it then, and do not find it.",
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

    agent_proof: Literal["token", "verified"] = Field(
        "token",
        description="What proves that a mail is an agent's: `token`, that it came From their "
        "address to the reply address that was made for them; or `verified`, that a server of "
        "`[trust]` or our own check vouches for the From: as well.",
    )
    participant_proof: Literal["", "claimed", "token", "verified"] = Field(
        "",
        description="The same for requesters and watchers; as `agent_proof` when empty. Whom "
        "nothing proves is asked, at the address on file, whether the mail is theirs; with "
        "`claimed` they are believed, and so is anybody who knows a ticket's tag and forges a "
        "From:.",
    )
    unknown_senders: Literal["accept", "hold", "refuse"] = Field(
        "accept",
        description="What becomes of a mail of somebody who is neither in directory.csv nor a "
        "participant of the ticket that it points at: `accept` opens a ticket; `hold` keeps it "
        "until the queue's lead lets it in, who gets a mail a day about what is held; `refuse` "
        "opens none and says so, to one address once a day at most, and never to machines.",
    )
    partner_numbers: tuple[Pattern, ...] = Field(
        (),
        strict=False,
        examples=["INC\\d{7}"],
        description="Numbers of other ticket systems, as regular expressions. Such a system may "
        "drop all references but its own number in the subject: a mail with one that a mail from "
        "the same domain had before belongs to that one's ticket, where its author may write.",
    )
    new_subject: Literal["join", "open", "ask"] = Field(
        "join",
        description="What becomes of a participant's reply whose subject is another than those of "
        "its ticket: `join`, and the agents are told of the new subject; `open`, it opens a ticket "
        "of its own, linked to that one; or `ask`, its author is asked which of the two.",
    )
    reopen_within: int = Field(
        14 * 24 * 3600,
        ge=0,
        description="A reply to a ticket that was resolved or closed reopens it, for so long; "
        "later it opens one of its own, linked to the old one. A duration such as 14d, or seconds.",
    )
    known_domains: tuple[Domain, ...] = Field(
        (),
        strict=False,
        examples=["example.com"],
        description="Domains all of whose addresses are known to `unknown_senders`, be they in "
        "directory.csv or not. Domains below them do not count. That somebody is known says "
        "nothing of whether they wrote: a From: can be forged.",
    )
    cc_become_watchers: Literal["directory", "everybody", "nobody"] = Field(
        "directory",
        description="Who follows a ticket because the mail that opened it, or a later one of its "
        "participants, has them in To or Cc: `directory`, those who are in directory.csv; "
        "`everybody`, others too, where the requester's mail is proven or an agent passed it on; "
        "`nobody`. At most 25 people, no machines, and in a queue that is `members_only` nobody: "
        "there, and for everybody else, an agent or the requester names them: the command `watch`.",
    )
    confirm_forwarded: bool = Field(
        True,
        description="Whether somebody whose mail an agent has passed on to this address, and who "
        "is the requester of its ticket then, gets a confirmation.",
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

    _seconds = field_validator("reopen_within", mode="before")(duration_seconds)

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
