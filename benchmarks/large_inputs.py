"""`make bench`: the largest exports that people have, each imported into a new vault in its own process.

Followers of two platforms (1.2 million each), a Takeout of 2 GB, a shop's orders with five million lines. What
counts is that memory stays bounded: everything is to stay well under 2 GB. A share makes all of them smaller.
"""

from __future__ import annotations

import csv
import io
import json
import random
import resource
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.audience import FIRST, SYLLABLES
from benchmarks.end_to_end import DATA

MEGABYTE = 1 << 20
FOLLOWERS = 1_200_000
TAKEOUT_MEGABYTES = 2_048
SUBSCRIPTIONS = 2_000
ORDER_LINES = 5_000_000
LINES_OF_AN_ORDER = 2
ORDERS_OF_A_BUYER = 4

ORDER_COLUMNS = (
    "Name", "Email", "Financial Status", "Paid at", "Fulfillment Status", "Currency", "Subtotal", "Total",
    "Created at", "Lineitem quantity", "Lineitem name", "Lineitem price", "Billing Name", "Billing Address1",
    "Billing City", "Billing Zip", "Billing Country", "Shipping Name", "Shipping Address1", "Shipping City",
    "Shipping Zip", "Shipping Country", "Payment Method", "Tags", "Accepts Marketing", "Id",
)  # fmt: skip


def tiktok(folder: Path, share: float) -> None:
    """A JSON download of 2025."""
    with (folder / "user_data_tiktok.json").open("w") as file:
        file.write('{"Profile And Settings": {"Follower": {"FansList": [')
        for number in range(round(FOLLOWERS * share)):
            fan = {"Date": f"2025-09-{number % 28 + 1:02} 03:38:40", "UserName": f"fan_{number:07}"}
            file.write((",\n" if number else "\n") + json.dumps(fan))
        file.write("\n]}}}")


def instagram(folder: Path, share: float) -> None:
    """A JSON download with its followers in files of a hundred thousand."""
    place = folder / "connections" / "followers_and_following"
    place.mkdir(parents=True)
    total = round(FOLLOWERS * share)
    for part, start in enumerate(range(0, total, 100_000), start=1):
        rows = [
            {
                "title": "",
                "media_list_data": [],
                "string_list_data": [
                    {
                        "href": f"https://www.instagram.com/fan.{number:07}",
                        "value": f"fan.{number:07}",
                        "timestamp": 1_600_000_000 + number,
                    }
                ],
            }
            for number in range(start, min(start + 100_000, total))
        ]
        (place / f"followers_{part}.json").write_text(json.dumps(rows))


