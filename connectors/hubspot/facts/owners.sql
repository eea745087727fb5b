-- Owners -> owners. Deals and tasks name the owner's id, never the user's. A deactivated owner stays, as inactive.
SELECT
    owners.id AS owner_id,
    nullif(trim(concat_ws(' ', owners.first_name, owners.last_name)), '') AS name,
    owners.email AS email,
    if(owners.archived = 'true', 'false', 'true') AS active,
    {more}
FROM {raw.owners}
