-- Columns of group_metrics that need two families, computed from the others; raw_*: what only this file reads.
-- Every group also has
--
--   group_id          `crm:id` of the ultimate parent in the first CRM that knows it
--   natural_person    only with person accounts switched on; behaviour of natural persons is never measured: those metrics are NULL
--   accounts          accounts of the group, in all CRMs

CASE WHEN escalation_ratio IS NOT NULL OR meeting_ratio IS NOT NULL OR complaint_ratio IS NOT NULL
    THEN greatest(coalesce(escalation_ratio, 0), coalesce(meeting_ratio, 0), coalesce(complaint_ratio, 0)) END AS load_ratio,
coalesce(raw_days_since_proactive_contact, $as_of - first_revenue) AS days_since_proactive_contact,
CASE WHEN first_revenue IS NOT NULL THEN coalesce(raw_proactive_first_90d, 0) END AS proactive_first_90d,
$as_of - first_revenue AS client_age_days
