-- Money: the rate of each (currency, day) in use, and the revenue lines of the chosen source in home currency.
--
-- A rate is foreign units for one home unit. Of overlapping ones the latest `from` counts; when that one is not above zero,
-- or none covers the day, the rate is missing: amount_home is NULL and the line is left out of sums (DQ-02).
-- Home amounts are themselves; converted ones are rounded at six decimals.

CREATE OR REPLACE TEMP TABLE rate_days AS
WITH used AS (
    SELECT DISTINCT currency, date AS day FROM revenue WHERE currency <> $home_currency AND date <= $as_of
    UNION SELECT currency, coalesce(issue_date, due_date) FROM invoices WHERE currency <> $home_currency
    UNION SELECT currency, start_date FROM contracts WHERE currency <> $home_currency
    UNION SELECT currency, least(closed_date, $as_of) FROM pipeline WHERE currency <> $home_currency
),
days AS (SELECT currency, upper(trim(currency)) AS code, day FROM used WHERE day IS NOT NULL),
stated AS (SELECT upper(trim(currency)) AS code, "from", to_exclusive, units_per_home, source FROM rates WHERE "from" IS NOT NULL),
found AS (
    SELECT d.code, d.day,
        arg_max(
            CASE WHEN s.units_per_home > 0 AND isfinite(s.units_per_home) THEN s.units_per_home ELSE 0 END,
            (s."from", -coalesce(list_position(['salesforce', 'hubspot', 'files'], s.source), 9))
        ) AS units
    FROM (SELECT DISTINCT code, day FROM days) d
    JOIN stated s ON s.code = d.code AND s."from" <= d.day AND (s.to_exclusive IS NULL OR s.to_exclusive > d.day)
    GROUP BY d.code, d.day
)
SELECT d.currency, d.day,
    CASE WHEN d.code IN ('', $home_currency) THEN 1.0 WHEN f.units > 0 THEN f.units END AS units
FROM days d LEFT JOIN found f USING (code, day);

-- A client with lines of the chosen kind in several CRMs is counted from the first of them only.
CREATE OR REPLACE TEMP TABLE revenue_sources AS
WITH wide AS (SELECT client_no FROM account_groups GROUP BY client_no HAVING count(DISTINCT source) > 1)
SELECT DISTINCT k.client_no, r.source
FROM account_groups k
JOIN wide USING (client_no)
JOIN revenue r ON r.account_key = k.account_key
WHERE r.date <= $as_of AND r.amount IS NOT NULL AND coalesce(r.kind, 'invoice') IN $kinds;

UPDATE account_groups SET revenue_counts = FALSE
FROM (
    SELECT client_no, arg_min(source, coalesce(list_position(['salesforce', 'hubspot', 'files'], source), 9)) AS source
    FROM revenue_sources GROUP BY client_no
) chosen
WHERE account_groups.client_no = chosen.client_no AND account_groups.source <> chosen.source;

-- Every line of the chosen kind with its sign: a credit note given as a positive amount is turned, its cost with it.
CREATE OR REPLACE TEMP VIEW signed_lines AS
SELECT source, line_id, account_id, account_key, date, coalesce(currency, $home_currency) AS currency, coalesce(kind, 'invoice') AS kind, category,
    CASE WHEN kind = 'credit_note' AND amount > 0 THEN -amount ELSE amount END AS amount,
    CASE WHEN kind = 'credit_note' AND amount > 0 THEN -direct_cost ELSE direct_cost END AS direct_cost
FROM revenue
WHERE date <= $as_of AND amount IS NOT NULL AND coalesce(kind, 'invoice') IN $kinds;

CREATE OR REPLACE TEMP VIEW valued_lines AS
SELECT s.*,
    CASE WHEN s.currency = $home_currency THEN CAST(s.amount AS DECIMAL(38, 6))
        ELSE CAST(CAST(s.amount AS DOUBLE) / d.units AS DECIMAL(38, 6)) END AS amount_home,
    CASE WHEN s.currency = $home_currency THEN CAST(s.direct_cost AS DECIMAL(38, 6))
        ELSE CAST(CAST(s.direct_cost AS DOUBLE) / d.units AS DECIMAL(38, 6)) END AS direct_cost_home
FROM signed_lines s LEFT JOIN rate_days d ON d.currency = s.currency AND d.day = s.date;

CREATE OR REPLACE TEMP VIEW lines AS
SELECT k.group_id, v.source, v.line_id, v.account_id, v.date, v.amount, v.currency, v.kind, v.category, v.direct_cost, v.direct_cost_home, v.amount_home,
    k.group_no, k.is_person_group
FROM valued_lines v JOIN account_groups k ON k.account_key = v.account_key
WHERE k.revenue_counts;

-- The same lines, narrow, for the sums over all of them; group_no NULL: an account that is empty or unknown. cost: direct cost, W12 only.
CREATE OR REPLACE TEMP TABLE booked AS
SELECT k.group_no, v.date, v.amount_home AS home, CASE WHEN v.date >= $w12_start THEN v.direct_cost_home END AS cost
FROM valued_lines v LEFT JOIN account_groups k ON k.account_key = v.account_key
WHERE coalesce(k.revenue_counts, TRUE);

CREATE OR REPLACE TEMP VIEW orphan_lines AS
SELECT s.source, s.line_id, s.account_id, s.account_key, s.date
FROM signed_lines s
WHERE NOT EXISTS (SELECT 1 FROM account_groups k WHERE k.account_key = s.account_key);
