"""The SQL of the fold, one named statement per step; `audiencevault.consent.fold` runs them in order.

Written in a portable subset (no engine's own text functions, every choice among equals decided by an order).
All of it works on numbers: `n` is the place of an event in one total order of all visible events, in which a
permissive event stands at its earliest and a restrictive one at its latest possible moment, and a "no" after
a "yes" of the same moment. So "the yes came after the no" is `yes.n > no.n`.

What an event is (`cls`) and which of the details that matter it has (`detail`) are numbers as well, written
here as `{W}` or `{purchase}`; `CODES` holds them. `Y` says yes, `B` records another basis, `P` a purchase,
inquiry or click, `Q` a confirmation was asked for, `L` a relationship; `W` withdrew, `O` objected, `F` refused,
`X` complained, `I` evidence found bad, `A` a "no" that may mean "never asked", `S` blocked, `H` bounced or
invalid, `E` erased, `Z` tombstone; `U` and `T` lift a suppression and a tombstone. Among the "no"s that reach a
contact point, `D` and `C` are a `W` and an `A` of another point of the same contact, `V` a `W` by text message
that reaches other uses of the number, `M` an `A` that its source still says. Channels below zero were not
asked about: `{any}` is every channel, `{sms}` text messages.
"""

from __future__ import annotations

from typing import Final

SHIFT: Final = 1 << 40
"""Two numbers in one: `rank * SHIFT + n`, so that one `max` picks the best rank and then the latest event."""

CLASSES: Final = "WOFXIASHEZYBPQLUTDCVM"
NOES_FIRST: Final = "WOFXIASHEZ"
CODES: Final = {
    **{name: str(number) for number, name in enumerate(CLASSES, start=1)},
    "purchase": "1", "inquiry": "2", "click": "3", "bounce": "4", "invalid": "5", "manual": "6", "legal": "7",
    "message": "8",
    "any": "-1", "other": "-3", "unreadable": "-1", "nowhere": "0",
    "no": ", ".join(str(number) for number, name in enumerate(CLASSES, start=1) if name in NOES_FIRST),
}  # fmt: skip
"""What the names in braces stand for; `{sms}` depends on the question, being a channel that may be asked for."""

CLS: Final = """CASE WHEN event_type IN ('granted', 'confirmed', 'reaffirmed') THEN {Y}
                 WHEN event_type = 'observed' AND state = 'subscribed' THEN {Y}
                 WHEN event_type = 'observed' AND state = 'not_subscribed' THEN {A}
                 WHEN event_type = 'basis_recorded' THEN {B}
                 WHEN event_type = 'activity' THEN {P}
                 WHEN event_type = 'requested' THEN {Q}
                 WHEN event_type = 'relationship' THEN {L}
                 WHEN event_type = 'withdrawn' THEN {W}
                 WHEN event_type = 'objected' THEN {O}
                 WHEN event_type = 'refused' THEN {F}
                 WHEN event_type = 'complained' OR (event_type = 'suppressed' AND detail = 'complaint') THEN {X}
                 WHEN event_type = 'invalidated' AND voids_event_id IS NULL THEN {I}
                 WHEN event_type = 'erased' THEN {E}
                 WHEN event_type = 'suppressed' AND detail IN ('hard_bounce', 'bounce', 'cleaned', 'invalid') THEN {H}
                 WHEN event_type = 'suppressed' THEN {S}
                 WHEN event_type = 'suppression_lifted' THEN {U}
                 WHEN event_type = 'tombstone_lifted' THEN {T} END"""
DETAIL: Final = """CASE e.detail WHEN 'purchase' THEN {purchase} WHEN 'inquiry' THEN {inquiry} WHEN 'click' THEN {click}
            WHEN 'hard_bounce' THEN {bounce} WHEN 'bounce' THEN {bounce} WHEN 'cleaned' THEN {bounce}
            WHEN 'invalid' THEN {invalid} WHEN 'manual' THEN {manual} WHEN 'legal' THEN {legal}
            WHEN 'message' THEN {message} ELSE 0 END"""
