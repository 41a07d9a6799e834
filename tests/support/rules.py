"""Rules as texts, and the desk they are for."""

from pathlib import Path

from gateway.config.settings import Gateway
from gateway.desk.directory_file import parse_directory
from gateway.desk.rules_file import parse_rules
from gateway.rules.ruleset import RuleSet

GATEWAY = Gateway.model_validate(
    {
        "desk": {"name": "test", "admin": "admin@example.com"},
        "queue": [{"name": name, "team": name.lower()} for name in ("Billing", "Support", "HR")],
        "mailbox": [{"address": "support@example.com", "queue": "Support"}],
    }
)
DIRECTORY = parse_directory(
    "address,name,role,teams,aliases\n"
    "bob@example.com,Bob Agent,agent,support,robert@example.com\n"
    "ann@example.com,Ann,employee,,\n",
    Path("directory.csv"),
)


def rules(text: str, *more: str) -> RuleSet:
    """Rules of one file, or of several."""
    sources = [(f"rules/{index}.yaml", one) for index, one in enumerate((text, *more))]
    return parse_rules(sources, GATEWAY, DIRECTORY)
