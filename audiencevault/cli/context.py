"""What all commands share: options, the clock, progress, and the way results are printed."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from audiencevault.errors import UsageError

if TYPE_CHECKING:
    from audiencevault.vault.keys import Keys

F = TypeVar("F", bound=Callable[..., Any])

vault_option = click.option(
    "--vault",
    "-V",
    "vault_path",
    type=click.Path(path_type=Path),
    default=Path("my.vault"),
    show_default=True,
    envvar="AUDIENCEVAULT_VAULT",
    help="The vault directory.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document on standard output.")
controller_option = click.option(
    "--controller",
    "controller_id",
    default=None,
    help="The sender (shop, brand) that people agreed to hear from. Default: the vault's first.",
)
policy_option = click.option(
    "--policy",
    default=None,
    help="Consent rules: 'auto' (by each person's country, strict where unknown), or a preset that holds for everybody "
    "beside their country's: au_spam, br_lgpd, ca_casl, de_doi, eu_gdpr, fr_cnil, strict, uk_pecr, us_canspam, "
    "us_tcpa. "
    "'auto,DE=eu_gdpr' takes a preset in the place of one country's own. "
    "Default: the vault's own, at first 'auto'.",
)
as_of_option = click.option(
    "--as-of", "as_of", default=None, help="Answer as of this date (YYYY-MM-DD or ISO 8601); default: now."
)
definitions_option = click.option(
    "--definitions",
    "folders",
    multiple=True,
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="A folder with definitions of your own (NAME.toml). May be repeated.",
)
yes_option = click.option(
    "--force", is_flag=True, help="Overwrite files of the same name that were written by something else."
)


def input_options(command: F) -> F:
    """The options of everything that reads exports."""
    for option in reversed(
        [
            click.option(
                "--region",
                default=None,
                metavar="CC",
                help="Country (two letters, for instance US) of phone numbers that do not say theirs. "
                "Never taken from this computer.",
            ),
            click.option("--source", "sources", multiple=True, help="Only use this importer. May be repeated."),
            click.option(
                "--spec",
                "specs",
                multiple=True,
                type=click.Path(path_type=Path, dir_okay=False, exists=True),
                help="A TOML file that describes the columns of a table of your own. May be repeated.",
            ),
            click.option("--encoding", default=None, help="Text encoding of tables that are not UTF-8."),
            click.option("--account", default=None, help="Whose export this is, where the export does not say."),
            click.option(
                "--date-order",
                type=click.Choice(["dmy", "mdy"]),
                default=None,
                help="Order of day and month in dates like 03/04/2025.",
            ),
            click.option("--observed-at", default=None, help="The date of the export, where the files do not tell."),
            click.option(
                "--complete",
                is_flag=True,
                help="The tables hold everybody: whoever is missing from them is gone from that source.",
            ),
            click.option(
                "--me",
                "owner",
                multiple=True,
                help="An e-mail address or phone number of your own, to be kept out of the contacts. May be repeated.",
            ),
            click.option(
                "--max-unpacked", default=None, metavar="SIZE", help="Most that archives may unpack to, e.g. 64GB."
            ),
            click.option(
                "--max-ratio", type=float, default=None, help="Highest compression ratio of an archive member."
            ),
            click.option("--max-members", type=int, default=None, help="Most files that an archive may hold."),
        ]
    ):
        command = option(command)
    return command


def keys() -> Keys:
    """Where the vault's key lies: what `AUDIENCEVAULT_KEY` (the key itself) or `AUDIENCEVAULT_KEY_FILE` says, else the
    system's keyring where the extra is installed, else a file in the user's data directory. `AUDIENCEVAULT_HOME`
    names another directory, and then no keyring is asked.
    """
    from audiencevault.vault.keys import GivenKey, KeyFile, keys_at

    if text := os.environ.get("AUDIENCEVAULT_KEY"):
        return GivenKey(text, "AUDIENCEVAULT_KEY")
    if file := os.environ.get("AUDIENCEVAULT_KEY_FILE"):
        return KeyFile(Path(file))
    if home := os.environ.get("AUDIENCEVAULT_HOME"):
        return keys_at(Path(home) / "keys", keyring=False)
    import platformdirs

    return keys_at(platformdirs.user_data_path("audiencevault") / "keys")


def now() -> datetime:
    """The time. `AUDIENCEVAULT_NOW` (ISO 8601) stands in for it where a run must be repeatable."""
    fixed = os.environ.get("AUDIENCEVAULT_NOW")
    return moment(fixed, "AUDIENCEVAULT_NOW") if fixed else datetime.now(UTC)


def moment(text: str, option: str) -> datetime:
    """A date or time as typed; without a zone it is UTC."""
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(
            f"{option} is not a date that can be read.", "Write it as 2026-11-21 or 2026-11-21T09:30."
        ) from None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def region_code(text: str | None) -> str | None:
    """A country code as typed, in capitals."""
    if text is None:
        return None
    code = text.strip().upper()
    code = {"UK": "GB"}.get(code, code)
    if not re.fullmatch(r"[A-Z]{2}", code):
        raise UsageError("--region takes a two-letter country code.", "For instance --region US, --region DE.")
    return code


def text_encoding(name: str) -> None:
    """Refuse what is no text encoding before anything is read."""
    try:
        "".encode(name)
    except LookupError:
        raise UsageError(
            f"There is no text encoding called {name!r}.", "Try utf-8, cp1252 (Windows), mac-roman or utf-16."
        ) from None


_UNITS = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3, "T": 1024**4}


def size(text: str, option: str) -> int:
    """A size as typed: 500MB, 64 GB, 1024."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?)I?B?\s*", text.upper())
    if match is None:
        raise UsageError(f"{option} is not a size that can be read.", "Write it as 500MB or 64GB.")
    return int(float(match[1]) * _UNITS[match[2]])


