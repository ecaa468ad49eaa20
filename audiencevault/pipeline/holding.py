"""Making and opening vaults, and what people add to one by hand."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from audiencevault.consent.policy import POINT_KIND_OF
from audiencevault.consent.policy import policy as policy_named
from audiencevault.errors import ConsentConfigError, UsageError, VaultNotFoundError
from audiencevault.pipeline.identifying import identify
from audiencevault.pipeline.importing import import_exports
from audiencevault.pipeline.options import ImportOptions, ImportResult, Progress
from audiencevault.pipeline.senders import controller_of
from audiencevault.records import ATTESTATIONS
from audiencevault.vault import Vault
from audiencevault.vault.keys import Keys


def known_policy(name: str) -> None:
    """Raise `ConsentConfigError` where there is no policy called `name`."""
    policy_named(name)


def open_vault(path: Path, keys: Keys | None = None) -> Vault:
    """The vault at `path`, whose key lies where `keys` says."""
    return Vault.open(path, keys=keys)


def create_vault(
    path: Path,
    *,
    vault_id: str,
    controller_id: str,
    region: str | None,
    policy: str,
    now: datetime,
    keys: Keys | None = None,
) -> Vault:
    """A new, empty vault, and its key where `keys` says."""
    policy_named(policy)
    path.parent.mkdir(parents=True, exist_ok=True)
    vault = Vault.create(
        path, vault_id=vault_id, controller=controller_id, region=region, policy=policy, now=now, keys=keys
    )
    vault.make_key(now)
    return vault


def open_or_create(
    path: Path,
    options: ImportOptions,
    *,
    vault_id: str,
    now: datetime,
    policy: str | None = None,
    keys: Keys | None = None,
) -> Vault:
    """The vault at `path`; where there is none, a new one with the settings of `options`."""
    try:
        return Vault.open(path, keys=keys)
    except VaultNotFoundError:
        return create_vault(
            path,
            vault_id=vault_id,
            controller_id=options.controller_id or "main",
            region=options.region,
            policy=policy or "auto",
            now=now,
            keys=keys,
        )


def found_anything(path: Path, inputs: Sequence[Path], options: ImportOptions) -> ImportResult | None:
    """None where there is something to import or a vault at `path` already; else the result that says why not, so
    that no empty vault comes into being.
    """
    try:
        Vault.open(path)
    except VaultNotFoundError:
        found = identify(inputs, options)
        return None if found.claims else ImportResult(None, [], list(found.problems))
    return None


def create_and_import(
    path: Path,
    inputs: Sequence[Path],
    options: ImportOptions,
    *,
    now: datetime,
    version: str,
    progress: Progress | None = None,
) -> ImportResult:
    """A new vault with `inputs` in it; its id is that of its path and the time."""
    vault_id = hashlib.sha256(f"{path.absolute()}\x1f{now.isoformat()}".encode()).hexdigest()[:32]
    vault = open_or_create(path, options, vault_id=vault_id, now=now)
    return import_exports(vault, inputs, options, now=now, version=version, progress=progress)


def attest(
    vault: Vault,
    source: str,
    *,
    text: str,
    attested_by: str,
    channel: str,
    purpose: str,
    controller_id: str | None,
    now: datetime,
    until: datetime | None = None,
) -> dict[str, Any]:
    """Record that `attested_by` vouches for how the people of `source` signed up, and say what it changed.

    It speaks of what the vault holds now, and from `until` on of nothing.

    Raises `ConsentConfigError` for a source that the vault does not hold or a channel that does not exist,
    `UsageError` for an empty text.
    """
    from audiencevault.pipeline.asking import summarise

    if not text.strip():
        raise UsageError(
            "--text is empty.", "Say in your own words how these people signed up; it is kept as evidence."
        )
    if until is not None and until <= now:
        raise UsageError("--until lies in the past, so it would vouch for nothing.", "Name a later date.")
    if channel not in POINT_KIND_OF:
        raise ConsentConfigError(
            f"There is no channel called {channel!r}.", f"Choose among: {', '.join(POINT_KIND_OF)}."
        )
    held = sorted(set(vault.table("source_records", columns=["source"]).column("source").to_pylist()))
    if source not in held:
        raise ConsentConfigError(
            f"The vault holds nothing from {source!r}.", f"It holds: {', '.join(held) or 'nothing yet'}."
        )
    controller = controller_of(vault, controller_id)
    before = summarise(vault, as_of=now, controller_id=controller, channels=(channel,), what_if=False)
    said = f"{controller}\x1f{source}\x1f{channel}\x1f{purpose}\x1f{text}\x1f{now.isoformat()}"
    row = {
        "attestation_id": "a_" + hashlib.sha256(said.encode()).hexdigest()[:24],
        "controller_id": controller,
        "source": source,
        "channel": channel,
        "purpose": purpose,
        "text": text,
        "attested_by": attested_by,
        "attested_at": now,
        "valid_until": until,
    }
    with vault.begin("attest", now) as txn:
        txn.append("attestations", pa.Table.from_pylist([row], schema=ATTESTATIONS))
        snapshot = txn.commit()
    after = summarise(vault, as_of=now, controller_id=controller, channels=(channel,), what_if=False)
    return {
        "attestation_id": row["attestation_id"],
        "snapshot": snapshot.number,
        "reachable_before": before.reachable[channel],
        "reachable_after": after.reachable[channel],
    }
