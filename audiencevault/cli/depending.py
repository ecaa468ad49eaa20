"""How far a list hangs on companies, on the screen of `status`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from audiencevault.cli.prose import columns, heading, line

if TYPE_CHECKING:
    from audiencevault.pipeline import Past
    from audiencevault.reach import Dependence


def print_dependence(out: Any, found: Dependence, past: Sequence[Past] = ()) -> None:
    """The dependence score and where it comes from, then how it was."""
    from audiencevault.reach.plan import percent

    heading(out, "How far you depend on one company")
    if found.share is None:
        line(out, "  Nobody can be reached in any way.")
        return
    line(
        out,
        f"  {percent(found.share)} of the people you can reach at all ({found.only_one:,} of {found.reachable:,}) only "
        f"through one company; concentration {found.concentration:.2f} (0 none, 1 all through one company).",
    )
    for currency, row in found.revenue.items():
        if row["share"] is not None:
            name = "in sales without a currency" if currency == "unknown" else currency
            part = f"{row['only_one']:,.2f} of {row['reachable']:,.2f} {name}"
            line(out, f"  {percent(row['share'])} of what they spent: {part}.")
    if found.companies:
        table = columns("  Company", "People", "Only there", numbers=2)
        for row in found.companies.values():
            table.add_row(f"  {row['title']}", f"{row['people']:,}", f"{row['only']:,}")
        out.print(table)
        line(out, f"  What if it were gone? audiencevault drill --down {next(iter(found.companies))}")
    if past:
        table = columns("  Before", "Snapshot", "Reachable", "Only one company", "Share", "Concentration", numbers=5)
        for item in past:
            was = item.dependence
            table.add_row(
                f"  {item.at:%Y-%m-%d}", f"{item.snapshot:,}", f"{was.reachable:,}", f"{was.only_one:,}",
                "–" if was.share is None else percent(was.share), f"{was.concentration:.2f}",
            )  # fmt: skip
        out.print(table)
