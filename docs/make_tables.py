"""Writes docs/reference/tables.md from the schemas in audiencevault/records and the words in docs/columns.toml.

Run it as `python docs/make_tables.py`; with `--check` it only says whether the page is stale.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import pyarrow as pa

from audiencevault import records

DOCS = Path(__file__).parent
WORDS = DOCS / "columns.toml"
PAGE = DOCS / "reference" / "tables.md"

INTRODUCTION = f"""\
# The tables of a vault

<!-- Written by docs/make_tables.py from audiencevault/records and docs/columns.toml; do not edit. -->

A snapshot consists of the tables below; [the on-disk format](vault-format.md) says where their files are.
Every table is one or more Parquet files with exactly these columns, in this order.
The schema version is {records.SCHEMA_VERSION}; it stands in each file's metadata beside the name of the table.
All times are UTC.
Any column may be null unless its description says otherwise.
A new schema version may add columns, or leave some of a derived table out; a column keeps its name, type and meaning.
"""


class WordsError(Exception):
    """A table or column has no description, or a description has no column."""


def type_name(kind: pa.DataType) -> str:
    """A type in the words of this page.

    >>> type_name(pa.list_(pa.string()))
    'list of text'
    """
    if pa.types.is_list(kind):
        return f"list of {type_name(kind.value_type)}"
    if pa.types.is_map(kind):
        return f"map of {type_name(kind.key_type)} to {type_name(kind.item_type)}"
    if pa.types.is_struct(kind):
        return "(" + ", ".join(f"{field.name} {type_name(field.type)}" for field in kind) + ")"
    if pa.types.is_timestamp(kind):
        return "time, µs"
    if pa.types.is_decimal(kind):
        return f"decimal({kind.precision}, {kind.scale})"
    return {"string": "text", "bool": "true or false", "double": "float64"}.get(str(kind), str(kind))


def words() -> dict[str, Any]:
    """The descriptions, complete and with nothing too many; `WordsError` otherwise."""
    found = tomllib.loads(WORDS.read_text(encoding="utf-8"))
    everywhere = found["everywhere"]
    used: set[str] = set()
    if set(found) != {"everywhere", "tables"} or list(found["tables"]) != list(records.TABLES):
        raise WordsError("columns.toml must describe exactly the tables of records.TABLES, in that order")
    for table, schema in records.TABLES.items():
        entry = found["tables"][table]
        if set(entry) != {"about", "order", "columns"}:
            raise WordsError(f"{table} needs about, order and columns")
        own = entry["columns"]
        for name in schema.names:
            if name not in own and name not in everywhere:
                raise WordsError(f"{table}.{name} is not described")
            if name not in own:
                used.add(name)
        if extra := sorted(set(own) - set(schema.names)):
            raise WordsError(f"{table} has no columns {extra}")
        entry["columns"] = {name: _filled(own.get(name) or everywhere[name]) for name in schema.names}
    if unused := sorted(set(everywhere) - used):
        raise WordsError(f"no table needs the description of {unused}")
    return dict(found["tables"])


def _filled(text: str) -> str:
    def listed(match: re.Match[str]) -> str:
        return ", ".join(f"`{word}`" for word in getattr(records, match[1]))

    return re.sub(r"\{([A-Z_]+)\}", listed, text).replace("|", "\\|")


def render() -> str:
    """The whole page."""
    described = words()
    parts = [INTRODUCTION, "| table | what it holds |", "|---|---|"]
    parts += [f"| [{table}](#{table}) | {entry['about']} |" for table, entry in described.items()]
    for table, entry in described.items():
        parts += ["", f"## {table}", "", entry["about"], *re.split(r"(?<=[.]) ", entry["order"]), ""]
        parts += ["| column | type | meaning |", "|---|---|---|"]
        schema = records.TABLES[table]
        parts += [
            f"| `{name}` | {type_name(schema.field(name).type)} | {text} |" for name, text in entry["columns"].items()
        ]
    return "\n".join(parts) + "\n"


def main(arguments: list[str]) -> int:
    """Write the page, or with `--check` compare it; 1 where it is stale."""
    page = render()
    if "--check" not in arguments:
        PAGE.write_text(page, encoding="utf-8")
        return 0
    if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page:
        print(f"{PAGE} is stale; run: python docs/make_tables.py", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
