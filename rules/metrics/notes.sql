-- Data-quality notes that need the figures; the others are made in rules/derive.
--
-- DQ-01 no positive revenue · DQ-03 negative net revenue of a group · DQ-06 inferred due dates · DQ-07 history shorter than W12

DELETE FROM diagnostics WHERE code IN ('DQ-01', 'DQ-03', 'DQ-06', 'DQ-07');

INSERT INTO diagnostics
SELECT 'DQ-01', NULL, NULL, NULL FROM portfolio_metrics WHERE NOT positive_total > 0
UNION ALL
SELECT 'DQ-07', NULL, NULL, NULL FROM portfolio_metrics WHERE first_revenue > $w12_start
UNION ALL
SELECT 'DQ-03', group_id, NULL, NULL FROM group_metrics WHERE net_revenue < 0
UNION ALL
SELECT 'DQ-06', CASE WHEN NOT is_person_group THEN group_id END, source, invoice_id
FROM facts_invoices WHERE due_inferred AND due_on IS NOT NULL AND amount > 0 AND (due_on >= $w12_start AND due_on < $w12_end OR open_home > 0);
