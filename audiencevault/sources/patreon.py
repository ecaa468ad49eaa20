"""Patreon's members: people who pay, have paid or merely follow, told apart by their status.

A membership is a contract, no permission to advertise: there is no column about that, and none is made up.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.records import SOURCE_RECORDS
from audiencevault.sources import table_columns as kernels
from audiencevault.sources import table_spec
from audiencevault.sources.importer import Importer
from audiencevault.sources.table_people import PeopleReader
from audiencevault.sources.table_rows import EventPart, Rows
from audiencevault.sources.tabular import TableImporter


class PatreonReader(PeopleReader):
    """Reads one file."""

    def more_events(self, rows: Rows) -> list[EventPart]:
        """That they are a member, or follow."""
        tie = _relationships(rows)
        parts: list[EventPart] = []
        for point in self.spec.points:
            cells = self.point_cells(rows, point)
            index = np.flatnonzero(kernels.filled(cells))
            parts.append(self.part(rows, index, point.kind, cells, event_type="relationship", detail=tie))
        return parts

    def _records(self, rows: Rows, source_key: pa.StringArray) -> pa.RecordBatch:
        records = super()._records(rows, source_key)
        place = SOURCE_RECORDS.get_field_index("relationship")
        return records.set_column(place, SOURCE_RECORDS.field(place), _relationships(rows))


def _relationships(rows: Rows) -> pa.StringArray:
    return pc.if_else(pc.equal(rows.get("patron status"), ""), "follower", "member")


class PatreonImporter(TableImporter):
    """See the module."""

    reader = PatreonReader


IMPORTERS: tuple[Importer, ...] = (PatreonImporter(table_spec.builtin("patreon_members")),)