LEVEL: Final = """CASE WHEN e.event_type = 'confirmed' OR e.opt_in_level = 'confirmed' THEN 3
            WHEN e.opt_in_level = 'single' THEN 2 ELSE 1 END"""
GRADE: Final = """CASE WHEN e.evidence_grade = 'none' THEN 0 WHEN e.dated AND e.evidence_grade = 'full' THEN 3
            WHEN e.dated AND e.evidence_grade = 'partial' THEN 2 ELSE 1 END"""
EARLIEST: Final = """CASE WHEN NOT e.dated THEN TIMESTAMP '1000-01-01 00:00:00'
                 WHEN e.occurred_precision = 'day' THEN date_trunc('day', e.at)
                 WHEN e.occurred_precision = 'month' THEN date_trunc('month', e.at)
                 WHEN e.occurred_precision = 'year' THEN date_trunc('year', e.at)
                 ELSE e.at END"""
"""The earliest moment at which an event may have happened; without a date, before everything."""

# Numbers stand for points, people, records and lists. Which number is whose does not matter: nothing is
# ordered by them. A key gets a number of its own (below zero) only where it is not simply a point that is held:
# another spelling, a tombstone, or an undated no about an address that its record no longer has.
ALIASES: Final = """
    SELECT CAST(-row_number() OVER (ORDER BY NULL) AS INTEGER) AS kid, point_kind, point_key FROM (
        SELECT point_kind, point_key FROM contact_points WHERE point IS NOT NULL AND point_key <> point
        UNION
        SELECT point_kind, point_key FROM consent_events
        WHERE point_key IS NOT NULL AND (point IS NULL OR point_key <> point) AND event_type IN ({restrictive})
        UNION
        SELECT e.point_kind, e.point_key
        FROM consent_events e
        LEFT JOIN contact_points p ON p.point_kind = e.point_kind AND p.point = e.point
        WHERE e.point_key = e.point AND e.occurred_at IS NULL AND p.record_id IS NULL
            AND e.event_type IN ({restrictive})
        UNION
        SELECT point_kind, point_key FROM tombstones
        UNION
        SELECT point_kind, reading FROM fold__readings
    ) AS aliases
"""
# A number whose country is a guess may be any of several: a "no" on one reading reaches them all, both ways.
READINGS: Final = """
    SELECT DISTINCT point_kind, point, reading FROM (
        SELECT point_kind, point, unnest(readings) AS reading FROM contact_points
        WHERE point IS NOT NULL AND valid AND len(readings) > 0
    ) AS r
    WHERE reading IS NOT NULL AND reading <> point
    UNION
    SELECT point_kind, point, reading FROM fold__hashed
"""
# Points whose hash a provider's list of "no"s may hold.
HASHED_NOES: Final = """
    SELECT DISTINCT point_kind, point_key FROM consent_events
    WHERE (point_key LIKE 'sha256:%' OR point_key LIKE 'md5:%') AND point IS NULL AND {known}
"""
HASHABLE: Final = """
    SELECT DISTINCT point_kind, raw, point, point_key FROM contact_points
    WHERE point IS NOT NULL AND point_kind IN ('email', 'phone')
"""
REACH: Final = """
    SELECT kid, pid FROM fold__points
    UNION
    SELECT k.kid, f.pid FROM fold__readings r
    JOIN fold__points f ON f.point_kind = r.point_kind AND f.point = r.point
    JOIN fold__aliases k ON k.point_kind = r.point_kind AND k.point_key = r.reading
    UNION
    SELECT f.kid, o.pid FROM fold__readings r
    JOIN fold__points f ON f.point_kind = r.point_kind AND f.point = r.point
    JOIN fold__aliases k ON k.point_kind = r.point_kind AND k.point_key = r.reading
    JOIN fold__points o ON o.kid = k.kid
"""
POINTS: Final = """
    SELECT f.pid, f.point_kind, f.point, CASE WHEN f.point_key <> f.point THEN f.point_key END AS alias,
        coalesce(k.kid, f.pid) AS kid, f.valid, f.role, f.guessed
    FROM (
        SELECT CAST(row_number() OVER (ORDER BY NULL) AS INTEGER) AS pid, point_kind, point,
            min(point_key) AS point_key, bool_or(coalesce(valid, TRUE)) AS valid,
            bool_or(coalesce(list_contains(flags, 'role'), FALSE)) AS role,
            bool_or(coalesce(list_contains(flags, 'guessed_country'), FALSE)) AS guessed
        FROM contact_points WHERE point IS NOT NULL GROUP BY point_kind, point
    ) AS f
    LEFT JOIN fold__aliases k ON k.point_kind = f.point_kind AND k.point_key = f.point_key
"""
PEOPLE: Final = "SELECT DISTINCT contact_id FROM members"
RELATIONS_ONLY: Final = (
    "customer", "follower", "friend", "connection", "chat_partner", "group_member", "close_friend", "address_book",
    "attendee", "invitee", "respondent", "member", "friend_request_in", "recipient",
)  # fmt: skip
"""Relationships that explain why somebody is known, and permit nothing."""

