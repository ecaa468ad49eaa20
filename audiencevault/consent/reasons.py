"""Why somebody may or may not be written to: one stable code each, its place in the order, and plain words.

Codes that begin with `OK_` permit, all others do not; `DEFER_` is a no for now that time alone lifts. Of several
reasons the one with the lowest `order` is the answer. `state` is the short word that receivers know.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Reason:
    """One code. `sentence` and `remedy` may name `{who}` (the source), `{channel}`, `{means}` (address or
    number), `{rules}` (the preset's title) and `{source}` (for commands); an empty remedy means that only the
    person can change it, or nobody.
    """

    code: str
    order: int
    state: str
    sentence: str
    remedy: str = ""

    @property
    def permits(self) -> bool:
        """Whether this is a yes."""
        return self.code.startswith("OK_")


_FORM: Final = (
    "Offer a public sign-up form (link in your profile, on the receipt, in the shop); do not write one by one."
)
_PROOF: Final = "Let them sign up again through a form that keeps the date and asks for a confirming click."

REASONS: Final[Mapping[str, Reason]] = {
    reason.code: reason
    for reason in (
        Reason("NO_ERASED", 1, "erased", "This person asked to be forgotten; nothing may be sent to this {means}."),
        Reason(
            "NO_ENDPOINT", 2, "none", "No usable {means} is known.",
            "Ask for it where you already talk, for instance with a sign-up form linked from your profile.",
        ),
        Reason("NO_SUPPRESSED_LEGAL", 3, "blocked", "{who} blocked this {means} for a legal reason."),
        Reason(
            "NO_SUPPRESSED_MANUAL", 3, "blocked", "Somebody blocked this {means} by hand in {who}.",
            "Lift the block only if you know why it was set.",
        ),
        Reason(
            "NO_SUPPRESSED_BOUNCE", 4, "bounced", "Mail to this {means} came back for good, says {who}.",
            "Correct the {means} in your shop if the person gives you a new one.",
        ),
        Reason(
            "NO_SUPPRESSED_INVALID", 4, "invalid", "{who} says that this {means} does not exist.",
            "Correct the {means} in your shop if the person gives you a new one.",
        ),
        Reason("NO_SUPPRESSED_COMPLAINT", 5, "complained", "They reported a message of yours as spam, says {who}."),
        Reason("NO_OBJECTED", 6, "objected", "They objected to advertising; that holds for every channel."),
        Reason("NO_WITHDRAWN", 7, "withdrawn", "They unsubscribed from {channel}, says {who}."),
        Reason("NO_REFUSED", 8, "refused", "They were asked and said no, says {who}."),
        Reason(
            "NO_AMBIGUOUS", 9, "not_subscribed",
            "{who} says 'no', which may mean \"unsubscribed\" or \"was never asked\"; under {rules} it counts as a no.",
            "Only a dated sign-up of their own can outweigh it.",
        ),
        Reason(
            "NO_PENDING", 10, "pending", "They began to sign up and have not clicked the confirmation yet, says {who}.",
            "Nothing to do: it becomes a yes when they click.",
        ),
        Reason(
            "NO_STALE", 11, "stale",
            "They agreed long ago and gave no sign since; under {rules} that is too old.", _FORM,
        ),
        Reason(
            "NO_GONE", 12, "gone", "A newer, complete export of {who} no longer holds this {means}.",
            "If they left by mistake, add them to the source again and import it.",
        ),
        Reason("NO_EXPIRED", 12, "expired", "The permission ended by itself under {rules}.", _FORM),
        Reason(
            "NO_EVIDENCE", 13, "unproven",
            "{who} says 'yes' but cannot show enough of when, how and to what; {rules} asks for more.", _PROOF,
        ),
        Reason(
            "NO_LEVEL", 14, "unconfirmed",
            "They signed up but never clicked a confirmation; {rules} asks for that click.",
            "Switch on double opt-in at the provider, so that new sign-ups are confirmed.",
        ),
        Reason(
            "NO_CONDITIONS", 15, "unproven",
            "They bought from you, but it is not recorded that all conditions for writing to customers were met.",
            "Record that they could refuse at checkout and in every message, or use a sign-up form.",
        ),
        Reason(
            "NO_PURPOSE", 16, "other_purpose", "They agreed to something else than this purpose, says {who}.", _FORM,
        ),
        Reason(
            "NO_CONTROLLER", 17, "other_sender", "They agreed to hear from another sender, not from this one.", _FORM,
        ),
        Reason(
            "NO_CHANNEL", 18, "other_channel", "They agreed to another channel, but never to {channel}.",
            "Ask for {channel} where they already hear from you.",
        ),
        Reason(
            "NO_RELATION_ONLY", 19, "unknown",
            "They are known through {who}, but that is not permission for {channel} under {rules}.", _FORM,
        ),
        Reason("NO_UNKNOWN", 20, "unknown", "Nobody recorded that they agreed to {channel}.", _FORM),
        Reason(
            "NO_ONE_CLICK", 21, "not_sendable",
            "The receiver does not add the one-click unsubscribe header that mailbox providers ask of bulk mail.",
            "Send through a provider that adds it.",
        ),
        Reason(
            "DEFER_QUIET_HOURS", 40, "deferred",
            "They agreed, but it is too early or too late where they live; {rules} asks for waiting.",
            "Send it between 8 and 21 o'clock of their day.",
        ),
        Reason("OK_CONSENT", 50, "subscribed", "They agreed."),
        Reason("OK_SOFT_OPT_IN", 51, "subscribed", "They are a customer and could refuse when you took the address."),
        Reason("OK_IMPLIED", 52, "subscribed", "They bought or asked recently enough."),
        Reason("OK_INFERRED", 53, "subscribed", "Their dealings with you imply that they expect it."),
        Reason(
            "OK_OPT_OUT_REGIME", 54, "subscribed",
            "They dealt with you and never said no, which is enough under {rules}.",
        ),
        Reason("OK_SERVICE", 55, "subscribed", "A service message, no advertising."),
        Reason(
            "OK_LEGITIMATE_INTEREST", 57, "subscribed",
            "They are a customer, and why writing to them is fair is documented.",
        ),
        Reason("OK_STORAGE", 56, "stored", "Kept for yourself; nothing is sent."),
    )
}  # fmt: skip
"""Every code, by its name."""

ASSERTED_SENTENCE: Final = "{who} says 'yes' but not when or how; under {rules} somebody has to vouch for it."
ASSERTED_REMEDY: Final = 'If you can vouch for how they signed up: audiencevault attest {source} --text "…"'
VOUCH_SENTENCE: Final = (
    "{count} came from {who} as subscribed to {channel} without a date: if you can vouch for how they signed up, run"
)
ASSERTED_NEVER: Final = "{who} says 'yes' but not when or how; under {rules} nobody can vouch for that."
ONLY_ACCOUNT: Final = "Only the {who} handle is known."
UNUSABLE_SENTENCE: Final = "The {means} on file cannot be used: it is not complete or not possible."
UNUSABLE_REMEDY: Final = "Correct it in your shop or list and import again."
COUNTRY_HELPS: Final = ("NO_AMBIGUOUS", "NO_STALE", "NO_EVIDENCE", "NO_LEVEL", "NO_RELATION_ONLY")
COUNTRY_REMEDY: Final = "If a list of yours says their country, import it: that country's rules then apply instead."
NO_COUNTRY: Final = "the strict rules (no country is known)"

BEFORE_IT_ENDS: Final[Mapping[str, str]] = {
    "OK_IMPLIED": "A new purchase or inquiry restarts the clock; while it runs, a message may ask for lasting consent.",
    "OK_INFERRED": "A new purchase restarts the clock; while it runs, a message may ask for lasting consent.",
    "OK_CONSENT": "A click or a purchase of theirs counts as a sign of life; while you may write, ask them to confirm.",
    "asserted": "Vouch again with 'attest', or let them confirm while you may write.",
}
"""The lawful step before a permission ends by itself, by the reason that permits (`asserted`: somebody vouched)."""
FRESH: Final = "While you may write, ask them to confirm; afterwards only their own sign-up helps."

CHANNEL_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "email": ("e-mail", "e-mail address"),
    "sms": ("text messages", "phone number"),
    "whatsapp": ("WhatsApp", "phone number"),
    "voice": ("calls", "phone number"),
    "postal": ("letters", "postal address"),
    "dm": ("direct messages", "account"),
    "ads_audience": ("advertising audiences", "contact point"),
    "storage": ("storage", "contact"),
}
"""How a channel and its contact point are called."""

_SPELLED: Final = {"linkedin": "LinkedIn", "whatsapp": "WhatsApp", "vcard": "The address book", "table": "Your table",
                   "suppression": "Your own list of blocks",
                   "tiktok": "TikTok", "youtube": "YouTube", "meta": "Meta"}  # fmt: skip


def source_words(source: str | None) -> str:
    """`shopify.customers` as people say it.

    >>> source_words("shopify.customers")
    'Shopify'
    """
    if not source:
        return "The record"
    family = source.partition(".")[0]
    return _SPELLED.get(family, family.replace("_", " ").title())


def explain(
    code: str,
    *,
    channel: str,
    source: str | None,
    preset_title: str,
    unknown_country: bool = False,
    asserted: str | None = None,
    unusable: bool = False,
) -> tuple[str, str]:
    """The sentence and the remedy of one answer.

    `asserted` is what the preset says about a yes without a date (`attested`, `no`), where the answer is
    `NO_EVIDENCE` because of one; None otherwise. `unusable` says that there is a point, but not a valid one.
    """
    reason = REASONS[code]
    words, means = CHANNEL_WORDS.get(channel, (channel, "contact point"))
    names = {
        "who": source_words(source),
        "channel": words,
        "means": means,
        "rules": NO_COUNTRY if unknown_country else preset_title,
        "source": source or "SOURCE",
    }
    sentence, remedy = reason.sentence, reason.remedy
    if code == "NO_EVIDENCE" and asserted == "attested":
        sentence, remedy = ASSERTED_SENTENCE, ASSERTED_REMEDY
    elif code == "NO_EVIDENCE" and asserted == "no":
        sentence = ASSERTED_NEVER
    elif code == "NO_ENDPOINT" and unusable:
        sentence, remedy = UNUSABLE_SENTENCE, UNUSABLE_REMEDY
    elif code == "NO_ENDPOINT" and source:
        sentence = ONLY_ACCOUNT
    if unknown_country and code in COUNTRY_HELPS:
        remedy = f"{remedy} {COUNTRY_REMEDY}"
    return _capital(sentence.format(**names)), remedy.format(**names)


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
