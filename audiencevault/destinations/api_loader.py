"""The strict loader of a definition's `[api]`: what its words say, not yet whether they agree (see `api_checks`)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from audiencevault.audience import SUPPRESSED_STATES
from audiencevault.destinations import api_checks
from audiencevault.destinations.api import (
    AUTH_SCHEMES,
    BODIES,
    DOUBLE_OPT_IN,
    ERROR_KEYS,
    METHODS,
    PAGINGS,
    PULL_STATES,
    ROWS,
    SETTING_KINDS,
    SINCE_FORMATS,
    WAITS,
    Answer,
    Api,
    Auth,
    Call,
    Condition,
    Field,
    Final429,
    Job,
    Pace,
    Paging,
    Pull,
    Push,
    Rate,
    Refusal,
    Setting,
)
from audiencevault.destinations.column_loader import column
from audiencevault.destinations.toml_table import Table
from audiencevault.destinations.vocabulary import API_FIELDS, BASES, CHANNELS, MATCHES, POLARITIES, STATUSES

_NAME: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_KEY: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_WHO: Final = ("admitted", "suppressed")


def api(table: Table, channels: Sequence[str], sources: Sequence[str]) -> Api:
    """The API that `table` describes, of a receiver for `channels` whose facts come from `sources`.

    Raises `DefinitionError` naming file and place.
    """
    layouts = _layouts(table.table("layouts"))
    calls = table.table("calls")
    pushes = table.tables("pushes")
    pulls = table.tables("pulls", [])
    made = Api(
        base=table.take("base", str),
        auth=_auth(table.table("auth")),
        calls={name: _call(calls.table(name), name) for name in calls.left()},
        pushes=tuple(_push(item, layouts, channels) for item in pushes),
        pulls=tuple(_pull(item) for item in pulls),
        settings=tuple(_setting(item) for item in table.tables("settings", [])),
        headers=table.named_texts("headers"),
        pace=_pace(table.table("pace")),
        double_opt_in=table.word("double_opt_in", DOUBLE_OPT_IN),
        known_by=table.texts("known_by", []),
        other_hosts=table.texts("other_hosts", []),
        erasure=table.take("erasure", str, ""),
        module=table.take("module", str, ""),
        unverified=table.texts("unverified", []),
    )
    table.done()
    api_checks.check(made, layouts, table, pushes, pulls, sources)
    return made


def _setting(table: Table) -> Setting:
    made = Setting(
        name=_key(table, "name"),
        say=table.take("say", str),
        kind=table.word("kind", SETTING_KINDS, "text"),
        choices=table.texts("choices", []),
        default=table.take("default", str, None),
        computed=table.take("computed", bool, False),
    )
    table.done()
    if made.choices and made.default is not None and made.default not in made.choices:
        raise table.error("is none of the choices", "default")
    if made.computed and made.default is not None:
        raise table.error("is not for what the module computes", "default")
    return made


def _auth(table: Table) -> Auth:
    scheme = table.word("scheme", AUTH_SCHEMES)
    made = Auth(
        scheme=scheme,
        secrets=table.named_texts("secrets"),
        secret=table.take("secret", str, ""),
        user=table.take("user", str, ""),
        user_secret=table.take("user_secret", str, ""),
        header=table.take("header", str, "Authorization"),
        prefix=table.take("prefix", str, "Bearer " if scheme == "bearer" else ""),
    )
    table.done()
    for name, say in made.secrets.items():
        if not _KEY.fullmatch(name):
            raise table.error("must be lower-case letters, digits and underscores", f"secrets.{name}")
        if not say.strip():
            raise table.error("must say where it is found", f"secrets.{name}")
    for key, name in (("secret", made.secret), ("user_secret", made.user_secret)):
        if name and name not in made.secrets:
            raise table.error(f"is {name!r}, which is none of secrets", key)
    if scheme == "none" and made.secrets:
        raise table.error("are not used by the scheme none", "secrets")
    if scheme == "code" and not made.secrets:
        raise table.error("is missing: what the module computes with", "secrets")
    if scheme in {"basic", "bearer", "header", "query"} and not made.secret:
        raise table.error("is missing", "secret")
    if (scheme == "basic") != bool(made.user or made.user_secret) or (made.user and made.user_secret):
        raise table.error("or user_secret, one of them, is for the scheme basic", "user")
    return made


def _rates(table: Table) -> tuple[Rate, ...]:
    rates = []
    for item in table.tables("rates", []):
        calls = item.count("calls")
        if calls is None:
            raise item.error("is missing", "calls")
        rates.append(Rate(calls, item.number("seconds", 1)))
        item.done()
    return tuple(rates)


def _pace(table: Table) -> Pace:
    final = []
    for item in table.tables("final", []):
        final.append(Final429(_status(item), item.take("at", str), item.take("equals", str), item.take("say", str)))
        item.done()
    made = Pace(
        rates=_rates(table),
        in_flight=table.count("in_flight") or 1,
        throttled=table.statuses("throttled", Pace.throttled),
        broken=table.statuses("broken", Pace.broken),
        wait=table.word("wait", WAITS, Pace.wait),
        wait_header=table.take("wait_header", str, Pace.wait_header),
        final=tuple(final),
        attempts=table.count("attempts") or Pace.attempts,
        timeout=table.number("timeout", Pace.timeout),
    )
    table.done()
    return made


def _layouts(table: Table) -> dict[str, tuple[Field, ...]]:
    layouts = {}
    for name in table.left():
        tables = table.tables(name)
        fields = tuple(_field(item) for item in tables)
        api_checks.check_needs(fields, tables)
        layouts[name] = fields
    table.done()
    return layouts


def _field(table: Table) -> Field:
    at = table.take("at", str)
    needs, required = table.take("needs", str, ""), table.take("required", bool, False)
    given = [key for key in ("field", "value", "setting") if key in table.left()]
    if len(given) != 1:
        raise table.error("must have one of field, value and setting")
    if given == ["value"]:
        made = Field(at, value=table.anything("value"), needs=needs, required=required)
    elif given == ["setting"]:
        made = Field(at, setting=table.take("setting", str), needs=needs, required=required)
    else:
        made = Field(at, column=column(table, at, API_FIELDS), needs=needs, required=required)
    table.done()
    if required and given == ["value"]:
        raise table.error("is for fields: a constant is always there", "required")
    return made


def _call(table: Table, name: str) -> Call:
    if not _NAME.fullmatch(name):
        raise table.error("must be named in lower-case letters, digits and hyphens")
    rates = _rates(table)
    body = table.word("body", BODIES, "json")
    has_job = "job" in table.left()
    job = table.table("job")
    made = Call(
        name=name,
        method=table.word("method", METHODS),
        path=table.take("path", str),
        answer=_answer(table.table("answer")),
        body=body,
        many=table.take("many", bool, body not in {"none", "form"}),
        at=table.take("at", str, ""),
        fixed=_object(table, "fixed"),
        query=_query(table),
        headers=table.named_texts("headers"),
        file=table.take("file", str, ""),
        max_items=table.count("max_items"),
        max_bytes=table.count("max_bytes"),
        max_item_bytes=table.count("max_item_bytes"),
        rates=rates,
        repeatable=table.take("repeatable", bool, False),
        job=_job(job) if has_job else None,
    )
    table.done()
    api_checks.check_call(made, table)
    return made


def _answer(table: Table) -> Answer:
    refusals = []
    for item in table.tables("refusals", []):
        made = Refusal(
            state=item.word("state", PULL_STATES),
            at=item.take("at", str, ""),
            contains=item.take("contains", str, ""),
            status=_status(item) if "status" in item.left() else None,
        )
        item.done()
        if not made.contains and made.status is None:
            raise item.error("or status is missing", "contains")
        refusals.append(made)
    answer = Answer(
        done=table.statuses("done", Answer.done),
        queued=table.statuses("queued", ()),
        waiting=table.statuses("waiting", ()),
        exists=table.statuses("exists", ()),
        must=_object(table, "must"),
        errors=table.take("errors", str, None),
        errors_map=table.take("errors_map", bool, False),
        key=table.take("key", str, ""),
        by=table.word("by", ERROR_KEYS, "point"),
        words=table.texts("words", []),
        results=table.take("results", str, None),
        result_status=table.take("result_status", str, ""),
        exists_at=table.take("exists_at", str, ""),
        exists_words=table.texts("exists_words", []),
        refusals=tuple(refusals),
        job=table.take("job", str, ""),
    )
    table.done()
    api_checks.check_answer(answer, table)
    return answer


def _job(table: Table) -> Job:
    made = Job(
        path=table.take("path", str),
        state=table.take("state", str),
        finished=table.texts("finished"),
        failed=table.texts("failed", []),
        query=_query(table),
        every=table.number("every", Job.every),
        patience=table.number("patience", Job.patience),
        errors_path=table.take("errors_path", str, ""),
        errors_link=table.take("errors_link", str, ""),
        errors_paging=_paging(table.table("errors_paging")),
        lines=table.take("lines", bool, False),
        rejected=table.take("rejected", str, ""),
        answer=_answer(table.table("answer")),
    )
    table.done()
    if made.errors_path and made.errors_link:
        raise table.error("and errors_link exclude each other", "errors_path")
    if made.errors_paging.by != "none" and not made.errors_path:
        raise table.error("is for errors_path", "errors_paging")
    return made


def _push(table: Table, layouts: Mapping[str, tuple[Field, ...]], channels: Sequence[str]) -> Push:
    who = table.word("who", _WHO, "admitted")
    subscribes = table.take("subscribes", bool, False)
    if subscribes and "polarity" not in table.left():
        raise table.error("is missing: what the call does to somebody who had opted out there", "polarity")
    layout = table.word("layout", layouts) if "layout" in table.left() else ""
    made = Push(
        name=table.take("name", str),
        call=table.take("call", str),
        fields=layouts[layout] if layout else (),
        status=table.word("status", STATUSES),
        who=who,
        channels=table.words("channels", channels, list(channels)),
        match=table.word("match", MATCHES, "any"),
        basis=table.word("basis", BASES, "any"),
        states=table.words("states", SUPPRESSED_STATES, []),
        rows=table.word("rows", ROWS, "all"),
        subscribes=subscribes,
        polarity=table.word("polarity", POLARITIES, "none"),
        fixed=_object(table, "fixed"),
        say=table.take("say", str, ""),
        side_effects=table.texts("side_effects", []),
    )
    table.done()
    if not _NAME.fullmatch(made.name):
        raise table.error("must be lower-case letters, digits and hyphens", "name")
    return made


def _paging(table: Table) -> Paging:
    first = table.take("first", int, 0)
    made = Paging(
        by=table.word("by", PAGINGS, "none"),
        query=table.take("query", str, ""),
        size=table.count("size"),
        size_query=table.take("size_query", str, ""),
        first=first,
        at=table.take("at", str, ""),
    )
    table.done()
    if made.by in {"offset", "page", "cursor", "short"} and not made.query:
        raise table.error("is missing", "query")
    if made.by in {"cursor", "link"} and not made.at:
        raise table.error("is missing", "at")
    if made.by in {"offset", "short"} and made.size is None:
        raise table.error("is missing", "size")
    return made


def _pull(table: Table) -> Pull:
    only = []
    for item in table.tables("only", []):
        at = item.take("at", str)
        # A setting is written as other texts name it, in braces.
        among = (f"{{{item.take('setting', str)}}}",) if "setting" in item.left() else item.texts("among")
        only.append(Condition(at, among))
        item.done()
    # Also of a channel that nothing is pushed for: a no is a no.
    channel = table.word("channel", CHANNELS)
    words = table.named_texts("words")
    made = Pull(
        name=table.take("name", str),
        channel=channel,
        path=table.take("path", str),
        point=table.take("point", str),
        state=table.word("state", PULL_STATES),
        method=table.word("method", METHODS, "GET"),
        point_kind=table.word("point_kind", ("email", "phone"), "email" if channel == "email" else "phone"),
        items=table.take("items", str, ""),
        inside=table.take("inside", str, ""),
        query=_query(table),
        fixed=_object(table, "fixed"),
        paging=_paging(table.table("paging")),
        only=tuple(only),
        state_at=table.take("state_at", str, ""),
        words=words,
        when=table.take("when", str, ""),
        since_query=table.take("since_query", str, ""),
        since_format=table.word("since_format", SINCE_FORMATS, "datetime"),
        since_start=table.take("since_start", str, ""),
        until_query=table.take("until_query", str, ""),
        ask=table.take("ask", str, None),
        max_items=table.count("max_items"),
        verified=table.take("verified", bool, False),
    )
    table.done()
    if not _NAME.fullmatch(made.name):
        raise table.error("must be lower-case letters, digits and hyphens", "name")
    for word, state in words.items():
        if state not in PULL_STATES:
            raise table.error(f"is {state!r}, which is none of {', '.join(PULL_STATES)}", f"words.{word}")
    if bool(made.words) != bool(made.state_at):
        raise table.error("and state_at need each other", "words")
    if made.ask is not None and made.max_items is None:
        raise table.error("is missing: how many addresses are asked about at once", "max_items")
    if made.ask is not None and made.method == "GET" and made.max_items != 1:
        raise table.error("must be 1 for GET, which asks about one address at a time", "max_items")
    if made.ask is None and made.max_items is not None:
        raise table.error("is for asking about addresses", "max_items")
    if made.fixed and made.method == "GET":
        raise table.error("is for methods with a body", "fixed")
    if made.since_start and not made.since_query:
        raise table.error("is for since_query", "since_start")
    if (made.point_kind == "email") != (made.channel == "email"):
        raise table.error(f"does not fit the channel {made.channel}", "point_kind")
    return made


def _query(table: Table) -> dict[str, str]:
    """Parameters; one that is a table `{ setting = "name" }` is written as other texts name it, in braces."""
    found = {}
    for name, value in _object(table, "query").items():
        named = isinstance(value, dict) and set(value) == {"setting"}
        if not named and not isinstance(value, str):
            raise table.error("must be a text, or a table that names a setting", f"query.{name}")
        found[name] = f"{{{value['setting']}}}" if named else value
    return found


def _key(table: Table, key: str) -> str:
    name: str = table.take(key, str)
    if not _KEY.fullmatch(name):
        raise table.error("must be lower-case letters, digits and underscores", key)
    return name


def _status(table: Table) -> int:
    status: int = table.take("status", int)
    if not 100 <= status < 600:
        raise table.error("must be a status, a number from 100 to 599", "status")
    return status


def _object(table: Table, key: str) -> dict[str, Any]:
    value = table.anything(key)
    if value is not None and not isinstance(value, dict):
        raise table.error("must be a table", key)
    return value or {}
