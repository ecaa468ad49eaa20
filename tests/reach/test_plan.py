"""The page to print: it names nobody, needs nothing else, and says what the numbers say."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from audiencevault import reach
from audiencevault.reach import plan
from audiencevault.reach.next_steps import Step
from tests.reach.test_outage import LISTS, PEOPLE, answer
from tests.reach.worlds import NOW

OWNERS = reach.owners()
FILES = {
    "email": [
        ("unsubscribed.csv", 3, "unsubscribed", ""),
        ("subscribed.csv", 1, "subscribed", ""),
        ("held-back.csv", 4, "held_back", ""),
        ("manifest.json", 0, "manifest", ""),
    ],
    "sms": [("held-back.csv", 5, "held_back", "")],
}
STEPS = (
    Step("followers", 7, 7, False, "Put the link <there> & everywhere."),
    Step("vouch", 2, 2, True, "Vouch for shopify.customers.", 'audiencevault attest shopify.customers --text "…"'),
)


def page(*down: str, files: dict = FILES, steps: tuple[Step, ...] = STEPS) -> plan.Plan:
    drill = answer(PEOPLE, LISTS, *down).drill
    return plan.Plan(drill, steps, OWNERS, 3, NOW, "auto", "main", files)


class Strict(HTMLParser):
    """Fails on tags that are not closed in order, and collects addresses that a browser would fetch."""

    VOID = frozenset({"meta", "rect", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list) -> None:
        self.fetched += [value for name, value in attrs if name in {"src", "href"}]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert tag in self.VOID or self.open.pop() == tag


def test_the_page_is_whole_and_fetches_nothing() -> None:
    made = plan.html(page("meta"))
    parser = Strict()
    parser.feed(made)
    assert parser.open == []
    assert parser.fetched == []
    assert "url(" not in made
    assert "@import" not in made
    assert "<script" not in made
    assert "@media print" in made
    assert "&lt;there&gt; &amp; everywhere" in made
    assert "<there>" not in made


@pytest.mark.parametrize("render", [plan.html, plan.text])
def test_it_names_nobody_and_says_the_numbers(render: object) -> None:
    made = re.sub(r"\s+", " ", render(page("meta")))  # type: ignore[operator]
    for one in PEOPLE:
        assert not re.search(rf"\b{one['contact_id']}\b", made, re.IGNORECASE)
    for said in ("of 5 people", "40 % of those you reach", "LinkedIn (2)", "47.00 USD", "email/unsubscribed.csv",
                 "email/subscribed.csv", "audiencevault attest shopify.customers", "strict where unknown"):  # fmt: skip
        assert said in made, said
    assert "sms/held-back.csv" not in made


def test_opt_outs_are_imported_first() -> None:
    told = plan.on_the_day(page("meta"))
    assert told[0] == "Import first what stops messages: email/unsubscribed.csv."
    assert told[1] == "E-mail: import email/subscribed.csv, and write to this 1 person."
    assert "not even to ask" in told[-1]


def test_when_nothing_remains_nobody_is_written_to() -> None:
    shown = page("email,sms,meta,microsoft", files={}, steps=())
    assert plan.on_the_day(shown)[0].startswith("There is nobody whom you may write to")
    for made in (plan.text(shown), plan.html(shown)):
        assert "No channel to write on remains." in made
        assert "Nothing that is known would win anybody back." in made
    assert shown.title.endswith(" are down")


def test_a_tool_stops_sending_and_not_the_list() -> None:
    assert plan.stops(page("mailchimp")) == (
        "Mailchimp cannot send; the list is in your vault, so import the files at another provider."
    )
    assert plan.stops(page("linkedin")) == "LinkedIn stops."


def test_lines_of_the_text_are_short_except_commands() -> None:
    for line in plan.text(page("meta")).splitlines():
        assert len(line) <= plan.WIDTH or "audiencevault attest" in line


@pytest.mark.parametrize(
    ("value", "said"),
    [(0.0, "0 %"), (0.0001, "less than 1 %"), (0.436, "44 %"), (0.9999, "more than 99 %"), (1.0, "100 %")],
)
def test_a_share_is_never_rounded_to_none_or_all(value: float, said: str) -> None:
    assert plan.percent(value) == said
