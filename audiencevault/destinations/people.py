"""Who goes into one file, as a table with one column per field of the vocabulary.

Words: *addressed* are people with the one point that an item of an API is about;
*people* is a table with the columns of `vocabulary.FIELDS` that a file rule's layout names;
*not taken* are admitted people whom the receiver's file cannot carry, with the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.audience import AUDIENCE_ROWS, Audience
from audiencevault.destinations import json_values
from audiencevault.destinations.definition import Definition, FileRule
from audiencevault.destinations.vocabulary import (
    CHANNELS,
    CONTACT_FIELDS,
    FIELDS,
    POINT_FIELDS,
    POINT_VALUES,
    channel_field,
)

ADDRESS: Final = ("address1", "address2", "city", "region", "postcode", "country")
ADDRESSED: Final = ("_channel", "_point_kind", "_point", "_point_key")
"""What `addressed` says of each row besides its fields."""

ADS: Final = "ads_audience"
OWN_CONSENT: Final = "OK_CONSENT"
ERASED: Final = "NO_ERASED"


@dataclass(frozen=True)
class Candidates:
    """The audience as one definition may use it.

    `rows` are the admitted rows (contact and channel) without any point of `suppressed`, `bound` those with
    one; `suppressed` are the points that said no or are dead, without those of erased people.
    """

    definition: Definition
    audience: Audience
    rows: pa.Table
    bound: pa.Table
    suppressed: pa.Table


def candidates(audience: Audience, definition: Definition) -> Candidates:
    """Sort the audience for `definition`.

    A point that is suppressed on the same channel is taken out of the admitted rows: one mailbox, two people,
    one "no" binds it for both.
    """
    rows = audience.rows.select(_needed(definition)).combine_chunks()
    suppressed = audience.suppressed.combine_chunks()
    suppressed = suppressed.filter(pc.fill_null(pc.not_equal(suppressed["reason"], ERASED), True))
    bound = pc.is_in(_point_key(rows), value_set=pc.drop_null(_point_key(suppressed)))
    return Candidates(definition, audience, rows.filter(pc.invert(bound)), rows.filter(bound), suppressed)


def _needed(definition: Definition) -> list[str]:
    """The columns of the audience that `definition` is made of: narrow tables are quick to sort."""
    fields = {column.field for rule in definition.files for column in rule.columns}
    if definition.api is not None:
        fields |= {field.column.field for push in definition.api.pushes for field in push.fields if field.column}
    own = fields | {channel_field(name)[1] for name in fields}
    own |= {"contact_id", "display_name", "channel", "point_kind", "point", "point_key", "reason"}
    own |= {"basis", "consented_at", "consent_source", "opt_in_level"}
    if "address" in fields:
        own |= set(ADDRESS)
    return [name for name in AUDIENCE_ROWS.names if name in own]


def people(found: Candidates, rule: FileRule) -> pa.Table:
    """The people of one file in a fixed order, with `contact_id` (null for suppressed points) and every field of
    the layout.
    """
    if rule.who == "suppressed":
        return _suppressed_fields(_suppressed_rows(found, rule), rule)
    rows = on_basis(found.rows, rule.basis)
    if rule.one_row_per == "point":
        rows = rows.filter(pc.is_in(rows["channel"], value_set=pa.array(rule.channels)))
        rows = rows.sort_by([("contact_id", "ascending"), ("channel", "ascending"), ("point", "ascending")])
        return _point_people(rows, _fields(rule))
    return _contact_people(rule, rows, *_by_contact(found, rule, rows))


def addressed(found: Candidates, rule: FileRule) -> pa.Table:
    """The people of `rule` as `people` gives them, and under the names of `ADDRESSED` the point that tells each person
    from others: of several channels the first of the rule's that the person is admitted on.

    `channel` names all of the rule's channels that the row is about, joined by `+`. Fields of a contact point without
    a channel are those of that first channel.
    """
    if rule.who == "suppressed":
        return _addressed_noes(found, rule)
    rows = on_basis(found.rows, rule.basis)
    ids, aligned = _by_contact(found, rule, rows)
    own = {channel: aligned[channel] for channel in rule.channels if channel in aligned}
    table = _contact_people(rule, rows, ids, aligned)
    columns = dict(zip(table.column_names, table.columns, strict=True))
    for name in _fields(rule):
        if name in POINT_FIELDS:
            columns[name] = _leading(own, name, len(ids))
    point = _leading(own, "point", len(ids))
    named = [
        pc.if_else(pc.is_valid(rows_of["point"]), channel, pa.scalar(None, pa.string()))
        for channel, rows_of in own.items()
    ]
    channels = (
        pc.binary_join_element_wise(*named, "+", null_handling="skip") if named else pa.nulls(len(ids), pa.string())
    )
    keys = pc.coalesce(_leading(own, "point_key", len(ids)), pc.utf8_lower(point))
    about = [channels, _leading(own, "point_kind", len(ids)), point, keys]
    return pa.table({**dict(zip(ADDRESSED, about, strict=True)), **columns})


def _leading(own: dict[str, pa.Table], name: str, rows: int) -> pa.Array:
    """Column `name` of the first of these channels that each person is admitted on."""
    value = (
        pa.nulls(rows, AUDIENCE_ROWS.field(name).type) if name in AUDIENCE_ROWS.names else pa.nulls(rows, pa.string())
    )
    for table in reversed(own.values()):
        if name in table.column_names:
            value = pc.if_else(pc.is_valid(table["point"]), table[name], value)
    return value


def _addressed_noes(found: Candidates, rule: FileRule) -> pa.Table:
    """One row per suppressed point, whatever number of channels it is suppressed on."""
    rows = _suppressed_rows(found, rule)
    keys = pc.coalesce(rows["point_key"], pc.utf8_lower(rows["point"]))
    same = _joined(rows["point_kind"], pc.utf8_lower(rows["point"]))
    order = pa.table({"same": same, "row": pa.array(range(rows.num_rows), pa.int64()), "channel": rows["channel"]})
    groups = order.group_by("same", use_threads=False).aggregate([("row", "min"), ("channel", "list")])
    channels = pc.binary_join(_sorted_lists(groups["channel_list"]), "+")
    about = [channels, *(column.take(groups["row_min"]) for column in (rows["point_kind"], rows["point"], keys))]
    table = _suppressed_fields(rows, rule).take(groups["row_min"])
    return pa.table({**dict(zip(ADDRESSED, about, strict=True)), **_columns(table)}).sort_by(
        [(ADDRESSED[1], "ascending"), (ADDRESSED[2], "ascending")]
    )


def _sorted_lists(lists: pa.ChunkedArray) -> pa.Array:
    return pa.array([sorted(set(channels)) for channels in lists.to_pylist()], pa.list_(pa.string()))


def _columns(table: pa.Table) -> dict[str, pa.ChunkedArray]:
    return dict(zip(table.column_names, table.columns, strict=True))


def _by_contact(found: Candidates, rule: FileRule, rows: pa.Table) -> tuple[pa.Array, dict[str, pa.Table]]:
    """The contacts of a rule in a fixed order, and for each channel its rows in that order."""
    known: list[str] = [channel for channel in CHANNELS if channel in found.audience.channels]
    by_channel = {channel: _one_per_contact(rows.filter(pc.equal(rows["channel"], channel))) for channel in known}
    ids = _ids_of(by_channel, rule, found.definition.channels)
    return ids, {channel: _aligned(table, ids) for channel, table in by_channel.items()}


def _contact_people(rule: FileRule, rows: pa.Table, ids: pa.Array, aligned: dict[str, pa.Table]) -> pa.Table:
    """One row per contact: its own columns from any of its rows, each channel's columns from that channel's."""
    base = _aligned(_one_per_contact(rows), ids)
    columns = {"contact_id": ids}
    for name in _fields(rule):
        columns[name] = _contact_field(name, ids, base, aligned, rule.channels)
    return pa.table(columns)


def _ids_of(by_channel: dict[str, pa.Table], rule: FileRule, carried: Sequence[str]) -> pa.Array:
    """The contacts admitted on the rule's channels: on at least one, or on exactly these of the channels that
    the receiver's files carry.
    """
    empty = pa.array([], pa.string())
    sets = {
        channel: by_channel[channel]["contact_id"].combine_chunks() if channel in by_channel else empty
        for channel in carried
    }
    ids = pc.unique(pa.concat_arrays([sets[channel] for channel in rule.channels]))
    if rule.match == "exactly":
        for channel in carried:
            inside = pc.is_in(ids, value_set=sets[channel])
            ids = ids.filter(inside if channel in rule.channels else pc.invert(inside))
    return ids.take(pc.sort_indices(ids))


def _contact_field(
    name: str, ids: pa.Array, base: pa.Table, aligned: dict[str, pa.Table], own: Sequence[str]
) -> pa.Array:
    if name in CONTACT_FIELDS:
        return base[name]
    if name == "address":
        return address_line(base)
    if name == "consent_note":
        return consent_note(aligned, len(ids))
    if name == "consent_json":
        return consent_json(aligned, len(ids))
    if name in POINT_VALUES:
        return _point(aligned, own, name, len(ids))
    channel, rest = channel_field(name)
    if rest == "consent" and channel:
        return _consent_words(channel, aligned, len(ids))
    if channel in aligned and rest in aligned[channel].column_names:
        return aligned[channel][rest]
    return pa.nulls(len(ids), pa.string())


def _point(aligned: dict[str, pa.Table], own: Sequence[str], name: str, rows: int) -> pa.Array:
    """A point that the person may be reached at, of the rule's own channels first: the number for text messages may
    have said no to WhatsApp. A consent to be sent messages is none to advertising, nor the other way round.
    """
    kind, _, second = name.partition("_")
    lent = [] if ADS in own else [channel for channel in aligned if channel not in own and channel != ADS]
    nothing = pa.nulls(rows, pa.string())
    first, other = nothing, nothing
    for channel in [*(channel for channel in own if channel in aligned), *lent]:
        table = aligned[channel]
        point = pc.if_else(pc.equal(table["point_kind"], kind), table["point"], pa.scalar(None, pa.string()))
        further = pc.fill_null(pc.not_equal(point, first), False)
        other = pc.if_else(pc.and_(pc.is_null(other), further), point, other)
        first = pc.coalesce(first, point)
    return other if second else first


def _consent_words(channel: str, aligned: dict[str, pa.Table], rows: int) -> pa.Array:
    if channel not in aligned:
        return pa.repeat(pa.scalar("not_asked"), rows)
    reason = aligned[channel]["reason"]
    word = pc.if_else(pc.equal(reason, OWN_CONSENT), "consent", "other_basis")
    return pc.fill_null(word, "not_admitted")


def _suppressed_rows(found: Candidates, rule: FileRule) -> pa.Table:
    """Points in one of the rule's states on one of its channels."""
    rows = found.suppressed
    wanted = pc.and_(
        pc.is_in(rows["state"], value_set=pa.array(rule.states)),
        pc.is_in(rows["channel"], value_set=pa.array(rule.channels)),
    )
    rows = rows.filter(pc.and_(wanted, pc.is_valid(rows["point"])))
    rows = rows.sort_by([("channel", "ascending"), ("point", "ascending"), ("state", "ascending")])
    return rows.append_column("contact_id", pa.nulls(rows.num_rows, pa.string())).combine_chunks()


