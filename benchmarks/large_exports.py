"""The largest exports that people have, written a piece at a time: seeded, so that the same number of rows gives the
same bytes, and of nobody who exists.

Every writer takes the folder that it writes into and how many rows: people on a list, lines of orders, messages of a
chat. What is not people (videos, pictures' sidecars) grows with them.
"""

from __future__ import annotations

import json
import random
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

MEGABYTE: Final = 1 << 20

ORDER_HEADER: Final = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,"
    "Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,"
    "Lineitem price,Lineitem compare at price,Lineitem sku,Lineitem requires shipping,Lineitem taxable,"
    "Lineitem fulfillment status,Billing Name,Billing Street,Billing Address1,Billing Address2,Billing Company,"
    "Billing City,Billing Zip,Billing Province,Billing Country,Billing Phone,Shipping Name,Shipping Street,"
    "Shipping Address1,Shipping Address2,Shipping Company,Shipping City,Shipping Zip,Shipping Province,"
    "Shipping Country,Shipping Phone,Notes,Note Attributes,Cancelled at,Payment Method,Payment Reference,"
    "Refunded Amount,Vendor,Outstanding Balance,Employee,Location,Device ID,Id,Tags,Risk Level,Source,"
    "Lineitem discount,Tax 1 Name,Tax 1 Value,Tax 2 Name,Tax 2 Value,Tax 3 Name,Tax 3 Value,Tax 4 Name,Tax 4 Value,"
    "Tax 5 Name,Tax 5 Value,Phone,Receipt Number,Duties,Billing Province Name,Shipping Province Name,Payment ID,"
    "Payment Terms Name,Next Payment Due At,Payment References"
)
ORDERS_OF_A_BUYER: Final = 4
LINES_OF_FOUR_ORDERS: Final = 10
"""Orders have one, two, three or four lines, in turn."""

_FIRST: Final = (
    "Ada", "Ben", "Cleo", "Dan", "Edith", "Frank", "Gwen", "Hugo", "Ines", "Jonas", "Karin", "Leon", "Mara", "Nils",
    "Olga", "Paul", "Rosa", "Sven", "Tilda", "Ugo", "Vera", "Wim", "Yara", "Zeno",
)  # fmt: skip
_SYLLABLES: Final = (
    "an", "ber", "lin", "dal", "ros", "sten", "hol", "ner", "vik", "man", "son", "sen", "ova", "kov", "ska", "res",
    "car", "lo", "pez", "ti", "no", "el", "ma", "ri", "za", "ko", "va", "chen", "wu",
)  # fmt: skip
_AREAS: Final = (503, 512, 303, 720, 206, 415, 212, 718, 312, 617, 305, 404, 602)
_WORDS: Final = (
    "see you at the market on Saturday", "the candles arrived", "thanks!", "do you still have the blue one?",
    "half past nine is fine", "I will ask and tell you", "ok", "that is lovely, thank you so much for the picture",
)  # fmt: skip


@dataclass(frozen=True)
class Large:
    """One input: its writer, how many rows the largest has that we measure, what its rows are, and its family."""

    write: Callable[[Path, int], None]
    rows: int
    unit: str
    family: str


def name_of(number: int) -> str:
    """A first and a last name; one of some hundred thousand."""
    rest, parts = number * 7919 + 13, list[str]()
    for _ in range(3):
        rest, part = divmod(rest, len(_SYLLABLES))
        parts.append(_SYLLABLES[part])
    return f"{_FIRST[number % len(_FIRST)]} {''.join(parts).title()}"


def tiktok(folder: Path, rows: int) -> None:
    """A JSON download of 2025: one document."""
    with (folder / "user_data_tiktok.json").open("w") as file:
        file.write('{"Profile And Settings": {"Profile Info": {"ProfileMap": {"userName": "wickandwax"}},')
        file.write(' "Follower": {"App": "TikTok", "FansList": [')
        for number in range(rows):
            comma = "," if number else ""
            file.write(
                f'{comma}\n{{"Date": "2025-{number % 9 + 1:02}-{number % 28 + 1:02} 03:38:40", '
                f'"UserName": "fan_{number:07}"}}'
            )
        file.write("\n]}}}")


