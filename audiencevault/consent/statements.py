"""The SQL of the fold, one named statement per step; `audiencevault.consent.fold` runs them in order.

Written in a portable subset (no engine's own text functions, every choice among equals decided by an order).
All of it works on numbers: `n` is the place of an event in one total order of all visible events, in which a
permissive event stands at its earliest and a restrictive one at its latest possible moment, and a "no" after
a "yes" of the same moment. So "the yes came after the no" is `yes.n > no.n`.

Event classes (`cls`): `Y` says yes, `B` records another basis, `P` a purchase, inquiry or click, `Q` a
confirmation was asked for, `L` a relationship; `W` withdrew, `O` objected, `F` refused, `X` complained,
`I` evidence found bad, `A` a "no" that may mean "never asked", `S` blocked, `H` bounced or invalid,
`E` erased, `Z` tombstone; `U` and `T` lift a suppression and a tombstone. Among the "no"s that reach a
contact point, `D` and `C` are a `W` and an `A` of another point of the same contact, `V` a `W` by text
message that reaches other uses of the number, `M` an `A` that its source still says.
"""

from __future__ import annotations

from typing import Final

SHIFT: Final = 1 << 40
"""Two numbers in one: `rank * SHIFT + n`, so that one `max` picks the best rank and then the latest event."""

NEVER: Final = "TIMESTAMP '1000-01-01 00:00:00'"
"""Earlier than anything: where an undated yes stands."""

POINTS: Final = """
    SELECT row_number() OVER (ORDER BY point_kind, point) AS pid, point_kind, point, point_key, valid, role, guessed
    FROM (
        SELECT point_kind, point, min(point_key) AS point_key, bool_or(coalesce(valid, TRUE)) AS valid,
            bool_or(coalesce(list_contains(flags, 'role'), FALSE)) AS role,
            bool_or(coalesce(list_contains(flags, 'guessed_country'), FALSE)) AS guessed
        FROM contact_points WHERE point IS NOT NULL GROUP BY point_kind, point
    ) AS distinct_points
"""
PEOPLE: Final = """
    SELECT row_number() OVER (ORDER BY contact_id) AS cid, contact_id
    FROM (SELECT DISTINCT contact_id FROM members) AS distinct_people
"""
HELD: Final = """
    SELECT DISTINCT p.record_id, f.pid, m.cid
    FROM contact_points p
    JOIN fold__points f ON f.point_kind = p.point_kind AND f.point = p.point
    LEFT JOIN fold__member m ON m.record_id = p.record_id
"""
MEMBER: Final = "SELECT m.record_id, p.cid FROM members m JOIN fold__people p ON p.contact_id = m.contact_id"
TARGETS: Final = """
    SELECT row_number() OVER (ORDER BY cid, pid) AS tid, cid, pid
    FROM (SELECT DISTINCT cid, pid FROM fold__held WHERE cid IS NOT NULL) AS distinct_targets
"""
# A country that nobody could read is not the same as none: it adds the default rules.
COUNTRIES: Final = """
    SELECT r.record_id, coalesce(f.country, '??') AS country
    FROM source_records r LEFT JOIN match_features f ON f.record_id = r.record_id
    WHERE f.country IS NOT NULL OR trim(coalesce(r.country, '')) <> ''
"""
POINT_COUNTRIES: Final = """
    SELECT h.pid, c.country FROM fold__held h JOIN fold__countries c ON c.record_id = h.record_id
    UNION
    SELECT f.pid, p.country FROM contact_points p
    JOIN fold__points f ON f.point_kind = p.point_kind AND f.point = p.point
    WHERE p.country_from = 'number' AND p.country IS NOT NULL
"""
PERSON_COUNTRIES: Final = """
    SELECT DISTINCT m.cid, c.country FROM fold__member m JOIN fold__countries c ON c.record_id = m.record_id
"""
# The countries of a point decide; those of the person's other records only add presets.
SCOPES: Final = """
    SELECT tid, cid, pid, channel_id, preset_id, min(country) AS country FROM (
        SELECT t.tid, t.cid, t.pid, l.channel_id, l.preset_id, l.country
        FROM fold__targets t
        JOIN fold__points p ON p.pid = t.pid
        LEFT JOIN fold__point_countries o ON o.pid = t.pid
        JOIN fold__law l ON l.point_kind = p.point_kind AND l.country = coalesce(o.country, '')
        WHERE p.valid
        UNION
        SELECT t.tid, t.cid, t.pid, l.channel_id, l.preset_id, l.country
        FROM fold__targets t
        JOIN fold__points p ON p.pid = t.pid
        JOIN fold__person_countries o ON o.cid = t.cid
        JOIN fold__law l ON l.point_kind = p.point_kind AND l.country = o.country
        WHERE p.valid
    ) AS applicable
    GROUP BY tid, cid, pid, channel_id, preset_id
"""

