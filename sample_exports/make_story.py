"""Writes the sample exports of this folder: `python sample_exports/make_story.py` gives the same bytes every time.

`--out DIR` writes somewhere else; `--truth FILE` also writes which row of which file is which person.
ZIPs are stored, not deflated: compressed bytes differ between versions of zlib.
"""

# ruff: noqa: E402  the imports below follow a setting for them
from __future__ import annotations

import argparse
import sys
from pathlib import Path

# This folder is read as exports: it must not fill with compiled modules.
sys.dont_write_bytecode = True

from story.shop import mailchimp, market_stall, meta_leads, shopify_customers, shopify_customers_2021, shopify_orders
from story.social import instagram, linkedin, vcard
from story.telling import Story, table


def tell() -> Story:
    """The whole story in memory."""
    story = Story()
    shopify_customers(story, shopify_orders(story))
    shopify_customers_2021(story)
    mailchimp(story)
    meta_leads(story)
    instagram(story)
    linkedin(story)
    vcard(story)
    market_stall(story)
    return story


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    parser.add_argument("--truth", type=Path)
    arguments = parser.parse_args()
    story = tell()
    for name, data in story.files.items():
        target = arguments.out / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    if arguments.truth:
        rows = sorted(story.truth, key=lambda row: (row[0], row[1], row[2], row[3]))
        arguments.truth.write_bytes(table("person,source,file,row,key", rows).encode())
    print(f"{len(story.people)} people in {len(story.files)} files, {sum(map(len, story.files.values())):,} bytes")


if __name__ == "__main__":
    main()
