"""Screens of who is who: why two are one, and a question with both people side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from audiencevault.cli import context

if TYPE_CHECKING:
    from audiencevault.pipeline.reviewing import Question

SHORT_ID = 12
"""Characters of a record id that are shown; as many as `explain`, `link` and `unlink` need of one."""


def _table(*titles: str) -> Any:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
    for title in titles:
        table.add_column(title, overflow="fold")
    return table


def _text(value: Any) -> Any:
    from rich.text import Text

    if value in (None, "", [], ()):
        return Text("")
    return Text(", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value))


def _line(out: Any, text: str, style: str = "") -> None:
    from rich.text import Text

    out.print(Text(text, style=style), soft_wrap=True)


def _bits(value: float | None) -> str:
    return "" if value is None else f"{value:+.1f}"


def print_comparisons(out: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    """A table of comparisons: the two values, the level, how many records hold what they share, the bits."""
    table = _table("  Compared", "One", "Other", "Level", "Held by", "Bits")
    for column in table.columns[4:]:
        column.justify = "right"
    for row in rows:
        held = f"{row['held_by']:,}" if row.get("held_by") else ""
        cells = (f"  {row['title']}", row["a"], row["b"], row["level"], held)
        table.add_row(*map(_text, cells), _bits(row["bits"]))
    out.print(table)


ROWS = (
    ("Name", "display_name"), ("E-mail", "emails"), ("Phone", "phones"), ("Accounts", "accounts"), ("Address", ""),
    ("Birthday", "birthday"), ("Company", "company"), ("Known as", "relationships"), ("Seen in", "sources"),
    ("Records", "record_count"), ("Orders", "orders_count"), ("Spent", "total_spent"), ("Last seen", "last_seen_at"),
)  # fmt: skip
"""What a question shows of each person; the address and the money are put together."""


def _shown(contact: Mapping[str, Any], key: str) -> Any:
    if not key:
        return " ".join(str(contact[name]) for name in ("address1", "postcode", "city", "country") if contact[name])
    if key == "total_spent" and contact[key] is not None:
        return f"{contact[key]:,.2f} {contact['currency'] or ''}".strip()
    if key == "last_seen_at" and contact[key] is not None:
        return f"{contact[key]:%Y-%m-%d}"
    return contact[key]


def print_question(question: Question, number: int) -> None:
    """One question of `review`: both people side by side, what speaks for and against, the effect of joining."""
    out = context.console()
    out.print()
    _line(out, f"Question {question.rank} of {number}: are these one person?", "bold")
    table = _table("", question.one.contact_id, question.two.contact_id)
    for title, key in ROWS:
        one, two = _shown(question.one.contact, key), _shown(question.two.contact, key)
        if one in (None, "", []) and two in (None, "", []):
            continue
        table.add_row(_text(f"  {title}"), _text(one), _text(two))
    out.print(table)
    _line(out, f"  {question.sentence}")
    for row in question.against:
        _line(out, f"  But {row['sentence']}.")
    _line(out, f"  By the evidence alone {question.probability:.0%} likely. {question.effect['sentence']}")


def print_explanation(answer: Mapping[str, Any], *, two: bool) -> None:
    """The answer of `explain`."""
    out = context.console()
    if not two:
        people = len(answer["records"])
        _line(
            out, f"{answer['contact_ids'][0]}: one person out of {people} record{'' if people == 1 else 's'}.", "bold"
        )
        table = _table("  Record", "Source", "Name", "Hangs on", "Because")
        for row in answer["records"]:
            table.add_row(
                _text(f"  {row['record_id'][:SHORT_ID]}"),
                _text(row["source"]),
                _text(row["name"]),
                _text((row["hangs_on"] or "")[:SHORT_ID]),
                _text(row["because"]),
            )
        out.print(table)
    else:
        _line(out, "They are one person." if answer["same"] else "They are two people.", "bold")
        for sentence in answer["sentences"]:
            _line(out, f"  {sentence}")
    for link in answer["evidence"]:
        if link["comparisons"]:
            ids = f"{link['record_a'][:SHORT_ID]} and {link['record_b'][:SHORT_ID]}"
            verdict = "joined" if link["accepted"] else "not joined"
            out.print()
            weight = "decided" if link["rule"] == "decision" else f"{link['score']:+.1f} bits"
            _line(out, f"{ids}, {weight}, {verdict}", "bold")
            print_comparisons(out, link["comparisons"])
    for title, key in (("What speaks for one person", "speaks_for"), ("What speaks against", "speaks_against")):
        if answer[key]:
            out.print()
            _line(out, title, "bold")
            print_comparisons(out, answer[key])
