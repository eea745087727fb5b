-- Cases: one scan of the last twelve months for everything that counts them. Complaint = complaint or public_complaint.
--
--   cases_6m, escalations_6m       cases opened in W6; of these escalated by as_of
--   complaints_12m, complaints_6m  complaints opened in W12, W6
--   breach_cases                   cases of W12 typed contract_breach, neither our own fault nor unfounded (CON-02)
--   public_complaints_12m          public complaints of W12 that are not our own fault (BEH-05 b)
--   closed_claims_12m              complaints closed in W12 that are not our own fault (BEH-05 a)
--   unfounded_claims_12m           of these unfounded
--   unfounded_share                ratio · NULL: fewer than 4 closed_claims_12m
--   unfounded_share_rest           ratio · of all other groups, for the exact test · NULL: they closed none
--   supplier_reviews_180d          cases of the last 180 days (age 0 to 180) typed supplier_review or tender (GOV-01)
--   escalation_ratio               escalations per case / the portfolio's, W6 · NULL: fewer than 3 escalations (OPS-04)
--   escalation_share, escalation_share_rest   ratio · per case, own and all other groups' · NULL: no case
--   answered_cases_3m              cases of W3 with a first response by as_of; below 8 of no use and given as 0
--   response_owners_3m             distinct owners of these cases
--   avoidance_ratio                median over these cases of response time / portfolio median of the same priority, business hours ·
--                                  NULL: fewer than 8 cases or 3 owners (OPS-05; never per employee)

-- A mark is TRUE or NULL, so that a plain count reads it: a third faster here than a filter per count.
CREATE OR REPLACE TEMP TABLE case_sums AS
SELECT group_no,
    count(recent) AS cases_6,
    count(escalated) AS escalations_6,
    count(complaint) AS complaints_12,
    count(recent_complaint) AS complaints_6,
    count(own_complaint) AS own_fault_12,
    count(breach) AS breaches_12,
    count(public_complaint) AS public_12,
    count(review) AS reviews_180
FROM (
    SELECT group_no,
        nullif(opened_date >= $w6_start, FALSE) AS recent,
        nullif(opened_date >= $w6_start AND escalated_date IS NOT NULL, FALSE) AS escalated,
        nullif(category IN ('complaint', 'public_complaint'), FALSE) AS complaint,
        nullif(category IN ('complaint', 'public_complaint') AND opened_date >= $w6_start, FALSE) AS recent_complaint,
        nullif(category IN ('complaint', 'public_complaint') AND own_fault, FALSE) AS own_complaint,
        nullif(category = 'contract_breach' AND NOT coalesce(own_fault, FALSE) AND NOT coalesce(unfounded, FALSE), FALSE) AS breach,
        nullif(category = 'public_complaint' AND NOT coalesce(own_fault, FALSE), FALSE) AS public_complaint,
        nullif(category IN ('supplier_review', 'tender') AND opened_date >= $as_of - INTERVAL 180 DAY, FALSE) AS review
    FROM facts_cases
    WHERE opened_date >= $w12_start
) AS marked
GROUP BY group_no;

-- The few cases that other questions ask about: pay.sql, beh.sql and the claims below read these and not all cases again.
CREATE OR REPLACE TEMP TABLE notable_cases AS
SELECT group_no, source, case_id, category, opened_date, closed_date, escalated_date, own_fault, unfounded
FROM facts_cases
WHERE category IN ('insolvency', 'harassment', 'values_conflict') OR escalated_date >= $w12_start
    OR category IN ('complaint', 'public_complaint') AND closed_date >= $w12_start;

CREATE OR REPLACE TEMP TABLE claim_sums AS
SELECT group_no, count(*) AS closed, count(*) FILTER (WHERE unfounded) AS unfounded
FROM notable_cases
WHERE category IN ('complaint', 'public_complaint') AND closed_date >= $w12_start AND NOT coalesce(own_fault, FALSE)
GROUP BY group_no;

-- Response time in working milliseconds: whole days between by the calendar, the two ends clipped to opening hours.
CREATE OR REPLACE TEMP TABLE responses AS
SELECT c.group_no, c.priority, c.owner_id,
    60000 * CAST(b.before - a.before AS BIGINT)
        + CASE WHEN b.works THEN least(greatest(date_diff('millisecond', CAST(b.day AS TIMESTAMP), c.first_response_local) - 60000 * $opens_minute, 0),
            60000 * ($closes_minute - $opens_minute)) ELSE 0 END
        - CASE WHEN a.works THEN least(greatest(date_diff('millisecond', CAST(a.day AS TIMESTAMP), c.opened_local) - 60000 * $opens_minute, 0),
            60000 * ($closes_minute - $opens_minute)) ELSE 0 END AS worked
