"""One column of a definition, read strictly: the part that layouts of files and of APIs have in common."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from audiencevault.destinations.layout import Column
from audiencevault.destinations.toml_table import Table
from audiencevault.destinations.vocabulary import (
    ENCODERS,
    FIELDS,
    OTHERWISE,
    OVERFLOWS,
    POINT_ENCODERS,
    WORD_ENCODERS,
    words_of,
)


def column(table: Table, header: str, fields: Mapping[str, Collection[str]]) -> Column:
    """The column called `header`, out of what is left of `table` but its end. Raises `DefinitionError`."""
    name = table.word("field", fields)
    encode = table.word("encode", ENCODERS, "text")
    on_overflow = table.word("on_overflow", OVERFLOWS, "hold_back" if encode in POINT_ENCODERS else "clip")
    made = Column(
        header=header,
        field=name,
        encode=encode,
        max_bytes=table.count("max_bytes"),
        max_chars=table.count("max_chars"),
        max_item_chars=table.count("max_item_chars"),
        on_overflow=on_overflow,
        ascii_local=table.take("ascii_local", bool, False),
        values=_words(table.table("values"), name, encode),
    )
    fitting = fields[name]
    if encode not in fitting:
        raise table.error(f"must be one of {', '.join(sorted(fitting))} for {name}", "encode")
    if encode in POINT_ENCODERS and on_overflow == "clip":
        raise table.error("must not be 'clip': half an address is another address", "on_overflow")
    if (encode in WORD_ENCODERS) != bool(made.values):
        raise table.error(f"and encode = '{encode if encode in WORD_ENCODERS else 'word'}' need each other", "values")
    if made.ascii_local and encode != "email":
        raise table.error("is for encode = 'email' only", "ascii_local")
    if made.max_item_chars and encode != "list":
        raise table.error("is for encode = 'list' only", "max_item_chars")
    return made


def file_column(table: Table) -> Column:
    """A column of a file: of a field, or with one constant `value`."""
    header = table.take("header", str)
    needs = table.take("needs", str, "")
    if "value" in table.left():
        made = Column(header, "blank", value=table.take("value", str), needs=needs)
    else:
        made = column(table, header, FIELDS)
        if needs:
            raise table.error("is for columns with a 'value'", "needs")
    table.done()
    return made


def _words(table: Table, name: str, encode: str) -> dict[str, str]:
    kind = bool if encode == "flag" else str
    # As JSON writes them, since an item is JSON.
    words = {
        word: str(table.take(word, kind)).lower() if kind is bool else table.take(word, kind) for word in table.left()
    }
    known = words_of(name)
    for word in words:
        if known is not None and word not in known and word != OTHERWISE:
            raise table.error(f"is none of {', '.join(sorted((*known, OTHERWISE)))}", word)
    return words
