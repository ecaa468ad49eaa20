"""The order of the rooms: the only module that knows it.

Export → claims → staged records, points, features, events → compared with the vault → resolved → contacts →
one snapshot; and out again: snapshot → fold → audience → files or a database.
"""

from __future__ import annotations

from audiencevault.pipeline.applying import Pushed, plan_push
from audiencevault.pipeline.applying import apply as apply_plan
from audiencevault.pipeline.asking import Summary, contact_card, contact_rows, summarise
from audiencevault.pipeline.configuring import set_survivorship, settings_of
from audiencevault.pipeline.deciding import apply as obey
from audiencevault.pipeline.deciding import link, pending, unlink
from audiencevault.pipeline.defining import Tested as TestedDefinition
from audiencevault.pipeline.defining import check_definition, describe, new_definition, read_definition
from audiencevault.pipeline.depending import Past, history
from audiencevault.pipeline.drilling import Drilled, drill
from audiencevault.pipeline.erasing import Forgotten, Plan, erase, plan_erasure
from audiencevault.pipeline.expiring import Ending, expiring
from audiencevault.pipeline.explaining import explain
from audiencevault.pipeline.guessing import Guess, guess
from audiencevault.pipeline.guessing import write as write_spec
from audiencevault.pipeline.holding import (
    attest,
    create_and_import,
    create_vault,
    found_anything,
    known_policy,
    open_or_create,
    open_vault,
)
from audiencevault.pipeline.identifying import Identification, identify
from audiencevault.pipeline.importing import import_exports, rebuild, unused
from audiencevault.pipeline.keyring import export_key, import_key, require_key, rotate_key
from audiencevault.pipeline.leaving import Exported, destination, destinations, export, load, write_rejects
from audiencevault.pipeline.options import ImportOptions, ImportResult, InputResult, Problem, Progress, sum_by
from audiencevault.pipeline.plans import Options as PushOptions
from audiencevault.pipeline.plans import Plan as PushPlan
from audiencevault.pipeline.plans import read as read_plan
from audiencevault.pipeline.proving import consent_of, prove, write_page
from audiencevault.pipeline.pulling import PulledIn, pull
from audiencevault.pipeline.pushing import Proposal
from audiencevault.pipeline.receiving import Line, Receiver, assignments, receiver, remember_settings
from audiencevault.pipeline.remembering import let_return
from audiencevault.pipeline.review_sheet import read as read_sheet
from audiencevault.pipeline.review_sheet import write as write_sheet
from audiencevault.pipeline.reviewing import Questions, Session
from audiencevault.pipeline.subjects import export_subject
from audiencevault.pipeline.suppressing import lift, suppress_file, suppress_value, suppressions
from audiencevault.pipeline.winning import Won, winover

__all__ = [
    "Drilled",
    "Ending",
    "Exported",
    "Forgotten",
    "Guess",
    "Identification",
    "ImportOptions",
    "ImportResult",
    "InputResult",
    "Line",
    "Past",
    "Plan",
    "Problem",
    "Progress",
    "Proposal",
    "PulledIn",
    "PushOptions",
    "PushPlan",
    "Pushed",
    "Questions",
    "Receiver",
    "Session",
    "Summary",
    "TestedDefinition",
    "Won",
    "apply_plan",
    "assignments",
    "attest",
    "check_definition",
    "consent_of",
    "contact_card",
    "contact_rows",
    "create_and_import",
    "create_vault",
    "describe",
    "destination",
    "destinations",
    "drill",
    "erase",
    "expiring",
    "explain",
    "export",
    "export_key",
    "export_subject",
    "found_anything",
    "guess",
    "history",
    "identify",
    "import_exports",
    "import_key",
    "known_policy",
    "let_return",
    "lift",
    "link",
    "load",
    "new_definition",
    "obey",
    "open_or_create",
    "open_vault",
    "pending",
    "plan_erasure",
    "plan_push",
    "prove",
    "pull",
    "read_definition",
    "read_plan",
    "read_sheet",
    "rebuild",
    "receiver",
    "remember_settings",
    "require_key",
    "rotate_key",
    "set_survivorship",
    "settings_of",
    "sum_by",
    "summarise",
    "suppress_file",
    "suppress_value",
    "suppressions",
    "unlink",
    "unused",
    "winover",
    "write_page",
    "write_rejects",
    "write_sheet",
    "write_spec",
]
