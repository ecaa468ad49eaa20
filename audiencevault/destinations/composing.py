"""What goes to a receiver's API, person by person, made of an Audience: finished items, and who is held back.

Words: an *item* is what one request says of one person or address; its *digest* is a keyed hash of what is said
about the person under a status, which tells whether anything changed since the receiver was told last.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.audience import Audience
from audiencevault.destinations import api_settings, freshness, held_back, items
from audiencevault.destinations.api import Api, Call, Push
from audiencevault.destinations.definition import Definition, FileRule
from audiencevault.destinations.encode import encode
from audiencevault.destinations.json_values import LARGE, dumps
from audiencevault.destinations.layout import Column
from audiencevault.destinations.people import (
    ADDRESSED,
    OWN_CONSENT,
    Candidates,
    addressed,
    candidates,
    firsts,
    on_basis,
)
from audiencevault.errors import UsageError

_MARKETING: Final = "marketing"
_SEPARATOR: Final = "\x1f"

ITEMS: Final = pa.schema(
    [
        ("item", pa.large_string()),
        ("item_id", pa.string()),
        ("digest", pa.string()),
        ("contact_id", pa.string()),
        ("channel", pa.string()),
        ("point_kind", pa.string()),
        ("point", pa.string()),
        ("point_key", pa.string()),
    ]
)
"""`item` is the finished item: the JSON text of the person's object, for form bodies a JSON object of texts, for CSV
bodies a line without its end, else the text that the receiver's module made. `channel` holds the channels that the
item is about, joined by `+`; `contact_id` is null for suppressed points. `point_key` is the point as keys of the vault
write it."""

EARLIER: Final = pa.schema(
    [
        ("point_kind", pa.string()),
        ("point_key", pa.string()),
        ("channel", pa.string()),
        ("status", pa.string()),
        ("digest", pa.string()),
    ]
)
"""What a receiver took before: columns as in `ITEMS`, and the push's status."""


@dataclass(frozen=True)
class PushItems:
    """The items of one push. `header` is the first line of a CSV body. Of the people whom the push is for, `new` were
    never sent under its status, `changed` were and differ now, `unchanged` are not in `items`; `refused` suppressed
    points cannot be written as they are.
    """

    push: Push
    call: Call
    items: pa.Table
    header: str = ""
    unchanged: int = 0
    new: int = 0
    changed: int = 0
    refused: int = 0


@dataclass(frozen=True)
class Outgoing:
    """Everything for one receiver: pushes in the order in which they are sent, suppressing ones first, and the admitted
    people whom none of them carries, as rows of `held_back.left_out`. `settings` are complete.
    """

    definition: Definition
    settings: Mapping[str, str]
    pushes: tuple[PushItems, ...]
    held_back: pa.Table


@dataclass
class _Account:
    """Which admitted rows (contact and channel) the pushes so far carry, and who is left out, with the sentence."""

    subscribed: list[pa.Table] = field(default_factory=list)
    sent: list[pa.Table] = field(default_factory=list)
    left_out: list[tuple[pa.Table, str, str]] = field(default_factory=list)
    owners: dict[str, pa.Table] = field(default_factory=dict)


@dataclass(frozen=True)
class _Told:
    """The people of pushes that are for the same ones, and the digest of what is said of each."""

    people: pa.Table
    digests: pa.Array


@dataclass(frozen=True)
class _Telling:
    """What all pushes of one status say of a person, for digests: columns, and a key that holds the constants."""

    columns: Sequence[Column]
    key: bytes


def compose(
    audience: Audience,
    definition: Definition,
    settings: Mapping[str, str],
    *,
    may_subscribe: bool,
    earlier: pa.Table | None = None,
    salt: bytes = b"",
    everything: bool = False,
) -> Outgoing:
    """What to send to the API of `definition` for `audience`.

    `may_subscribe` says that who opted out there is freshly known; without it, no push goes that is `freshness.bound`.
    `earlier` (`EARLIER`) is what the receiver took before, its last word on each point: what is the same is left
    out, unless `everything`. `salt` keys ids and digests, so that nobody else can tell a person by them.

    Raises `UsageError` where the audience or the settings do not fit.
    """
    api = _check(audience, definition)
    complete = api_settings.complete(definition, settings)
    found = candidates(audience, definition)
    known = _known(earlier)
    tellings = _tellings(api, complete, salt)
    account = _Account()
    made = []
    told: dict[str, _Told] = {}
    for push in sorted(api.pushes, key=lambda item: item.who != "suppressed"):
        rule = _rule(push, api)
        key = repr((rule.status, rule.who, rule.channels, rule.match, rule.basis, rule.states))
        if key not in told:
            # Pushes of new and of changed people are about the same ones.
            table = addressed(found, rule)
            told[key] = _Told(table, _digests(table, tellings[push.status], definition))
        table = told[key].people
        if freshness.bound(api, push) and not may_subscribe:
            account.left_out.append((_rows_of(found, push, table), *_not_fresh(definition, api, push)))
            continue
        made.append(_push(push, api, found, told[key], complete, known, account, salt, everything))
    return Outgoing(definition, complete, tuple(made), _held_back(found, api, account))


