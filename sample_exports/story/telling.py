"""What all files of the story share: the people as a file sees them, CSV text, ZIPs without a machine's marks."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import datetime

from story.people import NICKNAMES, Draw, Person, people, plain

OWNER = {"name": "Marit Lindqvist", "email": "marit@example.com", "phone": "+15035550199", "handle": "wickandwax"}
TODAY = "2026-11-01T00:00:00"


class Story:
    """The files so far, and the truth about their rows."""

    def __init__(self) -> None:
        self.people = people()
        self.files: dict[str, bytes] = {}
        self.truth: list[tuple[str, str, str, int, str]] = []

    def having(self, role: str) -> list[Person]:
        """Those who turn up in a file, in an order of its own."""
        found = [person for person in self.people if role in person.roles]
        return sorted(found, key=lambda person: (Draw("order", role, person.id).number(0, 10**9), person.id))

    def is_(self, person: Person, source: str, file: str, row: int, key: str) -> None:
        self.truth.append((person.id, source, file, row, key))


def seen(person: Person, source: str) -> dict[str, str]:
    """How one file writes a person: first, last, email, phone."""
    draw = Draw("seen", source, person.id)
    shown = {"first": person.first, "last": person.last, "email": person.email, "phone": person.phone}
    if source == "customers_2021" and person.old_email:
        shown["email"] = person.old_email
    if person.scripted:
        return shown | person.seen_as.get(source, {})
    informal = {"vcard": 0.35, "synced": 0.4, "connections": 0.25, "mailchimp": 0.12, "imported": 0.2}.get(source, 0.06)
    if draw.chance(informal):
        shown["first"] = NICKNAMES.get(person.first, person.first)
    if source == "customers" and draw.chance(0.05):
        shown["email"] = person.email.replace("@", "+shop@")
    if source == "mailchimp" and draw.chance(0.1):
        shown["first"] = shown["last"] = ""
    if source in ("stall", "leads_spring", "leads_market") and draw.chance(0.1):
        shown["email"] = person.email.replace(plain(person.last), plain(person.last).capitalize()).upper()
    if source == "stall" and draw.chance(0.06):
        shown["first"], shown["last"] = shown["last"], shown["first"]
    if source in ("customers_2021", "leads_spring") and draw.chance(0.08):
        shown["first"], shown["last"] = shown["first"].lower(), shown["last"].lower()
    if source in ("vcard", "synced") and draw.chance(0.12):
        shown["last"] = ""
    return shown


def national(phone: str, draw: Draw) -> str:
    """A telephone number as people write it at home."""
    if phone.startswith("+1"):
        area, number = phone[2:5], phone[8:]
        return draw.pick(
            [f"({area}) 555-{number}", f"{area}-555-{number}", f"{area}.555.{number}", f"{area}555{number}"]
        )
    if phone.startswith("+4930"):
        rest = phone[5:]
        return draw.pick([f"030 {rest}", f"030/{rest[:5]}-{rest[5:]}", f"+49 (0)30 {rest}", f"0049 30 {rest}"])
    if phone.startswith("+44"):
        return f"0{phone[3:7]} {phone[7:]}"
    if phone.startswith("+33"):
        digits = "0" + phone[3:]
        return " ".join(digits[at : at + 2] for at in range(0, 10, 2))
    if phone.startswith("+46"):
        return f"070-{phone[5:8]} {phone[8:10]} {phone[10:]}"
    return f"0{phone[3:6]} {phone[6:9]} {phone[9:]}" if phone.startswith("+61") else phone


def table(
    header: str,
    rows: Iterable[Sequence[object]],
    *,
    delimiter: str = ",",
    end: str = "\n",
    quoting: int = csv.QUOTE_MINIMAL,
) -> str:
    """CSV text; `header` is written as it is."""
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL if quoting else quoting)
    writer.writerow(header.split(","))
    writer.writerows(rows)
    return stream.getvalue()


def pack(members: dict[str, bytes], when: datetime) -> bytes:
    """A ZIP that does not depend on the machine it is made on."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, when.timetuple()[:6])
            info.create_system = 3
            info.external_attr = 0o644 << 16
            archive.writestr(info, data)
    return stream.getvalue()
