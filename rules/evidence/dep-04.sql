-- About the portfolio: the naming accounts of the largest clients, by share. group_id is NULL, as the finding has none.
SELECT CAST(NULL AS VARCHAR) AS group_id, m.source, 'accounts' AS object, m.account_id AS record_id, g.share AS weight
FROM group_metrics AS g
JOIN members AS m ON m.group_id = g.group_id AND m.source || ':' || m.account_id = g.group_id
WHERE g.share > 0 AND g.revenue_rank <= 20