LISTS: Final = """
    SELECT CAST(row_number() OVER (ORDER BY NULL) AS INTEGER) AS list_id, source, account,
        CAST(dense_rank() OVER (ORDER BY split_part(source, '.', 1), account) AS INTEGER) AS family_id
    FROM (SELECT DISTINCT source, coalesce(account, '') AS account FROM consent_events WHERE source IS NOT NULL) AS l
"""
PURPOSES: Final = """
    SELECT CAST(row_number() OVER (ORDER BY NULL) AS INTEGER) AS purpose_id, purpose
    FROM (SELECT DISTINCT coalesce(purpose, '*') AS purpose FROM consent_events) AS p
"""
MEMBER: Final = "SELECT m.record_id, p.cid FROM members m JOIN fold__people p ON p.contact_id = m.contact_id"
# The points of the people's records, and of records that are nobody's for the countries they tell.
HELD: Final = """
    SELECT DISTINCT f.pid, m.rid, m.cid, c.country_id
    FROM contact_points p
    JOIN fold__points f ON f.point_kind = p.point_kind AND f.point = p.point
    LEFT JOIN fold__member m ON m.record_id = p.record_id
    LEFT JOIN fold__record_countries c ON c.record_id = p.record_id
"""
TARGETS: Final = "SELECT DISTINCT cid, pid FROM fold__held WHERE cid IS NOT NULL"
COUNTRIES: Final = """
    SELECT country FROM match_features WHERE country IS NOT NULL
    UNION
    SELECT country FROM contact_points WHERE country_from = 'number' AND country IS NOT NULL
"""
# A country that nobody could read is not the same as none: it adds the default rules.
RECORD_COUNTRIES: Final = """
    SELECT r.record_id, coalesce(k.country_id, {unreadable}) AS country_id
    FROM source_records r
    LEFT JOIN match_features f ON f.record_id = r.record_id
    LEFT JOIN fold__countries k ON k.country = f.country
    WHERE f.country IS NOT NULL OR trim(coalesce(r.country, '')) <> ''
"""
POINT_COUNTRIES: Final = """
    SELECT pid, country_id FROM fold__held WHERE country_id IS NOT NULL
    UNION
    SELECT f.pid, k.country_id FROM contact_points p
    JOIN fold__points f ON f.point_kind = p.point_kind AND f.point = p.point
    JOIN fold__countries k ON k.country = p.country
    WHERE p.country_from = 'number'
"""
# Only those that a point of the person does not have itself. A record without a point tells its country too.
PERSON_COUNTRIES: Final = """
    SELECT t.tid, c.country_id
    FROM (
        SELECT DISTINCT m.cid, c.country_id
        FROM fold__member m JOIN fold__record_countries c ON c.record_id = m.record_id
    ) AS c
    JOIN fold__targets t ON t.cid = c.cid
    LEFT JOIN fold__point_countries o ON o.pid = t.pid AND o.country_id = c.country_id
    WHERE o.pid IS NULL
"""
# The countries of a point decide; those of the person's other records only add presets.
SCOPES: Final = """
    SELECT tid, cid, pid, channel_id, preset_id, min(country_id) AS country_id FROM (
        SELECT t.tid, t.cid, t.pid, l.channel_id, l.preset_id, l.country_id
        FROM fold__targets t
        JOIN fold__points p ON p.pid = t.pid
        LEFT JOIN fold__point_countries o ON o.pid = t.pid
        JOIN fold__law l ON l.point_kind = p.point_kind AND l.country_id = coalesce(o.country_id, {nowhere})
        WHERE p.valid
        UNION ALL
        SELECT t.tid, t.cid, t.pid, l.channel_id, l.preset_id, l.country_id
        FROM fold__person_countries o
        JOIN fold__targets t ON t.tid = o.tid
        JOIN fold__points p ON p.pid = t.pid
        JOIN fold__law l ON l.point_kind = p.point_kind AND l.country_id = o.country_id
        WHERE p.valid
    ) AS applicable
    GROUP BY tid, cid, pid, channel_id, preset_id
"""

