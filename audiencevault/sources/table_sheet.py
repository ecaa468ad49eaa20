"""Spreadsheets (xlsx, xls, ods) as rows of text.

A number is written without a superfluous `.0`, a date in ISO form: what a CSV of the same sheet would hold.
"""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Iterator
from typing import Any, Final

from audiencevault.errors import ExportError, MissingExtraError
from audiencevault.export import Member

SUFFIXES: Final = (".xlsx", ".xlsm", ".xls", ".ods")
MAX_BYTES: Final = 512 * 1024 * 1024
"""A spreadsheet cannot be read in part; beyond this size it is refused rather than loaded."""


def available() -> bool:
    """Whether the package that reads spreadsheets is installed."""
    try:
        import python_calamine  # noqa: F401 - only whether it is there
    except ImportError:
        return False
    return True


def text(cell: object) -> str:
    """One cell as text.

    >>> text(12025550147.0), text(dt.date(2026, 5, 4)), text(True)
    ('12025550147', '2026-05-04', 'TRUE')
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e18 else repr(cell)
    if isinstance(cell, dt.datetime):
        midnight = cell.time() == dt.time(0)
        return cell.date().isoformat() if midnight else cell.isoformat(sep=" ")
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    return "" if cell is None else str(cell)


def _workbook(member: Member) -> Any:
    if not available():
        raise MissingExtraError("Reading spreadsheets", "xlsx")
    import python_calamine

    if member.size > MAX_BYTES:
        raise ExportError(f"{member.path} is too large for a spreadsheet.", "Save it as CSV and import that.")
    try:
        with member.open() as raw:
            return python_calamine.CalamineWorkbook.from_filelike(raw)
    except (python_calamine.CalamineError, zipfile.BadZipFile, OSError) as error:
        raise ExportError(
            f"{member.path} is not a spreadsheet that can be read.", "Open it, save it as CSV and import that."
        ) from error


def _cells(member: Member, workbook: Any, sheet: int) -> Iterator[list[str]]:
    import python_calamine

    try:
        found = workbook.get_sheet_by_index(sheet)
    except python_calamine.CalamineError as error:
        raise ExportError(
            f"Sheet {sheet + 1} of {member.path} cannot be read.", "Save it as CSV and import that."
        ) from error
    for row in found.iter_rows():
        yield [text(cell) for cell in row]


def heads(member: Member, limit: int) -> Iterator[tuple[tuple[str, ...], ...]]:
    """The first `limit` rows of each sheet."""
    workbook = _workbook(member)
    for sheet in range(len(workbook.sheet_names)):
        rows: list[tuple[str, ...]] = []
        for cells in _cells(member, workbook, sheet):
            rows.append(tuple(cells))
            if len(rows) >= limit:
                break
        yield tuple(rows)


def rows(member: Member, sheet: int) -> Iterator[list[str]]:
    """All rows of one sheet, from row 1 of the spreadsheet on."""
    yield from _cells(member, _workbook(member), sheet)