FROM facts_cases AS c
JOIN calendar AS a ON a.day = c.opened_date
JOIN calendar AS b ON b.day = c.first_response_date
WHERE c.opened_date >= $w3_start AND c.first_response_local >= c.opened_local;

CREATE OR REPLACE TEMP TABLE response_sums AS
WITH enough AS (SELECT group_no, count(*) AS answered FROM responses GROUP BY group_no HAVING count(*) >= 8),
usual AS (SELECT priority, median(worked) AS worked FROM responses GROUP BY priority)
SELECT r.group_no, any_value(e.answered) AS answered, count(DISTINCT r.owner_id) AS owners,
    median(CASE WHEN u.worked > 0 THEN CAST(r.worked AS DOUBLE) / u.worked END) AS ratio
FROM enough AS e
JOIN responses AS r ON r.group_no = e.group_no
JOIN usual AS u ON u.priority IS NOT DISTINCT FROM r.priority
GROUP BY r.group_no;

DROP TABLE responses;

CREATE OR REPLACE TEMP TABLE case_totals AS
SELECT
    CAST(coalesce(sum(cases_6), 0) AS BIGINT) AS cases_6,
    CAST(coalesce(sum(escalations_6), 0) AS BIGINT) AS escalations_6,
    CAST(coalesce(sum(complaints_6), 0) AS BIGINT) AS complaints_6
FROM case_sums;

CREATE OR REPLACE TEMP TABLE m_cases AS
WITH spoken AS (
    SELECT group_no FROM case_sums UNION SELECT group_no FROM claim_sums
),
claim_totals AS (
    SELECT CAST(coalesce(sum(closed), 0) AS BIGINT) AS closed, CAST(coalesce(sum(unfounded), 0) AS BIGINT) AS unfounded FROM claim_sums
)
SELECT k.group_no,
    coalesce(s.cases_6, 0) AS cases_6m,
    coalesce(s.escalations_6, 0) AS escalations_6m,
    coalesce(s.complaints_12, 0) AS complaints_12m,
    coalesce(s.complaints_6, 0) AS complaints_6m,
    coalesce(s.breaches_12, 0) AS breach_cases,
    CASE WHEN NOT g.natural_person THEN coalesce(s.public_12, 0) END AS public_complaints_12m,
    CASE WHEN NOT g.natural_person THEN coalesce(c.closed, 0) END AS closed_claims_12m,
    CASE WHEN NOT g.natural_person THEN coalesce(c.unfounded, 0) END AS unfounded_claims_12m,
    CASE WHEN c.closed >= 4 AND NOT g.natural_person THEN CAST(c.unfounded AS DOUBLE) / c.closed END AS unfounded_share,
    CASE WHEN u.closed > coalesce(c.closed, 0)
        THEN CAST(u.unfounded - coalesce(c.unfounded, 0) AS DOUBLE) / (u.closed - coalesce(c.closed, 0)) END AS unfounded_share_rest,
    coalesce(s.reviews_180, 0) AS supplier_reviews_180d,
    CASE WHEN s.escalations_6 >= 3 THEN CAST(s.escalations_6 AS DOUBLE) * t.cases_6 / (s.cases_6 * t.escalations_6) END AS escalation_ratio,
    CASE WHEN s.cases_6 > 0 THEN CAST(s.escalations_6 AS DOUBLE) / s.cases_6 END AS escalation_share,
    CASE WHEN t.cases_6 > coalesce(s.cases_6, 0)
        THEN CAST(t.escalations_6 - coalesce(s.escalations_6, 0) AS DOUBLE) / (t.cases_6 - coalesce(s.cases_6, 0)) END AS escalation_share_rest,
    coalesce(r.answered, 0) AS answered_cases_3m,
    coalesce(r.owners, 0) AS response_owners_3m,
    CASE WHEN r.answered >= 8 AND r.owners >= 3 THEN r.ratio END AS avoidance_ratio
FROM spoken AS k
JOIN groups AS g ON g.group_no = k.group_no
CROSS JOIN case_totals AS t
CROSS JOIN claim_totals AS u
LEFT JOIN case_sums AS s ON s.group_no = k.group_no
LEFT JOIN claim_sums AS c ON c.group_no = k.group_no
LEFT JOIN response_sums AS r ON r.group_no = k.group_no;
