"""Two small receivers that do not exist, for tests: one for e-mail lists in JSON, one for numbers in form fields."""

from __future__ import annotations

from typing import Final

POST: Final = """
name = "post"
title = "Post"
checked = 2026-11-21
sources = ["a letter"]
channels = ["email", "sms"]
polarity = "forces"
unique = ["email"]
unverified = ["much"]

[api]
base = "https://api.example.com/{region}"
double_opt_in = "account"
known_by = ["post.optouts"]

[[api.settings]]
name = "region"
say = "the region, in the address of every page"
choices = ["eu", "us"]
default = "eu"

[[api.settings]]
name = "list_id"
say = "the number of the list"
kind = "number"

[api.auth]
scheme = "bearer"
secret = "token"

[api.auth.secrets]
token = "Settings, API"

[api.layouts]
stopped = [
  { at = "id", field = "item_id" },
  { at = "email", field = "email", encode = "email", required = true },
  { at = "left", field = "since", encode = "datetime" },
]
people = [
  { at = "email", field = "email", encode = "email", required = true },
  { at = "name.first", field = "first_name", max_chars = 20 },
  { at = "name.last", field = "last_name", max_chars = 20 },
  { at = "tags", field = "tags", encode = "list" },
  { at = "spent", field = "total_spent", encode = "number" },
  { at = "consent.0.at", field = "email_consented_at", encode = "datetime" },
  { at = "consent.0.kind", value = "newsletter", needs = "consent.0.at" },
  { at = "list", setting = "list_id" },
  { at = "agreed", field = "email_consent", encode = "flag", values = { consent = true, other_basis = false } },
]
texts = [
  { at = "phone", field = "phone", encode = "phone_digits", required = true },
  { at = "since", field = "sms_consented_at", encode = "epoch", required = true },
]

[api.calls.block]
method = "POST"
path = "/block"
at = "people"
max_items = 2
repeatable = true

[api.calls.add]
method = "POST"
path = "/lists/{list_id}/people"
at = "people"
fixed = { list = { setting = "list_id" }, update = true }
max_items = 3
repeatable = true

[api.calls.text]
method = "POST"
path = "/numbers"
at = "numbers"
repeatable = false

[[api.pushes]]
name = "subscribed"
status = "subscribed"
call = "add"
layout = "people"
channels = ["email"]
basis = "consent"
subscribes = true
polarity = "forces"
say = "Added to the list."

[[api.pushes]]
name = "texts"
status = "subscribed"
call = "text"
layout = "texts"
channels = ["sms"]
basis = "consent"
subscribes = true
polarity = "respects"
say = "Added to the numbers."

[[api.pushes]]
name = "stopped"
status = "unsubscribed"
call = "block"
layout = "stopped"
who = "suppressed"
channels = ["email"]
states = ["withdrawn", "objected", "refused", "complained", "blocked", "bounced", "invalid"]
say = "Blocked."

[[api.pulls]]
name = "left"
channel = "email"
path = "/left"
paging = { by = "page", query = "page" }
items = "people"
point = "email"
state = "withdrawn"
verified = true
"""

SPLIT: Final = """
name = "split"
title = "Split"
checked = 2026-11-21
sources = ["a letter"]
channels = ["email"]
polarity = "respects"

[api]
base = "https://split.example.com"
double_opt_in = "never"

[api.auth]
scheme = "none"

[api.layouts]
people = [{ at = "who", field = "email", encode = "email", required = true }, { at = "name", field = "first_name" }]

[api.calls.new]
method = "POST"
path = "/new"
body = "form"

[api.calls.change]
method = "PUT"
path = "/people/{md5_email}"
body = "form"
repeatable = true

[[api.pushes]]
name = "new"
status = "subscribed"
call = "new"
layout = "people"
rows = "new"
subscribes = true
polarity = "respects"
say = "New ones; the date cannot go along."

[[api.pushes]]
name = "changed"
status = "subscribed"
call = "change"
layout = "people"
rows = "changed"

[[api.pulls]]
name = "left"
channel = "email"
path = "/left"
point = "email"
state = "withdrawn"
verified = true
"""
