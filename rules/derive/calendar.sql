-- Working time, day by day, for response times and for "within five business days".
--
-- Monday to Friday, the company's hours; a public holiday counts as a working day unless it is in `days_off` (readings.md 10).
--   number   working days up to and with this one · before   working minutes before this day began · works   is it one

CREATE OR REPLACE TEMP TABLE calendar AS
WITH days AS (
    SELECT CAST(unnest(generate_series(CAST($w6_start - INTERVAL 60 DAY AS TIMESTAMP), CAST($as_of AS TIMESTAMP), INTERVAL 1 DAY)) AS DATE) AS day
),
marked AS (
    SELECT day, date_diff('day', DATE '1970-01-05', day) % 7 < 5 AND day NOT IN (SELECT day FROM days_off) AS works FROM days
)
SELECT day, works,
    CAST(sum(CASE WHEN works THEN 1 ELSE 0 END) OVER (ORDER BY day) AS INTEGER) AS number,
    CAST(sum(CASE WHEN works THEN 1 ELSE 0 END) OVER (ORDER BY day) - CASE WHEN works THEN 1 ELSE 0 END AS INTEGER)
        * ($closes_minute - $opens_minute) AS before
FROM marked;
