-- The fact tables as of the day judged: joined to their group, and what happened after as_of hidden (readings.md 11).
--
-- Undated columns (status, open amount, what people typed) are as of the pull. Every view adds group_no, group_id and
-- is_person_group; rows of accounts that nobody knows are not in them.

-- due_on: due date, else issue date + agreed terms of the account, else + default (both due_inferred).
-- settlement: settled on settled_on · closed, nobody knows when · open, an empty date included · unknown, where no column at all says whether it was paid.
CREATE OR REPLACE TEMP VIEW facts_invoices AS
WITH seen AS (
    SELECT i.* EXCLUDE (paid_date), k.group_no, k.group_id, k.is_person_group,
        CASE WHEN i.paid_date <= $as_of THEN i.paid_date END AS paid_date,
        i.paid_date > $as_of AS payment_hidden,
        coalesce(i.due_date, i.issue_date + coalesce(k.terms_days, $default_terms_days)) AS due_on,
        i.due_date IS NULL AS due_inferred,
        coalesce(i.currency, $home_currency) AS money, coalesce(i.issue_date, i.due_date) AS rate_day
    FROM invoices i JOIN account_groups k ON k.account_key = i.account_key
    WHERE coalesce(i.issue_date <= $as_of, TRUE) AND coalesce(i.status, 'open') NOT IN ('draft', 'voided')
),
settled AS (
    SELECT *,
        CASE
            WHEN payment_hidden THEN 'open'
            WHEN paid_date IS NOT NULL AND NOT (coalesce(status = 'open', FALSE) AND coalesce(open_amount > 0, FALSE)) THEN 'settled'
            WHEN paid_date IS NOT NULL THEN 'open'
            WHEN status = 'paid' OR (open_amount <= 0 AND amount > 0) THEN 'closed'
            WHEN status = 'open' OR open_amount > 0
                OR source IN (SELECT source FROM filled WHERE table_name = 'invoices' AND column_name IN ('paid_date', 'status', 'open_amount')) THEN 'open'
            ELSE 'unknown'
        END AS settlement
    FROM seen
),
balanced AS (
    SELECT *,
        CASE WHEN settlement = 'settled' THEN paid_date END AS settled_on,
        CASE WHEN settlement <> 'open' THEN 0 WHEN payment_hidden THEN amount ELSE coalesce(open_amount, amount) END AS balance
    FROM settled
)
SELECT b.* EXCLUDE (money, rate_day, balance),
    CASE WHEN money = $home_currency THEN CAST(amount AS DECIMAL(38, 6)) ELSE CAST(CAST(amount AS DOUBLE) / d.units AS DECIMAL(38, 6)) END AS amount_home,
    CASE WHEN money = $home_currency THEN CAST(balance AS DECIMAL(38, 6)) ELSE CAST(CAST(balance AS DOUBLE) / d.units AS DECIMAL(38, 6)) END AS open_home
FROM balanced b LEFT JOIN rate_days d ON d.currency = b.money AND d.day = b.rate_day;

CREATE OR REPLACE TEMP VIEW facts_contracts AS
SELECT c.*, k.group_no, k.group_id, k.is_person_group,
    CASE WHEN coalesce(c.currency, $home_currency) = $home_currency THEN CAST(c.committed_amount AS DECIMAL(38, 6))
        ELSE CAST(CAST(c.committed_amount AS DOUBLE) / d.units AS DECIMAL(38, 6)) END AS committed_home,
    c.start_date <= $as_of AND coalesce(c.end_date >= $as_of, TRUE) AND coalesce(c.status, 'active') = 'active' AS in_force
FROM contracts c
JOIN account_groups k ON k.account_key = c.account_key
LEFT JOIN rate_days d ON d.currency = c.currency AND d.day = c.start_date;

-- rush: flagged, or asked for in less than half of the standard lead time.
CREATE OR REPLACE TEMP VIEW facts_orders AS
SELECT o.* EXCLUDE (delivered_date), k.group_no, k.group_id, k.is_person_group,
    CASE WHEN o.delivered_date <= $as_of THEN o.delivered_date END AS delivered_date,
    coalesce(o.is_rush, FALSE) OR coalesce(2 * date_diff('day', o.ordered_date, o.requested_date) < o.standard_lead_days, FALSE) AS rush
FROM orders o JOIN account_groups k ON k.account_key = o.account_key
WHERE o.ordered_date <= $as_of AND coalesce(o.status, 'open') <> 'draft';

