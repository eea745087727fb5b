-- All deals -> pipeline. The five canonical stages come from the metadata of the portal's own stages (closed, probability), never
-- from their names or ids: closed with probability 1 is won, any other closed one is lost, and an open one is qualification below
-- one half, proposal below three quarters, negotiation from there on. [hubspot.values.pipeline.stage] may name stage ids instead.
SELECT
    deals.id AS deal_id,
    coalesce(merged.new_id, deals_companies.to_id) AS account_id,
    coalesce(deals.converted, {deals.amount}) AS amount,
    if(deals.converted IS NOT NULL, {portal currency}, coalesce({deals.deal_currency_code}, {portal currency})) AS currency,
    coalesce({deals.hs_deal_stage_probability}, {deals_stages.probability}) AS probability,
    CASE
        WHEN {deals.dealstage} IN {named stages} THEN {deals.dealstage}
        WHEN coalesce({deals.hs_is_closed_won} = 'true', FALSE) THEN 'won'
        WHEN coalesce({deals.hs_is_closed}, {deals_stages.is_closed}) = 'true'
        THEN if(coalesce(TRY_CAST({deals_stages.probability} AS DOUBLE) = 1.0 AND {deals.hs_is_closed_won} IS NULL, FALSE), 'won', 'lost')
        WHEN TRY_CAST({deals_stages.probability} AS DOUBLE) < 0.5 THEN 'qualification'
        WHEN TRY_CAST({deals_stages.probability} AS DOUBLE) < 0.75 THEN 'proposal'
        WHEN TRY_CAST({deals_stages.probability} AS DOUBLE) <= 1.0 THEN 'negotiation'
    END AS stage,
    {time deals.createdate} AS created_at,
    {day deals.closedate} AS expected_close,
    CASE WHEN coalesce({deals.hs_is_closed}, {deals_stages.is_closed}) = 'true' THEN {time deals.closedate} END AS closed_at,
    CASE
        WHEN coalesce({deals.hs_is_closed}, {deals_stages.is_closed}) = 'true'
        THEN coalesce({deals.hs_is_closed_won}, if(TRY_CAST({deals_stages.probability} AS DOUBLE) = 1.0, 'true', 'false'))
        ELSE 'false'
    END AS is_won,
    CASE {deals.dealtype} WHEN 'newbusiness' THEN 'true' WHEN 'existingbusiness' THEN 'false' END AS is_new_business,
    deals.updated_at AS modified_at,
    {more deals}
FROM (
    SELECT deals.*,
        CASE WHEN coalesce({deals.deal_currency_code}, {portal currency}) <> {portal currency} AND {portal currency} = {home currency} THEN coalesce(
            {deals.amount_in_home_currency},
            CAST(round(TRY_CAST({deals.amount} AS DOUBLE) * TRY_CAST({deals.hs_exchange_rate} AS DOUBLE), 4) AS VARCHAR)
        ) END AS converted
    FROM {raw.deals}
) AS deals
LEFT JOIN {raw.deals_companies} ON deals_companies.id = deals.id
LEFT JOIN merged ON merged.old_id = deals_companies.to_id
LEFT JOIN {raw.deals_stages} ON deals_stages.pipeline_id = {deals.pipeline} AND deals_stages.id = {deals.dealstage}
WHERE deals.archived IS DISTINCT FROM 'true'