def _suppressed_fields(rows: pa.Table, rule: FileRule) -> pa.Table:
    fields = _fields(rule)
    table = _point_people(rows, [name for name in fields if not name.endswith("_consent")])
    for name in fields:
        if name.endswith("_consent"):
            # Each row is about one channel; of the others it says nothing.
            own = pc.equal(rows["channel"], name.removesuffix("_consent"))
            table = table.append_column(name, pc.if_else(own, "suppressed", "not_asked"))
    return table


def _point_people(rows: pa.Table, fields: Sequence[str]) -> pa.Table:
    """`rows` of (contact, channel) with the fields asked for; what `rows` does not have is empty."""
    columns = {"contact_id": rows["contact_id"], "channel": rows["channel"]}
    for name in fields:
        if name in rows.column_names:
            columns[name] = rows[name]
        elif name in {"email", "phone"}:
            columns[name] = pc.if_else(pc.equal(rows["point_kind"], name), rows["point"], pa.scalar(None, pa.string()))
        elif name == "address" and "address1" in rows.column_names:
            columns[name] = address_line(rows)
        else:
            columns[name] = pa.nulls(rows.num_rows, pa.string())
    return pa.table(columns)


def address_line(table: pa.Table) -> pa.Array:
    """The postal address in one cell, its parts two blanks apart; null where street, city, postcode or country
    is missing, since half an address is read as another one.
    """
    parts = {name: _bare(table[name]) for name in ADDRESS}
    whole = pc.and_(
        pc.and_(pc.not_equal(parts["address1"], ""), pc.not_equal(parts["city"], "")),
        pc.and_(pc.not_equal(parts["postcode"], ""), pc.not_equal(parts["country"], "")),
    )
    line = pc.binary_join_element_wise(*parts.values(), "  ")
    line = pc.replace_substring_regex(line, r" {3,}", "  ")
    return pc.if_else(whole, line, pa.scalar(None, pa.string()))


