"""Workbooks into sanitised workbooks: the cells become fakes, everything that draws or styles them stays.

A workbook is a ZIP of XML. Its texts stand in the cells or once for all in a list that the cells point into; numbers
stand in the cells. What may hold more than cells, such as comments, pictures or a pivot table's copy, is refused.
"""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Mapping
from typing import Final

from audiencevault.errors import ExportError, UsageError
from audiencevault.export.archive import DAMAGE
from audiencevault.sources import sanitising_tables
from audiencevault.sources.sanitising_values import Kind, Replacer
from audiencevault.sources.table_head import Head
from audiencevault.sources.table_spec import Spec

SUFFIXES: Final = (".xlsx",)

_SHEET: Final = re.compile(r"xl/worksheets/[^/]+\.xml")
_SHARED: Final = "xl/sharedStrings.xml"
_MORE: Final = re.compile(
    r"xl/(?:comments|threadedComments|persons|media|drawings|externalLinks|pivot|tables/)|customXml/"
)
_CELL: Final = re.compile(r"<c\b(?P<about>[^>]*?)(?:/>|>(?P<inside>.*?)</c>)", re.DOTALL)
_ITEM: Final = re.compile(r"<si\b[^>]*?(?:/>|>.*?</si>)", re.DOTALL)
_TEXT: Final = re.compile(r"(<t\b[^>]*>)(.*?)(</t>)", re.DOTALL)
_VALUE: Final = re.compile(r"(<v\b[^>]*>)(.*?)(</v>)", re.DOTALL)
_FORMULA: Final = re.compile(r"<f\b[^>]*?(?:/>|>.*?</f>)", re.DOTALL)
_NODE: Final = re.compile(r">([^<>]+)<")
_SHEET_NAME: Final = re.compile(r'(<sheet [^>]*?name=")([^"]*)(")')
_SERIAL_DAY: Final = re.compile(r"\d{5}(?:\.\d+)?")


def parts(data: bytes, within: str) -> Mapping[str, bytes]:
    """The files in a workbook that hold text, for the proof."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {within + name: archive.read(name) for name in archive.namelist() if _is_text(name)}


def _is_text(name: str) -> bool:
    cells = name == _SHARED or _SHEET.fullmatch(name) is not None
    return cells or name.startswith("docProps/") or name == "xl/workbook.xml"


def rewritten(
    data: bytes, head: Head | None, spec: Spec | None, replacer: Replacer, name: str
) -> tuple[bytes, list[str]]:
    """The workbook with fakes, and the headers that no importer knows.

    Raises `ExportError` where it is damaged, `UsageError` where it holds more than cells.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            files = [(info, archive.read(info)) for info in archive.infolist()]
        texts = {info.filename: content.decode("utf-8") for info, content in files if _is_text(info.filename)}
    except DAMAGE as error:
        raise ExportError(f"{name} is no workbook that can be opened.", "Save it again, or as CSV.") from error
    if any(_MORE.match(info.filename) for info, _ in files):
        raise UsageError(
            f"{name} holds comments, pictures, tables or links besides its cells.",
            "Save the sheet as CSV, and sanitise that.",
        )
    cells = {name: text for name, text in texts.items() if name == _SHARED or _SHEET.fullmatch(name)}
    book = _Workbook(head, spec, replacer, cells)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for info, content in files:
            old = zipfile.ZipInfo(
                info.filename, (max(1980, info.date_time[0] - replacer.book.years), *info.date_time[1:])
            )
            old.compress_type, old.external_attr = info.compress_type, info.external_attr
            archive.writestr(old, book.part(info.filename, content))
    return buffer.getvalue(), book.unknown


