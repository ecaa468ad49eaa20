"""Files for receivers: exactly these bytes, exactly these people, all or nothing."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audiencevault.audience import SUPPRESSED_STATES
from audiencevault.destinations import files, held_back, outbox
from audiencevault.destinations.definition import Definition, load_all, parse
from audiencevault.destinations.sample import build, sample_audience, sample_for, sample_stored
from audiencevault.destinations.testing import conformance, table_of
from audiencevault.errors import DestinationError, UsageError

GOLDENS = Path(__file__).parent.parent / "goldens" / "destinations"
DEFINITIONS = load_all()
FILED = sorted(name for name, definition in DEFINITIONS.items() if definition.files)
FORMULA_MARKS = ("=", "+", "-", "@", "\t", "\r")


def write(name: str, directory: Path, **options: object) -> list[files.Written]:
    definition = DEFINITIONS[name]
    stored = sample_stored() if definition.takes_everybody else None
    return files.write(sample_for(definition), definition, directory, snapshot=7, stored=stored, **options)  # type: ignore[arg-type]


def as_text(path: Path) -> bytes:
    """A file as a golden holds it: Parquet as its rows, since its bytes change with the library."""
    if path.suffix != ".parquet":
        return path.read_bytes()
    rows = pq.read_table(path).to_pylist()
    return "".join(json.dumps(row, default=str, ensure_ascii=False) + "\n" for row in rows).encode()


@pytest.mark.parametrize("name", FILED)
def test_outgoing_files_are_the_goldens(name: str, tmp_path: Path, rewrite_goldens: bool) -> None:
    written = write(name, tmp_path / "out")
    golden = GOLDENS / name
    made = {item.path.name: as_text(item.path) for item in written if item.path.name != outbox.MANIFEST}
    made["written.json"] = (
        json.dumps([{**item.as_dict(), "path": item.path.name} for item in written], indent=2, ensure_ascii=False)
        + "\n"
    ).encode()
    if rewrite_goldens:
        golden.mkdir(parents=True, exist_ok=True)
        for old in golden.iterdir():
            if old.is_file():
                old.unlink()
        for file, data in made.items():
            (golden / file).write_bytes(data)
    assert sorted(made) == sorted(path.name for path in golden.iterdir() if path.is_file())
    for file, data in made.items():
        assert data == (golden / file).read_bytes(), file


@pytest.mark.parametrize("name", sorted(DEFINITIONS))
def test_every_definition_conforms(name: str, tmp_path: Path) -> None:
    assert conformance(DEFINITIONS[name], tmp_path) == []


def test_conformance_can_fail(tmp_path: Path) -> None:
    text = """
