-- Contract -> contracts. The status category decides where the org's own status name is not mapped. Of the special terms only "there are some" is known.
SELECT
    {contract_id} AS contract_id,
    {account_id} AS account_id,
    {start_date} AS start_date,
    {end_date} AS end_date,
    {committed_amount} AS committed_amount,
    {currency} AS currency,
    {notice_months} AS notice_months,
    CASE WHEN lower({status}) IN {values.status} THEN {status} ELSE coalesce({_code}, {status}) END AS status,
    coalesce({special_terms}, 'false') AS special_terms,
    {modified_at} AS modified_at
FROM {stream}
WHERE {alive}
