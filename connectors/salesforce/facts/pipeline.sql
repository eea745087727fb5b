-- Opportunity -> pipeline, open and closed. Won and lost are the org's flags; only open stages need their names mapped.
-- The close date of a closed deal is the day it closed. Probability is a percentage in Salesforce, a share here.
SELECT
    {deal_id} AS deal_id,
    {account_id} AS account_id,
    {amount} AS amount,
    {currency} AS currency,
    CAST(TRY_CAST({probability} AS DECIMAL(9, 4)) / 100 AS VARCHAR) AS probability,
    CASE WHEN {is_won} = 'true' THEN 'won' WHEN {_closed} = 'true' THEN 'lost' ELSE {stage} END AS stage,
    {created_at} AS created_at,
    {expected_close} AS expected_close,
    coalesce({closed_at}, CASE WHEN {_closed} = 'true' THEN {expected_close} END) AS closed_at,
    {is_won} AS is_won,
    coalesce(
        {is_new_business},
        CASE WHEN lower({_type}) IN ('new business', 'new customer') THEN 'true' WHEN lower({_type}) LIKE 'existing %' THEN 'false' END
    ) AS is_new_business,
    {modified_at} AS modified_at
FROM {stream}
WHERE {alive}
