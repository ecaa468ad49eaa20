"""`backup`, `restore`, `check`, `schedule`: keeping the vault."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from audiencevault.cli import context


@click.command("backup")
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@context.vault_option
@context.json_option
def backup(directory: Path, vault_path: Path, as_json: bool) -> int:
    """Copy what is new in the vault to DIRECTORY, and verify every file.

    The backup becomes visible only when all of it is there; an interrupted one goes on where it stopped.

    Exit codes: 0 done, 10 no vault, 12 a file of the vault or of the backup is damaged.
    """
    from audiencevault.vault import Vault
    from audiencevault.vault import backup as keeper

    vault = Vault.open(vault_path, keys=context.keys())
    with context.progress(as_json) as progress:
        progress.step("Backing up")
        result = keeper.backup(
            vault, directory, now=context.now(), progress=lambda done, _total: progress.advance(done)
        )
    if as_json:
        context.print_json(result.as_dict())
        return 0
    click.echo(
        f"Snapshot {result.snapshot} is in {directory}: {result.files_copied} files copied "
        f"({result.bytes_copied:,} bytes), {result.files_present} were there already; every hash verified."
    )
    if result.snapshots_forgetting:
        click.echo(f"People who were erased were taken out of {result.snapshots_forgetting} older snapshots there.")
    if result.snapshots_holding:
        numbers = ", ".join(map(str, result.snapshots_holding))
        click.echo(f"Snapshots {numbers} there still hold people who were erased, since the vault's key is missing.")
    return 0


@click.command("restore")
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--to", "target", required=True, type=click.Path(path_type=Path), help="The new vault directory.")
@click.option("--snapshot", type=int, default=None, help="Which snapshot; default: the newest.")
@click.option(
    "--tombstones",
    "other",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=None,
    help="Another copy of the vault, which knows who was erased since.",
)
@context.json_option
def restore(directory: Path, target: Path, snapshot: int | None, other: Path | None, as_json: bool) -> int:
    """Make a vault at --to out of the backup in DIRECTORY.

    Whoever was erased since is taken out before the vault appears: as the newest snapshot of the backup knows, as is
    remembered beside the vault's key, and as --tombstones says.

    Exit codes: 0 done, 2 there is something at --to already, 10 no such backup there, 12 the backup is damaged,
    20 people were erased since and the vault's key is missing.
    """
    from audiencevault.vault import Vault
    from audiencevault.vault import backup as keeper

    erased = Vault.open(other).table("tombstones") if other else None
    with context.progress(as_json) as progress:
        progress.step("Restoring")
        result = keeper.restore(
            directory,
            target,
            snapshot=snapshot,
            now=context.now(),
            keys=context.keys(),
            erased=erased,
            progress=lambda done, _total: progress.advance(done),
        )
    if as_json:
        context.print_json(result.as_dict())
        return 0
    click.echo(f"Snapshot {result.snapshot} is restored to {target}: {result.files_copied} files, every hash verified.")
    if result.snapshots_forgetting:
        click.echo("People who were erased since were taken out before the vault opened.")
        click.echo(f"Derive the others again, in case one was joined with them: audiencevault rebuild --vault {target}")
    return 0


@click.command("check")
@context.vault_option
@click.option("--read-data", is_flag=True, help="Read every file and compare its hash.")
@context.json_option
def check(vault_path: Path, read_data: bool, as_json: bool) -> int:
    """Say whether the vault is whole.

    Exit codes: 0 whole, 12 damaged, 10 no vault.
    """
    from audiencevault.vault import Vault
    from audiencevault.vault.check import check as examine

    with context.progress(as_json) as progress:
        progress.step("Checking the vault")
        findings = examine(Vault.open(vault_path, keys=context.keys()), read_data=read_data)
    damaged = any(finding.severity == "error" for finding in findings)
    if as_json:
        context.print_json({"whole": not damaged, "findings": [finding.as_dict() for finding in findings]})
    elif not findings:
        click.echo("The vault is whole" + ("; every file was read and its hash compared." if read_data else "."))
    else:
        for finding in findings:
            click.echo(f"{finding.severity}: {finding.sentence}")
    return 12 if damaged else 0


@click.command("gc")
@context.vault_option
@click.option(
    "--keep", type=click.IntRange(min=1), default=None, help="How many of the newest snapshots stay. Default: all."
)
@context.json_option
def gc(vault_path: Path, keep: int | None, as_json: bool) -> int:
    """Remove files that no snapshot names and, with --keep, old snapshots.

    Observations, the consent ledger and decisions are in every snapshot; only older states of what is derived go.

    Exit codes: 0 done, 10 no vault, 11 somebody else is writing.
    """
    from audiencevault.vault import Vault
    from audiencevault.vault.collecting import gc as collect

    result = collect(Vault.open(vault_path, keys=context.keys()), now=context.now(), keep=keep)
    if as_json:
        context.print_json(result.as_dict())
    else:
        click.echo(f"Removed {result.snapshots} snapshots and {result.files} files ({result.bytes:,} bytes).")
    return 0


@click.command("schedule")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@context.vault_option
@click.option("--to", "directory", required=True, type=click.Path(path_type=Path), help="The backup folder.")
@click.option(
    "--every", type=click.Choice(["hour", "day", "week"]), default="day", show_default=True, help="How often both run."
)
@context.json_option
def schedule(paths: tuple[Path, ...], vault_path: Path, directory: Path, every: str, as_json: bool) -> int:
    """Print a cron line and a systemd timer that import PATHS and back the vault up to --to.

    Nothing is installed; copy what you want to use.

    Exit codes: 0 done.
    """
    from audiencevault.vault.schedule import schedule as plan

    text = plan(
        vault_path=vault_path.absolute(),
        import_paths=[path.absolute() for path in paths],
        backup_dir=directory.absolute(),
        program=[sys.executable, "-m", "audiencevault"],
        every=every,
    )
    if as_json:
        context.print_json({"cron": text.cron, "service": text.service, "timer": text.timer})
    else:
        click.echo(str(text))
    return 0