def instagram(folder: Path, rows: int) -> None:
    """A JSON download, its followers in files of a hundred thousand."""
    place = folder / "connections" / "followers_and_following"
    place.mkdir(parents=True)
    for part, start in enumerate(range(0, rows, 100_000), start=1):
        with (place / f"followers_{part}.json").open("w") as file:
            file.write("[")
            for number in range(start, min(start + 100_000, rows)):
                name, comma = f"fan.{number:07}", "," if number > start else ""
                file.write(
                    f'{comma}\n  {{\n    "title": "",\n    "media_list_data": [\n      \n    ],\n'
                    '    "string_list_data": [\n      {\n'
                    f'        "href": "https://www.instagram.com/{name}",\n        "value": "{name}",\n'
                    f'        "timestamp": {1_600_000_000 + number * 97}\n      }}\n    ]\n  }}'
                )
            file.write("\n]")


def instagram_html(folder: Path, rows: int) -> None:
    """The same as pages."""
    place = folder / "connections" / "followers_and_following"
    place.mkdir(parents=True)
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    for part, start in enumerate(range(0, rows, 100_000), start=1):
        with (place / f"followers_{part}.html").open("w") as file:
            file.write(
                '<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8" />'
                "<title>Followers</title></head>"
                '<body class="_5vb_"><div class="_li"><div role="main" class="_3-8y">'
            )
            for number in range(start, min(start + 100_000, rows)):
                name = f"fan.{number:07}"
                file.write(
                    '<div class="pam _3-95 _2ph- _a6-g uiBoxWhite noborder"><div class="_a6-p"><div><div>'
                    f'<a target="_blank" href="https://www.instagram.com/{name}">{name}</a></div>'
                    f"<div>{months[number % 12]} {number % 28 + 1}, {2018 + number % 8} 5:12 pm</div>"
                    "</div></div></div>"
                )
            file.write("</div></div></body></html>")


