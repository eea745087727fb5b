-- The messages with a leave threat, newest first, those in a negotiation after the others. Ids only, never a text.
SELECT g.group_id, t.source, 'incidents' AS object, t.message_id AS record_id, t.points * 1000 - (p.as_of - t.occurred_date) AS weight
FROM leave_threats AS t JOIN groups AS g ON g.group_no = t.group_no CROSS JOIN params AS p
WHERE g.group_id IN (SELECT group_id FROM flagged)
