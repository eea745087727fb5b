-- The keys by which accounts of different CRMs can be the same client: registration number and web domain, normalised.
--
-- French numbers meet at the SIREN: a SIRET begins with it, a VAT number FRkk ends with it. Placeholders (too short, one
-- repeated character) and the domains of mail providers and site hosts say nothing about a client.

CREATE OR REPLACE TEMP TABLE public_domains AS
SELECT unnest([
    'gmail.com', 'googlemail.com', 'google.com', 'sites.google.com', 'business.site', 'outlook.com', 'outlook.fr', 'hotmail.com', 'hotmail.fr',
    'hotmail.co.uk', 'live.com', 'live.fr', 'msn.com', 'yahoo.com', 'yahoo.fr', 'yahoo.co.uk', 'yahoo.de', 'ymail.com', 'rocketmail.com', 'aol.com',
    'aol.fr', 'icloud.com', 'me.com', 'mac.com', 'proton.me', 'protonmail.com', 'protonmail.ch', 'pm.me', 'tutanota.com', 'fastmail.com', 'zoho.com',
    'gmx.com', 'gmx.net', 'gmx.de', 'gmx.fr', 'gmx.at', 'gmx.ch', 'web.de', 't-online.de', 'freenet.de', 'mail.com', 'email.com', 'mail.ru', 'yandex.ru',
    'yandex.com', 'qq.com', '163.com', '126.com', 'orange.fr', 'wanadoo.fr', 'free.fr', 'aliceadsl.fr', 'sfr.fr', 'neuf.fr', 'cegetel.net',
    'club-internet.fr', 'numericable.fr', 'noos.fr', 'bbox.fr', 'laposte.net', 'skynet.be', 'telenet.be', 'proximus.be', 'bluewin.ch', 'libero.it',
    'virgilio.it', 'alice.it', 'tiscali.it', 'terra.es', 'telefonica.net', 'btinternet.com', 'comcast.net', 'verizon.net', 'att.net', 'facebook.com',
    'linkedin.com', 'instagram.com', 'twitter.com', 'x.com', 'youtube.com', 'wixsite.com', 'wordpress.com', 'pagesjaunes.fr', 'example.com', 'example.org'
]) AS domain;

CREATE OR REPLACE TEMP TABLE identity_keys AS
WITH numbers AS (
    SELECT n.account_no, coalesce(upper(trim(a.country)), $country) IN ('FR', 'FRA', 'FRANCE') AS french,
        regexp_replace(regexp_replace(upper(a.registration_id), '[^0-9A-Z]', '', 'g'), '^(SIREN|SIRET|TVA|VAT|NO)', '') AS number
    FROM accounts a JOIN account_nodes n USING (source, account_id)
    WHERE a.registration_id IS NOT NULL
),
registrations AS (
    SELECT account_no,
        CASE
            WHEN regexp_full_match(number, 'FR[0-9A-Z]{2}[0-9]{9}') THEN right(number, 9)
            WHEN french AND regexp_full_match(number, '[0-9]{14}') THEN left(number, 9)
            ELSE number
        END AS key
    FROM numbers
),
hosts AS (
    SELECT n.account_no,
        regexp_replace(regexp_replace(regexp_replace(regexp_replace(
            lower(trim(a.domain)), '^[a-z]+://', ''), '[/?#:].*$$', ''), '^.*@', ''), '^www[0-9]?\.|\.$$', '', 'g') AS key
    FROM accounts a JOIN account_nodes n USING (source, account_id)
    WHERE a.domain IS NOT NULL
)
SELECT account_no, 'registration' AS kind, key
FROM registrations WHERE length(key) >= 6 AND replace(key, left(key, 1), '') <> ''
UNION ALL
SELECT account_no, 'domain', key
FROM hosts WHERE regexp_full_match(key, '[^\s.]+(\.[^\s.]+)+') AND key NOT IN (SELECT domain FROM public_domains);
