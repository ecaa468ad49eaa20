"""`secrets`: keys and passwords of receivers, in the environment or the system's keyring and nowhere else."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from audiencevault.cli import context
from audiencevault.destinations.secret import variable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from audiencevault.destinations.definition import Definition
    from audiencevault.destinations.secret import Secret


def account(name: str, secret: str) -> str:
    """The user under whom a secret lies in the system's keyring."""
    return f"{name}.{secret}"


def find(definition: Definition) -> dict[str, Secret]:
    """Every secret that the receiver's API needs: out of the environment, else out of the keyring.

    Raises `UsageError` naming those that are in neither, and where to get and to put them.
    """
    from audiencevault.destinations.secret import Secret
    from audiencevault.errors import UsageError

    found: dict[str, Secret] = {}
    missing = []
    for secret, say in (definition.api.auth.secrets if definition.api else {}).items():
        value = _value(definition.name, secret)
        if value:
            found[secret] = Secret(value)
        else:
            missing.append((secret, say))
    if missing:
        names = " and ".join(secret for secret, _ in missing)
        hints = [
            f"{secret} ({say.rstrip('.')}): audiencevault secrets set {definition.name} {secret}, or the environment "
            f"variable {variable(definition.name, secret)}."
            for secret, say in missing
        ]
        word = "the secret" if len(missing) == 1 else "the secrets"
        raise UsageError(f"{definition.title} needs {word} {names}, which nobody has set.", " ".join(hints))
    return found


def _value(name: str, secret: str) -> str:
    given = os.environ.get(variable(name, secret), "").strip()
    if given:
        return given
    backend = _keyring()
    return (_kept(backend, name, secret) or "") if backend is not None else ""


def _keyring() -> Any:
    """The system's keyring, or None; with `AUDIENCEVAULT_HOME` none is asked, as for the vault's key."""
    if os.environ.get("AUDIENCEVAULT_HOME"):
        return None
    from audiencevault.vault.keys import usable_keyring

    return usable_keyring()


def _kept(backend: Any, name: str, secret: str) -> str | None:
    from audiencevault.vault.keys import SERVICE

    value: str | None = backend.get_password(SERVICE, account(name, secret))
    return value


def _needed_keyring(name: str, secret: str) -> Any:
    from audiencevault.errors import UsageError

    backend = _keyring()
    if backend is None:
        raise UsageError(
            "There is no system keyring to keep it in.",
            f"Set the environment variable {variable(name, secret)}, or install the extra: "
            "pip install 'audiencevault[keyring]'",
        )
    return backend


def _known(name: str, secret: str, folders: Sequence[Path]) -> None:
    """Raise `UsageError` where the receiver has no such secret."""
    from audiencevault import pipeline
    from audiencevault.errors import UsageError

    definition = pipeline.destination(name, folders)
    known = dict(definition.api.auth.secrets) if definition.api else {}
    if secret not in known:
        raise UsageError(
            f"{definition.title} has no secret called {secret!r}.",
            f"It has: {', '.join(known)}." if known else "It is known by its files only, and needs none.",
        )


@click.group("secrets")
def secrets() -> None:
    """The keys and passwords of receivers: kept in the system's keyring, or given in the environment.

    They are never written to the vault, a plan, a journal or a log, and never given on the command line.
    """


@secrets.command("set")
@click.argument("name")
@click.argument("secret")
@context.definitions_option
@context.json_option
def set_(name: str, secret: str, folders: tuple[Path, ...], as_json: bool) -> int:
    """Keep SECRET of the receiver NAME in the system's keyring. It is asked for, hidden, or read from standard input.

    Exit codes: 0 done, 2 no such receiver or secret, an empty one, or no keyring, 5 a definition that cannot be read.
    """
    from audiencevault.errors import UsageError
    from audiencevault.vault.keys import SERVICE

    _known(name, secret, folders)
    backend = _needed_keyring(name, secret)
    if sys.stdin.isatty():
        value = click.prompt(f"{secret} of {name}", hide_input=True, err=True)
    else:
        value = sys.stdin.read()
    value = value.strip()
    if not value:
        raise UsageError("Nothing was given, so nothing was kept.")
    backend.set_password(SERVICE, account(name, secret), value)
    if as_json:
        context.print_json({"destination": name, "secret": secret, "found": "keyring"})
    else:
        click.echo(f"Kept in the system's keyring, service {SERVICE!r}, account {account(name, secret)!r}.")
    return 0


@secrets.command("remove")
@click.argument("name")
@click.argument("secret")
@context.definitions_option
@context.json_option
def remove(name: str, secret: str, folders: tuple[Path, ...], as_json: bool) -> int:
    """Take SECRET of the receiver NAME out of the system's keyring.

    Exit codes: 0 done, or it was not there; 2 no such receiver or secret, or no keyring, 5 a definition that cannot be
    read.
    """
    from audiencevault.vault.keys import SERVICE

    _known(name, secret, folders)
    backend = _needed_keyring(name, secret)
    there = _kept(backend, name, secret) is not None
    if there:
        backend.delete_password(SERVICE, account(name, secret))
    if as_json:
        context.print_json({"destination": name, "secret": secret, "removed": there})
    else:
        click.echo("Removed from the system's keyring." if there else "It was not in the system's keyring.")
    return 0


@secrets.command("list")
@click.argument("name", required=False)
@context.definitions_option
@context.json_option
def list_(name: str | None, folders: tuple[Path, ...], as_json: bool) -> int:
    """Say which secrets are found and where, of every receiver or of NAME. What they are is never shown.

    Exit codes: 0 done, 2 no such receiver, 5 a definition that cannot be read.
    """
    from audiencevault import pipeline

    wanted = [pipeline.destination(name, folders)] if name else pipeline.destinations(folders)
    backend = _keyring()
    found = [
        {
            "destination": definition.name,
            "secret": secret,
            "found": _where(backend, definition.name, secret),
            "variable": variable(definition.name, secret),
            "say": say,
        }
        for definition in wanted
        if definition.api is not None
        for secret, say in definition.api.auth.secrets.items()
    ]
    if as_json:
        context.print_json({"secrets": found})
        return 0
    for one in found:
        where = {"environment": f"in the environment, {one['variable']}", "keyring": "in the system's keyring"}
        said = where.get(str(one["found"]), f"not set ({one['say']})")
        click.echo(f"{one['destination']:<16} {one['secret']:<14} {said}")
    if not found:
        click.echo("No receiver with a secret.")
    if not all(one["found"] for one in found):
        click.echo(f"Keep one in the system's keyring: audiencevault secrets set {name or 'NAME'} SECRET")
    return 0


def _where(backend: Any, name: str, secret: str) -> str | None:
    if os.environ.get(variable(name, secret), "").strip():
        return "environment"
    return "keyring" if backend is not None and _kept(backend, name, secret) else None
