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
    {more}
FROM {raw.companies}
LEFT JOIN merged ON merged.old_id = companies.id
WHERE companies.archived IS DISTINCT FROM 'true' AND merged.old_id IS NULL
