"""The commands there are: one row for each, which is all that makes it one.

What people are told, how the rest of the line is read, what becomes of the mail's text, how sure
we must be of who wrote, and what a command does not go together with. The manual is printed
from here. A new command is a row, and a line in `decide.agent` where it is obeyed elsewhere.
"""

from dataclasses import dataclass
from enum import StrEnum

from gateway.rules import commands_arguments as argument
from gateway.rules.commands_arguments import Effect, Reader
from gateway.tickets.actions import Reopen, Resolve


class Verb(StrEnum):
    TAKE = "take"
    NOTE = "note"
    WAIT = "wait"
    RESOLVE = "resolve"
    ASSIGN = "assign"
    QUEUE = "queue"
    CATEGORY = "category"
    PRIORITY = "priority"
    TAG = "tag"
    UNTAG = "untag"
    WATCH = "watch"
    UNWATCH = "unwatch"
    REQUESTER = "requester"
    REOPEN = "reopen"
    CLOSE = "close"
    LINK = "link"
    MERGE = "merge"
    SPLIT = "split"
    UNDO = "undo"
    WHY = "why"
    FULL = "full"
    HELP = "help"
    LIST = "list"
    SHOW = "show"
    SEARCH = "search"
    STATUS = "status"
    AWAY = "away"
    BACK = "back"


class Needs(StrEnum):
    """How sure we must be that the mail is the agent's."""

    PROVEN = "proven"  # their signed address, and what the mailbox asks of agents
    SURE = "sure"  # verified by a mail server we trust, or a yes of theirs to a mail of ours


class Company(StrEnum):
    """Which other commands may stand in the same mail."""

    ANY = "any"  # but those that set the same
    QUESTIONS = "questions"  # they ask us something, and do nothing to the ticket
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Row:
    """`forms` are right ones, as they are told; the first is the one to remember. Commands that
    set the same thing contradict each other. `lacks` is what is wrong with one without text; it is
    empty where it needs none. `anywhere` are those that need no ticket."""

    forms: tuple[str, ...]
    read: Reader
    does: str
    effect: Effect = Effect.PLAIN
    needs: Needs = Needs.PROVEN
    sets: str = ""
    company: Company = Company.ANY
    lacks: str = ""
    anywhere: bool = False


_ANSWER, _NOTE, _ASIDE, _SILENT = Effect.ANSWER, Effect.NOTE, Effect.ASIDE, Effect.SILENT
_SURE = Needs.SURE
_ASKS, _ALONE = Company.QUESTIONS, Company.NONE