def _check(audience: Audience, definition: Definition) -> Api:
    if not isinstance(audience, Audience):
        raise TypeError("only an Audience can be sent")
    if definition.api is None:
        raise UsageError(
            f"Nothing can be sent to {definition.title} directly.",
            f"Write its files with: audiencevault export {definition.name}" if definition.files else "",
        )
    purpose = audience.purpose.split("/")[0]
    if definition.purpose == _MARKETING and purpose != _MARKETING:
        raise UsageError(f"{definition.title} is for marketing; this audience was selected for {audience.purpose}.")
    if not set(definition.channels) & set(audience.channels):
        raise UsageError(
            f"{definition.title} takes {' and '.join(definition.channels)}; this audience was selected for "
            f"{' and '.join(audience.channels)}."
        )
    return definition.api


def _rule(push: Push, api: Api) -> FileRule:
    """The people of a push in the words of a file: with the columns of all pushes of its status, for the digest."""
    columns = {
        repr(item.column): item.column
        for other in api.pushes
        if other.status == push.status
        for item in other.fields
        if item.column is not None and item.column.field != items.ITEM_ID
    }
    return FileRule(
        push.name,
        push.status,
        tuple(columns.values()),
        who=push.who,
        channels=push.channels,
        match=push.match,
        basis=push.basis,
        states=push.states,
        subscribes=push.subscribes,
    )


def _tellings(api: Api, settings: Mapping[str, str], salt: bytes) -> dict[str, _Telling]:
    found = {}
    for status in {push.status for push in api.pushes}:
        columns, constants = items.said([push for push in api.pushes if push.status == status], api, settings)
        # Another list is another thing to say, even where no item holds its id.
        facts = dumps([status, constants, sorted(settings.items())])
        found[status] = _Telling(columns, hashlib.blake2b(facts.encode(), key=_key(salt), digest_size=32).digest())
    return found


def _key(salt: bytes) -> bytes:
    return hashlib.blake2b(salt, digest_size=32, person=b"av.outgoing").digest()


def _push(
    push: Push,
    api: Api,
    found: Candidates,
    told: _Told,
    settings: Mapping[str, str],
    known: pa.Table,
    account: _Account,
    salt: bytes,
    everything: bool,
) -> PushItems:
    """The items of one push."""
    definition, call = found.definition, api.calls[push.call]
    table, digests = told.people, told.digests
    before = _before(table, push, known)
    if push.rows == "changed":
        # The others are nothing to it, and they may be a million.
        met = pc.is_valid(before)
        table, digests, before = table.filter(met), digests.filter(met), before.filter(met)
    ids = _ids(push, table, salt)
    table = table.append_column(items.ITEM_ID, ids)
    said = items.values(push, call, table, definition, settings)
    fits = pc.invert(pc.or_(said.refused, said.lacking))
    fresh = fits if push.who == "suppressed" else _first_of_each(table, fits, definition, account)
    is_known, same = pc.is_valid(before), pc.fill_null(pc.equal(before, digests), False)
    again = everything and not any(
        other.rows == "changed" and other.status == push.status for other in api.pushes if push.rows == "new"
    )
    sent = {
        "all": pc.or_(pc.invert(same), everything),
        "new": pc.or_(pc.invert(is_known), again),
        "changed": pc.or_(pc.invert(same), everything),
    }[push.rows]
    sent = pc.and_(fresh, sent)
    if push.who == "admitted":
        _account(found, push, table, said, fits, fresh, account)
    chosen = table.filter(sent)
    columns = [
        items.finished(push, call, items.taken(said, sent), ids.filter(sent), definition),
        ids.filter(sent),
        digests.filter(sent),
        *(chosen[name] for name in ("contact_id", *ADDRESSED)),
    ]
    return PushItems(
        push,
        call,
        pa.table(columns, names=ITEMS.names).cast(ITEMS).combine_chunks(),
        header=items.header(push, call, definition),
        unchanged=_count(pc.and_(pc.and_(fresh, same), pc.invert(sent))),
        new=_count(pc.and_(sent, pc.invert(is_known))),
        changed=_count(pc.and_(sent, pc.and_(is_known, pc.invert(same)))),
        refused=_count(pc.invert(fits)) if push.who == "suppressed" else 0,
    )


