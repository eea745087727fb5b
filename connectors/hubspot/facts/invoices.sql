-- HubSpot invoices -> invoices, where the portal uses them. Drafts and voided ones keep their status and are left out by who counts.
SELECT
    invoices.id AS invoice_id,
    coalesce(merged.new_id, invoices_companies.to_id) AS account_id,
    {day invoices.hs_invoice_date} AS issue_date,
    {day invoices.hs_due_date} AS due_date,
    {day invoices.hs_payment_date} AS paid_date,
    {invoices.hs_amount_billed} AS amount,
    {invoices.hs_balance_due} AS open_amount,
    coalesce({invoices.hs_currency}, {portal currency}) AS currency,
    {invoices.hs_invoice_status} AS status,
    invoices.updated_at AS modified_at,
    {more invoices}
FROM {raw.invoices}
LEFT JOIN {raw.invoices_companies} ON invoices_companies.id = invoices.id
LEFT JOIN merged ON merged.old_id = invoices_companies.to_id
WHERE invoices.archived IS DISTINCT FROM 'true'
