-- Companies -> accounts. A company that was merged into another one is gone: the survivor stands for it everywhere.
-- annualrevenue is what the client sells to others, and total_revenue has no window: neither is a fact about us.
SELECT
    companies.id AS account_id,
    {companies.name} AS name,
    coalesce(merged_parent.new_id, {companies.hs_parent_company_id}, {companies_companies.to_id}) AS parent_id,
    {companies.hubspot_owner_id} AS owner_id,
    {time companies.createdate} AS created_at,
    {companies.domain} AS domain,
    coalesce({companies.hs_country_code}, {companies.country}) AS country,
    {companies.eq_stage} AS stage,
    {companies.eq_privileges} AS privileges,
    {companies.eq_limits_set} AS limits_set,
    {day companies.eq_review_date} AS review_date,
    {companies.eq_commitments_kept} AS commitments_kept,
    {day companies.eq_agreement_date} AS agreement_date,
    {day companies.eq_notice_start} AS notice_start,
    {day companies.eq_notice_end} AS notice_end,
    {companies.eq_exit_reason} AS exit_reason,
    {companies.eq_leave_cause} AS leave_cause,
    {companies.eq_consult_team} AS consult_team,
    {companies.eq_consult_accountant} AS consult_accountant,
    {companies.eq_consult_adviser} AS consult_adviser,
    {companies.eq_manager_position} AS manager_position,
    {companies.eq_pulse_mean} AS pulse_mean,
    {companies.eq_pulse_n} AS pulse_n,
    {companies.eq_non_money_reasons} AS non_money_reasons,
    {companies.eq_dismissed_rules} AS dismissed_rules,
    {day companies.eq_dismissed_until} AS dismissed_until,
    {companies.eq_dismiss_reason} AS dismiss_reason,
    companies.updated_at AS modified_at,
    {more companies}
FROM {raw.companies}
LEFT JOIN {raw.companies_companies} ON companies_companies.id = companies.id
LEFT JOIN merged ON merged.old_id = companies.id
LEFT JOIN merged AS merged_parent ON merged_parent.old_id = coalesce({companies.hs_parent_company_id}, {companies_companies.to_id})
WHERE companies.archived IS DISTINCT FROM 'true' AND merged.old_id IS NULL
