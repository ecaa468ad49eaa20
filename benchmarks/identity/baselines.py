"""The plain baselines: lower-cased e-mail equality, and seven capped exact keys in SQL."""

from __future__ import annotations

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.identity import columns

Ints = npt.NDArray[np.int64]

CAP = 12
"""A key that more records hold is nobody's."""

CLEANED = r"""
CREATE TEMP TABLE cleaned AS
SELECT row_number() OVER () - 1 AS rid, mail, local, domain,
       CASE WHEN mail IS NULL THEN NULL
            WHEN domain IN ('gmail.com', 'googlemail.com') THEN replace(split_part(local, '+', 1), '.', '') || '@gmail.com'
            ELSE split_part(local, '+', 1) || '@' || domain END AS canonical,
       CASE WHEN digits = '' THEN NULL
            WHEN raw LIKE '+%' THEN digits
            WHEN digits LIKE '00%' THEN substr(digits, 3)
            WHEN calling IS NOT NULL AND digits LIKE '0%' THEN calling || substr(digits, 2)
            WHEN calling IS NOT NULL AND NOT starts_with(digits, calling) THEN calling || digits
            ELSE digits END AS phone,
       name, handle, postcode, birthday, company, identifier
FROM (
  SELECT mail, split_part(mail, '@', 1) AS local, split_part(mail, '@', 2) AS domain,
         replace(coalesce(trim({phone}), ''), '(0)', '') AS raw,
         regexp_replace(replace(coalesce({phone}, ''), '(0)', ''), '[^0-9]', '', 'g') AS digits, c.calling,
         nullif(lower(strip_accents(trim(coalesce({whole}, concat_ws(' ', {first}, {last}))))), '') AS name,
         lower({handle}) AS handle, {postcode} AS postcode, {birthday} AS birthday, lower({company}) AS company,
         {identifier} AS identifier
  FROM (SELECT *, CASE WHEN {email} LIKE '%@%' THEN lower(trim({email})) END AS mail FROM records) r
  LEFT JOIN callings c ON c.country_code = {country}
) x
"""

KEYS = """
SELECT 1 AS kind, canonical AS key, rid FROM cleaned WHERE canonical IS NOT NULL
UNION ALL SELECT 2, phone, rid FROM cleaned WHERE length(phone) >= 8
UNION ALL SELECT 3, handle, rid FROM cleaned WHERE handle IS NOT NULL
UNION ALL SELECT 4, replace(replace(coalesce(handle, local), '.', ''), '_', ''), rid FROM cleaned
  WHERE length(coalesce(handle, local)) >= 6
UNION ALL SELECT 5, name || '|' || postcode, rid FROM cleaned WHERE name LIKE '% %' AND postcode IS NOT NULL
UNION ALL SELECT 6, name || '|' || birthday, rid FROM cleaned WHERE name LIKE '% %' AND length(birthday) >= 8 AND birthday NOT LIKE '-%'
UNION ALL SELECT 7, name || '|' || company, rid FROM cleaned WHERE name LIKE '% %' AND company IS NOT NULL
UNION ALL SELECT 8, identifier, rid FROM cleaned WHERE identifier IS NOT NULL
"""

# A local part alone is not evidence: kind 4 counts only where a handle is among its holders.
EDGES = """
WITH keys AS ({keys}),
     held AS (SELECT kind, key, min(rid) AS least, count(*) AS holders,
                     bool_or(EXISTS_HANDLE) AS handled FROM (
                SELECT k.*, c.handle IS NOT NULL AS EXISTS_HANDLE FROM keys k JOIN cleaned c ON c.rid = k.rid) GROUP BY kind, key
              HAVING count(*) BETWEEN 2 AND {cap})
SELECT k.rid AS a, h.least AS b FROM keys k JOIN held h ON h.kind = k.kind AND h.key = k.key
WHERE k.rid <> h.least AND (k.kind <> 4 OR h.handled)
"""


def by_email(records: pa.Table) -> Ints:
    """One cluster per lower-cased e-mail address; a record without one is alone."""
    mail = pc.utf8_lower(records["email"]).combine_chunks().dictionary_encode()
    codes = np.asarray(mail.indices.fill_null(-1).to_numpy(zero_copy_only=False), dtype=np.int64)
    alone = np.arange(len(codes)) + len(mail.dictionary)
    return np.where(codes < 0, alone, codes)


def connected(size: int, a: Ints, b: Ints) -> Ints:
    """The connected components of edges over `size` rows."""
    label = np.arange(size, dtype=np.int64)
    while True:
        low = np.minimum(label[a], label[b])
        before = label.copy()
        np.minimum.at(label, a, low)
        np.minimum.at(label, b, low)
        np.minimum.at(label, before[a], low)
        np.minimum.at(label, before[b], low)
        label = label[label]
        if np.array_equal(label, before):
            return label


def by_exact_keys(records: pa.Table, threads: int | None = None) -> Ints:
    """Canonical e-mail, E.164, handle, handle = local part, name + postcode, name + birthday, name + company,
    and an identifier where the table has one (FEBRL's social security number, a VAT id).
    """
    from benchmarks.identity.pools import LOCALES

    with duckdb.connect() as connection:
        connection.register("records", records)
        connection.register("callings", pa.table({
            "country_code": [locale.code for locale in LOCALES], "calling": [locale.calling for locale in LOCALES],
        }))  # fmt: skip
        there = columns.roles(records)
        # Where nobody has a name, the rows are organisations, and theirs is the name.
        if not there.keys() & {"first", "last", "whole"} and "company" in there:
            there["whole"] = there["company"]
        connection.execute(CLEANED.format(**{role: columns.expression(there, role) for role in columns.ROLES}))
        edges = connection.sql(EDGES.format(keys=KEYS, cap=CAP)).to_arrow_table()
    return connected(records.num_rows, edges["a"].to_numpy(), edges["b"].to_numpy())
