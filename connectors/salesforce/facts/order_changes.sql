-- OrderHistory of the promised date -> order_changes: the evidence that one client's rush moved another's delivery.
SELECT
    {order_id} AS order_id,
    {changed_at} AS changed_at,
    left({old_promised_date}, 10) AS old_promised_date,
    left({new_promised_date}, 10) AS new_promised_date,
    coalesce({cause_account_id}, o."Delay_Cause_Account__c") AS cause_account_id,
    {cause} AS cause
FROM {stream}
LEFT JOIN {Order(Id, Delay_Cause_Account__c)} AS o ON o."Id" = {order_id}
WHERE {alive} AND {_field} = {_promised}
