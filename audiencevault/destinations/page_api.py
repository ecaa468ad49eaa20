"""The part of a receiver's page about its API: what is sent, in which order, how fast, and what is read back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from audiencevault.destinations import freshness
from audiencevault.destinations.api import Api, Call, Field, Pull, Push, Rate
from audiencevault.destinations.definition import Definition
from audiencevault.destinations.page_words import EFFECTS, WHO, and_, column_facts, or_
from audiencevault.destinations.secret import variable

DOUBLE_OPT_IN: Final = {
    "never": "Nobody gets a mail that asks for confirmation.",
    "always": "Everybody who is subscribed gets a mail that asks for confirmation, and is not subscribed before.",
    "account": "Whether people get a mail that asks for confirmation is a setting of the account there.",
    "unknown": "Whether people get a mail that asks for confirmation is not verified.",
}
_ROWS: Final = {
    "all": "",
    "new": "Only those who were never sent before.",
    "changed": "Only those who were sent before and of whom something changed since.",
}
_SCHEMES: Final = {
    "none": "no key at all",
    "basic": "a user name and a password in the header Authorization",
    "bearer": "a token in the header {header}",
    "header": "a key in the header {header}",
    "query": "a key in the parameter {header} of the address",
    "code": "a signature that is computed anew for every request",
}
_BODIES: Final = {
    "none": "no body",
    "json": "JSON",
    "form": "the fields of a form",
    "form_items": "a form with one field per person",
    "multipart_csv": "an uploaded CSV file",
    "text": "text",
}


def lines(definition: Definition, api: Api) -> list[str]:
    """The sections, one sentence per line."""
    name = definition.name
    made = ["## What is sent to its API", ""]
    made += [f"`audiencevault push {name} --vault my.vault` says what would be sent, and sends nothing.", ""]
    if api.pulls:
        made += ["First it is read back who said no or whose address is dead, as described below."]
    made += [DOUBLE_OPT_IN[api.double_opt_in]]
    bound = [push for push in api.pushes if freshness.bound(api, push)]
    if bound:
        made += [_freshness(definition, api, bound)]
    told = any(push.who == "suppressed" for push in api.pushes)
    order = "The order is fixed: nobody is subscribed before every opt-out was told."
    made += [order if told else "Opt-outs of the vault are not told through the API.", ""]
    ordered = sorted(api.pushes, key=lambda item: item.who != "suppressed")
    for number, push in enumerate(ordered, start=1):
        made += [*_push(number, push, api.calls[push.call]), ""]
    made += _pulls(name, api)
    made += ["## Limits and settings", "", *limits(api), ""]
    if api.settings:
        made += ["| setting | holds | default |", "|---|---|---|", *_settings(api), ""]
    if api.auth.secrets:
        made += ["| secret | where it is found | environment variable |", "|---|---|---|"]
        made += [f"| `{key}` | {say} | `{variable(name, key)}` |" for key, say in api.auth.secrets.items()]
        made += ["", "A secret is read from the environment or the system's keyring, never from the command line.", ""]
    if api.erasure:
        made += ["## When somebody asks to be forgotten", "", api.erasure, ""]
    return made


def described(definition: Definition, api: Api) -> dict[str, Any]:
    """The API for JSON: what is sent, read back and needed, without a secret."""
    return {
        "double_opt_in": api.double_opt_in,
        "known_by": list(api.known_by),
        "pushes": [
            {
                "name": push.name,
                "status": push.status,
                "who": push.who,
                "channels": list(push.channels),
                "subscribes": push.subscribes,
                "polarity": push.polarity,
                "needs_fresh_opt_outs": freshness.bound(api, push),
                "say": push.say,
                "side_effects": list(push.side_effects),
                "fields": [field.at for field in push.fields],
                "max_items": api.calls[push.call].max_items if api.calls[push.call].many else 1,
                "max_bytes": api.calls[push.call].max_bytes,
                "repeatable": api.calls[push.call].repeatable,
            }
            for push in sorted(api.pushes, key=lambda item: item.who != "suppressed")
        ],
        "pulls": [
            {"name": pull.name, "channel": pull.channel, "state": pull.state, "verified": pull.verified}
            for pull in api.pulls
        ],
        "settings": [
            {
                "name": setting.name,
                "say": setting.say,
                "kind": setting.kind,
                "choices": list(setting.choices),
                "default": setting.default,
            }
            for setting in api.settings
            if not setting.computed
        ],
        "secrets": [
            {"name": key, "say": say, "variable": variable(definition.name, key)}
            for key, say in api.auth.secrets.items()
        ],
        "base": api.base,
        "rates": [{"calls": rate.calls, "seconds": rate.seconds} for rate in api.pace.rates],
        "in_flight": api.pace.in_flight,
        "unverified": list(api.unverified),
        "erasure": api.erasure,
    }


def _people(push: Push) -> list[str]:
    """Whom a push is for."""
    channels = and_(push.channels)
    if push.who == "suppressed":
        states = or_(push.states)
        return [f"Every contact point for {channels} that is {states}, also of people who may be reached elsewhere."]
    exactly = f"on {channels} and on no other channel" if push.match == "exactly" else f"on {or_(push.channels)}"
    whom = WHO[push.basis]
    return [f"{whom[0].upper()}{whom[1:]} {exactly}.", *([_ROWS[push.rows]] if _ROWS[push.rows] else [])]


def _freshness(definition: Definition, api: Api, bound: Sequence[Push]) -> str:
    ways = []
    if freshness.asks_all(api):
        ways.append("a pull of the last 24 hours")
    if api.known_by:
        ways.append(f"an import of a file of {or_(f'`{name}`' for name in api.known_by)} of the last 24 hours")
    names = and_(f"`{push.name}`" for push in bound)
    return (
        f"What {definition.title} knows of opt-outs has to be known here before {names}: it is sent only after "
        f"{' or '.join(ways)}, and its people are held back otherwise."
    )


def _push(number: int, push: Push, call: Call) -> list[str]:
    made = [f"### {number}. {push.name}", "", *_people(push), *([push.say] if push.say else [])]
    if push.subscribes:
        made += [EFFECTS[push.polarity]]
    made += push.side_effects
    made += call_facts(call)
    if not push.fields:
        return made
    return [*made, "", "| field | holds |", "|---|---|", *(_field(field, push) for field in push.fields)]


def call_facts(call: Call) -> list[str]:
    """How one call is made, how much it takes, and what is told of it, in sentences."""
    many = f", at most {call.max_items:,} in a request" if call.many and call.max_items else ""
    many = many or (", as many in a request as its limits allow" if call.many else ", one in a request")
    path = f" `{call.path}`" if call.path else ""
    said = [f"`{call.method}`{path}, {_BODIES[call.body]}{many}."]
    limits = [
        f"{count:,} bytes {unit}"
        for count, unit in ((call.max_bytes, "a request"), (call.max_item_bytes, "a person"))
        if count is not None
    ]
    if limits:
        said.append(f"At most {and_(limits)}.")
    if call.rates:
        said.append(f"At most {and_(map(_rate, call.rates))}.")
    if call.job is not None:
        said.append("The answer names a job, which is asked about until it is done.")
    elif call.answer.queued and not call.answer.done:
        said.append("It is done later, and what became of it is never told.")
    if not call.repeatable:
        said.append("A request whose answer never came is not sent again.")
    return said


def _rate(rate: Rate) -> str:
    seconds = f"{rate.seconds:g} seconds" if rate.seconds != 1 else "second"
    return (
        f"{rate.calls:,} {'request' if rate.calls == 1 else 'requests'} in {'a ' if rate.seconds == 1 else ''}{seconds}"
    )


def _field(field: Field, push: Push) -> str:
    name = field.at or "(the whole entry)"
    if field.setting:
        held = f"the setting `{field.setting}`"
    elif field.column is not None:
        held = ", ".join(column_facts(field.column))
    else:
        held = f"always `{_plain(field.value)}`"
    extra = ["; people without one are held back"] if field.required and push.who == "admitted" else []
    extra += [f"; only with {field.needs}"] if field.needs else []
    return f"| {name} | {held}{''.join(extra)} |"


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _pulls(name: str, api: Api) -> list[str]:
    if not api.pulls:
        how = f" Import {or_(f'`{source}`' for source in api.known_by)} instead." if api.known_by else ""
        return ["## What is read back", "", f"Nothing can be read back.{how}", ""]
    made = ["## What is read back", "", f"`audiencevault pull {name} --vault my.vault` writes it into the ledger.", ""]
    made += ["| listing | channel | becomes | verified |", "|---|---|---|---|"]
    return [*made, *(_pull(pull) for pull in api.pulls), ""]


def _pull(pull: Pull) -> str:
    states = dict.fromkeys([pull.state, *pull.words.values()])
    return f"| {pull.name} | {pull.channel} | {or_(states)} | {'yes' if pull.verified else 'no'} |"


def limits(api: Api) -> list[str]:
    """Where requests go, how fast, and what being too fast looks like, in sentences."""
    pace = api.pace
    made = [f"Requests go to `{api.base}`, with {_SCHEMES[api.auth.scheme].format(header=api.auth.header)}."]
    rates = f"At most {and_(map(_rate, pace.rates))}" if pace.rates else "No rate is known"
    made.append(f"{rates}; {pace.in_flight} at a time.")
    waits = {
        "retry_after": f"the header {pace.wait_header} says how long to wait, where it is there",
        "seconds": f"the header {pace.wait_header} says how many seconds to wait",
        "epoch": f"the header {pace.wait_header} says at which moment it may go on",
    }[pace.wait]
    made.append(f"Too fast is {or_(map(str, pace.throttled))}; {waits}.")
    made += [f"{final.status} with `{final.equals}` is not tried again: {final.say}" for final in pace.final]
    return made


def _settings(api: Api) -> Iterable[str]:
    for setting in api.settings:
        default = "worked out of the key" if setting.computed else (f"`{setting.default}`" if setting.default else "")
        yield f"| `{setting.name}` | {setting.say} | {default} |"
