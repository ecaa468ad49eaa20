"""What the columns of somebody's table are: as the person says, by our own names, or by a careful guess."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from audiencevault.errors import UsageError
from audiencevault.pipeline.people_columns import ROLES, check_type


@dataclass(frozen=True)
class Taken:
    """`roles`: the columns of each role, in the table's order; `columns`: the role of each column that has one;
    `notes`: sentences about columns that were left out.
    """

    roles: Mapping[str, tuple[str, ...]]
    columns: Mapping[str, str]
    notes: tuple[str, ...] = ()


def assign(table: pa.Table, said: Mapping[str, str | None], *, guess: bool = True) -> Taken:
    """The roles of the columns of `table`. `said` names roles of its columns, None for those to be left out."""
    names = table.column_names
    for name, role in said.items():
        if name not in names:
            raise UsageError(f"The table has no column {name!r}.", f"Its columns are: {', '.join(names) or 'none'}.")
        if role is not None and role not in ROLES:
            raise UsageError(f"There is nothing called {role!r} that a column can be.", f"One of: {', '.join(ROLES)}.")
    columns: dict[str, str] = {}
    for name in names:
        role = said.get(name) if name in said else name if name in ROLES else None
        if role is not None:
            check_type(name, role, table.schema.field(name).type)
            columns[name] = role
    roles: dict[str, tuple[str, ...]] = {}
    for name, role in columns.items():
        roles[role] = (*roles.get(role, ()), name)
    return Taken(roles, columns)
