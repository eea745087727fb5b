-- Open invoices, largest balance first.
SELECT i.group_id, i.source, 'invoices' AS object, i.invoice_id AS record_id, CAST(i.open_home AS DOUBLE) AS weight
FROM facts_invoices AS i
WHERE i.group_id IN (SELECT group_id FROM flagged) AND i.open_home > 0 AND i.amount > 0
