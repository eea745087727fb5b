-- The time sheets of the last twelve months, most hours first.
SELECT h.group_id, h.source, 'hours' AS object, h.account_id || ' ' || CAST(h.week AS VARCHAR) AS record_id, h.hours AS weight
FROM facts_hours AS h CROSS JOIN params AS p
WHERE h.group_id IN (SELECT group_id FROM flagged) AND h.week >= p.w12_start AND h.hours > 0