# A correction takes an event out; one that takes out a "no" needs somebody responsible and a reason.
VOIDED: Final = """
    SELECT voids_event_id AS event_id,
        bool_or(event_type = 'voided' AND actor IN ('controller_user', 'authority') AND coalesce(detail, '') <> '') AS justified
    FROM consent_events
    WHERE voids_event_id IS NOT NULL AND event_type IN ('voided', 'invalidated') AND {known}
    GROUP BY voids_event_id
"""
SEEN: Final = """
    SELECT e.event_id, coalesce(e.record_id, '') AS record_id,
        CASE WHEN coalesce(e.record_id, '') = '' THEN 0 ELSE coalesce(m.cid, -1) END AS cid,
        e.point_kind, e.point, e.point_key, e.channel, coalesce(e.purpose, '*') AS purpose,
        e.controller_id = '{controller}' AS own, e.source, coalesce(e.account, '') AS account,
        {cover} AS cover, e.detail, e.legal_basis, e.cls,
        CASE WHEN e.event_type = 'confirmed' OR e.opt_in_level = 'confirmed' THEN 3
             WHEN e.opt_in_level = 'single' THEN 2 ELSE 1 END AS level,
        CASE WHEN e.evidence_grade = 'none' THEN 0 WHEN e.dated AND e.evidence_grade = 'full' THEN 3
             WHEN e.dated AND e.evidence_grade = 'partial' THEN 2 ELSE 1 END AS grade,
        e.actor = 'data_subject' AS mine, e.dated, {conditions},
        CAST(e.valid_until AS TIMESTAMP) AS valid_until, CAST(e.recorded_at AS TIMESTAMP) AS recorded,
        CAST(coalesce(e.snapshot_at, e.recorded_at) AS TIMESTAMP) AS snap,
        CASE WHEN NOT e.dated THEN {never}
             WHEN e.occurred_precision = 'day' THEN date_trunc('day', e.at)
             WHEN e.occurred_precision = 'month' THEN date_trunc('month', e.at)
             WHEN e.occurred_precision = 'year' THEN date_trunc('year', e.at) ELSE e.at END AS lo,
        CASE WHEN NOT e.dated THEN CAST(coalesce(e.snapshot_at, e.recorded_at) AS TIMESTAMP)
             WHEN e.occurred_precision = 'day' THEN date_trunc('day', e.at) + INTERVAL '1' DAY - INTERVAL '1' MICROSECOND
             WHEN e.occurred_precision = 'month'
                 THEN date_trunc('month', e.at) + INTERVAL '1' MONTH - INTERVAL '1' MICROSECOND
             WHEN e.occurred_precision = 'year'
                 THEN date_trunc('year', e.at) + INTERVAL '1' YEAR - INTERVAL '1' MICROSECOND
             ELSE e.at END AS hi
    FROM (
        SELECT *, CAST(occurred_at AS TIMESTAMP) AS at,
            occurred_at IS NOT NULL AND coalesce(occurred_precision, 'unknown') <> 'unknown'
                AND event_type <> 'observed'
                AND CAST(occurred_at AS TIMESTAMP) <= CAST(recorded_at AS TIMESTAMP) + INTERVAL '1' DAY AS dated,
            CASE WHEN event_type IN ('granted', 'confirmed', 'reaffirmed') THEN 'Y'
                 WHEN event_type = 'observed' AND state = 'subscribed' THEN 'Y'
                 WHEN event_type = 'observed' AND state = 'not_subscribed' THEN 'A'
                 WHEN event_type = 'basis_recorded' THEN 'B'
                 WHEN event_type = 'activity' THEN 'P'
                 WHEN event_type = 'requested' THEN 'Q'
                 WHEN event_type = 'relationship' THEN 'L'
                 WHEN event_type = 'withdrawn' THEN 'W'
                 WHEN event_type = 'objected' THEN 'O'
                 WHEN event_type = 'refused' THEN 'F'
                 WHEN event_type = 'complained' OR (event_type = 'suppressed' AND detail = 'complaint') THEN 'X'
                 WHEN event_type = 'invalidated' AND voids_event_id IS NULL THEN 'I'
                 WHEN event_type = 'erased' THEN 'E'
                 WHEN event_type = 'suppressed' AND detail IN ('hard_bounce', 'bounce', 'cleaned', 'invalid') THEN 'H'
                 WHEN event_type = 'suppressed' THEN 'S'
                 WHEN event_type = 'suppression_lifted' THEN 'U'
                 WHEN event_type = 'tombstone_lifted' THEN 'T' END AS cls
        FROM consent_events WHERE {known}
    ) AS e
    LEFT JOIN fold__member m ON m.record_id = e.record_id
    LEFT JOIN fold__voided v ON v.event_id = e.event_id
    WHERE e.cls IS NOT NULL
        AND (v.event_id IS NULL OR (e.cls IN ({no}) AND NOT v.justified))
"""

