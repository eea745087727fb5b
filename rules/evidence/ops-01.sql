-- The rush orders of the last six months, newest first.
SELECT o.group_id, o.source, 'orders' AS object, o.order_id AS record_id, CAST(o.ordered_date - p.w6_start AS DOUBLE) AS weight
FROM facts_orders AS o CROSS JOIN params AS p
WHERE o.group_id IN (SELECT group_id FROM flagged) AND o.rush AND o.ordered_date >= p.w6_start
