-- The serious incidents of the last 30 days, gravest first, then newest. Ids only, never a text.
SELECT s.group_id, s.source, s.object, s.record_id,
    CASE s.severity WHEN 'critical' THEN 4000.0 WHEN 'alert' THEN 3000.0 WHEN 'watch' THEN 2000.0 ELSE 1000.0 END - (p.as_of - s.occurred_date) AS weight
FROM serious_incidents AS s CROSS JOIN params AS p
WHERE s.group_id IN (SELECT group_id FROM flagged)
