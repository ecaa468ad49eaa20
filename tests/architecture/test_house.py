"""The rules of the house that no other tool checks."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

import audiencevault
from audiencevault import errors, records
from audiencevault.cli.main import COMMANDS, cli

ROOT = Path(audiencevault.__file__).parent
MODULES = sorted(ROOT.rglob("*.py"))

KEY_LIBRARIES = {
    "phonenumbers": "normalise",
    "email_validator": "normalise",
    "rapidfuzz": "resolution",
    "duckdb": "engine",
    "rich": "cli",
    "click": "cli",
}


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_one_room_per_key_library(path: Path) -> None:
    room = path.relative_to(ROOT).parts[0]
    for name in imported(path):
        home = KEY_LIBRARIES.get(name.partition(".")[0])
        assert home in {None, room}, f"{path} imports {name}, which belongs to {home}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_room_below_the_command_line_reads_clock_environment_or_locale(path: Path) -> None:
    if path.relative_to(ROOT).parts[0] == "cli":
        return
    text = path.read_text()
    for forbidden in (
        r"datetime\.now\(",
        r"datetime\.utcnow",
        r"date\.today",
        r"time\.time\(",
        r"os\.environ",
        r"getenv\(",
        r"getlocale",
        r"\bsocket\b",
    ):
        assert not re.search(forbidden, text), f"{path} uses {forbidden}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_modules_stay_readable(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 500
    assert ast.get_docstring(ast.parse(path.read_text())) or not path.read_text().strip(), (
        "a module says what it is for"
    )


def leaves(room: str) -> list[str]:
    package = importlib.import_module(f"audiencevault.{room}")
    modules = pkgutil.iter_modules(package.__path__, prefix=f"audiencevault.{room}.")
    # Tables by spec are the room's own: what a spec describes, and what guesses a spec, build on them.
    own = {"audiencevault.sources.tabular"}
    return [
        module.name
        for module in modules
        if module.name not in own and hasattr(importlib.import_module(module.name), "IMPORTERS")
    ]


def test_leaves_never_import_leaves() -> None:
    importers = leaves("sources")
    assert "audiencevault.sources.instagram" in importers
    for name in importers:
        path = ROOT / "sources" / f"{name.rpartition('.')[2]}.py"
        for other in importers:
            assert other == name or other not in imported(path), f"{name} imports the leaf {other}"


def test_specs_and_definitions_are_plain_tables() -> None:
    files = [
        *ROOT.glob("sources/specs/*.toml"),
        *ROOT.glob("destinations/definitions/*.toml"),
        *ROOT.glob("consent/presets/*.toml"),
    ]
    assert len(files) >= 8
    for path in files:
        tomllib.loads(path.read_text())


def test_exit_codes_are_those_that_are_published() -> None:
    published = {
        "AudienceVaultError": 1,
        "UsageError": 2,
        "MissingExtraError": 2,
        "ExportError": 4,
        "UnsafeArchiveError": 4,
        "NotRecognisedError": 4,
        "AmbiguousExportError": 4,
        "DefinitionError": 5,
        "VaultError": 12,
        "VaultNotFoundError": 10,
        "VaultLockedError": 11,
        "VaultDamagedError": 12,
        "VaultTooNewError": 13,
        "ConsentConfigError": 20,
        "KeyMissingError": 20,
        "DestinationError": 31,
        "CredentialsRefusedError": 30,
        "DestinationRefusedError": 31,
        "DestinationUnavailableError": 32,
    }
    found = {
        name: thing.exit_code
        for name, thing in vars(errors).items()
        if isinstance(thing, type) and issubclass(thing, errors.AudienceVaultError)
    }
    assert found == published
    assert all(name in (errors.__doc__ or "") for name in published), "the tree in the docstring is complete"


def test_every_table_has_its_own_name_and_version() -> None:
    for name, schema in records.TABLES.items():
        assert schema.metadata[b"table"].decode() == name
        assert int(schema.metadata[b"schema_version"]) == records.SCHEMA_VERSION


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str) -> None:
    result = CliRunner().invoke(cli, [name, "--help"])
    assert result.exit_code == 0
    assert len(result.output.splitlines()) > 5


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys\nfrom audiencevault.cli.main import run\nrun(['--help'])\n"
        "heavy = {'pandas', 'pyarrow', 'duckdb', 'phonenumbers', 'rapidfuzz', 'rich'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_nothing_is_left_unfinished() -> None:
    words = re.compile(r"TODO|FIXME|XXX|raise NotImplementedError|not implemented yet")
    for path in MODULES:
        assert not words.search(path.read_text()), path


def test_public_names_are_sorted_and_exist() -> None:
    names = [name for name in audiencevault.__all__ if not name.startswith("_")]
    assert names == sorted(names)
    for name in names:
        assert getattr(audiencevault, name).__name__ == name
    with pytest.raises(AttributeError):
        _ = audiencevault.nothing_of_the_kind
