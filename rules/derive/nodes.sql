-- Accounts with a number each, and what text may mean one of them.
--
-- account_no follows the order salesforce, hubspot, files, then the id: the smallest number of a set of accounts is the one
-- that names it. A reference (`same_as`, a parent or an account id in a file) is an id alone, `crm:id`, or a 15-character
-- Salesforce id; one that fits several accounts means none of them.

CREATE OR REPLACE TEMP TABLE account_nodes AS
SELECT
    CAST(row_number() OVER (ORDER BY coalesce(list_position(['salesforce', 'hubspot', 'files'], source), 9), source, account_id) AS INTEGER) AS account_no,
    source, account_id,
    nullif(trim(parent_id), '') AS parent_ref,
    nullif(trim(same_as), '') AS same_ref,
    coalesce(is_person, FALSE) AS is_person,
    CASE WHEN payment_terms_days BETWEEN 0 AND 730 THEN payment_terms_days END AS terms_days
FROM accounts;