name = "post"
title = "Post"
checked = 2026-11-21
sources = []
channels = ["email"]
polarity = "forces"
[layouts]
one = [{ header = "Email", field = "email", encode = "email" }]
[[files]]
name = "people"
status = "subscribed"
layout = "one"
subscribes = true
"""
    assert conformance(parse(text, "post.toml"), tmp_path) == [
        "It does not say where its facts come from.",
        "It may subscribe people who had left, and says nothing about it.",
        "people does not say what to do with it.",
        "people loses the date of the consent, and does not say so.",
    ]


def test_mailchimp_gets_one_file_per_status(tmp_path: Path) -> None:
    written = write("mailchimp", tmp_path)
    assert [(item.path.name, item.status, item.rows) for item in written] == [
        ("unsubscribed.csv", "unsubscribed", 3),
        ("cleaned.csv", "cleaned", 2),
        ("subscribed.csv", "subscribed", 8),
        ("other-basis.csv", "other_basis", 1),
        ("held-back.csv", "held_back", 13),
        ("manifest.json", "manifest", 0),
    ]
    assert "Unsubscribed" in written[0].note
    assert "Not in it: 1 whose address cannot be written unaltered." in written[0].note
    assert written[4].note == "2 people may be reached by sms, which the Mailchimp files do not carry."


def test_a_dead_address_of_somebody_reachable_is_told_too(tmp_path: Path) -> None:
    write("mailchimp", tmp_path)
    assert "ida.old@example.com" in {row["Email Address"] for row in table_of(tmp_path / "cleaned.csv")}
    assert "ida.falk@example.com" in {row["Email Address"] for row in table_of(tmp_path / "subscribed.csv")}


def test_an_address_that_somebody_else_refused_is_not_subscribed(tmp_path: Path) -> None:
    write("mailchimp", tmp_path)
    assert "family@example.com" not in {row["Email Address"] for row in table_of(tmp_path / "subscribed.csv")}
    assert "family@example.com" in {row["Email Address"] for row in table_of(tmp_path / "unsubscribed.csv")}
    bound = [row for row in table_of(tmp_path / "held-back.csv") if row["contact_id"] == "c21"]
    assert [row["reason"] for row in bound] == ["NO_DESTINATION"]
    assert "binds the address for everybody" in bound[0]["sentence"]


def test_people_of_one_address_are_written_once_and_accounted_for(tmp_path: Path) -> None:
    write("shopify", tmp_path)
    mails = [row["Email"].lower() for row in table_of(tmp_path / "customers.csv") if row["Email"]]
    assert len(mails) == len(set(mails))
    assert {row["contact_id"] for row in table_of(tmp_path / "held-back.csv")} >= {"c10", "c11", "c12", "c21"}


def test_klaviyo_never_gets_a_channel_that_is_not_admitted(tmp_path: Path) -> None:
    write("klaviyo", tmp_path)
    only_sms = table_of(tmp_path / "subscribed-sms.csv")
    assert [row["Phone Number"] for row in only_sms] == ["+447700900109"]
    assert "Email" not in only_sms[0]
    both = table_of(tmp_path / "subscribed-email-and-sms.csv")
    assert [(row["Email Marketing Consent Timestamp"], row["SMS Marketing Consent Timestamp"]) for row in both] == [
        ("2025-07-11T00:00:00Z", "2025-08-12T00:00:00Z")
    ]
    assert {row["Email Marketing Consent"] for row in table_of(tmp_path / "other-basis.csv")} == {"Never subscribed"}


def test_shopify_has_the_template_header(tmp_path: Path) -> None:
    write("shopify", tmp_path)
    assert (tmp_path / "customers.csv").read_bytes().partition(b"\r\n")[0].decode() == (
        "First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,Default Address Address1,"
        "Default Address Address2,Default Address City,Default Address Province Code,Default Address Country Code,"
        "Default Address Zip,Default Address Phone,Phone,Accepts SMS Marketing,Tags,Note,Tax Exempt"
    )
    rows = {row["Email"]: row for row in table_of(tmp_path / "customers.csv")}
    assert rows["ida.falk@example.com"]["Note"] == "email consent 2024-03-01 mailchimp.audience confirmed"
    assert rows["ida.falk@example.com"]["Accepts SMS Marketing"] == "no"
    assert rows[""]["Accepts Email Marketing"] == "no"
    assert rows[""]["Phone"] == "+447700900109"


def test_a_channel_that_was_not_asked_for_says_nothing(tmp_path: Path) -> None:
    sample = sample_audience()
    rows = [row for row in sample.rows.to_pylist() if row["channel"] == "email"]
    files.write(build(rows, [], channels=("email",)), DEFINITIONS["shopify"], tmp_path)
    assert {row["Accepts SMS Marketing"] for row in table_of(tmp_path / "customers.csv")} == {""}


def test_nobody_to_write_to_is_said_and_makes_no_empty_file(tmp_path: Path) -> None:
    written = files.write(sample_audience(["c14", "c18"]), DEFINITIONS["mailchimp"], tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["held-back.csv", "manifest.json", "unsubscribed.csv"]
    assert written[-2].note.startswith("Nobody may be reached")
    files.write(build([], []), DEFINITIONS["mailchimp"], tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["held-back.csv", "manifest.json"]
    assert table_of(tmp_path / "held-back.csv") == []


def test_held_back_names_reason_sentence_and_remedy_and_hides_the_erased(tmp_path: Path) -> None:
    write("csv", tmp_path)
    rows = table_of(tmp_path / "held-back.csv")
    assert list(rows[0]) == [
        "contact_id",
        "name",
        "channel",
        "point",
        "reason",
        "sentence",
        "remedy",
        "state",
        "since",
        "source",
    ]
    erased = next(row for row in rows if row["reason"] == "NO_ERASED")
    assert (erased["name"], erased["point"]) == ("", "")
    assert all(row["sentence"] for row in rows)
    assert not any(cell.startswith(FORMULA_MARKS) and not cell[1:].isdigit() for row in rows for cell in row.values())
    assert (tmp_path / "held-back.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_the_manifest_says_what_and_from_what(tmp_path: Path) -> None:
    write("mailchimp", tmp_path)
    said = json.loads((tmp_path / "manifest.json").read_text("utf-8"))
    assert said["complete"] is True
    assert (said["snapshot"], said["policy"], said["as_of"]) == (7, "strict", "2026-11-01T12:00:00+00:00")
    assert [item["name"] for item in said["files"]] == [
        "cleaned.csv", "held-back.csv", "other-basis.csv", "subscribed.csv", "unsubscribed.csv",
    ]  # fmt: skip
    assert sum(said["held_back"].values()) == 13


def test_files_are_for_their_owner_only(tmp_path: Path) -> None:
    for item in write("parquet", tmp_path / "new" / "folder"):
        assert stat.S_IMODE(item.path.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "new" / "folder").stat().st_mode) == 0o700


def test_an_old_list_never_lies_beside_a_new_one(tmp_path: Path) -> None:
    write("klaviyo", tmp_path)
    (tmp_path / "notes.txt").write_text("mine", "utf-8")
    write("mailchimp", tmp_path)
    assert "subscribed-email.csv" not in {path.name for path in tmp_path.iterdir()}
    assert (tmp_path / "notes.txt").read_text("utf-8") == "mine"


def test_files_of_somebody_else_are_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "subscribed.csv").write_text("mine", "utf-8")
    with pytest.raises(UsageError, match=r"already holds subscribed\.csv, which no export wrote"):
        write("mailchimp", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["subscribed.csv"]
    write("mailchimp", tmp_path, force=True)
    assert (tmp_path / "subscribed.csv").read_bytes().startswith(b"Email Address")


@pytest.mark.parametrize(
    "text", ["not json", "[]", '{"files": 3}', '{"files": [{}]}', '{"files": [{"name": "a.csv"}]}']
)
def test_a_manifest_of_somebody_else_is_not_replaced(text: str, tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text(text, "utf-8")
    with pytest.raises(UsageError, match="was not written by an export"):
        write("csv", tmp_path)
    assert (tmp_path / "manifest.json").read_text("utf-8") == text


def test_a_manifest_cannot_name_files_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("mine", "utf-8")
    directory = tmp_path / "out"
    directory.mkdir()
    said = {
        "schema": 1,
        "complete": True,
        "files": [{"name": "../precious"}, {"name": ".."}, {"name": "held-back.csv/../x.csv"}],
    }
    (directory / "manifest.json").write_text(json.dumps(said), "utf-8")
    write("csv", directory)
    assert (tmp_path / "precious").read_text("utf-8") == "mine"


@pytest.mark.parametrize("step", range(8))
def test_a_crash_leaves_whole_files_and_the_next_run_repairs(
    step: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("klaviyo", tmp_path)
    expected = tmp_path.parent / f"{tmp_path.name}-expected"
    write("mailchimp", expected)
    whole = {path.read_bytes() for path in [*tmp_path.iterdir(), *expected.iterdir()] if path.suffix == ".csv"}
    original, calls = Path.replace, [0]

    def replace(self: Path, target: Path) -> Path:
        calls[0] += 1
        if calls[0] > step:
            raise OSError(28, "No space left on device")
        return original(self, target)

    monkeypatch.setattr(Path, "replace", replace)
    if step < 7:
        with pytest.raises(DestinationError, match="No space left on device"):
            write("mailchimp", tmp_path)
    monkeypatch.undo()
    assert not (tmp_path / outbox.STAGING).exists()
    for path in tmp_path.glob("*.csv"):
        assert path.read_bytes() in whole
    write("mailchimp", tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {
        path.name: path.read_bytes() for path in expected.iterdir()
    }


def test_what_a_killed_export_left_is_removed(tmp_path: Path) -> None:
    (tmp_path / outbox.STAGING).mkdir()
    (tmp_path / outbox.STAGING / "subscribed.csv").write_text("half", "utf-8")
    write("csv", tmp_path)
    assert not (tmp_path / outbox.STAGING).exists()


def test_a_directory_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(DestinationError, match="Nothing more could be written"):
        write("csv", tmp_path / "file" / "below")


def test_large_files_are_split_and_numbered(tmp_path: Path) -> None:
    base = sample_audience(["c01"]).rows.to_pylist()[0]
    rows = [{**base, "contact_id": f"c{n:05}", "point": f"p{n}@example.com"} for n in range(9_000)]
    written = files.write(build(rows, []), DEFINITIONS["shopify"], tmp_path)
    made = [item for item in written if item.status == "subscribed"]
    assert [item.path.name for item in made] == [f"customers-{n}-of-{len(made)}.csv" for n in range(1, len(made) + 1)]
    assert len(made) > 1
    assert all(item.path.stat().st_size <= 1_000_000 for item in made)
    assert [row["Email"] for item in made for row in table_of(item.path)] == [row["point"] for row in rows]


def test_an_audience_for_another_purpose_or_channel_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No file is known that Twilio consents takes"):
        files.write(build([], []), DEFINITIONS["twilio"], tmp_path)
    with pytest.raises(UsageError, match="Mailchimp files are for marketing"):
        files.write(build([], [], purpose="transactional"), DEFINITIONS["mailchimp"], tmp_path)
    with pytest.raises(UsageError, match="Mailchimp takes email; this audience was selected for sms"):
        files.write(build([], [], channels=("sms",)), DEFINITIONS["mailchimp"], tmp_path)
    with pytest.raises(UsageError, match="needs the contacts and an audience for storage"):
        files.write(sample_audience(), DEFINITIONS["parquet"], tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_only_an_audience_goes_out(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        files.write(pa.table({"point": ["a@example.com"]}), DEFINITIONS["csv"], tmp_path)


def test_the_flat_copy_holds_everybody_but_the_erased(tmp_path: Path) -> None:
    write("parquet", tmp_path)
    rows = {row["contact_id"]: row for row in pq.read_table(tmp_path / "contacts.parquet").to_pylist()}
    assert "c20" not in rows
    assert (rows["c01"]["email_reachable"], rows["c01"]["email_basis"]) == (True, "consent")
    assert (rows["c14"]["email_reachable"], rows["c14"]["email_reason"]) == (False, "NO_WITHDRAWN")
    assert rows["c01"]["sms_reachable"] is None
    assert "provenance" not in rows["c01"]


def test_constants_and_repeated_headers_stand_where_the_definition_says(tmp_path: Path) -> None:
    text = """
