-- Groups: the clients under one ultimate parent. group_no is the account_no of the account that names the group.
--
-- account_groups also holds what files call an account without listing it (references), so that every fact table joins the
-- same way; `members` are the accounts themselves. account_key is what the load put beside every account_id:
-- eight bytes to join by instead of two texts. is_person_group: a natural person left out of every verdict; with person
-- accounts switched on it is false and natural_person still tells them.

CREATE OR REPLACE TEMP TABLE identities AS
SELECT n.source, n.account_id, m.source || ':' || m.account_id AS client_id
FROM account_nodes n JOIN clients c USING (account_no) JOIN account_nodes m ON m.account_no = c.client_no;

CREATE OR REPLACE TEMP TABLE account_groups AS
WITH placed AS (
    SELECT n.account_no, c.client_no, coalesce(t.top, c.client_no) AS group_no, n.source, n.account_id, n.terms_days
    FROM account_nodes n JOIN clients c USING (account_no) LEFT JOIN tops t ON t.node = c.client_no
),
called AS (
    SELECT account_no, client_no, group_no, source, account_id, terms_days, FALSE AS by_reference FROM placed
    UNION ALL
    SELECT p.account_no, p.client_no, p.group_no, r.source, r.ref, p.terms_days, TRUE
    FROM resolved_references r JOIN placed p USING (account_no)
    WHERE r.source = 'files' AND r.ref IN (SELECT ref FROM file_references)
),
terms AS (SELECT client_no, arg_min(terms_days, account_no) AS terms_days FROM placed WHERE terms_days IS NOT NULL GROUP BY client_no)
SELECT
    a.source, a.account_id, a.account_no, a.group_no, a.client_no, top.source || ':' || top.account_id AS group_id,
    p.client_no IS NOT NULL AS natural_person, p.client_no IS NOT NULL AND NOT $person_accounts AS is_person_group, a.by_reference,
    coalesce(a.terms_days, t.terms_days) AS terms_days,
    TRUE AS revenue_counts,
    hash(a.source, a.account_id) AS account_key
FROM called a
JOIN account_nodes top ON top.account_no = a.group_no
LEFT JOIN persons p ON p.client_no = a.group_no
LEFT JOIN terms t ON t.client_no = a.client_no;

CREATE OR REPLACE TEMP VIEW members AS
SELECT group_id, source, account_id, is_person_group, group_no, client_no FROM account_groups WHERE NOT by_reference;

CREATE OR REPLACE TEMP TABLE groups AS
SELECT group_no, any_value(group_id) AS group_id, any_value(is_person_group) AS is_person_group, any_value(natural_person) AS natural_person,
    count(*) AS accounts
FROM account_groups WHERE NOT by_reference
GROUP BY group_no;
