"""The beginning of a definition of one's own: it loads, conforms, and says where the facts go."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Final

from audiencevault.destinations.secret import variable
from audiencevault.errors import UsageError

_NAME: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LONGEST: Final = 40

_HEAD: Final = """\
# What {title} takes, as facts: docs/reference/definitions.md explains every word.
# Test it with: audiencevault destinations test {name}.toml
name = "{name}"
title = "{title}"

# The day on which you looked at the facts, and where you found them.
checked = {today}
sources = ["my own reading of the provider's documentation"]

# What consent can be told for: email, sms, whatsapp, ads_audience.
channels = ["email"]

# What a subscription does to somebody who had opted out there: forces (subscribes again), respects (stays out), none
# (there is no such state), unknown. Leave it at unknown until the provider says it in writing.
polarity = "unknown"

# Of which fields the provider keeps one person per value.
unique = ["email"]

# Sentences for the page of this receiver: what is known, what is assumed, what to do by hand.
evidence = []
unverified = ["Whether a subscription sent there takes back an earlier opt-out."]
notes = []
"""

_CSV: Final = """
# Lists of columns. Headers are written as they stand here, and may repeat.
[layouts]
people = [
  {{ header = "Email", field = "email", encode = "email" }},
  {{ header = "First name", field = "first_name", max_chars = 255 }},
  {{ header = "Last name", field = "last_name", max_chars = 255 }},
  {{ header = "Consent date", field = "email_consented_at", encode = "date" }},
  {{ header = "Consent source", field = "email_consent_source", max_chars = 255 }},
]
stopped = [
  {{ header = "Email", field = "email", encode = "email" }},
  {{ header = "Opt-out date", field = "since", encode = "date" }},
]

# One file for those who must not be written to, and it is imported first.
[[files]]
name = "unsubscribed"
status = "unsubscribed"
layout = "stopped"
who = "suppressed"
states = ["withdrawn", "objected", "refused", "complained", "blocked", "bounced", "invalid"]
say = "Import this file first, as unsubscribed people."

# One file for those who agreed. basis = "other" would be people who may be written to without having agreed.
[[files]]
name = "subscribed"
status = "subscribed"
layout = "people"
basis = "consent"
subscribes = true
say = "Import this file second, as subscribed people, and leave every box that updates or subscribes again unticked."
"""

_HTTP: Final = """
[api]
# Nothing is ever sent to another host than this one.
base = "https://api.example.com/v1"

# Whether people get a mail that asks for confirmation: never, always, account (a setting there), unknown.
double_opt_in = "unknown"

# Sources whose import tells who opted out there. Nobody is subscribed unless one of them, or every pull below, is
# from the last 24 hours. For a list of your own, import it with a spec whose source is this name.
known_by = ["{name}.optouts"]

# What only the user of the account knows; {{list_id}} in a path and {{ setting = "list_id" }} in a body stand for it.
[[api.settings]]
name = "list_id"
say = "the list that people are added to, and where its id is found"

# Who asks: bearer, header (header = "X-Key"), basic (user or user_secret), query, none.
[api.auth]
scheme = "bearer"
secret = "api_key"

# Where each secret is found. They are read from the environment ({variable}) or the keyring.
[api.auth.secrets]
api_key = "Settings, API"

# At most so many requests in so many seconds; say no more than the provider promises.
[api.pace]
rates = [{{ calls = 1, seconds = 1 }}]

# What one person is in the body: a path, and what lies there.
[api.layouts]
people = [
  {{ at = "email", field = "email", encode = "email", required = true }},
  {{ at = "first_name", field = "first_name", max_chars = 255 }},
  {{ at = "last_name", field = "last_name", max_chars = 255 }},
  {{ at = "status", value = "subscribed" }},
  {{ at = "consented_at", field = "email_consented_at", encode = "datetime" }},
  {{ at = "consent_source", field = "email_consent_source", max_chars = 255 }},
]
stopped = [
  {{ at = "email", field = "email", encode = "email", required = true }},
  {{ at = "status", value = "unsubscribed" }},
]

# One request that can be made. `at` is where the people lie in the body; many = false makes one request for each.
[api.calls.upsert]
method = "POST"
path = "/lists/{{list_id}}/contacts"
at = "contacts"
max_items = 100
# The same request twice does what it does once: only then is one sent again whose answer never came.
repeatable = false

# What the answer means. errors is the path of a list of people who were not taken, key the path of their address in
# it, words the paths of what the provider says.
[api.calls.upsert.answer]
done = [200, 201, 204]
errors = "errors"
by = "point"
key = "email"
words = ["message"]

# Whom requests are made for, and as what. Those that suppress always go first.
[[api.pushes]]
name = "unsubscribed"
status = "unsubscribed"
call = "upsert"
layout = "stopped"
who = "suppressed"
states = ["withdrawn", "objected", "refused", "complained", "blocked", "bounced", "invalid"]
say = "Everybody who said no, or whose address is dead, becomes unsubscribed."

[[api.pushes]]
name = "subscribed"
status = "subscribed"
call = "upsert"
layout = "people"
basis = "consent"
subscribes = true
polarity = "unknown"
say = "People who agreed are subscribed, with the date of their consent."

# How opt-outs are read back. Take the marks away, and say verified = true once you saw it list everybody.
# [[api.pulls]]
# name = "unsubscribed"
# channel = "email"
# path = "/lists/{{list_id}}/contacts"
# query = {{ status = "unsubscribed" }}
# paging = {{ by = "page", query = "page", first = 1, size = 100, size_query = "per_page" }}
# items = "contacts"
# point = "email"
# state = "withdrawn"
# when = "unsubscribed_at"
"""

KINDS: Final[Mapping[str, str]] = {"http": _HTTP, "csv": _CSV}
"""What a definition can begin as: an API that takes JSON, or a file with columns."""


def text(name: str, like: str, today: date) -> str:
    """The definition file called `name`. Raises `UsageError` for a name or a kind that cannot be."""
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        raise UsageError(
            f"{name!r} cannot be the name of a definition.", "Use lower-case letters, digits and hyphens: my-provider."
        )
    if like not in KINDS:
        raise UsageError(f"A definition cannot begin like {like}.", f"Known: {', '.join(KINDS)}.")
    words = {
        "name": name,
        "title": name.replace("-", " ").capitalize(),
        "today": today.isoformat(),
        "variable": variable(name, "api_key"),
    }
    return (_HEAD + KINDS[like]).format(**words)
