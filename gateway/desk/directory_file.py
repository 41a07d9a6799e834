"""directory.csv, read: everybody the desk knows.

The file comes out of a spreadsheet as often as out of an editor, so comma and semicolon
both separate columns (the header line shows which), and a byte order mark, blank lines
and lines that begin with # are taken. A line is a person: a quoted text never goes on
over the end of a line, so that one forgotten quote costs one line and not the file.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from gateway.config.faults import choices_are, did_you_mean, shown
from gateway.config.formats import mail_address, one_line
from gateway.desk.textfile import read_text
from gateway.directory import Directory, Person, Role
from gateway.errors import ConfigError, Fault
from gateway.message import Address

COLUMNS = {
    "address": "Mail address of the person; the only column that may not be empty.",
    "name": "Name, as our mails say it.",
    "role": "`employee` (also when empty) or `agent`.",
    "teams": "Teams an agent is in, separated by spaces or semicolons. The agents of a queue "
    "are those of its team.",
    "leads": "Teams this person leads: told when a target has passed.",
    "vip": "`yes` or nothing.",
    "aliases": "Further addresses of the same person, separated by spaces or semicolons.",
}
_VIP = {"": False, "no": False, "false": False, "0": False, "yes": True, "true": True, "1": True}

_Row = dict[str, str]


def load_directory(path: Path) -> Directory:
    """Everybody in the file, in its order. Raises ConfigError with every fault."""
    return parse_directory(
        read_text(path, if_missing=f"its first line is {','.join(COLUMNS)}"), path
    )


def parse_directory(text: str, file: Path) -> Directory:
    """Everybody in the text of a directory.csv; `file` is only named in faults."""
    reading = _Reading(file)
    people = tuple(reading.people(text))
    if reading.faults:
        raise ConfigError(reading.faults)
    return Directory(people)


@dataclass(slots=True)
class _Reading:
    """One pass over the file; collects what is wrong on the way."""

    file: Path
    faults: list[Fault] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=dict)  # address or alias -> its line

    def people(self, text: str) -> Iterator[Person]:
        lines = [
            (number, line)
            for number, line in enumerate(text.split("\n"), start=1)
            if line.strip() and not line.lstrip().startswith("#")
        ]
        if not lines:
            remedy = f"its first line is {','.join(COLUMNS)}"
            self.faults.append(Fault(self.file, None, "", "has no header line", remedy))
            return
        (number, header), *rest = lines
        delimiter = ";" if header.count(";") > header.count(",") else ","
        columns = self.columns(number, self.cells(number, header, delimiter))
        if "address" not in columns:
            return
        for number, line in rest:
            cells = self.cells(number, line, delimiter)
            if len(cells) > len(columns) and any(cell for cell in cells[len(columns) :]):
                problem = f"has {len(cells)} columns, the header has {len(columns)}"
                self.fault(number, "", problem, f'put a text with a "{delimiter}" into quotes')
            elif cells:
                yield self.person(number, dict(zip(columns, cells, strict=False)))

    def cells(self, number: int, line: str, delimiter: str) -> list[str]:
        try:
            row = next(csv.reader([line], delimiter=delimiter, strict=True, skipinitialspace=True))
        except csv.Error as error:
            self.fault(number, "", f"cannot be read: {error}", 'close the quote; " itself is ""')
            return []
        return [cell.strip() for cell in row]

    def columns(self, number: int, header: list[str]) -> list[str]:
        columns = [cell.lower() for cell in header]
        for column in columns:
            if column and column not in COLUMNS:
                remedy = did_you_mean(column, COLUMNS) or choices_are("columns", COLUMNS)
                self.fault(number, "", f"unknown column {shown(column)}", remedy)
        for column in sorted({column for column in columns if columns.count(column) > 1} - {""}):
            self.fault(number, "", f"column {shown(column)} is there twice", "keep one")
        if header and "address" not in columns:
            remedy = f"the first line is {','.join(COLUMNS)}"
            self.fault(number, "", 'has no column "address"', remedy)
        return columns

    def person(self, number: int, row: _Row) -> Person:
        role = row.get("role", "").lower() or Role.EMPLOYEE
        if role not in list(Role):
            remedy = choices_are("roles", Role, role)
            self.fault(number, "role", f"unknown role {shown(role)}", remedy)
        vip = row.get("vip", "").lower()
        if vip not in _VIP:
            self.fault(number, "vip", f"{shown(vip)} is no yes or no", "write yes or nothing")
        address = self.address(number, "address", row.get("address", ""))
        aliases = [self.address(number, "aliases", word) for word in _words(row, "aliases")]
        return Person(
            address=Address(address, self.name(number, row.get("name", ""))),
            role=Role.AGENT if role == Role.AGENT else Role.EMPLOYEE,
            teams=frozenset(_words(row, "teams")),
            leads=frozenset(_words(row, "leads")),
            vip=_VIP.get(vip, False),
            aliases=tuple(aliases),
        )

    def name(self, number: int, value: str) -> str:
        try:
            return one_line(" ".join(value.split()))
        except ValueError as error:
            problem, _, remedy = str(error).partition("; ")
            self.fault(number, "name", f"{shown(value)} {problem}", remedy)
            return ""

    def address(self, number: int, key: str, value: str) -> str:
        try:
            address = mail_address(value)
        except ValueError as error:
            problem, _, remedy = str(error).partition("; ")
            self.fault(number, key, f"{shown(value)} {problem}", remedy)
            return value
        if address in self.seen:
            remedy = f"it is on line {self.seen[address]} already; keep one"
            self.fault(number, key, f"{shown(value)} is there twice", remedy)
        self.seen.setdefault(address, number)
        return address

    def fault(self, number: int, key: str, problem: str, remedy: str) -> None:
        self.faults.append(Fault(self.file, number, key, problem, remedy))


def _words(row: _Row, column: str) -> list[str]:
    return row.get(column, "").replace(";", " ").split()