def _ids(push: Push, table: pa.Table, salt: bytes) -> pa.Array:
    base = hashlib.blake2b(f"{push.name}{_SEPARATOR}".encode(), key=_key(salt), digest_size=16)
    return _hashes(base, _joined(table["_point_kind"], table["_point"]))


def _digests(table: pa.Table, telling: _Telling, definition: Definition) -> pa.Array:
    cells = [table["_point_kind"], table["_point"], table["_channel"]]
    for column in telling.columns:
        values = _whole(table[column.field])
        # A list as one text: only whether it differs is asked.
        cells.append(encode(column, values, definition.dialect, plain=True).cells)
    return _hashes(hashlib.blake2b(key=telling.key, digest_size=16), _joined(*cells))


def _hashes(base: hashlib.blake2b, texts: pa.Array) -> pa.Array:
    made = []
    for text in texts.to_pylist():
        one = base.copy()
        one.update(text.encode())
        made.append(one.hexdigest())
    return pa.array(made, pa.string())


def _known(earlier: pa.Table | None) -> pa.Table:
    """What the receiver took before, as a key of each point, channel and status, and the digest."""
    table = (EARLIER.empty_table() if earlier is None else earlier.select(EARLIER.names).cast(EARLIER)).combine_chunks()
    key = _joined(*(table[name] for name in EARLIER.names[:-1]))
    return pa.table({"key": key, "digest": table["digest"]}).combine_chunks()


def _before(table: pa.Table, push: Push, known: pa.Table) -> pa.Array:
    """The digest that the receiver took of each row under the push's status, null where it never did."""
    status = pa.repeat(pa.scalar(push.status), table.num_rows)
    key = _joined(table["_point_kind"], table["_point_key"], table["_channel"], status)
    at = pc.index_in(key, value_set=_whole(known["key"]))
    # Taken, whatever was kept of what was said: that differs from everything.
    return _whole(
        pc.if_else(pc.is_valid(at), pc.fill_null(_whole(known["digest"]), "").take(at), None).cast(pa.string())
    )


def _first_of_each(table: pa.Table, fits: pa.Array, definition: Definition, account: _Account) -> pa.Array:
    """Which rows that fit own their points: a receiver keeps one person per address, and an item is about one."""
    points = {
        name: pc.utf8_lower(pc.if_else(pc.equal(table["_point_kind"], name), table["_point"], None))
        for name in ("email", "phone")
    }
    for name in definition.unique:
        if name in table.column_names:
            points[name] = pc.utf8_lower(table[name])
    for name, keys in points.items():
        keys = pc.if_else(fits, _whole(keys.cast(pa.string())), pa.scalar(None, pa.string()))
        owned = account.owners.get(name)
        people = _whole(table["contact_id"])
        if owned is not None:
            owner = _whole(owned["owner"]).take(pc.index_in(keys, value_set=_whole(owned["key"])))
            fits = pc.and_(fits, pc.fill_null(pc.equal(owner, people), True))
            keys = pc.if_else(fits, keys, pa.scalar(None, pa.string()))
        fits = pc.and_(fits, pc.or_(pc.is_null(keys), firsts(keys)))
    # Only who stays owns: a number is free again when its person is left out for the address.
    for name, keys in points.items():
        mine = pa.table({"key": _whole(keys.cast(pa.string())), "owner": table["contact_id"]}).filter(fits)
        mine = mine.filter(pc.is_valid(mine["key"]))
        account.owners[name] = pa.concat_tables([*filter(None, [account.owners.get(name)]), mine]).combine_chunks()
    return fits


def _rows_of(found: Candidates, push: Push, table: pa.Table) -> pa.Table:
    """The audience's rows behind rows of a push for admitted people."""
    rows = on_basis(found.rows, push.basis)
    mine = pc.is_in(rows["channel"], value_set=pa.array(push.channels))
    return rows.filter(pc.and_(mine, pc.is_in(rows["contact_id"], value_set=_whole(table["contact_id"]))))


