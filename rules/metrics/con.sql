-- Contracts: volume committed and reached, clauses, and trading without one.
-- A contract period is inclusive on both ends; a contract without a status counts as active, one without an end as open-ended.
--
--   commitment_fulfilment    ratio · net revenue of the contract's period so far / commitment_prorated, of the contract where it is
--                            lowest · NULL: no contract in force with a commitment, an end, a rate and a quarter of its period gone by
--   commitment_elapsed_days  days · start to as_of, of that contract
--   commitment_prorated      money · commitment x elapsed / total days, of that contract
--   commitment_revenue       money · net revenue of its period so far
--   commitment_start, commitment_end   dates of that contract
--   contracts_in_force       contracts active and covering as_of
--   special_terms            true: one of them has special terms
--   trading_without_contract true: a positive line less than 90 days old and no contract in force
--
-- Breaches of clauses are cases: breach_cases in cases.sql.

CREATE OR REPLACE TEMP TABLE commitments AS
SELECT c.group_no, c.source, c.contract_id, c.start_date, c.end_date, c.committed_home,
    $as_of - c.start_date + 1 AS elapsed,
    c.end_date - c.start_date + 1 AS total
FROM facts_contracts AS c
WHERE c.in_force AND c.end_date IS NOT NULL AND c.committed_home > 0
    AND 4 * ($as_of - c.start_date + 1) >= c.end_date - c.start_date + 1;

CREATE OR REPLACE TEMP TABLE commitment_results AS
WITH bought AS (
    SELECT c.source, c.contract_id, c.group_no, coalesce(sum(b.home), 0) AS revenue
    FROM commitments AS c
    LEFT JOIN booked AS b ON b.group_no = c.group_no AND b.date >= c.start_date
    GROUP BY c.source, c.contract_id, c.group_no
),
rated AS (
    SELECT c.*, b.revenue,
        CAST(c.committed_home AS DOUBLE) * c.elapsed / c.total AS prorated,
        CAST(b.revenue AS DOUBLE) * c.total / (CAST(c.committed_home AS DOUBLE) * c.elapsed) AS fulfilment
    FROM commitments AS c JOIN bought AS b ON b.source = c.source AND b.contract_id = c.contract_id AND b.group_no = c.group_no
)
SELECT * FROM (
    SELECT *, row_number() OVER (PARTITION BY group_no ORDER BY fulfilment, source, contract_id) AS place FROM rated
) AS ranked
WHERE place = 1;

CREATE OR REPLACE TEMP TABLE m_con AS
WITH spoken AS (
    SELECT group_no FROM facts_contracts UNION SELECT group_no FROM revenue_sums WHERE last_revenue > $as_of - INTERVAL 90 DAY
),
counted AS (
    SELECT group_no, count(*) FILTER (WHERE in_force) AS in_force, bool_or(in_force AND coalesce(special_terms, FALSE)) AS special_terms
    FROM facts_contracts GROUP BY group_no
)
SELECT k.group_no,
    r.fulfilment AS commitment_fulfilment,
    r.elapsed AS commitment_elapsed_days,
    r.prorated AS commitment_prorated,
    r.revenue AS commitment_revenue,
    r.start_date AS commitment_start,
    r.end_date AS commitment_end,
    coalesce(n.in_force, 0) AS contracts_in_force,
    coalesce(n.special_terms, FALSE) AS special_terms,
    coalesce(s.last_revenue > $as_of - INTERVAL 90 DAY, FALSE) AND coalesce(n.in_force, 0) = 0 AS trading_without_contract
FROM spoken AS k
LEFT JOIN counted AS n ON n.group_no = k.group_no
LEFT JOIN revenue_sums AS s ON s.group_no = k.group_no
LEFT JOIN commitment_results AS r ON r.group_no = k.group_no;
