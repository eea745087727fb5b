-- The breaches, newest first.
SELECT c.group_id, c.source, 'cases' AS object, c.case_id AS record_id, CAST(c.opened_date - p.w12_start AS DOUBLE) AS weight
FROM facts_cases AS c CROSS JOIN params AS p
WHERE c.group_id IN (SELECT group_id FROM flagged) AND c.opened_date >= p.w12_start AND c.category = 'contract_breach'
    AND NOT coalesce(c.own_fault, FALSE) AND NOT coalesce(c.unfounded, FALSE)