TABLE: dict[Verb, Row] = {
    Verb.TAKE: Row(("#take",), argument.take,
        "the ticket is yours, and open; the requester is told your name", sets="assignee"),
    Verb.NOTE: Row(("#note text for your colleagues",), argument.words,
        "a note for your colleagues, whatever you reply to", _NOTE),
    Verb.WAIT: Row(("#wait requester: what you need to know from them",
                    "#wait vendor: what you wait for, and from whom",
                    "#wait approval: what needs a yes, and whose"), argument.wait,
        "the ticket waits. The requester gets your question, and their answer opens it again; "
        "what you wait for from others is a note", _ANSWER, sets="status",
        lacks="does not say what you ask or wait for"),
    Verb.RESOLVE: Row(("#resolve: what was done",), argument.saying(Resolve()),
        "the requester gets the summary, and the ticket is resolved; a reply of theirs opens it "
        "again", _ANSWER, sets="status", lacks="does not say what was done"),
    Verb.ASSIGN: Row(("#assign kim@example.com", "#assign Kim", "#assign me", "#assign nobody"),
        argument.assign, "the ticket is theirs, and they are told; an agent's name will do where "
        "it is one agent's alone", _ASIDE, sets="assignee"),
    Verb.QUEUE: Row(("#queue Billing",), argument.queue,
        "the ticket goes to that queue, whose agents are told; it is nobody's then, unless the "
        "assignee works there too or you name one", _ASIDE, sets="queue"),
    Verb.CATEGORY: Row(("#category network",), argument.category,
        "the ticket's category, of those that the rules know", sets="category"),
    Verb.PRIORITY: Row(("#priority P2 because nobody on the floor can print",), argument.priority,
        "the ticket's priority; the reason is a note", _NOTE, sets="priority"),
    Verb.TAG: Row(("#tag printer floor-3",), argument.tag, "one tag for each word"),
    Verb.UNTAG: Row(("#untag printer",), argument.untag, "these tags no more"),
    Verb.WATCH: Row(("#watch", "#watch ann@example.com carl@example.com"), argument.watch,
        "you, or these people, get copies of what the requester gets, and may write in; at most "
        "25 people"),
    Verb.UNWATCH: Row(("#unwatch", "#unwatch ann@example.com"), argument.unwatch,
        "you, or these people, get copies no more", _ASIDE),
    Verb.REQUESTER: Row(("#requester ann@example.com",), argument.requester,
        "the ticket is for them. Whoever it was for hears no more of it: `#watch` them to change "
        "that", _ASIDE, needs=_SURE, sets="requester"),
    Verb.REOPEN: Row(("#reopen",), argument.doing(Reopen()), "the ticket is open", sets="status"),
    Verb.CLOSE: Row(("#close", "#close: what was done"), argument.close,
        "what is resolved is closed; with a summary, it is resolved and closed at once",
        sets="status"),
    Verb.LINK: Row(("#link 1042",), argument.link, "both tickets name the other",
        _ASIDE),
    Verb.MERGE: Row(("#merge 1042",), argument.merge,
        "all goes on in that ticket, and this one is closed", _SILENT, _SURE, company=_ALONE),
    Verb.SPLIT: Row(("#split: subject of the new ticket",), argument.words,
        "the text below, or the message you reply to, becomes a ticket of its own", _SILENT,
        company=_ALONE),
    Verb.UNDO: Row(("#undo",), argument.nothing, "your last change of the ticket is taken back",
        _SILENT, company=_ALONE),
    Verb.WHY: Row(("#why",), argument.nothing, "you get what was decided about this ticket, and "
        "why", _SILENT, company=_ASKS),
    Verb.FULL: Row(("#full",), argument.nothing, "you get the whole conversation", _SILENT,
        company=_ASKS),
    Verb.HELP: Row(("#help",), argument.words, "you get this table", _SILENT, company=_ASKS,
        anywhere=True),
    Verb.LIST: Row(("#list", "#list all page 2", "#list Billing"), argument.listing,
        "you get your open tickets, all, or those of a queue", _SILENT, company=_ASKS,
        anywhere=True),
    Verb.SHOW: Row(("#show 1042",), argument.show, "you get that ticket", _SILENT, company=_ASKS,
        anywhere=True),
    Verb.SEARCH: Row(("#search words that it has",), argument.search,
        "you get the tickets that have all of these words", _SILENT, company=_ASKS, anywhere=True),
    Verb.STATUS: Row(("#status",), argument.nothing, "you get how the desk is doing", _SILENT,
        company=_ASKS, anywhere=True),
    Verb.AWAY: Row(("#away", "#away until 2026-12-01"), argument.away,
        "you are away until that day, or until you write again", _SILENT, _SURE, company=_ASKS,
        anywhere=True),
    Verb.BACK: Row(("#back",), argument.nothing, "you are here again", _SILENT, company=_ASKS,
        anywhere=True),
}  # fmt: skip

FORMS: dict[Verb, str] = {verb: row.forms[0] for verb, row in TABLE.items()}
"""The right form of each, as it is told to whoever used a wrong one."""

EVERYDAY = (Verb.NOTE, Verb.TAKE, Verb.WAIT, Verb.RESOLVE)
"""Those that every mail to an agent tells."""
