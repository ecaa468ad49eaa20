"""The documentation says what is there: nothing is stale, nothing is missing, every link and command is real."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path
from typing import Any

import click
import pytest

from audiencevault import errors
from audiencevault.cli.main import COMMANDS, cli
from audiencevault.consent.policy import AUTO, all_presets
from audiencevault.consent.reasons import REASONS
from audiencevault.sources.importer import Importer, discover

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), ROOT / "sample_exports" / "README.md", *DOCS.rglob("*.md")])
NAMES = [path.relative_to(ROOT).as_posix() for path in PAGES]
PROGRAM = "audiencevault"

page = pytest.mark.parametrize("path", PAGES, ids=NAMES)


@pytest.fixture
def maker(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The program behind `make docs`."""
    monkeypatch.setattr(sys, "path", [str(DOCS), *sys.path])
    import make_reference

    return make_reference


def text_of(path: Path) -> str:
    return path.read_text("utf-8")


def without_code(text: str) -> str:
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE))


# Generated pages


def test_no_generated_page_is_stale(maker: Any) -> None:
    assert [path.name for path in maker.stale(maker.pages())] == [], "run: make docs"


def test_a_stale_page_is_named(maker: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    made = {**maker.pages(), DOCS / "reference" / "commands.md": "other\n"}
    monkeypatch.setattr(maker, "pages", lambda: made)
    assert maker.main(["--check"]) == 1
    assert "docs/reference/commands.md is stale" in capsys.readouterr().err


def test_a_page_of_a_receiver_that_is_gone_is_left_over(maker: Any) -> None:
    made = maker.pages()
    gone = DOCS / "destinations" / "csv.md"
    del made[gone]
    assert gone in maker.stale(made)


# Commands


def command_of(name: str) -> click.Command:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    return command


def leaves_of(name: str) -> dict[str, click.Command]:
    """The command itself, or those of a group."""
    command = command_of(name)
    if isinstance(command, click.Group):
        return {f"{name} {below}": part for below, part in command.commands.items()}
    return {name: command}


def section(text: str, heading: str) -> str:
    parts = re.split(r"^## ", text, flags=re.MULTILINE)
    found = [part for part in parts if part.partition("\n")[0] == heading]
    assert len(found) == 1, heading
    return found[0]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_is_in_the_reference(name: str) -> None:
    told = section(text_of(DOCS / "reference" / "commands.md"), name)
    assert command_of(name).help
    for leaf, command in leaves_of(name).items():
        assert command.help
        assert leaf in told
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, f"{leaf} {parameter.opts[0]} has no help text"
                for option in parameter.opts:
                    assert f"`{option}`" in told, f"{leaf} {option}"
            else:
                assert (parameter.metavar or parameter.human_readable_name).upper() in told


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_with_which_published_codes_it_ends(name: str, maker: Any) -> None:
    for command in leaves_of(name).values():
        codes = maker.make_commands.exit_codes(command)
        assert 0 in codes
        assert set(codes) <= published_codes()


def published_codes() -> set[int]:
    told = section(text_of(DOCS / "reference" / "json.md"), "Exit codes")
    return {int(code) for row in re.findall(r"^\| ([\d, ]+) \|", told, flags=re.MULTILINE) for code in row.split(", ")}


def test_every_exit_code_is_published() -> None:
    classes = [thing for thing in vars(errors).values() if isinstance(thing, type) and issubclass(thing, Exception)]
    assert {thing.exit_code for thing in classes} | {0, 3, 130} == published_codes()


@pytest.mark.parametrize("name", COMMANDS)
def test_every_json_document_is_described(name: str) -> None:
    leaves = leaves_of(name)
    if not any("--json" in parameter.opts for command in leaves.values() for parameter in command.params):
        pytest.skip("prints no JSON")
    told = section(text_of(DOCS / "reference" / "json.md"), "Documents")
    firsts = [line.split(" | ")[0] for line in told.splitlines() if line.startswith("| ")]
    for leaf in leaves:
        assert any(f"`{leaf}`" in first for first in firsts), leaf


def test_the_first_help_shows_every_command_and_keeps_its_lines() -> None:
    shown = cli.get_help(click.Context(cli, info_name=PROGRAM, terminal_width=80))
    assert [name for name in COMMANDS if not re.search(rf"^  {name} ", shown, flags=re.MULTILINE)] == []
    assert "\\b" not in shown
    assert re.search(rf"^  Start with:   {PROGRAM} migrate .*\n  Exit codes:   0 done", shown, flags=re.MULTILINE)


def test_every_policy_is_named_in_the_help() -> None:
    texts = [parameter.help for parameter in command_of("export").params if "--policy" in parameter.opts]  # type: ignore[attr-defined]
    chosen = [preset.name for preset in all_presets().values() if not preset.overlay]
    assert [name for name in (AUTO, *chosen) if not re.search(rf"\b{name}\b", texts[0])] == []


# Links


def anchors(text: str) -> set[str]:
    """What headings are linked by, as code hosts make it: lower case, punctuation gone, blanks as hyphens."""
    found: set[str] = set()
    in_code = False
    for line in text.splitlines():
        in_code ^= line.startswith("```")
        match = re.match(r"#{1,6} (.*)", line)
        if in_code or match is None:
            continue
        words = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", match[1])
        base = re.sub(r"[^\w\- ]", "", words.strip().lower()).replace(" ", "-")
        number, anchor = 0, base
        while anchor in found:
            number += 1
            anchor = f"{base}-{number}"
        found.add(anchor)
    return found


def broken_links(path: Path) -> list[str]:
    broken = []
    for target in re.findall(r"\[[^]]*\]\(([^)\s]+)\)", without_code(text_of(path))):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        other = (path.parent / name).resolve() if name else path
        # `exists` alone would take a page in other capitals for the same one on some systems.
        there = other.exists() and (other.is_dir() or other.name in {item.name for item in other.parent.iterdir()})
        if not there or (anchor and other.suffix == ".md" and anchor not in anchors(text_of(other))):
            broken.append(target)
    return broken


@page
def test_every_link_leads_somewhere(path: Path) -> None:
    assert broken_links(path) == []


def test_every_file_named_in_prose_exists() -> None:
    named = {
        (name, path)
        for name, text in zip(NAMES, map(text_of, PAGES), strict=True)
        for path in re.findall(r"`((?:audiencevault|docs|tests|sample_exports|benchmarks)/[\w./-]+)`", text)
    }
    assert named
    assert sorted((name, path) for name, path in named if not (ROOT / path).exists()) == []


def test_every_page_that_the_program_names_exists() -> None:
    named = {path for file in (ROOT / PROGRAM).rglob("*.py") for path in re.findall(r"docs/[\w/-]+\.md", text_of(file))}
    assert named
    assert sorted(path for path in named if not (ROOT / path).exists()) == []


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(
        "# A b, c\n[x](b.md) [y](#a-b-c) [z](#d) [w](https://example.com) `[v](v.md)`\n", "utf-8"
    )
    assert broken_links(tmp_path / "a.md") == ["b.md", "#d"]


def test_every_page_can_be_reached_from_the_index() -> None:
    told = text_of(DOCS / "README.md")
    linked = {(DOCS / target.partition("#")[0]).resolve() for target in re.findall(r"\]\(([^)\s]+)\)", told)}
    assert [name for path, name in zip(PAGES, NAMES, strict=True) if DOCS in path.parents and path not in linked] == [
        "docs/README.md"
    ]


def test_the_readme_names_only_what_the_index_names() -> None:
    told = text_of(DOCS / "README.md")
    linked = re.findall(r"\]\(docs/([^)\s#]+)\)", text_of(ROOT / "README.md"))
    assert [target for target in linked if f"({target})" not in told and target != "README.md"] == []


# Command lines


def command_lines(text: str) -> list[str]:
    """Every quoted command line of the program: the lines of code blocks and code between backticks."""
    blocks = re.findall(r"^```[a-z]*\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)
    joined = [line for block in blocks for line in re.sub(r"\\\n\s*", " ", block).splitlines()]
    lines = [*joined, *re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE))]
    return [line.strip().removeprefix("$ ") for line in lines if re.match(rf"\s*(\$ )?{PROGRAM} [a-zA-Z-]", line)]


