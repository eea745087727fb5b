-- The accounts on which strain was typed: lowest pulse first.
SELECT m.group_id, m.source, 'accounts' AS object, m.account_id AS record_id, 5 - coalesce(CASE WHEN a.pulse_n >= 5 THEN a.pulse_mean END, 5) AS weight
FROM members AS m JOIN accounts AS a ON a.source = m.source AND a.account_id = m.account_id
WHERE m.group_id IN (SELECT group_id FROM flagged) AND (a.pulse_n >= 5 OR a.manager_position IS NOT NULL OR a.departures_linked_24m > 0)
