-- The orders of others moved later: with this client named as the cause, by days; without a known cause, within 5 business days of its rush order.
SELECT c.cause_group_id AS group_id, c.source, 'orders' AS object, c.order_id AS record_id, CAST(1000 + sum(c.moved_days) AS DOUBLE) AS weight
FROM facts_order_changes AS c CROSS JOIN params AS p
WHERE c.cause_group_id IN (SELECT group_id FROM flagged) AND c.changed_date >= p.w6_start AND c.moved_days > 0 AND c.cause_group_no <> c.group_no
GROUP BY c.cause_group_id, c.source, c.order_id
UNION ALL
SELECT g.group_id, u.source, 'orders', u.order_id, CAST(-min(b.number - a.number) AS DOUBLE)
FROM rush_days AS r
JOIN groups AS g ON g.group_no = r.group_no
JOIN calendar AS a ON a.day = r.day
JOIN calendar AS b ON b.day >= a.day AND b.number - a.number <= 5
JOIN unexplained AS u ON u.changed_date = b.day AND u.group_no <> r.group_no
WHERE g.group_id IN (SELECT group_id FROM flagged)
GROUP BY g.group_id, u.source, u.order_id