def _bare(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """One part of an address: no commas, since the two blanks already say where it ends."""
    return pc.utf8_trim_whitespace(pc.replace_substring_regex(pc.fill_null(column, ""), r"[,\s]+", " "))


def consent_note(aligned: dict[str, pa.Table], rows: int) -> pa.Array:
    """The consent of each person in words, for receivers without a column for its date.

    Sample: `email consent 2024-03-01 shopify.customers single | sms consent 2024-03-01 meta.leads single`.
    """
    parts = []
    for channel, table in aligned.items():
        day = pc.strftime(table["consented_at"].cast(pa.timestamp("s", tz="UTC"), safe=False), format="%Y-%m-%d")
        words = pc.binary_join_element_wise(
            pc.fill_null(table["basis"], ""),
            pc.fill_null(day, "undated"),
            pc.fill_null(table["consent_source"], ""),
            pc.fill_null(table["opt_in_level"], ""),
            " ",
        )
        words = pc.utf8_trim_whitespace(pc.replace_substring_regex(words, " +", " "))
        named = pc.binary_join_element_wise(channel, words, " ")
        parts.append(pc.if_else(pc.is_valid(table["point"]), named, pa.scalar(None, pa.string())))
    if not parts:
        return pa.nulls(rows, pa.string())
    return pc.binary_join_element_wise(*parts, " | ", null_handling="skip")


def consent_json(aligned: dict[str, pa.Table], rows: int) -> pa.Array:
    """The consent of each person as a JSON object, for receivers that keep one with a person.

    Sample: `{"email_consent":{"at":"2024-03-01T10:07:31Z","source":"shopify.customers","level":"single"}}`.
    """
    paths, texts = [], []
    for channel, table in aligned.items():
        moment = pc.strftime(
            table["consented_at"].cast(pa.timestamp("s", tz="UTC"), safe=False), format="%Y-%m-%dT%H:%M:%SZ"
        )
        said = {
            "basis": table["basis"],
            "at": moment,
            "source": table["consent_source"],
            "level": table["opt_in_level"],
        }
        for name, column in said.items():
            paths.append(f"{channel}_consent.{name}")
            texts.append(json_values.quoted(_whole(column)))
    return json_values.objects(json_values.tree(paths), texts, rows).cast(pa.string())


def _whole(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _fields(rule: FileRule) -> list[str]:
    wanted = dict.fromkeys(column.field for column in rule.columns)
    return [name for name in wanted if name in FIELDS and name != "contact_id"]


def on_basis(rows: pa.Table, basis: str) -> pa.Table:
    """The admitted rows on the person's own consent, on another basis, or on any."""
    if basis == "any":
        return rows
    own = pc.fill_null(pc.equal(rows["reason"], OWN_CONSENT), False)
    return rows.filter(own if basis == "consent" else pc.invert(own))


def _one_per_contact(rows: pa.Table) -> pa.Table:
    """The first row of each contact in a fixed order."""
    ids = rows["contact_id"].combine_chunks()
    if pc.all(pc.less(ids[:-1], ids[1:])).as_py() is not False:
        return rows
    rows = rows.sort_by([("contact_id", "ascending"), ("channel", "ascending"), ("point", "ascending")])
    ids = rows["contact_id"].combine_chunks()
    fresh = pa.concat_arrays([pa.array([True]), pc.not_equal(ids[1:], ids[:-1])])
    return rows.filter(fresh)


def _aligned(table: pa.Table, ids: pa.Array) -> pa.Table:
    """The rows of `table` in the order of `ids`; all null where a contact has none."""
    return table.take(pc.index_in(ids, value_set=table["contact_id"].combine_chunks()))


def _point_key(table: pa.Table) -> pa.Array:
    """Channel and point, so that upper case in one export and lower case in another meet."""
    return _joined(table["channel"], pc.utf8_lower(table["point"]))


def _joined(*columns: pa.ChunkedArray) -> pa.Array:
    key = pc.binary_join_element_wise(*columns, "\x1f")
    return key.combine_chunks() if isinstance(key, pa.ChunkedArray) else key


def firsts(keys: pa.Array) -> pa.Array:
    """Which elements are the first of their value; nulls are not."""
    rows = pa.array(np.arange(len(keys)))
    first = pa.table({"key": keys, "row": rows}).group_by("key").aggregate([("row", "min")])
    return pc.and_(pc.is_in(rows, value_set=first["row_min"].combine_chunks()), pc.is_valid(keys))
