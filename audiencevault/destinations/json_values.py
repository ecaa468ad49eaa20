"""JSON texts out of columns: many people's objects at once, none of them built one by one.

Words: a *path* names a value of an object, names and list positions with dots between; a *text* is a finished piece
of JSON, `"Ida"`, `12`, `true`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.destinations.api import Api

LARGE: Final = pa.large_string()
# What JSON must escape; everything else stands as it is, in UTF-8.
_ESCAPED: Final = '["\\\\\\x00-\\x1f]'
_SURROGATES: Final = dict.fromkeys(range(0xD800, 0xE000), "\ufffd")

Node = dict[str, Any]
"""A level of a path tree: names or positions (as text) to further levels, or to the number of a value."""


def dumps(value: Any) -> str:
    """`value` as compact JSON, letters of all scripts as they are; half of a surrogate pair becomes U+FFFD."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).translate(_SURROGATES)


def filled(value: Any, api: Api, settings: Mapping[str, str]) -> Any:
    """`value` with every table `{ setting = "name" }` replaced by the setting's value: of kind `number` a number."""
    if isinstance(value, Mapping):
        if set(value) == {"setting"}:
            return setting(str(value["setting"]), api, settings)
        return {key: filled(item, api, settings) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [filled(item, api, settings) for item in value]
    return value


def setting(name: str, api: Api, settings: Mapping[str, str]) -> str | int:
    """One setting's value as JSON takes it. `settings` must be complete, see `api_settings`."""
    text = settings[name]
    kind = next((item.kind for item in api.settings if item.name == name), "text")
    if kind != "number" or not text:
        return text
    return int(text)


def tree(paths: Sequence[str]) -> Node:
    """The values at `paths` as one tree. Raises `ValueError` with what is wrong with a path, beginning with it."""
    root: Node = {}
    for number, path in enumerate(paths):
        steps = path.split(".")
        if not all(steps):
            raise ValueError(f"{path!r} has an empty step")
        level = root
        for step in steps[:-1]:
            level = level.setdefault(step, {})
            if not isinstance(level, dict):
                raise ValueError(f"{path!r} goes on where another value ends")  # noqa: TRY004 - of the path
        if steps[-1] in level:
            raise ValueError(f"{path!r} is there twice, or another value lies below it")
        level[steps[-1]] = number
    if root and all(key.isdigit() for key in root):
        raise ValueError(f"{paths[0]!r} begins with a position; an item is an object")
    _check(root, "")
    return root


def _check(level: Node, where: str) -> None:
    positions = sorted(int(key) for key in level if key.isdigit())
    if positions and (len(positions) < len(level) or positions != list(range(len(level)))):
        raise ValueError(f"{where.lstrip('.')!r} must have names, or positions from 0 on without a gap")
    for key, below in level.items():
        if isinstance(below, dict):
            _check(below, f"{where}.{key}")


def objects(root: Node, texts: Sequence[pa.Array | str], rows: int) -> pa.Array:
    """One object per row, as JSON text.

    `texts` are the JSON texts of the values: a column in which null leaves the value out, or one text for everybody.
    Objects and lists with nothing in them are left out too, but for the outermost.
    """
    made = _level(root, texts)
    if isinstance(made, str):
        made = pa.repeat(pa.scalar(made, LARGE), rows)
    return pc.fill_null(made, "{}")


def _level(level: Node, texts: Sequence[pa.Array | str]) -> pa.Array | str:
    listed = bool(level) and all(key.isdigit() for key in level)
    members: list[pa.Array | str] = []
    for key in sorted(level, key=int) if listed else level:
        below = level[key]
        value = _level(below, texts) if isinstance(below, dict) else texts[below]
        prefix = "," if listed else f",{dumps(key)}:"
        members.append(prefix + value if isinstance(value, str) else joined(prefix, value))
    first, last = "[]" if listed else "{}"
    if all(isinstance(member, str) for member in members):
        return f"{first}{''.join(map(str, members))[1:]}{last}"
    # Not with null_handling="skip", which loses rows that are null in every column.
    parts = [member if isinstance(member, str) else pc.fill_null(member, "") for member in members]
    inner = joined(*parts)
    # Every member begins with a comma: the first one becomes the bracket.
    whole = joined(pc.binary_replace_slice(inner, start=0, stop=1, replacement=first), last)
    if any(isinstance(member, str) or not member.null_count for member in members):
        return whole
    return pc.if_else(pc.equal(pc.binary_length(inner), 0), pa.scalar(None, LARGE), whole)


def joined(*parts: str | pa.Array) -> pa.Array:
    """Texts and columns one after the other; null where a column is."""
    whole = [pa.scalar(part, LARGE) if isinstance(part, str) else part for part in parts if part != ""]
    if len(whole) == 1:
        return whole[0]
    return pc.binary_join_element_wise(*whole, pa.scalar("", LARGE))


def quoted(cells: pa.Array) -> pa.Array:
    """Texts as JSON texts, null and empty ones as null."""
    cells = cells.cast(LARGE)
    odd = pc.match_substring_regex(cells, _ESCAPED)
    whole = joined('"', cells, '"')
    if pc.any(odd).as_py():
        escaped = pa.array([dumps(text) for text in cells.filter(odd).to_pylist()], LARGE)
        whole = pc.replace_with_mask(whole, pc.fill_null(odd, False), escaped)
    empty = pc.fill_null(pc.equal(pc.binary_length(cells), 0), True)
    return pc.if_else(empty, pa.scalar(None, LARGE), whole)


def bare(cells: pa.Array) -> pa.Array:
    """Numbers and truths that are JSON already; empty ones as null."""
    cells = cells.cast(LARGE)
    return pc.if_else(pc.equal(pc.binary_length(cells), 0), pa.scalar(None, LARGE), cells)


def lists(values: pa.Array) -> pa.Array:
    """Lists of texts as JSON lists; null and empty ones as null."""
    lengths = pc.fill_null(pc.list_value_length(values), 0)
    items = values.flatten().dictionary_encode()
    spoken = pa.array([dumps(text) for text in items.dictionary.to_pylist()], pa.string())
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum(lengths).cast(pa.int32())])
    inner = pc.binary_join(pa.ListArray.from_arrays(offsets, spoken.take(items.indices)), ",").cast(LARGE)
    return pc.if_else(pc.equal(lengths, 0), pa.scalar(None, LARGE), joined("[", inner, "]"))
