"""What mailboxes and handles are made of: the forms of a name that people use for them.

Words: a *form* is a name or a part of it as a handle would spell it, without signs and digits; a mailbox is one's *own*
where its local part is a form with one's given name, or a letter of it: nobody else's, as far as mailboxes can tell.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.engine import Engine
from audiencevault.resolution.codes import MAX_COMPARED, PREFIX, begun, codes, combined, enumerated, spelled

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


def forms(engine: Engine, names: pa.Table) -> pa.Table:
    """The codes of the handles that are made of `names` (`nid`, `first_key`, `last_key`), a column each; 0 where there
    is none.
    """
    first, last = (
        names[name].chunk(0) if names.num_rows else pa.array([], pa.string()) for name in names.column_names[1:]
    )
    whole = MAX_COMPARED
    asked: dict[str, Callable[[], npt.NDArray[np.int64]]] = {
        "first_last": partial(spelled, first, whole, last, whole),
        "last_first": partial(spelled, last, whole, first, whole),
        "letter_last": partial(spelled, first, 1, last, whole),
        "first_letter": partial(spelled, first, whole, last, 1),
        "last_letter": partial(spelled, last, whole, first, 1),
        "letter_first": partial(spelled, last, 1, first, whole),
        "only_first": partial(begun, first),
        "only_last": partial(begun, last),
        "first_begin": partial(begun, first, least=PREFIX, most=PREFIX),
        "last_begin": partial(begun, last, least=PREFIX, most=PREFIX),
    }
    found = dict(zip(asked, engine.together(list(asked.values())), strict=True)) | {"nid": names["nid"].to_numpy()}
    return pa.table([pa.array(found[name]) for name in FORMS_SCHEMA.names], schema=FORMS_SCHEMA)


def among(code: str, table: str, columns: tuple[str, ...]) -> str:
    """SQL: whether the code `code`, which is not 0, is one of the forms `columns` of `table`."""
    return f"({code} <> 0 AND {code} IN ({', '.join(f'{table}.{column}' for column in columns)}))"


def register(engine: Engine) -> None:
    """Build `resolve_forms` from `resolve_names`, and from the names in `resolve_numbered` that mailboxes spell in
    another way than they are compared.
    """
    columns = ["nid", "first_key", "last_key"]
    shown = engine.table("resolve_numbered", ("nid", "first_shown", "last_shown")).rename_columns(columns)
    shown = shown.filter(pc.or_(pc.is_valid(shown["first_key"]), pc.is_valid(shown["last_key"])))
    shown = shown.filter(pc.not_equal(shown["nid"], 0))
    parts = [codes(shown[name]) for name in columns[1:]]
    _, once = enumerated(combined(6, shown["nid"].to_numpy(), *(np.where(part == 0, 1, part) for part in parts)))
    names = pa.concat_tables([engine.table("resolve_names", columns), shown.take(pa.array(once))]).combine_chunks()
    engine.read("resolve_forms", forms(engine, names))
