-- The contacts behind the changes (ids, never names), newest first, and supplier reviews or tenders.
SELECT d.group_id, d.source, 'contacts' AS object, d.record_id, 1000.0 - d.age_days AS weight
FROM decision_changes AS d
WHERE d.group_id IN (SELECT group_id FROM flagged)
UNION ALL
SELECT c.group_id, c.source, 'cases', c.case_id, CAST(180 - (p.as_of - c.opened_date) AS DOUBLE)
FROM facts_cases AS c CROSS JOIN params AS p
WHERE c.group_id IN (SELECT group_id FROM flagged) AND c.category IN ('supplier_review', 'tender') AND p.as_of - c.opened_date <= 180
