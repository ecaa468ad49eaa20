"""The testing kit's door on the command line: `python -m audiencevault.sources.testing`.

Exit codes: 0 all is well; 1 a promise is broken or a result differs; 2 the words were wrong, or nothing was written.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from audiencevault.errors import AudienceVaultError, UsageError
from audiencevault.sources import mutation, sanitising, testing
from audiencevault.sources.importer import ImportContext, discover

GOOD: Final = 0
BROKEN: Final = 1
WRONG: Final = 2

Say = Callable[[str], object]


def main(arguments: Sequence[str], say: Say, complain: Say) -> int:
    """Do what `arguments` say; results go to `say` line by line, errors to `complain`. Returns the exit code."""
    try:
        chosen = _parser().parse_args(arguments)
    except SystemExit as ended:
        return int(ended.code or 0)
    try:
        return int(chosen.do(chosen, say))
    except AudienceVaultError as error:
        complain(f"{error.message} {error.hint}".strip())
        return WRONG


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m audiencevault.sources.testing",
        description="Test importers on golden samples, write what samples give, and make samples out of real exports.",
    )
    doors = parser.add_subparsers(title="what there is", required=True, metavar="test | generate | sanitise")
    test = doors.add_parser("test", help="read golden folders and name every broken promise")
    test.add_argument("goldens", nargs="+", type=Path, help="a golden folder, or a folder of <source>/<variant>/")
    test.add_argument("--mutations", type=int, default=0, metavar="N", help="break each input in N ways too")
    test.add_argument("--copies", type=Path, metavar="FOLDER", help="where broken copies may be written")
    test.set_defaults(do=_test)
    generate = doors.add_parser("generate", help="write expected.json; read it before you keep it")
    generate.add_argument("goldens", nargs="+", type=Path, help="a golden folder, or a folder of <source>/<variant>/")
    generate.add_argument("--force", action="store_true", help="rewrite results that differ")
    generate.set_defaults(do=_generate)
    clean = doors.add_parser(
        "sanitise", help="turn a real export into a sample of invented people",
        description="Everybody in the export becomes somebody invented, consistently; its form stays. Nothing is "
        "written before all bytes were searched for what was replaced. Look through the sample before you publish it.",
    )  # fmt: skip
    clean.add_argument("export", type=Path, help="a folder, a ZIP or one file")
    clean.add_argument("into", type=Path, help="the folder to write: a new or an empty one")
    clean.add_argument("--seed", required=True, help="any secret text; the same one gives the same sample")
    for name in ("account", "region", "encoding"):
        clean.add_argument(f"--{name}", help=f"as --{name} of an import")
    clean.add_argument("--date-order", choices=("dmy", "mdy"), help="as --date-order of an import")
    clean.set_defaults(do=_sanitise)
    return parser


def _goldens(paths: Sequence[Path]) -> list[Path]:
    found = [one for path in paths for one in ([path] if (path / testing.SEEN).is_file() else testing.find(path))]
    if not found:
        raise UsageError(
            f"There is no golden with a {testing.SEEN} there.", "Name a golden folder, or the folder above the sources."
        )
    return found


def _test(chosen: argparse.Namespace, say: Say) -> int:
    importers = discover()
    if chosen.mutations and chosen.copies is None:
        raise UsageError("--mutations writes broken copies.", "Say where, with --copies FOLDER.")
    if chosen.copies is not None and not chosen.mutations:
        raise UsageError("--copies is where --mutations writes.", "Say how many there shall be, with --mutations N.")
    count = 0
    for golden in _goldens(chosen.goldens):
        broken = [*testing.compare(golden, importers), *testing.check(golden, importers)]
        if chosen.mutations:
            broken += mutation.check_mutations(golden, chosen.copies, importers, range(chosen.mutations))
        say(f"{golden}: {'good' if not broken else f'{len(broken)} broken'}")
        for sentence in broken:
            say(f"  {sentence}")
        count += len(broken)
    return BROKEN if count else GOOD


def _generate(chosen: argparse.Namespace, say: Say) -> int:
    importers = discover()
    for golden in _goldens(chosen.goldens):
        say(f"wrote {testing.generate(golden, importers, force=chosen.force)}")
    return GOOD


def _sanitise(chosen: argparse.Namespace, say: Say) -> int:
    settings = ImportContext(chosen.encoding, chosen.account, chosen.region, chosen.date_order)
    made = sanitising.sanitise(chosen.export, chosen.into, seed=chosen.seed, settings=settings)
    files = "1 file" if len(made.files) == 1 else f"{len(made.files):,} files"
    say(f"Wrote {files} into {chosen.into}. Nothing of what was replaced is left in them.")
    for what, count in made.replaced.items():
        say(f"  {count:,} {what} replaced")
    for title, listed in (
        ("Left out, since they are no text:", made.dropped),
        ("Columns and keys that no importer knows; their values were replaced by their shape:", made.unknown),
        ("Read by the same importers, the sample differs:", made.differences),
    ):
        if listed:
            say(title)
            for one in listed:
                say(f"  {one}")
    if not made.differences:
        say("Read by the same importers, the sample gives the same counts.")
    return BROKEN if made.differences else GOOD
