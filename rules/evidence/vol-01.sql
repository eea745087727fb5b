-- The lines of both three-month windows, largest first, and the last positive line.
SELECT l.group_id, l.source, 'revenue' AS object, l.line_id AS record_id, abs(CAST(l.amount_home AS DOUBLE)) AS weight
FROM lines AS l CROSS JOIN params AS p
JOIN group_metrics AS g ON g.group_id = l.group_id
WHERE l.group_id IN (SELECT group_id FROM flagged) AND l.amount_home IS NOT NULL
    AND (l.date >= p.w3_start OR (l.date >= p.p3_start AND l.date < p.p3_end) OR (l.amount_home > 0 AND p.as_of - l.date = g.days_since_revenue))
