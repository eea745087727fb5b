-- Invoice -> invoices. A posted invoice without a balance is paid.
SELECT
    {invoice_id} AS invoice_id,
    {account_id} AS account_id,
    {issue_date} AS issue_date,
    {due_date} AS due_date,
    {paid_date} AS paid_date,
    {amount} AS amount,
    {open_amount} AS open_amount,
    {currency} AS currency,
    CASE WHEN lower({status}) = 'posted' AND TRY_CAST({open_amount} AS DECIMAL(18, 4)) = 0 THEN 'paid' ELSE {status} END AS status,
    {disputed} AS disputed,
    {own_fault} AS own_fault,
    {modified_at} AS modified_at
FROM {stream}
WHERE {alive}
