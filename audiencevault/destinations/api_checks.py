"""Whether the words of a definition's `[api]` agree with one another: what one table names, another must have.

Each check raises `DefinitionError` naming file and place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from audiencevault.destinations import json_values
from audiencevault.destinations.api import Answer, Api, Call, Field, Pull, Push
from audiencevault.destinations.toml_table import Table
from audiencevault.destinations.vocabulary import POINT_ENCODERS

BRACES: Final = re.compile(r"\{([^{}]*)\}")
OF_ITEM: Final = frozenset({"point", "md5_email", "item_id"})
"""What a path may name besides settings where a request is about one item."""


_SUPPRESSING: Final = frozenset({"unsubscribed", "cleaned", "suppressed"})
_MODULE: Final = re.compile(r"[a-z][a-z0-9_]*")
_HOST: Final = re.compile(r"[a-z0-9{][a-z0-9.{}_-]*[a-z0-9}](:\d+)?")
_FLAT: Final = frozenset({"form", "multipart_csv", "text"})


def check(
    api: Api,
    layouts: Mapping[str, Sequence[Field]],
    table: Table,
    pushes: Sequence[Table],
    pulls: Sequence[Table],
    sources: Sequence[str],
) -> None:
    """The whole of `api`, which `table` describes, its pushes and pulls in `pushes` and `pulls`."""
    if not api.base.startswith(("https://", "{")):
        raise table.error("must begin with https://, or with a setting of the kind url", "base")
    for host in api.other_hosts:
        if not _HOST.fullmatch(host):
            raise table.error(f"holds {host!r}, which is no host", "other_hosts")
    if api.module and not _MODULE.fullmatch(api.module):
        raise table.error("must be lower-case letters, digits and underscores", "module")
    if api.auth.scheme == "code" and not api.module:
        raise table.error("is missing: the scheme code needs it", "module")
    _check_settings(api, layouts, table)
    for kind, names in (("pushes", [item.name for item in api.pushes]), ("pulls", [item.name for item in api.pulls])):
        if len(set(names)) < len(names):
            raise table.error("holds two of the same name", kind)
    if not api.pushes and not api.pulls:
        raise table.error("must hold at least one push or pull")
    for push, item in zip(api.pushes, pushes, strict=True):
        _check_push(api, push, item)
    if unused := sorted(set(api.calls) - {push.call for push in api.pushes}):
        raise table.error("is used by no push", f"calls.{unused[0]}")
    for pull, item in zip(api.pulls, pulls, strict=True):
        _check_pull(pull, item, sources)


def check_needs(fields: Sequence[Field], tables: Sequence[Table]) -> None:
    """Every `needs` of a layout names another of its fields, and none goes round in a circle."""
    needs = {field.at: field.needs for field in fields}
    for field, table in zip(fields, tables, strict=True):
        seen, at = {field.at}, field.needs
        while at:
            if at not in needs:
                raise table.error(f"is {at!r}, which is no other field of this layout", "needs")
            if at in seen:
                raise table.error("goes round in a circle", "needs")
            seen.add(at)
            at = needs[at]


def check_call(call: Call, table: Table) -> None:
    """One call by itself."""
    if not call.path.startswith("/") and call.path:
        raise table.error("must begin with a slash", "path")
    if (call.method == "GET") != (call.body == "none") and call.method not in {"DELETE", "PUT", "POST"}:
        raise table.error(f"does not go with the method {call.method}", "body")
    if call.method == "GET" and call.body != "none":
        raise table.error("must be none for GET", "body")
    if call.many and call.body in {"none", "form"}:
        raise table.error(f"must be false: the body {call.body} is about one item", "many")
    if not call.many and call.body in {"form_items", "multipart_csv"}:
        raise table.error(f"must be true for the body {call.body}", "many")
    if (call.body == "multipart_csv") != bool(call.file):
        raise table.error("and body = 'multipart_csv' need each other", "file")
    if call.body == "form_items" and not call.at:
        raise table.error("is missing: the form field that is repeated", "at")
    if call.at and (not call.many or call.body not in {"json", "form_items"}):
        raise table.error("is for many items in a body of JSON or form_items", "at")
    if call.max_items and not call.many:
        raise table.error("is for many = true", "max_items")
    if call.fixed and (call.body in {"none", "text"} or (call.body == "json" and call.many and not call.at)):
        raise table.error(f"does not fit a body {call.body} that is nothing but items", "fixed")
    asked_for = [name for text in _texts_of_job(call) for name in BRACES.findall(text)]
    if "job" in asked_for and not call.answer.job:
        raise table.error("is missing: the path of the job's id in the answer", "answer.job")
    if call.answer.job and call.job is None:
        raise table.error("is missing: how to ask what became of it", "job")
    if not (call.answer.done or call.answer.queued or call.answer.waiting):
        raise table.error("must name at least one status that takes items", "answer.done")


def check_answer(answer: Answer, table: Table) -> None:
    """One answer by itself."""
    if answer.errors is not None and answer.results is not None:
        raise table.error("and results exclude each other", "errors")
    if answer.errors_map and answer.errors is None:
        raise table.error("is missing", "errors")
    if answer.key and answer.errors is None and answer.results is None:
        raise table.error("is for errors and results", "key")
    if answer.result_status and answer.results is None:
        raise table.error("is for results", "result_status")
    if bool(answer.exists_at) != bool(answer.exists_words):
        raise table.error("and exists_words need each other", "exists_at")
    statuses = (*answer.done, *answer.queued, *answer.waiting, *answer.exists)
    if len(set(statuses)) < len(statuses):
        raise table.error("must not mean two things", "done")


def _check_settings(api: Api, layouts: Mapping[str, Sequence[Field]], table: Table) -> None:
    names = [setting.name for setting in api.settings]
    if len(set(names)) < len(names):
        raise table.error("holds two of the same name", "settings")
    if computed := [setting.name for setting in api.settings if setting.computed and not api.module]:
        raise table.error(f"holds {computed[0]}, which only a module can compute", "settings")
    used: set[str] = set()
    for where, text in _braced(api):
        call = api.calls.get(where.split(".")[1]) if where.startswith("calls.") else None
        allowed = set(names)
        if call is not None and not call.many and (where.endswith(".path") or ".query." in where):
            allowed |= OF_ITEM
        if ".job." in where:
            allowed |= {"job"}
        for name in BRACES.findall(text):
            if name not in allowed:
                raise table.error(
                    f"names {name!r}, which is none of {', '.join(sorted(allowed)) or 'no settings'}", where
                )
            used.add(name)
    for where, name in _referred(api, layouts):
        if name not in names:
            raise table.error(f"names the setting {name!r}, which is none of {', '.join(names) or 'none'}", where)
        used.add(name)
    if not api.module and (unused := [name for name in names if name not in used]):
        raise table.error(f"holds {unused[0]}, which nothing uses", "settings")
    if api.base.startswith("{"):
        first = BRACES.match(api.base)
        kinds = {setting.name: setting.kind for setting in api.settings}
        if first is None or kinds[first[1]] != "url":
            raise table.error("must begin with https://, or with a setting of the kind url", "base")


def _braced(api: Api) -> Iterable[tuple[str, str]]:
    """Every text of `api` that may hold settings in braces, with its place."""
    yield "base", api.base
    yield "auth.user", api.auth.user
    yield from ((f"other_hosts[{n}]", host) for n, host in enumerate(api.other_hosts))
    yield from ((f"headers.{key}", text) for key, text in api.headers.items())
    for call in api.calls.values():
        where = f"calls.{call.name}"
        yield f"{where}.path", call.path
        yield from ((f"{where}.query.{key}", text) for key, text in call.query.items())
        yield from ((f"{where}.headers.{key}", text) for key, text in call.headers.items())
        yield from ((f"{where}.job.path", text) for text in _texts_of_job(call))
    for number, pull in enumerate(api.pulls):
        where = f"pulls[{number}]"
        yield f"{where}.path", pull.path
        yield from ((f"{where}.query.{key}", text) for key, text in pull.query.items())
        yield from ((f"{where}.only", text) for condition in pull.only for text in condition.among)


def _texts_of_job(call: Call) -> list[str]:
    return [call.job.path, call.job.errors_path, *call.job.query.values()] if call.job else []


def _referred(api: Api, layouts: Mapping[str, Sequence[Field]]) -> Iterable[tuple[str, str]]:
    """Every setting that a table `{ setting = "name" }` names, with its place."""
    for name, fields in layouts.items():
        for number, field in enumerate(fields):
            if field.setting:
                yield f"layouts.{name}[{number}]", field.setting
            yield from ((f"layouts.{name}[{number}].value", found) for found in _settings_in(field.value))
    for call in api.calls.values():
        yield from ((f"calls.{call.name}.fixed", found) for found in _settings_in(call.fixed))
    for number, push in enumerate(api.pushes):
        yield from ((f"pushes[{number}].fixed", found) for found in _settings_in(push.fixed))
    for number, pull in enumerate(api.pulls):
        yield from ((f"pulls[{number}].fixed", found) for found in _settings_in(pull.fixed))


def _settings_in(value: Any) -> Iterable[str]:
    if isinstance(value, Mapping):
        if set(value) == {"setting"}:
            yield str(value["setting"])
        else:
            for item in value.values():
                yield from _settings_in(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _settings_in(item)


def _check_push(api: Api, push: Push, table: Table) -> None:
    call = api.calls.get(push.call)
    if call is None:
        raise table.error(f"is {push.call!r}, which is none of {', '.join(sorted(api.calls))}", "call")
    if (call.body == "none") == bool(push.fields):
        raise table.error("is for calls with a body, which need one", "layout")
    if push.fields:
        _check_layout(call, push, table)
    if push.fixed and (call.body in {"none", "text"} or (call.body == "json" and call.many and not call.at)):
        raise table.error(f"does not fit a body {call.body} that is nothing but items", "fixed")
    if (push.who == "suppressed") != bool(push.states):
        raise table.error("and who = 'suppressed' need each other", "states")
    if (push.who == "suppressed") != (push.status in _SUPPRESSING):
        raise table.error(f"does not go with who = {push.who!r}", "status")
    if push.subscribes and push.who != "admitted":
        raise table.error("must be false: only admitted people may be subscribed", "subscribes")
    if push.status == "subscribed" and not push.subscribes and push.rows != "changed":
        raise table.error("must be true for the status subscribed", "subscribes")
    if push.subscribes and push.polarity == "forces":
        _check_known(api, push, table)
    if call.answer.by == "client_id" and not any(
        field.column and field.column.field == "item_id" for field in push.fields
    ):
        raise table.error("has no field item_id, by which the call's answer names items", "layout")


def _check_known(api: Api, push: Push, table: Table) -> None:
    """A call that takes opt-outs back needs a way to know of them first."""
    if api.known_by:
        return
    known = {pull.channel for pull in api.pulls}
    for channel in push.channels:
        if channel not in known:
            raise table.error(
                f"forces a subscription, and nothing tells who opted out of {channel}: it needs a pull, or "
                "sources in known_by",
                "polarity",
            )


def _check_layout(call: Call, push: Push, table: Table) -> None:
    paths = [field.at for field in push.fields]
    if call.body in _FLAT:
        _check_flat(call, push, table)
    else:
        try:
            if paths != [""]:
                json_values.tree(paths)
        except ValueError as error:
            raise table.error(f"cannot be an item: {error}", "layout") from None
    if paths == [""] and (not call.many or call.body not in {"json", "form_items"}):
        raise table.error("is a bare value, which only a list can hold", "layout")
    if not call.many:
        taken = {path.split(".")[0] for path in paths} & (set(call.fixed) | set(push.fixed))
        if taken:
            raise table.error(f"and fixed both hold {min(taken)!r}", "layout")
    named = {name for text in (call.path, *call.query.values()) for name in BRACES.findall(text)} & OF_ITEM
    if not named and not any(_is_point(field) for field in push.fields):
        raise table.error("names nobody: it has neither an e-mail address nor a phone number", "layout")


def _check_flat(call: Call, push: Push, table: Table) -> None:
    paths = [field.at for field in push.fields]
    if call.body != "multipart_csv" and len(set(paths)) < len(paths):
        raise table.error("holds two fields of the same name", "layout")
    for field in push.fields:
        if not field.at:
            raise table.error("holds a field without a name", "layout")
        if isinstance(field.value, (dict, list)):
            raise table.error(f"holds a nested value at {field.at!r}, which the body {call.body} cannot", "layout")


def _is_point(field: Field) -> bool:
    column = field.column
    return column is not None and (column.encode in POINT_ENCODERS or column.field == "point")


def _check_pull(pull: Pull, table: Table, sources: Sequence[str]) -> None:
    if not pull.path.startswith("/"):
        raise table.error("must begin with a slash", "path")
    if not pull.point and (pull.only or pull.when or pull.state_at or pull.inside):
        raise table.error("is empty, so entries are bare texts: nothing else can be read from them", "point")
    if pull.verified and not sources:
        raise table.error("needs a source: the document's sources are empty", "verified")
