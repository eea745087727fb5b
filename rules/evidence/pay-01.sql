-- Late invoices due in the last twelve months, by amount x days late.
SELECT i.group_id, i.source, 'invoices' AS object, i.invoice_id AS record_id,
    CAST(i.amount_home AS DOUBLE) * (coalesce(i.settled_on, p.as_of) - i.due_on) AS weight
FROM facts_invoices AS i CROSS JOIN params AS p
WHERE i.group_id IN (SELECT group_id FROM flagged)
    AND i.due_on >= p.w12_start AND i.due_on < p.w12_end AND i.settlement IN ('settled', 'open') AND i.amount_home > 0
    AND coalesce(i.settled_on, p.as_of) - i.due_on > 3 AND NOT (coalesce(i.disputed, FALSE) AND coalesce(i.own_fault, FALSE))
