"""Writes every generated page of the documentation: the command behind `make docs`.

With `--check` it writes nothing, names the pages that are stale, missing or left over, and exits with 1 if any is.
"""

from __future__ import annotations

import sys
from pathlib import Path

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS))

import make_commands  # noqa: E402 - the makers lie beside this file, wherever it is called from
import make_importers  # noqa: E402
import make_presets  # noqa: E402
import make_support  # noqa: E402
import make_tables  # noqa: E402

from audiencevault.destinations.definition import load_all  # noqa: E402
from audiencevault.destinations.page import page  # noqa: E402


def pages() -> dict[Path, str]:
    """Every generated page with what it must hold."""
    makers = (make_commands, make_importers, make_presets, make_support, make_tables)
    made = {maker.PAGE: maker.render() for maker in makers}
    return made | {DOCS / "destinations" / f"{name}.md": page(definition) for name, definition in load_all().items()}


def stale(made: dict[Path, str]) -> list[Path]:
    """The pages that differ from `made` or are missing, and pages of receivers that are gone."""
    differ = [path for path, text in made.items() if not path.exists() or path.read_text("utf-8") != text]
    return sorted([*differ, *(path for path in (DOCS / "destinations").glob("*.md") if path not in made)])


def main(arguments: list[str]) -> int:
    """Write the pages, or with `--check` compare them."""
    made = pages()
    found = stale(made)
    if "--check" in arguments:
        for path in found:
            print(f"{path.relative_to(DOCS.parent)} is stale; run: make docs", file=sys.stderr)
        return 1 if found else 0
    for path in found:
        if path in made:
            path.parent.mkdir(exist_ok=True)
            path.write_text(made[path], "utf-8")
            print(f"wrote {path.relative_to(DOCS.parent)}")
        else:
            print(f"{path.relative_to(DOCS.parent)} belongs to no receiver; remove it", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