def complaints(line: str) -> list[str]:
    """What the program would refuse in a command line, without running it."""
    words = shlex.split(line, comments=True)[1:]
    if words[0] in {"--help", "-h", "--version"} or words[0] == "COMMAND":
        return []
    if words[0] not in COMMANDS:
        return [f"there is no command {words[0]}"]
    command = command_of(words[0])
    if isinstance(command, click.Group) and len(words) > 1:
        if words[1] == "[OPTIONS]":
            return []
        if words[1] not in command.commands:
            return [f"{words[0]} has no command {words[1]}"]
        command, words = command.commands[words[1]], words[1:]
    options = {name: item for item in command.params if isinstance(item, click.Option) for name in item.opts}
    found: list[str] = []
    given: set[str] = set()
    arguments: list[str] = []
    rest = iter(words[1:])
    for word in rest:
        name, _, value = word.partition("=")
        if name in {"--help", "-h"}:
            return found
        if not name.startswith("-"):
            arguments.append(word)
            continue
        if name not in options:
            found.append(f"{words[0]} has no option {name}")
            continue
        given.add(options[name].name or "")
        if not options[name].is_flag:
            value = value or next(rest, "")
            kind = options[name].type
            if not value:
                found.append(f"{name} needs a value")
            if isinstance(kind, click.Choice) and value not in kind.choices:
                found.append(f"{name} does not take {value}")
    if "[OPTIONS]" in words:
        return found
    places = [item for item in command.params if isinstance(item, click.Argument)]
    found += [f"{item.opts[0]} is missing" for item in options.values() if item.required and item.name not in given]
    if len(arguments) < sum(item.required for item in places):
        found.append(f"{words[0]} needs an argument")
    if len(arguments) > len(places) and all(item.nargs == 1 for item in places):
        found.append(f"{words[0]} takes fewer arguments")
    return found