name = "post"
title = "Post"
checked = 2026-11-21
sources = ["a letter"]
channels = ["email", "sms", "whatsapp"]
polarity = "none"
[layouts]
one = [
  { header = "Phone", field = "phone", encode = "phone" },
  { header = "Phone", field = "phone_2", encode = "phone" },
  { header = "Label", value = "mobile", needs = "Phone" },
  { header = "Group", value = "=AudienceVault" },
]
[[files]]
name = "people"
status = "listed"
layout = "one"
subscribes = true
"""
    definition = parse(text, "post.toml")
    files.write(sample_audience(["c01", "c08"], channels=("email", "sms", "whatsapp")), definition, tmp_path)
    assert (tmp_path / "people.csv").read_bytes() == (
        b"Phone,Phone,Label,Group\r\n,,,=AudienceVault\r\n+12025550108,+12025550198,mobile,=AudienceVault\r\n"
    )


CHANNEL = st.sampled_from(["email", "sms"])
PERSON = st.integers(1, 6).map(lambda n: f"p{n}")
STATE = st.sampled_from(
    ["withdrawn", "complained", "bounced", "pending", "unknown", "erased", "not_subscribed", "blocked", "invalid"]
)


@st.composite
def point(draw: st.DrawFn, channel: str) -> str:
    number = draw(st.integers(0, 7))
    if channel == "sms":
        return f"+1202555010{number}"
    return draw(st.sampled_from([f"m{number}@example.com", f"M{number}@example.com", f"=m{number}@example.com"]))


@st.composite
def audiences(draw: st.DrawFn) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    rows: dict[tuple[str, str], dict[str, str]] = {}
    held: dict[tuple[str, str], dict[str, str]] = {}
    for _ in range(draw(st.integers(0, 10))):
        key = (draw(PERSON), draw(CHANNEL))
        kind = {"contact_id": key[0], "channel": key[1], "point_kind": "phone" if key[1] == "sms" else "email"}
        if draw(st.booleans()) and key not in held:
            reason = draw(st.sampled_from(["OK_CONSENT", "OK_IMPLIED"]))
            rows[key] = {**kind, "point": draw(point(key[1])), "reason": reason, "basis": "consent"}
        elif key not in rows:
            state = draw(STATE)
            reason = "NO_ERASED" if state == "erased" else "NO_X"
            held[key] = {**kind, "point": draw(point(key[1])), "reason": reason, "state": state, "sentence": "So."}
    return list(rows.values()), list(held.values())


@pytest.mark.parametrize(
    "name", [name for name in FILED if {"email", "sms"} & set(DEFINITIONS[name].channels) and name != "parquet"]
)
def test_nobody_is_subscribed_who_is_not_in_the_audience(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    definition: Definition = DEFINITIONS[name]
    subscribing = tuple(rule.name for rule in definition.files if rule.subscribes)
    bare = {column.header for rule in definition.files for column in rule.columns if column.encode == "phone_digits"}

    @settings(max_examples=15)
    @given(audiences())
    def holds(drawn: tuple[list[dict[str, str]], list[dict[str, str]]]) -> None:
        rows, held = drawn
        directory = tmp_path_factory.mktemp("out")
        written = files.write(build(rows, held), definition, directory)
        admitted = {row["point"] for row in rows}
        stopped = {row["point"].lower() for row in held if row["state"] in SUPPRESSED_STATES}
        everywhere: set[str] = set()
        for item in written:
            if item.path.suffix == ".vcf":
                points = set(re.findall(r"(?m)^(?:EMAIL|TEL)[^:]*:(?:tel:)?(.*?)\r$", item.path.read_bytes().decode()))
            elif item.path.suffix == ".csv":
                cells = [
                    f"+{cell}" if header in bare else cell
                    for row in table_of(item.path)
                    for header, cell in row.items()
                ]
                points = {cell for cell in cells if "@" in cell or cell.startswith("+1")}
            else:
                continue
            if item.path.stem in subscribing:
                assert points <= admitted
                assert not {value.lower() for value in points} & stopped
                everywhere |= points
            elif item.path.name == held_back.NAME:
                everywhere |= {value.removeprefix("'") for value in points}
            else:
                assert {value.lower() for value in points} <= stopped
        wanted = {row["point"] for row in rows if row["channel"] in definition.channels}
        assert wanted <= everywhere

    holds()
