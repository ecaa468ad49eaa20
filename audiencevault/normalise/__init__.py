"""Canonical forms: what a person wrote becomes what can be sent to and what can be compared.

Words: a *point* is the form to send to; a *point key* is the wide form in which two writings of one mailbox or
number are equal; a *comparison key* is a lower-case, transliterated form of a name, street or place. Every kernel
takes Arrow columns and gives Arrow columns of the same length, works on distinct values and keeps what it cannot
read, with a reason. No kernel reads the clock, the locale, the environment or the network.
"""

from __future__ import annotations

from typing import Final

RULE_VERSION: Final = 2
"""Raised whenever a rule of this room changes what any value becomes."""
