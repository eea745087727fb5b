-- Won deals -> revenue lines of kind won_deal. Won is what the deal itself says, else what its stage's metadata says: stage names
-- and ids differ from portal to portal. A deal in another currency counts with HubSpot's own conversion at its rate, when the
-- portal's currency is ours; else with its own amount and currency.
SELECT
    deals.id AS line_id,
    coalesce(merged.new_id, deals_companies.to_id) AS account_id,
    {day deals.closedate} AS date,
    coalesce(deals.converted, {deals.amount}) AS amount,
    if(deals.converted IS NOT NULL, {portal currency}, coalesce({deals.deal_currency_code}, {portal currency})) AS currency,
    'won_deal' AS kind,
    deals.updated_at AS modified_at,
    {more deals}
FROM (
    SELECT deals.*,
        CASE WHEN coalesce({deals.deal_currency_code}, {portal currency}) <> {portal currency} AND {portal currency} = {home currency} THEN coalesce(
            CASE WHEN TRY_CAST({deals.hs_closed_amount_in_home_currency} AS DOUBLE) <> 0 THEN {deals.hs_closed_amount_in_home_currency} END,
            {deals.amount_in_home_currency},
            CAST(round(TRY_CAST({deals.amount} AS DOUBLE) * TRY_CAST({deals.hs_exchange_rate} AS DOUBLE), 4) AS VARCHAR)
        ) END AS converted
    FROM {raw.deals}
) AS deals
LEFT JOIN {raw.deals_companies} ON deals_companies.id = deals.id
LEFT JOIN merged ON merged.old_id = deals_companies.to_id
LEFT JOIN {raw.deals_stages} ON deals_stages.pipeline_id = {deals.pipeline} AND deals_stages.id = {deals.dealstage}
WHERE deals.archived IS DISTINCT FROM 'true'
  AND coalesce({deals.hs_is_closed_won} = 'true', {deals_stages.is_closed} = 'true' AND TRY_CAST({deals_stages.probability} AS DOUBLE) = 1.0, FALSE)
