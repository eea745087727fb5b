-- Data-quality notes, one row per record: diagnostics(code, group_id, source, record_id). They never flag an account.
--
-- DQ-02 no rate · DQ-04 hierarchy cycle · DQ-05 parent outside the data · DQ-09 dated after today · DQ-10 account empty or unknown ·
-- DQ-12 identity or parent in doubt, nothing linked. loaded.sql adds what the load noted (DQ-08 unknown value, DQ-11 duplicate id),
-- metrics.py DQ-01 (no positive revenue), DQ-03 (negative revenue), DQ-06 (inferred due dates), DQ-07 (short history).
-- group_id is NULL for notes about no group, and for natural persons.

CREATE OR REPLACE TEMP TABLE diagnostics AS
SELECT DISTINCT d.code, CASE WHEN NOT k.is_person_group THEN k.group_id END AS group_id, n.source, n.account_id AS record_id
FROM account_doubts d
JOIN account_nodes n USING (account_no)
JOIN account_groups k ON k.source = n.source AND k.account_id = n.account_id;

INSERT INTO diagnostics
SELECT 'DQ-02', CASE WHEN NOT k.is_person_group THEN k.group_id END, s.source, s.line_id
FROM (SELECT currency, day FROM rate_days WHERE units IS NULL AND day >= $p12_start) d
JOIN signed_lines s ON s.currency = d.currency AND s.date = d.day
JOIN account_groups k ON k.account_key = s.account_key
WHERE k.revenue_counts
UNION
SELECT 'DQ-02', CASE WHEN NOT is_person_group THEN group_id END, source, invoice_id
FROM facts_invoices WHERE amount_home IS NULL AND amount IS NOT NULL AND (due_on >= $w12_start OR settlement = 'open')
UNION
SELECT 'DQ-02', CASE WHEN NOT is_person_group THEN group_id END, source, contract_id
FROM facts_contracts WHERE committed_home IS NULL AND committed_amount IS NOT NULL AND in_force;

-- Planned meetings, tasks and repairs are in the future by nature; what has already happened cannot be. One column a branch: the
-- engine then skips every block that ends before today.
CREATE OR REPLACE TEMP TABLE future_rows AS
SELECT source, account_id, line_id AS record_id FROM revenue WHERE date > $run_date
UNION ALL SELECT source, account_id, invoice_id FROM invoices WHERE issue_date > $run_date
UNION ALL SELECT source, account_id, invoice_id FROM invoices WHERE paid_date > $run_date
UNION ALL SELECT source, account_id, order_id FROM orders WHERE ordered_date > $run_date
UNION ALL SELECT source, account_id, order_id FROM orders WHERE delivered_date > $run_date
UNION ALL SELECT o.source, o.account_id, o.order_id
FROM order_changes c JOIN orders o ON o.source = c.source AND o.order_id = c.order_id WHERE c.changed_date > $run_date
UNION ALL SELECT source, account_id, case_id FROM cases WHERE opened_date > $run_date
UNION ALL SELECT source, account_id, case_id FROM cases WHERE first_response_date > $run_date
UNION ALL SELECT source, account_id, case_id FROM cases WHERE closed_date > $run_date
UNION ALL SELECT source, account_id, case_id FROM cases WHERE escalated_date > $run_date
UNION ALL SELECT source, account_id, message_id FROM incidents WHERE occurred_date > $run_date
UNION ALL SELECT source, account_id, contact_id FROM contacts WHERE since > $run_date
UNION ALL SELECT source, account_id, deal_id FROM pipeline WHERE created_date > $run_date
UNION ALL SELECT source, account_id, account_id FROM hours WHERE week > $run_date;

INSERT INTO diagnostics
SELECT DISTINCT 'DQ-09', CASE WHEN NOT k.is_person_group THEN k.group_id END, f.source, f.record_id
FROM future_rows f LEFT JOIN account_groups k ON k.source = f.source AND k.account_id = f.account_id;

INSERT INTO diagnostics SELECT 'DQ-10', NULL, source, line_id FROM orphan_lines WHERE $any_orphan GROUP BY ALL;
