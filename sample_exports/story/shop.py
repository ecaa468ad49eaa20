"""The files of the shop and of the newsletter: Shopify, Mailchimp, Meta lead forms, the list on the market stall."""

# ruff: noqa: E501, DTZ001  rows of a file stay on one line; the files hold times without a zone
from __future__ import annotations

from datetime import datetime, timedelta

from story.people import COUNTRIES, Draw, Person
from story.telling import OWNER, TODAY, Story, national, pack, seen, table

CUSTOMERS = (
    "Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Default Address Company,Default Address Address1,"
    "Default Address Address2,Default Address City,Default Address Province Code,Default Address Country Code,"
    "Default Address Zip,Default Address Phone,Phone,Accepts SMS Marketing,Total Spent,Total Orders,Note,Tax Exempt,Tags,"
    "Accepts WhatsApp Marketing,Favourite scent (customer.metafields.custom.favourite_scent)"
)
CUSTOMERS_2021 = (
    "First Name,Last Name,Email,Company,Address1,Address2,City,Province,Province Code,Country,Country Code,Zip,Phone,"
    "Accepts Marketing,Total Spent,Total Orders,Tags,Note,Tax Exempt"
)
ORDERS = (
    "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing,Currency,Subtotal,Shipping,"
    "Taxes,Total,Discount Code,Discount Amount,Shipping Method,Created at,Lineitem quantity,Lineitem name,Lineitem price,"
    "Lineitem compare at price,Lineitem sku,Lineitem requires shipping,Lineitem taxable,Lineitem fulfillment status,"
    "Billing Name,Billing Street,Billing Address1,Billing Address2,Billing Company,Billing City,Billing Zip,"
    "Billing Province,Billing Country,Billing Phone,Shipping Name,Shipping Street,Shipping Address1,Shipping Address2,"
    "Shipping Company,Shipping City,Shipping Zip,Shipping Province,Shipping Country,Shipping Phone,Notes,Note Attributes,"
    "Cancelled at,Payment Method,Payment Reference,Refunded Amount,Vendor,Outstanding Balance,Employee,Location,"
    "Device ID,Id,Tags,Risk Level,Source,Lineitem discount,Tax 1 Name,Tax 1 Value,Tax 2 Name,Tax 2 Value,Tax 3 Name,"
    "Tax 3 Value,Tax 4 Name,Tax 4 Value,Tax 5 Name,Tax 5 Value,Phone,Receipt Number,Duties,Billing Province Name,"
    "Shipping Province Name,Payment ID,Payment Terms Name,Next Payment Due At,Payment References"
)
GOODS = [("Beeswax pillar", 2400, "BWX-01"), ("Fig & cedar tin", 1650, "TIN-04"), ("Taper candles, pair", 1200, "TPR-02"),
         ("Winter spruce jar", 3200, "JAR-07"), ("Wick trimmer", 900, "ACC-01"), ("Candle-making class", 6500, "CLS-01")]  # fmt: skip
PROVINCES = {"OR": "Oregon", "WA": "Washington", "CA": "California", "TX": "Texas", "IL": "Illinois", "NY": "New York",
             "MA": "Massachusetts", "CO": "Colorado", "ON": "Ontario", "VIC": "Victoria"}  # fmt: skip


def money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"


def shop_time(moment: datetime) -> str:
    """Portland's own time, as Shopify writes it."""
    return f"{moment:%Y-%m-%d %H:%M:%S} {'-0700' if 3 < moment.month < 11 else '-0800'}"


