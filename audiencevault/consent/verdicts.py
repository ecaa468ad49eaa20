"""The SQL that judges what the fold gathered: which yes holds, which no stands, which preset is strictest.

Reads the relations that `audiencevault.consent.statements` makes and the preset tables `fold__rules` and
`fold__ground_rules`. A *scope* is one contact point of one contact, on one channel, under one preset. Ranks
are the `order` of `audiencevault.consent.reasons`; `UNRESOLVED` waits for the reasons that look elsewhere.
"""

from __future__ import annotations

from typing import Final

UNRESOLVED: Final = 30

# What a yes is worth under a preset: 1 lacks evidence, 2 lacks the level, 3 has ended, 4 is stale,
# 10 is vouched for, 11 holds by itself.
WORTH: Final = """
    SELECT y.tid, y.channel_id, s.preset_id, y.n, y.level, y.grade, y.mine AND y.grade >= 2 AS own_act,
        y.stopped, y.ends, g.t AS sign, CASE
            WHEN y.grade = 0 OR (y.met & r.conditions) <> r.conditions THEN 1
            WHEN y.valid_until <= {as_of} THEN 3
            WHEN y.grade = 1 THEN CASE
                WHEN r.deny_months IS NOT NULL AND (g.t IS NULL OR {stale}) THEN
                    CASE WHEN r.asserted = 2 OR (r.asserted = 1 AND y.vouched) THEN 4 ELSE 1 END
                WHEN r.asserted = 2 OR (r.asserted = 1 AND y.vouched) THEN 10 ELSE 1 END
            WHEN y.grade < r.min_grade THEN 1
            WHEN y.level < r.min_level THEN 2
            WHEN {stale} THEN 4
            ELSE 11 END AS worth
    FROM fold__yes y
    JOIN fold__scopes s ON s.tid = y.tid AND s.channel_id = y.channel_id
    JOIN fold__rules r ON r.preset_id = s.preset_id AND r.channel_id = s.channel_id
    LEFT JOIN fold__signs g ON g.pid = s.pid AND g.channel_id = s.channel_id
"""

# A yes counts if it comes after every no that reaches it, and is strong enough to reopen each of them.
KEPT: Final = """NOT y.stopped AND (y.worth <> 10 OR b.m_n IS NULL)
            AND (b.tid IS NULL OR (
                (b.x_n IS NULL OR (y.own_act AND y.n > b.x_n AND y.level >= r.after_complaint))
                AND (b.o_n IS NULL OR (y.own_act AND y.n > b.o_n AND y.level >= r.after_objection))
                AND (b.f_n IS NULL OR (y.own_act AND y.n > b.f_n AND y.level >= r.after_refusal))
                AND (b.i_n IS NULL OR (y.own_act AND y.n > b.i_n))
                AND (b.w_n IS NULL OR (y.own_act AND y.n > b.w_n AND {strong}))
                AND (b.v_n IS NULL OR NOT r.revoke_all OR (y.own_act AND y.n > b.v_n AND {strong}))
                AND (b.a_n IS NULL OR NOT r.ambiguous_stops OR (y.own_act AND y.n > b.a_n AND {strong}))
                AND (NOT r.spread OR b.d_n IS NULL OR (y.own_act AND y.n > b.d_n AND y.worth = 11))
                AND (NOT r.spread OR NOT r.ambiguous_stops OR b.c_n IS NULL
                    OR (y.own_act AND y.n > b.c_n AND y.worth = 11))))"""

CONSENT: Final = """
    SELECT y.tid, y.channel_id, y.preset_id,
        max(CASE WHEN {kept}
            THEN y.worth * {shift} + y.n END) AS best,
        max(CASE WHEN y.own_act AND y.level >= r.after_complaint THEN y.n END) AS after_x,
        max(CASE WHEN y.own_act AND y.level >= r.after_objection THEN y.n END) AS after_o,
        max(CASE WHEN y.own_act AND y.level >= r.after_refusal THEN y.n END) AS after_f,
        max(CASE WHEN y.own_act THEN y.n END) AS after_i,
        max(CASE WHEN y.own_act AND {strong} THEN y.n END) AS after_w,
        max(CASE WHEN y.own_act AND y.worth = 11 THEN y.n END) AS after_d,
        bool_or(y.grade = 1) AS asserted, min(CASE WHEN y.worth = 10 THEN y.ends END) AS ends, max(y.sign) AS sign
    FROM fold__worth y
    JOIN fold__rules r ON r.preset_id = y.preset_id AND r.channel_id = y.channel_id
    LEFT JOIN fold__refusals b ON b.tid = y.tid AND b.channel_id = y.channel_id
    GROUP BY y.tid, y.channel_id, y.preset_id
"""
STRONG: Final = "(y.level >= 3 OR (y.grade = 3 AND y.level >= r.after_withdrawal))"

