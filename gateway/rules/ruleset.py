"""Rules as values, and what they say of one mail. Pure: `rules_file` reads the files.

Rules are tried from top to bottom. The first that sets queue, category, priority or
assignee has the word on that field; tags add up. Every rule is tried and none ends the
list, so that a rule at the top cannot silently switch off those below it.

Surprising: a rule that matched may still have changed nothing. Its trace says why, in
`unused`, which is the first thing to look at when a rule "does not work".
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from gateway.message import Address
from gateway.rules.conditions import AddressPattern, Phrase, address_in, fold, words_in
from gateway.tickets.actions import Action, AddTag, Assign, SetCategory, SetPriority, SetQueue

MAX_BODY_CHARS = 500_000  # of a body that are searched; what is longer is a log, not a letter


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """The conditions of a rule: all must hold. Each holds when any of its items does; an
    empty one was not asked."""

    subject: tuple[Phrase, ...] = ()
    body: tuple[Phrase, ...] = ()
    author: tuple[AddressPattern, ...] = ()  # `from` in the file
    recipient: tuple[AddressPattern, ...] = ()  # `to` in the file


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. `file` is relative to the desk, so that it means the same on every host."""

    name: str
    file: str
    line: int
    when: When
    then: tuple[Action, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """All rules in their order. `sources` are the files' names and texts, from which this
    very set can be made again; `version` is their hash."""

    rules: tuple[Rule, ...] = ()
    version: str = ""
    sources: tuple[tuple[str, str], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFacts:
    """What rules may ask. `body` is the new part of the text; `recipients` are those of the
    envelope and of To and Cc."""

    subject: str
    body: str
    author: Address
    recipients: tuple[Address, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleTrace:
    """What became of one rule.

    `because` are the conditions that held, or the first that did not. `unused` are the
    actions that came too late.
    """

    rule: str
    file: str
    line: int
    matched: bool
    because: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Each action with the name of the rule that said it, and the story of every rule."""

    actions: tuple[tuple[Action, str], ...] = ()
    trace: tuple[RuleTrace, ...] = ()


def evaluate(ruleset: RuleSet, mail: RuleFacts) -> Verdict:
    """What the rules say of this mail."""
    subject, body = fold(mail.subject), fold(mail.body[:MAX_BODY_CHARS])
    said: dict[tuple[str, str], tuple[Action, str]] = {}  # by target: action and rule
    trace = []
    for rule in ruleset.rules:
        matched, because = _try(rule.when, mail, subject, body)
        unused = []
        for action in rule.then if matched else ():
            target = _target(action)
            if target in said:
                unused.append(_too_late(action, *said[target]))
            else:
                said[target] = (action, rule.name)
        trace.append(
            RuleTrace(
                rule=rule.name,
                file=rule.file,
                line=rule.line,
                matched=matched,
                because=because,
                unused=tuple(unused),
            )
        )
    return Verdict(actions=tuple(said.values()), trace=tuple(trace))


def in_words(action: Action) -> str:
    """A rule's action as the rules file says it.

    >>> in_words(SetQueue("IT")), in_words(Assign(Address("bob@x.example", "Bob")))
    ('queue IT', 'assignee bob@x.example')
    """
    match action:
        case SetQueue(queue):
            return f"queue {queue}"
        case SetCategory(category):
            return f"category {category}"
        case SetPriority(priority):
            return f"priority {priority}"
        case Assign(agent):
            return f"assignee {agent.address}"
        case AddTag(tag):
            return f"tag {tag}"
        case _:
            raise TypeError(f"no rule says {action!r}")


def _try(when: When, mail: RuleFacts, subject: str, body: str) -> tuple[bool, tuple[str, ...]]:
    """Whether all conditions hold, and why. The body comes last: it is the longest."""
    because = []
    for held, why in _conditions(when, mail, subject, body):
        if not held:
            return False, (why,)
        because.append(why)
    return True, tuple(because) or ("no condition",)


def _conditions(when: When, mail: RuleFacts, subject: str, body: str) -> Iterator[tuple[bool, str]]:
    if when.author:
        yield address_in("from", when.author, (mail.author,))
    if when.recipient:
        yield address_in("to", when.recipient, mail.recipients)
    if when.subject:
        yield words_in("subject", when.subject, subject)
    if when.body:
        yield words_in("body", when.body, body)


def _target(action: Action) -> tuple[str, str]:
    """What the action takes for itself: a field of the ticket, or one tag among many."""
    kind, _, value = in_words(action).partition(" ")
    return kind, value if isinstance(action, AddTag) else ""


def _too_late(action: Action, earlier: Action, rule: str) -> str:
    """Why the action was not used.

    >>> _too_late(SetCategory("Access"), SetCategory("Network"), "vpn")
    'category Access: rule "vpn" already said Network'
    """
    says = "so" if action == earlier else in_words(earlier).partition(" ")[2]
    return f'{in_words(action)}: rule "{rule}" already said {says}'
