-- The messages behind the index, heaviest today first. Ids only, never a text.
SELECT g.group_id, m.source, 'incidents' AS object, m.message_id AS record_id, m.weight * power(2.0, -m.age / 90.0) AS weight
FROM incident_messages AS m JOIN groups AS g ON g.group_no = m.group_no
WHERE g.group_id IN (SELECT group_id FROM flagged) AND m.weight > 0
