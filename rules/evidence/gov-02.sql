-- The tagged meetings of the last six months, transactional ones first, newest first.
SELECT a.group_id, a.source, 'activities' AS object, a.activity_id AS record_id,
    CASE WHEN a.topic = 'transactional' THEN 1000.0 ELSE 0.0 END + (a.started_date - p.w6_start) AS weight
FROM facts_activities AS a CROSS JOIN params AS p
WHERE a.group_id IN (SELECT group_id FROM flagged) AND a.kind = 'meeting' AND a.topic IN ('advisory', 'transactional') AND a.started_date >= p.w6_start