-- group_* is whose order it is; cause_group_* the client that is named as the cause; cause_known: somebody is, the client or another.
-- A cause that is no known word (`unclear`) names nobody, whatever account is given.
CREATE OR REPLACE TEMP VIEW facts_order_changes AS
SELECT c.*, k.group_no, k.group_id, k.is_person_group,
    CASE WHEN coalesce(c.cause, 'client') = 'client' THEN w.group_no END AS cause_group_no,
    CASE WHEN coalesce(c.cause, 'client') = 'client' THEN w.group_id END AS cause_group_id,
    coalesce(c.cause IN ('supplier', 'us', 'other'), FALSE) OR (w.group_no IS NOT NULL AND coalesce(c.cause, 'client') = 'client') AS cause_known,
    date_diff('day', c.old_promised_date, c.new_promised_date) AS moved_days
FROM order_changes c
JOIN orders o ON o.source = c.source AND o.order_id = c.order_id
JOIN account_groups k ON k.account_key = o.account_key
LEFT JOIN account_groups w ON w.source = c.source AND w.account_id = c.cause_account_id
WHERE c.changed_date <= $as_of;

CREATE OR REPLACE TEMP VIEW facts_cases AS
SELECT c.* EXCLUDE (first_response_at, first_response_date, first_response_local, closed_at, closed_date, escalated_at, escalated_date),
    k.group_no, k.group_id, k.is_person_group,
    CASE WHEN c.first_response_date <= $as_of THEN c.first_response_at END AS first_response_at,
    CASE WHEN c.first_response_date <= $as_of THEN c.first_response_date END AS first_response_date,
    CASE WHEN c.first_response_date <= $as_of THEN c.first_response_local END AS first_response_local,
    CASE WHEN c.closed_date <= $as_of THEN c.closed_at END AS closed_at,
    CASE WHEN c.closed_date <= $as_of THEN c.closed_date END AS closed_date,
    CASE WHEN c.escalated_date <= $as_of THEN c.escalated_at END AS escalated_at,
    CASE WHEN c.escalated_date <= $as_of THEN c.escalated_date END AS escalated_date
FROM cases c JOIN account_groups k ON k.account_key = c.account_key
WHERE c.opened_date <= $as_of;

CREATE OR REPLACE TEMP VIEW facts_incidents AS
SELECT i.*, k.group_no, k.group_id, k.is_person_group
FROM incidents i JOIN account_groups k ON k.account_key = i.account_key
WHERE i.occurred_date <= $as_of;

CREATE OR REPLACE TEMP VIEW facts_activities AS
SELECT a.*, k.group_no, k.group_id, k.is_person_group
FROM activities a JOIN account_groups k ON k.account_key = a.account_key
WHERE a.started_date <= $as_of;

-- decides: said by a person, else read from role or title by the configured pattern.
CREATE OR REPLACE TEMP VIEW facts_contacts AS
SELECT c.*, k.group_no, k.group_id, k.is_person_group, k.client_no,
    coalesce(
        c.is_decision_maker,
        regexp_matches(strip_accents(lower(replace(concat_ws(' / ', c.role, c.title), '_', ' '))), $decision_role)
        AND NOT regexp_matches(strip_accents(lower(trim(coalesce(c.title, '')))), $no_decision_role)
    ) AS decides
FROM contacts c JOIN account_groups k ON k.account_key = c.account_key
WHERE coalesce(c.since <= $as_of, TRUE);

CREATE OR REPLACE TEMP VIEW facts_hours AS
SELECT h.* EXCLUDE (hourly_cost), coalesce(h.hourly_cost, $hourly_cost) AS hourly_cost, k.group_no, k.group_id, k.is_person_group
FROM hours h JOIN account_groups k ON k.account_key = h.account_key
WHERE h.week <= $as_of;

CREATE OR REPLACE TEMP VIEW facts_pipeline AS
SELECT p.* EXCLUDE (closed_at, closed_date, is_won), k.group_no, k.group_id, k.is_person_group,
    CASE WHEN p.closed_date <= $as_of THEN p.closed_at END AS closed_at,
    CASE WHEN p.closed_date <= $as_of THEN p.closed_date END AS closed_date,
    CASE WHEN coalesce(p.closed_date <= $as_of, TRUE) THEN p.is_won END AS is_won,
    CASE WHEN coalesce(p.currency, $home_currency) = $home_currency THEN CAST(p.amount AS DECIMAL(38, 6))
        ELSE CAST(CAST(p.amount AS DOUBLE) / d.units AS DECIMAL(38, 6)) END AS amount_home
FROM pipeline p
JOIN account_groups k ON k.account_key = p.account_key
LEFT JOIN rate_days d ON d.currency = p.currency AND d.day = least(p.closed_date, $as_of)
WHERE coalesce(p.created_date <= $as_of, TRUE);

CREATE OR REPLACE TEMP VIEW facts_repairs AS
SELECT r.*, k.group_no, k.group_id, k.is_person_group, k.client_no
FROM repairs r JOIN account_groups k ON k.account_key = r.account_key
WHERE r.held_at <= $as_of;
