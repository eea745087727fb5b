-- What people typed: privileges, strain of the team, repair attempts.
--
--   privileges              distinct privileges typed on the accounts of the group
--   privilege_names         text · these, sorted, joined by ; · NULL: none
--   privileges_added        of these, not held by the client when its stage became repair or later (DEP-06 b) · NULL: not in such a stage, or first seen in it now
--   privileges_known_since  date · when what was held was noted · NULL: as above
--   pulse_mean              points 1 to 5 · the lowest typed pulse with at least 5 answers · NULL: none (fewer stay hidden)
--   pulse_n                 answers behind it · NULL: none
--   manager_no_longer       true: a manager's position "no longer" · NULL: nobody typed a position
--   departures_linked_24m   departures in which the client was named: the largest number typed per client, summed · NULL: nobody typed one
--   repair_attempts_12m     repair or last_round meetings held in W12
--   failed_attempts_12m     of these with a kept ratio below .50 at a review that is not after as_of

CREATE OR REPLACE TEMP TABLE typed_privileges AS
SELECT k.group_no, a.source, a.account_id, lower(trim(p.privilege)) AS privilege
FROM accounts AS a
JOIN account_groups AS k ON k.source = a.source AND k.account_id = a.account_id
CROSS JOIN LATERAL (SELECT unnest(string_split(a.privileges, ';')) AS privilege) AS p
WHERE a.privileges <> '' AND trim(p.privilege) <> '';

CREATE OR REPLACE TEMP TABLE privilege_sums AS
SELECT group_no, count(*) AS privileges, string_agg(privilege, ';' ORDER BY privilege) AS names
FROM (SELECT DISTINCT group_no, privilege FROM typed_privileges) AS typed
GROUP BY group_no;

-- An account that joined a group later brings what it has: only what is new on an account that was noted is added.
CREATE OR REPLACE TEMP TABLE privilege_additions AS
WITH noted AS (
    SELECT k.group_no, h.source, h.account_id, h.since, h.codes
    FROM privileges_held AS h JOIN account_groups AS k ON k.source = h.source AND k.account_id = h.account_id
    WHERE k.group_no IN (
        SELECT g.group_no FROM accounts AS a JOIN account_groups AS g ON g.source = a.source AND g.account_id = a.account_id
        WHERE a.stage IN ('repair', 'last_round', 'decision', 'exit_notice', 'after_care', 'ended')
    )
),
held AS (
    SELECT group_no, unnest(codes) AS code FROM noted
    UNION
    SELECT t.group_no, left(sha256(t.privilege), 16) FROM typed_privileges AS t
    WHERE NOT EXISTS (SELECT 1 FROM noted AS n WHERE n.source = t.source AND n.account_id = t.account_id)
),
added AS (
    SELECT t.group_no, count(DISTINCT t.privilege) AS privileges
    FROM typed_privileges AS t LEFT JOIN held AS h ON h.group_no = t.group_no AND h.code = left(sha256(t.privilege), 16)
    WHERE h.code IS NULL
    GROUP BY t.group_no
)
SELECT n.group_no, coalesce(max(a.privileges), 0) AS privileges, max(n.since) AS since
FROM noted AS n LEFT JOIN added AS a ON a.group_no = n.group_no
GROUP BY n.group_no;

CREATE OR REPLACE TEMP TABLE typed_by_people AS
SELECT k.group_no, k.client_no, a.pulse_mean, a.pulse_n, lower(trim(replace(a.manager_position, '_', ' '))) AS position, a.departures_linked_24m
FROM accounts AS a JOIN account_groups AS k ON k.source = a.source AND k.account_id = a.account_id
WHERE a.pulse_n IS NOT NULL OR a.manager_position IS NOT NULL OR a.departures_linked_24m IS NOT NULL;

CREATE OR REPLACE TEMP TABLE lowest_pulses AS
SELECT group_no, pulse_mean, pulse_n
FROM (SELECT *, row_number() OVER (PARTITION BY group_no ORDER BY pulse_mean, pulse_n DESC) AS place FROM typed_by_people WHERE pulse_n >= 5 AND pulse_mean IS NOT NULL) AS ranked
WHERE place = 1;

CREATE OR REPLACE TEMP TABLE typed_sums AS
SELECT group_no, bool_or(no_longer) AS no_longer, CAST(sum(departures) AS INTEGER) AS departures
FROM (
    SELECT group_no, client_no, bool_or(position = 'no longer') AS no_longer, max(departures_linked_24m) AS departures
    FROM typed_by_people GROUP BY group_no, client_no
) AS clients_typed
GROUP BY group_no;

-- The same meeting with a client typed in two CRMs is one attempt; two clients of one group met on a day are two.
CREATE OR REPLACE TEMP TABLE attempts AS
SELECT group_no, count(*) AS held, count(*) FILTER (WHERE failed) AS failed
FROM (
    SELECT group_no, bool_or(kept_ratio < 0.50 AND coalesce(review_date, held_at) <= $as_of) AS failed
    FROM facts_repairs WHERE held_at >= $w12_start
    GROUP BY group_no, client_no, coalesce(kind, 'repair'), held_at
) AS meetings
GROUP BY group_no;

CREATE OR REPLACE TEMP TABLE m_people AS
WITH spoken AS (
    SELECT group_no FROM privilege_sums UNION SELECT group_no FROM typed_sums UNION SELECT group_no FROM attempts
    UNION SELECT group_no FROM privilege_additions
)
SELECT k.group_no,
    coalesce(p.privileges, 0) AS privileges,
    p.names AS privilege_names,
    n.privileges AS privileges_added,
    n.since AS privileges_known_since,
    l.pulse_mean,
    l.pulse_n,
    t.no_longer AS manager_no_longer,
    t.departures AS departures_linked_24m,
    coalesce(a.held, 0) AS repair_attempts_12m,
    coalesce(a.failed, 0) AS failed_attempts_12m
FROM spoken AS k
LEFT JOIN privilege_sums AS p ON p.group_no = k.group_no
LEFT JOIN privilege_additions AS n ON n.group_no = k.group_no
LEFT JOIN lowest_pulses AS l ON l.group_no = k.group_no
LEFT JOIN typed_sums AS t ON t.group_no = k.group_no
LEFT JOIN attempts AS a ON a.group_no = k.group_no;
