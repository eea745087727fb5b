-- Account -> accounts. A merged or deleted account is gone; its children were re-parented by Salesforce and come again on their own.
-- The web address becomes the bare domain, so that it can be compared with other CRMs'. Account.AnnualRevenue is the client's own
-- turnover and is never read. Without person accounts in the org nobody is one.
SELECT
    {account_id} AS account_id,
    {name} AS name,
    {parent_id} AS parent_id,
    {owner_id} AS owner_id,
    {created_at} AS created_at,
    nullif(regexp_replace(lower(trim({domain})), '^(?:[a-z]+://)?(?:www\d*\.)?([^/:?#\s]*).*$', '\1'), '') AS domain,
    {registration_id} AS registration_id,
    {same_as} AS same_as,
    coalesce({country}, {_country}) AS country,
    coalesce({is_person}, 'false') AS is_person, -- from Account
    {currency} AS currency,
    {payment_terms_days} AS payment_terms_days,
    {stage} AS stage,
    {stage_since} AS stage_since,
    {insolvent} AS insolvent,
    {departures_linked_24m} AS departures_linked_24m,
    {privileges} AS privileges,
    {limits_set} AS limits_set,
    {review_date} AS review_date,
    {commitments_kept} AS commitments_kept,
    {agreement_date} AS agreement_date,
    {notice_start} AS notice_start,
    {notice_end} AS notice_end,
    {exit_reason} AS exit_reason,
    {leave_cause} AS leave_cause,
    {consult_team} AS consult_team,
    {consult_accountant} AS consult_accountant,
    {consult_adviser} AS consult_adviser,
    {manager_position} AS manager_position,
    {pulse_mean} AS pulse_mean,
    {pulse_n} AS pulse_n,
    {non_money_reasons} AS non_money_reasons,
    {dismissed_rules} AS dismissed_rules,
    {dismissed_until} AS dismissed_until,
    {dismiss_reason} AS dismiss_reason,
    {modified_at} AS modified_at
FROM {stream}
WHERE {alive}