CANDIDATES: Final = """
    SELECT a.tid, a.channel_id, a.preset_id, a.n, a.expires, g.t AS sign,
        CASE WHEN a.expires <= {as_of} THEN 12 ELSE a.outcome END AS rank
    FROM (
        SELECT o.tid, o.pid, o.preset_id, o.channel_id, b.outcome,
            CASE WHEN b.activity = 'purchase' THEN q.purchase_n ELSE q.inquiry_n END AS n,
            {activity_expires} AS expires
        FROM fold__scopes o
        JOIN fold__ground_rules b ON b.preset_id = o.preset_id AND b.channel_id = o.channel_id
        JOIN fold__acts q ON q.tid = o.tid
        WHERE b.evidence = 'activity'
            AND ((b.activity = 'purchase' AND q.purchase_n IS NOT NULL)
                OR (b.activity = 'inquiry' AND q.inquiry_n IS NOT NULL))
    ) AS a
    LEFT JOIN fold__signs g ON g.pid = a.pid AND g.channel_id = a.channel_id
    UNION ALL
    SELECT s.tid, s.channel_id, s.preset_id, y.n, {recorded_expires} AS expires, g.t,
        CASE WHEN y.grade < 2 THEN 13
             WHEN (y.met & b.conditions) <> b.conditions THEN 15
             WHEN y.valid_until <= {as_of} THEN 12
             WHEN {stale} THEN 11
             ELSE b.outcome END
    FROM fold__scopes s
    JOIN fold__recorded y ON y.tid = s.tid AND y.channel_id = s.channel_id
    JOIN fold__ground_rules b ON b.preset_id = s.preset_id AND b.channel_id = s.channel_id
        AND b.evidence = 'recorded' AND b.ground = y.ground
    JOIN fold__rules r ON r.preset_id = s.preset_id AND r.channel_id = s.channel_id
    LEFT JOIN fold__signs g ON g.pid = s.pid AND g.channel_id = s.channel_id
"""
GROUNDS: Final = """
    SELECT tid, channel_id, preset_id, rank, n, expires, sign FROM (
        SELECT *, row_number() OVER (
            PARTITION BY tid, channel_id, preset_id
            ORDER BY CASE WHEN rank >= 50 THEN 0 ELSE rank END, expires DESC NULLS FIRST, n DESC, rank
        ) AS place
        FROM fold__candidates
    ) AS placed
    WHERE place = 1
"""

# Where several presets apply, one and the same act has to satisfy all of them. Were each allowed its own, two
# people who share an address could be unreachable apart and reachable as one.
SEVERAL: Final = """
    SELECT tid, channel_id, count(*) AS presets FROM fold__scopes GROUP BY tid, channel_id HAVING count(*) > 1
"""
SUPPORT: Final = """
    SELECT tid, channel_id, max((100 - rank) * {shift} + n) AS best FROM (
        SELECT a.tid, a.channel_id, a.n, min(a.rank) AS rank
        FROM (
            SELECT y.tid, y.channel_id, y.preset_id, y.n, 50 AS rank
            FROM fold__worth y
            JOIN fold__several v ON v.tid = y.tid AND v.channel_id = y.channel_id
            JOIN fold__rules r ON r.preset_id = y.preset_id AND r.channel_id = y.channel_id
            LEFT JOIN fold__refusals b ON b.tid = y.tid AND b.channel_id = y.channel_id
            WHERE y.worth >= 10 AND {kept}
            UNION ALL
            SELECT g.tid, g.channel_id, g.preset_id, g.n, g.rank
            FROM fold__candidates g
            JOIN fold__several v ON v.tid = g.tid AND v.channel_id = g.channel_id
            JOIN fold__rules r ON r.preset_id = g.preset_id AND r.channel_id = g.channel_id
            LEFT JOIN fold__refusals b ON b.tid = g.tid AND b.channel_id = g.channel_id
            WHERE g.rank >= 50 AND b.m_n IS NULL AND NOT {refused}
        ) AS a
        JOIN fold__several v ON v.tid = a.tid AND v.channel_id = a.channel_id
        GROUP BY a.tid, a.channel_id, a.n, v.presets
        HAVING count(DISTINCT a.preset_id) = v.presets
    ) AS supporting
    GROUP BY tid, channel_id
"""

