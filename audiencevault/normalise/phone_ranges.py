"""Telephone ranges that regulators keep free for films, books and examples, and names of line types.

Numbers there reach nobody. They are accepted, whether or not phonenumbers calls them assigned, and flagged
`fictitious`, so that samples and tests work like the real thing. Collected in November 2026 from general knowledge of
the lists named below, not from the lists themselves: a wrong range costs a flag and lets a number in that
reaches nobody.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from phonenumbers import PhoneNumberType

LINE_TYPES: Final = {
    PhoneNumberType.FIXED_LINE: "fixed",
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.FIXED_LINE_OR_MOBILE: "fixed_or_mobile",
    PhoneNumberType.TOLL_FREE: "toll_free",
    PhoneNumberType.PREMIUM_RATE: "premium_rate",
    PhoneNumberType.SHARED_COST: "shared_cost",
    PhoneNumberType.VOIP: "voip",
    PhoneNumberType.PERSONAL_NUMBER: "personal",
    PhoneNumberType.PAGER: "pager",
    PhoneNumberType.UAN: "uan",
    PhoneNumberType.VOICEMAIL: "voicemail",
}
"""What phonenumbers calls a kind of line, and what we call it; `uan` is a company-wide number."""


class Range(NamedTuple):
    """A range as a pattern on E.164; `country` and `line_type` serve where phonenumbers does not know the number."""

    pattern: str
    country: str
    line_type: str


FICTITIOUS: Final = (
    # North American Numbering Plan: 555-0100 to 555-0199 of every area code (ATIS-0300115).
    Range(r"\+1[2-9]\d{2}55501\d{2}", "US", "fixed_or_mobile"),
    # United Kingdom: Ofcom, "Telephone numbers for use in TV and radio drama programmes".
    Range(r"\+447700900\d{3}", "GB", "mobile"),
    Range(r"\+44(?:11[345678]|121|131|141|151|161)4960\d{3}", "GB", "fixed"),
    Range(r"\+44(?:1914980|2079460|2890180|2920180)\d{3}|\+442896496\d{3}|\+441632960\d{3}", "GB", "fixed"),
    Range(r"\+448081570\d{3}", "GB", "toll_free"),
    Range(r"\+449098790\d{3}", "GB", "premium_rate"),
    Range(r"\+443069990\d{3}", "GB", "uan"),
    # Australia: ACMA, numbers for use in radio, television, film and creative works.
    Range(r"\+6149157\d{4}", "AU", "mobile"),
    Range(r"\+61[2378](?:5550|7010)\d{4}", "AU", "fixed"),
    # France: ARCEP decision 2018-0881, numbers for audiovisual works.
    Range(r"\+3363998\d{4}", "FR", "mobile"),
    Range(r"\+33(?:19900|26191|35301|46571|53649)\d{4}", "FR", "fixed"),
    # Germany: Bundesnetzagentur, "Drama numbers".
    Range(r"\+49(?:3023125|6990009|4066969|2214710|8999998)\d{3}", "DE", "fixed"),
    Range(r"\+49(?:17139200|176040690)\d{2}", "DE", "mobile"),
    # Sweden: PTS, telephone numbers for use in books and films.
    Range(r"\+46(?:3139006\d{2}|4062804\d{2}|8465004\d{2}|9803192\d{2})", "SE", "fixed"),
    Range(r"\+46701740(?:60[5-9]|6[1-9]\d)", "SE", "mobile"),
)
"""Ranges that are never given to a subscriber."""
