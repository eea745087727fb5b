-- The attempts of the last twelve months, failed ones first, newest first. An attempt is named by account and day.
SELECT r.group_id, r.source, 'repairs' AS object, r.account_id || ' ' || CAST(r.held_at AS VARCHAR) AS record_id,
    CASE WHEN r.kept_ratio < 0.50 AND coalesce(r.review_date, r.held_at) <= p.as_of THEN 1000.0 ELSE 0.0 END + (r.held_at - p.w12_start) AS weight
FROM facts_repairs AS r CROSS JOIN params AS p
WHERE r.group_id IN (SELECT group_id FROM flagged) AND r.held_at >= p.w12_start
