-- Links by one kind of key ($kind: registration or domain), across sources only, among clients as far as they are known.
--
-- A key held by several accounts of one source says nothing about which of them is meant: it links nobody. Names never link.

CREATE OR REPLACE TEMP TABLE holders AS
SELECT k.key, n.source, n.account_no, c.client_no
FROM identity_keys k JOIN account_nodes n USING (account_no) JOIN clients c USING (account_no)
WHERE k.kind = $kind;

CREATE OR REPLACE TEMP TABLE key_uses AS
SELECT key, max(accounts) AS most, min(client_no) AS client_no
FROM (SELECT key, source, count(*) AS accounts, min(client_no) AS client_no FROM holders GROUP BY key, source)
GROUP BY key HAVING count(*) > 1;

CREATE OR REPLACE TEMP TABLE links AS
SELECT DISTINCT u.client_no AS one, h.client_no AS other
FROM holders h JOIN key_uses u USING (key)
WHERE u.most = 1 AND h.client_no <> u.client_no;

INSERT INTO account_doubts
WITH alone AS (
    SELECT c.client_no FROM clients c JOIN account_nodes n USING (account_no) GROUP BY c.client_no HAVING count(DISTINCT n.source) = 1
),
unlinked AS (
    SELECT h.* FROM holders h JOIN key_uses u USING (key) WHERE u.most > 1 AND h.client_no IN (SELECT client_no FROM alone)
)
SELECT DISTINCT 'DQ-12', account_no FROM unlinked
WHERE key IN (SELECT key FROM unlinked GROUP BY key HAVING count(DISTINCT source) > 1);
