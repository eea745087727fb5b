coalesce(k.cases_6m, 0) AS cases_6m, coalesce(k.escalations_6m, 0) AS escalations_6m, coalesce(k.complaints_12m, 0) AS complaints_12m,
coalesce(k.complaints_6m, 0) AS complaints_6m, coalesce(k.breach_cases, 0) AS breach_cases,
coalesce(k.public_complaints_12m, g.nothing) AS public_complaints_12m, coalesce(k.closed_claims_12m, g.nothing) AS closed_claims_12m,
coalesce(k.unfounded_claims_12m, g.nothing) AS unfounded_claims_12m, k.unfounded_share, k.unfounded_share_rest,
coalesce(k.supplier_reviews_180d, 0) AS supplier_reviews_180d, k.escalation_ratio, k.escalation_share, k.escalation_share_rest,
coalesce(k.answered_cases_3m, 0) AS answered_cases_3m, coalesce(k.response_owners_3m, 0) AS response_owners_3m, k.avoidance_ratio
