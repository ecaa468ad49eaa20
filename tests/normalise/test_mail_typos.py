"""Slips in mail domains."""

from __future__ import annotations

import pyarrow as pa
import pytest

from audiencevault.normalise import email, mail_domains
from audiencevault.normalise.mail_typos import NO_SLIPS, PROVIDERS, meant


@pytest.mark.parametrize(
    ("domain", "provider"),
    [
        ("gmial.com", "gmail.com"), ("gmai.com", "gmail.com"), ("gmail.co", "gmail.com"), ("gmail.con", "gmail.com"),
        ("gamil.con", "gmail.com"), ("gmailcom", "gmail.com"), ("gmaill.com", "gmail.com"), ("yaho.de", "yahoo.de"),
        ("hotmial.com", "hotmail.com"), ("hotnail.fr", "hotmail.fr"), ("outlok.com", "outlook.com"),
        ("iclod.com", "icloud.com"), ("yahoo.co.u", "yahoo.co.uk"), ("t-onlin.de", "t-online.de"), ("web.ed", "web.de"),
        ("wanado.fr", "wanadoo.fr"), ("ymail.com", None), ("mail.ru", None), ("gmx.net", None), ("example.com", None),
        ("alive.com", None), ("rocketmail.com", None), ("orange.es", None), ("", None),
    ],
)  # fmt: skip
def test_what_was_meant(domain: str, provider: str | None) -> None:
    assert meant(domain) == provider


def test_no_known_domain_is_a_slip() -> None:
    known = {f"{label}.{ending}" for label, endings in PROVIDERS.items() for ending in endings}
    known |= mail_domains.PLUS_TAGS | mail_domains.RELAY | mail_domains.ONE_MAILBOX.keys() | NO_SLIPS
    assert {domain: meant(domain) for domain in known if meant(domain)} == {}
    assert not {meant(f"{label}.{ending}") for label, endings in PROVIDERS.items() for ending in endings} - {None}


def test_the_key_that_was_meant() -> None:
    keys = pa.array(["i.da+x@gmial.com", "ida@example.com", "ida@gmailcom", None, "ida@hotmail.con"])
    assert email.meant_keys(keys).to_pylist() == ["ida@gmail.com", None, "ida@gmail.com", None, "ida@hotmail.com"]
