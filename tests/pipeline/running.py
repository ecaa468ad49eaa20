"""The whole program, called as a person calls it, but in this process; and small exports to call it with."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

from audiencevault.cli.main import run
from audiencevault.vault import Vault

NOW = "2026-11-21T12:00:00+00:00"
KEY = "5e" * 32
"""One key for every vault: the same bytes in each run, and nothing outside the test's own directory."""
ROOT = Path(__file__).parent.parent.parent
SAMPLES = ROOT / "sample_exports"
DOWNLOADED = datetime(2026, 11, 10, 8, 0, tzinfo=UTC)
"""When the loose files of the samples were downloaded; the ZIPs say so themselves."""
DOWNLOADED_EARLIER = {"customers_export_2021.csv": datetime(2021, 6, 1, 12, 0, tzinfo=UTC)}


@dataclass(frozen=True)
class Answer:
    """What one command line gave."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """Standard output, which must be exactly one JSON document."""
        document: dict[str, Any] = json.loads(self.out)
        assert document["schema"] == 1
        return document


def av(
    *arguments: object, now: str = NOW, expect: int | None = 0, variables: Mapping[str, str] | None = None
) -> Answer:
    """Run one command line with a fixed clock; `expect` is the exit code that it must have, None for any. `variables`
    stand in the environment besides.
    """
    out, err = io.StringIO(), io.StringIO()
    environment = {key: value for key, value in os.environ.items() if not key.startswith("AUDIENCEVAULT_")}
    with (
        mock.patch.dict(
            os.environ,
            {**environment, "AUDIENCEVAULT_KEY": KEY, "AUDIENCEVAULT_NOW": now, **(variables or {})},
            clear=True,
        ),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        code = run([str(argument) for argument in arguments])
    answer = Answer(code, out.getvalue(), err.getvalue())
    assert expect is None or code == expect, f"exit code {code}\n{answer.out}\n{answer.err}"
    return answer


def av_json(
    *arguments: object, now: str = NOW, expect: int | None = 0, variables: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The JSON document of one command."""
    answer = av(*arguments, "--json", now=now, expect=expect, variables=variables)
    assert answer.err == ""
    return answer.json


def copy_of_samples(target: Path) -> Path:
    """The sample exports at `target`, with dates that do not depend on when they were checked out."""
    shutil.copytree(SAMPLES, target, ignore=shutil.ignore_patterns("story", "*.py", "*.md", "__pycache__"))
    for path in target.rglob("*"):
        if path.is_file():
            stamp(path, DOWNLOADED_EARLIER.get(path.name, DOWNLOADED))
    return target


def stamp(path: Path, when: datetime) -> Path:
    """Give a file its date."""
    os.utime(path, (when.timestamp(), when.timestamp()))
    return path


def day(text: str) -> datetime:
    """Noon of a day."""
    return datetime.fromisoformat(f"{text}T12:00:00+00:00")


def files_of(vault: Path) -> dict[str, list[str]]:
    """The data files of the newest snapshot by table; their names are their contents' hashes."""
    return {
        table: [Path(path).name for path in paths]
        for table, paths in av_json("status", "--vault", vault, "--files")["files"].items()
    }


def rows(vault: Path, table: str) -> list[dict[str, Any]]:
    """A table of the newest snapshot."""
    found: list[dict[str, Any]] = Vault.open(vault).table(table).to_pylist(maps_as_pydicts="strict")
    return found


def tree(root: Path) -> set[str]:
    """Every path below `root`."""
    return {str(path.relative_to(root)) for path in root.rglob("*")}


@contextlib.contextmanager
def nothing_else_written(root: Path, *allowed: Path) -> Iterator[None]:
    """Fails if a file below `root` comes into being outside `allowed`."""
    before = tree(root)
    yield
    inside = [str(path.relative_to(root)) for path in allowed]
    new = {path for path in tree(root) - before if not any(path == a or path.startswith(a + "/") for a in inside)}
    assert new == set()


# Small exports

CUSTOMER_COLUMNS = (
    "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,Default Address Address1,"
    "Default Address Address2,Default Address City,Default Address Province Code,Default Address Country Code,"
    "Default Address Zip,Default Address Phone,Phone,Accepts SMS Marketing,Total Spent,Total Orders,Note,Tax Exempt,"
    "Tags"
)
MAILCHIMP_COLUMNS = (
    "Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LATITUDE,LONGITUDE,"
    "GMTOFF,DSTOFF,TIMEZONE,CC,REGION,LAST_CHANGED"
)


