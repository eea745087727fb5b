-- What the load noted about the records of one table ($table, its key $key), brought to the group of the record.
-- DQ-11, a duplicate id, is about no group.

INSERT INTO diagnostics
SELECT DISTINCT l.code, CASE WHEN l.code <> 'DQ-11' AND NOT k.is_person_group THEN k.group_id END, l.source, l.record_id
FROM load_diagnostics l
LEFT JOIN $table t ON t.source = l.source AND t.$key = l.record_id
LEFT JOIN account_groups k ON k.source = t.source AND k.account_id = t.account_id
WHERE l.table_name IN $names;
