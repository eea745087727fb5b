-- Behaviour: incidents of the last twelve months. Outbound is left out, an empty direction is inbound. A message counts once, with its
-- heaviest category of the rule, confirmed if any copy of these is; without a case it is a case of its own; `harassment` counts as
-- discrimination_or_harassment. Nothing is read from texts here: only category, day and ids. Reads case_sums, notable_cases (cases.sql).
--
--   hostility_index              points · W12 · sum of weight x 2^(-age days / 90); rude 1, insult 3, threat 5, violence and
--                                discrimination_or_harassment 8 · 0: none
--   hostility_confirmed          points · the confirmed ones alone
--   hostile_cases, hostile_days  distinct cases and days behind hostility_index
--   hostile_cases_confirmed, hostile_days_confirmed   behind hostility_confirmed
--   leave_threats_12m            messages · W12 with a leave threat (messages, not halves)
--   leave_threats_confirmed_12m  messages · confirmed ones
--   leave_threats_weighted_12m   points · one sent while a deal stands in proposal or negotiation counts half (BEH-03)
--   leave_threat_months          of the six one-month slices of W6, those with at least 1 point
--   leave_threats_near_rush_share  ratio · within 3 calendar days of a rush order of the client · NULL: no leave threat
--   own_fault_share              ratio · W12 · the larger of own-fault complaints and orders delivered after the promised date, each
--                                only with 2 complaints or 4 orders behind it · NULL: neither, the guard G-OWN is off
--   severe_incidents_30d, severe_confirmed_30d     incidents of age 0 to 30: violence, threat, discrimination or harassment (BEH-01)
--   insult_incidents_30d, insult_confirmed_30d     the same for insults
--   days_since_incident, incident_id               the newest of these four · NULL: none
--   values_reports_12m           reports of values_conflict or harassment typed by a person, W12, a case once (BEH-04)
--   confrontation_days_12m       distinct days with a confirmed hostile or leave-threat message, an escalated case or a case typed harassment,
--                                W12 (FIX-01)
--
-- serious_incidents (group_id, source, object, record_id, category, confirmed, occurred_date, severity) has one row per incident of BEH-01.

CREATE OR REPLACE TEMP TABLE incident_messages AS
WITH weighed AS (
    SELECT group_no, source, message_id, case_id, occurred_date, category, coalesce(confirmed, FALSE) AS confirmed,
        CASE category WHEN 'violence' THEN 8 WHEN 'discrimination_or_harassment' THEN 8 WHEN 'harassment' THEN 8
            WHEN 'threat' THEN 5 WHEN 'insult' THEN 3 WHEN 'rude' THEN 1 ELSE 0 END AS weight
    FROM facts_incidents
    WHERE occurred_date >= $w12_start AND coalesce(direction, 'in') <> 'out'
)
SELECT group_no, source, message_id,
    max(case_id) AS case_id,
    coalesce('case ' || max(case_id), 'message ' || message_id) AS case_key,
    min(occurred_date) AS occurred_date,
    $as_of - min(occurred_date) AS age,
    max(weight) AS weight,
    bool_or(confirmed AND weight > 0) AS confirmed,
    bool_or(confirmed AND weight >= 3) AS confirmed_serious,
    bool_or(confirmed AND category = 'leave_threat') AS leave_confirmed,
    bool_or(category = 'violence') AS violence,
    bool_or(category = 'leave_threat') AS leave_threat,
    bool_or(category IN ('values_conflict', 'harassment')) AS values_report
FROM weighed
GROUP BY group_no, source, message_id;

CREATE OR REPLACE TEMP TABLE hostility AS
SELECT group_no,
    sum(weight * power(2.0, -age / 90.0) ORDER BY age, weight) AS hostility_index,
    sum(weight * power(2.0, -age / 90.0) ORDER BY age, weight) FILTER (WHERE confirmed) AS confirmed,
    count(DISTINCT source || case_key) AS cases,
    count(DISTINCT occurred_date) AS days,
    count(DISTINCT source || case_key) FILTER (WHERE confirmed) AS cases_confirmed,
    count(DISTINCT occurred_date) FILTER (WHERE confirmed) AS days_confirmed
FROM incident_messages WHERE weight > 0
GROUP BY group_no;

