from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audiencevault.export import open_exports
from audiencevault.sources import linkedin_files, linkedin_messages
from audiencevault.sources.importer import Claim, ImportContext
from audiencevault.sources.linkedin import LinkedInImporter
from audiencevault.sources.testing import Reading, check_reading, extract

HEADER = "First Name,Last Name,URL,Email Address,Company,Position,Connected On\n"
IDA = "Ida,Falk,https://www.linkedin.com/in/ida-falk-0000,ida@example.com,Example AB,Buyer,04 Mar 2024\n"
ME = "https://www.linkedin.com/in/sam-shop-9999"


def claims(root: Path, files: dict[str, str | bytes]) -> list[Claim]:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    exports, errors = open_exports([root])
    assert errors == []
    return [claim for export in exports for claim in LinkedInImporter().identify(export)]


def read(root: Path, files: dict[str, str | bytes], **settings: str) -> Reading:
    (claim,) = claims(root, files)
    reading = extract(claim, ImportContext(**settings))
    assert check_reading(reading) == []
    return reading


@pytest.mark.parametrize(
    ("before", "row"),
    [
        ("", 2),
        ('Notes:\n"A sentence, with a comma."\n\n', 5),
        ('Notes:\n"A sentence."\n', 4),
        ('Notes:\n"A sentence\nover two lines."\n\n', 5),
        ("\ufeff", 2),
    ],
)
def test_header_row_is_found_wherever_it_is(tmp_path: Path, before: str, row: int) -> None:
    reading = read(tmp_path, {"Connections.csv": before + HEADER + IDA})
    (record,) = reading.records.to_pylist()
    assert record["source_key"] == "ida-falk-0000"
    assert record["locator"] == f"row {row}"
    assert [point["raw"] for point in record["points"]] == ["ida@example.com", "linkedin:ida-falk-0000"]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n").encode("utf-8-sig"),
        lambda text: text.replace(",", ";").encode(),
        lambda text: text.replace(",", "\t").encode("utf-16"),
        lambda text: text.rstrip("\n").encode(),
        lambda text: text.replace("Ida", "Zoë").encode("cp1252"),
    ],
)
def test_a_file_saved_again_by_a_spreadsheet_reads_the_same(tmp_path: Path, change: object) -> None:
    assert callable(change)
    reading = read(tmp_path, {"Connections (1).csv": change(HEADER + IDA)})
    (record,) = reading.records.to_pylist()
    assert record["first_name"] in ("Ida", "Zoë")
    assert record["last_name"] == "Falk"
    assert record["first_seen_at"] == datetime(2024, 3, 4, tzinfo=UTC)


def test_email_of_a_connection_is_a_relationship_and_nothing_more(tmp_path: Path) -> None:
    events = read(tmp_path, {"Connections.csv": HEADER + IDA}).events.to_pylist()
    assert [(event["point_kind"], event["event_type"], event["detail"]) for event in events] == [
        ("email", "relationship", "connection"),
        ("account", "relationship", "connection"),
    ]
    assert {event["occurred_precision"] for event in events} == {"day"}


def test_rows_with_only_a_date_are_hidden_accounts(tmp_path: Path) -> None:
    reading = read(tmp_path, {"Connections.csv": HEADER + IDA + ",,,,,,05 Mar 2024\n,,,,Company only,,05 Mar 2024\n"})
    assert reading.skipped == {"hidden_account": 1}
    assert reading.rejects["code"].to_pylist() == ["nobody"]
    assert reading.coverage == {"linkedin.connections": False}
    assert reading.rows == 3


def test_names_with_commas_stay_whole_and_same_names_stay_apart(tmp_path: Path) -> None:
    header = "First Name,Last Name,Email Address,Company,Position,Connected On\n"
    rows = 'Ida,"Hale, PhD",,,,04 Mar 2020\nIda,"Hale, PhD",,,,05 Mar 2020\n'
    reading = read(tmp_path, {"Connections.csv": header + rows})
    assert reading.records["last_name"].to_pylist() == ["Hale, PhD", "Hale, PhD"]
    assert len(set(reading.records["record_id"].to_pylist())) == 2