BURIED: Final = """
    SELECT k.kid, CAST(b.created_at AS TIMESTAMP) AS t
    FROM tombstones b JOIN fold__aliases k ON k.point_kind = b.point_kind AND k.point_key = b.point_key
"""
# A correction takes an event out; one that takes out a "no" needs somebody responsible and a reason.
VOIDED: Final = """
    SELECT voids_event_id AS event_id,
        bool_or(
            event_type = 'voided' AND actor IN ('controller_user', 'authority') AND coalesce(detail, '') <> ''
        ) AS justified
    FROM consent_events
    WHERE voids_event_id IS NOT NULL AND event_type IN ('voided', 'invalidated') AND {known}
    GROUP BY voids_event_id
"""
# What was said, when, on which list, and with whose record. 0 is an event that names nobody, -1 one of nobody here.
HEARD: Final = """
    SELECT e.event_id, m.rid, CASE WHEN coalesce(e.record_id, '') = '' THEN 0 ELSE coalesce(m.cid, -1) END AS cid,
        e.point_kind, e.point, e.point_key, l.list_id, u.purpose_id, {channel} AS channel_id,
        e.controller_id = '{controller}' AS own, {cover} AS cover, u.purpose = '*' AS whole,
        {detail} AS detail, {ground} AS ground, e.cls, {level} AS level, {grade} AS grade,
        e.actor = 'data_subject' AS mine, e.dated, {met} AS met,
        CAST(e.valid_until AS TIMESTAMP) AS valid_until, CAST(e.recorded_at AS TIMESTAMP) AS recorded,
        CAST(coalesce(e.snapshot_at, e.recorded_at) AS TIMESTAMP) AS snap,
        CASE WHEN e.cls IN ({no}) THEN
            CASE WHEN NOT e.dated THEN CAST(coalesce(e.snapshot_at, e.recorded_at) AS TIMESTAMP)
                 WHEN e.occurred_precision = 'day'
                     THEN date_trunc('day', e.at) + INTERVAL '1' DAY - INTERVAL '1' MICROSECOND
                 WHEN e.occurred_precision = 'month'
                     THEN date_trunc('month', e.at) + INTERVAL '1' MONTH - INTERVAL '1' MICROSECOND
                 WHEN e.occurred_precision = 'year'
                     THEN date_trunc('year', e.at) + INTERVAL '1' YEAR - INTERVAL '1' MICROSECOND
                 ELSE e.at END
            ELSE {earliest} END AS t
    FROM (
        SELECT *, CAST(occurred_at AS TIMESTAMP) AS at,
            occurred_at IS NOT NULL AND coalesce(occurred_precision, 'unknown') <> 'unknown'
                AND event_type <> 'observed'
                AND CAST(occurred_at AS TIMESTAMP) <= CAST(recorded_at AS TIMESTAMP) + INTERVAL '1' DAY AS dated,
            {cls} AS cls
        FROM consent_events WHERE {known}
    ) AS e
    LEFT JOIN fold__member m ON m.record_id = e.record_id
    LEFT JOIN fold__lists l ON l.source = e.source AND l.account = coalesce(e.account, '')
    LEFT JOIN fold__purposes u ON u.purpose = coalesce(e.purpose, '*')
    LEFT JOIN fold__voided v ON v.event_id = e.event_id
    WHERE e.cls IS NOT NULL AND {earliest} <= {as_of}
        AND (v.event_id IS NULL OR (e.cls IN ({no}) AND NOT v.justified))
"""
# A yes is of the person whose record it came with, if that record holds the point: a record that moved on to another
# address speaks for nobody else's. A step of its own, since the joins of both together take twice the memory.
SEEN: Final = """
    SELECT e.event_id, e.rid,
        CASE WHEN e.cid > 0 AND e.cls IN ({Y}, {B}, {Q}, {L}) AND h.rid IS NULL THEN -1 ELSE e.cid END AS cid,
        p.pid, coalesce(k.kid, p.kid) AS kid, {columns}
    FROM fold__heard e
    LEFT JOIN fold__points p ON p.point_kind = e.point_kind AND p.point = e.point
    LEFT JOIN fold__held h ON h.rid = e.rid AND h.pid = p.pid
    LEFT JOIN fold__aliases k ON k.point_kind = e.point_kind AND k.point_key = e.point_key
    UNION ALL
    SELECT {buried}, t FROM fold__buried
"""

