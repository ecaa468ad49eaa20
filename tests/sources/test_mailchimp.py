from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from audiencevault.export import open_exports
from audiencevault.sources.importer import Claim, ImportContext, discover, identify
from audiencevault.sources.testing import Reading, check_reading, extract

HEAD = "E-post,Namn,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP"
TAIL = "LEID,EUID,NOTES,TAGS"
A, B, IP = "2025-01-05 10:00:00", "2025-01-05 10:07:31", "192.0.2.10"


def file(*rows: str, middle: str = "") -> str:
    header = ",".join(part for part in (HEAD, middle, TAIL) if part)
    return "\n".join([header, *(f'{row},{number},e{number},,"""vip"""' for number, row in enumerate(rows))]) + "\n"


def subscriber(opted: str, opted_ip: str, confirmed: str, confirmed_ip: str) -> str:
    return file(f"ida@example.com,Ida Falk,2,{opted},{opted_ip},{confirmed},{confirmed_ip}")


def claims(root: Path, files: dict[str, str], name: str = "audience_export_0a1b.zip") -> list[Claim]:
    with zipfile.ZipFile(root / name, "w") as archive:
        for member, content in files.items():
            archive.writestr(member, content)
    exports, errors = open_exports([root / name])
    assert errors == []
    return identify(exports, discover())


def read(root: Path, files: dict[str, str], name: str = "audience_export_0a1b.zip") -> Reading:
    (claim,) = claims(root, files, name)
    assert claim.source == "mailchimp.audience"
    reading = extract(claim, ImportContext())
    assert check_reading(reading) == []
    return reading


@pytest.mark.parametrize(
    ("cells", "event", "level", "at", "ip"),
    [
        ((A, IP, B, IP), "confirmed", "confirmed", B, IP),
        ((A, IP, B, ""), "granted", "unknown", B, IP),
        ((A, "", B, IP), "granted", "unknown", B, IP),
        ((A, IP, A, IP), "granted", "single", A, IP),
        ((A, IP, A, ""), "granted", "single", A, IP),
        ((A, "", A, ""), "observed", "unknown", A, None),
        (("", "", B, IP), "observed", "unknown", B, None),
        (("", "", B, ""), "observed", "unknown", B, None),
        (("", "", "", ""), "observed", "unknown", None, None),
    ],
)
def test_the_level_table(
    tmp_path: Path, cells: tuple[str, str, str, str], event: str, level: str, at: str | None, ip: str | None
) -> None:
    reading = read(tmp_path, {"subscribed_email_audience_export_0a1b.csv": subscriber(*cells)})
    (found,) = reading.events.to_pylist()
    assert (found["event_type"], found["opt_in_level"], found["occurred_raw"], found["ip"]) == (event, level, at, ip)
    assert found["state"] == ("subscribed" if event == "observed" else None)
    (record,) = reading.records.to_pylist()
    assert (record["points"][0]["raw"], record["full_name"], record["tags"]) == ("ida@example.com", "Ida Falk", ["vip"])
    assert not any("IP" in header for header, _ in record["extra"])


@pytest.mark.parametrize(
    ("name", "middle", "cell", "events"),
    [
        ("unsubscribed_email_audience_export_0a1b.csv", "UNSUB_TIME,UNSUB_REASON", f"{B},NORMAL", "withdrawn"),
        ("unsubscribed_members_export_0a1b.csv", "UNSUB_TIME,UNSUB_REASON", f"{B},Reported as spam", "complained"),
        ("cleaned_email_audience_export_0a1b.csv", "CLEAN_TIME", B, "suppressed"),
        ("nonsubscribed_email_audience_export_0a1b.csv", "", "", "observed never_subscribed"),
        # The columns are stricter than a wrong name.
        ("subscribed_email_audience_export_0a1b.csv", "UNSUB_TIME,UNSUB_REASON", f"{B},", "withdrawn"),
        ("subscribed_email_audience_export_0a1b.csv", "CLEAN_TIME", B, "suppressed"),
        ("renamed.csv", "UNSUB_TIME,UNSUB_REASON", f"{B},", "withdrawn"),
        ("renamed.csv", "CLEAN_TIME", B, "suppressed"),
        ("renamed.csv", "", "", "observed not_subscribed"),
    ],
)
def test_status_by_name_and_by_columns(tmp_path: Path, name: str, middle: str, cell: str, events: str) -> None:
    row = f"ida@example.com,Ida Falk,2,{A},{IP},{B},{IP}" + (f",{cell}" if middle else "")
    reading = read(tmp_path, {name: file(row, middle=middle)})
    (found,) = reading.events.to_pylist()
    assert f"{found['event_type']} {found['state'] or ''}".strip() == events
    if found["event_type"] == "suppressed":
        assert (found["detail"], found["actor"]) == ("cleaned", "provider")
    if middle:
        assert found["occurred_raw"] == B


