"""A proof as a page: self-contained HTML to print or send, plain text for the screen, and a receipt for the person."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any, Final

from audiencevault.consent.proving import ACTS, METHODS, Proof, State
from audiencevault.consent.reasons import CHANNEL_WORDS

WIDTH: Final = 96
WARNINGS: Final[Mapping[str, str]] = {
    "asserted": "the yes rests on somebody's word for a source",
    "blocked": "it was blocked by hand as well",
    "bounced": "mail to it came back as well",
    "complained": "a message was reported as spam as well",
    "guessed_country": "the number does not say its country; it was guessed",
    "left_a_list": "the person left one list of this purpose",
    "not_subscribed": "a list says a no that may mean “never asked”",
    "objected": "the person objected as well",
    "quiet_hours": "it is too early or too late for a message where they live",
    "refused": "the person was asked and said no as well",
    "request_not_logged": "the confirming click is recorded, the request before it is not",
    "role_mailbox": "the address belongs to a role such as info@, not to one person",
    "several_jurisdictions": "the rules of several countries were asked; the strictest counts",
    "stale": "old enough that the rules advise a fresh yes",
    "withdrawn": "the person unsubscribed as well",
}
"""The fold's warnings in words."""

NOT_ADVICE: Final = "This is not legal advice: it shows what is recorded and how the named rules read it."

_STYLE: Final = """
:root { color-scheme: light; }
body { font: 15px/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff; max-width: 46rem; margin: 2rem auto;
  padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0 0 .3rem; } h2 { font-size: 1.1rem; margin: 1.8rem 0 .4rem; }
p { margin: .3rem 0; } .yes { color: #0a5c2b; } .no { color: #8a1c1c; }
dl { display: grid; grid-template-columns: 11rem 1fr; gap: .15rem .8rem; margin: .4rem 0 1rem; }
dt { color: #555; } dd { margin: 0; overflow-wrap: anywhere; }
blockquote { margin: .2rem 0; padding: .4rem .8rem; border-left: 3px solid #888; background: #f4f4f4; }
ol { padding-left: 1.4rem; } li { margin: .5rem 0; } .small { color: #555; font-size: .85rem; }
@media print { body { margin: 0; max-width: none; font-size: 11pt; } li, dl { break-inside: avoid; } }
@page { margin: 18mm; }
"""


def moment(value: datetime | None, precision: str | None = "instant") -> str:
    """A time as people read it, no finer than it is known."""
    if value is None or precision == "unknown":
        return "no date of its own"
    if precision == "year":
        return f"some time in {value:%Y}"
    if precision == "month":
        return f"some time in {value:%B %Y}"
    day = f"{value.day} {value:%B %Y}"
    return day if precision == "day" else f"{day}, {value:%H:%M:%S} UTC"


def place(event: Mapping[str, Any]) -> str:
    """The file and row that an event came from."""
    parts = [(event.get("file") or "").partition("::")[0], event["member"], event["locator"]]
    named = list(dict.fromkeys(part for part in parts if part))
    digest = f" (SHA-256 {event['export_sha256'][:16]}…)" if event["export_sha256"] else ""
    return (", ".join(named) or "entered by a command") + digest


def said(event: Mapping[str, Any]) -> str:
    """One event as half a sentence."""
    what = ACTS.get(event["event_type"], event["event_type"])
    detail = event["state"] or event["detail"]
    how = METHODS.get(event["capture_method"], event["capture_method"] or "it is not known how")
    return f"{what}{f' ({detail.replace(chr(95), chr(32))})' if detail else ''}, {how}"


def _on(proof: Proof) -> str:
    return moment(proof.on, "day" if proof.whole_day else "instant")


def _means(state: State) -> str:
    return CHANNEL_WORDS.get(state.channel, (state.channel, ""))[0]


def _answer(state: State) -> str:
    verdict = "permitted" if state.mailable else "not permitted"
    return f"{verdict} ({state.reason}): {state.sentence}"