def takeout(folder: Path, share: float) -> None:
    """A ZIP of videos, with the subscriptions among them."""
    chance = random.Random(1)
    with zipfile.ZipFile(folder / "takeout-20261101T100000Z-001.zip", "w") as archive:
        base = "Takeout/YouTube and YouTube Music"
        rows = "".join(
            f"UC{number:022},http://www.youtube.com/channel/UC{number:022},Channel {number}\n"
            for number in range(SUBSCRIPTIONS)
        )
        archive.writestr(f"{base}/subscriptions/subscriptions.csv", "Channel Id,Channel Url,Channel Title\n" + rows)
        noise = chance.randbytes(MEGABYTE)
        for number in range(max(1, round(TAKEOUT_MEGABYTES * share) // 64)):
            with archive.open(f"{base}/videos/clip {number}.mp4", "w") as video:
                for _ in range(64):
                    video.write(noise)


def orders(folder: Path, share: float) -> None:
    """A shop's orders, two lines each; every buyer comes again."""
    lines = round(ORDER_LINES * share)
    buyers = max(1, lines // LINES_OF_AN_ORDER // ORDERS_OF_A_BUYER)
    with (folder / "orders_export_1.csv").open("w", newline="") as file:
        file.write(",".join(ORDER_COLUMNS) + "\n")
        for start in range(0, lines, 20_000):
            file.write(_written(_order_rows(start, min(start + 20_000, lines), buyers)))


def _order_rows(start: int, stop: int, buyers: int) -> Iterator[tuple[object, ...]]:
    for line in range(start, stop):
        order = line // LINES_OF_AN_ORDER
        buyer = order % buyers
        mail, name = f"buyer{buyer}@example.com", f"#{1000 + order}"
        if line % LINES_OF_AN_ORDER:
            yield (name, mail, *[""] * 6, _moment(order), 1, "Beeswax tin", "9.00", *[""] * 14)
        else:
            address = (
                _name(buyer), f"{buyer % 900 + 1} Quay Lane", "Portland", f"{buyer % 90_000 + 10_000}", "US",
            )  # fmt: skip
            yield (
                name, mail, "paid", _moment(order), "fulfilled", "USD", "38.00", "42.00",
                _moment(order), 1, "Oak bowl", "33.00", *address, *address,
                "Card", "wholesale, spring", "yes" if buyer % 2 else "no", 5_000_000_000 + order,
            )  # fmt: skip


def _name(buyer: int) -> str:
    number, parts = buyer * 7919, list[str]()
    for _ in range(3):
        number, part = divmod(number, len(SYLLABLES))
        parts.append(SYLLABLES[part])
    return f"{FIRST[buyer % len(FIRST)]} {''.join(parts).title()}"


def _moment(order: int) -> str:
    return f"2026-{order % 9 + 1:02}-{order % 28 + 1:02} {order % 24:02}:11:02 +0000"


def _written(rows: Iterator[tuple[object, ...]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


INPUTS: dict[str, Callable[[Path, float], None]] = {
    "tiktok": tiktok,
    "instagram": instagram,
    "takeout": takeout,
    "orders": orders,
}


def measure(folder: Path, vault: Path) -> dict[str, object]:
    """Import `folder` into a new vault in this process; nothing is asked of the vault, which is measured elsewhere."""
    from audiencevault import __version__, pipeline

    start, computed = time.perf_counter(), time.process_time()
    result = pipeline.create_and_import(
        vault, [folder], pipeline.ImportOptions(region="US"), now=datetime.now(UTC), version=__version__
    )
    rows = sum(item.rows for item in result.inputs)
    seconds = time.perf_counter() - start
    return {
        "seconds": round(seconds, 1),
        "cpu_seconds": round(time.process_time() - computed, 1),
        "rows_per_second": round(rows / seconds),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "rows": rows,
        "contacts": result.contacts_after,
    }


def run(name: str, share: float, data: Path) -> dict[str, object]:
    """Make the input `name` if it is not there, import it in a process of its own, and say what that took."""
    folder, vault = data / f"large-{name}-{share:g}", data / f"vault-{name}"
    if not folder.exists():
        made = data / f"making-{name}"
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir(parents=True)
        INPUTS[name](made, share)
        made.rename(folder)
    shutil.rmtree(vault, ignore_errors=True)
    try:
        answer = subprocess.run(
            [sys.executable, "-m", "benchmarks.large_inputs", "--measure", str(folder), str(vault)],
            check=True,
            capture_output=True,
            text=True,
        )
    finally:
        shutil.rmtree(vault, ignore_errors=True)
    figures: dict[str, object] = json.loads(answer.stdout)
    return figures


def main(arguments: list[str]) -> None:
    """`[SHARE] [NAME...]`: all inputs whole, unless a share of them or some of their names are given."""
    if arguments[:1] == ["--measure"]:
        print(json.dumps(measure(Path(arguments[1]), Path(arguments[2]))))
        return
    names = [word for word in arguments if word in INPUTS] or list(INPUTS)
    share = next((float(word) for word in arguments if word not in INPUTS), 1.0)
    for name in names:
        figures = run(name, share, DATA)
        print(f"{name:>10}: " + ", ".join(f"{key} {value}" for key, value in figures.items()))


if __name__ == "__main__":
    main(sys.argv[1:])