# The answer of each scope, as rank * shift + event. First match wins.
ANSWERS: Final = """
    SELECT tid, cid, pid, channel_id, preset_id, country_id, answer, expires, concat_ws('|',
        CASE WHEN answer >= 50 * {shift} AND vouched THEN 'asserted' END,
        CASE WHEN blocked AND answer >= 4 * {shift} THEN 'blocked' END,
        CASE WHEN bounced AND (answer < 4 * {shift} OR answer >= 5 * {shift}) THEN 'bounced' END,
        CASE WHEN complained AND (answer < 5 * {shift} OR answer >= 6 * {shift}) THEN 'complained' END,
        CASE WHEN ambiguous AND (answer < 9 * {shift} OR answer >= 10 * {shift}) THEN 'not_subscribed' END,
        CASE WHEN objected AND (answer < 6 * {shift} OR answer >= 7 * {shift}) THEN 'objected' END,
        CASE WHEN refused AND (answer < 8 * {shift} OR answer >= 9 * {shift}) THEN 'refused' END,
        CASE WHEN answer >= 50 * {shift} AND unlogged THEN 'request_not_logged' END,
        CASE WHEN answer >= 50 * {shift} AND aging THEN 'stale' END,
        CASE WHEN withdrawn AND (answer < 7 * {shift} OR answer >= 8 * {shift}) THEN 'withdrawn' END
    ) AS warnings
    FROM (
        SELECT s.tid, s.cid, s.pid, s.channel_id, s.preset_id, s.country_id,
            CASE
                WHEN greatest(coalesce(b.e_n, 0), coalesce(b.z_n, 0)) > coalesce(t.n, 0)
                    THEN {shift} + greatest(coalesce(b.e_n, 0), coalesce(b.z_n, 0))
                WHEN b.s_n IS NOT NULL THEN 3 * {shift} + b.s_n
                WHEN b.h_n IS NOT NULL THEN 4 * {shift} + b.h_n
                {window_first}
                {service_first}
                WHEN y.best IS NULL AND b.x_n > coalesce(y.after_x, 0) THEN 5 * {shift} + b.x_n
                WHEN y.best IS NULL AND b.o_n > coalesce(y.after_o, 0) THEN 6 * {shift} + b.o_n
                WHEN y.best IS NULL AND b.w_n > coalesce(y.after_w, 0) THEN 7 * {shift} + b.w_n
                WHEN y.best IS NULL AND r.revoke_all AND b.v_n > coalesce(y.after_w, 0) THEN 7 * {shift} + b.v_n
                WHEN y.best IS NULL AND r.spread AND b.d_n > coalesce(y.after_d, 0) THEN 7 * {shift} + b.d_n
                WHEN y.best IS NULL AND b.f_n > coalesce(y.after_f, 0) THEN 8 * {shift} + b.f_n
                WHEN y.best IS NULL AND r.ambiguous_stops AND b.a_n > coalesce(y.after_w, 0) THEN 9 * {shift} + b.a_n
                WHEN y.best IS NULL AND r.ambiguous_stops AND r.spread AND b.c_n > coalesce(y.after_d, 0)
                    THEN 9 * {shift} + b.c_n
                WHEN y.best IS NULL AND b.i_n > coalesce(y.after_i, 0) THEN 13 * {shift} + b.i_n
                WHEN y.best IS NULL AND b.x_n IS NOT NULL THEN 5 * {shift} + b.x_n
                WHEN y.best IS NULL AND b.o_n IS NOT NULL THEN 6 * {shift} + b.o_n
                WHEN y.best IS NULL AND coalesce(b.w_n, CASE WHEN r.revoke_all THEN b.v_n END,
                    CASE WHEN r.spread THEN b.d_n END) IS NOT NULL
                    THEN 7 * {shift} + coalesce(b.w_n, CASE WHEN r.revoke_all THEN b.v_n END, b.d_n)
                WHEN y.best IS NULL AND b.f_n IS NOT NULL THEN 8 * {shift} + b.f_n
                WHEN y.best IS NULL AND r.ambiguous_stops AND b.a_n IS NOT NULL THEN 9 * {shift} + b.a_n
                WHEN y.best IS NULL AND r.ambiguous_stops AND r.spread AND b.c_n IS NOT NULL THEN 9 * {shift} + b.c_n
                WHEN y.best IS NULL AND b.i_n IS NOT NULL THEN 13 * {shift} + b.i_n
                WHEN y.best >= 10 * {shift} THEN 50 * {shift} + y.best % {shift}
                WHEN g.rank >= 50 AND b.m_n IS NULL AND NOT {refused} THEN g.rank * {shift} + g.n
                WHEN b.m_n IS NOT NULL THEN 9 * {shift} + b.m_n
                WHEN q.n > greatest(0, coalesce(b.x_n, 0), coalesce(b.o_n, 0), coalesce(b.w_n, 0), coalesce(b.f_n, 0))
                    THEN 10 * {shift} + q.n
                WHEN y.best IS NULL AND (g.n IS NULL OR {refused}) THEN {unresolved} * {shift}
                WHEN y.best >= 4 * {shift} THEN 11 * {shift} + y.best % {shift}
                WHEN g.rank = 11 AND NOT {refused} THEN g.rank * {shift} + g.n
                WHEN y.best >= 3 * {shift} THEN 12 * {shift} + y.best % {shift}
                WHEN g.rank = 12 AND NOT {refused} THEN g.rank * {shift} + g.n
                WHEN y.best IS NULL THEN g.rank * {shift} + g.n
                WHEN y.best < 2 * {shift} THEN 13 * {shift} + y.best % {shift}
                WHEN g.rank = 13 AND NOT {refused} THEN g.rank * {shift} + g.n
                ELSE 14 * {shift} + y.best % {shift} END AS answer,
            CASE {window_expires} WHEN y.best >= 11 * {shift} THEN {consent_expires}
                 WHEN y.best >= 10 * {shift} THEN least({consent_expires}, y.ends)
                 WHEN g.rank >= 50 THEN g.expires END AS expires,
            coalesce(y.best - y.best % {shift} = 10 * {shift}, FALSE) AS vouched,
            b.s_n IS NOT NULL AS blocked, b.h_n IS NOT NULL AS bounced, b.x_n IS NOT NULL AS complained,
            b.o_n IS NOT NULL AS objected, b.f_n IS NOT NULL AS refused,
            b.m_n IS NOT NULL OR (r.ambiguous_stops AND b.a_n IS NOT NULL) AS ambiguous,
            b.w_n IS NOT NULL OR (r.spread AND b.d_n IS NOT NULL) OR (r.revoke_all AND b.v_n IS NOT NULL) AS withdrawn,
            r.request_logged AND q.n IS NULL AND y.best >= 10 * {shift} AS unlogged, {aging} AS aging
        FROM fold__scopes s
        JOIN fold__rules r ON r.preset_id = s.preset_id AND r.channel_id = s.channel_id
        LEFT JOIN fold__refusals b ON b.tid = s.tid AND b.channel_id = s.channel_id
        LEFT JOIN fold__consent y ON y.tid = s.tid AND y.channel_id = s.channel_id AND y.preset_id = s.preset_id
        LEFT JOIN fold__grounds g ON g.tid = s.tid AND g.channel_id = s.channel_id AND g.preset_id = s.preset_id
        LEFT JOIN fold__pending q ON q.tid = s.tid AND q.channel_id = s.channel_id
        LEFT JOIN fold__returned t ON t.tid = s.tid
        LEFT JOIN fold__wrote k ON k.tid = s.tid AND k.channel_id = s.channel_id
        {signs}
    ) AS judged
"""
SERVICE_SIGNS: Final = "LEFT JOIN fold__signs z ON z.pid = s.pid AND z.channel_id = s.channel_id"
# A ground other than consent never outlives a no.
REFUSED: Final = """(b.tid IS NOT NULL AND (
                b.x_n IS NOT NULL OR b.o_n IS NOT NULL OR b.w_n IS NOT NULL OR b.f_n IS NOT NULL OR b.i_n IS NOT NULL
                OR (r.ambiguous_stops AND b.a_n IS NOT NULL) OR (r.revoke_all AND b.v_n IS NOT NULL)
                OR (r.spread AND b.d_n IS NOT NULL)))"""

