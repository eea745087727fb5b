-- Task with our key -> tasks, the closed, archived and deleted ones too: what a person closed or deleted is not made again.
-- Priority by the org's own list: the high ones, the default, and whatever is neither.
SELECT
    {task_id} AS task_id,
    {key} AS key,
    coalesce(CASE WHEN {_what} LIKE '001%' THEN {_what} END, {account_id}) AS account_id,
    {mark} AS mark,
    {subject} AS subject,
    {due_date} AS due_date,
    {owner_id} AS owner_id,
    CASE WHEN l."IsHighPriority" = 'true' THEN 'high' WHEN l."IsDefault" = 'true' THEN 'normal' WHEN l."ApiName" IS NOT NULL THEN 'low' ELSE lower({priority}) END AS priority,
    {is_closed} AS is_closed,
    coalesce({is_deleted}, 'false') AS is_deleted,
    {modified_at} AS modified_at
FROM {stream}
LEFT JOIN {TaskPriority(ApiName, IsHighPriority, IsDefault)} AS l ON l."ApiName" = {priority}
