coalesce(s.hours_12m, 0) AS hours_12m,
CASE WHEN s.group_no IS NOT NULL THEN s.hours_share WHEN h.hours_12 > 0 THEN 0 END AS hours_share,
s.effort_ratio, s.cost_hours, s.overtime_premium_cost, s.cost_rush, s.cost_finance, s.cost_meetings, s.direct_cost,
coalesce(s.cost_components, 0) AS cost_components, coalesce(s.cost_components_unknown, 5) AS cost_components_unknown,
s.cost_to_serve, s.margin_after_cts, s.margin_pct, s.margin_share