# Most points have one set of rules alone, and nothing to compare.
STRICTEST: Final = """
    SELECT a.tid, a.cid, a.pid, a.channel_id, a.preset_id, a.country_id, a.expires, a.warnings,
        CASE WHEN q.overlay THEN 0 ELSE 1 END AS laws, a.answer
    FROM fold__answers a JOIN fold__presets q ON q.preset_id = a.preset_id
    LEFT JOIN fold__several v ON v.tid = a.tid AND v.channel_id = a.channel_id
    WHERE v.tid IS NULL
    UNION ALL
    SELECT p.tid, p.cid, p.pid, p.channel_id, p.preset_id, p.country_id, p.expires, p.warnings, p.laws,
        CASE WHEN p.answer < 50 * {shift} OR {service} THEN p.answer
             WHEN u.best IS NULL THEN 13 * {shift} + p.answer % {shift}
             ELSE (100 - CAST((u.best - u.best % {shift}) / {shift} AS BIGINT)) * {shift} + u.best % {shift}
        END AS answer
    FROM (
        SELECT a.*, sum(CASE WHEN q.overlay THEN 0 ELSE 1 END) OVER (PARTITION BY a.tid, a.channel_id) AS laws,
            row_number() OVER (
                PARTITION BY a.tid, a.channel_id
                ORDER BY CASE WHEN a.answer >= 50 * {shift} THEN 50 * {shift} ELSE a.answer - a.answer % {shift} END,
                    a.expires NULLS LAST, a.preset_id
            ) AS place
        FROM fold__answers a JOIN fold__presets q ON q.preset_id = a.preset_id
        JOIN fold__several v ON v.tid = a.tid AND v.channel_id = a.channel_id
    ) AS p
    LEFT JOIN fold__support u ON u.tid = p.tid AND u.channel_id = p.channel_id
    WHERE p.place = 1
"""

