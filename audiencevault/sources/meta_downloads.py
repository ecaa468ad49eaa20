"""The name that Meta gives a download: whose it is, and the day it was made.

`instagram-candle.shop-2025-10-05-aB3dE5.zip`, or the folder that it was unpacked into.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import NamedTuple

from audiencevault.export import Export


class Download(NamedTuple):
    """User name and day as the name says them; empty and None where it is another name."""

    handle: str = ""
    day: datetime | None = None


def named(export: Export, root: str, platform: str) -> Download:
    """What the folder `root` of an export, or the export itself, is called.

    >>> from pathlib import Path
    >>> named(Export(Path("instagram-Candle.Shop-2025-10-05-aB3.zip"), "zip", ()), "", "instagram").handle
    'candle.shop'
    """
    folder = root.strip("/").rpartition("/")[2] or export.path.name
    pattern = rf"{platform}-(?P<handle>[a-z0-9._]{{1,60}})-(?P<day>\d{{4}}-\d{{2}}-\d{{2}})(?:-.*)?"
    found = re.fullmatch(pattern, folder.removesuffix(".zip"), re.IGNORECASE)
    if found is None:
        return Download()
    try:
        day = datetime.fromisoformat(found["day"]).replace(tzinfo=UTC)
    except ValueError:
        # 2025-13-45: the user name still counts.
        day = None
    return Download(found["handle"].lower(), day)