@pytest.mark.parametrize(
    ("url", "slug"),
    [
        ("https://www.linkedin.com/in/Ida-Falk-0000/", "ida-falk-0000"),
        ("https://de.linkedin.com/in/ida?trk=1#x", "ida"),
        ("www.linkedin.com/in/ida", "ida"),
        ("https://www.linkedin.com/in/ren%C3%A9", "rené"),
        ("https://www.linkedin.com/company/ida", None),
        ("https://linkedin.com.example.com/in/ida", None),
        ("https://www.linkedin.com/in/%20", None),
        ("https://[::1", None),
        ("", None),
    ],
)
def test_slug(url: str, slug: str | None) -> None:
    assert linkedin_files.slug(url) == slug


@given(st.text(max_size=40))
def test_no_text_breaks_the_readers_of_cells(text: str) -> None:
    linkedin_files.slug(text)
    linkedin_files.day(text, None)
    linkedin_files.instant(text)
    linkedin_files.order_of([text])


@pytest.mark.parametrize(
    ("written", "order", "day"),
    [
        ("04 Mar 2024", None, "2024-03-04"),
        ("4-Apr-21", None, "2021-04-04"),
        ("2024-03-04", None, "2024-03-04"),
        ("1/29/26, 2:37 PM", None, "2026-01-29"),
        ("29/1/26", None, "2026-01-29"),
        ("3/4/26", None, None),
        ("3/4/26", "mdy", "2026-03-04"),
        ("3/4/26", "dmy", "2026-04-03"),
        ("31 Feb 2024", None, None),
        ("05 März 2024", None, None),
        ("99/99/2024", None, None),
        ("", None, None),
    ],
)
def test_days(written: str, order: str | None, day: str | None) -> None:
    found = linkedin_files.day(written, order)
    assert (found.date().isoformat() if found else None) == day


def test_ambiguous_dates_are_decided_by_the_whole_column_or_by_the_person(tmp_path: Path) -> None:
    first, second = IDA.replace("04 Mar 2024", "4/3/24"), "Bo,Hale,,,,,29/3/24\n"
    decided = read(tmp_path / "a", {"Connections.csv": HEADER + first + second})
    assert decided.records["first_seen_at"].to_pylist() == [
        datetime(2024, 3, 4, tzinfo=UTC), datetime(2024, 3, 29, tzinfo=UTC)
    ]  # fmt: skip
    open_ = read(tmp_path / "b", {"Connections.csv": HEADER + first})
    assert open_.records["first_seen_at"].to_pylist() == [None]
    assert open_.records["extra"].to_pylist() == [[("Connected On", "4/3/24")]]
    said = read(tmp_path / "c", {"Connections.csv": HEADER + first}, date_order="mdy")
    assert said.records["first_seen_at"].to_pylist() == [datetime(2024, 4, 3, tzinfo=UTC)]


MESSAGES = (
    "CONVERSATION ID,CONVERSATION TITLE,FROM,SENDER PROFILE URL,TO,RECIPIENT PROFILE URLS,DATE,SUBJECT,CONTENT,FOLDER\n"
)


def message(thread: str, sender: str, url: str, to: str, urls: str, folder: str = "INBOX") -> str:
    return f'{thread},,"{sender}",{url},"{to}","{urls}",2024-03-05 14:05:09 UTC,,Secret words,{folder}\n'


def test_message_partners_have_a_profile_and_their_words_are_not_kept(tmp_path: Path) -> None:
    ida, zoe = "https://www.linkedin.com/in/ida-0", "https://www.linkedin.com/in/zoe-1"
    reading = read(tmp_path, {
        "messages.csv": MESSAGES
        + message("a", "Ida Falk", ida, "Sam Shop", ME)
        + message("b", "Sam Shop", ME, "Zoe, MD, Ida Falk", f"{zoe},{ida}")
        + message("c", "LinkedIn Member", "", "Sam Shop", ME)
        + message("d", "Spammer", "https://www.linkedin.com/in/spam", "Sam Shop", ME, "SPAM"),
        "Profile.csv": "First Name,Last Name\nSam,Shop\n",
    })  # fmt: skip
    found = {row["source_key"]: (row["relationship"], row["full_name"]) for row in reading.records.to_pylist()}
    assert found == {"ida-0": ("chat_partner", "Ida Falk"), "zoe-1": ("group_member", None)}
    assert reading.skipped == {"hidden_account": 1, "owner": 1, "spam": 1}
    assert "Secret" not in str(reading.records.to_pylist()) + str(reading.events.to_pylist())


