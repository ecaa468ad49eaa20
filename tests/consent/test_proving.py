"""`consent`, `prove`, `suppress`, `suppressions`, `expiring`, `attest`: called as a person calls them."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from audiencevault.destinations.definition import load_all
from audiencevault.pipeline.suppress_file import kind_of, read, reason_of
from tests.pipeline.running import NOW, av, av_json, table

LIST = (
    "Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LATITUDE,LONGITUDE,"
    "GMTOFF,DSTOFF,TIMEZONE,CC,REGION,LAST_CHANGED,LEID,EUID,NOTES,TAGS\n"
)
MEMBERS = (
    'ida@example.com,Ida,Falk,3,"2026-01-10 08:00:00",192.0.2.7,"2026-01-10 08:05:00",192.0.2.7,,,,,,,,'
    '"2026-01-10 08:05:00",11,aa,,\n'
    'bo@example.org,Bo,Berg,3,"2025-02-01 08:00:00",192.0.2.8,"2025-02-01 08:05:00",192.0.2.8,,,,,,,,'
    '"2025-02-01 08:05:00",12,bb,,\n'
)


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("proving")
    name = "subscribed_email_audience_export_0a1b2c3d4e.csv"
    table(folder / "in" / name, LIST + MEMBERS, datetime(2026, 11, 1, tzinfo=UTC))
    av("init", "--vault", folder / "v", "--region", "US", now="2026-11-02T00:00:00+00:00")
    av("import", folder / "in", "--vault", folder / "v", now="2026-11-02T12:00:00+00:00")
    return folder / "v"


class Checked(HTMLParser):
    """Every tag is closed, nothing is loaded from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value or "" for name, value in attrs if name in ("src", "href")]
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def checked(page: str) -> str:
    parser = Checked()
    parser.feed(page)
    assert parser.open == []
    assert parser.links == []
    return page


def test_consent_says_it_for_every_point(vault: Path) -> None:
    found = av_json("consent", "ida@example.com", "--vault", vault)
    assert [(row["channel"], row["mailable"], row["reason"]) for row in found["consent"]] == [
        ("email", True, "OK_CONSENT")
    ]
    event = found["events"][0]
    assert found["consent"][0]["decisive_event_id"] in {event["event_id"] for event in found["events"]}
    assert event["member"].endswith(".csv")
    assert event["locator"] == "row 2"
    assert "OK_CONSENT" in av("consent", "ida@example.com", "--vault", vault).out


def test_consent_on_what_was_known_then(vault: Path) -> None:
    asked = ("consent", "ida@example.com", "--vault", vault, "--as-of", "2026-06-01")
    assert av_json(*asked)["consent"][0]["reason"] == "OK_CONSENT"
    before = av_json(*asked, "--known-at", "2026-06-01")
    assert before["consent"][0]["reason"] == "NO_UNKNOWN"
    assert before["events"] == []


def test_consent_asks_only_for_channels_that_exist(vault: Path) -> None:
    av("consent", "ida@example.com", "--channel", "fax", "--vault", vault, expect=20)
    av("consent", "nobody@example.com", "--vault", vault, expect=2)


def test_a_proof_holds_who_when_how_and_where(vault: Path, tmp_path: Path) -> None:
    asked = ("prove", "ida@example.com", "--on", "2026-11-20", "--vault", vault)
    said = av(*asked).out
    for word in ("OK_CONSENT", "10 January 2026, 08:05:00 UTC", "clicking a confirmation link", "192.0.2.7", "row 2",
                 "Verified:", "not legal advice"):  # fmt: skip
        assert word in said, word
    receipt = tmp_path / "receipt.html"
    page = checked(av(*asked, "--format", "html", "--receipt", receipt).out)
    assert "Verified:" in page
    given = checked(receipt.read_text())
    assert "ida@example.com" in given
    assert "bo@example.org" not in given + page
    assert "row 2" not in given


def test_a_proof_as_consent_records(vault: Path) -> None:
    document = json.loads(
        av("prove", "ida@example.com", "--on", "2026-11-20", "--format", "json", "--vault", vault).out
    )
    record = document["records"][0]
    assert set(record) == {"header", "processing", "parties", "events", "status"}
    assert record["status"] == "ConsentGiven"
    assert [event["event_state"] for event in record["events"]][-1] == "ConsentGiven"
    assert record["processing"]["pii_information"] == [{"pii_type": "email", "pii_value": "ida@example.com"}]
    whole = av_json("prove", "ida@example.com", "--on", "2026-11-20", "--vault", vault)
    assert whole["chain_verified"] is True
    assert whole["records"] == document["records"]


