-- group_metrics: one row per group that is not a natural person, every metric of every family. What a family has no row for is filled here:
-- a count over a table that is present is 0, a ratio or an age without anything behind it stays NULL.
--
--   group_id          `crm:id` of the ultimate parent in the first CRM that knows it
--   natural_person    only with person accounts switched on; behaviour of natural persons is never measured: those metrics are NULL
--   accounts          accounts of the group, in all CRMs

CREATE OR REPLACE TEMP TABLE group_metrics AS
SELECT g.group_id, g.natural_person, g.accounts,
    -- dep.sql
    d.net_revenue, d.share, d.share_previous_year, d.share_delta_12m, d.credit_note_ratio, d.first_revenue, d.tenure_years, d.revenue_rank,
    d.lines_12m, d.unconverted_lines_12m,
    -- vol.sql
    coalesce(v.revenue_3m, 0) AS revenue_3m, coalesce(v.revenue_3m_last_year, 0) AS revenue_3m_last_year,
    coalesce(v.lines_3m_last_year, 0) AS lines_3m_last_year, v.volume_change, v.rest_volume_change, v.days_since_revenue,
    v.revenue_days, v.median_revenue_gap_days, coalesce(v.rank_previous_year, 1001) AS rank_previous_year, v.mix_shift,
    -- pay.sql
    coalesce(p.due_invoices, 0) AS due_invoices, p.weighted_days_late, p.late_count_share, p.late_amount_share, p.largest_late_share,
    p.inferred_due_share, p.weighted_days_late_6m, p.weighted_days_late_previous_6m,
    CASE WHEN p.group_no IS NULL THEN 0 * $penalty_rate ELSE p.penalty_interest END AS penalty_interest,
    CASE WHEN p.group_no IS NOT NULL THEN p.recovery_indemnities WHEN $home_currency = 'EUR' THEN 0 END AS recovery_indemnities,
    coalesce(p.invoices_closed_undated, 0) AS invoices_closed_undated,
    CASE WHEN p.group_no IS NULL THEN 0 ELSE p.open_receivable END AS open_receivable,
    CASE WHEN p.group_no IS NOT NULL THEN p.receivable_share WHEN t.open_receivable > 0 THEN 0 END AS receivable_share,
    CASE WHEN p.group_no IS NULL THEN 0 ELSE p.open_overdue END AS open_overdue,
    p.overdue_share,
    CASE WHEN p.group_no IS NULL THEN 0 ELSE p.oldest_open_overdue_days END AS oldest_open_overdue_days,
    p.insolvent, coalesce(p.terms_beyond_ceiling, 0) AS terms_beyond_ceiling,
    -- con.sql
    c.commitment_fulfilment, c.commitment_elapsed_days, c.commitment_prorated, c.commitment_revenue, c.commitment_start, c.commitment_end,
    coalesce(c.contracts_in_force, 0) AS contracts_in_force, coalesce(c.special_terms, FALSE) AS special_terms,
    coalesce(c.trading_without_contract, FALSE) AS trading_without_contract,
    -- cases.sql
    coalesce(k.cases_6m, 0) AS cases_6m, coalesce(k.escalations_6m, 0) AS escalations_6m, coalesce(k.complaints_12m, 0) AS complaints_12m,
    coalesce(k.complaints_6m, 0) AS complaints_6m, coalesce(k.breach_cases, 0) AS breach_cases,
    coalesce(k.public_complaints_12m, g.nothing) AS public_complaints_12m, coalesce(k.closed_claims_12m, g.nothing) AS closed_claims_12m,
    coalesce(k.unfounded_claims_12m, g.nothing) AS unfounded_claims_12m, k.unfounded_share, k.unfounded_share_rest,
    coalesce(k.supplier_reviews_180d, 0) AS supplier_reviews_180d, k.escalation_ratio, k.escalation_share, k.escalation_share_rest,
    coalesce(k.answered_cases_3m, 0) AS answered_cases_3m, coalesce(k.response_owners_3m, 0) AS response_owners_3m, k.avoidance_ratio,
    -- beh.sql
    coalesce(b.hostility_index, g.nothing) AS hostility_index, coalesce(b.hostility_confirmed, g.nothing) AS hostility_confirmed,
    coalesce(b.hostile_cases, g.nothing) AS hostile_cases, coalesce(b.hostile_days, g.nothing) AS hostile_days,
    coalesce(b.hostile_cases_confirmed, g.nothing) AS hostile_cases_confirmed,
    coalesce(b.hostile_days_confirmed, g.nothing) AS hostile_days_confirmed, coalesce(b.leave_threats_12m, g.nothing) AS leave_threats_12m,
    coalesce(b.leave_threats_confirmed_12m, g.nothing) AS leave_threats_confirmed_12m,
    coalesce(b.leave_threats_weighted_12m, g.nothing) AS leave_threats_weighted_12m,
    coalesce(b.leave_threat_months, g.nothing) AS leave_threat_months, b.leave_threats_near_rush_share, b.own_fault_share,
    coalesce(b.severe_incidents_30d, g.nothing) AS severe_incidents_30d,
    coalesce(b.severe_confirmed_30d, g.nothing) AS severe_confirmed_30d,
    coalesce(b.insult_incidents_30d, g.nothing) AS insult_incidents_30d,
    coalesce(b.insult_confirmed_30d, g.nothing) AS insult_confirmed_30d, b.days_since_incident, b.incident_id,
    coalesce(b.values_reports_12m, g.nothing) AS values_reports_12m,
    coalesce(b.confrontation_days_12m, g.nothing) AS confrontation_days_12m,
    -- ops.sql
    coalesce(o.orders, 0) AS orders, coalesce(o.rush_orders, 0) AS rush_orders, o.rush_share, o.rush_share_rest, o.rush_ratio,
    coalesce(o.rush_orders_12m, 0) AS rush_orders_12m, coalesce(o.overtime_hours, 0) AS overtime_hours,
    CASE WHEN o.group_no IS NOT NULL THEN o.overtime_share WHEN h.overtime_6 >= 20 THEN 0 END AS overtime_share,
    CASE WHEN o.group_no IS NOT NULL THEN o.service_hours_share WHEN h.hours_6 > 0 THEN 0 END AS service_hours_share,
    o.overtime_ratio, coalesce(o.displaced_orders, 0) AS displaced_orders, coalesce(o.displaced_customers, 0) AS displaced_customers,
    coalesce(o.collateral_delay_days, 0) AS collateral_delay_days, coalesce(o.exposed_revenue, 0) AS exposed_revenue,
    coalesce(o.correlated_orders, 0) AS correlated_orders, coalesce(o.correlated_customers, 0) AS correlated_customers,
    o.correlation_weeks, coalesce(o.rush_weeks, 0) AS rush_weeks, coalesce(o.moved_weeks, 0) AS moved_weeks,
    coalesce(o.overlap_weeks, 0) AS overlap_weeks, coalesce(o.meeting_hours_6m, 0) AS meeting_hours_6m, o.meeting_ratio,
    o.complaint_ratio, o.complaint_share, o.complaint_share_rest, coalesce(o.priority_changes_week, 0) AS priority_changes_week,
    CASE WHEN k.escalation_ratio IS NOT NULL OR o.meeting_ratio IS NOT NULL OR o.complaint_ratio IS NOT NULL
        THEN greatest(coalesce(k.escalation_ratio, 0), coalesce(o.meeting_ratio, 0), coalesce(o.complaint_ratio, 0)) END AS load_ratio,
    -- cts.sql
    coalesce(s.hours_12m, 0) AS hours_12m,
    CASE WHEN s.group_no IS NOT NULL THEN s.hours_share WHEN h.hours_12 > 0 THEN 0 END AS hours_share,
    s.effort_ratio, s.cost_hours, s.overtime_premium_cost, s.cost_rush, s.cost_finance, s.cost_meetings, s.direct_cost,
    coalesce(s.cost_components, 0) AS cost_components, coalesce(s.cost_components_unknown, 5) AS cost_components_unknown,
    s.cost_to_serve, s.margin_after_cts, s.margin_pct, s.margin_share,
    -- gov.sql
    n.days_since_decision_change, n.decision_contact_id, coalesce(n.decision_changes_180d, 0) AS decision_changes_180d, n.main_contact_changed,
    coalesce(n.tagged_meetings_last, 0) AS tagged_meetings_last, coalesce(n.tagged_meetings_prev, 0) AS tagged_meetings_prev,
    coalesce(n.advisory_meetings_last, 0) AS advisory_meetings_last, coalesce(n.advisory_meetings_prev, 0) AS advisory_meetings_prev,
    n.transactional_ratio_last, n.transactional_ratio_prev, n.transactional_delta, n.advisory_requests_change,
    coalesce(n.days_since_proactive_contact, $as_of - d.first_revenue) AS days_since_proactive_contact,
    CASE WHEN d.first_revenue IS NOT NULL THEN coalesce(n.proactive_first_90d, 0) END AS proactive_first_90d,
    $as_of - d.first_revenue AS client_age_days,
    -- people.sql
    coalesce(e.privileges, 0) AS privileges, e.privilege_names, e.pulse_mean, e.pulse_n, e.manager_no_longer, e.departures_linked_24m,
    coalesce(e.repair_attempts_12m, 0) AS repair_attempts_12m, coalesce(e.failed_attempts_12m, 0) AS failed_attempts_12m
FROM (SELECT *, CASE WHEN NOT natural_person THEN 0 END AS nothing FROM groups WHERE NOT is_person_group) AS g
CROSS JOIN receivable_totals AS t
CROSS JOIN hour_totals AS h
JOIN m_dep AS d ON d.group_no = g.group_no
LEFT JOIN m_vol AS v ON v.group_no = g.group_no
LEFT JOIN m_pay AS p ON p.group_no = g.group_no
LEFT JOIN m_con AS c ON c.group_no = g.group_no
LEFT JOIN m_cases AS k ON k.group_no = g.group_no
LEFT JOIN m_beh AS b ON b.group_no = g.group_no
LEFT JOIN m_ops AS o ON o.group_no = g.group_no
LEFT JOIN m_cts AS s ON s.group_no = g.group_no
LEFT JOIN m_gov AS n ON n.group_no = g.group_no
LEFT JOIN m_people AS e ON e.group_no = g.group_no;
