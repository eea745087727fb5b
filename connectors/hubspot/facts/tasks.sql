-- Our own tasks, and no other. The due day is read where it was written: nine o'clock in the portal's zone.
SELECT
    tasks.id AS task_id,
    {tasks.equilibre_key} AS key,
    coalesce(merged.new_id, tasks_companies.to_id) AS account_id,
    {tasks.equilibre_mark} AS mark,
    {tasks.hs_task_subject} AS subject,
    {portal day tasks.hs_timestamp} AS due_date,
    {tasks.hubspot_owner_id} AS owner_id,
    CASE {tasks.hs_task_priority} WHEN 'LOW' THEN 'low' WHEN 'MEDIUM' THEN 'normal' WHEN 'HIGH' THEN 'high' END AS priority,
    if({tasks.hs_task_status} = 'COMPLETED' OR tasks.archived = 'true', 'true', 'false') AS is_closed,
    coalesce(tasks.archived, 'false') AS is_deleted,
    tasks.updated_at AS modified_at,
    {more}
FROM {raw.tasks}
LEFT JOIN {raw.tasks_companies} ON tasks_companies.id = tasks.id
LEFT JOIN merged ON merged.old_id = tasks_companies.to_id
WHERE {tasks.equilibre_key} IS NOT NULL
