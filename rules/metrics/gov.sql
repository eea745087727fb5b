-- Governance: who decides, what we meet about, who takes the initiative.
--
--   days_since_decision_change   days · since the latest change of decision maker: a deciding contact with an earlier one in the group, or
--                                revenue older than its `since` · NULL: no change is known
--   decision_contact_id          that contact (id, never a name); names the episode of GOV-01
--   decision_changes_180d        changes of age 0 to 180 days
--   main_contact_changed         true: the contact with most meetings, calls and e-mails at age 0 to 90 days is not that of age 91 to 270,
--                                ties by contact id · NULL: one of the two periods has none
--   tagged_meetings_last, tagged_meetings_prev        meetings tagged advisory or transactional, W6 and the 6 months before
--   advisory_meetings_last, advisory_meetings_prev    of these advisory
--   transactional_ratio_last, transactional_ratio_prev  ratio · transactional among tagged · NULL: fewer than 6 tagged in that half-year
--   transactional_delta          ratio · last less prev · NULL: either is NULL
--   advisory_requests_change     ratio · advisory last / prev - 1 · NULL: fewer than 6 tagged in either, or fewer than 4 advisory before
--   days_since_proactive_contact days · since our last meeting or call on our initiative; without any, since first_revenue (groups.sql) · NULL: neither
--   proactive_first_90d          such contacts in the first 90 days after first_revenue · NULL: no revenue yet
--   client_age_days              days · since first_revenue · NULL: no revenue yet
--
-- decision_changes (group_id, source, record_id, since, age_days) has one row per change of age 0 to 180 days.

CREATE OR REPLACE TEMP TABLE changes_of_decider AS
WITH deciders AS (
    SELECT DISTINCT group_no, client_no, source, contact_id, since FROM facts_contacts WHERE decides AND since IS NOT NULL
),
firsts AS (SELECT group_no, min(since) AS since FROM deciders GROUP BY group_no),
-- The same person in two CRMs is one change: of one client and day, only the first CRM speaks.
heard AS (
    SELECT client_no, since, min(CASE source WHEN 'salesforce' THEN 1 WHEN 'hubspot' THEN 2 ELSE 3 END) AS crm FROM deciders GROUP BY client_no, since
)
SELECT d.group_no, d.source, d.contact_id, d.since, $as_of - d.since AS age
FROM deciders AS d
JOIN firsts AS f ON f.group_no = d.group_no
JOIN heard AS h ON h.client_no = d.client_no AND h.since = d.since AND h.crm = CASE d.source WHEN 'salesforce' THEN 1 WHEN 'hubspot' THEN 2 ELSE 3 END
LEFT JOIN revenue_sums AS r ON r.group_no = d.group_no
WHERE f.since < d.since OR r.first_revenue < d.since;

CREATE OR REPLACE TEMP TABLE decision_changes AS
SELECT c.group_no, g.group_id, c.source, c.contact_id AS record_id, c.since, c.age AS age_days
FROM changes_of_decider AS c JOIN groups AS g ON g.group_no = c.group_no
WHERE c.age <= 180 AND NOT g.is_person_group;

CREATE OR REPLACE TEMP TABLE latest_changes AS
SELECT group_no, contact_id, age
FROM (SELECT *, row_number() OVER (PARTITION BY group_no ORDER BY since DESC, contact_id) AS place FROM changes_of_decider) AS ranked
WHERE place = 1;

CREATE OR REPLACE TEMP TABLE main_contacts AS
WITH counted AS (
    SELECT group_no, source, contact_id, $as_of - started_date <= 90 AS recent, count(*) AS interactions
    FROM facts_activities
    WHERE contact_id IS NOT NULL AND kind IN ('meeting', 'call', 'email') AND started_date >= $as_of - INTERVAL 270 DAY
    GROUP BY group_no, source, contact_id, $as_of - started_date <= 90
),
ranked AS (
    SELECT *, row_number() OVER (PARTITION BY group_no, recent ORDER BY interactions DESC, contact_id, source) AS place FROM counted
)
SELECT group_no, max(CASE WHEN recent THEN contact_id END) <> max(CASE WHEN NOT recent THEN contact_id END) AS changed
FROM ranked WHERE place = 1
GROUP BY group_no;

CREATE OR REPLACE TEMP TABLE tagged_meetings AS
SELECT group_no,
    count(*) FILTER (WHERE started_date >= $w6_start) AS last,
    count(*) FILTER (WHERE started_date >= $w6_start AND topic = 'advisory') AS advisory_last,
    count(*) FILTER (WHERE started_date < $b6_end) AS prev,
    count(*) FILTER (WHERE started_date < $b6_end AND topic = 'advisory') AS advisory_prev
FROM facts_activities
WHERE kind = 'meeting' AND topic IN ('advisory', 'transactional') AND started_date >= $b6_start
GROUP BY group_no;

CREATE OR REPLACE TEMP TABLE proactive_contacts AS
SELECT a.group_no, max(a.started_date) AS latest,
    count(*) FILTER (WHERE a.started_date >= s.first_revenue AND a.started_date < s.first_revenue + INTERVAL 90 DAY) AS first_90
FROM facts_activities AS a LEFT JOIN revenue_sums AS s ON s.group_no = a.group_no
WHERE a.kind IN ('meeting', 'call') AND a.initiated_by = 'us'
GROUP BY a.group_no;

CREATE OR REPLACE TEMP TABLE m_gov AS
WITH spoken AS (
    SELECT group_no FROM latest_changes UNION SELECT group_no FROM main_contacts UNION SELECT group_no FROM tagged_meetings
    UNION SELECT group_no FROM proactive_contacts
)
SELECT k.group_no,
    c.age AS days_since_decision_change,
    c.contact_id AS decision_contact_id,
    (SELECT count(*) FROM decision_changes AS d WHERE d.group_no = k.group_no) AS decision_changes_180d,
    m.changed AS main_contact_changed,
    coalesce(t.last, 0) AS tagged_meetings_last,
    coalesce(t.prev, 0) AS tagged_meetings_prev,
    coalesce(t.advisory_last, 0) AS advisory_meetings_last,
    coalesce(t.advisory_prev, 0) AS advisory_meetings_prev,
    CASE WHEN t.last >= 6 THEN CAST(t.last - t.advisory_last AS DOUBLE) / t.last END AS transactional_ratio_last,
    CASE WHEN t.prev >= 6 THEN CAST(t.prev - t.advisory_prev AS DOUBLE) / t.prev END AS transactional_ratio_prev,
    CASE WHEN t.last >= 6 AND t.prev >= 6
        THEN CAST(t.last - t.advisory_last AS DOUBLE) / t.last - CAST(t.prev - t.advisory_prev AS DOUBLE) / t.prev END AS transactional_delta,
    CASE WHEN t.last >= 6 AND t.prev >= 6 AND t.advisory_prev >= 4
        THEN CAST(t.advisory_last AS DOUBLE) / t.advisory_prev - 1 END AS advisory_requests_change,
    $as_of - p.latest AS days_since_proactive_contact,
    p.first_90 AS proactive_first_90d
FROM spoken AS k
LEFT JOIN latest_changes AS c ON c.group_no = k.group_no
LEFT JOIN main_contacts AS m ON m.group_no = k.group_no
LEFT JOIN tagged_meetings AS t ON t.group_no = k.group_no
LEFT JOIN proactive_contacts AS p ON p.group_no = k.group_no;
