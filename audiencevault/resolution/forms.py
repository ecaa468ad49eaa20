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

FORMS_SCHEMA: Final = pa.schema([("nid", pa.int64()), ("form", pa.int64()), ("kind", pa.int8())])
FORMS: Final = """
SELECT n.nid, n.first_key, n.last_key FROM resolve_names n
UNION ALL
SELECT DISTINCT r.nid, r.first_shown, r.last_shown FROM resolve_numbered r
WHERE r.nid <> 0 AND (r.first_shown IS NOT NULL OR r.last_shown IS NOT NULL)
"""


BEGINNING: Final = 2


def _plain(column: pa.Array) -> pa.Array:
    return pc.replace_substring(pc.fill_null(column.cast(pa.string()), ""), " ", "")


def forms(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Kernel: names → the codes of the handles that are made of them; `kind` is 1 for those that spell
    all of it, 0 for those with the given name or a letter of it, -1 for the family's name,
    2 for the first four letters of either.
    """
    first, last = _plain(batch.column("first_key")), _plain(batch.column("last_key"))
    nid = batch.column("nid").cast(pa.int64()).to_numpy()
    first_initial, last_initial = pc.utf8_slice_codeunits(first, 0, 1), pc.utf8_slice_codeunits(last, 0, 1)
    both = np.asarray(pc.and_(pc.not_equal(first, ""), pc.not_equal(last, "")))
    nids, found, kinds = [], [], []
    for left, right, made in (
        (first, last, 1), (last, first, 1), (first_initial, last, 0), (first, last_initial, 0),
        (last, first_initial, 0), (last_initial, first, 0), (first, None, 0), (last, None, -1),
    ):  # fmt: skip
        form = codes(left if right is None else pc.binary_join_element_wise(left, right, ""))
        kept = np.flatnonzero(form if right is None else np.where(both, form, 0))
        nids.append(nid[kept])
        found.append(form[kept])
        kinds.append(np.full(len(kept), made, np.int8))
    for text in (first, last):
        form = codes(pc.utf8_slice_codeunits(text, 0, PREFIX))
        kept = np.flatnonzero(pc.utf8_length(text).to_numpy(zero_copy_only=False) >= PREFIX)
        nids.append(nid[kept])
        found.append(form[kept])
        kinds.append(np.full(len(kept), BEGINNING, np.int8))
    return pa.RecordBatch.from_arrays(
        [pa.array(np.concatenate(part)) for part in (nids, found, kinds)], schema=FORMS_SCHEMA
    )


def register(engine: Engine) -> None:
    """Build `resolve_forms` from `resolve_names`."""
    engine.map("resolve_forms", FORMS, forms, FORMS_SCHEMA)
