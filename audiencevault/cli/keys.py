"""`keys`: the vault's key, which recognises people who were erased."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from audiencevault.cli import context

if TYPE_CHECKING:
    from audiencevault.vault import Vault


@click.group("keys")
def keys() -> None:
    """The vault's key: the secret that recognises people who were erased, and that seals the consent ledger.

    It never lies in the vault. Keep a copy of it elsewhere: who loses it can no longer tell who was erased, and then
    nothing may be imported or exported.
    """


def key_said(vault: Vault) -> dict[str, Any] | None:
    """Where the key lies and which one it is, for JSON; never the key. None where there is none."""
    ring = vault.ring
    if ring is None or vault.keys is None:
        return None
    return {
        "where": vault.keys.where(vault.settings.vault_id),
        "version": ring.current,
        "fingerprint": ring.fingerprint(ring.current),
        "versions": [
            {"version": version, "fingerprint": ring.fingerprint(version), "created_at": ring.created.get(version)}
            for version in sorted(ring.secrets)
        ],
        "new": vault.key_is_new,
    }


def print_new_key(vault: Vault) -> None:
    """Where the key lies, if this run made it."""
    if vault.key_is_new and vault.keys is not None:
        where = vault.keys.where(vault.settings.vault_id)
        click.echo(f"\nThis vault has a key, which lies in {where}, not in the vault.")
        click.echo("It recognises people who asked to be forgotten. Keep a copy of it elsewhere:")
        click.echo(f"  audiencevault keys export KEY_FILE --vault {vault.path}")


@keys.command("show")
@context.vault_option
@context.json_option
def show(vault_path: Path, as_json: bool) -> int:
    """Say where the key lies, which version is current, and its fingerprint. The key itself is never shown.

    Exit codes: 0 done, 10 no vault, 20 the key is missing.
    """
    from audiencevault import pipeline

    vault = pipeline.open_vault(vault_path, context.keys())
    ring = pipeline.require_key(vault)
    said = key_said(vault)
    if as_json:
        context.print_json({"key": said})
        return 0
    if ring is None or said is None:
        click.echo("This vault has no key yet; the next import makes one.")
        return 0
    click.echo(f"The key lies in {said['where']}.")
    for one in said["versions"]:
        current = ", current" if one["version"] == said["version"] else ""
        made = f", made {one['created_at'][:10]}" if one["created_at"] else ""
        click.echo(f"  version {one['version']}: fingerprint {one['fingerprint']}{made}{current}")
    return 0


@keys.command("rotate")
@context.vault_option
@context.json_option
def rotate(vault_path: Path, as_json: bool) -> int:
    """Make a new version of the key. Older versions stay: what they were used for is still recognised by them.

    Exit codes: 0 done, 2 the key lies where this program does not write, 10 no vault, 20 the key is missing.
    """
    from audiencevault import pipeline

    vault = pipeline.open_vault(vault_path, context.keys())
    pipeline.rotate_key(vault, now=context.now())
    said = key_said(vault)
    if as_json:
        context.print_json({"key": said})
    elif said is not None:
        click.echo(f"Version {said['version']} is current now, fingerprint {said['fingerprint']}.")
        click.echo(f"Keep a new copy of the key: audiencevault keys export KEY_FILE --vault {vault_path}")
    return 0


@keys.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@context.vault_option
@context.json_option
def export(file: Path, vault_path: Path, as_json: bool) -> int:
    """Write a copy of the key, all versions, to FILE, readable by you alone. Keep it apart from the vault.

    Exit codes: 0 done, 2 FILE is there already or lies in the vault, 10 no vault, 20 the key is missing.
    """
    from audiencevault import pipeline

    vault = pipeline.open_vault(vault_path, context.keys())
    pipeline.export_key(vault, file)
    if as_json:
        context.print_json({"file": str(file), "key": key_said(vault)})
    else:
        click.echo(
            f"A copy of the key is in {file}. Whoever has it and the vault can test who was erased: keep it safe."
        )
    return 0


@keys.command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@context.vault_option
@context.json_option
def import_(file: Path, vault_path: Path, as_json: bool) -> int:
    """Bring the key back from FILE, a copy that 'keys export' wrote. Versions that are there already stay.

    Exit codes: 0 done, 2 FILE contradicts the key that is there, 10 no vault, 20 FILE holds no key of this vault.
    """
    from audiencevault import pipeline

    vault = pipeline.open_vault(vault_path, context.keys())
    pipeline.import_key(vault, file)
    said = key_said(vault)
    if as_json:
        context.print_json({"key": said})
    elif said is not None:
        click.echo(f"The key lies in {said['where']} now; version {said['version']} is current.")
    return 0
