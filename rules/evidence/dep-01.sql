-- The revenue lines of the last twelve months, largest first.
SELECT l.group_id, l.source, 'revenue' AS object, l.line_id AS record_id, abs(CAST(l.amount_home AS DOUBLE)) AS weight
FROM lines AS l CROSS JOIN params AS p
WHERE l.group_id IN (SELECT group_id FROM flagged) AND l.date >= p.w12_start AND l.amount_home IS NOT NULL
