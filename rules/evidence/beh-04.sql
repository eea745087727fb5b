-- The reports, newest first: cases, and messages without a case of their own here. Ids only.
SELECT g.group_id, n.source, 'cases' AS object, n.case_id AS record_id, CAST(n.opened_date - p.w12_start AS DOUBLE) AS weight
FROM notable_cases AS n JOIN groups AS g ON g.group_no = n.group_no CROSS JOIN params AS p
WHERE g.group_id IN (SELECT group_id FROM flagged) AND n.category IN ('values_conflict', 'harassment') AND n.opened_date >= p.w12_start
UNION ALL
SELECT g.group_id, m.source, 'incidents', m.message_id, CAST(m.occurred_date - p.w12_start AS DOUBLE)
FROM incident_messages AS m JOIN groups AS g ON g.group_no = m.group_no CROSS JOIN params AS p
WHERE g.group_id IN (SELECT group_id FROM flagged) AND m.values_report
    AND NOT EXISTS (
        SELECT 1 FROM notable_cases AS n
        WHERE n.group_no = m.group_no AND n.source = m.source AND n.case_id = m.case_id AND n.category IN ('values_conflict', 'harassment')
            AND n.opened_date >= p.w12_start
    )
