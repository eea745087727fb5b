-- Contact -> contacts, with the roles that people gave it: on the account (Contacts to Multiple Accounts), else on opportunities.
-- `since` is the start of the relation, else the day the contact was entered. A role that decides is said; no such role is no statement.
WITH relation AS (
    SELECT "ContactId" AS contact_id, "AccountId" AS account_id, min("StartDate") AS start_date, max("EndDate") AS end_date
    FROM {AccountContactRelation(ContactId, AccountId, StartDate, EndDate)}
    GROUP BY 1, 2
), named AS (
    SELECT "ContactId" AS contact_id, trim(unnest(string_split("Roles", ';'))) AS role
    FROM {AccountContactRelation(ContactId, Roles, IsActive)}
    WHERE coalesce("IsActive", 'true') = 'true'
    UNION
    SELECT "ContactId", trim("Role") FROM {OpportunityContactRole(ContactId, Role)}
), roles AS (
    SELECT contact_id, string_agg(role, ';' ORDER BY role) AS role,
        bool_or(regexp_matches(lower(role), 'decision maker|economic buyer|executive sponsor|décideur|decideur')) AS decides
    FROM named
    WHERE role <> ''
    GROUP BY 1
)
SELECT
    {contact_id} AS contact_id,
    {account_id} AS account_id,
    {title} AS title,
    coalesce({role}, g.role) AS role, -- from OpportunityContactRole
    coalesce({is_decision_maker}, CASE WHEN g.decides THEN 'true' END) AS is_decision_maker, -- from OpportunityContactRole
    coalesce({since}, n.start_date, left({_created}, 10)) AS since,
    coalesce({until}, n.end_date) AS until,
    {modified_at} AS modified_at
FROM {stream}
LEFT JOIN roles AS g ON g.contact_id = {contact_id}
LEFT JOIN relation AS n ON n.contact_id = {contact_id} AND n.account_id = {account_id}
WHERE {alive} AND coalesce({_person}, 'false') <> 'true'
