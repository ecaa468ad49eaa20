from __future__ import annotations

from pathlib import Path

import pytest

from audiencevault.export import open_exports
from audiencevault.sources.importer import ImportContext, discover, identify
from audiencevault.sources.mastodon import MastodonImporter
from audiencevault.sources.testing import Reading, check_reading, extract


def read(root: Path, files: dict[str, str]) -> Reading:
    for name, content in files.items():
        (root / name).write_text(content, encoding="utf-8")
    (export,), _ = open_exports([root])
    (claim,) = MastodonImporter().identify(export)
    reading = extract(claim, ImportContext(account="shop@social.example"))
    assert check_reading(reading) == []
    return reading


def test_an_address_is_an_account_and_no_mail(tmp_path: Path) -> None:
    reading = read(tmp_path, {"followers.csv": "Account address\nIda@social.example\nshop@social.example\n"})
    assert [(p["kind"], p["raw"]) for points in reading.records.column("points").to_pylist() for p in points] == [
        ("account", "mastodon:ida@social.example")
    ]
    assert reading.skipped == {"owner": 1}


def test_followed_and_blocked_accounts_are_no_followers(tmp_path: Path) -> None:
    files = {
        "following_accounts.csv": "Account address,Show boosts\nida@social.example,true\n",
        "blocked_accounts.csv": "spam@example.net\n",
    }
    assert sorted(read(tmp_path, files).records.column("relationship").to_pylist()) == ["blocked", "following"]


def test_nobody_takes_muted_accounts_and_lists_for_mail(tmp_path: Path) -> None:
    files = {
        "muted_accounts.csv": "Account address,Hide notifications\nloud@example.net,true\n",
        "lists.csv": "Friends,ida@social.example\n",
        "some.csv": "Account address\nwho@example.org\n",
    }
    reading = read(tmp_path, files)
    assert reading.records.num_rows == 0
    assert reading.skipped == {"in_list": 1, "muted": 1, "not_said": 1}
    assert reading.claim.not_understood == ("some.csv",)
    exports, _ = open_exports([tmp_path])
    assert [claim.source for claim in identify(exports, discover())] == ["mastodon"]


@pytest.mark.parametrize("name", ["lists.csv", "customers.csv"])
def test_a_list_of_mail_is_not_mastodons(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("Ida,ida@example.com\n", encoding="utf-8")
    (export,), _ = open_exports([tmp_path])
    assert MastodonImporter().identify(export) == []
