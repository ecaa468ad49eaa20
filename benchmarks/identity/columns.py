"""Which column of a set says what: the peers and the baselines do not guess, so they are told."""

from __future__ import annotations

import pyarrow as pa

ROLES = {
    "first": ("first_name", "given_name"),
    "last": ("last_name", "surname"),
    "whole": ("full_name", "name"),
    "email": ("email",),
    "phone": ("phone",),
    "country": ("country",),
    "street": ("address1", "address_1", "street"),
    "house": ("street_number",),
    "city": ("city", "suburb"),
    "postcode": ("postcode", "zip"),
    "company": ("company",),
    "handle": ("handle",),
    "birthday": ("birthday", "date_of_birth"),
    "identifier": ("soc_sec_id", "vat_id"),
}


def roles(table: pa.Table) -> dict[str, str]:
    """What is there → the table's name for it."""
    there = {}
    for role, names in ROLES.items():
        for name in names:
            if name in table.column_names and table[name].null_count < table.num_rows:
                there[role] = name
                break
    return there


def expression(there: dict[str, str], role: str) -> str:
    """The column of `role` in SQL, NULL where there is none."""
    return f'"{there[role]}"' if role in there else "CAST(NULL AS VARCHAR)"
