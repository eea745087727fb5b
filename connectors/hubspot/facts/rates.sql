-- Exchange rates, as HubSpot used them for deals that were closed: nothing better is readable. One rate a currency and day of closing,
-- in force until the next one. Only when the portal's currency is ours, since HubSpot converts into the portal's.
SELECT
    seen.currency AS currency,
    seen.day AS "from",
    lead(seen.day) OVER (PARTITION BY seen.currency ORDER BY seen.day) AS to_exclusive,
    CAST(seen.units AS VARCHAR) AS units_per_home,
    {more}
FROM (
    SELECT currency, day, median(units) AS units
    FROM (
        SELECT
            {deals.deal_currency_code} AS currency,
            {day deals.closedate} AS day,
            coalesce(
                TRY_CAST({deals.amount} AS DOUBLE) / nullif(TRY_CAST({deals.amount_in_home_currency} AS DOUBLE), 0),
                1 / nullif(TRY_CAST({deals.hs_exchange_rate} AS DOUBLE), 0)
            ) AS units
        FROM {raw.deals}
        WHERE deals.archived IS DISTINCT FROM 'true' AND {deals.hs_is_closed} = 'true'
    ) AS deals
    WHERE currency <> {portal currency} AND {portal currency} = {home currency} AND units > 0 AND day IS NOT NULL
    GROUP BY currency, day
) AS seen
