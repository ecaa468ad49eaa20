"""What somebody who knows a general tool does with the columns before handing them over."""

from __future__ import annotations

import duckdb
import pyarrow as pa

from benchmarks.identity.columns import expression, roles

SHARED = ("email", "phone", "username")
CAP = 20
"""A mailbox, number or handle that more records hold is nobody's: junk, a switchboard, an information mailbox."""


def _clean(there: dict[str, str]) -> str:
    def text(role: str) -> str:
        return expression(there, role)

    def letters(expression: str) -> str:
        return f"nullif(trim(regexp_replace(lower(strip_accents({expression})), '[^\\w ]', '', 'g')), '')"

    first = (
        f"coalesce({text('first')}, CASE WHEN {text('whole')} LIKE '% %' THEN split_part({text('whole')}, ' ', 1) END)"
    )
    last = f"coalesce({text('last')}, regexp_extract({text('whole')}, '([^ ]+)$', 1))"
    mail = f"CASE WHEN {text('email')} LIKE '%@%' THEN lower(trim({text('email')})) END"
    digits = f"regexp_replace(coalesce({text('phone')}, ''), '[^0-9]', '', 'g')"
    columns = {
        "first_name": letters(first),
        "surname": letters(last),
        "email": mail,
        "username": f"coalesce(lower({text('handle')}), split_part({mail}, '@', 1))",
        "phone": f"CASE WHEN length({digits}) >= 7 THEN right({digits}, 9) END",
        "street": letters(f"concat_ws(' ', {text('house')}, {text('street')})"),
        "city": letters(text("city")),
        "postcode": f"nullif(upper(replace({text('postcode')}, ' ', '')), '')",
        "company": letters(text("company")),
        "birthday": f"nullif({text('birthday')}, '')",
        "identifier": f"nullif({text('identifier')}, '')",
    }
    listed = ", ".join(f"{expression} AS {name}" for name, expression in columns.items())
    return f"CREATE TABLE people AS SELECT row_number() OVER () - 1 AS unique_id, {listed} FROM raw"


def clean(connection: duckdb.DuckDBPyConnection, table: pa.Table) -> set[str]:
    """Make the relation `people` of `connection`, numbered by `unique_id`, and name its columns that tell rows apart."""
    connection.register("raw", table)
    there = roles(table)
    connection.execute(_clean(there))
    connection.unregister("raw")
    for key in SHARED:
        connection.execute(
            f"UPDATE people SET {key} = NULL WHERE {key} IN (SELECT {key} FROM people GROUP BY {key} HAVING count(*) > {CAP})"
        )
    names = [row[0] for row in connection.sql("DESCRIBE people").fetchall() if row[0] != "unique_id"]
    known = connection.sql(
        f"SELECT {', '.join(f'count(DISTINCT {name}) AS {name}' for name in names)} FROM people"
    ).fetchall()[0]
    filled = {name for name, count in zip(names, known, strict=True) if count > 1}
    if "handle" not in there:
        filled.discard("username")
    return filled
