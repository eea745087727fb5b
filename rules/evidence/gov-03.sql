-- Our last meetings and calls on our initiative, newest first; none when there never was one.
SELECT a.group_id, a.source, 'activities' AS object, a.activity_id AS record_id, CAST(-(p.as_of - a.started_date) AS DOUBLE) AS weight
FROM facts_activities AS a CROSS JOIN params AS p
WHERE a.group_id IN (SELECT group_id FROM flagged) AND a.kind IN ('meeting', 'call') AND a.initiated_by = 'us'
