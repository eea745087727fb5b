-- Contacts -> contacts: which role at which client, since when. No name, no address. Buying roles are the people's own entry;
-- where there is none, is_decision_maker stays unknown and the title may tell.
SELECT
    contacts.id AS contact_id,
    coalesce(merged.new_id, contacts_companies.to_id) AS account_id,
    {contacts.jobtitle} AS title,
    {contacts.hs_buying_role} AS role,
    CASE WHEN {contacts.hs_buying_role} IS NOT NULL THEN CAST(list_contains(string_split({contacts.hs_buying_role}, ';'), 'DECISION_MAKER') AS VARCHAR) END AS is_decision_maker,
    {day contacts.createdate} AS since,
    contacts.updated_at AS modified_at,
    {more contacts}
FROM {raw.contacts}
LEFT JOIN {raw.contacts_companies} ON contacts_companies.id = contacts.id
LEFT JOIN merged ON merged.old_id = contacts_companies.to_id
WHERE contacts.archived IS DISTINCT FROM 'true'
