"""Writes docs/reference/commands.md from the commands themselves: help, arguments, options, defaults, exit codes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click

from audiencevault.cli.main import COMMANDS, cli

PAGE = Path(__file__).parent / "reference" / "commands.md"

INTRODUCTION = """\
# Commands

<!-- Written by docs/make_commands.py from audiencevault/cli; do not edit. -->

`audiencevault COMMAND --help` shows the same at the terminal.
What `--json` prints is written in [JSON output](json.md), and so is [every exit code](json.md#exit-codes).
Any command can also end with 1 (a bug), 2 (a call that makes no sense) or 130 (interrupted).

Six environment variables are read, all by the command line alone:

- `AUDIENCEVAULT_VAULT` is the default of `--vault`.
- `AUDIENCEVAULT_KEY` is the vault's key itself: what `keys export` writes, or 32 bytes in hex or base64.
- `AUDIENCEVAULT_KEY_FILE` names the file that the key lies in.
- `AUDIENCEVAULT_HOME` names the directory for keys, in place of the user's data directory; no keyring is asked then.
- `AUDIENCEVAULT_NOW` (ISO 8601) stands in for the clock where a run must be repeatable.
- `AUDIENCEVAULT_TRACEBACK` shows developers where a bug comes from.
"""

_EXIT_CODES = re.compile(r"Exit codes?: (.*)", re.DOTALL)


def commands() -> dict[str, click.Command]:
    """Every command by name, in the order of `--help`; those of a group behind the group's name."""
    context = click.Context(cli)
    found: dict[str, click.Command] = {}
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        if command is not None:
            found[name] = command
        if isinstance(command, click.Group):
            found.update({f"{name} {below}": part for below, part in sorted(command.commands.items())})
    return found


def paragraphs(command: click.Command) -> list[str]:
    """The help text without its line ends."""
    return [" ".join(part.split()) for part in (command.help or "").split("\n\n") if part.strip()]


def exit_codes(command: click.Command) -> dict[int, str]:
    """The exit codes that the help text names, with what each means.

    >>> exit_codes(click.Command("x", help="Exit codes: 0 done, 3 done but rows were left out."))
    {0: 'done', 3: 'done but rows were left out'}
    """
    found: dict[int, str] = {}
    for part in paragraphs(command):
        match = _EXIT_CODES.fullmatch(part)
        if match is None:
            continue
        for item in re.split(r",\s+(?=\d)", match[1].rstrip(".")):
            number, _, meaning = item.partition(" ")
            found[int(number)] = meaning
    return found


def default_of(option: click.Option, context: click.Context) -> str:
    """The default as typed, or nothing where there is none to tell."""
    if option.is_flag or option.multiple or option.required:
        return ""
    value: Any = option.get_default(context)
    return f"`{value}`" if isinstance(value, str | int | float | Path) else ""


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "\\<")


def _option(option: click.Option, context: click.Context) -> str:
    names = ", ".join(f"`{name}`" for name in sorted([*option.opts, *option.secondary_opts], key=len, reverse=True))
    if isinstance(option.type, click.Choice):
        takes = " or ".join(f"`{choice}`" for choice in option.type.choices)
    else:
        takes = "" if option.is_flag else f"`{option.make_metavar(context)}`"
    notes = [part for part in ("required" if option.required else "", default_of(option, context)) if part]
    return f"| {names} | {_cell(takes)} | {', '.join(notes)} | {_cell(option.help or '')} |"


def _command(name: str, command: click.Command) -> list[str]:
    context = click.Context(command, info_name=name, parent=click.Context(cli, info_name="audiencevault"))
    text = [part for part in paragraphs(command) if not _EXIT_CODES.fullmatch(part)]
    lines = [
        f"{'###' if ' ' in name else '##'} {name}",
        "",
        "```",
        command.get_usage(context).removeprefix("Usage: "),
        "```",
        "",
    ]
    for part in text:
        lines += [*re.split(r"(?<=[.]) (?=[A-Z])", part), ""]
    options = [item for item in command.params if isinstance(item, click.Option)]
    if options:
        lines += ["| option | takes | default | meaning |", "|---|---|---|---|"]
        lines += [*(_option(option, context) for option in options), ""]
    if isinstance(command, click.Group):
        return lines
    lines += ["| exit code | meaning |", "|---|---|"]
    lines += [*(f"| {number} | {_cell(meaning)} |" for number, meaning in exit_codes(command).items()), ""]
    return lines


def render() -> str:
    """The whole page."""
    found = commands()
    lines = [INTRODUCTION, "| command | what it does |", "|---|---|"]
    for name, command in found.items():
        said = COMMANDS[name][2] if name in COMMANDS else paragraphs(command)[0].split(". ")[0].rstrip(".") + "."
        lines.append(f"| [{name}](#{name.replace(' ', '-')}) | {_cell(said)} |")
    lines.append("")
    for name, command in found.items():
        lines += _command(name, command)
    return "\n".join(lines).rstrip() + "\n"
