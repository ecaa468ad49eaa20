"""Google Contacts as CSV: an address book with numbered columns, several values in one cell, and system labels.

The owner saved these people, or Google did after a mail was sent; nobody signed up. A label is not evidence.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.sources import table_columns as kernels
from audiencevault.sources import table_spec
from audiencevault.sources.importer import Importer
from audiencevault.sources.table_people import PeopleReader
from audiencevault.sources.table_reader import RowReject
from audiencevault.sources.table_rows import Rows
from audiencevault.sources.table_spec import PointSpec, Spec
from audiencevault.sources.tabular import Placed, TableImporter

_NUMBERED: Final = re.compile(r"(e-mail|phone) ([0-9]{1,3}) - value")
_LABELS: Final = ("labels", "group membership")
_NAMES: Final = ("first name", "given name", "name")
_JOINT: Final = " ::: "
_PARTS: Final = 6
"""Values of one cell that become points of their own; should there be more, the last one holds the rest as it is."""

# `* myContacts` is a label that Google gives by itself.
_SYSTEM_LABEL: Final = r"(^|:::)\s*\*[^:]*"
_ADDRESS: Final = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"


class GoogleContactsReader(PeopleReader):
    """Reads one file."""

    def point_cells(self, rows: Rows, point: PointSpec) -> pa.StringArray:
        """The point's own part of cells that hold several values."""
        cells = super().point_cells(rows, point)
        part = int(point.name.rpartition("/")[2]) - 1
        if not pc.any(pc.match_substring(cells, _JOINT)).as_py():
            return kernels.empty(len(rows)) if part else cells

        def value(text: str) -> str:
            parts = dict.fromkeys(filter(None, map(str.strip, text.split(_JOINT))))
            found = [*parts][: _PARTS - 1] + ([_JOINT.join([*parts][_PARTS - 1 :])] if len(parts) >= _PARTS else [])
            return found[part] if part < len(found) else ""

        return pc.fill_null(kernels.on_distinct(cells, pa.string(), value), "")

    def _clean(self, place: int, column: pa.StringArray) -> pa.StringArray:
        cells = super()._clean(place, column)
        if self.head.columns[place].key in _LABELS:
            cells = pc.utf8_ltrim(pc.replace_substring_regex(cells, _SYSTEM_LABEL, ""), " :")
        return cells

    def _leave_out(self, rows: Rows, skipped: dict[str, int], rejects: list[RowReject]) -> None:
        """Before: an address where the name stands is an address. Google saves people so whom it knows no name of."""
        places = {column.key: place for place, column in enumerate(self.head.columns)}
        mail = places.get("e-mail 1 - value")
        for place in (places[key] for key in _NAMES if key in places):
            cells = rows.cells[place]
            hit = pc.match_substring_regex(cells, _ADDRESS)
            if not np.asarray(hit).any():
                continue
            if mail is not None:
                empty = pc.and_(hit, pc.equal(rows.cells[mail], ""))
                rows.cells[mail] = pc.if_else(empty, cells, rows.cells[mail])
                rows.cells[place] = pc.if_else(hit, "", cells)
        super()._leave_out(rows, skipped, rejects)


class GoogleContactsImporter(TableImporter):
    """See the module."""

    reader = GoogleContactsReader

    def adapted(self, placed: Placed) -> Spec:
        """The spec with the numbered columns of this file, e-mail addresses first."""
        found = [match for column in placed.head.columns if (match := _NUMBERED.fullmatch(column.key))]
        found.sort(key=lambda match: (match[1], int(match[2])))
        points = [
            PointSpec(f"{kind} {match[2]}/{part}", kind, (match[0],))
            for match in found
            for kind in ["email" if match[1] == "e-mail" else "phone"]
            for part in range(1, _PARTS + 1)
        ]
        return replace(self.spec, points=tuple(points))


IMPORTERS: tuple[Importer, ...] = (GoogleContactsImporter(table_spec.builtin("google_contacts")),)
