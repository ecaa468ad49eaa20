"""What every definition with an API must satisfy: checks over what it would send of one fixed audience."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.audience import Audience
from audiencevault.destinations import composing, freshness, json_values
from audiencevault.destinations.api import Api, Field, Push
from audiencevault.destinations.composing import EARLIER, Outgoing, PushItems
from audiencevault.destinations.definition import Definition
from audiencevault.destinations.items import is_json
from audiencevault.destinations.requests import Grouped, Requests
from audiencevault.destinations.sample import sample_settings
from audiencevault.errors import AudienceVaultError

SALT: Final = b"the salt of tests"
_ERASED: Final = "forgotten@example.com"
_DATED: Final = ("consented_at", "consent_note", "consent_json")


def is_dated(fields: Iterable[str]) -> bool:
    """Whether any of these fields carries the date of a consent."""
    return any(field.endswith(_DATED) for field in fields)


def sample_outgoing(definition: Definition, audience: Audience, **options: Any) -> Outgoing:
    """What the fixed audience makes of an API, everybody new and opt-outs freshly known."""
    return composing.compose(
        audience, definition, sample_settings(definition), **{"may_subscribe": True, "salt": SALT, **options}
    )


def problems(definition: Definition, audience: Audience) -> Iterator[str]:
    """What is wrong with the API of `definition`, one sentence each."""
    api = definition.api
    if api is None:
        return
    yield from _facts(definition, api)
    try:
        outgoing = sample_outgoing(definition, audience)
    except AudienceVaultError as error:
        yield f"Nothing can be composed: {error.message}"
        return
    if _texts(outgoing) != _texts(sample_outgoing(definition, audience)):
        yield "What is sent is not the same when it is composed again."
    for made in outgoing.pushes:
        yield from _items(made)
        yield from _people(made, audience)
    yield from _requests(definition, outgoing)
    yield from _everybody(definition, audience, outgoing)
    yield from _again(definition, audience, outgoing)
    yield from _unfresh(definition, api, audience)


def _facts(definition: Definition, api: Api) -> Iterator[str]:
    for push in api.pushes:
        if push.subscribes and not push.say:
            yield f"{push.name} does not say what happens to its people."
        if push.subscribes and push.polarity in freshness.OVERRIDING and not push.say:
            yield f"{push.name} may take an opt-out back, and does not say so."
        dated = is_dated(field.column.field for field in push.fields if field.column)
        if push.subscribes and push.status != "listed" and not dated and "date" not in push.say:
            yield f"{push.name} loses the date of the consent, and does not say so."
        if freshness.bound(api, push) and not freshness.asks_all(api) and not api.known_by:
            yield f"{push.name} can never go: no verified pull and no source in known_by tells who opted out there."
    if not any(push.who == "suppressed" for push in api.pushes) and any(push.subscribes for push in api.pushes):
        told = (*definition.unverified, *api.unverified, *definition.notes, *definition.evidence)
        if not told:
            yield "It subscribes people and tells the receiver of no opt-out, and says nothing about it."
    if any(not pull.verified for pull in api.pulls) and not (api.unverified or definition.unverified):
        yield "A pull is not verified, and unverified does not say what is not known about it."


def _texts(outgoing: Outgoing) -> list[list[str]]:
    return [made.items["item"].to_pylist() + made.items["item_id"].to_pylist() for made in outgoing.pushes]


def _items(made: PushItems) -> Iterator[str]:
    """The items of one push by themselves."""
    name, call = made.push.name, made.call
    ids = made.items["item_id"]
    if pc.count_distinct(ids).as_py() < len(ids):
        yield f"{name} has two items of the same id."
    for number, text in enumerate(made.items["item"].to_pylist(), start=1):
        if call.max_item_bytes and len(text.encode()) > call.max_item_bytes:
            yield f"{name}, item {number}: longer than {call.max_item_bytes} bytes; set max_chars in its layout."
        if is_json(call):
            try:
                document = json.loads(text)
            except ValueError:
                yield f"{name}, item {number}: is no JSON."
                continue
            yield from _fields(made.push, number, document)
        elif call.body == "multipart_csv" and ("\r" in text or "\n" in text) and '"' not in text:
            yield f"{name}, item {number}: is more than one line."


def _fields(push: Push, number: int, document: Any) -> Iterator[str]:
    for field in push.fields:
        found, value = _at(document, field)
        where = f"{push.name}, item {number}, {field.at or 'the item'}"
        if field.required and not found:
            yield f"{where}: is missing."
        if found and field.column and isinstance(value, str):
            column = field.column
            if column.max_chars and len(value) > column.max_chars:
                yield f"{where}: longer than {column.max_chars} characters."
            if column.max_bytes and len(value.encode()) > column.max_bytes:
                yield f"{where}: longer than {column.max_bytes} bytes."


def _at(document: Any, field: Field) -> tuple[bool, Any]:
    here = document
    for step in field.at.split(".") if field.at else []:
        if isinstance(here, dict) and step in here:
            here = here[step]
        elif isinstance(here, list) and step.isdigit() and int(step) < len(here):
            here = here[int(step)]
        else:
            return False, None
    return True, here


def _people(made: PushItems, audience: Audience) -> Iterator[str]:
    """Nobody in a push that subscribes who may not be written to on its channels; nobody erased in any."""
    push = made.push
    said = "\n".join(made.items["item"].to_pylist())
    if _ERASED in said:
        yield f"{push.name} holds somebody who was erased."
    points = {(row["channel"], row["point"]) for row in audience.rows.select(["channel", "point"]).to_pylist()}
    stopped = {
        (row["channel"], row["point"].lower())
        for row in audience.suppressed.select(["channel", "point"]).to_pylist()
        if row["point"]
    }
    for row in made.items.select(["channel", "point"]).to_pylist():
        channels = row["channel"].split("+")
        if push.who == "suppressed":
            if not any((channel, row["point"].lower()) in stopped for channel in channels):
                yield f"{push.name} suppresses somebody who did not say no."
        elif not any((channel, row["point"]) in points for channel in channels):
            yield f"{push.name} holds somebody who is not in the audience."
        if push.subscribes and any((channel, row["point"].lower()) in stopped for channel in channels):
            yield f"{push.name} holds somebody who said no."
    if push.subscribes:
        admitted = {point for _, point in points}
        for _, point in sorted(stopped):
            if point not in admitted and json_values.dumps(point)[1:-1] in said.lower():
                yield f"{push.name} names an address that said no."


def _requests(definition: Definition, outgoing: Outgoing) -> Iterator[str]:
    """The requests of all pushes: within the limits, every item in one of them."""
    try:
        for made, bodies in bodies_of(definition, outgoing):
            for body in bodies:
                if made.call.max_bytes and len(body) > made.call.max_bytes:
                    yield f"{made.push.name} makes a body of more than {made.call.max_bytes} bytes."
                if made.call.body == "json" and body:
                    json.loads(body)
    except AudienceVaultError as error:
        yield f"No request can be made: {error.message}"
    except ValueError:
        yield "A body is no JSON."


def bodies_of(definition: Definition, outgoing: Outgoing) -> Iterator[tuple[PushItems, list[bytes]]]:
    """Each push with the bodies of its requests, as they would be sent."""
    computed = {
        setting.name: f"{setting.name}1"
        for setting in (definition.api.settings if definition.api else ())
        if setting.computed
    }
    requests = Requests(definition, {**outgoing.settings, **computed}, {}, None)
    for number, made in enumerate(outgoing.pushes):
        grouped = Grouped(number, made, requests)
        yield made, [requests.of(grouped, batch, signed=False).body for batch in grouped.batches()]


def _everybody(definition: Definition, audience: Audience, outgoing: Outgoing) -> Iterator[str]:
    """Who may be reached is in an item or held back with the reason."""
    sent = {
        (row["contact_id"], channel)
        for made in outgoing.pushes
        for row in made.items.select(["contact_id", "channel"]).to_pylist()
        for channel in row["channel"].split("+")
    }
    held = {(row["contact_id"], row["channel"]) for row in outgoing.held_back.to_pylist()}
    for row in audience.rows.select(["contact_id", "channel"]).to_pylist():
        who = (row["contact_id"], row["channel"])
        if row["channel"] in definition.channels and who not in sent and who not in held:
            yield f"Somebody who may be reached by {row['channel']} is neither sent nor held back."


def _again(definition: Definition, audience: Audience, outgoing: Outgoing) -> Iterator[str]:
    """What the receiver took is not sent again."""
    for made in sample_outgoing(definition, audience, earlier=earlier_of(outgoing)).pushes:
        if made.items.num_rows:
            yield f"{made.push.name} sends people again of whom nothing changed."


def earlier_of(outgoing: Outgoing) -> pa.Table:
    """What a receiver that took everything was told."""
    tables = [
        made.items.select([name for name in EARLIER.names if name != "status"])
        .append_column("status", pa.repeat(pa.scalar(made.push.status), made.items.num_rows))
        .select(EARLIER.names)
        for made in outgoing.pushes
    ]
    return pa.concat_tables([EARLIER.empty_table(), *tables])


def _unfresh(definition: Definition, api: Api, audience: Audience) -> Iterator[str]:
    """Without fresh opt-outs nothing goes that could take one back, and its people are held back."""
    outgoing = sample_outgoing(definition, audience, may_subscribe=False)
    if any(freshness.bound(api, made.push) for made in outgoing.pushes):
        yield "A push that may take opt-outs back goes although they are not freshly known."
    yield from _everybody(definition, audience, outgoing)
