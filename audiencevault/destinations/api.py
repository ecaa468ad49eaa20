"""What is known about a receiver's API, as frozen facts: how to ask, how much, how fast, and what the answers mean.

Loaded out of a definition by `api_loader`; made into requests by `composing` and `requests`; read back by `answers`.

Words: a *setting* is what only the user knows (a list's id); a *secret* is one that must not be seen (a key). A *call*
is one request that can be made; an *item* is one person or address in its body. A *push* says whom a call is made
for and as what, a *pull* how opt-outs and dead addresses are read back. A *path* is the way to a value in a JSON
document: names and list positions with dots between, `attributes.subscriptions.0.state`; the empty path is the
document itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from audiencevault.destinations.layout import Column

METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")
AUTH_SCHEMES: Final = ("none", "basic", "bearer", "header", "query", "code")
BODIES: Final = ("none", "json", "form", "form_items", "multipart_csv", "text")
"""How items are written: one JSON document; form fields of one item; one form field repeated, each a JSON text; a CSV
file among form fields; the text that the receiver's module makes."""
SETTING_KINDS: Final = ("text", "number", "host", "url")
ERROR_KEYS: Final = ("point", "index", "client_id")
WAITS: Final = ("retry_after", "epoch", "seconds")
PAGINGS: Final = ("none", "offset", "page", "cursor", "link", "short")
ROWS: Final = ("all", "new", "changed")
SINCE_FORMATS: Final = ("datetime", "date", "epoch")
PULL_STATES: Final = ("withdrawn", "objected", "refused", "complained", "blocked", "bounced", "invalid")
DOUBLE_OPT_IN: Final = ("never", "always", "account", "unknown")


@dataclass(frozen=True)
class Setting:
    """Something only the user knows, used in a path, the host, or a body. `choices` closes what it may be; `default`
    makes it optional. A `number` is written as a number into JSON. A `computed` one cannot be given: the receiver's
    module works it out of a key.
    """

    name: str
    say: str
    kind: str = "text"
    choices: tuple[str, ...] = ()
    default: str | None = None
    computed: bool = False


@dataclass(frozen=True)
class Auth:
    """How a request says who asks.

    `basic` sends `user` (or the secret `user_secret`) and the secret `secret` as password; `bearer` and `header` send
    `prefix` and the secret in `header`; `query` sends it as the parameter `header`; `code` leaves it to the function
    `headers` of the receiver's module. `secrets` are the names of all, each with the sentence that says where it lies.
    """

    scheme: str
    secrets: Mapping[str, str] = field(default_factory=dict)
    secret: str = ""
    user: str = ""
    user_secret: str = ""
    header: str = "Authorization"
    prefix: str = ""


@dataclass(frozen=True)
class Rate:
    """At most `calls` requests in any `seconds` seconds."""

    calls: int
    seconds: float


@dataclass(frozen=True)
class Final429:
    """An answer that must not be tried again in this run: status `status` with the value `equals` at path `at`."""

    status: int
    at: str
    equals: str
    say: str


@dataclass(frozen=True)
class Pace:
    """How fast, and what a refusal for speed looks like.

    `throttled` are the statuses that mean "too fast", `broken` those that mean "try again later". `wait` says what
    `wait_header` holds: seconds or a date (`retry_after`, `seconds`), or a moment (`epoch`). Without one, waiting
    doubles from one second. `attempts` counts all tries of one request; `timeout` is in seconds.
    """

    rates: tuple[Rate, ...] = ()
    in_flight: int = 1
    throttled: tuple[int, ...] = (429,)
    broken: tuple[int, ...] = (500, 502, 503, 504)
    wait: str = "retry_after"
    wait_header: str = "Retry-After"
    final: tuple[Final429, ...] = ()
    attempts: int = 6
    timeout: float = 60.0


@dataclass(frozen=True)
class Field:
    """One value of an item: at `at`, either the constant `value`, the setting `setting`, or the field `column.field`
    as `column` encodes it. A field that a person lacks is left out, together with those that `needs` it; with
    `required` the person is held back instead. In CSV bodies `at` is the header.
    """

    at: str
    column: Column | None = None
    value: Any = None
    setting: str = ""
    needs: str = ""
    required: bool = False


@dataclass(frozen=True)
class Refusal:
    """What a refusal for compliance looks like: the words `contains` at path `at` of an item's error (or the status
    `status` of its answer) mean that the address is in `state` there, which becomes an event of the ledger.
    """

    state: str
    at: str = ""
    contains: str = ""
    status: int | None = None


