-- The weeks with overtime for this client, most first. A time sheet row is named by account and week.
SELECT h.group_id, h.source, 'hours' AS object, h.account_id || ' ' || CAST(h.week AS VARCHAR) AS record_id,
    coalesce(h.overtime_25, 0) + coalesce(h.overtime_50, 0) AS weight
FROM facts_hours AS h CROSS JOIN params AS p
WHERE h.group_id IN (SELECT group_id FROM flagged) AND h.week >= p.w6_start AND coalesce(h.overtime_25, 0) + coalesce(h.overtime_50, 0) > 0
