"""The reference page names every provider, reason, flag and range that the code has."""

from __future__ import annotations

from pathlib import Path

from audiencevault.normalise import account, email, mail_domains, phone
from audiencevault.normalise.phone_ranges import FICTITIOUS, LINE_TYPES

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "normalisation.md").read_text(encoding="utf-8")


def test_the_page_is_complete() -> None:
    words = {
        *mail_domains.PLUS_TAGS, *mail_domains.RELAY, *mail_domains.ONE_MAILBOX, *mail_domains.ONE_MAILBOX.values(),
        *email.REASONS, *phone.REASONS, *account.REASONS, *email.FLAGS, *phone.FLAGS, *LINE_TYPES.values(),
    }  # fmt: skip
    assert sorted(word for word in words if f"`{word}`" not in PAGE) == []
    assert [item.pattern for item in FICTITIOUS if item.pattern.replace("|", "\\|") not in PAGE] == []
    sentences = [*email.REASONS.values(), *phone.REASONS.values(), *account.REASONS.values()]
    assert [sentence for sentence in sentences if sentence not in PAGE] == []