def _account(
    found: Candidates,
    push: Push,
    table: pa.Table,
    said: items.Values,
    fits: pa.Array,
    fresh: pa.Array,
    account: _Account,
) -> None:
    title = found.definition.title
    rows = _rows_of(found, push, table.filter(fresh))
    (account.subscribed if push.subscribes else account.sent).append(rows)
    refused = (
        f"A value of this person cannot be written for {title} without changing it, "
        "and a changed address would be somebody else's."
    )
    names = [item.column.field.replace("_", " ") for item in push.fields if item.required and item.column]
    lacking = f"{title} needs more than is known of this person: one of {', '.join(names)} is missing."
    doubled = f"Shares an address with another person who is sent; {title} keeps one person per address."
    for mask, sentence in (
        (said.refused, refused),
        (said.lacking, lacking),
        (pc.and_(fits, pc.invert(fresh)), doubled),
    ):
        if pc.any(mask).as_py():
            account.left_out.append((_rows_of(found, push, table.filter(mask)), sentence, ""))


def _not_fresh(definition: Definition, api: Api, push: Push) -> tuple[str, str]:
    """Why a push that is `freshness.bound` does not go, and what would change it."""
    opted_out = {
        "forces": ", and a subscription sent there takes an opt-out back",
        "unknown": ", and a subscription sent there may take an opt-out back",
    }.get(push.polarity, "")
    sentence = f"May be reached, but who opted out at {definition.title} is not freshly known{opted_out}."
    ways = []
    if freshness.asks_all(api):
        ways.append(f"read the opt-outs back (audiencevault pull {definition.name})")
    if api.known_by:
        ways.append(f"import a complete export of {' or '.join(api.known_by)} made today (import FILE --complete)")
    remedy = " or ".join(ways)
    return sentence, f"{remedy[:1].upper()}{remedy[1:]}." if remedy else ""


def _held_back(found: Candidates, api: Api, account: _Account) -> pa.Table:
    """Admitted people whom no push carries, each once per channel, with the sentence that tells most."""
    definition, title = found.definition, found.definition.title
    tables = []
    carried = set(definition.channels)
    sentence = "Somebody else who uses this address said no there; that binds the address for everybody."
    tables.append(held_back.left_out(_of_channels(found.bound, carried, inside=True), sentence))
    rows = _of_channels(found.rows, carried, inside=True)
    subscribing = {channel for push in api.pushes if push.subscribes for channel in push.channels}
    # Where people are subscribed by one call and described by another, only the first carries them.
    plain = [_of_channels(table, subscribing, inside=False) for table in account.sent]
    done = _keys([*account.subscribed, *plain])
    rows = rows.filter(pc.invert(pc.is_in(_key_of(rows), value_set=done)))
    for left, sentence, remedy in account.left_out:
        mine = pc.is_in(_key_of(rows), value_set=_key_of(left))
        tables.append(held_back.left_out(rows.filter(mine), sentence, remedy))
        rows = rows.filter(pc.invert(mine))
    own = pc.fill_null(pc.equal(rows["reason"], OWN_CONSENT), False)
    tables.append(
        held_back.left_out(
            rows.filter(pc.invert(own)),
            f"May be reached, but not on the person's own consent, and {title} is told of no other basis.",
            "Ask for consent where that is allowed, or use a receiver that takes other bases.",
        )
    )
    tables.append(
        held_back.left_out(
            rows.filter(own), f"May be reached, but nothing that is sent to {title} is for this channel."
        )
    )
    return pa.concat_tables(tables).combine_chunks()


def _of_channels(table: pa.Table, channels: set[str], *, inside: bool) -> pa.Table:
    mine = pc.is_in(table["channel"], value_set=pa.array(sorted(channels), pa.string()))
    return table.filter(mine if inside else pc.invert(mine))


def _keys(tables: Sequence[pa.Table]) -> pa.Array:
    keys = [_key_of(table) for table in tables]
    return pa.concat_arrays([pa.array([], pa.string()), *keys])


def _key_of(table: pa.Table) -> pa.Array:
    return _joined(table["contact_id"], table["channel"], kind=pa.string())


def _joined(*columns: pa.Array | pa.ChunkedArray, kind: pa.DataType = LARGE) -> pa.Array:
    """Rows as texts, nothing told from an empty text."""
    texts = [pc.fill_null(column.cast(kind), "") for column in columns]
    return _whole(pc.binary_join_element_wise(*texts, pa.scalar(_SEPARATOR, kind)))


def _count(mask: pa.Array) -> int:
    return int(pc.sum(mask).as_py() or 0)


def _whole(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