# A list that is exported every week repeats its undated "no"s. Such a "no" counts from the first snapshot of
# an unbroken run of them; a snapshot of the same list that says something else breaks the run.
REPEATED: Final = """
    SELECT list_id, own, kid, channel_id, purpose_id, cls
    FROM fold__seen WHERE NOT dated AND cls IN ({no}) AND list_id IS NOT NULL AND kid IS NOT NULL
    GROUP BY list_id, own, kid, channel_id, purpose_id, cls
    HAVING min(snap) < max(snap)
"""
RUNS: Final = """
    WITH spoken AS (
        SELECT r.list_id, r.own, r.kid, r.channel_id, r.purpose_id, r.cls, s.snap,
            max(CASE WHEN s.cls = r.cls AND NOT s.dated THEN 1 ELSE 0 END) AS says_no
        FROM fold__repeated r
        JOIN fold__seen s ON s.list_id = r.list_id AND s.own = r.own AND s.kid = r.kid AND s.channel_id = r.channel_id
            AND s.purpose_id = r.purpose_id
        WHERE s.cls NOT IN ({L}, {P})
        GROUP BY r.list_id, r.own, r.kid, r.channel_id, r.purpose_id, r.cls, s.snap
    ), counted AS (
        SELECT *, row_number() OVER (PARTITION BY list_id, own, kid, channel_id, purpose_id, cls ORDER BY snap)
            - row_number() OVER (
                PARTITION BY list_id, own, kid, channel_id, purpose_id, cls, says_no ORDER BY snap
            ) AS island
        FROM spoken
    )
    SELECT list_id, own, kid, channel_id, purpose_id, cls, snap, min(snap) OVER (
        PARTITION BY list_id, own, kid, channel_id, purpose_id, cls, island
    ) AS first_snap
    FROM counted WHERE says_no = 1
"""
REDATED: Final = """
    SELECT {columns}, coalesce(CASE WHEN NOT s.dated THEN r.first_snap END, s.t) AS t
    FROM fold__seen s
    LEFT JOIN fold__runs r ON r.list_id = s.list_id AND r.own = s.own AND r.kid = s.kid AND r.channel_id = s.channel_id
        AND r.purpose_id = s.purpose_id AND r.cls = s.cls AND r.snap = s.snap
"""
ORDER: Final = "t, CASE WHEN cls IN ({no}) THEN 1 ELSE 0 END, event_id, kid"

