-- User -> owners.
SELECT
    {owner_id} AS owner_id,
    {name} AS name,
    {email} AS email,
    coalesce({role}, o."Name") AS role, -- from UserRole
    {manager_id} AS manager_id,
    {active} AS active,
    left({language}, 2) AS language,
    {modified_at} AS modified_at
FROM {stream}
LEFT JOIN {UserRole(Id, Name)} AS o ON o."Id" = {_role}