@dataclass(frozen=True)
class Answer:
    """What an answer to a call means.

    Statuses: `done` = every item was taken, but for those listed; `queued` = taken to be done later; `waiting` = the
    person has to confirm; `exists` = is there already, nothing was changed; anything else refuses. `must` are values
    that have to hold in a taken body, since some receivers say 200 and mean no.

    Item errors: a list at path `errors`, each naming its item `by` point, index or client id at path `key`, and said
    in the receiver's `words` (paths). `errors_key_is` = `map` reads an object of key → boolean instead. `results`
    is a list with one entry an item, in order, each with its own status at path `result_status`, its words
    at `words`. `exists_words` are the values at `exists_at` of an error that mean "is there already".
    `job` is the path of a job's id.
    """

    done: tuple[int, ...] = (200, 201, 204)
    queued: tuple[int, ...] = ()
    waiting: tuple[int, ...] = ()
    exists: tuple[int, ...] = ()
    must: Mapping[str, Any] = field(default_factory=dict)
    errors: str | None = None
    errors_map: bool = False
    key: str = ""
    by: str = "point"
    words: tuple[str, ...] = ()
    results: str | None = None
    result_status: str = ""
    exists_at: str = ""
    exists_words: tuple[str, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    job: str = ""


@dataclass(frozen=True)
class Paging:
    """How a listing goes on: by `offset` or `page` number in the parameter `query`, by the `cursor` at path `at` sent
    as `query`, by the `link` at path `at`, or, where `short`, as `offset` until a page is not full. A page has `size`
    items, said in the parameter `size_query`.
    """

    by: str = "none"
    query: str = ""
    size: int | None = None
    size_query: str = ""
    first: int = 0
    at: str = ""


@dataclass(frozen=True)
class Job:
    """How to ask what became of a queued request: GET `path` (with `{job}`) every `every` seconds, at most for
    `patience` seconds, until the word at `state` is one of `finished` or `failed`. Item errors as in `answer`, read
    from the same document, or from GET `errors_path` (page by page as `errors_paging`), or (`errors_link`) from the
    address at that path of the document, one JSON document a line where `lines`. `rejected` is the path of a count,
    where a count is all that is told.
    """

    path: str
    state: str
    finished: tuple[str, ...]
    failed: tuple[str, ...] = ()
    query: Mapping[str, str] = field(default_factory=dict)
    every: float = 2.0
    patience: float = 900.0
    errors_path: str = ""
    errors_link: str = ""
    errors_paging: Paging = Paging()
    lines: bool = False
    rejected: str = ""
    answer: Answer = Answer()


@dataclass(frozen=True)
class Call:
    """One request that can be made. `at` is where the items lie in the body (empty: the body is their list); without
    `many` a request is made for each item and the item's fields are the body. `fixed` are the other values of the
    body, in which a table `{ setting = "name" }` stands for a setting's value. `file` is the form field of a CSV
    body. Limits count items, bytes of the whole body, and bytes of one item. `repeatable` says that the same request
    twice does what it does once, so that one whose answer never came may be sent again.
    """

    name: str
    method: str
    path: str
    answer: Answer
    body: str = "json"
    many: bool = True
    at: str = ""
    fixed: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    file: str = ""
    max_items: int | None = None
    max_bytes: int | None = None
    max_item_bytes: int | None = None
    rates: tuple[Rate, ...] = ()
    repeatable: bool = False
    job: Job | None = None


@dataclass(frozen=True)
class Push:
    """Whom a call is made for, and as what: the words are those of `FileRule`.

    `rows` limits it to people who were never sent, or sent before and changed since. `fixed` adds to the call's own.
    `subscribes` says that the call makes its people receive marketing; `polarity` what it does to somebody who had
    opted out there; `side_effects` what else it sets off that nobody can switch off, for the plan to show.
    """

    name: str
    call: str
    fields: tuple[Field, ...]
    status: str
    who: str = "admitted"
    channels: tuple[str, ...] = ()
    match: str = "any"
    basis: str = "any"
    states: tuple[str, ...] = ()
    rows: str = "all"
    subscribes: bool = False
    polarity: str = "none"
    fixed: Mapping[str, Any] = field(default_factory=dict)
    say: str = ""
    side_effects: tuple[str, ...] = ()


@dataclass(frozen=True)
class Condition:
    """Takes only entries whose value at `at` is, as text, one of `among`, which may hold settings in braces."""

    at: str
    among: tuple[str, ...]


@dataclass(frozen=True)
class Pull:
    """A listing of people who said no, or whose address is dead.

    Entries lie at path `items`; the address at path `point`, of kind `point_kind` (email or phone). Every entry means
    `state`, unless `state_at` holds a word that `words` translates; an unknown word means `state`. `when` is the
    path of the moment it happened. `since_query` names the parameter that asks only for what is new, written as
    `since_format` (`datetime`, `date` or `epoch`). `ask` is set where the receiver answers only for addresses
    that it is asked about: the path in the body for a list of up to `max_items` of them, or with GET the parameter
    for one. `inside` is the path of a list within each entry, of which every one counts by itself; what it does not
    say is read from the entry around it. `since_start` is asked for where nothing was pulled before, `until_query`
    names the parameter that takes the present moment.
    """

    name: str
    channel: str
    path: str
    point: str
    state: str
    method: str = "GET"
    point_kind: str = "email"
    items: str = ""
    inside: str = ""
    query: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    paging: Paging = Paging()
    only: tuple[Condition, ...] = ()
    state_at: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    when: str = ""
    since_query: str = ""
    since_format: str = "datetime"
    since_start: str = ""
    until_query: str = ""
    ask: str | None = None
    max_items: int | None = None
    verified: bool = False


@dataclass(frozen=True)
class Api:
    """All of one receiver's API. `base` may hold settings in braces; nothing is sent to any host but its own (and
    `other_hosts`, for files that it points to). `double_opt_in` says whether people get a confirmation mail.
    `known_by` are the sources whose import tells who has opted out there, for receivers without a pull.
    `erasure` says how somebody is forgotten there. `module` names the receiver's own module, where data cannot say it.
    """

    base: str
    auth: Auth
    calls: Mapping[str, Call]
    pushes: tuple[Push, ...]
    pulls: tuple[Pull, ...] = ()
    settings: tuple[Setting, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    pace: Pace = Pace()
    double_opt_in: str = "unknown"
    known_by: tuple[str, ...] = ()
    other_hosts: tuple[str, ...] = ()
    erasure: str = ""
    module: str = ""
    unverified: tuple[str, ...] = ()
