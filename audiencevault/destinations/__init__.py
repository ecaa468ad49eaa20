"""Where an Audience goes: import-ready files for a receiver, a flat copy, the owner's own database.

Words: a *receiver* is a service or program that takes lists; a *definition* is the declared facts about one
receiver (`definitions/*.toml`); an *encoder* turns one column into cells; *held back* is everyone who is left
out, with the reason.
"""

from __future__ import annotations
