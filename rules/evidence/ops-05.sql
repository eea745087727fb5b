-- The cases of the last three months, longest wait for a first response first.
SELECT c.group_id, c.source, 'cases' AS object, c.case_id AS record_id,
    CAST(date_diff('minute', c.opened_local, c.first_response_local) AS DOUBLE) AS weight
FROM facts_cases AS c CROSS JOIN params AS p
WHERE c.group_id IN (SELECT group_id FROM flagged) AND c.opened_date >= p.w3_start AND c.first_response_local >= c.opened_local
