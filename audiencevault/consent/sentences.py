"""What an audience says in words: a sentence and a remedy for every kind of answer, and what mailbox providers may take
amiss.
"""

from __future__ import annotations

from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from audiencevault.consent.policy import Policy
from audiencevault.consent.reasons import explain


def sentences(kinds: list[dict[str, Any]], rules: Policy) -> pa.Table:
    """A sentence and a remedy for every kind of answer that occurs: there are few, however many people."""
    for kind in kinds:
        preset = rules.presets.get(kind["preset"])
        vouching = None
        if preset is not None and kind["reason"] == "NO_EVIDENCE" and kind["evidence_grade"] == "asserted":
            vouching = preset.consent_for(kind["channel"]).asserted
        named = kind["named"]
        kind["sentence"], kind["remedy"] = explain(
            kind["reason"],
            channel=kind["channel"],
            source=named.partition(":")[0] if named else None,
            preset_title=preset.title if preset else "",
            unknown_country=kind["preset"] == "strict" and kind["no_country"],
            asserted=vouching,
            unusable=kind["unusable"],
        )
    schema = pa.schema(
        [
            ("reason", pa.string()),
            ("channel", pa.string()),
            ("named", pa.string()),
            ("preset", pa.string()),
            ("no_country", pa.bool_()),
            ("evidence_grade", pa.string()),
            ("unusable", pa.bool_()),
            ("sentence", pa.string()),
            ("remedy", pa.string()),
        ]
    )
    return pa.Table.from_pylist(kinds, schema)


_DEAD: Final = ("bounced", "invalid")


def risks(rows: pa.Table, suppressed: pa.Table, warn_percent: int | None) -> tuple[str, ...]:
    """What mailbox providers may take amiss: of the addresses that were ever good enough to write to, so many are
    known to be dead that the rest of the list is likely to hold more.
    """
    if warn_percent is None:
        return ()
    mail = pc.and_(
        pc.equal(suppressed.column("channel"), "email"), pc.is_in(suppressed.column("state"), value_set=pa.array(_DEAD))
    )
    dead = pc.sum(mail).as_py() or 0
    good = pc.sum(pc.equal(rows.column("channel"), "email")).as_py() or 0
    if not good or dead * 100 <= warn_percent * (dead + good):
        return ()
    share = dead * 100 / (dead + good)
    said = f"{dead:,} of {dead + good:,} addresses ({share:.1f} per cent) are known to be dead and left out."
    advice = "Expect others among those that were not written to for long, and begin with a small part of the list."
    return (f"{said} {advice}",)
