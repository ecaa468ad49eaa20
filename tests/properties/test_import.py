"""What importing promises whatever the files hold: small invented shops, in any number of parts and any order."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audiencevault.audience import select
from audiencevault.cli.context import moment
from audiencevault.pipeline import ImportOptions, create_and_import, import_exports, rebuild
from audiencevault.pipeline.asking import relations
from audiencevault.vault import Vault
from audiencevault.vault.check import check
from tests.pipeline.running import NOW, day, mailchimp, shopify

AT = moment(NOW, "now")
EXAMPLES = 2 if os.environ.get("HYPOTHESIS_PROFILE") != "long" else 300
"""Each makes several vaults."""
NAMES = ("ida", "bo", "ylva")
DAYS = ("2026-06-01", "2026-07-01", "2026-08-01")

person = st.fixed_dictionaries(
    {
        "first": st.sampled_from(NAMES).map(str.title),
        "last": st.sampled_from(["Falk", "Berg"]),
        "email": st.sampled_from([f"{name}@example.com" for name in NAMES] + ["", "not an address"]),
        "yes": st.sampled_from(["yes", "no"]),
        "phone": st.sampled_from(["", "+12025550101", "202 555 0102"]),
    }
)
shop = st.tuples(st.just("shop"), st.sampled_from(DAYS), st.lists(person, min_size=1, max_size=3))
newsletter = st.tuples(
    st.just("list"), st.sampled_from(DAYS), st.dictionaries(st.sampled_from(NAMES), st.booleans(), min_size=1)
)
world = st.lists(st.one_of(shop, newsletter), min_size=2, max_size=3)


def written(root: Path, number: int, part: tuple[str, str, Any]) -> Path:
    kind, when, content = part
    if kind == "shop":
        people = [{"id": f"700{place}", **entry} for place, entry in enumerate(content)]
        return shopify(root / str(number), people, day(when))
    return mailchimp(
        root / str(number),
        day(when),
        subscribed=[f"{name}@example.com" for name, stays in content.items() if stays],
        unsubscribed={f"{name}@example.com": f"{when} 08:00:00" for name, stays in content.items() if not stays},
    )


def answers(vault: Path) -> dict[tuple[str, str, str], tuple[bool, str]]:
    """For every record that belongs to somebody, whether and why that person may be written to where."""
    opened = Vault.open(vault)
    with relations(opened.head()) as engine:
        asked = select(engine, controller_id="main", channels=("email", "sms"), as_of=AT, policy="auto")
        members = engine.collect("SELECT record_id, contact_id FROM members").to_pylist()
    states = {
        (row["contact_id"], row["channel"]): (mailable, row["point"] or "", row["reason"])
        for table, mailable in ((asked.rows, True), (asked.held_back, False))
        for row in table.to_pylist()
    }
    return {
        (member["record_id"], channel, states[member["contact_id"], channel][1]): (
            states[member["contact_id"], channel][0],
            states[member["contact_id"], channel][2],
        )
        for member in members
        for channel in ("email", "sms")
    }


def groups(vault: Path) -> set[frozenset[str]]:
    found: dict[str, set[str]] = {}
    for row in Vault.open(vault).table("members").to_pylist():
        found.setdefault(row["contact_id"], set()).add(row["record_id"])
    return {frozenset(group) for group in found.values()}


@given(world, st.randoms(use_true_random=False))
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_parts_and_order_make_no_difference(parts: list[tuple[str, str, Any]], dice: Any) -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        exports = [written(root, number, part) for number, part in enumerate(parts)]
        options = ImportOptions(region="US")
        create_and_import(root / "together", exports, options, now=AT, version="test")
        dice.shuffle(exports)
        for export in exports:
            create_and_import(root / "apart", [export], options, now=AT, version="test")

        assert groups(root / "apart") == groups(root / "together")
        assert answers(root / "apart") == answers(root / "together")

        vault = Vault.open(root / "apart")
        number = vault.head().number
        again = import_exports(vault, exports, options, now=AT, version="test")
        assert again.snapshot == number, "nothing new, no snapshot"
        assert {item.status for item in again.inputs} == {"unchanged"}
        assert rebuild(vault, now=AT, version="test").snapshot == number
        assert check(vault, read_data=True) == []


@given(world)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_withdrawal_outlives_whatever_comes(parts: list[tuple[str, str, Any]]) -> None:
    """Ida left the newsletter last; no other file, old or new, of any source makes her mailable."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        gone = mailchimp(root / "gone", day("2026-09-01"), unsubscribed={"ida@example.com": "2026-08-20 08:00:00"})
        others = [written(root, number, part) for number, part in enumerate(parts)]
        for exports in ([gone], others):
            create_and_import(root / "vault", exports, ImportOptions(region="US"), now=AT, version="test")
        with relations(Vault.open(root / "vault").head()) as engine:
            for policy in ("auto", "us_canspam"):
                asked = select(engine, controller_id="main", channels=("email",), as_of=AT, policy=policy)
                assert "ida@example.com" not in asked.rows.column("point").to_pylist()