def facts(proof: Proof, state: State) -> list[tuple[str, str]]:
    """What is known about the event that decided one state: (question, answer)."""
    event = proof.event(state.decisive_event_id)
    lines = [("Rules", f"{state.rules}" + (f", for {state.jurisdiction}" if state.jurisdiction else ""))]
    if state.expires_at is not None and state.mailable:
        lines.append(("Ends by itself", moment(state.expires_at)))
    lines += [("Note", WARNINGS.get(warning, warning)) for warning in state.warnings]
    if event is None:
        return [*lines, ("Decided by", "nothing that is recorded about this point")]
    lines += [
        ("Who", f"{event['point'] or 'a hash of it'}, {_actor(event)}"),
        ("What", said(event)),
        ("When", moment(event["occurred_at"], event["occurred_precision"])),
        ("Seen in the export of", moment(event["snapshot_at"])),
        ("Known to the vault since", moment(event["recorded_at"])),
        ("Purpose and sender", f"{event['purpose'] or 'everything'}, for {event['controller_id']}"),
        ("Evidence", event["evidence_grade"] or "none"),
    ]
    for label, name in (("Page", "capture_url"), ("IP address", "ip"), ("Program", "user_agent"),
                        ("Message", "message_id")):  # fmt: skip
        if event[name]:
            lines.append((label, str(event[name])))
    lines.append(("Text that was shown", f"“{event['notice']}”" if event.get("notice") else "not recorded"))
    lines += [("File and row", place(event)), ("Event", str(event["event_id"]))]
    if event.get("chain"):
        lines.append(("Hash chain", str(event["chain"])))
    return lines


def _actor(event: Mapping[str, Any]) -> str:
    actors = {"data_subject": "the person", "controller_user": "somebody at the sender", "provider": "a provider",
              "system": "the program", "authority": "an authority"}  # fmt: skip
    return actors.get(event["actor"], event["actor"] or "nobody named")


def _pairs(proof: Proof) -> list[tuple[State, State | None]]:
    then = {(state.channel, state.point): state for state in proof.then}
    return [(state, then.get((state.channel, state.point))) for state in proof.now]


def _notes(proof: Proof) -> list[str]:
    notes = []
    if proof.differs:
        notes.append("The answer changed within that day; the stricter one is shown. Name the time to be exact.")
    if any(before is not None and before.mailable != state.mailable for state, before in _pairs(proof)):
        notes.append("What the vault knew on that day and what it knows now about that day differ.")
    if proof.chain_verified is None:
        notes.append("Nothing is recorded about this person, so there is no chain to verify.")
    elif not proof.chain_verified:
        notes.append("The hash chain could not be verified for every event; run 'check --read-data'.")
    return [*notes, NOT_ADVICE]


def text(proof: Proof) -> str:
    """The page as plain text."""
    asked = f"On {_on(proof)}, purpose {proof.purpose}, sender {proof.controller_id}, rules {proof.policy}"
    lines = [f"{proof.name or '(no name)'}   {proof.contact_id}", asked]
    for state, before in _pairs(proof):
        lines += ["", f"{_means(state)} to {state.point}: {_answer(state)}"]
        if before is not None and before.reason != state.reason:
            lines.append(f"  On what the vault knew then: {_answer(before)}")
        for label, value in facts(proof, state):
            lines += _wrapped(f"  {label + ':':<26}", value)
    if not proof.now:
        lines += ["", "No usable address or number is known for the channels asked about."]
    lines += ["", f"Everything that was recorded ({len(proof.events)})"]
    for event in proof.events:
        when = moment(event["occurred_at"], event["occurred_precision"])
        point = event["point"] or "(a hash)"
        lines += _wrapped("  · ", f"{when}: {event['channel']}, {point}: {said(event)}; {place(event)}")
    for one in proof.attestations:
        lines += ["", *_wrapped("", _vouched(one))]
    lines += ["", *(line for note in _notes(proof) for line in _wrapped("", note))]
    return "\n".join(lines) + "\n"


def _wrapped(start: str, value: str) -> list[str]:
    return textwrap.wrap(
        value, WIDTH, initial_indent=start, subsequent_indent=" " * len(start), break_long_words=False,
        break_on_hyphens=False,
    ) or [start.rstrip()]  # fmt: skip


def _vouched(one: Mapping[str, Any]) -> str:
    until = f", good until {moment(one['valid_until'])}" if one.get("valid_until") else ""
    return (
        f"{one['attested_by']} vouched on {moment(one['attested_at'])} for {one['source']} ({one['channel']}, "
        f"{one['purpose']}{until}): “{one['text']}”"
    )


