-- Who stands directly above whom, between clients.
--
-- A client known to several CRMs takes the parent that the first of them (salesforce, hubspot, files) gives and that is in
-- the data; where they disagree it is in doubt (DQ-12). A natural person is never part of a company's group.

CREATE OR REPLACE TEMP TABLE persons AS
SELECT DISTINCT c.client_no FROM clients c JOIN account_nodes n USING (account_no) WHERE n.is_person;

CREATE OR REPLACE TEMP TABLE said_parents AS
SELECT n.account_no, c.client_no AS child, coalesce(p.account_no, r.account_no) AS parent_account
FROM account_nodes n
JOIN clients c USING (account_no)
LEFT JOIN account_nodes p ON p.source = n.source AND p.account_id = n.parent_ref
LEFT JOIN resolved_references r ON r.source = n.source AND r.ref = n.parent_ref
WHERE n.parent_ref IS NOT NULL;

INSERT INTO account_doubts SELECT 'DQ-05', account_no FROM said_parents WHERE parent_account IS NULL;
INSERT INTO account_doubts SELECT 'DQ-04', account_no FROM said_parents WHERE parent_account = account_no;

CREATE OR REPLACE TEMP TABLE above AS
SELECT s.child AS node, arg_min(p.client_no, s.account_no) AS up, count(DISTINCT p.client_no) AS said
FROM said_parents s JOIN clients p ON p.account_no = s.parent_account
WHERE p.client_no <> s.child
    AND p.client_no NOT IN (SELECT client_no FROM persons) AND s.child NOT IN (SELECT client_no FROM persons)
GROUP BY s.child;

INSERT INTO account_doubts
SELECT 'DQ-12', s.account_no FROM said_parents s JOIN above a ON a.node = s.child WHERE a.said > 1;
