-- What our own company properties show: the CRM is the truth about what was written.
SELECT
    companies.id AS account_id,
    {companies.eq_stage_proposed} AS stage_proposed,
    {companies.eq_level} AS level,
    {companies.eq_open_rules} AS open_rules,
    {companies.eq_revenue_share} AS revenue_share,
    {companies.eq_index} AS "index",
    {companies.eq_coverage} AS coverage,
    {time companies.eq_computed_at} AS computed_at,
    {companies.eq_run} AS run,
    {companies.eq_explanation} AS explanation,
    {companies.eq_trend} AS trend,
    {companies.eq_next_step} AS next_step,
    {companies.eq_checklist} AS checklist,
    {companies.eq_at_stake} AS at_stake,
    {companies.eq_restricted} AS restricted,
    {more}
FROM {raw.companies}
LEFT JOIN merged ON merged.old_id = companies.id
WHERE companies.archived IS DISTINCT FROM 'true' AND merged.old_id IS NULL