class _Workbook:
    """One workbook: which text of the list stands in which column of which sheet decides what it is."""

    def __init__(self, head: Head | None, spec: Spec | None, replacer: Replacer, texts: Mapping[str, str]) -> None:
        self.replacer = replacer
        self.unknown: list[str] = []
        self.items = [_plain(item) for item in _ITEM.findall(texts.get(_SHARED, ""))]
        self.kinds: dict[str, dict[str, Kind]] = {}
        self.headers: set[tuple[str, str]] = set()
        self.shared: dict[int, Kind] = {}
        self.titles: set[int] = set()
        for name, text in texts.items():
            if name != _SHARED:
                self._look(name, text, head, spec)

    def part(self, name: str, content: bytes) -> bytes:
        """One file of the workbook with fakes."""
        if name == _SHARED:
            numbers = iter(range(len(self.items)))
            return _ITEM.sub(lambda found: self._item(found[0], next(numbers)), content.decode("utf-8")).encode("utf-8")
        if _SHEET.fullmatch(name):
            text = content.decode("utf-8")
            return _CELL.sub(lambda found: self._cell(name, found), text).encode("utf-8")
        if name.startswith("docProps/"):
            text = content.decode("utf-8")
            return _NODE.sub(lambda found: f">{_xml(self.replacer.value(html.unescape(found[1])))}<", text).encode(
                "utf-8"
            )
        if name == "xl/workbook.xml":
            text = content.decode("utf-8")
            return _SHEET_NAME.sub(lambda found: found[1] + self.replacer.words(found[2]) + found[3], text).encode(
                "utf-8"
            )
        return content

    def _look(self, name: str, text: str, head: Head | None, spec: Spec | None) -> None:
        """Find the header row of a sheet, and what each column holds."""
        rows: dict[str, list[tuple[str, str]]] = {}
        for found in _CELL.finditer(text):
            column, row = _place(found["about"])
            rows.setdefault(row, []).append((column, self._shown(found)))
        header = None if head is None or head.header is None else [one.strip() for one in head.records[head.header]]
        titles = next(
            (r for r, c in rows.items() if header and [v.strip() for _, v in c] == [h for h in header if h]), None
        )
        self.kinds[name] = {}
        if titles is not None:
            kinds, unknown = sanitising_tables.column_kinds([value for _, value in rows[titles]], spec)
            self.kinds[name] = {column: kind for (column, _), kind in zip(rows[titles], kinds, strict=True)}
            self.unknown += unknown
            self.headers.add((name, titles))
        for found in _CELL.finditer(text):
            column, row = _place(found["about"])
            index = _index(found)
            if index is not None and (name, row) in self.headers:
                self.titles.add(index)
            elif index is not None:
                self.shared.setdefault(index, self.kinds[name].get(column, Kind.SHAPE))

    def _shown(self, found: re.Match[str]) -> str:
        index = _index(found)
        if index is not None:
            return self.items[index] if index < len(self.items) else ""
        return _plain(found["inside"] or "") or "".join(one[1] for one in _VALUE.findall(found["inside"] or ""))

    def _item(self, item: str, number: int) -> str:
        if number in self.titles:
            self.replacer.structure(_plain(item))
            return item
        return self._texts(item, self.shared.get(number, Kind.SHAPE))

    def _cell(self, name: str, found: re.Match[str]) -> str:
        column, row = _place(found["about"])
        inside = found["inside"]
        if not inside or _index(found) is not None:
            return found[0]
        if (name, row) in self.headers:
            self.replacer.structure(_plain(inside))
            return found[0]
        kind = self.kinds[name].get(column, Kind.SHAPE)
        fake = self._texts(_FORMULA.sub("", inside), kind)
        if 't="b"' not in found["about"] and 't="e"' not in found["about"]:
            fake = _VALUE.sub(lambda one: one[1] + _xml(self._number(html.unescape(one[2]), kind)) + one[3], fake)
        return found[0].replace(inside, fake)

    def _number(self, value: str, kind: Kind) -> str:
        if kind is Kind.TIME and _SERIAL_DAY.fullmatch(value):
            # A sheet counts days.
            days, dot, rest = value.partition(".")
            back = self.replacer.book.seconds // 86_400 if self.replacer.book.closed else 0
            return f"{int(days) - back}{dot}{rest}"
        return self.replacer.value(value, kind)

    def _texts(self, xml: str, kind: Kind) -> str:
        # A text in several styles stands in several pieces.
        return _TEXT.sub(lambda one: one[1] + _xml(self.replacer.value(html.unescape(one[2]), kind)) + one[3], xml)


def _place(about: str) -> tuple[str, str]:
    found = re.search(r'\br="([A-Z]+)(\d+)"', about)
    return (found[1], found[2]) if found else ("", "")


def _index(found: re.Match[str]) -> int | None:
    value = _VALUE.search(found["inside"] or "")
    return int(value[2]) if 't="s"' in found["about"] and value and value[2].isdecimal() else None


def _plain(xml: str) -> str:
    return html.unescape("".join(one[1] for one in _TEXT.findall(xml)))


def _xml(text: str) -> str:
    return html.escape(text, quote=False)
