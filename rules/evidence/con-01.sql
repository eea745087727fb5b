-- The contract with the commitment, then the revenue lines of its period so far, largest first.
SELECT c.group_id, c.source, 'contracts' AS object, c.contract_id AS record_id, 2e18 AS weight
FROM facts_contracts AS c
JOIN group_metrics AS g ON g.group_id = c.group_id AND g.commitment_start = c.start_date AND g.commitment_end = c.end_date
WHERE c.group_id IN (SELECT group_id FROM flagged) AND c.in_force AND c.committed_home > 0
UNION ALL
SELECT l.group_id, l.source, 'revenue', l.line_id, abs(CAST(l.amount_home AS DOUBLE))
FROM lines AS l
JOIN group_metrics AS g ON g.group_id = l.group_id
WHERE l.group_id IN (SELECT group_id FROM flagged) AND l.date >= g.commitment_start AND l.amount_home IS NOT NULL
