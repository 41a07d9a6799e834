"""The docs tell of everything there is, of nothing there is not, and point nowhere in vain."""

import inspect
import re
from pathlib import Path

import click
import pytest

from gateway import errors
from gateway.cli.config_text import tables
from gateway.cli.main import cli
from gateway.cli.manual import PAGES
from gateway.cli.manual import main as manual
from gateway.cli.manual_decisions import event_name, sample_events
from gateway.cli.manual_reference import log_functions, walk
from gateway.decide import withhold
from gateway.deliveries import Outcome
from gateway.errors import Reply
from gateway.message import Kind
from gateway.outbound.letter import Notice, PlainReply
from gateway.outbound.notify import TABLE
from gateway.rules.commands import FORMS
from gateway.rules.commands_table import EVERYDAY
from gateway.threading.tag import VALID_DAYS
from gateway.tickets import events
from gateway.tickets.status import Status

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
ADRS = sorted((DOCS / "adr").glob("*.md"))
PROSE = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *ROOT.glob("*/README.md")])

COMMANDS = {name: command for name, command, _ in walk(cli, click.Context(cli))}
FACTS = events.Fact.__args__
REPLIES = [value for value in vars(errors).values() if isinstance(value, Reply)]

_LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)\s]*)?\)")
_SAID = re.compile(r"(?:ticket-gateway(?: --desk [^\s|]+)?|\bTG) ([a-z]+)(?: ([a-z]+))?")
_IN_CODE = re.compile("`" + _SAID.pattern)
_ONE_PAGE = 66  # lines of print


def page(name: str) -> str:
    return (DOCS / f"{name}.md").read_text()


# what is printed from the code


@pytest.mark.parametrize("name", PAGES)
def test_page_is_as_new_as_the_code(name: str) -> None:
    assert page(name) == PAGES[name](), "say: make docs"


def test_all_pages_are_written_by_one_command(tmp_path: Path) -> None:
    manual(["--write", str(tmp_path)])
    assert {path.stem for path in tmp_path.iterdir()} == set(PAGES)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_in_the_manual(name: str) -> None:
    assert f"\n## {name.removeprefix('cli ')}\n" in page("cli")
    for parameter in COMMANDS[name].params:
        if isinstance(parameter, click.Option):
            assert parameter.help or parameter.name == "limit", f"--{parameter.name} says nothing"
            assert f"| `{parameter.opts[0]}" in page("cli")


def test_every_setting_is_in_the_manual() -> None:
    for name, _, model in tables():
        assert f"[{name}]" in page("config")
        assert all(f"| `{key}` | " in page("config") for key in model.model_fields)


@pytest.mark.parametrize("function", log_functions(), ids=lambda function: function.__name__)
def test_every_event_of_the_log_is_in_its_page(function: object) -> None:
    name = re.search(r'"([a-z-]+)",', inspect.getsource(function))  # type: ignore[arg-type]
    assert name
    assert f"| `{name[1]}` | " in page("maillog")


@pytest.mark.parametrize("reply", REPLIES, ids=str)
def test_every_smtp_reply_is_in_its_page(reply: Reply) -> None:
    assert f"| `{reply}` | " in page("maillog")


@pytest.mark.parametrize("status", Status)
def test_every_status_is_in_its_page(status: Status) -> None:
    assert f"| `{status}` | " in page("statuses")


@pytest.mark.parametrize("fact", FACTS, ids=event_name)
def test_every_event_of_a_ticket_is_in_its_page(fact: type) -> None:
    assert f"| `{event_name(fact)}` | " in page("statuses")
    assert fact in {type(event.fact) for _, event in sample_events()}, "tried against the notices"


@pytest.mark.parametrize("notice", Notice)
def test_every_notice_is_told_with_its_reader_and_its_template(notice: Notice) -> None:
    assert f"| `{notice}` | " in page("decisions")
    assert f"| `{notice}` | " in page("templates")


def test_every_row_of_the_notices_is_for_some_event() -> None:
    for happened, _, notice, _ in TABLE:
        assert any(happened(event) for _, event in sample_events()), notice