def test_nobody_is_imported_from_messages_whose_owner_is_unknown(tmp_path: Path) -> None:
    rows = message("a", "Ida Falk", "https://www.linkedin.com/in/ida-0", "Sam Shop", ME)
    reading = read(tmp_path, {"messages.csv": MESSAGES + rows})
    assert reading.records.num_rows == 0
    assert set(reading.rejects["code"].to_pylist()) == {"owner_unknown"}


def test_owner_is_who_takes_part_in_every_thread(tmp_path: Path) -> None:
    rows = [
        message(f"t{number}", f"P{number}", f"https://www.linkedin.com/in/p{number}", "Sam", ME) for number in (1, 2)
    ]
    reading = read(tmp_path, {"messages.csv": MESSAGES + "".join(rows)})
    assert reading.records["source_key"].to_pylist() == ["p1", "p2"]


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"is message draft": "Yes", "sender profile url": ME}, "draft"),
        ({"is conversation draft": "TRUE", "sender profile url": ME}, "draft"),
        ({"folder": "spam", "sender profile url": ME}, "spam"),
        ({"content": '<p class="spinmail-quill-editor__spin-break">x'}, "sponsored"),
        ({"from": "LinkedIn Member"}, "hidden_account"),
        ({"is message draft": "No", "sender profile url": ME}, None),
    ],
)
def test_which_rows_are_no_exchange(cells: dict[str, str], reason: str | None) -> None:
    assert linkedin_messages.no_message(cells) == reason


def test_account_is_read_from_invitations_only_where_they_agree(tmp_path: Path) -> None:
    header = "From,To,Sent At,Message,Direction,inviterProfileUrl,inviteeProfileUrl\n"
    mine = f'Sam,Ida,"1/29/26, 2:37 PM",,OUTGOING,{ME},https://www.linkedin.com/in/ida-0\n'
    (claim,) = claims(tmp_path / "a", {"Invitations.csv": header + mine, "Connections.csv": HEADER + IDA})
    assert claim.account == "sam-shop-9999"
    other = f'Ida,Sam,"1/29/26, 2:37 PM",,INCOMING,{ME},https://www.linkedin.com/in/ida-0\n'
    (claim,) = claims(tmp_path / "b", {"Invitations.csv": header + mine + other})
    assert claim.account == ""


def test_only_tables_of_linkedin_are_claimed_and_unknown_ones_are_named(tmp_path: Path) -> None:
    assert claims(tmp_path / "other", {"Profile.csv": "First Name,Last Name\nA,B\n", "people.csv": HEADER[:20]}) == []
    (claim,) = claims(tmp_path / "mixed", {
        "li/Connections.csv": HEADER + IDA,
        "li/Member_Follows.csv": "Date,Full Name,Status\n2024,Ida,Active\n",
        "li/Skills.csv": "Name\nCandles\n",
        "shop/customers.csv": "Email,First Name\nida@example.com,Ida\n",
    })  # fmt: skip
    assert [member.path for member in claim.members] == ["li/Connections.csv"]
    assert claim.not_understood == ("li/Member_Follows.csv",)
    assert claim.absent == ("imported contacts", "invitations", "messages")


def test_the_owner_is_not_among_imported_contacts(tmp_path: Path) -> None:
    header = "FirstName,LastName,Emails,PhoneNumbers,CreatedAt,NamePrefix\n"
    rows = "Sam,Shop,SAM@example.com,,,\nIda,Falk,ida@example.com;ida@example.org,,,\n"
    reading = read(tmp_path, {
        "ImportedContacts.csv": header + rows,
        "Email Addresses.csv": "Email Address,Confirmed\nsam@example.com,Yes\n",
    })  # fmt: skip
    assert reading.records["first_name"].to_pylist() == ["Ida"]
    assert [point["raw"] for point in reading.records["points"][0].as_py()] == ["ida@example.com", "ida@example.org"]
    assert reading.skipped == {"owner": 1}