CREATE OR REPLACE TEMP TABLE leave_threats AS
SELECT m.group_no, m.source, m.message_id, m.occurred_date, m.leave_confirmed AS confirmed,
    CASE WHEN EXISTS (
        SELECT 1 FROM facts_pipeline AS p
        WHERE p.group_no = m.group_no AND p.stage IN ('proposal', 'negotiation')
            AND p.created_date <= m.occurred_date AND coalesce(p.closed_date > m.occurred_date, TRUE)
    ) THEN 0.5 ELSE 1.0 END AS points,
    CASE WHEN EXISTS (
        SELECT 1 FROM facts_orders AS o
        WHERE o.group_no = m.group_no AND o.rush
            AND o.ordered_date >= m.occurred_date - INTERVAL 3 DAY AND o.ordered_date <= m.occurred_date + INTERVAL 3 DAY
    ) THEN 1 ELSE 0 END AS near_rush,
    CASE
        WHEN m.occurred_date >= CAST($w6_end - INTERVAL 1 MONTH AS DATE) THEN 1
        WHEN m.occurred_date >= CAST($w6_end - INTERVAL 2 MONTH AS DATE) THEN 2
        WHEN m.occurred_date >= CAST($w6_end - INTERVAL 3 MONTH AS DATE) THEN 3
        WHEN m.occurred_date >= CAST($w6_end - INTERVAL 4 MONTH AS DATE) THEN 4
        WHEN m.occurred_date >= CAST($w6_end - INTERVAL 5 MONTH AS DATE) THEN 5
        WHEN m.occurred_date >= $w6_start THEN 6
    END AS slice
FROM incident_messages AS m
WHERE m.leave_threat;

CREATE OR REPLACE TEMP TABLE leave_threat_sums AS
WITH slices AS (
    SELECT group_no, slice FROM leave_threats WHERE slice IS NOT NULL GROUP BY group_no, slice HAVING sum(points) >= 1
)
SELECT t.group_no, count(*) AS messages, count(*) FILTER (WHERE t.confirmed) AS confirmed, CAST(sum(t.points) AS DOUBLE) AS points,
    CAST(sum(t.near_rush) AS DOUBLE) / count(*) AS near_rush_share,
    (SELECT count(*) FROM slices AS s WHERE s.group_no = t.group_no) AS months
FROM leave_threats AS t
GROUP BY t.group_no;

-- A case typed `harassment` by a person is a confirmed incident; with a message of the same case they are one, under the message's id.
CREATE OR REPLACE TEMP TABLE serious_incidents AS
WITH typed AS (
    SELECT group_no, source, case_id, opened_date FROM notable_cases WHERE category = 'harassment' AND opened_date >= $as_of - INTERVAL 30 DAY
),
told AS (
    SELECT m.*, row_number() OVER (PARTITION BY m.group_no, m.source, m.case_key ORDER BY m.occurred_date, m.message_id) AS place
    FROM incident_messages AS m WHERE m.weight >= 3 AND m.age <= 30
),
joined AS (
    SELECT t.group_no, t.source, 'incidents' AS object, t.message_id AS record_id, t.occurred_date,
        CASE WHEN c.case_id IS NOT NULL THEN 8 ELSE t.weight END AS weight, t.violence, t.confirmed_serious OR c.case_id IS NOT NULL AS confirmed
    FROM told AS t
    LEFT JOIN typed AS c ON c.group_no = t.group_no AND c.source = t.source AND c.case_id = t.case_id AND t.place = 1
    UNION ALL
    SELECT c.group_no, c.source, 'cases', c.case_id, c.opened_date, 8, FALSE, TRUE
    FROM typed AS c
    WHERE NOT EXISTS (SELECT 1 FROM told AS t WHERE t.group_no = c.group_no AND t.source = c.source AND t.case_id = c.case_id)
)
SELECT j.group_no, g.group_id, j.source, j.object, j.record_id, j.occurred_date, j.confirmed,
    CASE WHEN j.violence THEN 'violence' WHEN j.weight = 8 THEN 'discrimination_or_harassment' WHEN j.weight = 5 THEN 'threat' ELSE 'insult' END AS category,
    CASE WHEN j.weight >= 5 AND j.confirmed THEN 'critical' WHEN j.weight >= 5 THEN 'alert' WHEN j.confirmed THEN 'watch' ELSE 'info' END AS severity
FROM joined AS j JOIN groups AS g ON g.group_no = j.group_no
WHERE NOT g.natural_person;

CREATE OR REPLACE TEMP TABLE incident_counts AS
SELECT group_no,
    count(*) FILTER (WHERE category <> 'insult') AS severe,
    count(*) FILTER (WHERE category <> 'insult' AND confirmed) AS severe_confirmed,
    count(*) FILTER (WHERE category = 'insult') AS insults,
    count(*) FILTER (WHERE category = 'insult' AND confirmed) AS insults_confirmed
