"""PayPal's activity download: who paid the owner.

Of completed payments that came in the payer is a customer, and the address that was paid is the owner's own.
"""

from __future__ import annotations

from dataclasses import replace

from audiencevault.sources import table_spec
from audiencevault.sources.importer import Importer
from audiencevault.sources.table_spec import Spec
from audiencevault.sources.tabular import Placed, TableImporter


class PaypalImporter(TableImporter):
    """See the module."""

    def adapted(self, placed: Placed) -> Spec:
        """German downloads write day first and a decimal comma."""
        if not placed.layout.name.endswith("German"):
            return self.spec
        return replace(self.spec, date_order="dmy", decimal="comma")


IMPORTERS: tuple[Importer, ...] = (PaypalImporter(table_spec.builtin("paypal_activity")),)
