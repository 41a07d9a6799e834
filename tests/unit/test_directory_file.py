"""directory.csv: what spreadsheets and people make of it, and what is refused."""

from pathlib import Path

import pytest

from gateway.desk.directory_file import COLUMNS, load_directory, parse_directory
from gateway.directory import Directory, Person, Role
from gateway.errors import ConfigError
from gateway.message import Address
from support.settings import faults_of

HEADER = "address,name,role,teams,leads,vip,aliases\n"


def directory(text: str) -> Directory:
    return parse_directory(text, Path("directory.csv"))


def faults(text: str) -> list[str]:
    return faults_of(directory, text)


def test_person_has_what_the_line_says() -> None:
    [bob] = directory(
        HEADER + "Bob@Example.com,Bob Agent,agent,it hr,it,yes,b@example.com;robert@example.com"
    ).people
    assert bob == Person(
        address=Address("bob@example.com", "Bob Agent"),
        role=Role.AGENT,
        teams=frozenset({"it", "hr"}),
        leads=frozenset({"it"}),
        vip=True,
        aliases=("b@example.com", "robert@example.com"),
    )


def test_person_is_found_by_an_alias_whatever_its_case() -> None:
    people = directory(HEADER + "bob@example.com,Bob,,,,,Robert@Example.com")
    found = people.find(Address("ROBERT@example.com"))
    assert found is not None
    assert found.address == Address("bob@example.com", "Bob")


def test_cells_and_lines_may_be_left_empty() -> None:
    people = directory(
        "\n# people\n" + HEADER + "\n  # more\nann@example.com\n,,,,,,\n\n".replace(",,,,,,\n", "")
    )
    assert people.people == (Person(address=Address("ann@example.com")),)


@pytest.mark.parametrize(
    "text",
    [
        "address,name,teams\nbob@example.com,Bob,it;hr\n",
        'address,name,teams\nbob@example.com,Bob,"it, hr"\n'.replace("it, hr", "it hr"),
        "address;name;teams\nbob@example.com;Bob;it hr\n",
        'address;name;teams\nbob@example.com;Bob;"it;hr"\n',
        "\ufeffaddress;name;teams\r\nbob@example.com;Bob;it hr\r\n".removeprefix("\ufeff"),
        " Address , NAME , Teams \n bob@example.com , Bob , it  hr \n",
        "teams,address,name\nit hr,bob@example.com,Bob\n",
    ],
)
def test_comma_and_semicolon_both_separate(text: str) -> None:
    people = directory(text.replace("\r\n", "\n"))
    assert people.people == (
        Person(address=Address("bob@example.com", "Bob"), teams=frozenset({"it", "hr"})),
    )


def test_quoted_name_may_hold_the_separator_and_quotes() -> None:
    [person] = directory(HEADER + 'bob@example.com,"Agent, Bob ""B""",,,,,').people
    assert person.address.name == 'Agent, Bob "B"'


@pytest.mark.parametrize("encoded", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_file_of_any_system_is_read(tmp_path: Path, encoded: str, line_end: str) -> None:
    path = tmp_path / "directory.csv"
    path.write_bytes(
        (HEADER + "zoe@example.com,Zoë,,,,,\n").replace("\n", line_end).encode(encoded)
    )
    assert [person.address.name for person in load_directory(path).people] == ["Zoë"]


def test_file_that_is_no_utf_8_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "directory.csv"
    path.write_bytes(HEADER.encode() + "zoe@example.com,Zoë,,,,,".encode("latin-1"))
    with pytest.raises(ConfigError, match=r":2: has a byte 0xeb that is not UTF-8; save the file"):
        load_directory(path)


def test_file_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is not there; its first line is address,name,role"):
        load_directory(tmp_path / "directory.csv")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("ann,,,,,,", 'address: "ann" is not a mail address; write for example "support@'),
        (",Ann,,,,,", 'address: "" is not a mail address'),
        ("ann@example.com,,agnet,,,,", "roles are employee, agent: did you mean"),
        ("ann@example.com,,,,,perhaps,", 'vip: "perhaps" is no yes or no; write yes or nothing'),
        ("ann@example.com,,,,,,a@b c", 'aliases: "c" is not a mail address'),
        ("ann@example.com,,,,,,,x", 'has 8 columns, the header has 7; put a text with a ","'),
        ('ann@example.com,"Ann', "cannot be read: unexpected end of data; close the quote"),
        (
            "ann@example.com,A\x00n",
            'name: "A\\u0000n" has a line end or a control character; write',
        ),
    ],
)
def test_mistake_in_a_line_is_told_with_the_line(line: str, said: str) -> None:
    [fault] = faults(HEADER + "# a comment\n\n" + line)
    assert fault.startswith("directory.csv:4: ")
    assert said in fault


def test_one_forgotten_quote_costs_one_line() -> None:
    assert len(faults(HEADER + 'a@b.example,"A\nc@b.example,C\nd@b.example,"D\n')) == 2


def test_address_that_is_there_twice_is_refused_also_as_an_alias() -> None:
    text = HEADER + "a@b.example,,,,,,x@b.example\nA@b.example\nc@b.example,,,,,,X@B.example\n"
    assert faults(text) == [
        'directory.csv:3: address: "A@b.example" is there twice; it is on line 2 already; keep one',
        'directory.csv:4: aliases: "X@B.example" is there twice; it is on line 2 already; keep one',
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "directory.csv: has no header line; its first line is address,name"),
        ("# nobody\n", "has no header line"),
        ("bob@example.com,Bob\n", 'has no column "address"'),
        ("name,mail\n", 'has no column "address"'),
        ("address,rolle\n", 'directory.csv:1: unknown column "rolle"; did you mean "role"?'),
        ("address,name,name\n", 'column "name" is there twice; keep one'),
    ],
)
def test_header_line_is_asked_for_and_checked(text: str, said: str) -> None:
    assert any(said in fault for fault in faults(text))


def test_spreadsheet_may_leave_empty_columns_at_the_end() -> None:
    [person] = directory("address,name,,\nann@example.com,Ann,,\n").people
    assert person.address == Address("ann@example.com", "Ann")


def test_every_column_is_a_field_of_a_person_or_its_name() -> None:
    assert {"name", *COLUMNS} == {"name", *Person.__dataclass_fields__}
