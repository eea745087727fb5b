-- Account -> flags: our own fields as the org shows them now.
SELECT
    {account_id} AS account_id,
    {stage_proposed} AS stage_proposed,
    {level} AS level,
    {open_rules} AS open_rules,
    {revenue_share} AS revenue_share,
    {index} AS "index",
    {coverage} AS coverage,
    {computed_at} AS computed_at,
    {run} AS run,
    {explanation} AS explanation,
    {trend} AS trend,
    {next_step} AS next_step,
    {checklist} AS checklist,
    {at_stake} AS at_stake,
    {restricted} AS restricted
FROM {stream}
WHERE {alive}
