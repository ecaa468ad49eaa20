"""What mailboxes and handles are made of: the forms of a name that people use for them.

Words: a *form* is a name or a part of it as a handle would spell it, without signs and digits; a mailbox is one's *own*
where its local part is a form with one's given name, or a letter of it: nobody else's, as far as mailboxes can tell.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.engine import Engine
from audiencevault.resolution.codes import PREFIX, codes

WHOLE: Final = ("first_last", "last_first")
"""Forms that spell all of a name."""
GIVEN: Final = ("letter_last", "first_letter", "last_letter", "letter_first", "only_first")
"""Forms with the given name or a letter of it."""
FAMILY: Final = ("only_last",)
BEGINNINGS: Final = ("first_begin", "last_begin")
"""The first four letters of either."""

FORMS_SCHEMA: Final = pa.schema(
    [("nid", pa.int64()), *((n, pa.int64()) for n in (*WHOLE, *GIVEN, *FAMILY, *BEGINNINGS))]
)
FORMS: Final = """
SELECT n.nid, n.first_key, n.last_key FROM resolve_names n
UNION ALL
SELECT DISTINCT r.nid, r.first_shown, r.last_shown FROM resolve_numbered r
WHERE r.nid <> 0 AND (r.first_shown IS NOT NULL OR r.last_shown IS NOT NULL)
"""


def _plain(column: pa.Array) -> pa.Array:
    return pc.replace_substring(pc.fill_null(column.cast(pa.string()), ""), " ", "")


def forms(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Kernel: names → the codes of the handles that are made of them, a column each; 0 where there is none."""
    first, last = _plain(batch.column("first_key")), _plain(batch.column("last_key"))
    letters = [pc.utf8_slice_codeunits(text, 0, 1) for text in (first, last)]
    both = np.asarray(pc.and_(pc.not_equal(first, ""), pc.not_equal(last, "")))
    found = {"nid": batch.column("nid").cast(pa.int64()), "only_first": codes(first), "only_last": codes(last)}
    for name, left, right in (
        ("first_last", first, last), ("last_first", last, first), ("letter_last", letters[0], last),
        ("first_letter", first, letters[1]), ("last_letter", last, letters[0]), ("letter_first", letters[1], first),
    ):  # fmt: skip
        found[name] = np.where(both, codes(pc.binary_join_element_wise(left, right, "")), 0)
    for name, text in (("first_begin", first), ("last_begin", last)):
        long_enough = pc.utf8_length(text).to_numpy(zero_copy_only=False) >= PREFIX
        found[name] = np.where(long_enough, codes(pc.utf8_slice_codeunits(text, 0, PREFIX)), 0)
    return pa.RecordBatch.from_arrays([pa.array(found[name]) for name in FORMS_SCHEMA.names], schema=FORMS_SCHEMA)


def among(code: str, table: str, columns: tuple[str, ...]) -> str:
    """SQL: whether the code `code`, which is not 0, is one of the forms `columns` of `table`."""
    return f"({code} <> 0 AND {code} IN ({', '.join(f'{table}.{column}' for column in columns)}))"


def register(engine: Engine) -> None:
    """Build `resolve_forms` from `resolve_names`."""
    engine.map("resolve_forms", FORMS, forms, FORMS_SCHEMA)
