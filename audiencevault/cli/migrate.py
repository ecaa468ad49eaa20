"""`migrate`: the whole way in one command, ending on one screen."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import click

from audiencevault import __version__
from audiencevault.cli import context


@click.command("migrate")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--into", "vault_path", required=True, type=click.Path(path_type=Path), help="The vault; created if there is none."
)
@click.option(
    "--to",
    "destination",
    required=True,
    help="Who will send: mailchimp, klaviyo, shopify, csv, … (see 'destinations').",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="Where the files go. Default: import-ready-RECEIVER beside the vault.",
)
@context.controller_option
@context.policy_option
@context.as_of_option
@context.input_options
@context.yes_option
@context.json_option
def migrate(
    paths: tuple[Path, ...],
    vault_path: Path,
    destination: str,
    out: Path | None,
    policy: str | None,
    as_of: str | None,
    force: bool,
    as_json: bool,
    **given: Any,
) -> int:
    """Read the exports in PATHS, find out who is who, and write files that --to can import.

    Only people whom the consent rules allow are in the files for sending; everybody else is listed in held-back.csv
    with the reason. Nothing is sent anywhere.

    Exit codes: 0 done, 2 no such receiver or a file in the way, 3 done but rows or inputs were left out,
    4 nothing in PATHS was recognised, 5 bad spec, 11 somebody else is writing to the vault,
    20 no such consent rules, or people were erased and the vault's key is missing.
    """
    from audiencevault import pipeline
    from audiencevault.cli import screen
    from audiencevault.cli.keys import key_said, print_new_key

    now = context.now()
    asked_at = context.moment(as_of, "--as-of") if as_of else now
    options = context.import_options(**given)
    # What is misspelt is refused before an hour of work, not after it.
    pipeline.destination(destination)
    pipeline.known_policy(policy or "auto")
    nothing = pipeline.found_anything(vault_path, paths, options)
    if nothing is not None:
        if as_json:
            context.print_json({"vault": None, **nothing.as_dict(), "status": None, "export": None, "rejects": None})
        else:
            screen.print_nothing(nothing)
        return screen.exit_code(nothing)
    vault = pipeline.open_or_create(
        vault_path, options, vault_id=secrets.token_hex(16), now=now, policy=policy, keys=context.keys()
    )
    directory = out or vault_path.absolute().parent / f"import-ready-{destination}"
    with context.progress(as_json) as progress:
        result = pipeline.import_exports(
            vault, paths, options, now=now, version=__version__, progress=progress, command="migrate"
        )
        progress.step("Asking the consent rules")
        exported = pipeline.export(
            vault,
            destination,
            directory,
            as_of=asked_at,
            now=now,
            policy=policy,
            controller_id=given.get("controller_id"),
            force=force,
        )
        summary = pipeline.summarise(
            vault, as_of=asked_at, policy=policy, controller_id=given.get("controller_id"), progress=progress
        )
        rejects = pipeline.write_rejects(vault, result, directory)
    if as_json:
        context.print_json(
            {
                "vault": str(vault_path),
                **result.as_dict(),
                "status": summary.as_dict(),
                "export": exported.as_dict(),
                "rejects": str(rejects) if rejects else None,
                "key": key_said(vault),
            }
        )
    else:
        screen.print_migration(vault_path, result, summary, exported, rejects)
        print_new_key(vault)
    return screen.exit_code(result)
