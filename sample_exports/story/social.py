"""The files of the owner's own circles: Instagram, LinkedIn, the telephone's address book."""

# ruff: noqa: E501, DTZ001  rows of a file stay on one line; the files hold times without a zone
from __future__ import annotations

import csv
import html
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from story.people import COUNTRIES, Draw, Person, plain
from story.telling import OWNER, TODAY, Story, national, pack, seen, table

FOLLOWING = "connections/followers_and_following"


def meta_json(value: Any) -> bytes:
    """JSON as Meta writes it: every byte of UTF-8 a character of its own, escaped."""
    return json.dumps(_bytewise(value), ensure_ascii=True, indent=2).encode()


def _bytewise(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode().decode("latin-1")
    if isinstance(value, dict):
        return {_bytewise(key): _bytewise(item) for key, item in value.items()}
    return [_bytewise(item) for item in value] if isinstance(value, list) else value


def seconds(moment: datetime) -> int:
    return int(moment.replace(tzinfo=UTC).timestamp())


def followed(person: Person, role: str) -> datetime:
    ends = {"followers_before": "2025-10-01"}.get(role, "2026-10-30")
    start = "2021-02-01"
    if role in ("followers", "followers_before"):
        role, ends = "follow", "2025-09-30" if "followers_before" in person.roles else ends
    return Draw(role, person.id).moment(start, ends)


def instagram(story: Story) -> None:
    zip_path = "instagram/instagram-wickandwax-2026-11-02-aB3dE5.zip"
    members: dict[str, bytes] = {}

    def listed(role: str, source: str, file: str) -> list[tuple[str, datetime]]:
        found = sorted(
            ((followed(p, role), p) for p in story.having(role)), key=lambda item: (item[0], item[1].id), reverse=True
        )
        for number, (_, person) in enumerate(found, start=1):
            story.is_(person, source, f"{zip_path}::{file}", number, person.handle)
        return [(person.handle, moment) for moment, person in found]

    def strings(handle: str, moment: datetime, *, title: str = "") -> dict[str, Any]:
        entry: dict[str, Any] = {
            "href": f"https://www.instagram.com/{handle}",
            "value": handle,
            "timestamp": seconds(moment),
        }
        return {"title": title, "media_list_data": [], "string_list_data": [entry]}

    file = f"{FOLLOWING}/followers_1.json"
    members[file] = meta_json(
        [strings(handle, moment) for handle, moment in listed("followers", "instagram.followers", file)]
    )
    file = f"{FOLLOWING}/following.json"
    shops = [
        (f"candle.supplies.{number:02}", Draw("shop", number).moment("2021-01-01", TODAY)) for number in range(1, 13)
    ]
    members[file] = meta_json({"relationships_following": [
        {"title": handle, "string_list_data": [{"href": f"https://www.instagram.com/_u/{handle}", "timestamp": seconds(moment)}]}
        for handle, moment in [*listed("following", "instagram.following", file), *shops]
    ]})  # fmt: skip
    file = f"{FOLLOWING}/close_friends.json"
    members[file] = meta_json({"relationships_close_friends": [
        strings(handle, moment) for handle, moment in listed("close_friends", "instagram.close_friends", file)]})  # fmt: skip
    file = f"{FOLLOWING}/blocked_profiles.json"
    # The form of August 2026: one record is a bare object, and its URL is the link in the profile's own text.
    handle, moment = listed("blocked", "instagram.blocked", file)[0]
    members[file] = meta_json({"timestamp": seconds(moment), "media": [], "label_values": [
        {"label": "Name", "value": "Derek"}, {"label": "Username", "value": handle},
        {"label": "URL", "value": "https://example.net/derek", "href": "https://example.net/derek"}], "fbid": "100000000000077"})  # fmt: skip
    members[f"{FOLLOWING}/pending_follow_requests.json"] = meta_json({"relationships_follow_requests_sent": [
        strings("beeswax.museum.sample", datetime(2026, 10, 20, 8, 1))]})  # fmt: skip
    members[f"{FOLLOWING}/follow_requests_you've_received.json"] = meta_json({"relationships_follow_requests_received": [
        strings("moth.to.a.flame.sample", datetime(2026, 10, 29, 21, 40))]})  # fmt: skip
    members[f"{FOLLOWING}/recently_unfollowed_profiles.json"] = meta_json({"relationships_unfollowed_users": [
        strings("paraffin.only.sample", datetime(2026, 9, 3, 12, 0))]})  # fmt: skip
    members[f"{FOLLOWING}/removed_suggestions.json"] = meta_json({"relationships_dismissed_suggested_users": [
        strings("never.met.sample", datetime(2026, 8, 3, 12, 0))]})  # fmt: skip
    members["connections/contacts/synced_contacts.json"] = _synced(story, zip_path)
    members.update(_threads(story, zip_path))
    members["personal_information/personal_information/personal_information.json"] = meta_json({"profile_user": [{
        "title": "", "media_map_data": {}, "string_map_data": {
            "Email": {"href": "", "value": OWNER["email"], "timestamp": 0},
            "Phone Number": {"href": "", "value": OWNER["phone"], "timestamp": 0},
            "Username": {"href": "", "value": OWNER["handle"], "timestamp": 0},
            "Name": {"href": "", "value": "Wick & Wax · Märit Lindqvist".replace("ä", "a"), "timestamp": 0},
            "Private Account": {"href": "", "value": "False", "timestamp": 0}}}]})  # fmt: skip
    members["your_instagram_activity/comments/no-data.txt"] = b"You have no data in this section.\n"
    members["your_instagram_activity/likes/liked_posts.json"] = meta_json({"likes_media_likes": []})
    story.files[zip_path] = pack(members, datetime(2026, 11, 2, 9, 15))
    _instagram_html(story)


def _synced(story: Story, zip_path: str) -> bytes:
    file, entries = "connections/contacts/synced_contacts.json", []
    for person in story.having("synced"):
        draw, shown = Draw("synced", person.id), seen(person, "synced")
        for point in [
            national(shown["phone"], draw) if draw.chance(0.5) else shown["phone"],
            shown["email"] if draw.chance(0.4) or not shown["phone"] else "",
        ]:
            if point:
                entries.append({"title": "", "media_map_data": {}, "string_map_data": {
                    "First Name": {"href": "", "value": shown["first"], "timestamp": 0},
                    "Last Name": {"href": "", "value": shown["last"], "timestamp": 0},
                    "Contact Information": {"href": "", "value": point, "timestamp": 0},
                    "Imported Time": {"href": "", "value": "", "timestamp": seconds(datetime(2024, 5, 6, 7, 8, 9))}}})  # fmt: skip
                story.is_(person, "instagram.synced_contacts", f"{zip_path}::{file}", len(entries), point)
    return meta_json({"contacts_contact_info": entries})


def _thread(names: Sequence[str], title: str, path: str, start: datetime, texts: Sequence[tuple[str, str]]) -> bytes:
    messages = [
        {"sender_name": sender, "timestamp_ms": seconds(start + timedelta(minutes=7 * number)) * 1000, "content": text,
         "is_geoblocked_for_viewer": False}
        for number, (sender, text) in enumerate(texts)
    ]  # fmt: skip
    return meta_json({"participants": [{"name": name} for name in [*names, "Wick & Wax"]], "messages": messages[::-1], "title": title,
                      "is_still_participant": True, "thread_path": path, "magic_words": []})  # fmt: skip


def _threads(story: Story, zip_path: str) -> dict[str, bytes]:
    members: dict[str, bytes] = {}
    base = "your_instagram_activity/messages"
    group: list[str] = []
    for person in story.having("thread"):
        draw, name = Draw("thread", person.id), f"{person.first} {person.last}"
        folder = f"inbox/{plain(person.handle)}_{17_840_000_000_000 + int(person.id[1:]) * 7}"
        question = draw.pick(
            [
                "Do you ship the fig tins?",
                "Är ljusen veganska?",
                "Wann ist der nächste Markt? 🕯️",
                "Is the class on Sunday full?",
            ]
        )
        members[f"{base}/{folder}/message_1.json"] = _thread(
            [name],
            name,
            folder,
            draw.moment("2024-01-01", "2026-10-01"),
            [(name, question), ("Wick & Wax", "Yes, gladly!")],
        )
        story.is_(person, "instagram.messages", f"{zip_path}::{base}/{folder}/message_1.json", 1, name)
        group.append(name)
    members[f"{base}/inbox/candleswap_17849999999999/message_1.json"] = _thread(
        group[:3],
        "Candle swap",
        "inbox/candleswap_17849999999999",
        datetime(2026, 2, 1, 18),
        [(group[0], "Who brings wicks?"), (group[1], "Me!")],
    )
    members[f"{base}/inbox/instagramuser_17848888888888/message_1.json"] = _thread(
        ["Instagram User"],
        "Instagram User",
        "inbox/instagramuser_17848888888888",
        datetime(2022, 2, 1, 18),
        [("Instagram User", "hi")],
    )
    members[f"{base}/message_requests/crypto_17847777777777/message_1.json"] = _thread(
        ["Totally Real Prince"],
        "Totally Real Prince",
        "message_requests/crypto_17847777777777",
        datetime(2026, 7, 1, 3),
        [("Totally Real Prince", "Invest now")],
    )
    return members


PAGE = '<html><head><meta charset="utf-8"><title>{title}</title></head><body class="_5vb_ _2yq _a7o5"><main class="_a706" role="main">{body}</main></body></html>'
BOX = '<div class="pam _3-95 _2ph- _a6-g uiBoxWhite noborder">{}</div>'


def _american(moment: datetime) -> str:
    half = "am" if moment.hour < 12 else "pm"
    return f"{moment:%b %d, %Y} {(moment.hour - 1) % 12 + 1}:{moment:%M} {half}"


def _instagram_html(story: Story) -> None:
    zip_path = "instagram/instagram-wickandwax-2025-10-05-kQ7rT1.zip"

    def blocks(role: str, source: str, file: str) -> list[tuple[str, str]]:
        found = sorted(
            ((followed(p, role), p) for p in story.having(role)), key=lambda item: (item[0], item[1].id), reverse=True
        )
        found = [(moment, person) for moment, person in found if moment < datetime(2025, 10, 5)]
        for number, (_, person) in enumerate(found, start=1):
            story.is_(person, source, f"{zip_path}::{file}", number, person.handle)
        return [(person.handle, _american(moment)) for moment, person in found]

    file = f"{FOLLOWING}/followers_1.html"
    followers = [
        BOX.format(f'<div class="_a6-p"><div><div><a target="_blank" href="https://www.instagram.com/{handle}">{html.escape(handle)}</a></div><div>{date}</div></div></div>')
        for handle, date in blocks("followers_before", "instagram.followers", file)
    ]  # fmt: skip
    members = {file: PAGE.format(title="Followers", body="".join(followers)).encode()}
    file = f"{FOLLOWING}/following.html"
    following = [
        BOX.format(f'<h2 class="_3-95 _2pim _a6-h _a6-i">{html.escape(handle)}</h2><div class="_a6-p"><div><div><a target="_blank" '
                   f'href="https://www.instagram.com/_u/{handle}">https://www.instagram.com/_u/{handle}</a></div><div>{date}</div></div></div>')
        for handle, date in blocks("following", "instagram.following", file)
    ]  # fmt: skip
    members[file] = PAGE.format(title="Following", body="".join(following)).encode()
    story.files[zip_path] = pack(members, datetime(2025, 10, 5, 20, 2))


NOTES = (
    'Notes:\n"Most addresses are left out of this list: an address is only here where its owner, in the settings, lets '
    'connections download it."\n\n'
)
IMPORTED = (
    "FirstName,MiddleName,LastName,MaidenName,NickName,NamePrefix,NameSuffix,Title,Emails,PhoneNumbers,CreatedAt,UpdatedAt,"
    "CountryCode,RegionCode,ThirdPartyVerified,Location"
)
MESSAGES = (
    "CONVERSATION ID,CONVERSATION TITLE,FROM,SENDER PROFILE URL,TO,RECIPIENT PROFILE URLS,DATE,SUBJECT,CONTENT,FOLDER,"
    "ATTACHMENTS,IS MESSAGE DRAFT,IS CONVERSATION DRAFT"
)
PROFILE = (
    "First Name,Last Name,Maiden Name,Address,Birth Date,Headline,Summary,Industry,Zip Code,Geo Location,Twitter Handles,"
    "Websites,Instant Messengers"
)
OWNER_URL = "https://www.linkedin.com/in/marit-lindqvist-0000"


def profile_url(person: Person) -> str:
    return f"https://www.linkedin.com/in/{plain(person.first) or 'member'}-{plain(person.last)}-0000{person.id[1:]}"


def linkedin(story: Story) -> None:
    zip_path = "linkedin/Basic_LinkedInDataExport_11-01-2026.zip"
    connections, imported, messages = [], [], []
    for number, person in enumerate(story.having("connections"), start=1):
        draw, shown = Draw("connection", person.id), seen(person, "connections")
        suffix = ", MBA" if draw.chance(0.08) and not person.scripted else ""
        key = profile_url(person)
        connections.append([
            shown["first"], shown["last"] + suffix, key, shown["email"] if draw.chance(0.25) else "", person.company,
            person.job if person.company else "", f"{draw.moment('2016-01-01', '2026-10-01'):%d %b %Y}",
        ])  # fmt: skip
        story.is_(person, "linkedin.connections", f"{zip_path}::Connections.csv", number, key.rpartition("/")[2])
        if draw.chance(0.3):
            when = draw.moment("2023-01-01", "2026-10-01")
            name = f"{shown['first']} {shown['last']}"
            messages.append([
                f"2-{person.id}==", "", name, key, "Marit Lindqvist", OWNER_URL, f"{when:%Y-%m-%d %H:%M:%S} UTC", "",
                "Do you make corporate gifts?", "INBOX", "", "No", "No",
            ])  # fmt: skip
            story.is_(person, "linkedin.messages", f"{zip_path}::messages.csv", len(messages), key.rpartition("/")[2])
    connections.extend([["", "", "", "", "", "", "12 Jun 2019"], ["", "", "", "", "", "", "03 Feb 2021"]])
    messages.append(
        [
            "2-member==",
            "",
            "LinkedIn Member",
            "",
            "Marit Lindqvist",
            OWNER_URL,
            "2022-05-05 10:00:00 UTC",
            "",
            "Hello",
            "INBOX",
            "",
            "No",
            "No",
        ]
    )
    messages.append(["2-draft==", "", "Marit Lindqvist", OWNER_URL, "Somebody Unsent", "https://www.linkedin.com/in/somebody-unsent-0000",
                     "2026-05-05 10:00:00 UTC", "", "Dear", "INBOX", "", "Yes", "Yes"])  # fmt: skip
    for number, person in enumerate(story.having("imported"), start=1):
        draw, shown = Draw("imported", person.id), seen(person, "imported")
        emails = ",".join(
            [shown["email"], person.old_email] if person.old_email and draw.chance(0.5) else [shown["email"]]
        )
        imported.append([shown["first"], "", shown["last"], "", "", "", "", "", emails, shown["phone"], "5/6/19, 7:08 AM", "5/6/19, 7:08 AM",
                         person.country.lower(), "", "", person.city])  # fmt: skip
        story.is_(person, "linkedin.imported_contacts", f"{zip_path}::ImportedContacts.csv", number, shown["email"])
    invitations = [
        [
            "Wanda Waxworth",
            "Marit Lindqvist",
            "1/29/26, 2:37 PM",
            "",
            "INCOMING",
            "https://www.linkedin.com/in/wanda-waxworth-0000",
            OWNER_URL,
        ],
        [
            "Marit Lindqvist",
            "Otto Lampe",
            "3/2/26, 8:05 AM",
            "We met at the fair",
            "OUTGOING",
            OWNER_URL,
            "https://www.linkedin.com/in/otto-lampe-0000",
        ],
    ]
    members = {
        "Connections.csv": NOTES
        + table("First Name,Last Name,URL,Email Address,Company,Position,Connected On", connections).rstrip("\n"),
        "ImportedContacts.csv": table(IMPORTED, imported),
        "messages.csv": table(MESSAGES, messages, quoting=csv.QUOTE_ALL),
        "Invitations.csv": table("From,To,Sent At,Message,Direction,inviterProfileUrl,inviteeProfileUrl", invitations),
        "Profile.csv": table(
            PROFILE,
            [["Marit", "Lindqvist", "", "", "", "Candle maker", "", "Retail", "97214", "Portland, Oregon", "", "", ""]],
        ),
        "Email Addresses.csv": table(
            "Email Address,Confirmed,Primary,Updated On", [[OWNER["email"], "Yes", "Yes", "5/6/19, 7:08 AM"]]
        ),
        "Company Follows.csv": table("Organization,Followed On", [["The Wick Review", "Mon May 06 07:08:09 UTC 2019"]]),
    }
    story.files[zip_path] = pack({name: text.encode() for name, text in members.items()}, datetime(2026, 11, 1, 18, 44))


def vcard(story: Story) -> None:
    file, cards = "vcard/phone_contacts.vcf", []
    for number, person in enumerate(story.having("vcard"), start=1):
        draw, shown = Draw("vcard", person.id), seen(person, "vcard")
        version = person.roles["vcard"] or draw.weighted({"2.1": 0.3, "3.0": 0.5, "4.0": 0.2})
        with_email = person.scripted or draw.chance(0.45) or not shown["phone"]
        phone = shown["phone"] if version == "4.0" or draw.chance(0.4) else national(shown["phone"], draw)
        lines = {"2.1": _card_2, "3.0": _card_3, "4.0": _card_4}[version](
            person, shown, phone, shown["email"] if with_email else ""
        )
        # One card in a while begins on the line where the one before it ends.
        cards.append("\r\n".join(lines) + ("" if number % 17 == 0 else "\r\n"))
        story.is_(person, "vcard.contacts", file, number, f"{shown['first']} {shown['last']}".strip())
    others = [
        [
            "BEGIN:VCARD",
            "VERSION:3.0",
            "PRODID:-//Sample//Phone//EN",
            "ORG:Tallow Court Plumbing;",
            "TEL;TYPE=WORK:(503) 555-0198",
            "END:VCARD",
        ],
        ["BEGIN:VCARD", "VERSION:3.0", "FN:", "N:;;;;", "EMAIL;TYPE=INTERNET:only.mail@example.net", "END:VCARD"],
        [
            "BEGIN:VCARD",
            "VERSION:4.0",
            "KIND:group",
            "FN:Market helpers",
            "MEMBER:urn:uuid:00000000-0000-4000-8000-000000000001",
            "END:VCARD",
        ],
        [
            "BEGIN:VCARD",
            "VERSION:3.0",
            "N:Lindqvist;Marit;;;",
            "FN:Marit (me)",
            f"TEL;TYPE=CELL:{OWNER['phone']}",
            f"EMAIL:{OWNER['email']}",
            "END:VCARD",
        ],
        ["BEGIN:VCARD", "VERSION:2.1", "N:;Asdf;;;", "TEL;CELL:0000000000", "END:VCARD"],
    ]
    story.files[file] = ("".join(cards) + "".join("\r\n".join(lines) + "\r\n\r\n" for lines in others)).encode()


def _quoted_printable(text: str) -> str:
    return "".join(
        chr(byte) if 32 <= byte < 127 and chr(byte) not in "=;" else f"={byte:02X}" for byte in text.encode()
    )


def _soft_break(text: str) -> str:
    """A line that ends in `=` goes on in the next one, without a blank; an escape is never cut in two."""
    cut = 12
    while "=" in text[cut - 2 : cut]:
        cut += 1
    return f"{text[:cut]}=\r\n{text[cut:]}" if cut < len(text) else text


def _card_2(_: Person, shown: dict[str, str], phone: str, email: str) -> list[str]:
    name = f"{_quoted_printable(shown['last'])};{_quoted_printable(shown['first'])};;;"
    mark = "" if name.isascii() and "=" not in name else ";CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE"
    lines = ["BEGIN:VCARD", "VERSION:2.1", f"N{mark}:{_soft_break(name) if mark else name}"]
    if phone:
        lines.append(f"TEL;CELL;PREF:{phone}")
    if email:
        lines.append(f"EMAIL;HOME:{email}")
    return [*lines, "END:VCARD"]


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;").replace("\n", "\\n")


def _card_3(person: Person, shown: dict[str, str], phone: str, email: str) -> list[str]:
    full = f"{shown['first']} {shown['last']}".strip()
    lines = [
        "BEGIN:VCARD",
        "VERSION:3.0",
        f"N:{_escape(shown['last'])};{_escape(shown['first'])};;;",
        f"FN:{_escape(full)}",
    ]
    if person.company:
        lines.append(f"ORG:{_escape(person.company)};")
    if phone:
        lines.append(f"TEL;type=CELL;type=VOICE;type=pref:{phone}")
    if email:
        lines.extend([f"item1.EMAIL;type=INTERNET:{email}", "item1.X-ABLabel:_$!<Other>!$_"])
    if person.street and person.id < "p060":
        address = f"ADR;type=HOME:;;{_escape(person.street)};{_escape(person.city)};{person.region};{person.postcode};"
        lines.extend([address[:40], f" {address[40:]}{COUNTRIES[person.country]}"])
    if person.birthday:
        lines.append(f"BDAY:{person.birthday}")
    return [*lines, f"UID:{person.id}-sample", "END:VCARD"]


def _card_4(person: Person, shown: dict[str, str], phone: str, email: str) -> list[str]:
    full = f"{shown['first']} {shown['last']}".strip()
    lines = [
        "BEGIN:VCARD",
        "VERSION:4.0",
        f"FN:{_escape(full)}",
        f"N:{_escape(shown['last'])};{_escape(shown['first'])};;;",
    ]
    if phone:
        lines.append(
            f"TEL;VALUE=uri;PREF=1:tel:{phone[:2] + '-' + phone[2:5] + '-' + phone[5:] if phone.startswith('+1') else phone}"
        )
    if email:
        lines.append(f"EMAIL;PREF=1:{email}")
    if person.birthday:
        lines.append(f"BDAY:--{person.birthday[5:7]}{person.birthday[8:]}")
    return [*lines, "END:VCARD"]
