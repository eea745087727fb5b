-- Escalated cases and complaints of the last six months, newest first, then the longest meetings.
SELECT c.group_id, c.source, 'cases' AS object, c.case_id AS record_id, 1000.0 + (c.opened_date - p.w6_start) AS weight
FROM facts_cases AS c CROSS JOIN params AS p
WHERE c.group_id IN (SELECT group_id FROM flagged) AND c.opened_date >= p.w6_start
    AND (c.escalated_date IS NOT NULL OR c.category IN ('complaint', 'public_complaint'))
UNION ALL
SELECT a.group_id, a.source, 'activities', a.activity_id, a.duration_minutes / 60
FROM facts_activities AS a CROSS JOIN params AS p
WHERE a.group_id IN (SELECT group_id FROM flagged) AND a.kind = 'meeting' AND a.started_date >= p.w6_start AND a.duration_minutes > 0