# A list that is exported every week repeats its undated "no"s. Such a "no" counts from the first snapshot of
# an unbroken run of them; a snapshot of the same list that says something else breaks the run.
REPEATED: Final = """
    SELECT source, account, own, point_kind, point_key, channel, purpose, cls
    FROM fold__seen WHERE NOT dated AND cls IN ({no}) AND source IS NOT NULL AND point_key IS NOT NULL
    GROUP BY source, account, own, point_kind, point_key, channel, purpose, cls
    HAVING min(snap) < max(snap)
"""
RUNS: Final = """
    WITH spoken AS (
        SELECT r.source, r.account, r.own, r.point_kind, r.point_key, r.channel, r.purpose, r.cls, s.snap,
            max(CASE WHEN s.cls = r.cls AND NOT s.dated THEN 1 ELSE 0 END) AS says_no
        FROM fold__repeated r
        JOIN fold__seen s ON s.source = r.source AND s.account = r.account AND s.own = r.own
            AND s.point_kind = r.point_kind AND s.point_key = r.point_key AND s.channel = r.channel
            AND s.purpose = r.purpose
        WHERE s.cls NOT IN ('L', 'P')
        GROUP BY r.source, r.account, r.own, r.point_kind, r.point_key, r.channel, r.purpose, r.cls, s.snap
    ), counted AS (
        SELECT *, row_number() OVER (
            PARTITION BY source, account, own, point_kind, point_key, channel, purpose, cls ORDER BY snap
        ) - row_number() OVER (
            PARTITION BY source, account, own, point_kind, point_key, channel, purpose, cls, says_no ORDER BY snap
        ) AS island
        FROM spoken
    )
    SELECT source, account, own, point_kind, point_key, channel, purpose, cls, snap, min(snap) OVER (
        PARTITION BY source, account, own, point_kind, point_key, channel, purpose, cls, island
    ) AS first_snap
    FROM counted WHERE says_no = 1
"""
DATED: Final = """
    SELECT s.*, CASE
        WHEN s.cls NOT IN ({no}) THEN s.lo
        WHEN r.first_snap IS NOT NULL AND NOT s.dated THEN r.first_snap
        ELSE s.hi END AS t
    FROM fold__seen s
    LEFT JOIN fold__runs r ON r.source = s.source AND r.account = s.account AND r.own = s.own
        AND r.point_kind = s.point_kind AND r.point_key = s.point_key AND r.channel = s.channel
        AND r.purpose = s.purpose AND r.cls = s.cls AND r.snap = s.snap
    WHERE s.lo <= {as_of}
"""
EVENTS: Final = """
    SELECT row_number() OVER (
        ORDER BY e.t, CASE WHEN e.cls IN ({no}) THEN 1 ELSE 0 END, e.event_id, e.point_kind, e.point_key
    ) AS n, e.*, p.pid
    FROM (
        SELECT event_id, record_id, cid, point_kind, point, point_key, channel, purpose, own, source, account, cover,
            detail, legal_basis, cls, level, grade, mine, dated, {condition_names}, valid_until, recorded, snap, t
        FROM fold__dated
        UNION ALL
        SELECT NULL, '', -1, point_kind, NULL, point_key, 'any', '*', TRUE, NULL, '', 1, reason, NULL, 'Z', 1, 0,
            FALSE, TRUE, {no_conditions}, NULL, CAST(created_at AS TIMESTAMP), CAST(created_at AS TIMESTAMP),
            CAST(created_at AS TIMESTAMP)
        FROM tombstones
    ) AS e
    LEFT JOIN fold__points p ON p.point_kind = e.point_kind AND p.point = e.point
"""

