-- The accounts on which privileges are typed, most first, then contracts with special terms.
SELECT m.group_id, m.source, 'accounts' AS object, m.account_id AS record_id,
    1.0 + length(a.privileges) - length(replace(a.privileges, ';', '')) AS weight
FROM members AS m JOIN accounts AS a ON a.source = m.source AND a.account_id = m.account_id
WHERE m.group_id IN (SELECT group_id FROM flagged) AND a.privileges <> ''
UNION ALL
SELECT c.group_id, c.source, 'contracts', c.contract_id, 0.5
FROM facts_contracts AS c
WHERE c.group_id IN (SELECT group_id FROM flagged) AND c.in_force AND c.special_terms
