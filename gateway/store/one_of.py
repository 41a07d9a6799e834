"""Rows by a list of values: one statement, however many there are.

The surprising fact: `IN` with a place for each value is another statement for each length of the
list, and writing it takes longer than finding what it asks for.
"""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class _List(sa.TypeDecorator[list[Any]]):
    """Values of one type in a single parameter: an array, or JSON where there are none."""

    impl = sa.JSON
    cache_ok = True

    def __init__(self, of: sa.types.TypeEngine[Any]) -> None:
        super().__init__()
        self.of = of

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.ARRAY(self.of))
        return dialect.type_descriptor(sa.JSON())


class _OneOf(FunctionElement[bool]):
    # of a Boolean SQLAlchemy writes "= 1", for which SQLite uses no index
    type = sa.types.NULLTYPE  # type: ignore[assignment]
    inherit_cache = True


@compiles(_OneOf, "postgresql")
def _in_array(element: _OneOf, compiler: SQLCompiler, **given: Any) -> str:
    column, values = element.clauses
    return f"{compiler.process(column, **given)} = ANY ({compiler.process(values, **given)})"


@compiles(_OneOf, "sqlite")
def _in_json(element: _OneOf, compiler: SQLCompiler, **given: Any) -> str:
    column, values = element.clauses
    listed = f"SELECT value FROM json_each({compiler.process(values, **given)})"  # noqa: S608 - what it is compiled to
    return f"{compiler.process(column, **given)} IN ({listed})"


def one_of(column: sa.ColumnElement[Any], values: Collection[Any]) -> sa.ColumnElement[bool]:
    """Whether the column, of numbers or texts, has one of the values.

    >>> str(one_of(sa.column("id", sa.Integer), {1}).compile(dialect=postgresql.dialect()))
    'id = ANY (%(param_1)s::INTEGER[])'
    """
    return _OneOf(column, sa.bindparam(None, list(values), type_=_List(column.type)))


def one_of_given(column: sa.ColumnElement[Any], parameter: str) -> sa.ColumnElement[bool]:
    """The same of values that are given with each execution."""
    return _OneOf(column, sa.bindparam(parameter, type_=_List(column.type)))