def shopify(
    folder: Path, people: Sequence[Mapping[str, str]], when: datetime, name: str = "customers_export.csv"
) -> Path:
    """A Shopify customers file; `people` have `id`, `first`, `last`, `email` and perhaps `yes`, `phone`, `country`."""
    lines = [CUSTOMER_COLUMNS]
    lines.extend(
        f"'{person['id']},{person['first']},{person['last']},{person.get('email', '')},{person.get('yes', 'yes')},,"
        f"1 Quay Lane,,{person.get('city', 'Portland')},,{person.get('country', 'US')},,,"
        f"{person.get('phone', '')},no,{person.get('spent', '10.00')},1,,no,"
        for person in people
    )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return stamp(path, when)


def mailchimp(
    folder: Path, when: datetime, *, subscribed: Sequence[str] = (), unsubscribed: Mapping[str, str] | None = None
) -> Path:
    """A Mailchimp audience as a folder; `unsubscribed` maps an address to the time of leaving."""
    folder.mkdir(parents=True, exist_ok=True)
    yes, no = [MAILCHIMP_COLUMNS + ",LEID,EUID,NOTES,TAGS"], [MAILCHIMP_COLUMNS + ",UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,"
               "UNSUB_CAMPAIGN_ID,UNSUB_REASON,UNSUB_REASON_OTHER,LEID,EUID,NOTES,TAGS"]  # fmt: skip
    dates = '2,"2025-01-05 10:00:00",192.0.2.10,"2025-01-05 10:07:31",192.0.2.10,,,,,,US,OR,"2025-02-01 00:00:00"'
    for number, address in enumerate(subscribed):
        yes.append(f"{address},{address[:3].title()},Quill,{dates},9{number:05},ab{number:08},,")
    for number, (address, left) in enumerate((unsubscribed or {}).items()):
        no.append(f'{address},{address[:3].title()},Quill,{dates},"{left}",May,c1,NORMAL,,8{number:05},cd{number:08},,')
    for status, lines in (("subscribed", yes), ("unsubscribed", no)):
        if len(lines) > 1:
            path = folder / f"{status}_email_audience_export_0a1b2c3d4e.csv"
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")
            stamp(path, when)
    return folder


def instagram(
    folder: Path,
    when: datetime,
    *,
    followers: Mapping[str, int],
    following: Sequence[str] = (),
    blocked: Sequence[str] = (),
    owner: str = "wickandwax",
) -> Path:
    """An Instagram download as a folder; `followers` maps a handle to the second of following."""
    ties = folder / "connections" / "followers_and_following"
    ties.mkdir(parents=True, exist_ok=True)

    def entry(handle: str, second: int) -> dict[str, Any]:
        return {
            "title": "",
            "media_list_data": [],
            "string_list_data": [
                {"href": f"https://www.instagram.com/{handle}", "value": handle, "timestamp": second}
            ],
        }  # fmt: skip

    def named(handle: str) -> dict[str, Any]:
        link = {"href": f"https://www.instagram.com/_u/{handle}", "timestamp": 1_700_000_000}
        return {"title": handle, "media_list_data": [], "string_list_data": [link]}

    contents: dict[Path, Any] = {
        ties / "followers_1.json": [entry(handle, second) for handle, second in followers.items()],
        ties / "following.json": {"relationships_following": [named(handle) for handle in following]},
        ties / "blocked_profiles.json": {"relationships_blocked_users": [named(handle) for handle in blocked]},
        folder / "personal_information" / "personal_information" / "personal_information.json": {
            "profile_user": [
                {
                    "title": "User Information",
                    "media_map_data": {},
                    "string_map_data": {
                        "Email": {"href": "", "value": f"{owner}@example.com", "timestamp": 0},
                        "Username": {"href": "", "value": owner, "timestamp": 0},
                        "Name": {"href": "", "value": "Wick and Wax", "timestamp": 0},
                    },
                }
            ]
        },
    }
    for path, content in contents.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content), encoding="ascii")
        stamp(path, when)
    return folder


def table(path: Path, text: str, when: datetime = DOWNLOADED) -> Path:
    """Any file with its date."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return stamp(path, when)


PEOPLE = (
    "Email,First Name,Last Name,Phone\n"
    "ida@example.com,Ida,Falk,+1 202-555-0111\n"
    "bo@example.org,Bo,Berg,\n"
    "ylva@example.net,Ylva,Sund,+1 202-555-0112\n"
)
"""A small table of people."""

SPEC = """
source = "club.members"
title = "List of a club"
relationship = "member"
key = [["Nr"]]

[[layouts]]
name = "typed by hand"
require = ["Nr", "Wer", "Mail"]

[columns]
full_name = "Wer"

[[points]]
kind = "email"
columns = "Mail"
"""
CLUB = "Nr,Wer,Mail,Farbe\n1,Ida Falk,ida@example.com,rot\n2,Bo Berg,bo@example.org,blau\n"
"""A table of one's own, and its description."""
