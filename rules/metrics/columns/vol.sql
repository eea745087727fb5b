coalesce(v.revenue_3m, 0) AS revenue_3m, coalesce(v.revenue_3m_last_year, 0) AS revenue_3m_last_year,
coalesce(v.lines_3m_last_year, 0) AS lines_3m_last_year, v.volume_change, v.rest_volume_change, v.days_since_revenue,
v.revenue_days, v.median_revenue_gap_days, coalesce(v.rank_previous_year, 1001) AS rank_previous_year, v.mix_shift
