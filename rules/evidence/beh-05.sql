-- Public complaints, then unfounded claims, newest first; our own fault is never among them.
SELECT c.group_id, c.source, 'cases' AS object, c.case_id AS record_id,
    CASE WHEN c.category = 'public_complaint' THEN 1000.0 ELSE 0.0 END + (c.opened_date - p.p12_start) AS weight
FROM facts_cases AS c CROSS JOIN params AS p
WHERE c.group_id IN (SELECT group_id FROM flagged) AND NOT coalesce(c.own_fault, FALSE)
    AND ((c.category = 'public_complaint' AND c.opened_date >= p.w12_start)
        OR (c.category IN ('complaint', 'public_complaint') AND c.unfounded AND c.closed_date >= p.w12_start))
