"""`destinations`: the receivers that are known, one of them in full, and definitions of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from audiencevault.cli import context
from audiencevault.cli.prose import heading, line

if TYPE_CHECKING:
    from audiencevault.destinations.definition import Definition

EXIT_PROBLEMS = 5


@click.group("destinations", invoke_without_command=True)
@context.definitions_option
@context.json_option
@click.pass_context
def destinations(ctx: click.Context, folders: tuple[Path, ...], as_json: bool) -> int:
    """List the providers that files can be written for and that can be sent to, and when the facts were checked.

    Exit codes: 0 done, 5 a definition of your own that cannot be read.
    """
    from audiencevault import pipeline

    if ctx.invoked_subcommand is not None:
        return 0
    found = pipeline.destinations(folders)
    if as_json:
        context.print_json({"destinations": [item.as_dict() for item in found]})
        return 0
    width = max(len(item.name) for item in found)
    for item in found:
        ways = "files" if item.files else ""
        if item.api is not None:
            ways += (", " if ways else "") + "push" + (", pull" if item.api.pulls else "")
        click.echo(f"{item.name:<{width}}  {item.title} ({ways}; {', '.join(item.channels)}; checked {item.checked})")
    return 0


@destinations.command("show")
@click.argument("name")
@context.definitions_option
@context.json_option
def show(name: str, folders: tuple[Path, ...], as_json: bool) -> int:
    """What a provider takes, what happens to consent there, its limits, and the settings and secrets it needs.

    NAME is a provider of the list, or a definition file of your own.

    Exit codes: 0 done, 2 no such provider, 5 a definition that cannot be read.
    """
    from audiencevault import pipeline

    definition = pipeline.read_definition(name, folders)
    if as_json:
        context.print_json(pipeline.describe(definition))
    else:
        _print(definition, pipeline.describe(definition))
    return 0


@destinations.command("new")
@click.argument("name")
@click.option(
    "--like", type=click.Choice(["http", "csv"]), default="http", show_default=True, help="An API, or a file to import."
)
@click.option(
    "-o",
    "--out",
    type=click.Path(path_type=Path),
    default=Path(),
    help="The file NAME.toml, or the folder for it, which is made if it is not there. Default: the current folder.",
)
@context.yes_option
@context.json_option
def new(name: str, like: str, out: Path, force: bool, as_json: bool) -> int:
    """Begin a definition of your own, for a provider that is not in the list: a file with every fact to be filled in.

    Exit codes: 0 done, 2 a name that cannot be or a file in the way.
    """
    from audiencevault import pipeline

    path = pipeline.new_definition(name, like, out, context.now().date(), force=force)
    if as_json:
        context.print_json({"path": str(path), "like": like})
        return 0
    click.echo(f"Wrote {path}: fill in what the provider takes.")
    click.echo(f"Test it:  audiencevault destinations test {path}")
    verb, more = ("push", "") if like == "http" else ("export", " --out FOLDER")
    click.echo(f"Use it:   audiencevault {verb} {name}{more} --definitions {path.parent}")
    return 0


@destinations.command("test")
@click.argument("what")
@context.definitions_option
@context.json_option
def test(what: str, folders: tuple[Path, ...], as_json: bool) -> int:
    """Check a definition: what it would write and send for a fixed audience of people who do not exist.

    WHAT is a definition file of your own, or a provider of the list. Nothing is sent.

    Exit codes: 0 it conforms, 2 no such provider or file, 5 it does not conform or cannot be read.
    """
    from audiencevault import pipeline

    tested = pipeline.check_definition(what, folders)
    if as_json:
        context.print_json(tested.as_dict())
    elif tested.problems:
        for problem in tested.problems:
            click.echo(problem)
    else:
        click.echo(f"{tested.definition.title} conforms.")
    return EXIT_PROBLEMS if tested.problems else 0


def _print(definition: Definition, said: dict[str, Any]) -> None:
    from audiencevault.destinations.page_api import DOUBLE_OPT_IN, call_facts, limits
    from audiencevault.destinations.page_words import EFFECTS, POLARITY

    out = context.console()
    line(out, f"{definition.title}: {', '.join(definition.channels)}; checked {definition.checked}.", "bold")
    heading(out, "Consent")
    for sentence in (POLARITY[definition.polarity], *definition.notes):
        line(out, f"  {sentence}")
    api = said["api"]
    if api:
        line(out, f"  {DOUBLE_OPT_IN[api['double_opt_in']]}")
    if definition.files:
        heading(out, "Files")
        for rule in definition.files:
            line(out, f"  {rule.name}: {rule.say}")
            if rule.columns:
                line(out, f"    Columns: {', '.join(column.header for column in rule.columns)}.")
        for most, unit in ((definition.max_file_rows, "rows"), (definition.max_file_bytes, "bytes")):
            if most is not None:
                line(out, f"  At most {most:,} {unit} in a file; more go into further files.")
    if api and definition.api:
        heading(out, "What is sent, in this order")
        for push in api["pushes"]:
            line(out, f"  {push['name']}: {push['say']}")
            if push["subscribes"]:
                line(out, f"    {EFFECTS[push['polarity']]}")
            for effect in push["side_effects"]:
                line(out, f"    {effect}")
            if push["fields"]:
                line(out, f"    Fields: {', '.join(push['fields']).strip() or 'the address alone'}.")
        heading(out, "What is read back")
        for pull in api["pulls"]:
            line(out, f"  {pull['name']} ({pull['channel']}){'' if pull['verified'] else ': not verified'}")
        if not api["pulls"]:
            line(out, "  Nothing.")
        if api["known_by"]:
            line(out, f"  Who opted out there is also known by importing {', '.join(api['known_by'])}.")
        heading(out, "Limits")
        for sentence in limits(definition.api):
            line(out, f"  {sentence.replace('`', '')}")
        for push in sorted(definition.api.pushes, key=lambda item: item.who != "suppressed"):
            said_of = " ".join(call_facts(definition.api.calls[push.call])).replace("`", "")
            line(out, f"  {push.name}: {said_of}")
        heading(out, "What it needs")
        for setting in api["settings"]:
            default = f" (default {setting['default']})" if setting["default"] else ""
            line(out, f"  setting {setting['name']}: {setting['say']}{default}")
        for secret in api["secrets"]:
            line(out, f"  secret {secret['name']} ({secret['variable']}): {secret['say']}")
    unverified = [*definition.unverified, *(api["unverified"] if api else ())]
    if unverified:
        heading(out, "Not verified")
        for sentence in unverified:
            line(out, f"  {sentence}")
