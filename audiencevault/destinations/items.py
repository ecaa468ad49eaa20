"""The finished items of one push, out of a table of people: JSON objects, form fields, CSV lines, cards.

Words: a value is *missing* where the person has none, or where another value that it needs is missing.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.destinations import json_values, receivers
from audiencevault.destinations import rows as csv_rows
from audiencevault.destinations.api import Api, Call, Field, Push
from audiencevault.destinations.definition import Definition
from audiencevault.destinations.encode import encode, listed
from audiencevault.destinations.json_values import LARGE
from audiencevault.destinations.layout import Column

_BARE: Final = frozenset({"number", "epoch", "flag"})
ITEM_ID: Final = "item_id"


@dataclass(frozen=True)
class Values:
    """The values of one push's people, a column per field of its layout.

    `texts` are finished texts with null where missing, or one text for everybody (null: for nobody). `refused` marks
    people of whom a value cannot be written as it is, `lacking` those who miss a value that is required.
    """

    texts: tuple[pa.Array | str | None, ...]
    refused: pa.Array
    lacking: pa.Array


def taken(made: Values, mask: pa.Array) -> Values:
    """The values of the people whom `mask` marks."""
    texts = tuple(text.filter(mask) if isinstance(text, pa.Array) else text for text in made.texts)
    return Values(texts, made.refused.filter(mask), made.lacking.filter(mask))


def is_json(call: Call) -> bool:
    """Whether items of `call` are JSON that may be nested."""
    return call.body in {"json", "form_items"}


def values(push: Push, call: Call, people: pa.Table, definition: Definition, settings: Mapping[str, str]) -> Values:
    """What each field of the push's layout says of `people`, which has a column per field."""
    api = _api(definition)
    refused = pa.repeat(pa.scalar(False), people.num_rows)
    texts: list[pa.Array | str | None] = []
    for field in push.fields:
        if field.column is None:
            texts.append(_constant(field, call, api, settings))
            continue
        column = _whole(people[field.column.field])
        if is_json(call) and pa.types.is_list(column.type):
            texts.append(json_values.lists(listed(field.column, column, definition.dialect)))
            continue
        made = encode(field.column, column, definition.dialect, plain=call.body != "multipart_csv")
        refused = pc.or_(refused, made.refused)
        if not is_json(call):
            texts.append(pc.if_else(pc.equal(made.cells, ""), pa.scalar(None, LARGE), made.cells.cast(LARGE)))
        elif field.column.encode in _BARE:
            texts.append(json_values.bare(made.cells))
        else:
            texts.append(json_values.quoted(made.cells))
    texts = _needed(push.fields, texts)
    lacking = pa.repeat(pa.scalar(False), people.num_rows)
    for field, text in zip(push.fields, texts, strict=True):
        if field.required:
            lacking = pc.or_(lacking, pc.is_null(text)) if isinstance(text, pa.Array) else lacking
    return Values(tuple(texts), refused, pc.and_(lacking, pc.invert(refused)))


def finished(push: Push, call: Call, made: Values, ids: pa.Array, definition: Definition) -> pa.Array:
    """One finished item per row; `ids` are the rows' item ids."""
    texts = made.texts
    if call.body == "none":
        return pa.repeat(pa.scalar("", LARGE), len(ids))
    if call.body == "text":
        make = receivers.hooks(_api(definition)).texts
        if make is None:
            raise ValueError(f"the module of {definition.name} makes no texts")
        columns = [*(_column(text, len(ids)) for text in texts), ids]
        return _whole(make(pa.Table.from_arrays(columns, [*(field.at for field in push.fields), ITEM_ID]))).cast(LARGE)
    if call.body == "multipart_csv":
        cells = [pc.fill_null(_column(text, len(ids)), "").cast(pa.string()) for text in texts]
        return _whole(csv_rows.lines(cells, definition.dialect))
    if call.body == "form":
        quoted = [
            json_values.dumps(text) if isinstance(text, str) else json_values.quoted(_column(text, len(ids)))
            for text in texts
        ]
        return json_values.objects({field.at: n for n, field in enumerate(push.fields)}, quoted, len(ids))
    if [field.at for field in push.fields] == [""]:
        return _column(texts[0], len(ids))
    held = [_column(None, len(ids)) if text is None else text for text in texts]
    return json_values.objects(json_values.tree([field.at for field in push.fields]), held, len(ids))


def header(push: Push, call: Call, definition: Definition) -> str:
    """The first line of a CSV body; nothing for other bodies."""
    if call.body != "multipart_csv":
        return ""
    return csv_rows.header([field.at for field in push.fields], definition.dialect)


def said(pushes: Sequence[Push], api: Api, settings: Mapping[str, str]) -> tuple[list[Column], str]:
    """What `pushes` say of a person between them: the columns, each once, and the constants as one text."""
    columns = {
        repr(column): column
        for push in pushes
        for field in push.fields
        if field.column is not None and field.column.field != ITEM_ID
        for column in [dataclasses.replace(field.column, header="")]
    }
    constants = sorted(
        {
            json_values.dumps([field.at, json_values.filled(field.value, api, settings), settings.get(field.setting)])
            for push in pushes
            for field in push.fields
            if field.column is None
        }
    )
    return [columns[key] for key in sorted(columns)], "\x1e".join(constants)


def _api(definition: Definition) -> Api:
    if definition.api is None:
        raise ValueError(f"{definition.name} has no API")
    return definition.api


def _constant(field: Field, call: Call, api: Api, settings: Mapping[str, str]) -> str | None:
    value = json_values.setting(field.setting, api, settings) if field.setting else field.value
    value = json_values.filled(value, api, settings)
    if field.setting and value == "":
        return None
    return json_values.dumps(value) if is_json(call) or not isinstance(value, str) else value


def _needed(fields: Sequence[Field], texts: list[pa.Array | str | None]) -> list[pa.Array | str | None]:
    """Without the values that need a missing one."""
    places = {field.at: number for number, field in reversed(list(enumerate(fields)))}
    left = list(texts)
    done: set[int] = set()

    def settle(number: int) -> None:
        if number in done or not fields[number].needs:
            return
        done.add(number)
        other = places[fields[number].needs]
        settle(other)
        text, needed = left[number], left[other]
        if needed is None or text is None:
            left[number] = None
        elif isinstance(needed, pa.Array):
            own = pa.scalar(text, LARGE) if isinstance(text, str) else text
            left[number] = pc.if_else(pc.is_valid(needed), own, pa.scalar(None, LARGE))

    for number in range(len(fields)):
        settle(number)
    return left


def _column(text: pa.Array | str | None, rows: int) -> pa.Array:
    return text if isinstance(text, pa.Array) else pa.repeat(pa.scalar(text, LARGE), rows)


def _whole(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