def shopify_orders(story: Story) -> dict[str, tuple[int, int]]:
    """Writes the orders; returns number and cents per person, for the customer file."""
    orders: list[tuple[datetime, Person | None, str]] = []
    for person in story.having("orders"):
        draw = Draw("orders", person.id)
        orders.extend((draw.moment("2023-03-01", TODAY), person, "paid") for _ in range(int(person.roles["orders"])))
    till = Draw("till")
    orders.extend((till.moment("2025-04-01", TODAY), None, "paid") for _ in range(9))
    orders.sort(key=lambda order: (order[0], order[1].id if order[1] else ""))
    header, rows, totals = ORDERS.split(","), [], {}
    written: list[tuple[Person | None, str, list[dict[str, str]]]] = []
    for number, (created, person, _) in enumerate(orders, start=1001):
        draw = Draw("order", number)
        status = draw.weighted(
            {"paid": 0.9, "refunded": 0.03, "partially_refunded": 0.02, "voided": 0.02, "pending": 0.03}
        )
        lines = [(draw.number(1, 3), *draw.pick(GOODS)) for _ in range(draw.weighted({1: 0.6, 2: 0.3, 3: 0.1}))]
        subtotal = sum(count * price for count, _, price, _ in lines)
        shipping = 0 if person is None else 795
        refund = {"refunded": subtotal + shipping, "partially_refunded": 900}.get(status, 0)
        name, email, phone, place = "", "", "", {}
        if person is not None:
            shown = seen(person, "orders")
            name, email = f"{person.first} {person.last}", shown["email"]
            phone = person.phone if draw.chance(0.4) else ""
            place = {"Street": person.street, "Address1": person.street, "City": person.city, "Zip": person.postcode,
                     "Province": person.region, "Country": person.country, "Name": name, "Company": person.company,
                     "Phone": phone}  # fmt: skip
            count, spent = totals.get(person.id, (0, 0))
            totals[person.id] = (
                count + 1,
                spent + (subtotal + shipping - refund if status in ("paid", "partially_refunded") else 0),
            )
        gift = place and draw.chance(0.05)
        ticked = ""
        if person is not None:
            ticked = "yes" if person.roles.get("customers") == "yes" and draw.chance(0.6) else "no"
        first = {
            "Name": f"#{number}", "Email": email, "Financial Status": status,
            "Paid at": shop_time(created) if status != "pending" else "", "Fulfillment Status": "fulfilled" if status == "paid" else "unfulfilled",
            "Fulfilled at": shop_time(created + timedelta(hours=26)) if status == "paid" else "", "Accepts Marketing": ticked,
            "Currency": "USD", "Subtotal": money(subtotal), "Shipping": money(shipping), "Taxes": "0.00",
            "Total": money(subtotal + shipping), "Discount Amount": "0.00", "Shipping Method": "Standard" if person else "",
            "Created at": shop_time(created), "Payment Method": "Shopify Payments" if person else "Cash",
            "Cancelled at": shop_time(created + timedelta(hours=3)) if status == "voided" else "",
            "Refunded Amount": money(refund), "Outstanding Balance": "0.00", "Location": "" if person else "Saturday market",
            "Id": str(5_900_000_000_000 + number * 7919), "Risk Level": "Low", "Source": "web" if person else "pos", "Phone": phone,
            "Notes": "Please ring twice,\nthe bell is shy" if number % 41 == 0 else "",
            "Billing Province Name": PROVINCES.get(place.get("Province", ""), ""),
            "Shipping Province Name": PROVINCES.get(place.get("Province", ""), ""),
            **{f"Billing {key}": value for key, value in place.items()},
            **{f"Shipping {key}": value for key, value in place.items()},
            **({"Shipping Name": "Somebody Else"} if gift else {}),
        }  # fmt: skip
        again = {"Name": f"#{number}", "Email": email, "Created at": shop_time(created), "Phone": phone}
        block = []
        for position, (count, label, price, sku) in enumerate(lines):
            block.append(
                (again if position else first)
                | {"Lineitem quantity": str(count), "Lineitem name": label, "Lineitem price": money(price), "Lineitem sku": sku,
                   "Lineitem requires shipping": "true", "Lineitem taxable": "false", "Lineitem fulfillment status": "fulfilled",
                   "Vendor": "Wick & Wax", "Lineitem discount": "0.00"}
            )  # fmt: skip
        written.append((person, f"#{number}", block))
    line = 0
    for person, name, block in reversed(written):
        if person is not None:
            story.is_(person, "shopify.orders", "shopify/orders_export_1.csv", line + 1, name)
        rows.extend([entry.get(column, "") for column in header] for entry in block)
        line += len(block)
    story.files["shopify/orders_export_1.csv"] = table(ORDERS, rows).encode()
    return totals


