"""PayPal's activity download: who paid the owner.

Of completed payments that came in the payer is a customer, and the address that was paid is the owner's own.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pyarrow.compute as pc

from audiencevault.records import Extracted, OwnerPoint
from audiencevault.sources import table_spec
from audiencevault.sources.importer import Importer
from audiencevault.sources.table_purchases import PurchasesReader
from audiencevault.sources.table_rows import Rows
from audiencevault.sources.table_spec import Spec
from audiencevault.sources.tabular import Placed, TableImporter

_PAID_TO: Final = ("to email address", "empfänger e-mail-adresse")


class PaypalReader(PurchasesReader):
    """Reads one download; whom it paid becomes an owner's point, once."""

    also_read = _PAID_TO

    def also(self, rows: Rows, step: Extracted) -> Extracted:
        """`step` with the owner's addresses, which no record holds."""
        told: set[str] = self.__dict__.setdefault("_told", set())
        found = {mail.lower() for mail in pc.unique(rows.get(*_PAID_TO)).to_pylist() if mail} - told
        told |= found
        return replace(step, owner=tuple(OwnerPoint(self.spec.source, "email", mail) for mail in sorted(found)))


class PaypalImporter(TableImporter):
    """See the module."""

    reader = PaypalReader

    def adapted(self, placed: Placed) -> Spec:
        """German downloads write day first and a decimal comma."""
        if not placed.layout.name.endswith("German"):
            return self.spec
        return replace(self.spec, date_order="dmy", decimal="comma")


IMPORTERS: tuple[Importer, ...] = (PaypalImporter(table_spec.builtin("paypal_activity")),)
