"""Lines, headings and tables, the same on a terminal and in a pipe."""

from __future__ import annotations

from typing import Any


def line(out: Any, text: str, style: str = "") -> None:
    """A line of prose: never cut or folded by us, so that a path can be copied."""
    from rich.text import Text

    out.print(Text(text, style=style), soft_wrap=True)


def heading(out: Any, text: str) -> None:
    """A heading with an empty line before it."""
    out.print()
    line(out, text, "bold")


def columns(*titles: str, numbers: int = 0) -> Any:
    """A table without lines; the last `numbers` columns are numbers."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for number, title in enumerate(titles):
        right = len(titles) - numbers <= number
        table.add_column(title, justify="right" if right else "left", overflow="fold", no_wrap=right)
    return table