def test_a_day_is_asked_about_at_both_ends(vault: Path) -> None:
    day = av_json("prove", "ida@example.com", "--on", "2026-01-10", "--vault", vault)
    assert day["now"][0]["mailable"] is False
    noon = av_json("prove", "ida@example.com", "--on", "2026-01-10T12:00", "--vault", vault)
    assert noon["now"][0]["mailable"] is True
    assert noon["then"][0]["reason"] == "NO_UNKNOWN"


def test_a_page_is_never_written_into_the_vault(vault: Path) -> None:
    av("prove", "ida@example.com", "--on", "2026-11-20", "-o", vault / "proof.txt", "--vault", vault, expect=2)


def test_whose_permission_ends(vault: Path) -> None:
    assert av_json("expiring", "--within", "60d", "--vault", vault)["expiring"] == []
    found = av_json("expiring", "--within", "120d", "--vault", vault)["expiring"]
    assert [(one["point"], one["ends_at"][:10]) for one in found] == [("bo@example.org", "2027-02-01")]
    assert found[0]["step"]
    assert "bo@example.org" in av("expiring", "--within", "17w", "--vault", vault).out
    av("expiring", "--within", "soon", "--vault", vault, expect=2)


# -- suppression


@pytest.fixture
def own(tmp_path: Path, vault: Path) -> Path:
    backup = tmp_path / "b"
    av("backup", backup, "--vault", vault)
    av("restore", backup, "--to", tmp_path / "own")
    return tmp_path / "own"


def reason(vault: Path, who: str, now: str = NOW) -> str:
    answer: str = av_json("consent", who, "--vault", vault, now=now)["consent"][0]["reason"]
    return answer


def test_one_address_is_blocked_and_lifted(own: Path) -> None:
    added = av_json("suppress", "Ida@Example.com", "--vault", own)
    assert (added["added"], added["reachable_before"]["email"], added["reachable_after"]["email"]) == (1, 2, 1)
    assert av_json("suppress", "ida@example.com", "--vault", own)["added"] == 0
    assert reason(own, "ida@example.com") == "NO_SUPPRESSED_MANUAL"
    later = "2026-11-22T12:00:00+00:00"
    av("suppress", "--lift", "ida@example.com", "--vault", own, now=later, expect=2)
    av("suppress", "--lift", "ida@example.com", "--reason", "wrong list", "--by", "ida", "--vault", own, now=later)
    assert reason(own, "ida@example.com", later) == "OK_CONSENT"
    events = av_json("consent", "ida@example.com", "--vault", own, now=later)["events"]
    lifted = next(event for event in events if event["event_type"] == "suppression_lifted")
    assert (lifted["detail"], lifted["actor"], lifted["locator"]) == ("wrong list", "controller_user", "by ida")
    again = "2026-11-23T12:00:00+00:00"
    av("suppress", "ida@example.com", "--vault", own, now=again)
    assert reason(own, "ida@example.com", again) == "NO_SUPPRESSED_MANUAL"


def test_what_a_person_said_cannot_be_lifted(own: Path) -> None:
    av("suppress", "ida@example.com", "--reason", "unsubscribed", "--vault", own)
    assert reason(own, "ida@example.com") == "NO_WITHDRAWN"
    av("suppress", "--lift", "ida@example.com", "--reason", "please", "--vault", own, expect=2)


@pytest.mark.parametrize("name", ["sha256", "md5"])
def test_a_list_of_hashes(own: Path, tmp_path: Path, name: str) -> None:
    digest = hashlib.new(name, b"ida@example.com").hexdigest()
    listed = tmp_path / "hashes.txt"
    listed.write_text(f"{digest.upper()}\n{'0' * len(digest)}\n")
    assert av_json("suppress", listed, "--vault", own)["reachable_after"]["email"] == 1
    assert av_json("suppress", listed, "--vault", own)["added"] == 0
    assert reason(own, "ida@example.com") == "NO_SUPPRESSED_MANUAL"
    assert reason(own, "bo@example.org") == "OK_CONSENT"
    assert "by hand in your own list" in av("consent", "ida@example.com", "--vault", own).out.lower()
    later = "2026-11-22T12:00:00+00:00"
    av("suppress", "--lift", "ida@example.com", "--reason", "a mistake", "--vault", own, now=later)
    assert reason(own, "ida@example.com", later) == "OK_CONSENT"