@pytest.mark.parametrize("plain_reply", PlainReply)
def test_every_plain_reply_is_explained(plain_reply: PlainReply) -> None:
    assert f"\n| `{plain_reply}` | " in page("decisions")


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_of_mail_has_its_way(kind: Kind) -> None:
    assert f"\n| {kind} | " in page("decisions")


def test_every_cause_of_withholding_is_explained() -> None:
    causes = re.findall(r'yield "([a-z-]+)"', inspect.getsource(withhold))
    assert causes
    assert all(f"\n| `{cause}` | " in page("decisions") for cause in causes)


# what is written by hand


@pytest.mark.parametrize("verb", FORMS, ids=str)
def test_every_command_of_an_agent_is_explained(verb: str) -> None:
    assert f"\n| `#{verb}" in page("commands")
    assert f"`#{verb}" in page("agents") or verb not in EVERYDAY


def test_glossary_has_every_outcome_and_keeps_the_alphabet() -> None:
    words = re.findall(r"^\| ([a-zA-Z-]+)", page("glossary"), re.MULTILINE)[1:]
    assert words == sorted(words, key=str.lower)
    assert all(str(outcome) in page("glossary") for outcome in Outcome)


def test_lifetime_of_a_signed_address_is_the_one_in_force() -> None:
    for name in ("agents", "security", "operations"):
        assert f"{VALID_DAYS} days" in page(name)


def test_every_rfc_is_in_the_index_with_modules_that_cite_it() -> None:
    sources = {path: path.read_text() for path in (ROOT / "gateway").rglob("*.py")}
    cited = {rfc for text in sources.values() for rfc in re.findall(r"RFC \d{4}", text)}
    rows = re.findall(r"^\| (RFC \d{4}) \|.*\| ([^|]*) \|$", page("rfc"), re.MULTILINE)
    assert [rfc for rfc, _ in rows] == sorted(cited)
    for rfc, modules in rows:
        named = [ROOT / "gateway" / name for name in re.findall(r"`([^`]+)`", modules)]
        assert all(path.is_file() for path in named), rfc
        assert any(rfc in sources[path] for path in named), rfc


@pytest.mark.parametrize("path", PROSE, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(path: Path) -> None:
    targets = [target for target in _LINK.findall(path.read_text()) if "://" not in target]
    assert [target for target in targets if not (path.parent / target).exists()] == []


@pytest.mark.parametrize("path", PROSE, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_that_is_told_exists(path: Path) -> None:
    groups = {name.partition(" ")[0] for name in COMMANDS if " " in name}
    for first, second in _IN_CODE.findall(path.read_text()):
        assert first in groups or first in COMMANDS
        assert first not in groups or not second or f"{first} {second}" in COMMANDS


def test_commands_of_the_readme_exist() -> None:
    readme, makefile = (ROOT / "README.md").read_text(), (ROOT / "Makefile").read_text()
    targets = re.findall(r"\bmake ([a-z]+)", readme)
    assert {"run", "test"} <= set(targets)
    assert all(f"\n{target}:" in makefile for target in targets)
    said = {first for first, _ in _SAID.findall(readme)}
    assert {"demo", "inject", "tickets", "ticket", "outbox", "explain", "init", "check"} <= said
    assert said <= set(cli.list_commands(click.Context(cli)))


def test_decisions_on_record_are_numbered_without_a_gap() -> None:
    assert [int(path.name[:4]) for path in ADRS] == list(range(1, len(ADRS) + 1))


@pytest.mark.parametrize("path", ADRS, ids=lambda path: path.stem)
def test_decision_on_record_has_its_form(path: Path) -> None:
    text = path.read_text()
    number = int(path.name[:4])
    assert re.match(rf"# {number}\. .+  \d{{4}}-\d\d-\d\d, (accepted|superseded by \d+)\n", text)
    parts = ("Context", "Decision", "Consequences", "Checked by")
    places = [text.index(f"\n**{part}") for part in parts]
    assert places == sorted(places)
    assert len(text.splitlines()) <= _ONE_PAGE