# A later state of the same list that is a yes ends an ambiguous "no".
AMBIGUOUS: Final = """
    SELECT a.source, a.account, a.point_kind, a.point_key, a.channel, max(a.n) AS n
    FROM fold__events a
    LEFT JOIN (
        SELECT source, account, point_kind, point_key, channel, max(snap) AS snap
        FROM fold__events WHERE cls = 'Y' AND own AND cover = 1
        GROUP BY source, account, point_kind, point_key, channel
    ) AS y ON y.source = a.source AND y.account = a.account AND y.point_kind = a.point_kind
        AND y.point_key = a.point_key AND y.channel = a.channel
    WHERE a.cls = 'A' AND a.own AND a.cover = 1 AND (y.snap IS NULL OR y.snap <= a.snap)
    GROUP BY a.source, a.account, a.point_kind, a.point_key, a.channel
"""
LIFTED: Final = """
    SELECT DISTINCT s.n FROM fold__events s
    JOIN fold__events u ON u.point_kind = s.point_kind AND u.point = s.point AND u.own = s.own
    WHERE s.cls IN ('S', 'H') AND u.cls = 'U' AND u.dated AND u.n > s.n
        AND (coalesce(u.detail, '') = coalesce(s.detail, '')
            OR (coalesce(s.detail, '') <> 'legal'
                AND coalesce(u.detail, '') NOT IN ('hard_bounce', 'bounce', 'cleaned', 'invalid', 'manual', 'legal')))
"""
NOES: Final = """
    SELECT e.n, e.cid, e.point_kind, e.point_key, e.channel, e.purpose, e.cls
    FROM fold__events e LEFT JOIN fold__lifted l ON l.n = e.n
    WHERE l.n IS NULL AND (
        e.cls IN ('E', 'Z', 'H') OR (e.own AND e.cls = 'S')
        OR (e.own AND {wills} AND (e.cls = 'X' OR (e.cls IN ('W', 'O', 'F', 'A', 'I') AND e.cover = 1))))
    UNION ALL
    SELECT n, -1, point_kind, point_key, channel, '', 'M' FROM fold__ambiguous WHERE {wills}
"""
# Whose "no" it is: the person of the record that it came with, else everybody who has the point.
WHOSE: Final = """
    SELECT n, cid, point_key, channel, purpose, cls FROM fold__noes
    WHERE cid > 0 AND cls IN ('E', 'O', 'X', 'W', 'A')
    UNION
    SELECT e.n, t.cid, e.point_key, e.channel, e.purpose, e.cls FROM fold__noes e
    JOIN fold__points p ON p.point_kind = e.point_kind AND p.point_key = e.point_key
    JOIN fold__targets t ON t.pid = p.pid
    WHERE e.cid <= 0 AND e.cls IN ('E', 'O', 'X', 'W', 'A')
"""
HITS: Final = """
    SELECT t.tid, c.channel_id, e.n,
        CASE WHEN e.cls = 'W' AND e.channel <> c.channel AND e.channel <> 'any' THEN 'V' ELSE e.cls END AS cls
    FROM fold__noes e
    JOIN fold__points p ON p.point_kind = e.point_kind AND p.point_key = e.point_key
    JOIN fold__targets t ON t.pid = p.pid
    JOIN fold__channels c ON c.point_kind = p.point_kind
    WHERE e.cls IN ('O', 'E', 'Z', 'H') OR e.channel IN (c.channel, 'any')
        OR (e.cls = 'W' AND e.channel = 'sms' AND c.channel IN ('voice', 'whatsapp'))
    UNION ALL
    SELECT t.tid, c.channel_id, e.n,
        CASE WHEN e.cls IN ('O', 'E', 'X') OR (e.cls = 'W' AND (e.channel = 'any' OR e.purpose = '*')) THEN e.cls
             WHEN e.cls = 'A' THEN 'C' ELSE 'D' END
    FROM fold__whose e
    JOIN fold__targets t ON t.cid = e.cid
    JOIN fold__points p ON p.pid = t.pid
    JOIN fold__channels c ON c.point_kind = p.point_kind
    WHERE p.point_key <> coalesce(e.point_key, '')
        AND (e.cls IN ('O', 'E') OR e.channel IN (c.channel, 'any'))
"""
REFUSALS: Final = """
    SELECT tid, channel_id, {columns} FROM fold__hits GROUP BY tid, channel_id
"""
REFUSAL_CLASSES: Final = "EZSHXOWVDFACMI"

