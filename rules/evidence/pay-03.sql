-- Invoices issued in the last twelve months beyond the ceiling, longest term first.
SELECT i.group_id, i.source, 'invoices' AS object, i.invoice_id AS record_id, CAST(i.due_date - i.issue_date AS DOUBLE) AS weight
FROM facts_invoices AS i CROSS JOIN params AS p
WHERE i.group_id IN (SELECT group_id FROM flagged) AND i.amount > 0
    AND i.issue_date >= p.w12_start AND i.due_date - i.issue_date > 60
    AND i.due_date > LAST_DAY(CAST(i.issue_date + INTERVAL 45 DAY AS DATE)) AND i.due_date - LAST_DAY(i.issue_date) > 45