# Whoever has neither a yes nor a no: look for a yes to something else (another purpose or sender at this very
# point, another channel of this person).
WAITING: Final = """
    SELECT s.tid, s.cid, s.pid, s.channel_id
    FROM fold__strictest s
    WHERE s.answer >= {unresolved} * {shift} AND s.answer < {unresolved} * {shift} + {shift}
"""
ELSEWHERE: Final = """
    SELECT s.tid, s.channel_id,
        max(CASE WHEN e.own AND e.cover <> 1 THEN e.n END) AS purpose_n,
        max(CASE WHEN NOT e.own THEN e.n END) AS controller_n
    FROM fold__unresolved s
    JOIN fold__events e ON e.pid = s.pid AND e.channel_id = s.channel_id AND (e.cid = s.cid OR e.cid = 0)
    WHERE e.cls = {Y} AND e.grade > 0 AND (NOT e.own OR e.cover <> 1)
    GROUP BY s.tid, s.channel_id
"""
OTHER_CHANNELS: Final = """
    SELECT s.tid, s.channel_id, max(e.n) AS n
    FROM fold__unresolved s
    JOIN fold__events e ON e.cid = s.cid AND e.channel_id <> s.channel_id
    WHERE e.cls = {Y} AND e.own AND e.grade > 0
    GROUP BY s.tid, s.channel_id
"""
RESOLVED: Final = """
    SELECT s.tid, s.cid, s.pid, s.channel_id, s.preset_id, s.country_id, s.expires, s.warnings, s.laws,
        CASE
            WHEN s.answer < {unresolved} * {shift} OR s.answer >= {unresolved} * {shift} + {shift} THEN s.answer
            WHEN e.purpose_n IS NOT NULL THEN 16 * {shift} + e.purpose_n
            WHEN e.controller_n IS NOT NULL THEN 17 * {shift} + e.controller_n
            WHEN o.n IS NOT NULL THEN 18 * {shift} + o.n
            WHEN l.n > 0 THEN 19 * {shift} + l.n
            WHEN a.n IS NOT NULL THEN 19 * {shift} + a.n
            WHEN l.n = 0 THEN 19 * {shift}
            ELSE 20 * {shift} END AS answer
    FROM fold__strictest s
    LEFT JOIN fold__elsewhere e ON e.tid = s.tid AND e.channel_id = s.channel_id
    LEFT JOIN fold__other_channels o ON o.tid = s.tid AND o.channel_id = s.channel_id
    LEFT JOIN fold__ties l ON l.tid = s.tid
    LEFT JOIN fold__acts a ON a.tid = s.tid
"""
DECIDED: Final = """
    SELECT s.cid, s.pid, s.channel_id, s.preset_id, s.country_id, e.event_id, e.grade,
        CASE WHEN {deferring} AND s.rank >= 50 AND z.tid IS NOT NULL THEN 40 ELSE s.rank END AS rank,
        CASE WHEN s.rank = 3 THEN CASE WHEN e.detail = {legal} THEN 'legal' ELSE 'manual' END
             WHEN s.rank = 4 THEN CASE WHEN e.detail = {invalid} THEN 'invalid' ELSE 'bounce' END ELSE '' END AS detail,
        CASE WHEN s.rank >= 50 AND (s.expires IS NULL OR e.valid_until < s.expires) THEN e.valid_until
            ELSE s.expires END AS expires,
        concat_ws('|', CASE WHEN s.warnings <> '' THEN s.warnings END,
            CASE WHEN s.laws > 1 THEN 'several_jurisdictions' END,
            CASE WHEN w.tid IS NOT NULL THEN 'left_a_list' END,
            CASE WHEN s.rank >= 50 AND z.tid IS NOT NULL THEN 'quiet_hours' END) AS warnings
    FROM (
        SELECT *, answer % {shift} AS n, CAST((answer - answer % {shift}) / {shift} AS INTEGER) AS rank
        FROM fold__resolved
    ) AS s
    LEFT JOIN fold__events e ON e.n = s.n
    LEFT JOIN fold__branches w ON w.tid = s.tid AND w.channel_id = s.channel_id
    LEFT JOIN fold__asleep z ON z.tid = s.tid AND z.channel_id = s.channel_id
"""
FOLD: Final = """
    SELECT contact_id, point_kind, point, point_key, channel, mailable, state, basis, reason, decisive_event_id,
        expires_at, evidence_grade, preset, jurisdiction,
        CASE WHEN warnings = '' THEN CAST([] AS VARCHAR[]) ELSE string_split(warnings, '|') END AS warnings
    FROM (
        SELECT p.contact_id, f.point_kind, f.point, coalesce(f.alias, f.point) AS point_key, c.channel,
            r.permits AS mailable, r.state, CASE WHEN r.permits THEN r.basis END AS basis, r.code AS reason,
            s.event_id AS decisive_event_id, s.expires AS expires_at,
            CASE s.grade WHEN 3 THEN 'full' WHEN 2 THEN 'partial' WHEN 1 THEN 'asserted' WHEN 0 THEN 'none'
                END AS evidence_grade,
            q.preset, o.country AS jurisdiction,
            concat_ws('|', CASE WHEN s.warnings <> '' THEN s.warnings END,
                CASE WHEN f.guessed THEN 'guessed_country' END, CASE WHEN f.role THEN 'role_mailbox' END) AS warnings
        FROM fold__decided s
        JOIN fold__people p ON p.cid = s.cid
        JOIN fold__points f ON f.pid = s.pid
        JOIN fold__channels c ON c.channel_id = s.channel_id
        JOIN fold__presets q ON q.preset_id = s.preset_id
        JOIN fold__reasons r ON r.rank = s.rank AND r.detail = s.detail
        LEFT JOIN fold__countries o ON o.country_id = s.country_id
    ) AS answered
"""