@page
def test_every_quoted_command_line_would_be_taken(path: Path) -> None:
    lines = [line for line in command_lines(text_of(path)) if "…" not in line.split(" ", 2)[1]]
    assert {line: found for line in lines if " " in line and (found := complaints(line))} == {}


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("audiencevault imprt x", "there is no command imprt"),
        ("audiencevault import x --valt v", "import has no option --valt"),
        ("audiencevault schedule x --to b --every year", "--every does not take year"),
        ("audiencevault migrate x --to csv", "--into is missing"),
        ("audiencevault show", "show needs an argument"),
        ("audiencevault show a b", "show takes fewer arguments"),
        ("audiencevault keys shw", "keys has no command shw"),
        ("audiencevault keys export --vault v", "export needs an argument"),
    ],
)
def test_a_wrong_command_line_is_found(line: str, complaint: str) -> None:
    assert complaints(line) == [complaint]


def test_command_lines_are_found() -> None:
    text = (
        "`audiencevault check`\n\n```\n$ audiencevault show x \\\n  --json\nother\n```\n`pip install audiencevault`\n"
    )
    assert command_lines(text) == ["audiencevault show x  --json", "audiencevault check"]


# Completeness


@pytest.mark.parametrize("importer", discover(), ids=lambda importer: str(importer.source))
def test_every_importer_has_a_page(importer: Importer, maker: Any) -> None:
    guide = maker.make_importers.page_of(importer.source)
    assert guide is not None, f"docs/importers has no page for {importer.source}"
    assert f"## {importer.source}\n" in text_of(DOCS / "reference" / "importers.md")


def test_every_reason_code_is_explained() -> None:
    told = text_of(DOCS / "reference" / "reason-codes.md")
    assert [code for code in REASONS if f"`{code}`" not in told] == []


def test_every_preset_is_described_with_its_sources() -> None:
    told = text_of(DOCS / "reference" / "presets.md")
    for preset in all_presets().values():
        part = section(told, preset.name)
        assert preset.reviewed_on in part
        assert all(line in part for line in (*preset.sources, *preset.open_points, *preset.unverified))


# Words

FOREIGN = re.compile(
    r"/tmp/|/home/|(?-i:/Users/)|[A-Z]:\\Users|localhost[:/]|127\.0\.0\.1|--index-url|\bTODO\b|\bFIXME\b", re.IGNORECASE
)


@page
def test_no_page_names_a_machine_or_a_registry(path: Path) -> None:
    assert [line for line in text_of(path).splitlines() if FOREIGN.search(line)] == []


@page
def test_a_page_has_one_title(path: Path) -> None:
    titles = re.findall(
        r"^# .*", re.sub(r"^```.*?^```", "", text_of(path), flags=re.DOTALL | re.MULTILINE), flags=re.MULTILINE
    )
    assert len(titles) == 1
