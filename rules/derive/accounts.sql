-- What text may mean an account, and whom accounts are linked to by what people typed (nodes.sql gave them their numbers).

-- With accounts of files alone only `files:id` can mean one, and $may_mean_account lets the rest go by unread.
CREATE OR REPLACE TEMP TABLE file_references AS
SELECT DISTINCT account_id AS ref
FROM (
    SELECT account_id FROM revenue WHERE source = 'files'
    UNION ALL SELECT account_id FROM invoices WHERE source = 'files'
    UNION ALL SELECT account_id FROM contracts WHERE source = 'files'
    UNION ALL SELECT account_id FROM orders WHERE source = 'files'
    UNION ALL SELECT cause_account_id FROM order_changes WHERE source = 'files'
    UNION ALL SELECT account_id FROM cases WHERE source = 'files'
    UNION ALL SELECT account_id FROM incidents WHERE source = 'files'
    UNION ALL SELECT account_id FROM activities WHERE source = 'files'
    UNION ALL SELECT account_id FROM contacts WHERE source = 'files'
    UNION ALL SELECT account_id FROM hours WHERE source = 'files'
    UNION ALL SELECT account_id FROM pipeline WHERE source = 'files'
    UNION ALL SELECT account_id FROM repairs WHERE source = 'files'
    UNION ALL SELECT parent_ref FROM account_nodes WHERE source = 'files'
)
WHERE $may_mean_account AND account_id NOT IN (SELECT account_id FROM account_nodes WHERE source = 'files');

CREATE OR REPLACE TEMP TABLE resolved_references AS
WITH wanted AS (
    SELECT 'files' AS source, ref FROM file_references
    UNION SELECT source, same_ref FROM account_nodes WHERE same_ref IS NOT NULL
),
split AS (
    SELECT source, ref, nullif(regexp_extract(ref, '^(salesforce|hubspot|files):', 1), '') AS crm,
        regexp_replace(ref, '^(salesforce|hubspot|files):\s*', '') AS id
    FROM wanted
),
fits AS (
    SELECT s.source, s.ref, n.account_no
    FROM split s JOIN account_nodes n ON n.account_id = s.id
    WHERE CASE WHEN s.crm IS NULL THEN n.source <> s.source ELSE n.source = s.crm END
    UNION
    SELECT s.source, s.ref, n.account_no
    FROM (SELECT * FROM split WHERE length(id) = 15 AND coalesce(crm, 'salesforce') = 'salesforce') s
    JOIN account_nodes n ON left(n.account_id, 15) = s.id
    WHERE n.source = 'salesforce' AND length(n.account_id) = 18
)
SELECT source, ref, any_value(account_no) AS account_no FROM fits GROUP BY source, ref HAVING count(*) = 1;

CREATE OR REPLACE TEMP TABLE clients AS SELECT account_no, account_no AS client_no FROM account_nodes;

-- What could not be decided about an account: identity (DQ-12), cycle (DQ-04), missing parent (DQ-05).
CREATE OR REPLACE TEMP TABLE account_doubts (code VARCHAR, account_no INTEGER);

CREATE OR REPLACE TEMP TABLE links AS
SELECT n.account_no AS one, r.account_no AS other
FROM account_nodes n
JOIN resolved_references r ON r.source = n.source AND r.ref = n.same_ref
JOIN account_nodes o ON o.account_no = r.account_no
WHERE o.source <> n.source;

-- A `same_as` that leads nowhere is in doubt, unless it names a CRM that is not read here.
INSERT INTO account_doubts
SELECT 'DQ-12', account_no
FROM account_nodes
WHERE account_no NOT IN (SELECT one FROM links)
    AND (same_ref IS NOT NULL AND nullif(regexp_extract(same_ref, '^(salesforce|hubspot|files):', 1), '') IS NULL
        OR regexp_extract(same_ref, '^(salesforce|hubspot|files):', 1) IN (SELECT source FROM account_nodes));
