"""The settings of `[trust]`: whom we believe when they say that a mail's author is its author.

By default nobody: an Authentication-Results field is free text until the admin says which
servers write it, and where. Surprising: where their field stands matters as much as its name,
for a stranger can write both the field and Received fields that seem to be ours.
"""

import re
from ipaddress import ip_network

from pydantic import Field, field_validator, model_validator

from gateway.config.mailboxes import Settings

_SERVER = re.compile(r"[^\s;=()\"/]{1,255}")
_DOMAIN = re.compile(r"(?=.{4,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9-]{1,63})+")


class Trust(Settings):
    """Whose word proves an author. Where nothing is set, nobody's: then signed addresses prove
    what they can. docs/trust.md says what to write for which mail system."""

    servers: tuple[str, ...] = Field(
        (),
        strict=False,
        examples=["mx.example.com"],
        description="Names (authserv-ids) that our own mail servers put first into their "
        "Authentication-Results fields. They must take away such fields of strangers.",
    )
    unnamed: bool = Field(
        False,
        description="Whether a field without a name in front counts, too: Exchange Online "
        "writes none.",
    )
    hops: int = Field(
        1,
        ge=1,
        le=20,
        description="Received fields that our own servers put on top of each mail. Only what "
        "they put around them is believed; where mails differ, write the smallest number.",
    )
    below: int = Field(
        0,
        ge=0,
        le=5,
        description="0 where the servers put their results above the last of those Received "
        "fields, as RFC 8601 asks. Else how many fields with results they always put directly "
        "below it: 1 for Gmail, and for one milter of Postfix.",
    )
    relays: tuple[str, ...] = Field(
        (),
        strict=False,
        examples=["10.0.0.5"],
        description="Addresses or networks of our own mail servers that hand mail to our "
        "listener. From any other peer but this machine no field is believed, and of any other "
        "SPF is checked.",
    )
    arc_sealers: tuple[str, ...] = Field(
        (),
        strict=False,
        examples=["lists.example.net"],
        description="Domains (d= of ARC-Seal, RFC 8617) of those who forward mail to us and "
        "whose word about it counts as our own servers' does. Asks the DNS for their keys.",
    )
    check: bool = Field(
        False,
        description="Whether DKIM, DMARC, and SPF of mail that comes straight to our listener, "
        "are checked here as well. Asks the DNS.",
    )
    dns_timeout_seconds: int = Field(
        5,
        ge=1,
        le=60,
        description="Longest wait for one answer of the DNS; all those of one mail may take "
        "three times as long. A mail whose answers do not come is not verified.",
    )

    @field_validator("servers")
    @classmethod
    def _names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for each in value:
            if not _SERVER.fullmatch(each):
                problem = "has something that is no name of a server; write what stands before"
                raise ValueError(f'{problem} the first semicolon, for example ["mx.example.com"]')
        return tuple(each.lower() for each in value)

    @field_validator("relays")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for each in value:
            try:
                ip_network(each)
            except ValueError:
                problem = "has something that is no network; write for example"
                raise ValueError(f'{problem} ["10.0.0.5", "2001:db8::/48"]') from None
        return value

    @field_validator("arc_sealers")
    @classmethod
    def _domains(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for each in value:
            if not _DOMAIN.fullmatch(each.lower()):
                problem = "has something that is no domain; write for example"
                raise ValueError(f'{problem} ["lists.example.net"]')
        return tuple(each.lower() for each in value)

    @model_validator(mode="after")
    def _whose(self) -> "Trust":
        if (self.hops > 1 or self.below) and not (self.servers or self.unnamed):
            problem = "hops and below say where our servers write, but no server is named; write"
            raise ValueError(f'{problem} servers = ["mx.example.com"], or unnamed = true')
        return self

    @property
    def asks_dns(self) -> bool:
        return self.check or bool(self.arc_sealers)

    @property
    def believes_nobody(self) -> bool:
        """Whether no header can prove anything, so that none need be read."""
        return not (self.servers or self.unnamed or self.asks_dns)