# A later state of the same list that is a yes ends an ambiguous "no".
AMBIGUOUS: Final = """
    SELECT a.list_id, a.kid, a.channel_id, max(a.n) AS n
    FROM fold__events a
    LEFT JOIN (
        SELECT list_id, kid, channel_id, max(snap) AS snap
        FROM fold__events WHERE cls = {Y} AND own AND cover = 1 GROUP BY list_id, kid, channel_id
    ) AS y ON y.list_id = a.list_id AND y.kid = a.kid AND y.channel_id = a.channel_id
    WHERE a.cls = {A} AND a.own AND a.cover = 1 AND (y.snap IS NULL OR y.snap <= a.snap)
    GROUP BY a.list_id, a.kid, a.channel_id
"""
# Lists of one shop speak of one state: its customers' "no" answers a tick at an earlier checkout of the same shop.
FAMILY_NO: Final = """
    SELECT l.family_id, a.kid, a.channel_id, max(a.n) AS n
    FROM fold__ambiguous a JOIN fold__lists l ON l.list_id = a.list_id
    GROUP BY l.family_id, a.kid, a.channel_id
"""
LIFTED: Final = """
    SELECT DISTINCT s.n FROM fold__events s
    JOIN fold__events u ON u.pid = s.pid AND u.own = s.own
    WHERE s.cls IN ({S}, {H}) AND u.cls = {U} AND u.dated AND u.n > s.n
        AND (u.detail = s.detail OR (s.detail <> {legal} AND u.detail = 0))
    UNION
    SELECT DISTINCT s.n FROM fold__events s
    JOIN fold__events u ON u.kid = s.kid AND u.own = s.own
    WHERE s.cls IN ({S}, {H}) AND u.cls = {U} AND u.dated AND u.n > s.n AND s.pid IS NULL AND u.pid IS NULL
        AND (u.detail = s.detail OR (s.detail <> {legal} AND u.detail = 0))
"""
NOES: Final = """
    SELECT e.n, e.cid, e.kid, e.channel_id, e.whole, e.cls
    FROM fold__events e LEFT JOIN fold__lifted l ON l.n = e.n
    WHERE l.n IS NULL AND (
        e.cls IN ({E}, {Z}, {H}) OR (e.own AND e.cls = {S})
        OR (e.own AND {wills} AND (e.cls = {X} OR (e.cls IN ({W}, {O}, {F}, {A}, {I}) AND e.cover = 1))))
    UNION ALL
    SELECT n, -1, kid, channel_id, FALSE, {M} FROM fold__ambiguous WHERE {wills}
"""
# Whose "no" it is: the person of the record that it came with, else everybody who has the point.
WHOSE: Final = """
    SELECT n, cid, kid, channel_id, whole, cls FROM fold__noes
    WHERE cid > 0 AND cls IN ({E}, {O}, {X}, {W}, {A})
    UNION ALL
    SELECT DISTINCT e.n, t.cid, e.kid, e.channel_id, e.whole, e.cls FROM fold__noes e
    JOIN fold__reach p ON p.kid = e.kid
    JOIN fold__targets t ON t.pid = p.pid
    WHERE e.cid <= 0 AND e.cls IN ({E}, {O}, {X}, {W}, {A})
"""
HITS: Final = """
    SELECT t.tid, c.channel_id, e.n,
        CASE WHEN e.cls = {W} AND e.channel_id <> c.channel_id AND e.channel_id <> {any} THEN {V} ELSE e.cls END AS cls
    FROM fold__noes e
    JOIN fold__reach h ON h.kid = e.kid
    JOIN fold__points p ON p.pid = h.pid
    JOIN fold__targets t ON t.pid = p.pid
    JOIN fold__uses c ON c.point_kind = p.point_kind
    WHERE e.cls IN ({O}, {E}, {Z}, {H}) OR e.channel_id IN (c.channel_id, {any})
        OR (e.cls = {W} AND e.channel_id = {sms} AND c.channel IN ('voice', 'whatsapp'))
    UNION ALL
    SELECT t.tid, c.channel_id, e.n,
        CASE WHEN e.cls IN ({O}, {E}, {X}) OR (e.cls = {W} AND (e.channel_id = {any} OR e.whole)) THEN e.cls
             WHEN e.cls = {A} THEN {C} ELSE {D} END
    FROM fold__whose e
    JOIN fold__targets t ON t.cid = e.cid
    JOIN fold__points p ON p.pid = t.pid
    JOIN fold__uses c ON c.point_kind = p.point_kind
    WHERE (e.kid IS NULL OR p.kid <> e.kid) AND (e.cls IN ({O}, {E}) OR e.channel_id IN (c.channel_id, {any}))
"""
REFUSALS: Final = """
    SELECT tid, channel_id, {columns} FROM fold__hits GROUP BY tid, channel_id
"""
REFUSAL_CLASSES: Final = "EZSHXOWVDFACMI"

