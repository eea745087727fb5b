-- Tickets -> cases. Whether a ticket is closed is said by its stage's metadata: a reopened ticket loses closed_date and keeps
-- hs_last_closed_date, and its time_to_close is wrong from then on. Several categories on one ticket: the first one counts.
SELECT
    tickets.id AS case_id,
    coalesce(merged.new_id, tickets_companies.to_id) AS account_id,
    {time tickets.createdate} AS opened_at,
    {time tickets.first_agent_reply_date} AS first_response_at,
    CASE
        WHEN {tickets_stages.ticket_state} = 'OPEN' THEN NULL
        WHEN {tickets_stages.ticket_state} = 'CLOSED'
        THEN coalesce(
            {time tickets.closed_date}, {time tickets.hs_last_closed_date},
            CASE
                WHEN {tickets.hs_ticket_reopened_at} IS NULL
                THEN strftime(TRY_CAST({time tickets.createdate} AS TIMESTAMP) + to_milliseconds(TRY_CAST({tickets.time_to_close} AS BIGINT)), '%Y-%m-%dT%H:%M:%S.%gZ')
            END
        )
        ELSE {time tickets.closed_date}
    END AS closed_at,
    {tickets.hs_ticket_priority} AS priority,
    lower({tickets_stages.ticket_state}) AS status,
    string_split({tickets.hs_ticket_category}, ';')[1] AS category,
    CASE WHEN {tickets.hs_ticket_reopened_at} IS NULL THEN '0' ELSE '1' END AS reopened_count,
    {tickets.hubspot_owner_id} AS owner_id,
    tickets.updated_at AS modified_at,
    {more tickets}
FROM {raw.tickets}
LEFT JOIN {raw.tickets_companies} ON tickets_companies.id = tickets.id
LEFT JOIN merged ON merged.old_id = tickets_companies.to_id
LEFT JOIN {raw.tickets_stages} ON tickets_stages.pipeline_id = {tickets.hs_pipeline} AND tickets_stages.id = {tickets.hs_pipeline_stage}
WHERE tickets.archived IS DISTINCT FROM 'true'
