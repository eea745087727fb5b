-- What the monitors read (domain.md C.2): one row for each group that people put into a stage from repair on.
--
--   stage, stage_since, review_date, notice_start, notice_end   typed by people, of the account furthest along
--   has_limits        true: limits were written · false: not
--   pulse             points 1 to 5, now · NULL: none, or fewer than five answers
--   late_orders       count, now · open orders of the group past their promised day
--   on_time, on_time_before    ratio · our orders for the group delivered by the promised day, since the start of notice and in the
--                     six months before · NULL: none delivered, or no notice
--   others_on_time, others_before   the same for all other groups, in W3 and in the three months before notice
--   pipeline          home currency · open new business of others, amount × probability, expected within twelve months · NULL: none known
--   to_replace        home currency · net revenue of the group in the twelve months before notice · NULL: no notice, or none
--   contacts_6m       count · meetings, calls and e-mails of ours in the last six months · NULL: activities are not kept
--   actions, done     count · our tasks about the group that are due, and those of them that are closed

CREATE OR REPLACE TEMP TABLE stage_groups AS
SELECT m.group_id, a.stage, a.stage_since, a.review_date, a.notice_start, a.notice_end,
    lower(trim(coalesce(CAST(a.limits_set AS VARCHAR), ''))) NOT IN ('', 'false', 'no', 'non', '0') AS has_limits,
    CASE WHEN a.pulse_n >= 5 THEN a.pulse_mean END AS pulse
FROM accounts AS a JOIN members AS m ON m.source = a.source AND m.account_id = a.account_id
WHERE a.stage IN ('repair', 'last_round', 'decision', 'exit_notice', 'after_care') AND NOT coalesce(m.is_person_group, FALSE)
QUALIFY row_number() OVER (
    PARTITION BY m.group_id
    ORDER BY list_position(['repair', 'last_round', 'decision', 'exit_notice', 'after_care'], a.stage) DESC, a.source, a.account_id
) = 1;

CREATE OR REPLACE TEMP TABLE promised AS
SELECT group_id, promised_date, delivered_date, delivered_date <= promised_date AS kept, coalesce(status, 'open') = 'open' AS still_open
FROM facts_orders WHERE promised_date IS NOT NULL;

CREATE OR REPLACE TEMP TABLE group_actions AS
SELECT m.group_id, count(*) AS actions, count(*) FILTER (WHERE t.is_closed) AS done
FROM tasks AS t JOIN members AS m ON m.source = t.source AND m.account_id = t.account_id
WHERE t.key IS NOT NULL AND NOT coalesce(t.is_deleted, FALSE) AND t.due_date < $as_of GROUP BY m.group_id;

CREATE OR REPLACE TEMP TABLE group_contacts AS
SELECT group_id, count(*) AS contacts FROM facts_activities
WHERE kind IN ('meeting', 'call', 'email') AND coalesce(initiated_by, 'client') = 'us' AND started_date > $as_of - INTERVAL 6 MONTH GROUP BY group_id;

CREATE OR REPLACE TEMP TABLE new_business AS
SELECT group_id, sum(CAST(amount_home AS DOUBLE) * probability) AS weighted FROM facts_pipeline
WHERE is_new_business AND closed_date IS NULL AND coalesce(stage, 'open') NOT IN ('won', 'lost')
    AND expected_close <= $as_of + INTERVAL 12 MONTH AND amount_home IS NOT NULL AND probability IS NOT NULL GROUP BY group_id;

CREATE OR REPLACE TEMP TABLE stage_standing AS
SELECT s.*,
    (SELECT count(*) FROM promised AS p WHERE p.group_id = s.group_id AND p.still_open AND p.delivered_date IS NULL AND p.promised_date < $as_of) AS late_orders,
    (SELECT avg(CAST(p.kept AS INTEGER)) FROM promised AS p WHERE p.group_id = s.group_id AND p.promised_date >= s.notice_start) AS on_time,
    (SELECT avg(CAST(p.kept AS INTEGER)) FROM promised AS p
        WHERE p.group_id = s.group_id AND p.promised_date < s.notice_start AND p.promised_date >= s.notice_start - INTERVAL 6 MONTH) AS on_time_before,
    (SELECT avg(CAST(p.kept AS INTEGER)) FROM promised AS p WHERE p.group_id <> s.group_id AND p.promised_date >= $w3_start) AS others_on_time,
    (SELECT avg(CAST(p.kept AS INTEGER)) FROM promised AS p
        WHERE p.group_id <> s.group_id AND p.promised_date < s.notice_start AND p.promised_date >= s.notice_start - INTERVAL 3 MONTH) AS others_before,
    (SELECT sum(n.weighted) FROM new_business AS n WHERE n.group_id <> s.group_id) AS pipeline,
    (SELECT CAST(sum(l.amount_home) AS DOUBLE) FROM lines AS l
        WHERE l.group_id = s.group_id AND l.date < s.notice_start AND l.date >= s.notice_start - INTERVAL 12 MONTH) AS to_replace,
    CASE WHEN EXISTS (FROM filled WHERE table_name = 'activities' AND column_name = 'initiated_by') THEN coalesce(c.contacts, 0) END AS contacts_6m,
    coalesce(a.actions, 0) AS actions,
    coalesce(a.done, 0) AS done
FROM stage_groups AS s
LEFT JOIN group_contacts AS c ON c.group_id = s.group_id
LEFT JOIN group_actions AS a ON a.group_id = s.group_id;
