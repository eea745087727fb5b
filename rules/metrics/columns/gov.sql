n.days_since_decision_change, n.decision_contact_id, coalesce(n.decision_changes_180d, 0) AS decision_changes_180d, n.main_contact_changed,
coalesce(n.tagged_meetings_last, 0) AS tagged_meetings_last, coalesce(n.tagged_meetings_prev, 0) AS tagged_meetings_prev,
coalesce(n.advisory_meetings_last, 0) AS advisory_meetings_last, coalesce(n.advisory_meetings_prev, 0) AS advisory_meetings_prev,
n.transactional_ratio_last, n.transactional_ratio_prev, n.transactional_delta, n.advisory_requests_change,
n.days_since_proactive_contact AS raw_days_since_proactive_contact, n.proactive_first_90d AS raw_proactive_first_90d
