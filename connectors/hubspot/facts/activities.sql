-- Meetings that were not called off, and calls that were answered -> activities. A meeting that the client booked on a meeting page
-- was the client's idea, one entered by hand was ours; of one that a calendar brought in nobody knows. The contact is known when
-- there is exactly one.
SELECT
    meetings.id AS activity_id,
    coalesce(merged.new_id, meetings_companies.to_id) AS account_id,
    'meeting' AS kind,
    coalesce({time meetings.hs_meeting_start_time}, {time meetings.hs_timestamp}) AS started_at,
    CAST(date_diff('second', TRY_CAST({time meetings.hs_meeting_start_time} AS TIMESTAMP), TRY_CAST({time meetings.hs_meeting_end_time} AS TIMESTAMP)) / 60.0 AS VARCHAR) AS duration_minutes,
    CAST(len(string_split({meetings.hs_attendee_owner_ids}, ';')) AS VARCHAR) AS people,
    CASE WHEN {meetings.hs_meeting_source} LIKE 'MEETINGS%' THEN 'client' WHEN {meetings.hs_meeting_source} = 'CRM_UI' THEN 'us' END AS initiated_by,
    {meetings.hs_activity_type} AS topic,
    CASE WHEN meetings_contacts.number = '1' THEN meetings_contacts.to_id END AS contact_id,
    {meetings.hubspot_owner_id} AS owner_id,
    CASE {meetings.hs_meeting_location_type} WHEN 'ADDRESS' THEN 'true' WHEN 'PHONE' THEN 'false' END AS on_site,
    meetings.updated_at AS modified_at,
    {more meetings}
FROM {raw.meetings}
LEFT JOIN {raw.meetings_companies} ON meetings_companies.id = meetings.id
LEFT JOIN {raw.meetings_contacts} ON meetings_contacts.id = meetings.id
LEFT JOIN merged ON merged.old_id = meetings_companies.to_id
WHERE meetings.archived IS DISTINCT FROM 'true'
  AND coalesce({meetings.hs_meeting_outcome}, '') NOT IN ('CANCELED', 'NO_SHOW', 'RESCHEDULED')
UNION ALL BY NAME
SELECT
    calls.id AS activity_id,
    coalesce(merged.new_id, calls_companies.to_id) AS account_id,
    'call' AS kind,
    {time calls.hs_timestamp} AS started_at,
    CAST(TRY_CAST({calls.hs_call_duration} AS DOUBLE) / 60000 AS VARCHAR) AS duration_minutes,
    CASE {calls.hs_call_direction} WHEN 'OUTBOUND' THEN 'us' WHEN 'INBOUND' THEN 'client' END AS initiated_by,
    {calls.hs_activity_type} AS topic,
    CASE WHEN calls_contacts.number = '1' THEN calls_contacts.to_id END AS contact_id,
    {calls.hubspot_owner_id} AS owner_id,
    calls.updated_at AS modified_at,
    {more calls}
FROM {raw.calls}
LEFT JOIN {raw.calls_companies} ON calls_companies.id = calls.id
LEFT JOIN {raw.calls_contacts} ON calls_contacts.id = calls.id
LEFT JOIN merged ON merged.old_id = calls_companies.to_id
WHERE calls.archived IS DISTINCT FROM 'true'
  AND coalesce({calls.hs_call_status}, '') NOT IN ('BUSY', 'CANCELED', 'FAILED', 'NO_ANSWER', 'QUEUED', 'RINGING', 'CALLING_CRM_USER', 'CONNECTING')
