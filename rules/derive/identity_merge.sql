-- Clients that `labels` (node, label) puts together become one, unless that would join two clients of one source by a mere key.

CREATE OR REPLACE TEMP TABLE torn AS
SELECT DISTINCT l.label
FROM labels l JOIN clients c ON c.client_no = l.node JOIN account_nodes n USING (account_no)
WHERE NOT $explicit
GROUP BY l.label, n.source HAVING count(DISTINCT l.node) > 1;

INSERT INTO account_doubts
SELECT 'DQ-12', c.account_no FROM labels l JOIN torn USING (label) JOIN clients c ON c.client_no = l.node;

CREATE OR REPLACE TEMP TABLE clients AS
SELECT c.account_no, coalesce(l.label, c.client_no) AS client_no
FROM clients c LEFT JOIN (SELECT node, label FROM labels WHERE label NOT IN (SELECT label FROM torn)) l ON l.node = c.client_no;