def html(proof: Proof) -> str:
    """The page, needing nothing else."""
    asked = f"<strong>{escape(_on(proof))}</strong>, for {escape(proof.purpose)} of {escape(proof.controller_id)}"
    body = [f"<h1>Consent of {escape(proof.name or 'one person')}</h1>", f"<p>On {asked}.</p>"]
    where = f"Contact {proof.contact_id}, vault {proof.vault_id}, snapshot {proof.snapshot}"
    small = f"{where}, asked {moment(proof.asked_at)}, rules {proof.policy}."
    body.append(f'<p class="small">{escape(small)}</p>')
    for state, before in _pairs(proof):
        verdict = "yes" if state.mailable else "no"
        body.append(f"<h2>{escape(_means(state))} to {escape(state.point)}</h2>")
        body.append(f'<p class="{verdict}"><strong>{escape(_answer(state))}</strong></p>')
        if before is not None and before.reason != state.reason:
            body.append(f"<p>On what the vault knew then: {escape(_answer(before))}</p>")
        body.append(_list(facts(proof, state)))
    if not proof.now:
        body.append("<p>No usable address or number is known for the channels asked about.</p>")
    body.append(f"<h2>Everything that was recorded ({len(proof.events)})</h2><ol>")
    for event in proof.events:
        chain = f"<br>{escape(str(event['chain']))}" if event.get("chain") else ""
        body.append(
            f"<li>{escape(moment(event['occurred_at'], event['occurred_precision']))}: "
            f"{escape(event['channel'] or '')}, {escape(event['point'] or '(a hash)')}: {escape(said(event))}<br>"
            f'<span class="small">{escape(place(event))}; recorded {escape(moment(event["recorded_at"]))}; '
            f"evidence {escape(event['evidence_grade'] or 'none')}; {escape(str(event['event_id']))}{chain}</span></li>"
        )
    body.append("</ol>")
    body += [f"<p>{escape(_vouched(one))}</p>" for one in proof.attestations]
    body += [f'<p class="small">{escape(note)}</p>' for note in _notes(proof)]
    return _page(f"Consent of {proof.name or proof.contact_id}", body)


def _list(pairs: Iterable[tuple[str, str]]) -> str:
    rows = "".join(f"<dt>{escape(label)}</dt><dd>{escape(value)}</dd>" for label, value in pairs)
    return f"<dl>{rows}</dl>"


def _page(title: str, body: Sequence[str]) -> str:
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>\n<body>\n'
        + "\n".join(body)
        + "\n</body></html>\n"
    )


def receipt(proof: Proof) -> str:
    """What the person may be given: what they agreed to or took back, and how to take it back. Nobody else is in it."""
    body = [
        "<h1>Receipt of your consent</h1>",
        f"<p>From <strong>{escape(proof.controller_id)}</strong>, made {escape(moment(proof.asked_at))}.</p>",
    ]
    for state in proof.now:
        event = proof.event(state.decisive_event_id)
        may = "may write to you" if state.mailable else "may not write to you"
        body.append(f"<h2>{escape(_means(state).capitalize())} to {escape(state.point)}</h2>")
        body.append(f"<p>{escape(proof.controller_id)} {may} with {escape(proof.purpose)}.</p>")
        if event is None:
            body.append("<p>Nothing that you said about it is recorded.</p>")
            continue
        pairs = [("What", f"You {said(event).removeprefix('was ')}" if event["event_type"] in _OWN else said(event)),
                 ("When", moment(event["occurred_at"], event["occurred_precision"])),
                 ("Text that you were shown", event.get("notice") or "not recorded")]  # fmt: skip
        if state.expires_at is not None and state.mailable:
            pairs.append(("Ends by itself", moment(state.expires_at)))
        pairs.append(("Record", str(event["event_id"])))
        body.append(_list(pairs))
    body.append(
        "<p>You can take this back at any time, as easily as you gave it: by the unsubscribe link of every message, or "
        f"by telling {escape(proof.controller_id)} in your own words.</p>"
    )
    return _page("Receipt of your consent", body)


_OWN: Final = ("granted", "confirmed", "reaffirmed", "refused", "withdrawn", "objected")