def import_options(**given: Any) -> Any:
    """`ImportOptions` out of the values of `input_options`."""
    from audiencevault.export import Limits
    from audiencevault.pipeline import ImportOptions

    if given.get("encoding"):
        text_encoding(given["encoding"])
    limits: dict[str, Any] = {}
    if given.get("max_unpacked"):
        total = size(given["max_unpacked"], "--max-unpacked")
        limits.update(max_total_bytes=total, max_member_bytes=total)
    if given.get("max_ratio") is not None:
        limits["max_ratio"] = given["max_ratio"]
    if given.get("max_members") is not None:
        limits["max_members"] = given["max_members"]
    return ImportOptions(
        controller_id=given.get("controller_id") or "",
        region=region_code(given.get("region")),
        encoding=given.get("encoding"),
        account=given.get("account"),
        date_order=given.get("date_order"),
        observed_at=moment(given["observed_at"], "--observed-at") if given.get("observed_at") else None,
        complete=bool(given.get("complete")),
        sources=tuple(given.get("sources") or ()),
        specs=tuple(given.get("specs") or ()),
        owner=tuple(given.get("owner") or ()),
        limits=Limits(**limits),
    )


def print_json(document: dict[str, Any]) -> None:
    """One JSON document on standard output, with the number of its own schema first."""
    click.echo(json.dumps({"schema": 1, **document}, ensure_ascii=False, indent=2, default=plain))


def plain(value: Any) -> Any:
    """What JSON does not know, in its words."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "as_dict"):
        return value.as_dict()
    return str(value)


def console(stderr: bool = False) -> Any:
    """A rich console: colours on a terminal, plain text when piped."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    terminal = stream.isatty()
    return Console(stderr=stderr, highlight=False, width=None if terminal else 110)


class ScreenProgress:
    """Progress on standard error: a bar for a step that takes longer than two seconds, on a terminal only."""

    def __init__(self, bar: Any) -> None:
        self._bar = bar
        self._task: Any = None
        self._done = 0

    def step(self, title: str, total: int | None = None) -> None:
        """See `audiencevault.pipeline.Progress.step`."""
        if self._bar is None:
            return
        if self._task is not None:
            self._bar.remove_task(self._task)
        self._done = 0
        self._task = self._bar.add_task(title, total=total, count="")

    def advance(self, amount: int = 1) -> None:
        """See `audiencevault.pipeline.Progress.advance`."""
        if self._bar is not None and self._task is not None:
            self._done += amount
            self._bar.update(self._task, advance=amount, count=f"{self._done:,}" if self._done else "")


@contextmanager
def progress(as_json: bool = False) -> Iterator[ScreenProgress]:
    """A progress display for the length of a run; nothing when piped or with `--json`."""
    if as_json or not sys.stderr.isatty():
        yield ScreenProgress(None)
        return
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[count]}"),
        TimeElapsedColumn(),
        console=console(stderr=True),
        transient=True,
    )
    with bar:
        yield ScreenProgress(bar)
