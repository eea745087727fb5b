-- Won opportunities, activated orders, posted credit memos -> revenue. Which kind counts is revenue.source's choice: they are never added.
-- Won and activated are flags of the org's own stages, whatever their names. A reduction order takes away, with either sign in the data.
SELECT
    {line_id} AS line_id,
    {account_id} AS account_id,
    {date} AS date,
    CASE WHEN {_negative} = 'true' THEN coalesce(CAST(-abs(TRY_CAST({amount} AS DECIMAL(18, 4))) AS VARCHAR), {amount}) ELSE {amount} END AS amount,
    {currency} AS currency,
    {kind} AS kind,
    {category} AS category,
    {direct_cost} AS direct_cost,
    {modified_at} AS modified_at
FROM {stream}
WHERE {alive}
    AND coalesce({_won}, 'true') = 'true'
    AND coalesce(lower({_code}), 'posted') IN ('activated', 'posted')
