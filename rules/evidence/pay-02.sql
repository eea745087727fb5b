-- Open invoices past a stated due date, oldest first, and cases that record an insolvency.
SELECT i.group_id, i.source, 'invoices' AS object, i.invoice_id AS record_id, CAST(p.as_of - i.due_on AS DOUBLE) AS weight
FROM facts_invoices AS i CROSS JOIN params AS p
WHERE i.group_id IN (SELECT group_id FROM flagged)
    AND i.open_home > 0 AND i.due_on < p.as_of AND NOT i.due_inferred AND i.amount > 0
    AND NOT (coalesce(i.disputed, FALSE) AND coalesce(i.own_fault, FALSE))
UNION ALL
SELECT c.group_id, c.source, 'cases', c.case_id, 1000000.0
FROM facts_cases AS c
WHERE c.group_id IN (SELECT group_id FROM flagged) AND c.category = 'insolvency'
