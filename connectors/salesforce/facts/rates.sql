-- CurrencyType and DatedConversionRate -> rates. Salesforce counts units per one unit of the corporate currency; here it is units per one
-- unit of the home currency. Today's rates stand for all time, dated ones (Advanced Currency Management) win over them while they run.
-- The corporate currency has no dated rates: it is one at all times.
WITH corporate AS (
    SELECT {currency} AS currency, FALSE AS is_dated, CAST(NULL AS VARCHAR) AS start_date, CAST(NULL AS VARCHAR) AS next_date,
        TRY_CAST({units_per_home} AS DOUBLE) AS units
    FROM {stream}
    WHERE {alive}
), dated AS (
    SELECT "IsoCode" AS currency, TRUE AS is_dated, "StartDate" AS start_date, "NextStartDate" AS next_date, TRY_CAST("ConversionRate" AS DOUBLE) AS units
    FROM {DatedConversionRate(IsoCode, ConversionRate, StartDate, NextStartDate)}
    WHERE "StartDate" IS NOT NULL
), home AS (
    SELECT is_dated, start_date, next_date, units FROM corporate WHERE currency = {home}
    UNION ALL
    SELECT is_dated, start_date, next_date, units FROM dated WHERE currency = {home}
    UNION ALL
    SELECT TRUE, NULL, NULL, units FROM corporate WHERE currency = {home} AND NOT EXISTS (SELECT 1 FROM dated WHERE currency = {home})
)
SELECT
    c.currency AS currency,
    coalesce(greatest(c.start_date, h.start_date), '1900-01-01') AS "from",
    least(c.next_date, h.next_date) AS to_exclusive,
    CAST(c.units / nullif(h.units, 0) AS VARCHAR) AS units_per_home
FROM (FROM corporate UNION ALL FROM dated) AS c
JOIN home AS h ON h.is_dated = c.is_dated
WHERE coalesce(c.start_date, '0') < coalesce(h.next_date, '9') AND coalesce(h.start_date, '0') < coalesce(c.next_date, '9')