def test_cleaned_people_are_never_revived(tmp_path: Path) -> None:
    rows = f"gone@example.com,Ida Falk,2,{A},{IP},{B},{IP},{B}"
    reading = read(tmp_path, {"cleaned_email_audience_export_0a1b.csv": file(rows, middle="CLEAN_TIME")})
    assert {row["event_type"] for row in reading.events.to_pylist()} == {"suppressed"}


def test_a_lost_name_says_so(tmp_path: Path) -> None:
    (claim,) = claims(tmp_path, {"list.csv": subscriber(A, IP, B, IP)})
    assert claim.present == ("unknown",)
    assert "tell subscribed from non-subscribed" in claim.notes[0]


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    row = f"ida@example.com,Ida Falk,2,{A},{IP},{B},{IP}"
    files = {
        "subscribed_email_audience_export_0a1b.csv": file(row),
        "cleaned_email_audience_export_0a1b.csv": file(f"{row},{B}", middle="CLEAN_TIME"),
    }
    (claim,) = claims(tmp_path, files)
    assert (claim.present, claim.absent) == (("subscribed", "cleaned"), ("unsubscribed", "nonsubscribed"))
    assert any("opt-outs" in note for note in claim.notes)


def test_only_a_whole_named_audience_shows_who_is_gone(tmp_path: Path) -> None:
    row = f"ida@example.com,Ida Falk,2,{A},{IP},{B},{IP}"
    files = {
        "subscribed_email_audience_export_0a1b.csv": file(row),
        "unsubscribed_email_audience_export_0a1b.csv": file(f"{row},{B},", middle="UNSUB_TIME,UNSUB_REASON"),
        "cleaned_email_audience_export_0a1b.csv": file(f"{row},{B}", middle="CLEAN_TIME"),
    }
    named = read(tmp_path, files, "Candle News_audience_export_0a1b.zip")
    assert named.coverage == {"mailchimp.audience": True}
    assert {row["list_scope"] for row in named.events.to_pylist()} == {"Candle News"}
    assert {row["account"] for row in named.records.to_pylist()} == {"Candle News"}
    assert read(tmp_path, files).coverage == {"mailchimp.audience": False}
    files["cleaned_email_audience_export_0a1b.csv"] += "one cell\n"
    assert read(tmp_path, files, "Candle News_audience_export_0a1b.zip").coverage == {"mailchimp.audience": False}


def test_two_audiences_in_one_folder_are_two_claims(tmp_path: Path) -> None:
    content = subscriber(A, IP, B, IP)
    found = claims(
        tmp_path,
        {
            f"{audience}_subscribed_email_audience_export_{batch}.csv": content
            for audience, batch in [("News", "0a1b"), ("Trade", "0c1d")]
        },
        "both.zip",
    )
    assert [claim.account for claim in found] == ["News", "Trade"]


def test_another_tool_with_the_same_time_columns_is_not_ours(tmp_path: Path) -> None:
    content = f"Email,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP\nida@example.com,{A},{IP},{B},{IP}\n"
    assert [claim.source for claim in claims(tmp_path, {"subscribed.csv": content})] == ["table.generic"]


def test_an_sms_file_that_is_not_understood_is_named(tmp_path: Path) -> None:
    files = {
        "subscribed_email_audience_export_0a1b.csv": subscriber(A, IP, B, IP),
        "sms_only_audience_export_0a1b.csv": "A,B\n1,2\n",
    }
    (claim,) = claims(tmp_path, files)
    assert claim.not_understood == ("sms_only_audience_export_0a1b.csv",)


def test_an_opt_out_by_the_owner_is_told_from_ones_own(tmp_path: Path) -> None:
    row = f"ida@example.com,Ida,2,{A},{IP},{B},{IP},{B},N/A (Unsubscribed by an admin)"
    reading = read(tmp_path, {"unsubscribed_x.csv": file(row, middle="UNSUB_TIME,UNSUB_REASON")})
    (found,) = reading.events.to_pylist()
    assert (found["event_type"], found["actor"]) == ("withdrawn", "controller_user")
