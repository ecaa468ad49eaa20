"""Wix contacts: the table has as many columns of e-mail addresses and phone numbers as some contact has values."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from audiencevault.sources import table_spec
from audiencevault.sources.importer import Importer
from audiencevault.sources.table_spec import PointSpec, Spec
from audiencevault.sources.tabular import Placed, TableImporter

_NUMBERED: Final = re.compile(r"(email|phone) ([0-9]+)")


class WixImporter(TableImporter):
    """See the module."""

    def adapted(self, placed: Placed) -> Spec:
        """The spec with the second and further addresses and numbers; a status is about the first alone."""
        points = list(self.spec.points)
        for column in placed.head.columns:
            found = _NUMBERED.fullmatch(column.key)
            if found is not None and int(found[2]) > 1:
                points.append(PointSpec(f"{found[1]}_{found[2]}", found[1], (column.key,)))
        return replace(self.spec, points=tuple(points))


IMPORTERS: tuple[Importer, ...] = (WixImporter(table_spec.builtin("wix_contacts")),)