def test_a_providers_list_with_reasons_and_dates(own: Path, tmp_path: Path) -> None:
    listed = tmp_path / "suppressions.csv"
    listed.write_text(
        "created;email;reason\n2026-02-01;ida@example.com;Hard bounce\n2026-03-01;bo@example.org;SPAM complaint\n"
        "2026-03-02;;\n2026-03-03;new@example.net;Unsubscribed\n"
    )
    answer = av_json("suppress", listed, "--vault", own, expect=3)
    assert answer["by_reason"] == {"complained": 1, "hard_bounce": 1, "withdrawn": 1}
    assert answer["unread_rows"] == [4]
    assert (reason(own, "ida@example.com"), reason(own, "bo@example.org")) == (
        "NO_SUPPRESSED_BOUNCE", "NO_SUPPRESSED_COMPLAINT",
    )  # fmt: skip
    told = av_json("suppressions", "--vault", own)["suppressions"]
    assert [(row["point"], row["state"], row["contact"]) for row in told] == [
        ("bo@example.org", "complained", True), ("ida@example.com", "bounced", True),
        ("new@example.net", "withdrawn", False),
    ]  # fmt: skip
    assert told[0]["since"][:10] == "2026-03-01"


def test_replies_to_text_messages(tmp_path: Path) -> None:
    listed = tmp_path / "replies.csv"
    listed.write_text("From,Body\n+12025550111,Stop. Thank you\n+12025550112,so pretty!\n")
    found = read(listed)
    assert [(entry.value, entry.reason) for entry in found.entries] == [("+12025550111", "reply")]
    assert found.ignored == 1


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("ida@example.com\nbo@example.org\n", ["email", "email"]),
        ("\ufeffE-Mail\nida@example.com\n", ["email"]),
        ("order,mail\n20260101123456,ida@example.com\n", ["email"]),
        ("date\tphone\n2026-01-01\t+12025550111\n", ["phone"]),
        ('"ida@example.com"|x\n', ["email"]),
    ],
)
def test_the_column_is_found_by_what_is_in_it(tmp_path: Path, text: str, kinds: list[str]) -> None:
    listed = tmp_path / "list.csv"
    listed.write_text(text, encoding="utf-8")
    assert [entry.kind for entry in read(listed).entries] == kinds


def test_words_for_reasons() -> None:
    assert [reason_of(word) for word in ("SPAM_COMPLAINT", "UNSUBSCRIBE", "HARD_BOUNCE", "INVALID_EMAIL", "x", "")] == [
        "complaint", "unsubscribed", "bounce", "invalid", "manual", "manual",
    ]  # fmt: skip
    assert kind_of("hello") is None


@pytest.mark.parametrize("text", ["", "name\nIda\n"])
def test_a_list_without_addresses_is_refused(vault: Path, tmp_path: Path, text: str) -> None:
    listed = tmp_path / "list.csv"
    listed.write_text(text)
    av("suppress", listed, "--vault", vault, expect=2)


WITH_FILES = sorted(name for name, definition in load_all().items() if definition.files)


@pytest.mark.parametrize("name", WITH_FILES)
def test_the_last_gate_is_at_every_exit(own: Path, tmp_path: Path, name: str) -> None:
    av("suppress", "ida@example.com", "--reason", "complaint", "--vault", own)
    folder = tmp_path / "out"
    written = av_json("export", name, "--out", folder, "--vault", own)["written"]
    listed = [item for item in written if item["status"] not in ("held_back", "manifest")]
    # The vault holds mailboxes only: who takes none of them gets no file at all.
    assert listed or "email" not in load_all()[name].channels
    for item in listed:
        path = Path(item["path"])
        if item["status"] in ("subscribed", "other_basis", "listed") and path.suffix in (".csv", ".vcf"):
            assert "ida@example.com" not in path.read_text(encoding="utf-8-sig"), path.name


def test_vouching_that_ends_before_it_begins(vault: Path) -> None:
    av(
        "attest",
        "mailchimp.audience",
        "--text",
        "They ticked a box.",
        "--until",
        "2026-01-01",
        "--vault",
        vault,
        expect=2,
    )
