d.net_revenue, d.share, d.share_previous_year, d.share_delta_12m, d.credit_note_ratio, d.first_revenue, d.tenure_years, d.revenue_rank,
d.purchases, d.lines_12m, d.unconverted_lines_12m
