"""Accounts as importers pass them on."""

from __future__ import annotations

import pyarrow as pa
import pytest

from audiencevault.normalise import account


@pytest.mark.parametrize(
    ("raw", "point", "reason"),
    [
        ("instagram:ida.falk", "instagram:ida.falk", None),
        ("Instagram: @Ida.Falk ", "instagram:ida.falk", None),
        ("instagram:https://www.instagram.com/ida.falk/?hl=de", "instagram:ida.falk", None),
        ("linkedin:https://www.linkedin.com/in/Ida-Falk-0000/", "linkedin:ida-falk-0000", None),
        ("mastodon:ida@shop.example", "mastodon:ida@shop.example", None),
        ("x:0012025550147", "x:0012025550147", None),
        ("telegram:İda", "telegram:i̇da", None),
        (None, None, "empty"),
        ("ida.falk", None, "no_platform"),
        ("https://www.instagram.com/ida.falk", None, "no_platform"),
        ("instagram:@", None, "no_handle"),
        ("instagram:Ida Falk", None, "blank_inside"),
        ("instagram:instagramuser", None, "placeholder"),
        ("instagram:__deleted__17841400000", None, "placeholder"),
        ("x:" + "a" * 300, None, "too_long"),
    ],
)
def test_accounts(raw, point, reason) -> None:
    found = account.normalise(pa.array([raw], pa.string())).to_pylist()[0]
    assert (found["point"], found["reason"], found["valid"]) == (point, reason, reason is None)
    assert reason is None or account.REASONS[reason].endswith(".")
