"""The group of commands, loaded one leaf at a time, and the one place where errors become exit codes."""

from __future__ import annotations

import io
import json
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from audiencevault import __version__
from audiencevault.errors import AudienceVaultError

PACKAGE = Path(__file__).parent.parent

COMMANDS = {
    "migrate": (
        "audiencevault.cli.migrate",
        "migrate",
        "A folder of exports to a list that you may write to, in one go.",
    ),
    "identify": ("audiencevault.cli.identify", "identify", "What is this, and which files with people are in it?"),
    "dedupe": ("audiencevault.cli.dedupe", "dedupe", "Who is who in one file: its rows, each with its person's id."),
    "init": ("audiencevault.cli.importing", "init", "Create an empty vault."),
    "import": ("audiencevault.cli.importing", "import_", "Add exports to a vault; the same export twice adds nothing."),
    "rebuild": ("audiencevault.cli.importing", "rebuild", "Derive people and links again from what was imported."),
    "status": ("audiencevault.cli.status", "status", "Who is in the vault, and whom you may write to."),
    "contacts": ("audiencevault.cli.people", "contacts", "List the people in the vault."),
    "show": ("audiencevault.cli.people", "show", "One person: every value with its source, and the consent."),
    "explain": ("audiencevault.cli.people", "explain", "Why records were joined into one person, or were not."),
    "review": ("audiencevault.cli.review", "review", "Are these one person? The most valuable question first."),
    "link": ("audiencevault.cli.deciding", "link", "Say that two contacts are one person."),
    "unlink": ("audiencevault.cli.deciding", "unlink", "Take a merge back, for ever."),
    "consent": (
        "audiencevault.cli.consent",
        "consent",
        "What one person agreed to, refused or withdrew, with the evidence.",
    ),
    "attest": ("audiencevault.cli.consent", "attest", "Vouch for how the people of a source signed up."),
    "prove": ("audiencevault.cli.prove", "prove", "What you can show about one person's consent on a day."),
    "expiring": ("audiencevault.cli.expiring", "expiring", "Whose permission ends soon, and what to do about it."),
    "suppress": ("audiencevault.cli.suppress", "suppress", "Never write to these addresses or numbers again."),
    "suppressions": ("audiencevault.cli.suppress", "suppressions", "List who must not be written to, and why."),
    "drill": ("audiencevault.cli.drill", "drill", "Whom could you still write to if a platform were gone tomorrow?"),
    "winover": ("audiencevault.cli.winover", "winover", "Followers and customers whom nobody may write to yet."),
    "export": ("audiencevault.cli.exporting", "export", "Write import-ready files for a provider."),
    "destinations": ("audiencevault.cli.destinations", "destinations", "The providers that are known, and your own."),
    "pull": ("audiencevault.cli.pull", "pull", "Read back who unsubscribed, complained or bounced at a provider."),
    "push": ("audiencevault.cli.push", "push", "Send to a provider's API: a plan first, then exactly that plan."),
    "secrets": ("audiencevault.cli.secrets", "secrets", "Keys of providers, in the system's keyring or environment."),
    "load": ("audiencevault.cli.exporting", "load", "Load the vault into a database."),
    "subject": ("audiencevault.cli.subject", "subject", "What one person may ask of you: a copy, or to be forgotten."),
    "keys": ("audiencevault.cli.keys", "keys", "The vault's key: where it lies, copies, a new version."),
    "settings": ("audiencevault.cli.settings", "settings", "What the vault is set to, and which value survives."),
    "backup": ("audiencevault.cli.keeping", "backup", "Copy what is new to a backup folder, verified."),
    "restore": ("audiencevault.cli.keeping", "restore", "Make a vault out of a backup."),
    "check": ("audiencevault.cli.keeping", "check", "Is the vault whole?"),
    "gc": ("audiencevault.cli.keeping", "gc", "Free the space of old snapshots."),
    "schedule": ("audiencevault.cli.keeping", "schedule", "A cron line and a systemd timer for import and backup."),
}
"""Name, module, object, and the line that `--help` shows without loading the module."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called, so that `--help` stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the signature is click's
        """All names, in the order of `COMMANDS`."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import the leaf that holds `cmd_name`."""
        if cmd_name not in COMMANDS:
            return None
        module, name, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The list of commands, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, _, line) in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, without loading every leaf to look for a similar name."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, n=1)
            ctx.fail(f"There is no command {args[0]!r}." + (f" Did you mean {near[0]!r}?" if near else ""))
        return super().resolve_command(ctx, args)


# click keeps the lines of a paragraph that begins with a backspace.
HELP = """\
Own your audience instead of renting it.

AudienceVault reads what platforms and shops let you download, finds out who is who, keeps what each person
agreed to, and writes lists that you may lawfully use.

\b
Start with:   audiencevault migrate FOLDER --into my.vault --to mailchimp
Exit codes:   0 done · 2 usage · 3 done, but rows were rejected
              4 input not recognised · 5 bad spec · 10 no vault · 11 locked
              12 damaged · 13 too new · 20 consent settings
              30-32 receiver · 130 interrupted
"""


@click.group(
    cls=LazyGroup, help=HELP, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110}
)
@click.version_option(__version__, prog_name="audiencevault")
def cli() -> None:
    """The program: a group of commands, see `HELP`."""


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code. Errors are printed, never raised."""
    as_json = "--json" in arguments
    try:
        result: Any = cli.main(args=list(arguments), prog_name="audiencevault", standalone_mode=False)
    except click.exceptions.Abort:
        return _fail(as_json, "interrupted", "Interrupted; the vault is as it was before.", "", 130)
    except click.exceptions.Exit as stop:
        return int(stop.exit_code)
    except click.ClickException as error:
        if not as_json:
            error.show(sys.stderr)
            return error.exit_code
        return _fail(True, "usage", error.format_message(), "", error.exit_code)
    except KeyboardInterrupt:
        return _fail(as_json, "interrupted", "Interrupted; the vault is as it was before.", "", 130)
    except BrokenPipeError:
        return 0
    except AudienceVaultError as error:
        return _fail(as_json, error.code, error.message, error.hint, error.exit_code)
    except Exception as error:
        if os.environ.get("AUDIENCEVAULT_TRACEBACK"):
            raise  # For developers only: the text of a foreign exception may quote a contact.
        frames = traceback.extract_tb(error.__traceback__)
        ours = [frame for frame in frames if Path(frame.filename).is_relative_to(PACKAGE)]
        spot = f"{Path(ours[-1].filename).relative_to(PACKAGE).as_posix()}:{ours[-1].lineno}"
        return _fail(
            as_json,
            "unexpected",
            f"Something went wrong that we did not expect ({type(error).__name__} at {spot}); "
            "the vault is as it was before.",
            "Please report this line together with the command; it holds nobody's data.",
            1,
        )
    return result if isinstance(result, int) else 0


def _fail(as_json: bool, code: str, message: str, hint: str, exit_code: int) -> int:
    if as_json:
        click.echo(
            json.dumps({"schema": 1, "error": {"code": code, "message": message, "hint": hint}}, ensure_ascii=False)
        )
    else:
        click.echo(f"Error: {message}" + (f"\n{hint}" if hint else ""), err=True)
    return exit_code


def entry() -> None:
    """The console script."""
    for stream in (sys.stdout, sys.stderr):
        # A file name that is not text, or a console that lacks a letter, must not end a run.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    sys.exit(run(sys.argv[1:]))