FROM serious_incidents GROUP BY group_no;

CREATE OR REPLACE TEMP TABLE newest_incidents AS
SELECT group_no, occurred_date, record_id
FROM (SELECT *, row_number() OVER (PARTITION BY group_no ORDER BY occurred_date DESC, record_id DESC) AS place FROM serious_incidents) AS ranked
WHERE place = 1;

CREATE OR REPLACE TEMP TABLE own_faults AS
WITH delivered AS (
    SELECT group_no, count(*) AS orders, count(*) FILTER (WHERE delivered_date > promised_date) AS late
    FROM facts_orders
    WHERE ordered_date >= $w12_start AND delivered_date IS NOT NULL AND promised_date IS NOT NULL
    GROUP BY group_no HAVING count(*) >= 4
),
shares AS (
    SELECT group_no, CAST(own_fault_12 AS DOUBLE) / complaints_12 AS share FROM case_sums WHERE complaints_12 >= 2
    UNION ALL
    SELECT group_no, CAST(late AS DOUBLE) / orders FROM delivered
)
SELECT group_no, max(share) AS share FROM shares GROUP BY group_no;

CREATE OR REPLACE TEMP TABLE values_reports AS
SELECT group_no, count(*) AS reports
FROM (
    SELECT group_no, source, case_key FROM incident_messages WHERE values_report
    UNION
    SELECT group_no, source, 'case ' || case_id FROM notable_cases WHERE category IN ('values_conflict', 'harassment') AND opened_date >= $w12_start
) AS reports
GROUP BY group_no;

CREATE OR REPLACE TEMP TABLE confrontations AS
SELECT group_no, count(*) AS days
FROM (
    SELECT group_no, occurred_date AS day FROM incident_messages WHERE confirmed OR leave_confirmed
    UNION
    SELECT group_no, escalated_date FROM notable_cases WHERE escalated_date >= $w12_start
    UNION
    SELECT group_no, opened_date FROM notable_cases WHERE category = 'harassment' AND opened_date >= $w12_start
) AS days
GROUP BY group_no;

CREATE OR REPLACE TEMP TABLE m_beh AS
WITH spoken AS (
    SELECT group_no FROM incident_messages UNION SELECT group_no FROM own_faults UNION SELECT group_no FROM values_reports
    UNION SELECT group_no FROM confrontations UNION SELECT group_no FROM serious_incidents
    EXCEPT SELECT group_no FROM groups WHERE natural_person
)
SELECT k.group_no,
    coalesce(h.hostility_index, 0) AS hostility_index,
    coalesce(h.confirmed, 0) AS hostility_confirmed,
    coalesce(h.cases, 0) AS hostile_cases,
    coalesce(h.days, 0) AS hostile_days,
    coalesce(h.cases_confirmed, 0) AS hostile_cases_confirmed,
    coalesce(h.days_confirmed, 0) AS hostile_days_confirmed,
    coalesce(l.messages, 0) AS leave_threats_12m,
    coalesce(l.confirmed, 0) AS leave_threats_confirmed_12m,
    coalesce(l.points, 0) AS leave_threats_weighted_12m,
    coalesce(l.months, 0) AS leave_threat_months,
    l.near_rush_share AS leave_threats_near_rush_share,
    o.share AS own_fault_share,
    coalesce(i.severe, 0) AS severe_incidents_30d,
    coalesce(i.severe_confirmed, 0) AS severe_confirmed_30d,
    coalesce(i.insults, 0) AS insult_incidents_30d,
    coalesce(i.insults_confirmed, 0) AS insult_confirmed_30d,
    $as_of - n.occurred_date AS days_since_incident,
    n.record_id AS incident_id,
    coalesce(v.reports, 0) AS values_reports_12m,
    coalesce(c.days, 0) AS confrontation_days_12m
FROM spoken AS k
LEFT JOIN hostility AS h ON h.group_no = k.group_no
LEFT JOIN leave_threat_sums AS l ON l.group_no = k.group_no
LEFT JOIN own_faults AS o ON o.group_no = k.group_no
LEFT JOIN incident_counts AS i ON i.group_no = k.group_no
LEFT JOIN newest_incidents AS n ON n.group_no = k.group_no
LEFT JOIN values_reports AS v ON v.group_no = k.group_no
LEFT JOIN confrontations AS c ON c.group_no = k.group_no;
