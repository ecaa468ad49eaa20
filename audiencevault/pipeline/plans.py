"""The plan of a push: what would be sent, as a document without people or secrets, which `--apply` holds us to.

A plan is bound to everything outgoing by one keyed digest, and to itself by its id: what was changed by hand is
refused.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from audiencevault.destinations.composing import Outgoing
from audiencevault.errors import UsageError

SCHEMA: Final = 1
SLICE: Final = 50_000
POLARITY: Final[Mapping[str, str]] = {
    "forces": "subscribes them whatever they said there before",
    "respects": "leaves out who had unsubscribed there",
    "unknown": "may subscribe again who had unsubscribed there; that is not known",
    "none": "there is nothing there to unsubscribe from",
}
"""What a subscribing push does to somebody who had opted out at the receiver."""
DOUBLE_OPT_IN: Final[Mapping[str, str]] = {
    "never": "sends nobody a mail to confirm",
    "always": "sends everybody who is new a mail to confirm",
    "account": "sends a mail to confirm if the account or the list is set to",
    "unknown": "may send a mail to confirm; that is not known",
}
"""What a receiver does about double opt-in."""
_PLAN_ID: Final = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Options:
    """What was asked of the plan. `limit` takes the first so many people; `only` is empty or `suppressions`;
    `everything` sends also who is there unchanged; `pull` reads the "no"s back first.
    """

    limit: int | None = None
    only: str = ""
    everything: bool = False
    pull: bool = True


@dataclass(frozen=True)
class Part:
    """One push of a plan: `items` are sent, of which `new` were never sent and `changed` differ from what was;
    `unwritable` are suppressed addresses that the receiver cannot be told unaltered.
    """

    name: str
    status: str
    say: str
    subscribes: bool
    polarity: str
    items: int
    new: int
    changed: int
    unchanged: int
    calls: int
    unwritable: int = 0
    side_effects: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """What would be sent. `digest` stands for every item, in order; `known` says how it is known who said no there;
    `held_back` counts people whom the consent rules hold back by reason, `not_taken` admitted ones whom no push
    carries by sentence.
    """

    plan_id: str
    destination: str
    title: str
    definition_sha256: str
    settings: Mapping[str, str]
    vault_id: str
    snapshot: int
    controller: str
    channels: tuple[str, ...]
    policy: str
    as_of: datetime
    digest: str
    options: Options
    parts: tuple[Part, ...]
    held_back: Mapping[str, int]
    not_taken: Mapping[str, int]
    known: Mapping[str, Any]
    may_subscribe: bool
    hosts: tuple[str, ...]
    calls: int
    seconds: float
    double_opt_in: str
    suppressed: int = 0

    @property
    def items(self) -> int:
        """How many items are sent."""
        return sum(part.items for part in self.parts)

    def as_dict(self) -> dict[str, Any]:
        """The document."""
        said = {**asdict(self), "as_of": self.as_of.isoformat()}
        return {"schema": SCHEMA, **{name: _plain(value) for name, value in said.items()}}

    def identified(self) -> Plan:
        """The same plan under the id that its content gives it."""
        return replace(self, plan_id=_id_of(self.as_dict()))

    def write(self, path: Path) -> None:
        """Write the document to `path`. `UsageError` where that is impossible."""
        text = json.dumps(self.as_dict(), ensure_ascii=False, indent=2) + "\n"
        try:
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise UsageError(
                f"The plan cannot be written to {path}: {error.strerror or 'the system does not say why'}.",
                "Choose another file with -o.",
            ) from None


def read(path: Path) -> Plan:
    """The plan in the file `path`. Raises `UsageError` where it is none, or was changed after it was made."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError(f"There is no plan at {path}.", "Make one: audiencevault push DESTINATION") from None
    except (OSError, ValueError):
        raise UsageError(f"{path} is no plan of a push.", "Make one: audiencevault push DESTINATION") from None
    return decode(document, str(path))


def decode(document: Any, where: str) -> Plan:
    """The plan in `document`; `where` names it in messages."""
    if isinstance(document, dict) and isinstance(document.get("schema"), int) and document["schema"] > SCHEMA:
        raise UsageError(f"{where} was made by a later AudienceVault.", "Update AudienceVault, or push again.")
    try:
        said = {name: document[name] for name in (item.name for item in fields(Plan))}
        good = set(document) == {"schema", *said} and document["schema"] == SCHEMA
        plan = _decoded(said)
    except (KeyError, TypeError, ValueError, AttributeError):
        good = False
    if not good:
        raise UsageError(f"{where} is no plan of a push.", "Make one: audiencevault push DESTINATION")
    if not hmac.compare_digest(plan.plan_id, _id_of(document)):
        raise UsageError(f"{where} was changed after it was made.", "Make a new plan: audiencevault push DESTINATION")
    return plan


def digest_of(outgoing: Outgoing, salt: bytes) -> str:
    """One keyed digest of every item of every push, in order; without the key nobody can test who is in a plan."""
    found = hmac.new(salt, b"outgoing", "sha256")
    for made in outgoing.pushes:
        found.update(f"\x1d{made.push.name}\x1f{made.call.name}\x1f{made.push.status}\x1f{made.header}".encode())
        items = made.items.select(["item_id", "item"])
        for start in range(0, items.num_rows, SLICE):
            part = items.slice(start, SLICE)
            lines = [
                f"{name}\x1f{item}" for name, item in zip(*(each.to_pylist() for each in part.columns), strict=True)
            ]
            found.update(("\x1e" + "\x1e".join(lines)).encode("utf-8", "surrogatepass"))
    return found.hexdigest()


def _decoded(said: Mapping[str, Any]) -> Plan:
    parts = tuple(Part(**{**part, "side_effects": tuple(part["side_effects"])}) for part in said["parts"])
    if not _PLAN_ID.fullmatch(said["plan_id"]):
        raise ValueError("plan_id")
    settings = {str(key): str(value) for key, value in said["settings"].items()}
    return Plan(
        **{
            **said,
            "settings": settings,
            "channels": tuple(said["channels"]),
            "as_of": datetime.fromisoformat(said["as_of"]),
            "options": Options(**said["options"]),
            "parts": parts,
            "hosts": tuple(said["hosts"]),
        }
    )


def _id_of(document: Mapping[str, Any]) -> str:
    said = {key: value for key, value in document.items() if key != "plan_id"}
    text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(each) for each in value]
    return value
