"""WooCommerce's customers: the shop writes the header in the language of its site, the columns stay the same.

An English header is told by its words; any other by what its columns hold, in the order that the shop has them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from audiencevault.export import Member
from audiencevault.sources import table_reader, table_spec
from audiencevault.sources.importer import Importer
from audiencevault.sources.table_spec import LayoutSpec, Spec
from audiencevault.sources.tabular import Placed, TableImporter

_ORDER: Final = (
    "name",
    "username",
    "last active",
    "sign up",
    "email",
    "orders",
    "total spend",
    "aov",
    "country / region",
    "city",
    "region",
    "postal code",
    "billing phone",
    "shipping phone",
    "role",
)
_SHORTEST: Final = 12
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d(?: \d{1,2}:\d\d:\d\d)?")
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_FORMS: Final = {"last active": _DATE, "sign up": _DATE, "orders": re.compile(r"\d+"), "total spend": _NUMBER,
                 "aov": _NUMBER, "country / region": _COUNTRY}  # fmt: skip
_ENOUGH: Final = ("email", "orders", "total spend", "aov", "country / region")
"""Columns that must be filled somewhere, so that an empty column proves nothing."""
_TRANSLATED: Final = LayoutSpec("analytics customers, header in another language", ())


class WooCommerceImporter(TableImporter):
    """See the module."""

    def placed(self, member: Member, encoding: str | None = None) -> Placed | None:
        """By the words of the header, else by the forms of the columns."""
        found = super().placed(member, encoding)
        if found is not None or table_reader.is_sheet_name(member):
            return found
        head = table_reader.sniff(member, encoding=encoding)
        if head is None or head.header is None or not _SHORTEST <= len(head.columns) <= len(_ORDER):
            return None
        rows = [row for row in head.sample if len(row) == len(head.columns) and any(cell.strip() for cell in row)]
        return Placed(member, head, _TRANSLATED) if _fits(rows) else None

    def adapted(self, placed: Placed) -> Spec:
        """The spec with the file's own words in the places of the English ones."""
        if placed.layout is not _TRANSLATED:
            return self.spec
        own = {english: column.key for english, column in zip(_ORDER, placed.head.columns, strict=False)}

        def said(keys: Sequence[str]) -> tuple[str, ...]:
            return tuple(own[key] for key in keys if key in own)

        spec = self.spec
        return replace(
            spec,
            key=tuple(said(group) for group in spec.key),
            columns={field: found for field, keys in spec.columns.items() if (found := said(keys))},
            points=tuple(replace(point, columns=found) for point in spec.points if (found := said(point.columns))),
            strip_apostrophe=frozenset(said(sorted(spec.strip_apostrophe))),
            activity=tuple(
                replace(
                    one,
                    positive=said(one.positive),
                    points=tuple(name for name in one.points if said(spec.point(name).columns)),
                )
                for one in spec.activity
            ),
        )


def _fits(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the columns of these rows hold what the shop's columns hold."""
    for place, name in enumerate(_ORDER[:_SHORTEST]):
        cells = [cell for row in rows if (cell := row[place].strip())]
        if name in _ENOUGH and not cells:
            return False
        if name == "email" and not all(map(table_reader.looks_like_email, cells)):
            return False
        if name in _FORMS and not all(_FORMS[name].fullmatch(cell) for cell in cells):
            return False
    return True


IMPORTERS: tuple[Importer, ...] = (WooCommerceImporter(table_spec.builtin("woocommerce_customers")),)
