"""Who is who: source records that are one person become one contact.

Words: a *link* is a scored, explained claim that two records are one person; a *decision* is a human's claim and
binds; a *contact* is a resolved person; its *founding record* gives it its id.
"""

from __future__ import annotations

from audiencevault.resolution import identity, survivorship
from audiencevault.resolution.explaining import Explanation, explain
from audiencevault.resolution.model import Model
from audiencevault.resolution.running import Resolution, run

__all__ = ["Explanation", "Model", "Resolution", "explain", "identity", "run", "survivorship"]