YES: Final = """
    SELECT t.tid, c.channel_id, e.n, e.level, e.grade, e.mine, e.dated, e.met, e.valid_until, e.t,
        coalesce(a.n > e.n, FALSE) AS stopped, coalesce(v.until >= e.recorded, FALSE) AS vouched, v.ends,
        coalesce(v.hoped, FALSE) AS hoped
    FROM fold__events e
    JOIN fold__targets t ON t.pid = e.pid AND (e.cid = t.cid OR e.cid = 0)
    JOIN fold__channels c ON c.channel_id = e.channel_id
    LEFT JOIN fold__lists l ON l.list_id = e.list_id
    LEFT JOIN fold__family_no a ON a.family_id = l.family_id AND a.kid = e.kid AND a.channel_id = e.channel_id
    LEFT JOIN fold__vouched v ON v.list_id = e.list_id AND v.channel_id = e.channel_id AND v.purpose_id = e.purpose_id
    WHERE e.cls = {Y} AND e.own AND e.cover = 1
"""
# A purchase counts for the points of its own record, and for nobody else's.
ACTS: Final = """
    SELECT tid, max(CASE WHEN detail = {purchase} THEN n END) AS purchase_n,
        max(CASE WHEN detail = {purchase} THEN t END) AS purchase_t,
        max(CASE WHEN detail = {inquiry} THEN n END) AS inquiry_n,
        max(CASE WHEN detail = {inquiry} THEN t END) AS inquiry_t,
        max(n) AS n
    FROM (
        SELECT t.tid, e.detail, e.n, e.t FROM fold__events e
        JOIN fold__targets t ON t.pid = e.pid
        WHERE e.cls = {P} AND e.own AND e.cid = 0
        UNION ALL
        SELECT t.tid, e.detail, e.n, e.t FROM fold__events e
        JOIN fold__held h ON h.rid = e.rid
        JOIN fold__targets t ON t.pid = h.pid AND t.cid = h.cid
        WHERE e.cls = {P} AND e.own AND e.cid > 0
    ) AS acts
    GROUP BY tid
"""
RECORDED: Final = """
    SELECT t.tid, c.channel_id, e.n, e.t, e.ground, e.grade, e.valid_until, e.met
    FROM fold__events e
    JOIN fold__targets t ON t.pid = e.pid AND (e.cid = t.cid OR e.cid = 0)
    JOIN fold__channels c ON c.channel_id = e.channel_id
    WHERE e.cls IN ({B}, {P}) AND e.own AND e.cover = 1 AND e.grade > 0 AND e.ground IS NOT NULL
"""
# A sign of life is one of the address, whoever of a household gave it: else a merge could make an old yes fresh.
SIGNS: Final = """
    SELECT pid, channel_id, max(t) AS t FROM (
        SELECT pid, channel_id, t FROM fold__events
        WHERE own AND cover = 1 AND pid IS NOT NULL AND channel_id >= 0
            AND ((cls = {Y} AND grade >= 2) OR (cls = {B} AND grade >= 2 AND ground IS NOT NULL))
        UNION ALL
        SELECT a.pid, c.channel_id, a.t
        FROM (
            SELECT pid, max(t) AS t FROM (
                SELECT e.pid, e.t FROM fold__events e
                WHERE e.cls = {P} AND e.own AND e.detail IN ({purchase}, {inquiry}, {click})
                UNION ALL
                SELECT h.pid, e.t FROM fold__events e JOIN fold__held h ON h.rid = e.rid
                WHERE e.cls = {P} AND e.own AND e.detail IN ({purchase}, {inquiry}, {click})
            ) AS given
            WHERE pid IS NOT NULL GROUP BY pid
        ) AS a
        CROSS JOIN fold__channels c
    ) AS signs
    GROUP BY pid, channel_id
"""
PENDING: Final = """
    SELECT t.tid, c.channel_id, max(e.n) AS n, min(e.t) AS first_t
    FROM fold__events e
    JOIN fold__targets t ON t.pid = e.pid AND (e.cid = t.cid OR e.cid = 0)
    JOIN fold__channels c ON c.channel_id = e.channel_id
    WHERE e.cls = {Q} AND e.own AND e.cover = 1
    GROUP BY t.tid, c.channel_id
"""
TIES: Final = """
    SELECT tid, max(n) AS n FROM (
        SELECT s.tid, e.n FROM fold__unresolved s
        JOIN fold__events e ON e.pid = s.pid AND (e.cid = s.cid OR e.cid = 0)
        WHERE e.cls = {L}
        UNION ALL
        SELECT s.tid, 0 FROM fold__unresolved s
        JOIN fold__held h ON h.pid = s.pid AND h.cid = s.cid
        JOIN fold__member m ON m.rid = h.rid
        JOIN source_records r ON r.record_id = m.record_id
        WHERE r.relationship IN ({relationships})
    ) AS ties
    GROUP BY tid
"""
BRANCHES: Final = """
    SELECT DISTINCT t.tid, c.channel_id FROM fold__events e
    JOIN fold__reach h ON h.kid = e.kid
    JOIN fold__points p ON p.pid = h.pid
    JOIN fold__targets t ON t.pid = p.pid
    JOIN fold__uses c ON c.point_kind = p.point_kind
    WHERE e.cls = {W} AND e.own AND e.cover = 2 AND e.channel_id IN (c.channel_id, {any})
"""
RETURNED: Final = """
    SELECT t.tid, max(e.n) AS n FROM fold__events e JOIN fold__targets t ON t.pid = e.pid
    WHERE e.cls = {T} AND e.grade = 3 GROUP BY t.tid
"""
# An answer to somebody who wrote on this very channel a short while ago.
WROTE: Final = """
    SELECT t.tid, e.channel_id, max(e.n) AS n, max(e.t) AS t FROM fold__events e
    JOIN fold__targets t ON t.pid = e.pid AND (e.cid = t.cid OR e.cid = 0)
    WHERE e.cls = {P} AND e.detail = {message} AND e.own AND e.mine AND e.dated AND e.channel_id >= 0
    GROUP BY t.tid, e.channel_id
"""
ASLEEP: Final = """
    SELECT DISTINCT s.tid, s.channel_id FROM fold__scopes s
    JOIN fold__quiet q ON q.preset_id = s.preset_id AND q.channel_id = s.channel_id
    JOIN fold__points p ON p.pid = s.pid
    LEFT JOIN fold__quiet_prefixes z ON z.preset_id = s.preset_id AND z.prefix = substr(p.point, 1, {prefix_length})
    WHERE coalesce(z.quiet, q.elsewhere)
"""