def shopify_customers(story: Story, totals: dict[str, tuple[int, int]]) -> None:
    file, rows = "shopify/customers_export.csv", []
    for number, person in enumerate(story.having("customers"), start=1):
        draw, shown = Draw("customer", person.id), seen(person, "customers")
        count, cents = totals.get(person.id, (0, 0))
        phone = f"'{shown['phone']}" if shown["phone"] else ""
        sms = draw.weighted({"yes": 0.2, "no": 0.8}) if phone else "no"
        rows.append([
            f"'{7_001_000_000_000 + int(person.id[1:]) * 131}", shown["first"], shown["last"], shown["email"], person.roles["customers"],
            person.company, person.street, "", person.city, person.region, person.country, f"'{person.postcode}",
            phone if draw.chance(0.5) else "", phone, sms, money(cents), count, "", "no",
            draw.weighted({"": 0.5, "newsletter": 0.2, "vip, market": 0.15, "wholesale": 0.05, "class, gift": 0.1}),
            "yes" if phone and draw.chance(0.05) else "no", draw.pick(["", "", "fig", "spruce", "honey"]),
        ])  # fmt: skip
        story.is_(person, "shopify.customers", file, number, rows[-1][0].lstrip("'"))
    blank = [""] * (len(CUSTOMERS.split(",")) - 1)
    rows.append(
        ["'7001000099001", "test", "test", "test@test.test", "yes", *[""] * 10, "0.00", 0, "", "no", "", "no", ""]
    )
    rows.append(
        [
            "'7001000099002",
            "asdf",
            "asdf",
            "asdf@@example.com",
            "no",
            *[""] * 8,
            "'0000000000",
            "no",
            "0.00",
            0,
            "",
            "no",
            "",
            "no",
            "",
        ]
    )
    rows.append(
        [
            "'7001000099003",
            "Marit",
            "Lindqvist",
            OWNER["email"],
            "yes",
            *[""] * 8,
            f"'{OWNER['phone']}",
            "yes",
            "0.00",
            3,
            "own test orders",
            "no",
            "",
            "yes",
            "",
        ]
    )
    rows.append(["'7001000099004", *blank])
    story.files[file] = table(CUSTOMERS, rows).encode()


def shopify_customers_2021(story: Story) -> None:
    """The older generation of columns, opened in a spreadsheet as Windows-1252 and saved as UTF-8: mojibake."""
    file, rows = "shopify/customers_export_2021.csv", []
    for number, person in enumerate(story.having("customers_2021"), start=1):
        draw, shown = Draw("customer 2021", person.id), seen(person, "customers_2021")
        rows.append([
            shown["first"], shown["last"], shown["email"], person.company, person.street, "", person.city,
            PROVINCES.get(person.region, ""), person.region, COUNTRIES[person.country], person.country, person.postcode,
            national(shown["phone"], draw), person.roles["customers_2021"], money(draw.number(1200, 28000)), draw.number(1, 6),
            draw.pick(["", "", "newsletter", "market 2020"]), "", "no",
        ])  # fmt: skip
        story.is_(person, "shopify.customers", file, number, shown["email"])
    rows.append([""] * 19)
    text = table(CUSTOMERS_2021, rows, end="\r\n")
    story.files[file] = b"\xef\xbb\xbf" + "".join(_windows(byte) for byte in text.encode()).encode()


def _windows(byte: int) -> str:
    try:
        return bytes([byte]).decode("cp1252")
    except UnicodeDecodeError:
        return chr(byte)


