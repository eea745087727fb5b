-- What the margin is made of, in home currency, largest first: time sheets, rush orders, direct costs of lines, receivables.
SELECT h.group_id, h.source, 'hours' AS object, h.account_id || ' ' || CAST(h.week AS VARCHAR) AS record_id,
    (coalesce(h.hours, 0) + 0.25 * coalesce(h.overtime_25, 0) + 0.50 * coalesce(h.overtime_50, 0)) * h.hourly_cost AS weight
FROM facts_hours AS h CROSS JOIN params AS p
WHERE h.group_id IN (SELECT group_id FROM flagged) AND h.week >= p.w12_start
UNION ALL
SELECT o.group_id, o.source, 'orders', o.order_id, p.rush_cost_per_order
FROM facts_orders AS o CROSS JOIN params AS p
WHERE o.group_id IN (SELECT group_id FROM flagged) AND o.ordered_date >= p.w12_start AND o.rush AND p.rush_cost_per_order > 0
UNION ALL
SELECT l.group_id, l.source, 'revenue', l.line_id, abs(CAST(l.direct_cost_home AS DOUBLE))
FROM lines AS l CROSS JOIN params AS p
WHERE l.group_id IN (SELECT group_id FROM flagged) AND l.date >= p.w12_start AND l.direct_cost_home IS NOT NULL
UNION ALL
SELECT i.group_id, i.source, 'invoices', i.invoice_id,
    CAST(CASE WHEN i.settlement = 'settled' THEN i.amount_home ELSE i.open_home END AS DOUBLE)
    * greatest(least(coalesce(i.settled_on, p.w12_end), p.w12_end) - greatest(i.issue_date, p.w12_start), 0) / (p.w12_end - p.w12_start) * p.finance_rate
FROM facts_invoices AS i CROSS JOIN params AS p
WHERE i.group_id IN (SELECT group_id FROM flagged) AND i.settlement IN ('settled', 'open') AND i.amount > 0
    AND (i.settled_on IS NULL OR i.settled_on > p.w12_start)
