-- The positive revenue lines of the last 90 days, newest first, and the contracts that are not in force.
SELECT l.group_id, l.source, 'revenue' AS object, l.line_id AS record_id, CAST(90 - (p.as_of - l.date) AS DOUBLE) AS weight
FROM lines AS l CROSS JOIN params AS p
WHERE l.group_id IN (SELECT group_id FROM flagged) AND l.amount_home > 0 AND p.as_of - l.date < 90
UNION ALL
SELECT c.group_id, c.source, 'contracts', c.contract_id, 100.0
FROM facts_contracts AS c
WHERE c.group_id IN (SELECT group_id FROM flagged) AND NOT coalesce(c.in_force, FALSE)