def takeout(folder: Path, rows: int) -> None:
    """Google's ZIPs: cards, a table of contacts and subscriptions beside videos and pictures, 80 KB for each row."""
    chance = random.Random(1)
    noise = chance.randbytes(MEGABYTE)
    megabytes = max(2, rows * 80 // 1024)
    cards, listed = rows * 7 // 10, rows * 2 // 10
    for part in (1, 2):
        path = folder / f"takeout-20261101T100000Z-{part:03}.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            if part == 1:
                _pack(archive, "Takeout/Contacts/All Contacts/All Contacts.vcf", _cards(0, cards))
                _pack(archive, "Takeout/Contacts/Old phone/Old phone.csv", _google_rows(cards, listed))
            else:
                base = "Takeout/YouTube and YouTube Music"
                _pack(archive, f"{base}/subscriptions/subscriptions.csv", _subscriptions(rows - cards - listed))
                _pack(archive, f"{base}/history/watch-history.html", _watched(rows * 10))
            for number in range(max(1, megabytes // 128)):
                video = zipfile.ZipInfo(f"Takeout/YouTube and YouTube Music/videos/clip {part}-{number}.mp4")
                with archive.open(video, "w") as file:
                    for _ in range(min(64, megabytes // 2)):
                        file.write(noise)
            for number in range(rows // 20):
                title = f"Takeout/Google Photos/Photos from 2024/IMG_{part}{number:05}.jpg"
                _pack(archive, f"{title}.json", iter([json.dumps({"title": title, "imageViews": "3"}, indent=2)]))
                archive.writestr(zipfile.ZipInfo(title), noise[:4096])


def vcards(folder: Path, rows: int) -> None:
    """A phone's address book."""
    with (folder / "contacts.vcf").open("w", newline="") as file:
        _write(file, _cards(0, rows))


def customers(folder: Path, rows: int) -> None:
    """A shop's customers: a table with a row for each, read by a spec."""
    with (folder / "customers_export.csv").open("w") as file:
        file.write(
            "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,"
            "Default Address Address1,Default Address Address2,Default Address City,Default Address Province Code,"
            "Default Address Country Code,Default Address Zip,Default Address Phone,Phone,Accepts SMS Marketing,"
            "Total Spent,Total Orders,Note,Tax Exempt,Tags\n"
        )
        _write(file, _customer_rows(rows))


def orders(folder: Path, rows: int) -> None:
    """A shop's orders in the columns of today. The four orders of a buyer lie far apart."""
    buyers = max(1, rows * 4 // LINES_OF_FOUR_ORDERS // ORDERS_OF_A_BUYER)
    with (folder / "orders_export_1.csv").open("w") as file:
        file.write(ORDER_HEADER + "\n")
        _write(file, _order_rows(rows, buyers))


def whatsapp(folder: Path, rows: int) -> None:
    """Exported chats of an Android phone, a tenth of a million messages each."""
    for chat, start in enumerate(range(0, rows, 100_000)):
        partner = name_of(chat)
        with (folder / f"WhatsApp Chat with {partner}.txt").open("w") as file:
            _write(file, _whatsapp_lines(start, min(start + 100_000, rows), partner))


def telegram(folder: Path, rows: int) -> None:
    """An account's `result.json` with two hundred chats."""
    (folder / "DataExport_2026-11-01").mkdir()
    with (folder / "DataExport_2026-11-01" / "result.json").open("w") as file:
        file.write(
            '{\n "about": "Here is the data you requested.",\n "personal_information": {\n'
            '  "user_id": 100000009,\n  "first_name": "Jo",\n  "last_name": "Owner",\n'
            '  "phone_number": "+1 202 555 0100",\n  "username": "@CandleShop"\n },\n'
            ' "contacts": {\n  "about": "c",\n  "list": []\n },\n "chats": {\n  "about": "c",\n  "list": ['
        )
        each = -(-rows // 200)
        for chat, start in enumerate(range(0, rows, each)):
            file.write("," if chat else "")
            _write(file, _telegram_chat(chat, start, min(start + each, rows)))
        file.write("\n  ]\n }\n}\n")


def messenger(folder: Path, rows: int) -> None:
    """A Facebook export with threads of forty thousand messages, ten thousand in a file."""
    inbox = folder / "your_facebook_activity" / "messages" / "inbox"
    for thread, start in enumerate(range(0, rows, 40_000)):
        place = inbox / f"partner{thread}_{1_000_000 + thread}"
        place.mkdir(parents=True)
        for part, first in enumerate(range(start, min(start + 40_000, rows), 10_000), start=1):
            with (place / f"message_{part}.json").open("w") as file:
                _write(file, _thread_page(thread, first, min(first + 10_000, start + 40_000, rows)))


INPUTS: Final = {
    "orders": Large(orders, 5_000_000, "lines", "tables of orders"),
    "instagram": Large(instagram, 1_200_000, "followers", "platform, JSON in parts"),
    "instagram-html": Large(instagram_html, 1_200_000, "followers", "platform, HTML"),
    "tiktok": Large(tiktok, 1_200_000, "followers", "platform, one JSON document"),
    "takeout": Large(takeout, 26_000, "people", "ZIPs that are mostly videos"),
    "whatsapp": Large(whatsapp, 13_500_000, "messages", "chats, text"),
    "telegram": Large(telegram, 3_000_000, "messages", "chats, one JSON document"),
    "messenger": Large(messenger, 6_500_000, "messages", "chats, JSON in parts"),
    "customers": Large(customers, 1_000_000, "customers", "tables by spec"),
    "vcards": Large(vcards, 200_000, "cards", "vCard"),
}
"""What is measured; the last two are no extremes, and there for the speed of their family."""


def _write(file: IO[str], parts: Iterator[str]) -> None:
    for part in parts:
        file.write(part)


def _pack(archive: zipfile.ZipFile, path: str, parts: Iterator[str]) -> None:
    with archive.open(path, "w") as file:
        for part in parts:
            file.write(part.encode())


def _phone(number: int) -> str:
    """Everybody's own; so many do not fit into the ranges that are reserved for fiction, and nobody is called."""
    area = _AREAS[number % len(_AREAS)]
    return f"+1 {area}-{200 + number // 10_000 % 700}-{number % 10_000:04}"


def _mailbox(number: int) -> str:
    again = number // (len(_FIRST) * len(_SYLLABLES) ** 3)
    return f"{name_of(number).lower().replace(' ', '.')}{again or ''}"


def _street(number: int) -> str:
    return f"{number // 90_000 % 900 + 1} {_SYLLABLES[number % 29].title()}{_SYLLABLES[number // 29 % 29]} Lane"


def _zip(number: int) -> str:
    return f"{number % 90_000 + 10_000}"


def _cards(start: int, count: int) -> Iterator[str]:
    for number in range(start, start + count):
        first, _, last = name_of(number).partition(" ")
        yield (
            f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{first} {last}\r\nN:{last};{first};;;\r\n"
            f"EMAIL;TYPE=INTERNET;TYPE=HOME:{_mailbox(number)}@example.org\r\n"
            f"TEL;TYPE=CELL:{_phone(number)}\r\nADR;TYPE=HOME:;;{_street(number)};Portland;OR;{_zip(number)};US\r\n"
            "CATEGORIES:myContacts\r\nEND:VCARD\r\n"
        )


def _google_rows(start: int, count: int) -> Iterator[str]:
    yield "First Name,Middle Name,Last Name,Organization Name,Labels,E-mail 1 - Label,E-mail 1 - Value,"
    yield "Phone 1 - Label,Phone 1 - Value\n"
    for number in range(start, start + count):
        first, _, last = name_of(number).partition(" ")
        yield f"{first},,{last},,* myContacts,* Home,{_mailbox(number)}@example.org,Mobile,{_phone(number)}\n"


def _subscriptions(count: int) -> Iterator[str]:
    yield "Channel Id,Channel Url,Channel Title\n"
    for number in range(count):
        yield f"UC{number:022},http://www.youtube.com/channel/UC{number:022},Channel {number}\n"


def _watched(count: int) -> Iterator[str]:
    yield "<html><body>"
    for number in range(count):
        yield f'<div class="content-cell">Watched <a href="https://www.youtube.com/watch?v={number:011}">a video</a>'
        yield f"<br>Nov {number % 28 + 1}, 2025, 9:12:30 PM CET</div>"
    yield "</body></html>"


def _customer_rows(count: int) -> Iterator[str]:
    for number in range(count):
        first, _, last = name_of(number).partition(" ")
        yield (
            f"'{7_000_000_000_000 + number},{first},{last},{_mailbox(number)}@example.com,"
            f"{'yes' if number % 3 else 'no'},,{_street(number)},,Portland,OR,US,'{_zip(number)},,"
            f'{_phone(number) if number % 4 == 0 else ""},no,{number % 400}.00,{number % 9},,no,"spring, market"\n'
        )


def _moment(order: int) -> str:
    return f"2026-{order % 9 + 1:02}-{order % 28 + 1:02} {order % 24:02}:11:02 -0700"


def _order_rows(lines: int, buyers: int) -> Iterator[str]:
    further = ",Beeswax tin,9.00,,TIN-01,true,true,fulfilled" + "," * 27 + "Wick & Wax" + "," * 9 + "0.00" + "," * 19
    line = order = 0
    while line < lines:
        created, name = _moment(order), f"#{1000 + order}"
        # A prime, so that all buyers come before any comes again, in another order than they came first.
        buyer = (order * 1_000_003 + order // buyers * 77) % buyers
        mail, person = f"{_mailbox(buyer)}@example.com", name_of(buyer)
        town, where = f"Portland,'{_zip(buyer)},OR,US", _street(buyer)
        phone = _phone(buyer) if buyer % 5 == 0 else ""
        yield (
            f"{name},{mail},{'refunded' if order % 50 == 7 else 'paid'},{created},fulfilled,{created},"
            f"{'yes' if buyer % 2 else 'no'},USD,38.00,4.00,0.00,42.00,,0.00,Standard,{created},1,Oak bowl,33.00,,"
            f"BOWL-01,true,true,fulfilled,{person},{where},{where},,,{town},{phone},{person},{where},{where},,,{town},"
            f"{phone},,,,Card,c{order}.1,{'42.00' if order % 50 == 7 else '0.00'},Wick & Wax,0.00,,,,"
            f'{5_000_000_000 + order},"wholesale, spring",Low,web,0.00,,,,,,,,,,,,,,Oregon,Oregon,p{order}.1,,,c{order}.1\n'
        )
        line += 1
        for _ in range(min(order % 4, lines - line)):
            yield f"{name},{mail},,,,,,,,,,,,,,{created},1{further}\n"
            line += 1
        order += 1


def _whatsapp_lines(start: int, stop: int, partner: str) -> Iterator[str]:
    yield "20/01/2016, 08:00 - Messages and calls are end-to-end encrypted.\n"
    for number in range(start, stop):
        day = number // 60
        who = partner if number % 3 else "Jo Owner"
        yield (
            f"{day % 28 + 1:02}/{day // 28 % 12 + 1:02}/{2016 + day // 336 % 10}, {number % 24:02}:{number % 60:02} - "
            f"{who}: {_WORDS[number % 8]} {_WORDS[number // 8 % 8]}\n"
        )


def _telegram_chat(chat: int, start: int, stop: int) -> Iterator[str]:
    partner, user = name_of(chat), 100_000_100 + chat
    yield f'\n   {{\n    "name": "{partner}",\n    "type": "personal_chat",\n    "id": {user},\n    "messages": ['
    for number in range(start, stop):
        name, sender = (partner, user) if number % 3 else ("Jo Owner", 100_000_009)
        text, time = _WORDS[number % 8], 1_500_000_000 + number * 60
        yield (
            f'{"," if number > start else ""}\n     {{\n      "id": {number},\n      "type": "message",\n'
            f'      "date": "2023-11-14T22:13:20",\n      "date_unixtime": "{time}",\n      "from": "{name}",\n'
            f'      "from_id": "user{sender}",\n      "text": "{text}",\n      "text_entities": [\n       {{\n'
            f'        "type": "plain",\n        "text": "{text}"\n       }}\n      ]\n     }}'
        )
    yield "\n    ]\n   }"


def _thread_page(thread: int, start: int, stop: int) -> Iterator[str]:
    partner = name_of(thread)
    yield (
        f'{{\n  "participants": [\n    {{\n      "name": "{partner}"\n    }},\n'
        '    {\n      "name": "Jo Owner"\n    }\n  ],\n  "messages": ['
    )
    for number in range(start, stop):
        yield (
            f'{"," if number > start else ""}\n    {{\n      "sender_name": "{partner if number % 3 else "Jo Owner"}",'
            f'\n      "timestamp_ms": {1_500_000_000_000 + number * 60_000},\n      "content": "{_WORDS[number % 8]}",'
            '\n      "is_geoblocked_for_viewer": false\n    }'
        )
    yield f'\n  ],\n  "title": "{partner}",\n  "is_still_participant": true,\n  "magic_words": [\n\n  ]\n}}'