AUDIENCE_HEAD = "Email Address,First Name,Last Name,Address,Phone Number,Birthday,What do you burn?,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LATITUDE,LONGITUDE,GMTOFF,DSTOFF,TIMEZONE,CC,REGION,"
AUDIENCE_TAIL = ",LEID,EUID,NOTES,TAGS"
AUDIENCE = {
    "subscribed": "LAST_CHANGED",
    "unsubscribed": "UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,UNSUB_CAMPAIGN_ID,UNSUB_REASON,UNSUB_REASON_OTHER",
    "cleaned": "CLEAN_TIME,CLEAN_CAMPAIGN_TITLE,CLEAN_CAMPAIGN_ID",
    "nonsubscribed": "LAST_CHANGED",
}
STATUS = {
    "complained": "unsubscribed",
    "unsubscribed": "unsubscribed",
    "cleaned": "cleaned",
    "nonsubscribed": "nonsubscribed",
}


def mailchimp(story: Story) -> None:
    zip_path = "mailchimp/wick-and-wax-newsletter.zip"
    rows: dict[str, list[list[object]]] = {status: [] for status in AUDIENCE}
    used: set[str] = set()
    for person in story.having("mailchimp"):
        draw, shown, kind = Draw("mailchimp", person.id), seen(person, "mailchimp"), person.roles["mailchimp"]
        if shown["email"] in used:
            continue
        used.add(shown["email"])
        status = STATUS.get(kind, "subscribed")
        signed = draw.moment("2022-01-05", "2026-06-01")
        confirmed = signed + timedelta(seconds=draw.number(40, 90_000))
        ip = f"{draw.pick(['192.0.2', '198.51.100', '203.0.113'])}.{draw.number(1, 254)}"
        how = kind if status == "subscribed" else draw.pick(["double", "single", "imported"])
        optin, optin_ip, confirm, confirm_ip = {
            "double": (signed, ip, confirmed, ip),
            "double_no_ip": (signed, ip, confirmed, ""),
            "single": (signed, ip, signed, ip),
            "equal": (signed, "", signed, ""),
            "imported": ("", "", datetime(2023, 2, 14, 9, 30, 11), ""),
        }[how]
        ended = signed + timedelta(days=draw.number(30, 140), seconds=draw.number(0, 80_000))
        reason = "SPAM" if kind == "complained" else draw.pick(["NORMAL", "NORMAL", "Other"])
        middle = {
            "subscribed": [confirm], "nonsubscribed": [confirm],
            "unsubscribed": [ended, "Autumn scents", "a1b2c3d4e5", reason, "too many mails, sorry" if reason == "Other" else ""],
            "cleaned": [ended, "Spring fair", "f6e5d4c3b2"],
        }[status]  # fmt: skip
        leid = 900_000 + int(person.id[1:]) * 17
        rows[status].append([
            shown["email"], shown["first"], shown["last"],
            f"{person.street}, {person.city}, {person.postcode}" if draw.chance(0.15) else "",
            national(shown["phone"], draw) if draw.chance(0.2) else "",
            f"{person.birthday[5:7]}/{person.birthday[8:]}" if person.birthday and draw.chance(0.5) else "",
            draw.pick(["", "Pillars", "Pillars, Tins", "Tapers"]),
            draw.number(1, 5), optin, optin_ip, confirm, confirm_ip, "", "", "", "", "", person.country.lower() if optin_ip or confirm_ip else "", "",
            *middle, leid, f"{leid * 2654435761 % 16**10:010x}", "",
            draw.pick(["", '"Spring fair"', '"Spring fair","Wholesale"']),
        ])  # fmt: skip
        story.is_(person, "mailchimp.audience", f"{zip_path}::{_audience(status)}", len(rows[status]), shown["email"])
    rows["subscribed"].append(
        ["test@test.test", "Test", "Test", "", "0000000000", "", "", 1, "", "", datetime(2023, 2, 14, 9, 30, 11), "", *[""] * 7,
         datetime(2023, 2, 14, 9, 30, 11), 899_999, "00000000aa", "", ""]
    )  # fmt: skip
    members = {
        _audience(status): table(AUDIENCE_HEAD + tail + AUDIENCE_TAIL, rows[status]).encode()
        for status, tail in AUDIENCE.items()
    }
    story.files[zip_path] = pack(members, datetime(2026, 11, 1, 16, 20))


