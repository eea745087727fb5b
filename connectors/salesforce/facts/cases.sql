-- Case -> cases. Salesforce keeps no date of escalation: it is the first history row of the flag (or of an escalation rule), where the org
-- tracks it. Reopening is a tracked status that leaves the closed ones; without any tracked status it is unknown, not zero.
WITH escalation AS (
    SELECT "CaseId" AS case_id, min("CreatedDate") AS happened_at
    FROM {CaseHistory(CaseId, Field, NewValue, CreatedDate)}
    WHERE "Field" = 'ownerEscalated' OR ("Field" = 'IsEscalated' AND lower("NewValue") = 'true')
    GROUP BY 1
), closed AS (
    SELECT status FROM (SELECT unnest(["MasterLabel", "ApiName"]) AS status FROM {CaseStatus(MasterLabel, ApiName, IsClosed)} WHERE "IsClosed" = 'true')
    WHERE status IS NOT NULL -- the history names a renamed status by either
), movement AS (
    SELECT "CaseId" AS case_id, "OldValue" AS was, "NewValue" AS became FROM {CaseHistory(CaseId, Field, OldValue, NewValue)} WHERE "Field" = 'Status'
), reopening AS (
    SELECT case_id, count(*) AS times FROM movement
    WHERE was IN (SELECT status FROM closed) AND became NOT IN (SELECT status FROM closed)
    GROUP BY 1
)
SELECT
    {case_id} AS case_id,
    {account_id} AS account_id,
    {opened_at} AS opened_at,
    {first_response_at} AS first_response_at,
    {closed_at} AS closed_at,
    {priority} AS priority,
    {status} AS status,
    {category} AS category,
    {own_fault} AS own_fault,
    {unfounded} AS unfounded,
    coalesce({reopened_count}, CASE WHEN EXISTS (SELECT 1 FROM movement) THEN CAST(coalesce(p.times, 0) AS VARCHAR) END) AS reopened_count, -- from CaseHistory
    coalesce({escalated_at}, e.happened_at) AS escalated_at, -- from CaseHistory
    {owner_id} AS owner_id,
    {modified_at} AS modified_at
FROM {stream}
LEFT JOIN escalation AS e ON e.case_id = {case_id}
LEFT JOIN reopening AS p ON p.case_id = {case_id}
WHERE {alive}
