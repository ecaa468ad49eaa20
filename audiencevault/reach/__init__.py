"""Reach: whom a sender can still write to when a company is switched off, how far a list depends on one company, and
whom to win over first. Pure functions over a snapshot's relations and what exports hold; nothing is written here.
"""

from __future__ import annotations

from audiencevault.reach.counting import Counted, count
from audiencevault.reach.next_steps import Step, customers, steps
from audiencevault.reach.outage import NOTHING_LEFT, Answered, Drill, Listed, drill, slim
from audiencevault.reach.ownership import Outage, Owners, owners
from audiencevault.reach.ranking import WinOver, suggestions, winover
from audiencevault.reach.ways import Dependence, Standing, dependence, standing

__all__ = [
    "NOTHING_LEFT",
    "Answered",
    "Counted",
    "Dependence",
    "Drill",
    "Listed",
    "Outage",
    "Owners",
    "Standing",
    "Step",
    "WinOver",
    "count",
    "customers",
    "dependence",
    "drill",
    "owners",
    "slim",
    "standing",
    "steps",
    "suggestions",
    "winover",
]