def _audience(status: str) -> str:
    return f"{status}_email_audience_export_8c1d2e4f55.csv"


LEADS = (
    "id,created_time,ad_id,ad_name,adset_id,adset_name,campaign_id,campaign_name,form_id,form_name,is_organic,platform,"
    "may_we_email_you?,full_name,phone_number,email,{}lead_status"
)


def meta_leads(story: Story) -> None:
    for role, file, form, extra, delimiter in (
        ("leads_spring", "meta/leads_spring_form.csv", ("f:9001", "Spring newsletter form"), "zip_code,", ","),
        ("leads_market", "meta/leads_market_form.csv", ("f:9002", "Christmas market 2025"), "", "\t"),
    ):
        rows = []
        for number, person in enumerate(story.having(role), start=1):
            draw, shown = Draw(role, person.id), seen(person, role)
            organic = draw.chance(0.2)
            answer = person.roles[role] or draw.weighted({"yes": 0.75, "no": 0.15, "": 0.1})
            identity = f"l:{(4000 if extra else 5000) + int(person.id[1:])}"
            when = draw.moment("2026-03-01", "2026-05-30") if extra else draw.moment("2025-11-20", "2025-12-23")
            rows.append([
                identity, f"{when:%Y-%m-%dT%H:%M:%S}{'-07:00' if extra else '+01:00'}",
                *(["", "", "", "", "", ""] if organic else ["ag:71", "Candle flat lay", "as:72", "Lookalike 1%", "c:73", "Newsletter"]),
                *form, str(organic).lower(), draw.pick(["fb", "ig"]), answer, f"{shown['first']} {shown['last']}".strip(),
                f"p:{shown['phone']}" if shown["phone"] else "", shown["email"],
                *([f"z:{person.postcode}"] if extra else []), draw.pick(["complete", "CREATED"]),
            ])  # fmt: skip
            story.is_(person, "meta.leads", file, number, identity.removeprefix("l:"))
        dummy = "<test lead: dummy data for {}>"
        rows.append([f"l:{5999 if not extra else 4999}", "2026-03-01T09:00:00-07:00", *[""] * 6, *form, "true", "fb", dummy.format("may_we_email_you?"),
                     dummy.format("full_name"), dummy.format("phone_number"), "test@test.test", *([""] if extra else []), "complete"])  # fmt: skip
        text = table(LEADS.format(extra), rows, delimiter=delimiter)
        story.files[file] = text.encode() if delimiter == "," else b"\xff\xfe" + text.encode("utf-16-le")


def market_stall(story: Story) -> None:
    """Typed off paper by a helper at the Christmas market in Berlin: German headers, semicolons, Windows-1252."""
    file, rows = "market_stall/newsletter_signup_sheet.csv", []
    for number, person in enumerate(story.having("stall")):
        draw, shown = Draw("stall", person.id), seen(person, "stall")
        when = draw.moment("2025-11-24", "2025-12-23")
        row = len(rows) + 1
        rows.append([shown["first"], shown["last"], shown["email"], national(shown["phone"], draw) if draw.chance(0.5) else "",
                     f"{when:%d.%m.%Y}" if draw.chance(0.85) else "", person.roles["stall"]])  # fmt: skip
        story.is_(person, "table.generic", file, row, shown["email"])
        if number == 9:
            rows.append([""] * 6)
        if number == 14:
            rows.append(["Unleserlich", "", "unleserlich", "", "", "ja"])
        if number == 20:
            rows.append(["asdf", "asdf", "asdf@example", "0000000000", "", ""])
    rows.append(["Test", "Test", "test@test.test", "", "01.12.2025", "ja"])
    text = table("Vorname,Nachname,E-Mail,Telefon,Datum,Newsletter", rows, delimiter=";", end="\r\n")
    story.files[file] = text.encode("cp1252")
