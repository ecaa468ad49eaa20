"""Whether a reply means "stop": the words that always count, and plain sentences that say the same.

Restriction is always safe, so a doubtful reply counts as a no; a sentence that merely holds one of the words
("I can't stop looking at your candles") does not.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

STOP_WORDS: Final = (
    "stop", "stopall", "quit", "end", "revoke", "opt out", "opt-out", "optout", "cancel", "unsubscribe", "remove",
    "stopp", "abmelden", "abbestellen", "austragen", "arret", "arrêt", "arrêter", "désabonner", "stopper",
    "baja", "cancelar", "parar", "sair", "annulla", "disiscrivi", "afmelden", "stopzetten", "avregistrera",
)  # fmt: skip
"""A reply that begins with one of these, in any case, is a no."""

_FIRST: Final = (
    r"(?i)^[^\p{L}\p{N}]*(?:" + "|".join(sorted(STOP_WORDS, key=len, reverse=True)) + r")(?:[^\p{L}\p{N}]|$)"
)
_SENTENCE: Final = (
    r"(?i)\b(?:please|pls|kindly|now|can you|could you|i want (?:you )?to|just)\s+(?:stop|quit|unsubscribe|remove)\b"
    r"|\bunsubscribe\b|\bopt(?:ing)?[ -]?(?:me )?out\b|\b(?:remove|take|delete) me (?:from|off|out)\b"
    r"|\bno more (?:texts?|messages?|e?-?mails?|sms|offers|ads)\b"
    r"|\bstop (?:texting|messaging|e?-?mailing|sending|writing|contacting)\b"
    r"|\b(?:do not|don.?t|never) (?:text|message|e?-?mail|contact|write|send)\b|\bleave me alone\b|\bwrong number\b"
    r"|\bkeine (?:werbung|sms|mails?|nachrichten)\b|\bnicht mehr (?:schreiben|kontaktieren|anschreiben)\b"
)


def mean_stop(replies: pa.Array | pa.ChunkedArray) -> pa.BooleanArray:
    """For each reply (text, null where there is none) whether it takes permission back.

    >>> mean_stop(pa.array(["Stop. Thank you", "I love it", None])).to_pylist()
    [True, False, False]
    """
    encoded = replies.combine_chunks() if isinstance(replies, pa.ChunkedArray) else replies
    texts = pc.utf8_trim_whitespace(encoded.cast(pa.string()))
    found = pc.or_(pc.match_substring_regex(texts, _FIRST), pc.match_substring_regex(texts, _SENTENCE))
    return pc.fill_null(found, False)