YES: Final = """
    SELECT t.tid, c.channel_id, e.n, e.level, e.grade, e.mine, e.dated, {condition_columns}, e.valid_until, e.t,
        coalesce(a.n > e.n, FALSE) AS stopped, coalesce(v.until >= e.recorded, FALSE) AS vouched
    FROM fold__events e
    JOIN fold__targets t ON t.pid = e.pid AND (e.cid = t.cid OR e.cid = 0)
    JOIN fold__channels c ON c.channel = e.channel
    LEFT JOIN fold__ambiguous a ON a.source = e.source AND a.account = e.account AND a.point_kind = e.point_kind
        AND a.point_key = e.point_key AND a.channel = e.channel
    LEFT JOIN fold__vouched v ON v.source = e.source AND v.channel = e.channel AND v.purpose = e.purpose
    WHERE e.cls = 'Y' AND e.own AND e.cover = 1
"""
# A purchase counts for the points of its own record, and for nobody else's.
ACTS: Final = """
    SELECT tid, max(CASE WHEN detail = 'purchase' THEN n END) AS purchase_n,
        max(CASE WHEN detail = 'purchase' THEN t END) AS purchase_t,
        max(CASE WHEN detail = 'inquiry' THEN n END) AS inquiry_n,
        max(CASE WHEN detail = 'inquiry' THEN t END) AS inquiry_t,
        max(n) AS n, max(CASE WHEN detail IN ('purchase', 'inquiry', 'click') THEN t END) AS t
    FROM (
        SELECT t.tid, e.detail, e.n, e.t FROM fold__events e
        JOIN fold__targets t ON t.pid = e.pid AND (e.cid = t.cid OR e.cid = 0)
        WHERE e.cls = 'P' AND e.own
        UNION
        SELECT t.tid, e.detail, e.n, e.t FROM fold__events e
        JOIN fold__held h ON h.record_id = e.record_id
        JOIN fold__targets t ON t.pid = h.pid AND t.cid = h.cid
        WHERE e.cls = 'P' AND e.own AND e.cid > 0
    ) AS acts
    GROUP BY tid
"""
RECORDED: Final = """
    SELECT t.tid, c.channel_id, e.n, e.t, e.legal_basis, e.valid_until, {condition_columns}
    FROM fold__events e
    JOIN fold__targets t ON t.pid = e.pid AND (e.cid = t.cid OR e.cid = 0)
    JOIN fold__channels c ON c.channel = e.channel
    WHERE e.cls IN ('B', 'P') AND e.own AND e.cover = 1 AND e.grade > 0 AND e.legal_basis IN ({grounds})
"""
SIGNS: Final = """
    SELECT tid, channel_id, max(t) AS t FROM (
        SELECT tid, channel_id, t FROM fold__yes WHERE grade >= 2
        UNION ALL
        SELECT tid, channel_id, t FROM fold__recorded
        UNION ALL
        SELECT a.tid, c.channel_id, a.t FROM fold__acts a CROSS JOIN fold__channels c WHERE a.t IS NOT NULL
    ) AS signs
    GROUP BY tid, channel_id
"""
PENDING: Final = """
    SELECT t.tid, c.channel_id, max(e.n) AS n, min(e.t) AS first_t
    FROM fold__events e
    JOIN fold__targets t ON t.pid = e.pid AND (e.cid = t.cid OR e.cid = 0)
    JOIN fold__channels c ON c.channel = e.channel
    WHERE e.cls = 'Q' AND e.own AND e.cover = 1
    GROUP BY t.tid, c.channel_id
"""
TIES: Final = """
    SELECT tid, max(n) AS n FROM (
        SELECT t.tid, e.n FROM fold__events e
        JOIN fold__targets t ON t.pid = e.pid AND (e.cid = t.cid OR e.cid = 0)
        WHERE e.cls = 'L'
        UNION ALL
        SELECT t.tid, 0 FROM fold__held h
        JOIN source_records r ON r.record_id = h.record_id
        JOIN fold__targets t ON t.pid = h.pid AND t.cid = h.cid
        WHERE r.relationship IN ({relationships})
    ) AS ties
    GROUP BY tid
"""
BRANCHES: Final = """
    SELECT DISTINCT t.tid, c.channel_id FROM fold__events e
    JOIN fold__points p ON p.point_kind = e.point_kind AND p.point_key = e.point_key
    JOIN fold__targets t ON t.pid = p.pid
    JOIN fold__channels c ON c.point_kind = p.point_kind
    WHERE e.cls = 'W' AND e.own AND e.cover = 2 AND e.channel IN (c.channel, 'any')
"""
RETURNED: Final = """
    SELECT t.tid, max(e.n) AS n FROM fold__events e JOIN fold__targets t ON t.pid = e.pid
    WHERE e.cls = 'T' AND e.grade = 3 GROUP BY t.tid
"""
