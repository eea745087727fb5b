-- Event -> meetings, completed call tasks -> calls. The copies that invitees get and the head of a recurring series are not meetings of their own.
-- An all-day event has a date and no time; a call logged later belongs to its day, not to the moment somebody ticked it off.
SELECT
    {activity_id} AS activity_id,
    {account_id} AS account_id,
    {kind} AS kind,
    CASE
        WHEN {_all_day} = 'true' THEN coalesce({_day}, left({started_at}, 10))
        WHEN {started_at} IS NULL OR ({kind} = 'call' AND left({started_at}, 10) <> {_day}) THEN {_day}
        ELSE {started_at}
    END AS started_at,
    coalesce({duration_minutes}, CAST(TRY_CAST({_seconds} AS DOUBLE) / 60 AS VARCHAR)) AS duration_minutes,
    {people} AS people,
    nullif({initiated_by}, 'Internal') AS initiated_by,
    {topic} AS topic,
    coalesce({contact_id}, CASE WHEN {_who} LIKE '003%' THEN {_who} END) AS contact_id,
    {owner_id} AS owner_id,
    {on_site} AS on_site,
    {modified_at} AS modified_at
FROM {stream}
WHERE {alive}
    AND coalesce({_child}, 'false') <> 'true'
    AND coalesce({_series}, 'false') <> 'true'
    AND coalesce({_done}, 'true') = 'true'
