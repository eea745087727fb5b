-- Order -> orders. A delivery date says delivered; else the org's own status name where it is mapped, else its category.
SELECT
    {order_id} AS order_id,
    {account_id} AS account_id,
    {ordered_at} AS ordered_at,
    {requested_date} AS requested_date,
    {promised_date} AS promised_date,
    {delivered_date} AS delivered_date,
    {is_rush} AS is_rush,
    {standard_lead_days} AS standard_lead_days,
    CASE
        WHEN lower({status}) IN {values.status} AND lower({status}) <> 'activated' THEN {status}
        WHEN {delivered_date} IS NOT NULL THEN 'delivered'
        ELSE coalesce({_code}, {status})
    END AS status,
    {modified_at} AS modified_at
FROM {stream}
WHERE {alive}
